"""The transformers policy on tiny random models: the conformance suite, and what is its own."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="torch isn't installed (verisearch[local])")
pytest.importorskip("transformers", reason="transformers isn't installed (verisearch[local])")

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "kv"))

from conformance import PolicyConformance, Subject, asking
from tiny import tiny_tokenizer, writing_model

from verisearch.policies.transformers import TransformersPolicy

pytestmark = pytest.mark.local

TOKENIZER = tiny_tokenizer()

ABILITIES = TransformersPolicy.capabilities | ({"grammar"} if find_spec("llguidance") else set())


def decode(ids: object) -> str:
    return str(TOKENIZER.decode(ids, clean_up_tokenization_spaces=False))


def opened(invariant: bool) -> TransformersPolicy:
    return TransformersPolicy(
        writing_model(max_position_embeddings=2048), tokenizer=tiny_tokenizer(), invariant=invariant, batch=16
    )


class TestNormal(PolicyConformance):
    @pytest.fixture(scope="class")
    def subject(self) -> Subject:
        return Subject(
            open=lambda: opened(False),
            capabilities=ABILITIES,
            too_long=asking("far too long " * 300),
            unicode=asking("→→"),
            decode=decode,
            exact=False,
        )


class TestInvariant(PolicyConformance):
    @pytest.fixture(scope="class")
    def subject(self) -> Subject:
        return Subject(
            open=lambda: opened(True),
            capabilities=ABILITIES,
            too_long=asking("far too long " * 300),
            unicode=asking("→→"),
            decode=decode,
            exact=True,
        )
