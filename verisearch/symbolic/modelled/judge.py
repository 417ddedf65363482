"""A judge of premises: a language model of its own, asked what no solver can tell (VeriCoT, arXiv 2511.04662).

Of a quoted sentence: does its formula say what the sentence says? Of commonsense: is it acceptable to whoever reads the
step, and is it needed? A judge only ever refuses. Scores are the expectation over the probabilities of the score tokens
(TrustJudge, arXiv 2509.21117), where the policy tells them; else the one score that is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from verisearch.logic.formula import Formula
from verisearch.protocols import Query
from verisearch.symbolic.modelled.formaliser import ModelFormaliser, Unasked
from verisearch.symbolic.modelled.premises import Candidate

__all__ = ["SCALE", "Judge", "Unjudged"]

#: What a judge answers with; the middle is the least that passes.
SCALE = ("1", "2", "3", "4", "5")
#: A reply that is a score and nothing else: a digit somewhere in other words is none.
WRITTEN = re.compile(r"\W*(?:(?:score|answer|rating)\W*)?(?P<score>[1-5])(?:\s*(?:/|out of)\s*5)?\W*", re.IGNORECASE)

LETTERS = ("A", "B")
LETTER = re.compile(r"(?<![A-Za-z])[ABab](?![A-Za-z])")


class Unjudged(str):
    """A refusal that says neither that it is a premise nor that it is none: no score came, or readings disagree."""


class Judge:
    """Judges premises by three questions, each scored in [0, 1]; below ``least`` on one of them, a premise is refused.

    ``words`` says a formula in English.
    """

    def __init__(self, formaliser: ModelFormaliser, words: Callable[[Formula], str], least: float = 0.5) -> None:
        self.formaliser, self.words, self.least = formaliser, words, least
        #: Every score, by the question, the premise and the step.
        self.scores: dict[tuple[str, str, str], float | None] = {}

    def refusal(self, candidate: Candidate, step: str) -> str:
        """Why a premise is refused; empty if it isn't."""
        questions = {
            "context": ("attributable",),
            "question": ("attributable",),
            "commonsense": ("acceptable", "needed"),
        }
        for question in questions[candidate.source]:
            if candidate.source != "commonsense" and not candidate.modelled:
                continue  # read exactly: there is nothing to judge
            try:
                score = self.score(question, candidate, step)
            except Unasked as error:
                return Unjudged(f"the judge didn't say whether it is {question}: {error}")
            if score is None:
                return f"the judge didn't say whether it is {question}"
            if score < self.least:
                return f"the judge finds it not {question} ({score:.2f})"
        return ""

    def score(self, question: str, candidate: Candidate, step: str) -> float | None:
        """The score of one question, in [0, 1]; None if there is none. Asked once for each. Raises `Unasked`."""
        key = (question, candidate.text, step)
        if key not in self.scores:
            self.scores[key] = self.asked(question, candidate, step)
        return self.scores[key]

    def preference(self, text: str, one: Formula, other: Formula) -> str:
        """Which of two readings says what a text says, in words: asked in both orders, as the place of an answer sways
        a judge (TrustJudge). It settles nothing."""
        first = self.chosen(text, one, other)
        second = self.chosen(text, other, one)
        if first is None or second is None:
            return "the judge didn't say which reading is right"
        share = (first + 1 - second) / 2
        if (first > 0.5) == (second > 0.5) or 0.5 in (first, second):
            return "which reading the judge takes to be right depends on their order"
        place, sure = ("first", share) if share > 0.5 else ("second", 1 - share)
        return f"the judge takes the {place} reading to be right ({sure:.2f})"

    def chosen(self, text: str, one: Formula, other: Formula) -> float | None:
        """The probability of the reading that is named first; 1 or 0 where only a letter is written."""
        values = {"sentence": text, "first": self.words(one), "second": self.words(other)}
        try:
            response = self.formaliser.response(Query(task="judge-compare", values=values, choices=LETTERS))
        except Unasked:
            return None
        if response.probabilities is not None:
            return response.probabilities[0]
        found = LETTER.findall(response.text)
        return float(found[-1].upper() == LETTERS[0]) if found else None

    def asked(self, question: str, candidate: Candidate, step: str) -> float | None:
        values = {
            "question": question,
            "premise": candidate.text,
            "reading": self.words(candidate.formula),
            "step": step,
        }
        response = self.formaliser.response(Query(task=f"judge-{question}", values=values, choices=SCALE))
        if response.probabilities is not None:
            steps = range(len(SCALE))
            return sum(p * k for p, k in zip(response.probabilities, steps, strict=True)) / (len(SCALE) - 1)
        written = WRITTEN.fullmatch(response.text)
        return (int(written["score"]) - 1) / (len(SCALE) - 1) if written else None
