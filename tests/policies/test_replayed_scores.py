"""Recorded scores as a verifier."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from verisearch.errors import InputError
from verisearch.policies.replay import ReplayPolicy
from verisearch.protocols import Message, Partial
from verisearch.trace import Problem
from verisearch.verifiers import Surroundings, open_verifier

ASKED = Problem(id="a", question="What is 2 + 2?", answer_kind="number")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "samples.jsonl"
    samples = [{"text": "It is 4.", "score": 0.9}, {"text": "It is 5.", "score": 0.0}, {"text": "It is 6."}]
    path.write_text(json.dumps({"problem_id": "a", "prompt": "What is 2 + 2?", "samples": samples}) + "\n")
    return path


def partials(*texts: str, finished: bool = True) -> list[Partial]:
    return [Partial(problem=ASKED, written=text, finished=finished) for text in texts]


def test_a_whole_chain_has_the_score_that_was_recorded(file: Path) -> None:
    def messages(problem: Problem) -> tuple[Message, ...]:
        return (Message("system", "Be brief."), Message("user", f"Answer: {problem.question}"))

    around = Surroundings(policy=ReplayPolicy(file), messages=messages)
    for verifier in (open_verifier("replay", around), open_verifier(f"replay:{file}", Surroundings())):
        scores = verifier.score(partials("It is 4.", "It is 5.", "It is 6.", "It is 7."))
        assert [score.value for score in scores] == [0.9, 0.0, None, None]
        assert "holds no score" in scores[2].reason
        assert "no sample with this text" in scores[3].reason
        assert all(score.usage.verifier_calls == 1 for score in scores)


def test_an_unfinished_chain_has_none(file: Path) -> None:
    (score,) = open_verifier(f"replay:{file}").score(partials("It is 4.", finished=False))
    assert score.value is None
    assert "whole samples" in score.reason


def test_without_recordings_it_is_refused() -> None:
    with pytest.raises(InputError, match="--policy replay:FILE"):
        open_verifier("replay")
