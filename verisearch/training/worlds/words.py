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
    """angry awake bad big bitter black blue bold brave brief bright broad brown busy calm careful cheap clean clear
    clever cloudy cold cool cruel damp dark deep dirty dry dull eager empty fair famous fancy fast
    fat fierce fine firm flat fresh full funny furry fuzzy gentle glad golden good grand gray great
    green grumpy happy hard heavy high hollow honest hot huge hungry idle keen kind large late lazy light
    little long loud low loyal lucky mad mean mild modern muddy narrow neat new nice noisy odd old
    orange pale patient pink plain pleasant poor pretty proud pure purple quick quiet rare ready red rich ripe
    rough round rude sad safe salty scared shallow sharp shiny short shy silent simple slim slow small
    smart smooth soft sour spicy square steep sticky stiff strange strict strong sweet tall tame tart tender
    thick thin tidy tiny tired tough transparent warm weak wealthy wet white wide wild wise wooden yellow
    young""".split()
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


def coined(rng: Random, kind: str) -> str:
    if kind == "name":
        word = syllable(rng, False) * (rng.random() < 0.6) + syllable(rng, True)
        return (word + rng.choice(["", "", "a", "o", "y", "in"])).capitalize()
    if kind == "noun":
        return syllable(rng, rng.random() < 0.6) + rng.choice(["us", "us", "ling", "er", "on", "et", "ak", "in", "oid"])
    if kind == "verb":
        return syllable(rng, True) if rng.random() < 0.6 else syllable(rng, False) + syllable(rng, True)
    return syllable(rng, rng.random() < 0.7) + rng.choice(["y", "ish", "ous", "al", "ic", "ful", "ent", "id", "ive"])


class Words(NamedTuple):
    """The words one world may use."""

    names: tuple[str, ...]
    adjectives: tuple[str, ...]
    nouns: tuple[Noun, ...]
    verbs: tuple[Verb, ...]


def mixed(rng: Random, known: tuple[str, ...], kind: str, count: int, share: float) -> list[str]:
    """``count`` different words, each invented with probability ``share``."""
    found: dict[str, None] = {}
    while len(found) < count:
        found[invented(rng, kind) if rng.random() < share else rng.choice(known)] = None
    return list(found)


def draw_words(rng: Random, most_invented: float = 1.0) -> Words:
    """Words for a world: all common, all invented, or a mixture, with at most this share of invented ones."""
    share = min(most_invented, rng.choice([0.0, 0.0, 0.15, 0.4, 1.0]))
    adjectives = mixed(rng, ADJECTIVES, "adjective", 26, share)
    taken = set(adjectives)
    nouns = [noun for noun in mixed(rng, NOUNS, "noun", 30, share) if noun not in taken]
    taken.update(nouns, map(plural, nouns))
    verbs = [verb for verb in mixed(rng, VERBS, "verb", 8, share) if verb not in taken and third(verb) not in taken]
    return Words(
        tuple(mixed(rng, NAMES, "name", 10, share)),
        tuple(adjectives),
        tuple(Noun(noun, plural(noun)) for noun in nouns),
        tuple(Verb(verb, third(verb)) for verb in verbs),
    )
