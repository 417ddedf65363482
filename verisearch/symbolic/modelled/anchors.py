"""Does a formula speak of what its words speak of? A check by strings, which no text can talk out of it.

A model that misreads, or that obeys what it reads, gives a formula that is well formed and says something else. Whether
two texts mean the same can't be told by their words; that they can't mean the same often can: a name or a number that
only one of them has, a predicate none of whose words is in the text, words of the text that nothing in the formula
stands for; and, in `wording`, a negation, a quantifier, an "or" or an "if" on one side. What a symbol is said to mean
is the model's word too: it may say more than the symbol's name, but can't put a name in another's place. What this
lets through may still be wrong (a pronoun that means another one, "was" for "is"; more in `wording`), so it is one
guard beside the readings that must agree and the sentence in words that is shown beside each step.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from verisearch.logic.formula import Formula, Number, terms_of
from verisearch.logic.vocabulary import Vocabulary
from verisearch.symbolic.modelled.likeness import BREAK, EMPTY, WORD, among, content, name_words, spoken, words_in
from verisearch.symbolic.modelled.names import symbols_in, variable_sorts, words_of
from verisearch.symbolic.modelled.shapes import calculated, misshapen, spelled_numbers, without_numbers
from verisearch.symbolic.modelled.wording import misworded

__all__ = ["misfit", "said_before", "surroundings"]

NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?")
PRONOUN = re.compile(
    r"\b(?:it|its|he|she|they|them|his|her|hers|their|theirs|him|we|i|you|my|your|our)\b", re.IGNORECASE
)
#: Something that was spoken of before: "the team", "this song". Its noun must be none of another constant's words.
POINTED = re.compile(
    r"\b(?:the|this|that|these|those|such|both|former|latter|one)(?: (?P<noun>[^\W\d_]+))?", re.IGNORECASE
)
NUMBER_WORDS = re.compile(
    r"\b(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twent\w+|thirt\w+|fort\w+|"
    r"fift\w+|sixt\w+|sevent\w+|eight\w+|ninet\w+|hundreds?|thousands?|millions?|billions?|half|halves|quarters?|"
    r"thirds?|dozens?|twice|double\w*|triple\w*|once|percent|%|first|second|third|fourth|fifth|\d+(?:st|nd|rd|th))"
)
DIGITS = {
    word: str(number)
    for number, word in enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())
}
#: What is said here was said before: "and so is Eve".
LIKE_THE_LAST = re.compile(
    r"\b(?:so|too|neither|nor|likewise|same|also|do|does|did|is|are|was|were|has|have|can|will)(?: not|n[’']t)?\W*$"
    r"|\b(?:so|neither|nor) (?:do|does|did|is|are|was|were|has|have|can|will)\b|\b(?:the same|likewise|one|ones)\b",
    re.IGNORECASE,
)
HUNDREDTHS = re.compile(r"%|\b(?:percent\w*|per cent|cents?)\b", re.IGNORECASE)
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
#: Longer texts are no single statement, and comparing takes long.
LONGEST_TEXT = 5_000
#: Whose or of what something is: "Eve's brother", "the mother of Eve".
OWNED = re.compile(r"(?:['’]s?|\b[Nn]o) (?P<noun>[^\W\d_]+)|\b(?P<part>[^\W\d_]+) of (?=[A-Z])")
#: Least share of a text's content words that its formula's symbols must have.
COVERED = 0.6


def surroundings(text: str, before: Sequence[str]) -> str:
    """What a text stands in, for its pronouns: it and what was said before."""
    return " ".join([*said_before(text, before), text])


def said_before(text: str, before: Sequence[str]) -> Sequence[str]:
    """The last texts before one that has pronouns, which these may stand for; none for a text without."""
    return before[-2:] if PRONOUN.search(text) else ()


def misfit(text: str, around: str, formulas: Sequence[Formula], vocabulary: Vocabulary) -> str:
    """Why ``formulas`` can't say just what ``text`` does, in words that a model can mend it by; empty if nothing tells.

    ``around``: what the text stands in, to which its pronouns may refer.
    """
    if len(text) > LONGEST_TEXT:
        return f"the text has {len(text):,} characters: too many to compare a formula with"
    whole = f"{around[-2 * LONGEST_TEXT :]} {text}"
    words = words_in(whole)
    names = list(dict.fromkeys(name for formula in formulas for name in symbols_in(formula)))
    own = {name: spoken(name, vocabulary, words) for name in names}
    said = {word for each in own.values() for word in each}
    sorts = content(word for formula in formulas for sort in variable_sorts(formula) for word in words_of(sort))
    said.update(sorts)
    raw = {word for name in names for word in name_words(name, words)}
    return (
        lacking_name(text, said, raw, names, vocabulary)
        or lacking_number(text, whole, formulas, raw)
        or strange_symbol(text, whole, own, vocabulary)
        or better_name(text, names, vocabulary)
        or misworded(text, formulas, own, said, vocabulary)
        or misshapen(text, formulas)
        or lacking_subject(text, said, raw)
        or uncovered(text, said, {*sorts, *raw}, names, vocabulary)
    )


def capitals(text: str) -> Iterator[tuple[list[str], bool]]:
    """The names in a text: runs of words with capitals, and whether each begins a sentence."""
    run: list[str] = []
    opens, end = False, 0
    for found in WORD.finditer(text):
        word = found[0]
        if run and (not word[0].isupper() or text[end : found.start()].strip(" \"'“”-.") or word.endswith("\n")):
            yield run, opens
            run = []
        if word[0].isupper() and content([word]):
            if not run:
                opens = text[: found.start()].rstrip(" \"'“‘(*_#-[")[-1:] in ("", ".", "!", "?", ":", "\n", "]")
            run.append(word)
            end = found.end()
    if run:
        yield run, opens


def lacking_name(text: str, said: set[str], raw: set[str], names: Sequence[str], vocabulary: Vocabulary) -> str:
    """A name in the text that no symbol of the formula has. What another constant is named by can't be brought in by
    what a symbol is said to mean."""
    here = words_in(text)
    constants = {word for each in vocabulary.constants for word in content(name_words(each.name, here))}
    by_name = {word for name in names for word in name_words(name, here)}
    for run, opens in capitals(text):
        words = content(run)
        if opens and len(run) == 1 and not among(words[0], constants):
            continue  # a sentence begins with a capital, whatever it begins with
        if not any(among(word, said) or among(word, raw) for word in words) and not abbreviated(run, names):
            return f"the text names {' '.join(run)!r}, and the formula doesn't"
        named = [word for word in words if among(word, constants)]
        if named and not any(among(word, by_name) for word in words):
            return f"the text names {' '.join(run)!r}, and the formula only in what a symbol is said to mean"
    return ""


def lacking_subject(text: str, said: set[str], raw: set[str]) -> str:
    """A word that begins a sentence, and of which something is said there (a verb stands behind it), that no symbol of
    the formula has: it may be a name that is new."""
    verb = r"(?:is|was|has|had|does|did|can|will|[a-z]{2,}(?<!s)s)"
    for run, opens in capitals(text):
        words = content(run)
        acts = opens and len(run) == 1 and re.search(rf"\b{re.escape(run[0])}\s+{verb}\b", text)
        if acts and not among(words[0], said) and not among(words[0], raw):
            return f"the text speaks of {run[0]!r}, and the formula doesn't"
    return ""


def abbreviated(run: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a name is another one's first letters: "USA", "National Football League"."""
    short = "".join(word[0] for word in run).lower()
    for name in names:
        pieces = words_of(name)
        letters = "".join(word[0] for word in pieces)
        if len(short) > 1 and any(short == word for word in (*pieces, "".join(pieces))):
            return True
        if len(run) == 1 and run[0].isupper() and len(letters) > 1 and run[0].lower().startswith(letters):
            return True
    return False


