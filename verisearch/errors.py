"""Every error that verisearch raises on purpose.

::

    VerisearchError
    ├── InputError (ValueError)          what the user gave can't be used
    │   ├── TraceError                   a trace or problem file is malformed
    │   ├── ParseError                   a formula, script or sentence can't be read
    │   ├── SignatureError               a symbol is used with another arity or sort
    │   └── ProgramError                 a small program is refused, outruns a limit, or has no result
    ├── UnknownNameError (LookupError)   no plug-in of that name
    ├── MissingExtraError (ImportError)  an optional dependency isn't installed
    ├── PolicyError (RuntimeError)       a model can't be loaded, or can't do what is asked of it
    ├── SolverError (RuntimeError)       a solver crashed or answered nonsense
    ├── WorkerError (RuntimeError)       a worker process died or outran its limit
    ├── RecordError (RuntimeError)       a run's folder can't be resumed
    └── TrainingError (RuntimeError)     training can't go on

Each message says what was wrong, where, and what to do.
"""

from __future__ import annotations

from typing import Literal

__all__ = [
    "InputError",
    "MissingExtraError",
    "ParseError",
    "PolicyError",
    "ProgramError",
    "RecordError",
    "SignatureError",
    "SolverError",
    "TraceError",
    "TrainingError",
    "UnknownNameError",
    "VerisearchError",
    "WorkerError",
]


class VerisearchError(Exception):
    """Base of all errors raised on purpose."""


class InputError(VerisearchError, ValueError):
    """What the user gave can't be used."""


class TraceError(InputError):
    """A trace or problem file is malformed.

    ``file``, ``line`` (1-based) and ``field`` (a path such as ``steps[2].text``) are None where unknown.
    """

    def __init__(
        self, message: str, *, file: str | None = None, line: int | None = None, field: str | None = None
    ) -> None:
        self.file, self.line, self.field = file, line, field
        where = ":".join(str(part) for part in (file, line) if part is not None)
        prefix = f"{where}: " if where else ""
        inside = f"{field}: " if field else ""
        super().__init__(f"{prefix}{inside}{message}")


class ParseError(InputError):
    """A formula, script or sentence can't be read.

    ``position`` is the 0-based character offset at which reading stopped; ``message`` says what was wrong there.
    """

    def __init__(self, message: str, *, text: str = "", position: int = 0) -> None:
        self.message, self.text, self.position = message, text, position
        line = text.count("\n", 0, position) + 1
        column = position - (text.rfind("\n", 0, position) + 1) + 1
        self.line, self.column = line, column
        super().__init__(f"line {line}, column {column}: {message}" if text else message)


class SignatureError(InputError):
    """A symbol is used with another arity or sort than it was declared with."""


class ProgramError(InputError):
    """A small program is refused, outruns a limit, or has no result.

    ``kind``: ``"refused"`` (it says what is not allowed, or can't be read), ``"limit"`` (too long, too deep, too many
    steps, too large a number), ``"undefined"`` (it may be run, but has no value for these numbers: a division by zero,
    a name without a value). ``line`` is counted from 1, None where unknown.
    """

    def __init__(
        self, message: str, *, kind: Literal["refused", "limit", "undefined"] = "refused", line: int | None = None
    ) -> None:
        self.message, self.kind, self.line = message, kind, line
        super().__init__(f"line {line}: {message}" if line is not None else message)


class UnknownNameError(VerisearchError, LookupError):
    """No plug-in of that name is installed."""


class MissingExtraError(VerisearchError, ImportError):
    """An optional dependency isn't installed; the message names the extra to install."""


class SolverError(VerisearchError, RuntimeError):
    """A solver crashed, refused its input or answered something unreadable."""


class PolicyError(VerisearchError, RuntimeError):
    """A language model can't be loaded, or lacks an ability that is asked of it."""


class WorkerError(VerisearchError, RuntimeError):
    """A worker process died or outran its limit."""


class RecordError(VerisearchError, RuntimeError):
    """A run's folder can't be written or resumed."""


class TrainingError(VerisearchError, RuntimeError):
    """Training can't go on: the loss is no number, or a checkpoint can't be written or read."""
