"""Gold answers in one form, and the statement a question asks about."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from verisearch.evaluation.datasets.rows import Row, kind
from verisearch.ingest.answerwords import as_options, truth_word
from verisearch.ingest.question import question_statement
from verisearch.protocols import FirstError

__all__ = ["NO_ANSWER", "amount", "first_error", "gold", "letters", "statement"]

#: Gold answer of a question for a number that can't be answered from what it tells.
NO_ANSWER = "None"

#: Decimal digits that a float holds for sure: what is behind them is what computing left of it (3244047.0999999996).
DIGITS = 15
#: Most digits before or behind the point: "1e999999999" is no number that anybody asks for.
LONGEST = 400
#: Ways in which label sets say that no step is wrong.
NO_STEP = frozenset({"n/a", "na", "none", "-1", ""})


def gold(row: Row) -> str:
    """The right answer of ``row``: ``True``, ``False`` or ``Unknown``.

    It stands in ``label`` or ``answer``, as a word, as true or false, or as the letter of one of ``options``.
    Raises `TraceError` if there is none, or if both are there and differ.
    """
    found = {field: truth(row, field) for field in ("label", "answer") if row.has(field)}
    if not found:
        row.first("label", "answer")
    if len(set(found.values())) > 1:
        raise row.error(f"is {found['label']}, but the answer is {found['answer']}", "label")
    return next(iter(found.values()))


def truth(row: Row, field: str) -> str:
    """The truth value in ``field``."""
    value = row.data[field]
    if isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise row.error(f"should be True, False, Unknown or an option's letter, not {kind(value)}", field)
    word = truth_word(value) or truth_word(letters(row).get(value.strip().upper(), ""))
    if word is None:
        raise row.error(f"should be True, False, Unknown or an option's letter, not {value!r}", field)
    return word


def amount(row: Row, field: str) -> str:
    """The number in ``field``, which may be a sum of money ("$27,181"), without a fraction that is zero.

    Raises `TraceError`.
    """
    row.first(field)
    value = row.data[field]
    text = re.sub(r"[$,\s]", "", value) if isinstance(value, str) else value
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        raise row.error(f"should be a number, not {kind(value)}", field)
    if isinstance(text, float):
        text = f"{text:.{DIGITS}g}"
    try:
        number = Decimal(str(text))
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite() or abs(number.adjusted()) > LONGEST:
        raise row.error(f"should be a number, not {str(value)[:40]!r}", field)
    return f"{number:.0f}" if number == number.to_integral_value() else f"{number:f}"


def first_error(row: Row, steps: int, *, counted_from: int, field: str) -> FirstError:
    """The first wrong step of a chain of so many ``steps``; None if the row says nothing of it.

    It stands in ``first_error_index0``, counted from 0, or, as published, in ``field``, ``counted_from`` 0 or 1: a
    number, or null, "N/A" or -1 where no step is wrong. Raises `TraceError` if both are there and differ, or the chain
    has no such step.
    """
    found = {
        name: step_index(row, name, steps, base)
        for name, base in (("first_error_index0", 0), (field, counted_from))
        if name in row.data
    }
    if len(set(found.values())) > 1:
        raise row.error(f"is step {found['first_error_index0']} from 0, but {field} says {row.data[field]}", field)
    return next(iter(found.values()), None)


def step_index(row: Row, field: str, steps: int, base: int) -> FirstError:
    """The step that ``field`` names."""
    value = row.data[field]
    if value is None or (isinstance(value, str | int) and str(value).strip().lower() in NO_STEP):
        return "none"
    if isinstance(value, str) and value.strip().isdecimal() and len(value) < 9:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise row.error(f"should be the number of a step, not {value!r}", field)
    if not 0 <= value - base < steps:
        raise row.error(f"is {value}, but the chain has steps {base} to {steps - 1 + base}", field)
    return value - base


def letters(row: Row) -> dict[str, str]:
    """What the letters of the row's options stand for; of a row without: A, B, C for True, False, Unknown."""
    options = row.texts("options") if row.has("options") else ("A) True", "B) False", "C) Unknown")
    return as_options(options)


def statement(row: Row) -> str:
    """The sentence whose truth is asked for: ``statement``, or what ``question`` quotes. Raises `TraceError`."""
    if row.has("statement"):
        return row.text("statement").strip()
    question = row.text("question")
    asked = question_statement(question)
    if asked is None:
        raise row.error(f"asks about no statement that can be told: {question!r}", "question")
    return asked
