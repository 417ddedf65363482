"""What the stub server writes: text that depends on the prompt and the seed alone, in tokens of its own."""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "logic"))

from gbnf import Gbnf

__all__ = ["END", "Written", "complete", "continuation", "count", "spell", "taken", "tokenize"]

#: Token ids: 0 ends a reply, 1 to 256 are bytes, the rest are words.
END = 0

WORDS = (
    " the",
    " cat",
    " dog",
    " sat",
    " is",
    " big",
    " and",
    " red",
    " so",
    ".",
    ",",
    "\n\n",
    ".\n",
    " kind",
    " of",
    " not",
    " every",
    " Answer",
    ":",
    " true",
)
FIRST_WORD = 257

#: What replies to a prompt with the word "signs" are made of: each character is several tokens.
SIGNS = "猫é🐈ü→ß"

#: Tokens in a reply that isn't cut.
LENGTH = 60


@dataclass(frozen=True)
class Written:
    """A continuation: its tokens, the end token included, and why it ended."""

    ids: tuple[int, ...]
    text: str
    finish: str
    stop: str | None = None


def spell(ids: Sequence[int]) -> bytes:
    """The bytes of tokens."""
    return b"".join(
        b"" if each == END else bytes([each - 1]) if each < FIRST_WORD else WORDS[each - FIRST_WORD].encode()
        for each in ids
    )


def tokenize(text: str) -> list[int]:
    """Text as tokens: words where they fit, else bytes."""
    ids: list[int] = []
    at = 0
    longest_first = sorted(range(len(WORDS)), key=lambda index: -len(WORDS[index]))
    while at < len(text):
        found = next((index for index in longest_first if text.startswith(WORDS[index], at)), None)
        if found is None:
            ids.extend(byte + 1 for byte in text[at].encode())
            at += 1
        else:
            ids.append(FIRST_WORD + found)
            at += len(WORDS[found])
    return ids


def count(text: str) -> int:
    """Tokens of a text."""
    return len(tokenize(text))


def reply(prompt: str, seed: int | None) -> list[int]:
    """All of the reply to a prompt. ``seed`` None is the greedy one."""
    chance = random.Random(f"{prompt}|{seed}")
    if "signs" in prompt:
        text = "".join(chance.choice(SIGNS) + " " * chance.randrange(2) for _ in range(LENGTH))
        return [*(byte + 1 for byte in text.encode())][: LENGTH * 3]
    return [chance.randrange(FIRST_WORD, FIRST_WORD + len(WORDS)) for _ in range(LENGTH)]


def continuation(
    prompt: str,
    written: bytes,
    seed: int | None,
    max_tokens: int,
    stops: Sequence[str],
    grammar: str | None = None,
) -> Written:
    """What follows ``written`` in the reply to ``prompt``; another text if the reply doesn't begin so. With a grammar,
    a string of its language."""
    ids = rest(reply(prompt, seed), written)
    if grammar is not None:
        text = Gbnf(grammar).draw(random.Random(f"{prompt}|{written!r}|{seed}"))
        ids = [byte + 1 for byte in text.encode()]
    if ids is None:
        ids = reply(f"{prompt}|{written!r}", seed)
    return taken(ids, max_tokens, stops)


def taken(ids: Sequence[int], max_tokens: int, stops: Sequence[str]) -> Written:
    """As much of ``ids`` as is written before the end, a stop string, or the limit."""
    made: list[int] = []
    for each in (*ids, END):
        made.append(each)
        if each == END:
            return Written(tuple(made), decode(made), "stop")
        text = decode(made)
        ended = [stop for stop in stops if stop in text]
        if ended:
            stop = min(ended, key=lambda each: text.index(each) + len(each))
            return Written(tuple(made), text[: text.index(stop) + len(stop)], "stop", stop)
        if len(made) == max_tokens:
            return Written(tuple(made), text, "length")
    raise AssertionError("the end token comes last")


def rest(ids: list[int], written: bytes) -> list[int] | None:
    """The tokens after ``written``; a token that it cuts is given byte by byte. None if ``ids`` don't begin so."""
    whole = spell(ids)
    if not whole.startswith(written):
        return None
    covered = 0
    for number, each in enumerate(ids):
        if covered == len(written):
            return ids[number:]
        size = len(spell([each]))
        if covered + size > len(written):
            left = spell([each])[len(written) - covered :]
            return [*(byte + 1 for byte in left), *ids[number + 1 :]]
        covered += size
    return []


def decode(ids: Sequence[int]) -> str:
    """Text of tokens; the beginning of a character that isn't complete is held back, as servers do."""
    data = spell(ids)
    for cut in range(4):
        try:
            return data[: len(data) - cut].decode("utf-8")
        except UnicodeDecodeError:
            continue
    return data.decode("utf-8", "replace")


def complete(data: bytes) -> str:
    """The text of bytes, without a character that isn't complete."""
    return data.decode("utf-8", "ignore")