def better_name(text: str, names: Sequence[str], vocabulary: Vocabulary) -> str:
    """A constant that the text has more words of than of the one in the formula."""
    words = words_in(text)
    own = {each.name: set(content(words_of(each.name))) for each in vocabulary.constants}
    there = {name: {word for word in each if among(word, words)} for name, each in own.items()}
    for name in names:
        for other, shared in there.items():
            if name in there and other not in names and there[name] < own[name] and there[name] < shared == own[other]:
                return f"the text speaks of {other!r}, and the formula of {name!r}"
    return ""


def value(digits: str) -> float:
    """A number in digits; infinite if it is too large to compare."""
    return float(digits.replace(",", ""))


def lacking_number(text: str, whole: str, formulas: Sequence[Formula], said: set[str]) -> str:
    """A number that only one of the two has."""
    written, around = ({value(found) for found in NUMBER.findall(each)} for each in (text, whole))
    used: set[float] = set()
    for formula in formulas:
        for term in terms_of(formula):
            if isinstance(term, Number):
                try:
                    used.add(float(term.value))
                except OverflowError:
                    return "the formula has a number that is too large"
    named = {value(found) for word in said for found in re.findall(r"[0-9]+", word)}
    hundredths = HUNDREDTHS.search(whole) is not None
    for number in sorted(written - used - named):
        if not (hundredths and any(number in (100 * other, other / 100) for other in used)):
            return f"the text has the number {number:g}, and the formula doesn't"
    spelled, near = spelled_numbers(text), spelled_numbers(whole)
    for number in sorted((spelled or set()) - used - named) if used else ():
        return f"the text has the number {number:g}, and the formula doesn't"
    known = around | (near or set())
    loose = NUMBER_WORDS.search(whole.lower()) is not None and near is None
    for number in sorted((used - known - {0.0, 1.0}) | (calculated(formulas) - known)):
        if not loose and not (hundredths and any(number in (100 * n, n / 100) for n in around)):
            return f"the formula has the number {number:g}, and the text doesn't"
    return ""


