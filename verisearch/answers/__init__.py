"""Final answers: what a text gives as its answer, and whether two answers are the same."""

from verisearch.answers.equality import Equivalence, classes, equivalent
from verisearch.answers.extraction import extract, final_answer

__all__ = ["Equivalence", "classes", "equivalent", "extract", "final_answer"]
