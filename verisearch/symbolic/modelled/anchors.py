"""Does a formula speak of what its words speak of? A check by strings, which no text can talk out of it.

A model that misreads, or that obeys what it reads, gives a formula that is well formed and says something else. Whether
two texts mean the same can't be told by their words; that they can't mean the same often can: a name or a number that
only one of them has, a predicate none of whose words is in the text, a negation on one side. What this lets through may
still be wrong (a reversed implication has the same words), so it is one guard beside the readings that must agree and
the sentence in words that is shown beside each step.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from verisearch.logic.english.morphology import base_guess, singular_guess
from verisearch.logic.formula import FALSE, Compare, Formula, Not, Number, Or, Xor, subformulas, terms_of
from verisearch.logic.vocabulary import Vocabulary
from verisearch.symbolic.modelled.names import sorts_in, symbols_in, words_of

__all__ = ["misfit"]

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?")
PLACE = re.compile(r"\{\d+\}")
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
    person people let et al minus plus times sum difference product divided equal equals total""".split()
)
PRONOUN = re.compile(
    r"\b(?:it|its|he|she|they|them|his|her|hers|their|theirs|him|this|that|these|those|such|both|the|who|which|one|"
    r"former|latter|another|other|we|i|you|my|your|our)\b",
    re.IGNORECASE,
)
NEGATIVE = re.compile(
    r"\b(?:no|not|never|none|nobody|nothing|nowhere|neither|nor|without|cannot|except|lacks?|lacking|lacked|fail\w*|"
    r"absen\w*|den(?:y|ies|ied)|false|incorrect|wrong|refus\w*|exclud\w*|prevent\w*|avoid\w*|rather|instead|other|"
    r"different|distinct|differ\w*|unlike|opposite|contra\w*|(?:un|in|im|il|ir|non|dis|mis)[-a-z]{3,})\b|n[’']t\b",
    re.IGNORECASE,
)
#: Words that a formula may turn into a negation, though they aren't one.
TURNED = re.compile(
    r"\b(?:only|unless|exactly|unique\w*|at most|at least|less|fewer|few|more|under|below|above|over|than|either|"
    r"whether|until|before|after|hardly|rarely|seldom|stop\w*|quit\w*|ended|leaves?|left|alone|solely|else|single|sole)\b",
    re.IGNORECASE,
)
NUMBER_WORDS = re.compile(
    r"\b(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twent\w+|thirt\w+|fort\w+|"
    r"fift\w+|sixt\w+|sevent\w+|eight\w+|ninet\w+|hundreds?|thousands?|millions?|billions?|half|halves|quarters?|"
    r"thirds?|dozens?|twice|double\w*|triple\w*|once|percent|%|first|second|third|fourth|fifth|\d+(?:st|nd|rd|th))"
)
#: What is measured without being named: "under 21" of an age.
MEASURES = {
    "age": re.compile(
        r"\b(?:old\w*|young\w*|elder\w*|born|birth\w*|turn(?:s|ed)?|years?|aged|minor|adult|"
        r"(?:under|over|below|above|at (?:most|least)|(?:less|more|older|younger) than|is|was|exactly) \d+)\b",
        re.IGNORECASE,
    ),
    "height": re.compile(r"\b(?:tall\w*|short\w*|high\w*)\b", re.IGNORECASE),
    "weight": re.compile(r"\b(?:heav\w*|light\w*|weigh\w*)\b", re.IGNORECASE),
    "price": re.compile(r"[$€£]|\b(?:costs?|worth|dollars?|paid|pays?|cheap\w*|expensive)\b", re.IGNORECASE),
    "cost": re.compile(r"[$€£]|\b(?:price\w*|worth|dollars?|paid|pays?|cheap\w*|expensive)\b", re.IGNORECASE),
    "length": re.compile(r"\b(?:long\w*|short\w*)\b", re.IGNORECASE),
    "year": re.compile(r"\b(?:in|since|by|until|before|after|during) \d{4}\b", re.IGNORECASE),
}
#: Least share of a text's content words that its formula's symbols must have.
COVERED = 0.5


def misfit(text: str, around: str, formulas: Sequence[Formula], vocabulary: Vocabulary) -> str:
    """Why ``formulas`` can't say just what ``text`` does, in words that a model can mend it by; empty if nothing tells.

    ``around``: what the text stands in, to which its pronouns may refer.
    """
    names = list(dict.fromkeys(name for formula in formulas for name in symbols_in(formula)))
    spoken = {name: content(words_of_symbol(name, vocabulary)) for name in names}
    said = {word for words in spoken.values() for word in words}
    said.update(content(word for formula in formulas for sort in sorts_in(formula) for word in words_of(sort)))
    whole = f"{around} {text}"
    return (
        lacking_name(text, said, vocabulary, names)
        or lacking_number(text, whole, formulas, said)
        or strange_symbol(text, whole, spoken, vocabulary)
        or lacking_negation(text, formulas, names, vocabulary)
        or uncovered(measured(text, said), said)
    )


def words_of_symbol(name: str, vocabulary: Vocabulary) -> list[str]:
    """The words of a symbol's name and of what it means."""
    return [*words_of(name), *(word.lower() for word in WORD.findall(PLACE.sub(" ", vocabulary.gloss(name) or "")))]


