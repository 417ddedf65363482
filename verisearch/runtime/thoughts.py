"""What reasoning models think aloud before they reply: it is no part of the reply, and must not be read as one."""

from __future__ import annotations

import re

__all__ = ["without_thoughts"]

TAG = r"(?:think|thinking|thoughts?|reasoning|reflection)"
END = rf"(?:</{TAG}>|\[/THINK\])"
#: Begun in the reply, and ended in it or, where it was cut off, nowhere.
BEGUN = re.compile(rf"\A\s*(?:<{TAG}>|\[THINK\]).*?(?:{END}|\Z)\s*", re.DOTALL)
#: Begun by the chat template, so that only the end stands in the reply, at the end of a line.
ENDED = re.compile(rf"\A.*?{END}[ \t]*(?:\n\s*|\Z)", re.DOTALL)


def without_thoughts(text: str) -> str:
    """A model's reply without what it thought before it. Nothing is left of a reply that was still thought about."""
    found = BEGUN.match(text) or ENDED.match(text)
    return text[found.end() :] if found is not None else text
