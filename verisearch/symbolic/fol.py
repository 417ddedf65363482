"""The formaliser for problems that are written in FOL notation already."""

from __future__ import annotations

from verisearch.errors import ParseError, SignatureError
from verisearch.logic.english.claims import Claim, StepReading
from verisearch.logic.english.reader import Reading
from verisearch.logic.fol_reader import parse_formula
from verisearch.logic.formula import Formula
from verisearch.logic.vocabulary import Vocabulary
from verisearch.symbolic.options import CheckOptions
from verisearch.trace import Problem, Step

__all__ = ["FolFormaliser"]


class FolFormaliser:
    """Implements `verisearch.symbolic.formaliser.Formaliser`: each sentence, the statement and each step is one
    formula. A symbol means the same everywhere; a formula that uses it differently counts as unread."""

    name = "fol"

    def __init__(self, problem: Problem, options: CheckOptions) -> None:
        self.problem = problem
        self.vocabulary = Vocabulary()
        #: Formulas have one reading.
        self.doubts: dict[str, tuple[Formula, ...]] = {}

    def context(self) -> list[Reading]:
        """One reading for each premise."""
        return [self.read(sentence.text) for sentence in self.problem.context]

    def statement(self) -> Reading | None:
        """The queried formula."""
        return None if self.problem.statement is None else self.read(self.problem.statement)

    def step(self, step: Step) -> StepReading:
        """The claim of a step."""
        reading, whole = self.read(step.text), (0, len(step.text))
        if reading.formula is None:
            return StepReading((Claim("unread", whole, unread=reading.unread, reason=reading.reason),))
        return StepReading((Claim("assertion", whole, reading.formula),))

    def read(self, text: str) -> Reading:
        """One formula; its symbols are added to the vocabulary."""
        try:
            formula = parse_formula(text, self.vocabulary)
            self.vocabulary.add(formula)
        except ParseError as error:
            return Reading(None, unread=text[error.position :].strip() or text, reason=str(error))
        except SignatureError as error:
            return Reading(None, unread=text, reason=str(error))
        return Reading(formula)
