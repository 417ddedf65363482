"""Whether two answers are the same: plain normal forms, exact arithmetic and shapes; Math-Verify for what is left."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal, get_args

import msgspec

from verisearch.answers import maths
from verisearch.answers.comparing import Comparison, compare, without_unit
from verisearch.answers.leaving import left_to_question
from verisearch.answers.parsing import prose
from verisearch.answers.plain import Number, letter, spaced
from verisearch.answers.reading import Read, read_answer, shape_of
from verisearch.answers.stating import DENIED
from verisearch.answers.work import TooMuch, limited
from verisearch.errors import InputError
from verisearch.ingest.answerwords import as_options, truth_word
from verisearch.maths.exact import rounds_to
from verisearch.maths.units import unit
from verisearch.trace import AnswerKind

__all__ = ["Equivalence", "classes", "equivalent"]

YES_NO = {"yes": "True", "no": "False"}
WORDS = re.compile(r"[^\W\d_]{2,}(?:[ '’-]+[^\W\d_]+)*")
LETTERS = re.compile(r"[A-Za-z]{2,}")
#: Another option in the words behind an option's letter: "B. Hmm, C".
LONE = re.compile(r"\b[A-J]\b")
#: Fewer decimals than these can't be told from a coincidence.
ROUNDED = 2
#: Longer texts than these, together, aren't kept.
REMEMBERED = 2000
#: Longer texts than this aren't compared, unless they are the same.
LONGEST = 100_000


class Equivalence(msgspec.Struct, frozen=True):
    """Whether two answers are the same. ``undecided`` is neither; ``reason`` says what was compared, or why not."""

    status: Literal["equal", "different", "undecided"]
    reason: str = ""


def equivalent(
    a: str,
    b: str,
    *,
    kind: AnswerKind | None = None,
    options: Sequence[str] | Mapping[str, str] = (),
    units: bool = True,
) -> Equivalence:
    """Whether the answers ``a`` and ``b`` are the same.

    ``kind`` says what they are; None: to be told from the texts. ``options`` are what a multiple-choice question
    offers, as in `verisearch.ingest.answer.extract`: with them "B" and "B. 12" equal what B stands for. ``units``
    False: that only one of two values has a unit (a degree sign, a currency, "apples") doesn't matter, as where the
    question says in which unit it asks. What is no unit still does: "5x" and "5 dozen" are undecided against "5".

    - ``true-false-unknown``: True, False, Unknown and their synonyms, "yes", "no", "yes, it is".
    - ``choice``: letters, with or without brackets and the words behind them.
    - ``number``: exact fractions, decimals, percentages (50% is 0.5; 50% against 50 is undecided), thousands, words
      ("twenty-one"), another base (101_2). Units of one dimension are converted exactly; with a unit on one side
      only, or two that can't be converted, the pair is undecided. So is a decimal that the other number rounds to.
    - ``expression``: all of that, and algebra, sets and lists, tuples and vectors, intervals and inequalities,
      equations and their solutions, degrees. ``(1, 2)`` is a point or an interval: which, only the other answer says.
    - ``free``: equal texts up to case and spacing are equal, all others undecided.

    A sentence that states its answer ("The answer is **42**.") is read as the answer. Equality of algebra is exact for
    rational functions and roots of numbers; other expressions have to agree at many points to 280 digits (needs the
    extra ``math``, as do sums and integrals, which Math-Verify compares in a process of its own).

    Symmetric. Not transitive: "50" and "0.5" are different, and each may be undecided against a third. Raises
    `InputError` for a ``kind`` that isn't one of these, and nothing for any text.
    """
    if kind is not None and kind not in get_args(AnswerKind):
        raise InputError(f"kind: {kind!r} should be one of {', '.join(get_args(AnswerKind))}, or None")
    if not a.strip() or not b.strip():
        return Equivalence("undecided", "there is no answer")
    given = as_options(options)
    # in order, so that a pair and its reverse are one comparison
    first, second = sorted((a, b))
    ask = compared if len(first) + len(second) <= REMEMBERED else compared.__wrapped__
    return ask(first, second, kind, tuple(sorted(given.items())), units)


@lru_cache(maxsize=1 << 14)
def compared(
    a: str, b: str, kind: AnswerKind | None, options: tuple[tuple[str, str], ...], units: bool = True
) -> Equivalence:
    """`equivalent`, remembered, and within what a comparison may cost."""
    if max(len(a), len(b)) > LONGEST:
        return Equivalence("undecided", "it is too long")
    try:
        with limited():
            return judged(a, b, kind, options, units)
    except TooMuch as reason:
        return Equivalence("undecided", str(reason))


def judged(a: str, b: str, kind: AnswerKind | None, options: tuple[tuple[str, str], ...], units: bool) -> Equivalence:
    """The comparison of two answers by their kind."""
    first, second = (read_answer(text, kind == "number") for text in (a, b))
    for read in (first, second):
        if read.problem:
            return Equivalence("undecided", read.problem)
    if options:
        found = offered(first, second, dict(options))
        if found is not None:
            return found
    one, other = first.text, second.text
    if spaced(one) == spaced(other):
        return Equivalence("equal", "the same text")
    if kind == "free":
        return words(one, other) or Equivalence("undecided", "the texts differ")
    if kind == "choice":
        return letters(one, other) or words(one, other) or Equivalence("undecided", "not two letters")
    found = truths(one, other, kind == "true-false-unknown")
    if found is not None:
        return found
    if kind == "true-false-unknown":
        return Equivalence("undecided", "not both are one of True, False and Unknown")
    # two bare letters are variables here: x is no X
    if kind is None and min(len(one), len(other)) == 1 and not (one.isalpha() and other.isalpha()):
        found = letters(one, other)
        if found is not None:
            return found
    # products of letters are no words: ab is no AB
    letters_only = LETTERS.findall(f"{one} {other}")
    same = words(one, other) if not letters_only or any(map(prose, letters_only)) else None
    return numbers(first, second, units, kind) or same or shapes(one, other, units)


def offered(first: Read, second: Read, options: dict[str, str]) -> Equivalence | None:
    """The comparison of two of the options that a question offers, named by their letters or by what they stand for;
    None if not both are some."""
    chosen = []
    for read in (first, second):
        found = option(read, options)
        if isinstance(found, str):
            return Equivalence("undecided", found)
        chosen.append(found)
    if None in chosen:
        return None
    one, other = (set(each or ()) for each in chosen)
    if one == other and len(one) == 1:
        return Equivalence("equal", f"option {min(one)}")
    if not one & other:
        return Equivalence("different", f"options {min(one)} and {min(other)}")
    return Equivalence("undecided", "several options are the same")


def option(read: Read, options: dict[str, str]) -> tuple[str, ...] | str | None:
    """The letters of the options that an answer names; None if it names none; text: why that can't be told."""
    named = letter(read.text)
    if named is not None and named[0] in options:
        if not named[1] or equivalent(named[1], options[named[0]]).status == "equal":
            return (named[0],)
        return f"option {named[0]} with other words than the question's"
    same = tuple(key for key, text in options.items() if equivalent(read.text, text).status == "equal")
    return same or None


