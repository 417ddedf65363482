"""Turns a problem, or a formaliser's query, into what a model is asked, through a template: one of
``verisearch.prompts`` or a user's file."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from verisearch.errors import InputError
from verisearch.protocols import Message, Role
from verisearch.trace import AnswerKind, Problem

if TYPE_CHECKING:
    import jinja2

__all__ = ["Template", "check_names", "load_template", "template_names"]

ROLES: tuple[Role, ...] = ("system", "user", "assistant")
HEAD = ("step", "step_tokens", "max_tokens")
TURN = re.compile(r"^\[(system|user|assistant)\]\n", re.MULTILINE)


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A prompt: its turns, the string that ends a step of the reply, and the most tokens in one step."""

    name: str
    turns: tuple[Message, ...]
    step: str = "\n"
    step_tokens: int = 160
    max_tokens: int = 600
    #: SHA-256 of its text.
    digest: str = ""
    #: Who asks about problems whose answers are of another kind than truth values: by that kind. The step and the
    #: limits stay those of this one.
    by_kind: dict[AnswerKind, Template] = {}

    def messages(self, problem: Problem, more: Mapping[str, Any] | None = None) -> tuple[Message, ...]:
        """The conversation that asks about ``problem``; ``more``: what the template may name besides. Raises
        `InputError` if the template can't be filled in."""
        values = {
            "context": [sentence.text for sentence in problem.context],
            "statement": problem.statement or problem.question or "",
            "question": problem.question or problem.statement or "",
            "options": list(problem.options),
            "kind": problem.answer_kind,
            **(more or {}),
        }
        return self.by_kind.get(problem.answer_kind, self).filled(values)

    def sealed_messages(self, values: Mapping[str, Any]) -> tuple[Message, ...]:
        """The conversation with every value sealed (see `seal`): whatever it says, it can't pass for the template's
        own words. Raises `InputError` if the template can't be filled in."""
        return self.filled(values, sealed=True)

    def filled(self, values: Mapping[str, Any], *, sealed: bool = False) -> tuple[Message, ...]:
        from jinja2 import TemplateError

        try:
            return tuple(
                Message(turn.role, compiled(turn.content, sealed).render(values).strip()) for turn in self.turns
            )
        except TemplateError as error:
            raise InputError(f"prompt template {self.name}: {error}") from error


@lru_cache(maxsize=64)  # compiling takes longer than filling in, and each problem is asked by the same few
def compiled(content: str, sealed: bool = False) -> jinja2.Template:
    """A turn, ready to be filled in. Raises `jinja2.TemplateError`."""
    from jinja2.sandbox import SandboxedEnvironment

    return SandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, autoescape=False, finalize=seal if sealed else None
    ).from_string(content)


#: Marks by which chat templates tell whose turn it is, and what is thought from what is said. Some tokenizers make
#: control tokens of them wherever they stand.
CONTROL = re.compile(
    r"<[|｜]|[|｜]>|\[\||\|\]|\[/?[A-Z][A-Z_]+\]|<</?SYS>>|</?[A-Za-z][A-Za-z_]*\d*>",
)


def seal(value: Any) -> Any:
    """A text between marks that it can't contain, as their number is made of the text itself: nobody can write a text
    that closes them. Marks of chat templates in it are broken up. What is no text stays as it is."""
    if not isinstance(value, str):
        return value
    text = CONTROL.sub(lambda found: found[0][0] + " " + found[0][1:], value)
    number = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"<data {number}>{text}</data {number}>"


def template_names() -> list[str]:
    """The templates that come with the package, sorted."""
    folder = resources.files("verisearch.prompts")
    return sorted(file.name.removesuffix(".txt") for file in folder.iterdir() if file.name.endswith(".txt"))


def load_template(name: str, folder: str | Path | None = None) -> Template:
    """A template by its name, from ``folder`` if it is there, else from the package; or from a file. Raises
    `InputError` if there is none, or it is malformed."""
    own = Path(folder) / f"{name}.txt" if folder is not None else None
    if own is not None and own.is_file():
        return read_template(str(own))
    if name in template_names():
        return parse(name, resources.files("verisearch.prompts").joinpath(f"{name}.txt").read_text(encoding="utf-8"))
    path = Path(name)
    if not path.is_file():
        raise InputError(f"no prompt template {name!r}: give a file, or one of {', '.join(template_names())}")
    return read_template(name)


def check_names(template: Template, names: Collection[str]) -> None:
    """Raises `InputError` for a template that can't be filled in, or that names what is none of ``names``: it would
    silently ask about nothing."""
    from jinja2 import TemplateError
    from jinja2.meta import find_undeclared_variables
    from jinja2.sandbox import SandboxedEnvironment

    for turn in template.turns:
        try:
            used = find_undeclared_variables(SandboxedEnvironment().parse(turn.content))
        except TemplateError as error:
            raise InputError(f"prompt template {template.name}: {error}") from error
        for unknown in sorted(used - set(names)):
            there = ", ".join(sorted(names))
            raise InputError(f"prompt template {template.name}: {unknown!r} is not known there; it may name: {there}")


def read_template(name: str) -> Template:
    """A template from a file."""
    path = Path(name)
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
        if not colon or key.strip() not in HEAD:
            raise InputError(f"prompt template {name}, line {number}: the head may set {', '.join(HEAD)}")
    pieces = TURN.split(body)
    turns = tuple(
        Message(next(each for each in ROLES if each == role), content.strip("\n"))
        for role, content in zip(pieces[1::2], pieces[2::2], strict=True)
    )
    if not turns or turns[-1].role == "system":
        raise InputError(f"prompt template {name}: no turn to answer; put '[user]' on a line before the question")
    try:
        digest = hashlib.sha256(text.encode()).hexdigest()
        return msgspec.convert({**fields, "name": name, "turns": turns, "digest": digest}, Template)
    except msgspec.ValidationError as error:
        raise InputError(f"prompt template {name}: {error}") from error
