"""Small programs that a model or a data set gives: read by closed lists, run inside limits, never executed.

Three notations: Python functions (`read_function`), algebraic expressions (`read_expression`) and the formulas of
MathQA (`verisearch.programs.formulas`). Their numbers are exact; what is irrational is a float, and counts as inexact.
"""

from verisearch.errors import ProgramError
from verisearch.programs.arithmetic import Limits, Number, is_exact, same_number
from verisearch.programs.reading import Program, read_expression, read_function

__all__ = [
    "Limits",
    "Number",
    "Program",
    "ProgramError",
    "is_exact",
    "read_expression",
    "read_function",
    "same_number",
]
