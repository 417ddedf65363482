"""Small rule worlds with known answers, as rows in the fields that Logic-LM uses for ProofWriter."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

__all__ = ["rows", "write_lines"]

NAMES = ("Ada", "Boris", "Chen", "Dora", "Emil", "Femi")
WORDS = ("tall", "calm", "witty", "brave", "neat", "loud", "proud", "shy")


def rows(count: int, seed: int = 0) -> list[dict[str, Any]]:
    """``count`` problems: one name, a chain of three rules, a statement that is True, False or Unknown in turn."""
    generator = random.Random(seed)
    return [row(number, generator) for number in range(count)]


def row(number: int, generator: random.Random) -> dict[str, Any]:
    name = generator.choice(NAMES)
    first, second, third, other = generator.sample(WORDS, 4)
    rules = [f"If someone is {first} then they are {second}.", f"All {second} people are {third}."]
    steps = [f"{name} is {first}.", rules[0], f"So {name} is {second}.", rules[1]]
    label = ("True", "False", "Unknown")[number % 3]
    statement = {
        "True": f"{name} is {third}.",
        "False": f"{name} is not {third}.",
        "Unknown": f"{name} is {other}.",
    }[label]
    return {
        "id": f"world-{number}",
        "context": " ".join([f"{name} is {first}.", *rules]),
        "question": f"Based on the above information, is the following statement true, false, or unknown? {statement}",
        "options": ["A) True", "B) False", "C) Unknown"],
        "answer": "ABC"[number % 3],
        "gold_reason": "Missing facts and rules." if label == "Unknown" else " ".join(steps),
    }


def write_lines(path: Path, objects: list[dict[str, Any]]) -> Path:
    """Write a JSON Lines file."""
    path.write_text("".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in objects), encoding="utf-8")
    return path