def truths(one: str, other: str, yes_no: bool) -> Equivalence | None:
    """The comparison of two truth values; None if not both are some."""
    named = [truth_word(text) or (YES_NO.get(text.lower().strip(" .!")) if yes_no else None) for text in (one, other)]
    if None in named:
        return None
    return Equivalence("equal" if named[0] == named[1] else "different", f"{named[0]} and {named[1]}")


def letters(one: str, other: str) -> Equivalence | None:
    """The comparison of two options' letters; None if not both are some, or the words behind one take it back."""
    first, second = letter(one), letter(other)
    if (
        first is None
        or second is None
        or any(DENIED.search(each[1]) or LONE.search(each[1]) for each in (first, second))
    ):
        return None
    if first[0] != second[0]:
        return Equivalence("different", f"options {first[0]} and {second[0]}")
    if first[1] and second[1] and first[1].casefold() != second[1].casefold():
        return Equivalence("undecided", f"option {first[0]} with different words")
    return Equivalence("equal", f"option {first[0]}")


def words(one: str, other: str) -> Equivalence | None:
    """Words that differ in case only are equal; None for all others."""
    same = one.casefold() == other.casefold() and WORDS.fullmatch(one) and WORDS.fullmatch(other)
    return Equivalence("equal", "the same words") if same else None


