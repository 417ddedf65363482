"""Rows of the data files as plain tuples: sentences, statement, gold label, gold chain."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from oracle.templates import Clause, flip, read, split, write

__all__ = ["CHAIN_FILES", "LABEL_FILES", "Row", "gold_chain", "load"]

#: Files whose labels are those of forward chaining.
LABEL_FILES = (
    "proofwriter_owa_d5_dev",
    "proofwriter_owa_d5_test",
    "proofwriter_owa_d5_train",
    "proofwriter_owa_d5_binary_satlm",
    "proofwriter_owa_mixed_qdep",
    "prontoqa_3hop_fictional",
    "prontoqa_345hop_trueontology",
    "prontoqa_5hop_fictional",
)

#: Files that hold gold chains.
CHAIN_FILES = (
    "proofwriter_owa_d5_dev",
    "proofwriter_owa_d5_test",
    "proofwriter_owa_d5_train",
    "proofwriter_cot_intermediates",
    "prontoqa_3hop_fictional",
    "prontoqa_345hop_trueontology",
    "prontoqa_5hop_fictional",
)


class Row(NamedTuple):
    """One question. ``steps`` is its gold chain, empty where the row has none; ``raw`` is the row as stored."""

    id: str
    file: str
    sentences: tuple[str, ...]
    statement: str
    label: str
    steps: tuple[str, ...]
    raw: dict[str, Any]


def load(folder: Path, name: str) -> Iterator[Row]:
    """The rows of ``folder/logic/name.jsonl``, in order."""
    with open(folder / "logic" / f"{name}.jsonl", encoding="utf-8", newline="\n") as lines:
        for line in lines:
            raw = json.loads(line)
            context = raw["context"]
            sentences = tuple(split(context) if isinstance(context, str) else context)
            steps = tuple(gold_chain(raw))
            yield Row(raw["id"], name, sentences, raw["statement"], str(raw["label"]), steps, raw)


def gold_chain(raw: dict[str, Any]) -> list[str]:
    """The gold chain of a row, with the conclusion that ProofWriter's ``gold_reason`` leaves out.

    The sentences keep their "So". A row labelled Unknown has no chain.
    """
    if "chain_of_thought" in raw:
        return list(raw["chain_of_thought"])
    if "gold_reason" not in raw or str(raw["label"]) == "Unknown":
        return []
    statement = read(raw["statement"]).head
    conclusion = statement if str(raw["label"]) == "True" else flip(statement)
    return [*split(raw["gold_reason"]), f"So {write(Clause((), conclusion))}"]
