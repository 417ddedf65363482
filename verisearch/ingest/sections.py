"""Takes apart a text that holds context, question and reasoning under headings of their own."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from verisearch.ingest.question import question_statement, single_sentence

__all__ = ["Document", "read_document", "read_prompt"]

CONTEXT = r"context|premises?|theory|passage|background|problem|facts and rules|facts|rules|story|knowledge(?: base)?"
STATEMENT = r"statement|hypothesis|claim|conclusion"
QUESTION = rf"question|query|{STATEMENT}|options|choices|answer options"
BODY = (
    r"reasoning(?: steps)?|(?:final |correct )?answer|solution|steps|chain of thought|proof|explanation|thoughts?"
    r"|response|output|model(?: answer| output)?|assistant|trace|derivation"
)
HEADER = re.compile(
    rf"^[ \t]*(?P<mark>#{{1,6}}[ \t]+)?(?P<bold>\*\*|__)?"
    rf"(?:(?P<context>{CONTEXT})|(?P<question>{QUESTION})|(?P<body>{BODY}))"
    r"(?:\*\*|__)?[ \t]*(?P<colon>:)?(?:\*\*|__)?[ \t]*(?P<rest>[^\n]*)$",
    re.IGNORECASE | re.MULTILINE,
)
Kind = Literal["context", "question", "body"]


class Header(NamedTuple):
    """A heading line: what it announces, where it starts, and where its content does."""

    kind: Kind
    word: str
    start: int
    content: int


class Document(NamedTuple):
    """The parts of a text. ``body`` is the offset at which the reasoning starts."""

    context: str
    question: str | None
    statement: str | None
    body: int


def headers(text: str) -> list[Header]:
    """The headings in ``text``: with a colon, or marked as a heading and alone on their line."""
    found = []
    for match in HEADER.finditer(text):
        alone = not match["rest"].strip() and (match["mark"] or match["bold"])
        if match["colon"] or alone:
            kind: Kind = "context" if match["context"] else "question" if match["question"] else "body"
            word = (match["context"] or match["question"] or match["body"]).lower()
            found.append(Header(kind, word, match.start(), match.start("rest")))
    return found


def read_document(text: str) -> Document | None:
    """The parts of a text that starts with a context or question heading and has a second one of another kind.

    Any other text is None: all reasoning. Headings inside the reasoning stay part of it, so that a chain can't
    give itself premises.
    """
    found = headers(text)
    if not found or text[: found[0].start].strip() or found[0].kind == "body":
        return None
    found = upto_body(found)
    if len({header.kind for header in found}) < 2:
        return None
    last = found[-1]
    # "Reasoning:" is part of the layout, as "Context:" is; "Answer: B" says something.
    end = last.start if last.kind == "body" else len(text)
    body = last.content if last.kind == "body" and "answer" not in last.word else end
    parts = [header for header in found if header.kind != "body"]
    return assemble(text, parts, end)._replace(body=body)


def upto_body(found: list[Header]) -> list[Header]:
    """``found`` up to the first heading of the reasoning; a "Conclusion" behind a question is one."""
    asked = False
    for index, header in enumerate(found):
        if header.kind == "body" or (asked and header.word == "conclusion"):
            return [*found[:index], header._replace(kind="body")]
        asked = asked or header.kind == "question"
    return found


def assemble(text: str, parts: list[Header], body: int, preamble: str = "") -> Document:
    """The document whose context and question headings are ``parts``."""
    ends = [header.start for header in parts[1:]] + [body] if parts else []
    context: list[str] = []
    question: list[str] = []
    statement: str | None = None
    for header, end in zip(parts, ends, strict=True):
        content = text[header.content : end].strip()
        if header.kind == "context":
            context.append(content)
        elif re.fullmatch(STATEMENT, header.word):
            statement = single_sentence(content)
            question.append(f"{header.word.capitalize()}: {content}")
        elif content:
            question.append(f"Options:\n{content}" if "options" in header.word else content)
    asked = "\n".join(question)
    statement = statement or question_statement(asked)
    return Document("\n\n".join(context), "\n".join(filter(None, (preamble, asked))) or None, statement, body)


def read_prompt(text: str) -> Document:
    """The context and the question of a prompt to a model.

    With headings, the last context and what follows it count; instructions and examples before it become part of
    the question, as no premise may come from them. With a question heading only, the context stands before it.
    Without any, `read_context` finds the question.
    """
    found = headers(text)
    starts = [
        index
        for index, header in enumerate(found)
        if header.kind == "context" and (index == 0 or found[index - 1].kind != "context")
    ]
    if not starts:
        asked = [header for header in found if header.kind == "question"]
        document = assemble(text, asked, len(text))
        return document._replace(context=text[: asked[0].start] if asked else text)
    parts = found[starts[-1] :]
    asked = [header if header.kind != "body" else header._replace(kind="question", word="cue") for header in parts]
    return assemble(text, asked, len(text), text[: parts[0].start].strip())
