"""``eval --mode solve``: records, resuming, malformed rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from scripted import Dying, ScriptedPolicy, solving

from verisearch.errors import PolicyError, RecordError
from verisearch.evaluation.datasets import ProofWriter
from verisearch.evaluation.run import Report, run
from verisearch.protocols import Message
from verisearch.runtime.pool import Pool
from verisearch.search.strategies import Settings

NAMES = ("Ada", "Bob", "Cleo", "Dan", "Eve", "Finn", "Gus", "Hal", "Ida")


def rows(count: int) -> list[dict[str, Any]]:
    """Problems whose answer alternates between True and False."""
    return [
        {
            "id": f"p{number}",
            "context": f"{NAMES[number]} is kind. Kind people are nice. Nice people are not sad.",
            "statement": f"{NAMES[number]} is {'nice' if number % 2 == 0 else 'sad'}.",
            "label": "True" if number % 2 == 0 else "False",
        }
        for number in range(count)
    ]


def script(messages: tuple[Message, ...], written: str, seed: int) -> str:
    """Right for problems asked about "nice", a guess for the others."""
    statement = messages[-1].content.rpartition("? ")[2]
    name = statement.split()[0]
    if "nice" in statement:
        return f"{name} is kind.\nKind people are nice.\nSo {name} is nice.\nThe answer is True."
    return f"{name} is tall.\nThe answer is False."


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows(9)))
    return path


def evaluate(data: Path, folder: Path, policy: ScriptedPolicy, *, resume: bool = False, **solve: Any) -> Report:
    plan = solving(data, concurrency=3, **solve)
    with Pool(1) as pool:
        return run(plan, ProofWriter(), folder, pool=pool, policy=policy, resume=resume)


def records(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "records.jsonl").read_text().splitlines()]


def test_records_say_who_answered_what_and_whether_it_holds(data: Path, tmp_path: Path) -> None:
    report = evaluate(data, tmp_path / "run", ScriptedPolicy(script))
    found = records(tmp_path / "run")
    assert [record["id"] for record in found] == [f"p{number}" for number in range(9)]
    assert all(record["strategy"] == "greedy" and record["correct"] for record in found)
    assert [record["verified"] for record in found] == [number % 2 == 0 for number in range(9)]
    assert all(record["usage"]["generated_tokens"] == len(record["written"]) + 1 for record in found)
    assert report.figures.accuracy == 1.0
    assert report.figures.verified_vcar == pytest.approx(5 / 9)
    assert (report.policy, report.strategy) == ("scripted", "greedy")


def test_every_draw_is_in_the_record_discarded_ones_too(data: Path, tmp_path: Path) -> None:
    evaluate(data, tmp_path / "run", ScriptedPolicy(script), strategy="best-of-n", settings=Settings(n=3))
    for record in records(tmp_path / "run"):
        drawn = [event for event in record["events"] if "draw" in event]
        assert sum(event["tokens"] for event in drawn) + 3 == record["usage"]["generated_tokens"]
        assert {event["draw"][0] for event in drawn} == {0, 1, 2}
        assert len(record["candidates"]) == 3


@pytest.mark.parametrize("after", [1, 7, 12, 25])
def test_an_interrupted_run_goes_on_and_ends_with_the_same_records(data: Path, tmp_path: Path, after: int) -> None:
    whole = tmp_path / "whole"
    evaluate(data, whole, ScriptedPolicy(script))
    broken = tmp_path / "broken"
    with pytest.raises(PolicyError, match="lost"):
        evaluate(data, broken, Dying(script, after))
    before = (broken / "records.jsonl").read_text()
    policy = ScriptedPolicy(script)
    evaluate(data, broken, policy, resume=True)
    assert (broken / "records.jsonl").read_text() == (whole / "records.jsonl").read_text()
    assert (whole / "records.jsonl").read_text().startswith(before)
    asked = {request.prefix.messages[-1].content for request in policy.requests}
    assert len(asked) == 9 - len(before.splitlines())


def test_a_run_of_other_settings_is_not_resumed(data: Path, tmp_path: Path) -> None:
    evaluate(data, tmp_path / "run", ScriptedPolicy(script))
    with pytest.raises(RecordError, match="seed"):
        evaluate(data, tmp_path / "run", ScriptedPolicy(script), resume=True, seed=3)


def test_malformed_rows_stay_in_their_place_with_their_error(tmp_path: Path) -> None:
    lines = [json.dumps(row) for row in rows(4)]
    lines.insert(0, '{"id": "broken", "context": 7}')
    lines.insert(3, "not json")
    lines.append('{"id": "last"}')
    path = tmp_path / "data.jsonl"
    path.write_text("\n".join(lines) + "\n")
    report = evaluate(path, tmp_path / "run", ScriptedPolicy(script))
    found = records(tmp_path / "run")
    assert [record["error"] is None for record in found] == [False, True, True, False, True, True, False]
    assert [record["index"] for record in found] == list(range(7))
    assert report.figures.errors == 3


def test_a_problem_the_policy_fails_at_keeps_its_record(data: Path, tmp_path: Path) -> None:
    report = evaluate(data, tmp_path / "run", ScriptedPolicy(script, fail_at=1))
    found = records(tmp_path / "run")
    assert [record["error"] for record in found].count("the server went away") == 1
    assert len(found) == 9
    assert report.figures.errors == 1
