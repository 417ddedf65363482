"""Turns a problem into what a model is asked, through a template from ``verisearch.prompts`` or a user's file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from verisearch.errors import InputError
from verisearch.protocols import Message, Role
from verisearch.trace import Problem

if TYPE_CHECKING:
    import jinja2

__all__ = ["Template", "load_template", "template_names"]

ROLES: tuple[Role, ...] = ("system", "user", "assistant")
TURN = re.compile(r"^\[(system|user|assistant)\]\n", re.MULTILINE)


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A prompt: its turns, the string that ends a step of the reply, and the most tokens in one step."""

    name: str
    turns: tuple[Message, ...]
    step: str = "\n"
    step_tokens: int = 160

    def messages(self, problem: Problem, more: Mapping[str, Any] | None = None) -> tuple[Message, ...]:
        """The conversation that asks about ``problem``; ``more``: what the template may name besides. Raises
        `InputError` if the template can't be filled in."""
        from jinja2 import TemplateError

        values = {
            "context": [sentence.text for sentence in problem.context],
            "statement": problem.statement or problem.question or "",
            "question": problem.question or problem.statement or "",
            **(more or {}),
        }
        try:
            return tuple(Message(turn.role, compiled(turn.content).render(values).strip()) for turn in self.turns)
        except TemplateError as error:
            raise InputError(f"prompt template {self.name}: {error}") from error


@lru_cache(maxsize=64)  # compiling takes longer than filling in, and each problem is asked by the same few
def compiled(content: str) -> jinja2.Template:
    """A turn, ready to be filled in. Raises `jinja2.TemplateError`."""
    from jinja2.sandbox import SandboxedEnvironment

    return SandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, autoescape=False).from_string(content)


def template_names() -> list[str]:
    """The templates that come with the package, sorted."""
    folder = resources.files("verisearch.prompts")
    return sorted(file.name.removesuffix(".txt") for file in folder.iterdir() if file.name.endswith(".txt"))


def load_template(name: str) -> Template:
    """A template by its name here, or from a file. Raises `InputError` if there is none, or it is malformed."""
    if name in template_names():
        return parse(name, resources.files("verisearch.prompts").joinpath(f"{name}.txt").read_text(encoding="utf-8"))
    path = Path(name)
    if not path.is_file():
        raise InputError(f"no prompt template {name!r}: give a file, or one of {', '.join(template_names())}")
    try:
        return parse(name, path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise InputError(f"prompt template {name}: not UTF-8 text (byte {error.start}: {error.reason})") from error


def parse(name: str, text: str) -> Template:
    """A template from its text."""
    head, line, body = text.partition("\n---\n")
    if not line:
        head, body = "", text
    fields: dict[str, Any] = {}
    for number, each in enumerate(head.splitlines(), 1):
        key, colon, value = each.partition(":")
        try:
            fields[key.strip()] = json.loads(value)
        except json.JSONDecodeError as error:
            raise InputError(f"prompt template {name}, line {number}: {each!r} is no 'key: JSON value'") from error
        if not colon or key.strip() not in ("step", "step_tokens"):
            raise InputError(f"prompt template {name}, line {number}: the head may set 'step' and 'step_tokens'")
    pieces = TURN.split(body)
    turns = tuple(
        Message(next(each for each in ROLES if each == role), content.strip("\n"))
        for role, content in zip(pieces[1::2], pieces[2::2], strict=True)
    )
    if not turns or turns[-1].role == "system":
        raise InputError(f"prompt template {name}: no turn to answer; put '[user]' on a line before the question")
    try:
        return msgspec.convert({**fields, "name": name, "turns": turns}, Template)
    except msgspec.ValidationError as error:
        raise InputError(f"prompt template {name}: {error}") from error
