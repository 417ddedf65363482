"""Whether a predicted answer is the gold one."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from verisearch.answers import equivalent, extract
from verisearch.evaluation.datasets.labels import NO_ANSWER
from verisearch.ingest.answerwords import as_options, normal_form, truth_word
from verisearch.trace import AnswerKind, Problem

__all__ = ["Equality", "Judged", "judged"]

Equality = Literal["equal", "different", "undecided"]

#: Kinds of answers that can be equal without being the same text.
COMPARED: frozenset[AnswerKind] = frozenset({"number", "expression", "choice"})
#: Signs and words that may be a unit: what is left of a gold answer beside figures, letters and LaTeX commands.
MEASURED = re.compile(r"[°$€£]|\\(?:text|mathrm|circ|degree)|(?<![A-Za-z\\])[A-Za-z]{2,}")
#: Ways to say that there is no answer, besides those of `verisearch.ingest.answerwords.truth_word`.
NONE = frozenset({"none", "n/a", "no answer"})


class Judged(NamedTuple):
    """What is to be said of an answer. ``correct`` is None without a gold answer; ``equality`` is None where texts were
    compared, or there was nothing to compare."""

    correct: bool | None = None
    equality: Equality | None = None


def judged(predicted: str | None, problem: Problem, written: str | None = None) -> Judged:
    """Whether ``predicted`` is the gold answer of ``problem``.

    Numbers, expressions and options are compared by `verisearch.answers.equivalent`, and are correct if they are equal;
    of others the text must be the same. Where gold is that there is no answer, so must be what is predicted, or, as
    that is no number, what the chain announces (``written``).
    """
    gold = problem.gold
    if gold is None:
        return Judged()
    if problem.answer_kind == "number" and gold == NO_ANSWER:
        said = predicted if predicted is not None else extract(written or "")
        return Judged(says_none(said), None if said is None else "equal" if says_none(said) else "different")
    if predicted is None or problem.answer_kind not in COMPARED:
        return Judged(predicted == gold)
    if problem.answer_kind == "choice":
        predicted = lettered(predicted, problem.options, gold)
    # gold without a unit leaves that to the question: "18 dollars" answers "how many dollars"
    units = problem.answer_kind == "choice" or MEASURED.search(gold) is not None
    found = equivalent(predicted, gold, kind=problem.answer_kind, options=problem.options, units=units).status
    letters = all(len(each) == 1 and each.isalpha() and each.isupper() for each in (predicted, gold))
    if problem.answer_kind == "choice" and letters and found != "equal":  # two options, and no two ways to say the same
        found = "different"
    return Judged(found == "equal", found)


def says_none(text: str | None) -> bool:
    """Whether an answer says that there is none."""
    return text is not None and (truth_word(text) == "Unknown" or text.strip().strip(".").casefold() in NONE)


def lettered(text: str, options: tuple[str, ...], gold: str) -> str:
    """The letter of the only option that ``text`` is the wording of, or of the ``gold`` one if that is among several of
    the same words; else the text itself."""
    known = as_options(options)
    found = [letter for letter, words in known.items() if words == normal_form(text, known)]
    if gold in found:
        return gold
    return found[0] if len(found) == 1 else text
