"""Runs that compare: what is recorded of each arm, what it comes to, and that a breakdown costs nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from scripted import CHECK, Dying, ScriptedPolicy, solving

from verisearch.errors import InputError, PolicyError, RecordError
from verisearch.evaluation.arms import Arm, Searcher, arms_of, levels, one_arm
from verisearch.evaluation.comparison import Comparison, seconds_of
from verisearch.evaluation.comparison_table import depths_grid
from verisearch.evaluation.datasets import ProofWriter
from verisearch.evaluation.run import Plan, Report, run
from verisearch.policies.seeds import derive_seed
from verisearch.protocols import Message, Partial, Score
from verisearch.report.comparison import render_comparison
from verisearch.runtime.pool import Pool
from verisearch.runtime.solving import SolveOptions
from verisearch.search.acceptance import Latts
from verisearch.search.best_of_n import BestOfN
from verisearch.search.chains import Settings

NAMES = ("Ada", "Bob", "Cleo", "Dan", "Eve", "Finn")


def rows() -> list[dict[str, Any]]:
    """Two statements on each of three theories, all true."""
    return [
        {
            "id": f"p{number}",
            "theory_id": f"t{number // 2}",
            "context": f"{name} is kind. Kind people are nice.",
            "statement": f"{name} is nice.",
            "label": "True",
            "derived_depth": number % 2,
        }
        for number, name in enumerate(NAMES)
    ]


def script(messages: tuple[Message, ...], written: str, seed: int) -> str:
    """A proof in every other chain, a guess in the others; who begins a chain well ends it well."""
    name = messages[-1].content.rpartition("? ")[2].split()[0]
    good = f"{name} is kind.\nKind people are nice.\nSo {name} is nice.\nThe answer is True."
    bad = f"{name} is tall.\nThe answer is False."
    if written:
        return good if good.startswith(written) else bad
    return good if derive_seed(seed, "coin") % 2 else bad


def options(strategy: str, settings: Settings | None = None, **more: Any) -> SolveOptions:
    fields = {"check": CHECK, "concurrency": 3, **more}
    return SolveOptions(strategy=strategy, settings=settings or Settings(n=3), **fields)


def three() -> tuple[Arm, ...]:
    """A greedy chain and two strategies on a budget of two and four of its like."""
    found = [
        Searcher("best-of-n", "best-of-n", options("best-of-n", BestOfN(n=8, stop_at_first_verified=True))),
        Searcher("latts", "latts", options("latts", Latts(draws=4))),
    ]
    return arms_of(found, levels("x2,x4"))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows()))
    return path


Evaluate = Callable[..., Report]


@pytest.fixture(scope="module")
def evaluate() -> Iterator[Evaluate]:
    """Runs arms on the data, by default `three`, with the scripted policy."""
    with Pool(1) as pool:

        def run_arms(data: Path, folder: Path, policy: ScriptedPolicy | None = None, **more: Any) -> Report:
            plan = solving(data, arms=more.pop("arms", None) or three())
            return run(plan, ProofWriter(), folder, pool=pool, policy=policy or ScriptedPolicy(script), **more)

        yield run_arms


def records(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "records.jsonl").read_text().splitlines()]


def compared(report: Report) -> Comparison:
    assert report.comparison is not None
    return report.comparison


# --- what is recorded -----------------------------------------------------------------------------------------------
def test_each_arm_has_a_record_of_each_problem(evaluate: Evaluate, data: Path, tmp_path: Path) -> None:
    evaluate(data, tmp_path / "run")
    found = records(tmp_path / "run")
    names = ["greedy", "best-of-n @x2", "best-of-n @x4", "latts @x2", "latts @x4"]
    assert [record["arm"] for record in found] == [name for name in names for _ in NAMES]
    assert [record["id"] for record in found] == [row["id"] for row in rows()] * 5
    assert [record["index"] for record in found] == list(range(30))
    tokens = [record["usage"]["generated_tokens"] for record in found[:6]]
    for record in found:
        assert record["strategy"] == record["arm"].partition(" ")[0]
        assert record["verifier"] == "symbolic"
        assert record["verified"] is (record["predicted"] == "True")
        assert record["usage"]["verifier_calls"] == sum(
            len(event["nodes"]) for event in record["events"] if "rate" in event
        )
        if record["arm"] == "greedy":
            assert record["budget"] == {"tokens": None, "verifier_calls": None}
        else:
            multiple = int(record["arm"][-1])
            assert record["budget"]["tokens"] == -(-multiple * sum(tokens) // 6)
            assert record["usage"]["generated_tokens"] <= record["budget"]["tokens"]
    discarded = [record["usage"]["discarded_tokens"] for record in found if record["strategy"] == "best-of-n"]
    assert max(discarded) > 0


def test_chain_k_of_a_problem_is_the_same_whoever_asks_for_it(evaluate: Evaluate, data: Path, tmp_path: Path) -> None:
    arms = arms_of([Searcher(f"best-of-n:n={n}", "best-of-n", options("best-of-n", Settings(n=n))) for n in (2, 4)])
    evaluate(data, tmp_path / "run", arms=arms)
    found = records(tmp_path / "run")
    for few, many in zip(found[:6], found[6:], strict=True):
        assert few["candidates"] == many["candidates"][:2]


# --- what it comes to -----------------------------------------------------------------------------------------------
def test_figures_are_those_of_the_records(evaluate: Evaluate, data: Path, tmp_path: Path) -> None:
    comparison = compared(evaluate(data, tmp_path / "run"))
    assert (comparison.problems, comparison.groups) == (6, 3)
    found = records(tmp_path / "run")
    for number, arm in enumerate(comparison.arms):
        mine = found[6 * number : 6 * number + 6]
        assert (arm.name, arm.n, arm.errors) == (mine[0]["arm"], 6, 0)
        assert arm.budget == mine[0]["budget"]["tokens"]
        figures = {name: estimate.value for name, estimate in arm.estimates.items()}
        assert figures == pytest.approx(
            {
                "accuracy": sum(record["correct"] for record in mine) / 6,
                "verified": sum(record["verified"] for record in mine) / 6,
                "verified_and_correct": sum(record["verified"] and record["correct"] for record in mine) / 6,
                "generated_tokens": sum(record["usage"]["generated_tokens"] for record in mine) / 6,
                "verifier_calls": sum(record["usage"]["verifier_calls"] for record in mine) / 6,
            }
        )
        for name, estimate in arm.estimates.items():
            assert estimate.interval is not None, name
            assert estimate.interval[0] <= figures[name] <= estimate.interval[1]
    assert {arm.estimates["verified"].value for arm in comparison.arms} != {1.0}


def test_figures_are_told_by_depth_where_the_rows_have_one(evaluate: Evaluate, data: Path, tmp_path: Path) -> None:
    comparison = compared(evaluate(data, tmp_path / "run"))
    found = [json.loads(line) for line in (tmp_path / "run" / "records.jsonl").read_text().splitlines()]
    assert {each["gold_depth"] for each in found} == {0, 1}
    assert [(each.arm, each.depth, each.n) for each in comparison.by_depth] == [
        (arm.name, depth, 3) for arm in comparison.arms for depth in (0, 1)
    ]
    for each in comparison.by_depth:
        mine = [row for row in found if (row["arm"], row["gold_depth"]) == (each.arm, each.depth)]
        share, tokens = each.estimates["verified_and_correct"], each.estimates["generated_tokens"]
        assert share.value == sum(row["correct"] and row["verified"] for row in mine) / 3
        assert tokens.value == sum(row["usage"]["generated_tokens"] for row in mine) / 3
    grid = depths_grid(comparison)
    assert grid.columns == ["", "0 (3)", "1 (3)"]
    assert [row[0] for row in grid.rows] == [arm.name for arm in comparison.arms]
    assert "gold proof" in (render_comparison(comparison, {}, {}, title="", facts={}))
    bare = msgspec.structs.replace(comparison, by_depth=[])
    assert depths_grid(bare).rows == []
    assert "gold proof" not in render_comparison(bare, {}, {}, title="", facts={})


def test_differences_are_to_the_first_and_within_a_budget(evaluate: Evaluate, data: Path, tmp_path: Path) -> None:
    comparison = compared(evaluate(data, tmp_path / "run"))
    values = {arm.name: arm.estimates for arm in comparison.arms}
    assert {(each.arm, each.against) for each in comparison.differences} == {
        ("best-of-n @x2", "greedy"),
        ("best-of-n @x4", "greedy"),
        ("latts @x2", "greedy"),
        ("latts @x4", "greedy"),
        ("latts @x2", "best-of-n @x2"),
        ("latts @x4", "best-of-n @x4"),
    }
    for each in comparison.differences:
        for name, estimate in each.estimates.items():
            first, second = values[each.arm][name].value, values[each.against][name].value
            assert first is not None
            assert second is not None
            assert estimate.value == pytest.approx(first - second)


def test_the_summary_holds_the_comparison_and_no_figure_over_all_arms(
    evaluate: Evaluate, data: Path, tmp_path: Path
) -> None:
    report = evaluate(data, tmp_path / "run")
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["strategy"] == "greedy, best-of-n, latts"
    assert (summary["n"], summary["rows"], summary["errors"]) == (30, 6, 0)
    assert "accuracy" not in summary
    assert [arm["name"] for arm in summary["arms"]] == [arm.name for arm in compared(report).arms]
    assert summary["arms"][3]["settings"]["draws"] == 4
    assert len(summary["differences"]) == 6


def test_malformed_rows_count_as_wrong_and_cost_nothing(evaluate: Evaluate, data: Path, tmp_path: Path) -> None:
    whole = compared(evaluate(data, tmp_path / "whole"))
    lines = data.read_text().splitlines()
    data.write_text("\n".join([lines[0], "not json", *lines[1:], '{"id": "last"}']) + "\n")
    report = evaluate(data, tmp_path / "run")
    comparison = compared(report)
    assert report.figures.errors == 10
    for arm, calm in zip(comparison.arms, whole.arms, strict=True):
        assert (arm.n, arm.errors) == (8, 2)
        for name, estimate in arm.estimates.items():
            before = calm.estimates[name].value
            assert before is not None
            shared = name in ("generated_tokens", "verifier_calls")
            assert estimate.value == pytest.approx(before if shared else before * 6 / 8)
    assert comparison.groups == 5


def test_a_problem_that_the_policy_fails_at_is_an_error_of_its_arm_alone(
    evaluate: Evaluate, data: Path, tmp_path: Path
) -> None:
    comparison = compared(evaluate(data, tmp_path / "run", ScriptedPolicy(script, fail_at=0)))
    assert [arm.errors for arm in comparison.arms] == [1, 0, 0, 0, 0]


def test_no_greedy_chain_no_multiple(evaluate: Evaluate, data: Path, tmp_path: Path) -> None:
    class Silent(ScriptedPolicy):
        def poll(self, timeout: float | None = None) -> Any:
            if self.waiting:
                self.fail_at = min(self.waiting)
            return super().poll(timeout)

    with pytest.raises(InputError, match=r"best-of-n @x2: no greedy chain could be written"):
        evaluate(data, tmp_path / "run", Silent(script))


# --- operations, seconds --------------------------------------------------------------------------------------------
def test_operations_are_told_where_the_policy_states_its_parameters(
    evaluate: Evaluate, data: Path, tmp_path: Path
) -> None:
    policy = ScriptedPolicy(script)
    policy.parameters = 1000  # type: ignore[attr-defined]
    comparison = compared(evaluate(data, tmp_path / "run", policy))
    assert comparison.untold == {}
    for record in records(tmp_path / "run"):
        assert record["flops"] == 2000 * record["usage"]["generated_tokens"]
    for arm in comparison.arms:
        tokens = arm.estimates["generated_tokens"].value
        assert tokens is not None
        assert arm.estimates["flops"].value == pytest.approx(2000 * tokens)


def test_operations_are_left_out_with_the_reason(evaluate: Evaluate, data: Path, tmp_path: Path) -> None:
    comparison = compared(evaluate(data, tmp_path / "run"))
    assert set(comparison.untold.values()) == {"policy scripted doesn't state its number of parameters"}
    assert all("flops" not in arm.estimates for arm in comparison.arms)
    assert {record["flops"] for record in records(tmp_path / "run")} == {None}


def test_every_arm_has_its_seconds(evaluate: Evaluate, data: Path, tmp_path: Path) -> None:
    comparison = compared(evaluate(data, tmp_path / "run"))
    seconds = seconds_of(tmp_path / "run")
    assert list(seconds) == [arm.name for arm in comparison.arms]
    timings = [json.loads(line) for line in (tmp_path / "run" / "timings.jsonl").read_text().splitlines()]
    assert seconds["latts @x4"] == pytest.approx(sum(timing["elapsed"] for timing in timings[24:]) / 6)
    assert all(value > 0 for value in seconds.values())


def test_what_an_arm_left_behind_is_forgotten_before_the_next(evaluate: Evaluate, data: Path, tmp_path: Path) -> None:
    """Equal arms cost the same, though the second asks for what the first has asked for."""

    class Caching(ScriptedPolicy):
        forgotten = 0

        def forget(self) -> None:
            assert not self.waiting
            self.forgotten += 1

    found = [Searcher(name, name, options("greedy")) for name in ("a", "b")]
    policy = Caching(script)
    evaluate(data, tmp_path / "run", policy, arms=arms_of(found))
    first, second = records(tmp_path / "run")[:6], records(tmp_path / "run")[6:]
    assert [record["usage"] for record in first] == [record["usage"] for record in second]
    assert first[0]["usage"]["solver_calls"] > 0
    assert policy.forgotten == 2


# --- going on -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("after", [1, 20, 45, 80, 110])
def test_an_interrupted_run_goes_on_and_ends_with_the_same_records(
    evaluate: Evaluate, data: Path, tmp_path: Path, after: int
) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    calm = ScriptedPolicy(script)
    evaluate(data, whole, calm)
    assert len(calm.requests) > 110
    with pytest.raises(PolicyError, match="lost"):
        evaluate(data, broken, Dying(script, after))
    before = (broken / "records.jsonl").read_text()
    policy = ScriptedPolicy(script)
    evaluate(data, broken, policy, resume=True)
    for name in ("records.jsonl", "summary.json", "run.json"):
        assert (broken / name).read_text() == (whole / name).read_text()
    assert (broken / "records.jsonl").read_text().startswith(before)
    kept = sum("draw" in event for line in before.splitlines() for event in json.loads(line)["events"])
    everything = sum("draw" in event for record in records(whole) for event in record["events"])
    assert sum(len(request.seeds) for request in policy.requests) == everything - kept


def test_a_finished_run_is_not_done_again(evaluate: Evaluate, data: Path, tmp_path: Path) -> None:
    first = evaluate(data, tmp_path / "run")
    before = (tmp_path / "run" / "records.jsonl").read_text()
    policy = ScriptedPolicy(script)
    assert evaluate(data, tmp_path / "run", policy, resume=True) == first
    assert policy.requests == []
    assert (tmp_path / "run" / "records.jsonl").read_text() == before


def test_other_settings_are_named_and_refused(evaluate: Evaluate, data: Path, tmp_path: Path) -> None:
    def arms(delta: float) -> tuple[Arm, ...]:
        return one_arm(options("latts", Latts(draws=4, delta=delta)))

    evaluate(data, tmp_path / "run", arms=arms(0.9))
    with pytest.raises(RecordError, match=r"latts: options.settings.delta was 0.9, now 0.5"):
        evaluate(data, tmp_path / "run", arms=arms(0.5), resume=True)
    with pytest.raises(RecordError, match="what is compared was"):
        evaluate(data, tmp_path / "run", resume=True)


def test_a_folder_of_an_earlier_version_is_refused_in_words(evaluate: Evaluate, data: Path, tmp_path: Path) -> None:
    evaluate(data, tmp_path / "run", arms=one_arm(options("greedy")))
    path = tmp_path / "run" / "run.json"
    stored = json.loads(path.read_text())
    stored["solve"] = stored.pop("arms")[0]["options"]
    path.write_text(json.dumps(stored))
    with pytest.raises(RecordError, match=r"one strategy a run.*choose another --out"):
        evaluate(data, tmp_path / "run", arms=one_arm(options("greedy")), resume=True)


def test_other_rows_behind_records_are_refused(evaluate: Evaluate, data: Path, tmp_path: Path) -> None:
    evaluate(data, tmp_path / "run")
    path = tmp_path / "run" / "records.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:5] + lines[6:]))  # the last problem of the first arm is gone
    with pytest.raises(
        RecordError, match=r"record 6 is about 'p0', of best-of-n @x2, but the data has 'p5', of greedy"
    ):
        evaluate(data, tmp_path / "run", resume=True)


def test_a_changed_prompt_is_other_settings(evaluate: Evaluate, data: Path, tmp_path: Path) -> None:
    prompt = tmp_path / "prompt.txt"
    prompt.write_text("[user]\nIs it so? {{ statement }}\n")
    arms = one_arm(options("greedy", prompt=str(prompt)))
    evaluate(data, tmp_path / "run", arms=arms)
    prompt.write_text("[user]\nWell? {{ statement }}\n")
    with pytest.raises(RecordError, match="prompt_sha256 was "):
        evaluate(data, tmp_path / "run", arms=arms, resume=True)


# --- what can't be done ---------------------------------------------------------------------------------------------
def test_an_arm_that_can_not_be_run_ends_the_run_before_the_first_begins(
    evaluate: Evaluate, data: Path, tmp_path: Path
) -> None:
    found = [Searcher(spec, spec, options("greedy", verifier=spec)) for spec in ("symbolic", "confidence")]
    policy = ScriptedPolicy(script)
    with pytest.raises(InputError, match="needs a policy that can"):
        evaluate(data, tmp_path / "run", policy, arms=arms_of(found))
    assert policy.requests == []


def test_a_verifier_is_opened_once_for_all_arms_that_ask_for_it(
    evaluate: Evaluate, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Heavy:
        name, meaning = "heavy", "1"
        opened: list[Heavy] = []  # noqa: RUF012
        closed = forgotten = 0

        def score(self, partials: list[Partial]) -> list[Score]:
            assert not self.closed
            return [Score(value=1.0) for _ in partials]

        def forget(self) -> None:
            self.forgotten += 1

        def close(self) -> None:
            self.closed += 1

    def open_verifier(spec: str, around: object) -> Heavy:
        Heavy.opened.append(Heavy())
        return Heavy.opened[-1]

    monkeypatch.setattr("verisearch.runtime.solving.open_verifier", open_verifier)
    report = evaluate(data, tmp_path / "run")
    assert [(each.closed, each.forgotten) for each in Heavy.opened] == [(1, 5)]
    assert "policy scripted" in next(iter(compared(report).untold.values()))


def test_progress_tells_the_arm_and_its_rows(evaluate: Evaluate, data: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    evaluate(data, tmp_path / "run", progress=lambda arm, rows: told.append((arm, rows)))
    assert [arm for arm, _ in told] == sorted(arm for arm, _ in told)
    for number in range(5):
        mine = [rows for arm, rows in told if arm == number]
        assert mine == sorted(mine)
        assert (mine[0], mine[-1]) == (0, 6)


def test_arms_and_a_policy_go_with_solving(data: Path, tmp_path: Path) -> None:
    plan = Plan(data_set="proofwriter", source=str(data), mode="prove", options=CHECK, arms=three())
    with Pool(1) as pool:
        for wrong in (plan, Plan(data_set="proofwriter", source=str(data), mode="solve", options=CHECK)):
            with pytest.raises(InputError, match="go with mode 'solve'"):
                run(wrong, ProofWriter(), tmp_path / "run", pool=pool)
    assert not (tmp_path / "run").exists()
