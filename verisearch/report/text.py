"""Functions for text that somebody else wrote and that is about to be shown."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["counted", "enumerated", "one_line", "ranges", "visible"]

#: C0 and C1 controls but tab and newline, the characters that reverse the order of text, and lone surrogates.
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def picture(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"<U+{code:04X}>"


def visible(text: str) -> str:
    """``text`` with what could steer a terminal or reorder a line made visible: ESC becomes ``␛``.

    Tabs and newlines stay; carriage returns before a newline go.
    """
    return UNSAFE.sub(picture, text.replace("\r\n", "\n"))


def one_line(text: str, limit: int | None = None) -> str:
    """``text`` made `visible` on one line, cut with an ellipsis to at most ``limit`` characters (at least 1)."""
    flat = visible(" ".join(text.split()))
    if limit is None or len(flat) <= limit:
        return flat
    return flat[: limit - 1].rstrip() + "…"


def enumerated(items: Sequence[str], limit: int = 12) -> str:
    """``a, b and c``; beyond ``limit`` items ``a, b … and 7 more``."""
    if len(items) > limit:
        return f"{', '.join(items[:limit])} and {len(items) - limit} more"
    return " and ".join(part for part in (", ".join(items[:-1]), *items[-1:]) if part)


def counted(number: int, noun: str) -> str:
    """``1 step``, ``2 steps``, ``1,200 steps``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def ranges(numbers: Sequence[int]) -> list[str]:
    """Sorted numbers, three and more in a row as a range: 1, 2, 4, 5, 6 → ``1``, ``2``, ``4–6``."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return [part for run in runs for part in ([f"{run[0]}–{run[-1]}"] if len(run) > 2 else [str(each) for each in run])]
