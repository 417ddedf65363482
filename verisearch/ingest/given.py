"""Context and question that are given apart from the trace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from verisearch.errors import TraceError
from verisearch.ingest.context import make_problem
from verisearch.trace import AnswerKind, Problem, Sentence

__all__ = ["Given"]


class Given(NamedTuple):
    """What holds for every trace of an input."""

    context: str | Sequence[str | Sentence] | None = None
    question: str | None = None
    statement: str | None = None
    options: Sequence[str] = ()

    def problem(
        self,
        context: str | Sequence[str | Sentence] | None = None,
        question: str | None = None,
        *,
        statement: str | None = None,
        options: Sequence[str] = (),
        id: str = "",
        answer_kind: AnswerKind | None = None,
        gold: str | None = None,
    ) -> Problem:
        """The problem of one trace that brings the given parts of its own.

        Raises `TraceError` if it brings a context and another one is given apart: which premises hold isn't to be
        guessed. A question given apart wins.
        """
        if context and self.context is not None and context != self.context:
            raise TraceError("has a context of its own; leave out the one given apart", field="context")
        own = statement if self.question is None and self.statement is None else self.statement
        return make_problem(
            context if self.context is None and context is not None else self.context or (),
            self.question or question,
            statement=own,
            options=self.options or options,
            id=id,
            answer_kind=answer_kind,
            gold=gold,
        )
