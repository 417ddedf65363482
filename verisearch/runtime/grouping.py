"""Answers `Group`: which of some chains' final answers are equal."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from verisearch.answers import classes, final_answer
from verisearch.search.nodes import Node
from verisearch.search.requests import Group, Grouped
from verisearch.trace import Problem

__all__ = ["grouped"]

#: Strategies that draw one chain after the other group all of them anew each time.
answer_of = lru_cache(maxsize=4096)(final_answer)


def grouped(request: Group, problem: Problem) -> tuple[Grouped, dict[str, Any]]:
    """The answer to ``request``, and the event that goes into the record. ``problem`` says what kind answers are.

    Letters need no options here: `final_answer` has put what they stand for in their place.
    """
    answers = tuple(answer_of(each.written, problem) if isinstance(each, Node) else each for each in request.answers)
    found = Grouped(classes(answers, kind=problem.answer_kind), answers)
    paths = [list(each.path) if isinstance(each, Node) else None for each in request.answers]
    return found, {"group": paths, "answers": list(answers), "classes": [list(each) for each in found.classes]}
