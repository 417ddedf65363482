"""The words of generated worlds: common ones, and invented ones, so that a model learns to copy words it never met."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

__all__ = ["ADJECTIVES", "NAMES", "NOUNS", "VERBS", "Noun", "Verb", "Words", "draw_words", "plural"]

NAMES = tuple(
    """Adam Alan Alex Alice Amy Anna Anne Arthur Ben Beth Bill Bob Brian Carl Carol Charlie Chris Clara Dan Dave David
    Diana Dora Ed Ella Emma Eric Erin Eva Fay Felix Fiona Fran Fred Gary George Gina Grace Greg Hal Hannah Harry
    Helen Henry Hugo Ian Ida Iris Ivan Jack James Jane Jean Jim Joan Joe John Judy Julia Karen Kate Ken Kim Kurt
    Laura Leo Lily Linda Lisa Lou Lucy Luke Maria Mark Mary Max Mia Mike Molly Nancy Ned Nell Nick Nina Nora
    Olga Oscar Otto Pam Pat Paul Peter Polly Ralph Ray Rex Rita Robert Robin Rosa Roy Ruth Sally Sam Sara Simon
    Stella Steve Sue Susan Ted Tess Theo Tim Tina Tom Tony Una Vera Victor Wanda Wendy Zoe""".split()
)

ADJECTIVES = tuple(
    """aggressive agile amenable ancient angry anxious awake bad bald bare big bitter black blue blunt bold bored brave
    brief bright broad brown bumpy busy calm careful cheap chilly chubby civil clean clear clever cloudy cold
    common complex cool cozy cruel curious curly damp dark deep dense dim dirty distant dry dull dusty eager
    earthy elastic elegant empty fair famous fancy fast fat feisty fierce fine firm flat floral fluffy foggy
    fragile fresh frozen fruity full funny furry fuzzy gentle gifted glad glossy golden good graceful grand gray
    great greedy green grumpy happy hard harmless harsh heavy high hollow honest hot huge humble hungry icy idle
    jolly juicy keen kind large late lazy lean light liquid little lively lonely long loud lovely low loyal
    lucky luminous mad mean mellow merry metallic mild misty modern moist moody muddy mute narrow nasty neat
    nervous new nice nimble noisy numb odd old opaque orange oval pale patient peaceful pink plain pleasant
    plump polite poor popular precious pretty prickly proper proud puffy pure purple quick quiet rapid rare raw
    ready red rich rigid ripe robust rosy rough round rude rusty sad safe salty scared selfish serious shabby
    shallow sharp shiny short shy sick silent silky silver simple sincere skinny sleepy slender slim slippery
    slow small smart smooth sober soft solid sore sour spicy square stable stale steep stern sticky stiff stout
    strange strict strong stubborn sturdy subtle sunny sweet swift talented tall tame tart temperate tender
    thick thin tidy timid tiny tired tough transparent tropical ugly upset vague vain vast vivid warm wary wavy
    weak wealthy wet white wicked wide wild wise witty wooden woolly worried yellow young""".split()
)

NOUNS = (
    *"""animal ant ape apple artist baker bat bear beaver bee beetle bird boat boy bull butcher camel car cat chair chef
    chicken clerk cook cow crab crow dancer doctor dog dolphin donkey dragon driver duck eagle eel elephant elf
    farmer fish flower fly fox frog giant girl giraffe goat goose gorilla guard hare hawk hen hero hippo horse
    insect judge kangaroo king kitten knight lamb lawyer leopard lion lizard lobster mammal man miner monk
    monkey mouse musician nurse octopus otter owl ox panda parrot penguin pig pigeon pilot pirate plant poet
    pony prince puppy queen rabbit rat raven reptile robot rooster sailor salmon scholar seal shark singer snail
    snake soldier spider squirrel student swan tailor teacher thief tiger toad tree turkey turtle vehicle whale
    witch wizard wolf woman worm writer zebra""".split(),
    "bald eagle",
    "polar bear",
    "sea lion",
    "police officer",
    "sea turtle",
    "prairie dog",
)

IRREGULAR = {
    "elf": "elves",
    "fish": "fish",
    "goose": "geese",
    "man": "men",
    "mouse": "mice",
    "ox": "oxen",
    "thief": "thieves",
    "wolf": "wolves",
    "woman": "women",
}

VERBS = tuple(
    """admire attack avoid bite blame bother call carry catch chase defend eat fear feed fight find follow forgive
    greet guard hate hear help hit hug hunt ignore invite kick kiss know lead like love meet miss need notice
    obey pay pity praise pull push remember respect save scare see serve sting teach thank touch trust visit
    want warn watch""".split()
)

ONSETS = "b bl br c ch cl cr d dr f fl fr g gl gr h j k l m n p pl pr qu r s sc sh sl sn sp st t th tr v w y z".split()
VOWELS = "a a a e e e i i o o o u u ai ea ee oo ou".split()
ENDINGS = ("us", "us", "ling", "er", "on", "et", "ak", "in", "oid")
CODAS = "b ck d ff g l ll m mp n nd ng nk nt p r rd rk rt sk st t th x z".split()


class Noun(NamedTuple):
    """A count noun."""

    one: str
    many: str


class Verb(NamedTuple):
    """A transitive verb: base form, and third person."""

    base: str
    third: str


def plural(noun: str) -> str:
    """The plural of a noun."""
    if noun in IRREGULAR:
        return IRREGULAR[noun]
    if noun.endswith(("s", "x", "z", "ch", "sh")):
        return noun + "es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + "s"


def third(verb: str) -> str:
    """The third person singular of a verb."""
    if verb.endswith(("s", "x", "z", "ch", "sh")):
        return verb + "es"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ies"
    return verb + "s"


def syllable(rng: Random, closed: bool) -> str:
    return rng.choice(ONSETS) + rng.choice(VOWELS) + (rng.choice(CODAS) if closed else "")


def invented(rng: Random, kind: str) -> str:
    """A made-up word that sounds like its kind, of five letters or more: short ones are often real words."""
    while len(word := coined(rng, kind)) < 5 and kind != "name":
        pass
    return word


def rhyme(rng: Random) -> str:
    """How a family of invented nouns ends, alike but for their beginnings: "brimpus", "gompus", "umpus"."""
    return rng.choice([*CODAS, "mp"]) + rng.choice(ENDINGS)


def of_family(rng: Random, ending: str) -> str:
    """A noun of the family."""
    return rng.choice([*ONSETS, "", "", ""]) + rng.choice(VOWELS) + ending


def coined(rng: Random, kind: str) -> str:
    if kind == "name":
        word = syllable(rng, False) * (rng.random() < 0.6) + syllable(rng, True)
        return (word + rng.choice(["", "", "a", "o", "y", "in"])).capitalize()
    if kind == "noun":
        return syllable(rng, rng.random() < 0.6) + rng.choice(ENDINGS)
    if kind == "verb":
        return syllable(rng, True) if rng.random() < 0.6 else syllable(rng, False) + syllable(rng, True)
    return syllable(rng, rng.random() < 0.7) + rng.choice(["y", "ish", "ous", "al", "ic", "ful", "ent", "id", "ive"])


class Words(NamedTuple):
    """The words one world may use."""

    names: tuple[str, ...]
    adjectives: tuple[str, ...]
    nouns: tuple[Noun, ...]
    verbs: tuple[Verb, ...]


def mixed(
    rng: Random, known: tuple[str, ...], kind: str, count: int, share: float, ending: str | None = None
) -> list[str]:
    """``count`` different words, each invented with probability ``share``, of the family with an ``ending`` if any."""
    found: dict[str, None] = {}
    while len(found) < count:
        if rng.random() >= share:
            word = rng.choice(known)
        else:
            word = invented(rng, kind) if ending is None else of_family(rng, ending)
        found[word] = None
    return list(found)


def draw_words(rng: Random, most_invented: float = 1.0) -> Words:
    """Words for a world: all common, all invented, or a mixture, with at most this share of invented ones."""
    share = min(most_invented, rng.choice([0.0, 0.0, 0.15, 0.4, 1.0]))
    adjectives = mixed(rng, ADJECTIVES, "adjective", 26, share)
    taken = set(adjectives)
    ending = rhyme(rng) if rng.random() < 0.5 else None
    nouns = [noun for noun in mixed(rng, NOUNS, "noun", 30, share, ending) if noun not in taken]
    taken.update(nouns, map(plural, nouns))
    verbs = [verb for verb in mixed(rng, VERBS, "verb", 8, share) if verb not in taken and third(verb) not in taken]
    return Words(
        tuple(mixed(rng, NAMES, "name", 10, share)),
        tuple(adjectives),
        tuple(Noun(noun, plural(noun)) for noun in nouns),
        tuple(Verb(verb, third(verb)) for verb in verbs),
    )
