"""The final answer that a text gives."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from verisearch.answers.plain import letter, number, tidy
from verisearch.ingest.answer import ANNOUNCER, announcements, conclude
from verisearch.ingest.answerwords import truth_word
from verisearch.ingest.textformat import parts, trace_from_text
from verisearch.trace import AnswerKind, Problem, Span

__all__ = ["extract", "final_answer"]

#: Behind "the answer is": mathematics between delimiters.
MATHS = re.compile(r"[\s*_]*(?P<value>\$\$[^$]+\$\$|\$[^$\n]+\$(?!\d)|\\\([^\n]+?\\\)|\\\[.+?\\\])", re.DOTALL)


def extract(
    text: str, *, kind: AnswerKind | None = None, options: Sequence[str] | Mapping[str, str] = ()
) -> str | None:
    """The final answer that ``text`` announces ("The answer is …", a box, ``####``, an ``<answer>`` tag); None if it
    announces none, or none of that ``kind``.

    The last announcement wins; what stands inside ``<think>`` is none. Nothing is guessed: a number that isn't
    announced is not taken for the answer. ``number`` and ``expression`` are given as written, other kinds in
    the normal form of `verisearch.ingest.answer.extract`. Raises nothing.
    """
    final = parts(text).final
    if final is None:
        return None
    if kind in ("number", "expression"):
        written = tidy(last_written(text, final))
        return written if written and (kind == "expression" or is_number(written)) else None
    found = conclude(text, final, options).answer
    if found is None or not found.strip():
        return None
    if kind == "true-false-unknown":
        return truth_word(found) or ({"yes": "True", "no": "False"}.get(found.lower()))
    if kind == "choice":
        named = letter(found)
        return found if options else named[0] if named else None
    return found


def is_number(written: str) -> bool:
    """Whether it may be a number: digits or a constant, and no truth value or option."""
    return number(written) is not None or any(mark.isdigit() for mark in written) or "\\" in written


def last_written(text: str, final: Span) -> str:
    """What the last announcement says, as written; empty if there is none."""
    start, end = final
    found: list[tuple[Span, str]] = [(each.span, each.written) for each in announcements(text, final)]
    for announcer in ANNOUNCER.finditer(text, start, end):
        value = MATHS.match(text, announcer.end(), end)
        # a box inside says it better, and was found already
        if value and "\\boxed" not in value["value"]:
            found = [each for each in found if not value.start() <= each[0][0] < value.end()]
            found.append((value.span("value"), value["value"]))
    return max(found)[1] if found else ""


def final_answer(text: str, problem: Problem) -> str | None:
    """The answer that a chain gives to ``problem``, by its kind and options; None if it gives none."""
    if problem.answer_kind in ("number", "expression"):
        return extract(text, kind=problem.answer_kind)
    return trace_from_text(text, problem).answer
