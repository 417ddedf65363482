"""Which words of a text and of a symbol are the same, but for their form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from verisearch.logic.english.morphology import IRREGULAR_PLURALS, SINGULARS, base_guess, singular_guess
from verisearch.logic.vocabulary import Vocabulary
from verisearch.symbolic.modelled.names import PLACE, words_of

__all__ = ["BREAK", "EMPTY", "WORD", "among", "content", "gloss_words", "name_words", "same_word", "spoken", "words_in"]

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
LONGEST = 40
#: Where one statement of a text may end and another begin.
BREAK = re.compile(r"[;:—]|\b(?:and|or|but|nor|if|then|unless|because|while|whereas)\b", re.IGNORECASE)
#: Words that say nothing of what a text is about.
EMPTY = frozenset(
    """a an the this that these those there here it its it's he she they them his her their theirs him we us our you
    your i me my who whom whose which what where when why how is are was were be been being am has have had do does did
    done will would shall should can could may might must and or but nor not no n't so then thus hence therefore because
    since as if unless than to of in on at by for with from into onto about over under between among out up down off
    again also only just very too more most less least some any all every each either neither both few many much one
    such other another same own true false case fact follows means implies know known conclude conclusion step given
    context statement according said says say according first second third next finally now still already while
    though although however whether mr mrs ms dr thing things something anything everything someone anyone everyone
    person people whoever whenever wherever everybody anybody somebody nobody none nothing nowhere always never cannot
    within without let et al located minus plus times sum difference product divided equal equals total""".split()
)
#: Past forms whose first letters tell nothing of their verb.
IRREGULAR = dict(
    pair.split(":")
    for pair in """won:win grew:grow grown:grow went:go gone:go led:lead fed:feed met:meet ate:eat eaten:eat ran:run
    saw:see seen:see sang:sing sung:sing began:begin begun:begin wrote:write written:write made:make took:take
    taken:take came:come became:become bought:buy brought:bring caught:catch taught:teach thought:think sold:sell
    told:tell gave:give given:give got:get kept:keep slept:sleep spent:spend built:build sent:send lost:lose held:hold
    heard:hear knew:know known:know flew:fly flown:fly drew:draw drawn:draw drove:drive driven:drive rose:rise
    spoke:speak spoken:speak stood:stand swam:swim wore:wear worn:wear left:leave paid:pay born:birth fought:fight
    found:find chose:choose chosen:choose broke:break broken:break bore:bear forgot:forget lain:lie lay:lie
    used:use uses:use using:use""".split()
)


def words_in(text: str) -> list[str]:
    """The words of a text, in lower case."""
    return [word.lower() for word in WORD.findall(text)]


@lru_cache(maxsize=1 << 14)
def stems(word: str) -> frozenset[str]:
    """Crude stems: two forms of one word only have to share one."""
    word = word.lower()
    found = {word, base_guess(word), singular_guess(word), SINGULARS.get(word, word), IRREGULAR_PLURALS.get(word, word)}
    found |= {IRREGULAR[each] for each in found & IRREGULAR.keys()}
    return frozenset(map(cut, found))


def cut(base: str) -> str:
    for ending in ("ment", "ness", "ing", "edly", "ed", "ly", "er", "or", "ion", "est", "e"):
        if base.endswith(ending) and len(base) - len(ending) >= 3:
            base = base[: -len(ending)]
            break
    if len(base) > 3 and base[-1] == base[-2]:
        base = base[:-1]
    return base[:-1] + "i" if len(base) > 3 and base[-1] == "y" else base


@lru_cache(maxsize=1 << 16)
def same_word(one: str, other: str) -> bool:
    """Whether two words are forms of one, or nearly: they share most of their letters from the beginning."""
    if one == other:
        return True
    if len(one) > LONGEST or len(other) > LONGEST:
        return False
    first, second = stems(one), stems(other)
    return not opposed(one, other) and (bool(first & second) or nearly(cut(one), cut(other)))


#: Endings that tell two words of one stem apart.
OPPOSED = (("ful", "less"), ("er", "ee"), ("or", "ee"), ("ous", "al"))


def opposed(one: str, other: str) -> bool:
    """ "careful" and "careless", "employer" and "employee"."""
    return any(
        (first.endswith((left, left + "s")) and second.endswith((right, right + "s")))
        for left, right in OPPOSED
        for first, second in ((one, other), (other, one))
    )


def nearly(first: str, second: str) -> bool:
    shared = 0
    for left, right in zip(first, second, strict=False):
        if left != right:
            break
        shared += 1
    return shared >= 4 and shared >= 0.6 * max(len(first), len(second))


def among(word: str, words: Iterable[str]) -> bool:
    return any(same_word(word, other) for other in words)


def bare(word: str) -> str:
    return re.sub(r"['’]s?$", "", word.lower())


def content(words: Iterable[str]) -> list[str]:
    """Those that say what something is about."""
    return [
        word for word in map(bare, words) if word not in EMPTY and len(word) > 1 and not word.endswith(("n't", "n’t"))
    ]


def name_words(name: str, text: Sequence[str] = ()) -> list[str]:
    """The words of a symbol's name, and those of ``text`` (in lower case) that its letters are made of: ``iBM`` has
    "ibm", ``locatedin`` "located" and "in"."""
    pieces = words_of(name)
    found = dict.fromkeys(pieces)
    known = forms(tuple(text))
    for start in range(len(pieces)):
        for end in range(start + 2, min(start + 4, len(pieces)) + 1):
            if among(whole := "".join(pieces[start:end]), known):
                found.setdefault(whole)
    for piece in pieces:
        if 4 <= len(piece) <= LONGEST and not among(piece, known):
            found.update(dict.fromkeys(parts(piece, known) or stripped(piece, known)))
    return list(found)


@lru_cache(maxsize=256)
def forms(text: tuple[str, ...]) -> list[str]:
    """The words of a text, and what they are the plurals of, the longest first."""
    there = {form for word in map(bare, text) if len(word) > 1 or word in "ai" for form in (word, singular_guess(word))}
    return sorted(there, key=len, reverse=True)


def stripped(piece: str, words: Sequence[str]) -> list[str]:
    """The word before a preposition that is written together with it; none if that isn't among the words."""
    for ending in ("by", "in", "of", "to", "with", "at", "on", "for", "from"):
        before = piece.removesuffix(ending)
        if before != piece and len(before) > 3 and among(before, words):
            return [before, ending]
    return []


def parts(whole: str, words: Sequence[str]) -> list[str]:
    """The words that ``whole`` is written together of; none if it isn't."""
    ways: list[list[str] | None] = [[], *([None] * len(whole))]
    for end in range(1, len(whole) + 1):
        for word in words:
            before = ways[end - len(word)] if len(word) <= end else None
            if before is not None and whole.startswith(word, end - len(word)):
                ways[end] = [*before, word]
                break
    return ways[-1] or []


def gloss_words(name: str, vocabulary: Vocabulary) -> list[str]:
    """The words of what a symbol is said to mean."""
    return words_in(PLACE.sub(" ", vocabulary.gloss(name) or ""))


def spoken(name: str, vocabulary: Vocabulary, text: Sequence[str] = ()) -> list[str]:
    """The content words of a symbol's name and of what it means."""
    return list(dict.fromkeys(content([*name_words(name, text), *gloss_words(name, vocabulary)])))
