"""Whether two answers are the same: plain normal forms first, Math-Verify for mathematical expressions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal

import msgspec

from verisearch.answers import maths
from verisearch.answers.plain import Number, as_latex, letter, number, spaced, tidy, units
from verisearch.ingest.answerwords import as_options, normal_form, truth_word
from verisearch.trace import AnswerKind

__all__ = ["Equivalence", "classes", "equivalent"]

YES_NO = {"yes": "True", "no": "False"}
WORDS = re.compile(r"[^\W\d_]{2,}(?:[ '’-]+[^\W\d_]+)*")
#: Fewer decimals than these can't be told from a coincidence.
ROUNDED = 2


class Equivalence(msgspec.Struct, frozen=True):
    """Whether two answers are the same. ``undecided`` is neither; ``reason`` says what was compared, or why not."""

    status: Literal["equal", "different", "undecided"]
    reason: str = ""


def equivalent(
    a: str, b: str, *, kind: AnswerKind | None = None, options: Sequence[str] | Mapping[str, str] = ()
) -> Equivalence:
    """Whether the answers ``a`` and ``b`` are the same.

    ``kind`` says what they are; None: to be told from the texts. ``options`` are what a multiple-choice question
    offers, as in `verisearch.ingest.answer.extract`: with them "B" equals what B stands for.

    - ``true-false-unknown``: True, False, Unknown and their synonyms, "yes" and "no".
    - ``choice``: letters, with or without brackets and the words behind them.
    - ``number``: exact fractions, decimals, percentages (50% is 0.5; 50% against 50 is undecided), thousands commas.
      Units aren't converted: with one on each side that differ, or on one side only, the pair is undecided. So is a
      decimal that the other number rounds to.
    - ``expression``: Math-Verify (extra ``math``) compares what isn't equal as text; without it that is undecided.
    - ``free``: equal texts up to case and spacing are equal, all others undecided.

    Symmetric. Not transitive: "50" and "0.5" are different, and each may be undecided against a third. Raises nothing.
    """
    if not a.strip() or not b.strip():
        return Equivalence("undecided", "there is no answer")
    given = as_options(options)
    # in order, so that a pair and its reverse are one comparison
    first, second = sorted((a, b))
    return compared(first, second, kind, tuple(sorted(given.items())))


@lru_cache(maxsize=1 << 14)
def compared(a: str, b: str, kind: AnswerKind | None, options: tuple[tuple[str, str], ...]) -> Equivalence:
    """`equivalent`, remembered."""
    one, other = tidy(a), tidy(b)
    if options:
        one, other = (normal_form(text, dict(options)) for text in (one, other))
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
    if kind is None and min(len(one), len(other)) == 1:
        found = letters(one, other)
        if found is not None:
            return found
    return numbers(one, other) or words(one, other) or expressions(one, other)


def truths(one: str, other: str, yes_no: bool) -> Equivalence | None:
    """The comparison of two truth values; None if not both are some."""
    named = [truth_word(text) or (YES_NO.get(text.lower()) if yes_no else None) for text in (one, other)]
    if None in named:
        return None
    return Equivalence("equal" if named[0] == named[1] else "different", f"{named[0]} and {named[1]}")


def letters(one: str, other: str) -> Equivalence | None:
    """The comparison of two options' letters; None if not both are some."""
    first, second = letter(one), letter(other)
    if first is None or second is None:
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


def numbers(one: str, other: str) -> Equivalence | None:
    """The comparison of two numbers; None if not both are some, or only one has a unit."""
    first, second = number(one), number(other)
    if first is None or second is None:
        return None
    shown = f"{first.value} and {second.value}"
    if first.unit.casefold() != second.unit.casefold():
        return Equivalence("undecided", f"units aren't converted: {first.unit or 'none'}, {second.unit or 'none'}")
    if first.value == second.value:
        return Equivalence("equal", shown)
    if first.percent != second.percent and first.value * (100 if first.percent else 1) == second.value * (
        100 if second.percent else 1
    ):
        return Equivalence("undecided", f"{one} against {other}: only the question says what is meant")
    if rounds(first, second) or rounds(second, first):
        return Equivalence("undecided", f"{one} and {other} are equal when rounded")
    return Equivalence("different", shown)


def rounds(decimal: Number, exact: Number) -> bool:
    """Whether ``decimal`` is what ``exact`` rounds to at its number of digits."""
    if decimal.decimals is None or decimal.decimals < ROUNDED or decimal.percent:
        return False
    return abs(decimal.value - exact.value) * 2 * 10**decimal.decimals <= 1


def expressions(one: str, other: str) -> Equivalence:
    """The comparison of mathematical expressions."""
    first, second = as_latex(one), as_latex(other)
    if first is None or second is None:
        return Equivalence("undecided", "there are words in it that are no mathematics")
    # Math-Verify drops units, whatever they are
    if units(one) and units(other) and units(one) != units(other):
        return Equivalence("undecided", "the units, or other words, differ")
    found = maths.compare(first, second)
    return Equivalence(found.status, found.reason)


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
