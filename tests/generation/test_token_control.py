"""Token control from a run's records: what another threshold would have cost, and what the command says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from scripted import ScriptedPolicy, solving

from verisearch.errors import InputError
from verisearch.evaluation.datasets import ProofWriter
from verisearch.evaluation.record import Record
from verisearch.evaluation.risk import control_run, even_grid
from verisearch.evaluation.risk.spending import chains_of, spending_of
from verisearch.evaluation.run import run
from verisearch.protocols import Message
from verisearch.runtime.budget import Budget
from verisearch.runtime.pool import Pool
from verisearch.runtime.records import read_records
from verisearch.search.adaptive import EarlyStopping
from verisearch.search.best_of_n import BestOfN
from verisearch.search.strategies import Settings

CONTEXT = "Bob is kind. Kind people are nice."
CHAINS = (
    "Bob is kind.\nSo Bob is nice.\nThe answer is True.",
    "Bob is kind.\nBob is tall.\nThe answer is True.",
    "Bob is tall.\nThe answer is False.",
    "I can't say.\nThe answer is Unknown.",
)
N = 5


def script(messages: tuple[Message, ...], written: str, seed: int) -> str:
    """A chain by its seed; what goes on from a piece of one is that one's."""
    begun = [chain for chain in CHAINS if chain.startswith(written)]
    return begun[seed % len(begun)]


def evaluate(folder: Path, strategy: str, settings: Settings, **options: Any) -> list[Record]:
    data = folder.parent / "data.jsonl"
    rows = [{"id": f"p{number}", "theory_id": f"t{number // 2}", "context": CONTEXT, "statement": "Bob is nice.",
             "label": "True"} for number in range(40)]  # fmt: skip
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    plan = solving(data, strategy=strategy, settings=settings, seed=7, **options)
    with Pool(1) as pool:
        run(plan, ProofWriter(), folder, pool=pool, policy=ScriptedPolicy(script))
    return list(read_records(folder / "records.jsonl", Record))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("tokens") / "run"
    evaluate(made, "best-of-n", BestOfN(n=N))
    return made


@pytest.mark.parametrize("tau", [1.0, 0.95, 0.4, 0.0])
@pytest.mark.parametrize("maximum", [10_000, 14])
def test_what_a_threshold_would_have_cost_is_what_early_stopping_takes(
    folder: Path, tmp_path: Path, tau: float, maximum: int
) -> None:
    grid = even_grid()
    told = {record.id: spending_of(record, grid, maximum) for record in read_records(folder / "records.jsonl", Record)}
    taken = evaluate(tmp_path / "run", "early-stopping", EarlyStopping(n=N, tau=tau), budget=Budget(tokens=maximum))
    spent = {record.id: record.usage["generated_tokens"] for record in taken}
    place = grid.index(tau)
    if maximum > 1000:
        assert spent == {name: each.tokens[place] for name, each in told.items()}
        assert tau == 0 or len(set(spent.values())) > 1
    else:  # a chain that is cut may be judged otherwise than the whole one, but costs no more than the maximum
        assert all(tokens <= maximum for tokens in spent.values())
        assert all(each.tokens[place] <= maximum for each in told.values())


def test_the_rule_says_how_to_solve(folder: Path) -> None:
    lavish = control_run(folder, 1000, 1000)
    assert lavish.rule.threshold == 1.0
    assert lavish.settings == "--strategy early-stopping --n 5 --set tau=1 --budget 1000"
    assert (lavish.n, lavish.policy, lavish.verifier, lavish.failed) == (5, "scripted", "symbolic", 0)
    assert lavish.rule.tested == 20, "one of each theory"
    tight = control_run(folder, lavish.rule.bound - 0.5, 1000)
    assert tight.rule.threshold is not None
    assert tight.rule.threshold < 1
    nothing = control_run(folder, 1, 1000)
    assert (nothing.rule.threshold, nothing.settings) == (None, "")
    assert "Spends nothing" in nothing.told()


def test_tokens_that_no_chain_accounts_for_are_counted_at_every_threshold() -> None:
    events = [
        {"draw": [0], "tokens": 5, "finish": "end"},
        {"draw": [1], "tokens": 7, "finish": "end"},
        {"rate": "v", "nodes": [{"path": [0], "value": 0.5}, {"path": [1], "value": "nan"}]},
    ]
    assert list(chains_of(events, 14)) == [(0.5, 6), (None, 8)]
    assert list(chains_of(events, 20)) == [(0.5, 13), (None, 7)]
    assert list(chains_of(events, 12)) == [(0.5, 5), (None, 7)]


def test_runs_that_cannot_tell_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="maximum is 0"):
        control_run(folder, 100, 0)
    with pytest.raises(InputError, match="budget is -1"):
        control_run(folder, -1, 100)
    evaluate(tmp_path / "greedy", "greedy", Settings())
    with pytest.raises(InputError, match="doesn't draw and score all"):
        control_run(tmp_path / "greedy", 100, 100)
    evaluate(tmp_path / "first", "best-of-n", BestOfN(n=3, stop_at_first_verified=True))
    with pytest.raises(InputError, match="doesn't draw and score all"):
        control_run(tmp_path / "first", 100, 100)
    evaluate(tmp_path / "cut", "best-of-n", BestOfN(n=3), budget=Budget(tokens=30))
    with pytest.raises(InputError, match="had a budget"):
        control_run(tmp_path / "cut", 100, 100)


def test_the_command(folder: Path, call) -> None:  # type: ignore[no-untyped-def]
    done = call("risk", "tokens", folder, "--budget", "1000", "--maximum", "1000")
    assert done.code == 0
    assert "takes at most 1000 tokens on average" in done.out
    assert "--strategy early-stopping --n 5 --set tau=1 --budget 1000" in done.out
    asked = call("risk", "tokens", folder, "--budget", "1000", "--maximum", "1000", "--json")
    assert json.loads(asked.out)["rule"]["threshold"] == 1.0
    none = call("risk", "tokens", folder, "--budget", "1", "--maximum", "1000")
    assert (none.code, "There is no threshold" in none.err) == (1, True)
    wrong = call("risk", "tokens", folder.parent, "--budget", "1", "--maximum", "1000")
    assert wrong.code == 2
    assert "holds no run" in wrong.err
