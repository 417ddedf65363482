"""What a strategy asks or writes on its own behalf: prompts apart from the problem's, replies that no model wrote."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from verisearch.protocols import Message
from verisearch.runtime.prompting import Template, check_names, load_template
from verisearch.search.nodes import Node
from verisearch.search.requests import Ask, Conclude

__all__ = ["Questions", "asked_again", "asked_fields", "concluded", "concluded_again", "concluded_fields"]


class Questions:
    """Answers `Ask` in the words of prompt templates, each read once."""

    def __init__(self) -> None:
        self._templates: dict[str, Template] = {}

    def begun(self, request: Ask, number: int) -> tuple[Node, dict[str, Any]]:
        """Where the reply begins, behind ``number`` other beginnings at the request's node, and the event that goes
        into the record. Raises `InputError` if there is no such template, if it names what is not among the values, or
        can't be filled in."""
        template = self._templates.get(request.template)
        if template is None:
            template = self._templates[request.template] = load_template(request.template)
            check_names(template, request.values)
        path = (*request.node.path, number)
        event = {**asked_fields(request), "digest": template.digest, "path": list(path), "most": template.max_tokens}
        return beginning(path, template.sealed_messages(request.values), template.max_tokens), event


def beginning(path: tuple[int, ...], turns: tuple[Message, ...], most: int) -> Node:
    return Node(path=path, turns=turns, alone=True, most=most)


def asked_fields(request: Ask) -> dict[str, Any]:
    """What the record says of a request; the words that it came to follow from the template, which has a digest."""
    return {"ask": list(request.node.path), "template": request.template, "values": request.values}


def asked_again(told: Mapping[str, Any]) -> Node:
    """The beginning that an event of `Questions.begun` tells of, for those that ask no model: without its turns. Raises
    `KeyError` or `TypeError` for another event."""
    return beginning(tuple(told["path"]), (), told["most"])


def concluded(request: Conclude, number: int) -> tuple[Node, dict[str, Any]]:
    """The reply that a strategy writes, behind ``number`` other beginnings at the request's node, and its event."""
    path = (*request.node.path, number)
    return conclusion(path, request.text), {**concluded_fields(request), "path": list(path)}


def concluded_fields(request: Conclude) -> dict[str, Any]:
    """What the record says of a request."""
    return {"conclude": list(request.node.path), "text": request.text}


def concluded_again(told: Mapping[str, Any]) -> Node:
    """The reply that an event of `concluded` tells of. Raises `KeyError` or `TypeError` for another event."""
    return conclusion(tuple(told["path"]), told["text"])


def conclusion(path: tuple[int, ...], text: str) -> Node:
    """A reply of one piece: its beginning is at ``path``."""
    root = Node(path=path, alone=True)
    return Node(path=(*path, 0), parent=root, text=text, ids=None, finish="end")