def numbers(one: Read, other: Read, units: bool, kind: AnswerKind | None) -> Equivalence | None:
    """The comparison of two numbers; None if not both are some. Those of one dimension are converted exactly."""
    first, second = one.number, other.number
    if first is None or second is None:
        return None
    said = first.unit or second.unit
    # a letter behind a number is a unit's where a number is asked for; elsewhere it may be a name
    lettered = len(said) == 1 and said.isalpha() and kind != "number"
    if not units and not (first.unit and second.unit) and not lettered and left_to_question(unit(said)):
        first, second = first._replace(unit=""), second._replace(unit="")
    measured = unit(first.unit), unit(second.unit)
    if measured[0].dimension != measured[1].dimension:
        return Equivalence("undecided", f"units: {first.unit or 'none'} and {second.unit or 'none'}")
    if measured[0].size != measured[1].size:
        first, second = (
            each._replace(value=each.value * size.size) for each, size in zip((first, second), measured, strict=True)
        )
        same = first.value == second.value
        return Equivalence("equal" if same else "different", f"{one.text} and {other.text}, converted")
    shown = f"{first.value} and {second.value}"
    if len(shown) > 80:
        shown = "numbers of many digits"
    if first.value == second.value:
        return Equivalence("equal", shown)
    if first.percent != second.percent and first.value * (100 if first.percent else 1) == second.value * (
        100 if second.percent else 1
    ):
        return Equivalence("undecided", f"{one.text} against {other.text}: only the question says what is meant")
    if rounds(first, second) or rounds(second, first):
        return Equivalence("undecided", f"{one.text} and {other.text} are equal when rounded")
    return Equivalence("different", shown)


def rounds(decimal: Number, exact: Number) -> bool:
    """Whether ``decimal`` is what ``exact`` rounds to at its number of digits."""
    if decimal.decimals is None or decimal.decimals < ROUNDED or decimal.percent:
        return False
    return rounds_to(exact.value, decimal.value, decimal.decimals)


def shapes(one: str, other: str, units: bool) -> Equivalence:
    """The comparison of everything else that is mathematics."""
    first, second = shape_of(one), shape_of(other)
    for found in (first, second):
        if isinstance(found, str):
            return Equivalence("undecided", f"no mathematics that can be compared: {found}")
    assert not isinstance(first, str)
    assert not isinstance(second, str)
    if not units:
        first, second = without_unit(first, second), without_unit(second, first)
    return Equivalence(*compare(first, second, asked))


def asked(one: str, other: str) -> Comparison:
    """Math-Verify's word on two expressions with sums, products, integrals or limits in them."""
    return Comparison(*maths.compare(one, other))


def classes(
    answers: Sequence[str | None],
    *,
    kind: AnswerKind | None = None,
    options: Sequence[str] | Mapping[str, str] = (),
) -> tuple[tuple[int, ...], ...]:
    """The indices of ``answers`` by equality, classes in the order of their first members.

    Equality need not be transitive, so an answer joins the first class whose *first member* it is ``equal`` to;
    ``undecided`` counts as different. None and blank answers are in no class. What class the first m answers get does
    not depend on those behind them.
    """
    found: list[list[int]] = []
    for index, answer in enumerate(answers):
        if answer is None or not answer.strip():
            continue
        for members in found:
            head = answers[members[0]]
            assert head is not None
            if equivalent(head, answer, kind=kind, options=options).status == "equal":
                members.append(index)
                break
        else:
            found.append([index])
    return tuple(tuple(members) for members in found)
