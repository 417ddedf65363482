"""A language model whose replies are written beforehand, by what it is asked about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from verisearch.protocols import Query, Response
from verisearch.usage import Usage

__all__ = ["ScriptedModel", "asked_about"]

Script = str | Sequence[str] | Callable[[Query], str]


def asked_about(query: Query) -> str:
    """What a query is about: its text, step or premise."""
    return str(next((query.values[name] for name in ("premise", "text", "step") if name in query.values), ""))


class ScriptedModel:
    """Replies by task and text: ``replies[task, text]`` is one reply, or several to be given one after the other (the
    last one again and again). What isn't there is answered by ``otherwise``. ``queries`` keeps all that was asked."""

    name = "scripted"

    def __init__(self, replies: Mapping[tuple[str, str], Script], otherwise: Script = "") -> None:
        self.replies, self.otherwise = dict(replies), otherwise
        self.queries: list[Query] = []
        self.given: dict[Any, int] = {}

    def ask(self, query: Query) -> Response:
        self.queries.append(query)
        key = (query.task, asked_about(query))
        script = self.replies.get(key, self.otherwise)
        if callable(script):
            text = script(query)
        elif isinstance(script, str):
            text = script
        else:
            number = self.given.get(key, 0)
            self.given[key] = number + 1
            text = script[min(number, len(script) - 1)]
        if not text and query.task == "premises":
            text = "none"  # as the prompt asks for: an empty reply says nothing at all
        return Response(text=text, usage=Usage(formaliser_calls=1, formaliser_tokens=10))

    def asked(self, task: str) -> list[str]:
        """What was asked about under ``task``, in order."""
        return [asked_about(query) for query in self.queries if query.task == task]
