"""``solve --html`` and ``show``: the tree of a search as a page and as text, from a search and from its record."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from scripted import ScriptedPolicy

from verisearch.protocols import Message
from verisearch.report.html import read_back

CONTEXT = "Bob is kind. Kind people are nice. Nice people are not sad."
WRONG = ("Bob is tall.\n", "So Bob is sad.\n")
RIGHT = ("Bob is kind.\n", "So Bob is nice.\n", "The answer is True.")


def script(messages: tuple[Message, ...], written: str, seed: int) -> str:
    """Half of the draws go on rightly, the other half say something wrong."""
    right = RIGHT[min(written.count("\n"), 2)]
    return written + (right if seed % 2 else WRONG[seed // 2 % 2]) + ("" if seed % 2 and right == RIGHT[2] else "…")


@pytest.fixture
def call(call):  # type: ignore[no-untyped-def]
    return lambda *arguments: call(*arguments, policy=ScriptedPolicy(script))


def nodes(page: Path) -> list[dict[str, Any]]:
    text = page.read_text(encoding="utf-8")
    found = re.search(r'id="search-data">(.*?)</script>', text, re.DOTALL)
    assert found
    data: list[dict[str, Any]] = json.loads(found[1])["nodes"]
    return data


STRATEGIES = {
    "latts": ["--set", "draws=6"],
    "beam": ["--n", "2", "--set", "expand=2"],
    "mcts": ["--set", "simulations=8"],
    "particle": ["--n", "3"],
    "best-of-n": ["--n", "3"],
    "greedy": [],
}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_page_holds_every_draw_of_a_search_and_the_chosen_chain(call, tmp_path: Path, strategy: str) -> None:  # type: ignore[no-untyped-def]
    page = tmp_path / "search.html"
    given = ["--strategy", strategy, "--steps", 6, *STRATEGIES[strategy], "--html", page, "--json"]
    done = call("solve", "Bob is nice.", "--context", CONTEXT, *given)
    found = json.loads(done.out)
    drawn = nodes(page)
    assert len(drawn) == sum("draw" in event for event in found["events"])
    chain = [node for node in drawn if node["chosen"]]
    assert "".join(node["text"] + "\n" for node in chain).strip() == found["trace"]["raw"].strip()
    (verdict,) = read_back(page.read_text(encoding="utf-8"))
    shown = [each["status"] for node in chain for each in node["steps"]]
    assert shown == [each.status.value for each in verdict.steps]
    assert [each["premises"] for node in chain for each in node["steps"]] == [
        [premise.label for premise in dict.fromkeys(each.premises)] for each in verdict.steps
    ]


def test_a_verifier_without_verdicts_leaves_the_chosen_chain_judged(call, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    page = tmp_path / "search.html"
    call("solve", "Bob is nice.", "--context", CONTEXT, "--strategy", "best-of-n", "--n", 4, "--steps", 5,
         "--verifier", "noisy:0.1", "--html", page)  # fmt: skip
    drawn = nodes(page)
    assert all(node["status"] for node in drawn if node["chosen"])


def test_a_tree_is_told_on_standard_error_and_the_answer_on_standard_output(call) -> None:  # type: ignore[no-untyped-def]
    done = call("solve", "Bob is nice.", "--context", CONTEXT, "--strategy", "latts", "--seed", 1)
    lines = done.err.splitlines()
    assert lines[0] == "latts: Bob is nice."
    drawn = [line for line in lines if re.match(r" *[\d.]+  [✓✗!~?·]", line)]
    assert len(drawn) > 3
    assert lines[-1].startswith(f"{len(drawn)} steps drawn")
    assert "strategy: latts" in done.out
    assert lines[0] not in done.out
    silent = call("solve", "Bob is nice.", "--context", CONTEXT, "--strategy", "latts", "--seed", 1, "--json")
    assert silent.err == ""


@pytest.fixture
def recorded(call, tmp_path: Path) -> Path:  # type: ignore[no-untyped-def]
    data = tmp_path / "data.jsonl"
    rows = [{"id": f"p{n}", "context": CONTEXT, "statement": "Bob is nice.", "label": "True"} for n in range(2)]
    data.write_text("".join(json.dumps(row) + "\n" for row in [*rows, {"id": "torn"}]))
    out = tmp_path / "run"
    done = call("eval", "proofwriter", "--data", data, "--mode", "solve", "--strategy", "latts", "--budget", 900,
                "--workers", 1, "--out", out)  # fmt: skip
    assert done.code == 0, done.err
    return out


def test_a_records_page_is_that_of_the_search(call, recorded: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    page = tmp_path / "record.html"
    done = call("show", recorded, "p1", "--html", page)
    assert (done.code, done.out) == (0, ""), done.err
    record = json.loads((recorded / "records.jsonl").read_text().splitlines()[1])
    drawn = nodes(page)
    assert len(drawn) == sum("draw" in event for event in record["events"])
    assert [each["status"] for node in drawn if node["chosen"] for each in node["steps"]] == record["step_statuses"]
    text = page.read_text(encoding="utf-8")
    (verdict,) = read_back(text)
    assert verdict.problem.id == "p1"
    assert "of 900 allowed" in text
    again = tmp_path / "again.html"
    assert call("show", recorded / "records.jsonl", "p1", "--html", again).code == 0
    assert nodes(again) == drawn


def test_a_record_is_shown_as_a_tree_and_listed(call, recorded: Path) -> None:  # type: ignore[no-untyped-def]
    shown = call("show", recorded, "p0", "--detail")
    assert shown.code == 0
    assert "p0: Bob is nice." in shown.out
    assert "◂" in shown.out
    assert "of 900 allowed" in shown.out
    assert "formula: " in shown.out
    assert json.loads(call("show", recorded, "p0", "--json").out)["id"] == "p0"
    listed = call("show", recorded).out
    assert "p0" in listed
    assert "line 3" in listed
    assert "3 records" in listed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nobody"], "holds no record 'nobody'"),
        (["line 3", "--html", "x.html"], "holds no search"),
        (["line 3", "--detail"], "nothing to check again"),
        (["--json"], "say which record"),
    ],
)
def test_what_a_run_does_not_hold_is_said(call, recorded: Path, arguments: list[str], message: str) -> None:  # type: ignore[no-untyped-def]
    done = call("show", recorded, *arguments)
    assert done.code == 2
    assert message in done.err
    assert "Traceback" not in done.err