def content(words: Iterable[str]) -> list[str]:
    """Those that say what something is about."""
    bare = (re.sub(r"['’]s?$", "", each.lower()) for each in words)
    return [word for word in bare if word not in EMPTY and len(word) > 1]


def stem(word: str) -> str:
    """A crude stem: it only has to be the same for the forms of one word."""
    base = base_guess(singular_guess(word.lower()))
    for ending in ("ing", "edly", "ed", "ly", "er", "or", "ion", "e"):
        if base.endswith(ending) and len(base) - len(ending) >= 3:
            base = base[: -len(ending)]
            break
    return base[:-1] if len(base) > 3 and base[-1] == base[-2] else base


def same_word(one: str, other: str) -> bool:
    """Whether two words are forms of one, or nearly: they share most of their letters from the beginning."""
    first, second = stem(one), stem(other)
    if first == second:
        return True
    shared = 0
    for left, right in zip(first, second, strict=False):
        if left != right:
            break
        shared += 1
    return shared >= 4 and shared >= 0.6 * max(len(first), len(second))


def among(word: str, words: Iterable[str]) -> bool:
    return any(same_word(word, other) for other in words)


def lacking_name(text: str, said: set[str], vocabulary: Vocabulary, used: Sequence[str]) -> str:
    """A name in the text that no symbol of the formula has."""
    constants = {word for each in vocabulary.constants for word in content(words_of_symbol(each.name, vocabulary))}
    for found in WORD.finditer(text):
        word = found[0]
        opening = text[: found.start()].rstrip(" \"'“‘(*_#-")[-1:] in ("", ".", "!", "?", ":", "\n")
        if not word[0].isupper() or not content([word]):
            continue
        if opening and not among(word, constants):
            continue  # a sentence begins with a capital, whatever it begins with
        if not among(word, said):
            return f"the text names {word!r}, and the formula doesn't"
    return ""


def lacking_number(text: str, whole: str, formulas: Sequence[Formula], said: set[str]) -> str:
    """A number that only one of the two has."""
    written = {float(found.replace(",", "")) for found in NUMBER.findall(text)}
    around = {float(found.replace(",", "")) for found in NUMBER.findall(whole)}
    used = {float(term.value) for formula in formulas for term in terms_of(formula) if isinstance(term, Number)}
    named = {float(word) for word in said if word.isdecimal()}
    for number in sorted(written - used - named):
        if not any(number in (100 * other, other / 100) for other in used):
            return f"the text has the number {number:g}, and the formula doesn't"
    for number in sorted(used - around - {0.0, 1.0}):
        if not NUMBER_WORDS.search(whole.lower()) and not any(number in (100 * n, n / 100) for n in around):
            return f"the formula has the number {number:g}, and the text doesn't"
    return ""


def strange_symbol(text: str, whole: str, spoken: dict[str, list[str]], vocabulary: Vocabulary) -> str:
    """A symbol none of whose words is in the text."""
    words = content(WORD.findall(whole)) + NUMBER.findall(whole)
    constants = {each.name for each in vocabulary.constants}
    for name, own in spoken.items():
        if not own or any(among(word, words) for word in own):
            continue
        if any(word in MEASURES and MEASURES[word].search(text) for word in own):
            continue
        if name in constants and PRONOUN.search(text):
            continue  # the pronoun may stand for it
        meaning = vocabulary.gloss(name)
        told = f" ({meaning})" if meaning else ""
        return f"the formula speaks of {name!r}{told}, and the text has none of its words"
    return ""


def lacking_negation(text: str, formulas: Sequence[Formula], names: Iterable[str], vocabulary: Vocabulary) -> str:
    """A negation that only one of the two has."""
    negated = any(isinstance(part, Not | Xor) or part == FALSE for formula in formulas for part in subformulas(formula))
    turned = any(isinstance(part, Compare | Or) for formula in formulas for part in subformulas(formula))
    named = any(NEGATIVE.search(" ".join(words_of_symbol(name, vocabulary))) for name in names)
    says = NEGATIVE.search(text)
    if negated and not says and not TURNED.search(text) and not named:
        return "the formula has a negation, and the text doesn't"
    if says and not negated and not named and not turned and sure_negation(text):
        return f"the text has a negation ({says[0]!r}), and the formula doesn't"
    return ""


SURE = re.compile(r"\b(?:not|never|nobody|nothing|neither|nor|no|none|cannot)\b|n[’']t\b", re.IGNORECASE)
#: Phrases with such a word that deny nothing.
IDLE = re.compile(r"\b(?:not only|no matter|no doubt|not just|whether or not|no longer than|no more than)\b", re.I)


def sure_negation(text: str) -> bool:
    return SURE.search(IDLE.sub(" ", text)) is not None


def measured(text: str, said: set[str]) -> str:
    """A text without the words that say how something was measured that the formula names."""
    for name in said & MEASURES.keys():
        text = MEASURES[name].sub(" ", text)
    return text


def uncovered(text: str, said: set[str]) -> str:
    """Most of what the text speaks of isn't in the formula."""
    words = list(dict.fromkeys(content(WORD.findall(text))))
    missing = [word for word in words if not among(word, said)]
    if len(words) - len(missing) >= COVERED * len(words):
        return ""
    return f"the formula says nothing of {', '.join(repr(word) for word in missing[:4])}"
