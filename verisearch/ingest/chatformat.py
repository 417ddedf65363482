"""Reads chats: the last assistant message is the trace, the user messages right before it are the problem."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from verisearch.ingest.jsonposition import Place
from verisearch.ingest.records import MessageRecord

__all__ = ["Chat", "read_chat"]

ASSISTANT = frozenset({"assistant", "model", "ai", "gpt", "bot"})
USER = frozenset({"user", "human"})
TEXT_PARTS = frozenset({"text", "input_text", "output_text"})
THINKING_PARTS = frozenset({"reasoning", "thinking", "reasoning_text"})


class Chat(NamedTuple):
    """What was asked, and the reply, its thinking in ``<think>`` tags."""

    prompt: str
    reply: str


def read_chat(messages: Sequence[MessageRecord], place: Place, field: str = "messages") -> Chat:
    """The last exchange of a chat. System messages and earlier exchanges are neither premises nor steps.

    Raises `TraceError` if no assistant message is there, or a message holds anything but text.
    """
    roles = [message.role.lower() for message in messages]
    last = next((index for index in reversed(range(len(roles))) if roles[index] in ASSISTANT), None)
    if last is None:
        raise place.error("no message with role 'assistant', so there is no trace to read", field)
    prompt: list[str] = []
    for index in reversed(range(last)):
        if roles[index] in ASSISTANT:
            break
        if roles[index] in USER:
            prompt.insert(0, text_of(messages[index], place, f"{field}[{index}]"))
    return Chat("\n\n".join(prompt), text_of(messages[last], place, f"{field}[{last}]"))


def text_of(message: MessageRecord, place: Place, field: str) -> str:
    """A message's text, thinking first."""
    thinking = [text for text in (message.reasoning_content or message.reasoning,) if text]
    spoken: list[str] = []
    content = [message.content] if isinstance(message.content, str) else message.content or []
    for index, part in enumerate(content):
        if isinstance(part, str):
            spoken.append(part)
        elif part.type in TEXT_PARTS and part.text is not None:
            spoken.append(part.text)
        elif part.type in THINKING_PARTS and part.text is not None:
            thinking.append(part.text)
        else:
            raise place.error(
                f"a part of type {part.type!r}, which can't be read as text; leave it out", f"{field}.content[{index}]"
            )
    said = "\n".join(spoken)
    return "<think>\n" + "\n".join(thinking) + "\n</think>\n" + said if thinking else said
