"""ProofWriter's rows with every name, animal, adjective and verb replaced by an invented word.

The words are new for each theory, so that hardly any of them was met before, and none in this sense; labels and depths
stay what they were. A chain over such rows can't lean on words that were learned.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random
from typing import Any

from verisearch.training.worlds.words import invented, plural, third

__all__ = ["write_invented"]

NAMES = "Anne Bob Charlie Dave Erin Fiona Gary Harry".split()
ANIMALS = ("bald eagle", "bear", "cat", "cow", "dog", "lion", "mouse", "rabbit", "squirrel", "tiger")
ADJECTIVES = "big blue cold furry green kind nice quiet red rough round smart white young".split()
VERBS = "chase eat like need see visit".split()


def other_words(rng: Random) -> dict[str, str]:
    """A new word for each of the data set's."""
    found: dict[str, str] = {}
    taken: set[str] = set()

    def new(kind: str) -> str:
        while (word := invented(rng, kind)) in taken:
            pass
        taken.update((word, plural(word), third(word)))
        return word

    found.update((name, new("name")) for name in NAMES)
    found.update((animal, new("noun")) for animal in ANIMALS)
    found.update((adjective, new("adjective")) for adjective in ADJECTIVES)
    for verb in VERBS:
        word = new("verb")
        found[verb], found[third(verb)] = word, third(word)
    return found


def renamed(text: str, words: dict[str, str]) -> str:
    """The text in other words; a capital letter stays one."""

    def other(match: re.Match[str]) -> str:
        word = match.group()
        if word in words:
            return words[word]
        said = words[word[0].lower() + word[1:]]
        return said[0].upper() + said[1:]

    known = sorted(words, key=len, reverse=True)
    either = "|".join(f"[{word[0].upper()}{word[0]}]{re.escape(word[1:])}" for word in known)
    return re.sub(rf"\b(?:{either})\b", other, text)


def write_invented(source: Path, target: Path, seed: int) -> None:
    """Write the rows of a ProofWriter file to another, in other words."""
    rows: list[dict[str, Any]] = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines()]
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", encoding="utf-8") as out:
        for row in rows:
            words = other_words(Random(f"{seed} {row['theory_id']}"))
            row |= {field: renamed(row[field], words) for field in ("context", "question", "statement")}
            out.write(json.dumps({key: row[key] for key in row if not key.endswith("_reason")}) + "\n")