def strange_symbol(text: str, whole: str, own: dict[str, list[str]], vocabulary: Vocabulary) -> str:
    """A symbol none of whose words is in the text; of a constant, its name counts alone."""
    constants = {each.name for each in vocabulary.constants}
    referring, digits = refers(text, vocabulary), re.findall(r"\d+", text)
    near, wide = there_in(whole if LIKE_THE_LAST.search(text) else text), there_in(whole)
    for name, spoken_words in own.items():
        there, words = wide if name in constants and referring else near
        named = name_words(name, there)
        bearing = [word for word in named if word in spoken_words] if name in constants else spoken_words
        if any(among(word, words) for word in bearing or spoken_words):
            continue
        if not spoken_words and all(word in EMPTY or word in there or word in digits for word in named):
            continue  # "in", "has", "person": what is said by them is told by the other words
        if any(among(number, words) for word in named for number in re.findall(r"[0-9]+", word)):
            continue
        if any(word in MEASURES and MEASURES[word].search(text) for word in spoken_words):
            continue
        if any(abbreviated(run, [name]) for run, _ in capitals(text)):
            continue
        if name in constants and referring == "described":
            continue  # "the company" may stand for it
        meaning = vocabulary.gloss(name)
        told = f" ({meaning})" if meaning else ""
        return f"the formula speaks of {name!r}{told}, and the text has none of its words"
    return ""


def there_in(text: str) -> tuple[list[str], list[str]]:
    """The words of a text; and those that say something, with its numbers."""
    there = words_in(text)
    return there, [*content(there), *NUMBER.findall(text), *(DIGITS[word] for word in there if word in DIGITS)]


def refers(text: str, vocabulary: Vocabulary) -> Literal["", "pronoun", "described"]:
    """Whether a text speaks of something without its name: by a pronoun, which stands for what is named near it, or by
    a description. A noun that some constant is named by is a name."""
    found_pronoun = PRONOUN.search(text) is not None
    names = {word for each in vocabulary.constants for word in content(name_words(each.name))}
    predicates = {word for each in vocabulary.predicates for word in content(name_words(each.name))}
    for found in POINTED.finditer(text):
        noun = found["noun"]
        if noun is not None and content([noun]) and not among(noun.lower(), names) and among(noun.lower(), predicates):
            return "described"
        found_pronoun |= noun is None or not content([noun])
    return "pronoun" if found_pronoun else ""


def measured(text: str, said: set[str]) -> str:
    """A text without the words that say how something was measured that the formula names."""
    for name in said & MEASURES.keys():
        text = MEASURES[name].sub(" ", text)
    return text


def uncovered(text: str, said: set[str], named: set[str], names: Iterable[str], vocabulary: Vocabulary) -> str:
    """Most of what the text speaks of isn't in the formula, or nothing of what one of its statements says: that must be
    in the name of a symbol (``named``), as what it is said to mean is the model's word."""
    bare = without_numbers(measured(text, said))
    words = list(dict.fromkeys(content(WORD.findall(bare))))
    missing = [word for word in words if not among(word, said)]
    if len(words) - len(missing) < COVERED * len(words):
        return f"the formula says nothing of {', '.join(repr(word) for word in missing[:4])}"
    for found in OWNED.finditer(bare):
        noun = (found["noun"] or found["part"]).lower()
        if content([noun]) and not among(noun, said):
            return f"the formula says nothing of {noun!r}"
    constants = {each.name for each in vocabulary.constants}
    things = {word for name in names if name in constants for word in content(name_words(name))}
    for piece in BREAK.split(bare):
        states = [word for word in content(WORD.findall(piece)) if not among(word, things)]
        if states and not any(among(word, named) for word in states):
            return f"the formula says nothing of {', '.join(repr(word) for word in states[:4])}"
    return ""
