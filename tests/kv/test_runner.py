"""The runner over real, tiny models: nothing computed twice, logits as without a cache, books in order."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterable, Sequence
from typing import Any

import pytest

pytest.importorskip("torch", reason="torch isn't installed (verisearch[local])")
pytest.importorskip("transformers", reason="transformers isn't installed (verisearch[local])")

import torch
from tiny import tiny_model

from verisearch.errors import PolicyError
from verisearch.kv.runner import Branch, ModelRunner

pytestmark = pytest.mark.local


def distinct(sequences: Iterable[Sequence[int]]) -> int:
    """How many different prefixes the sequences have together."""
    return len({tuple(ids[: end + 1]) for ids in sequences for end in range(len(ids))})


@torch.inference_mode()
def uncached(model: Any, ids: Sequence[int]) -> torch.Tensor:
    """The model's own logits behind ``ids``."""
    return model(torch.tensor([list(ids)])).logits[0, -1]


def random_tree(rng: random.Random, count: int, letters: int = 20) -> list[list[int]]:
    """Sequences that branch off each other at random places."""
    made = [[rng.randrange(letters) for _ in range(6)]]
    for _ in range(count - 1):
        parent = rng.choice(made)
        tail = [rng.randrange(letters) for _ in range(rng.randrange(1, 10))]
        made.append(parent[: rng.randrange(1, len(parent) + 1)] + tail)
    return made


KINDS: dict[str, dict[str, Any]] = {
    "llama": {},
    "mistral": {"sliding_window": 5},
    "qwen2": {"use_sliding_window": True, "sliding_window": 4, "layer_types": ["full_attention", "sliding_attention"]},
    "gemma2": {"sliding_window": 5, "head_dim": 8},
    "gpt2": {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 256},
    "gpt_neox": {},
    "opt": {"ffn_dim": 48, "word_embed_proj_dim": 32},
    "cohere": {},
}


@pytest.mark.parametrize("flat", [0, 10**9])
@pytest.mark.parametrize("kind", KINDS)
def test_random_trees_give_the_uncached_logits_and_compute_each_position_once(kind: str, flat: int) -> None:
    model = tiny_model(kind, **KINDS[kind])
    runner = ModelRunner(copy.deepcopy(model), chunk=50, flat=flat)
    rng = random.Random(1)
    sequences = random_tree(rng, 25)
    branches = [runner.open(ids) for ids in sequences]
    for step in range(4):
        for ids, found in zip(sequences, runner.logits(branches), strict=True):
            assert (found - uncached(model, ids)).abs().max() < 1e-4
        runner.check_integrity()
        figures = runner.statistics
        assert figures.computed == figures.inserted == figures.held == distinct(sequences)
        for branch, ids in zip(branches, sequences, strict=True):
            token = rng.randrange(3)
            if (step + token) % 3:  # not all go on
                runner.push(branch, [token])
                ids.append(token)


@pytest.mark.parametrize("invariant", [False, True])
def test_a_beam_search_computes_the_distinct_positions_only(invariant: bool) -> None:
    model = tiny_model()
    runner = ModelRunner(copy.deepcopy(model), invariant=invariant)
    prompt = [7 * index % 200 for index in range(40)]
    beam: list[tuple[float, list[int]]] = [(0.0, prompt)]
    seen = [prompt]
    for _ in range(12):
        branches = [runner.open(ids, room=1) for _, ids in beam]
        logprobs = runner.logits(branches).log_softmax(-1)
        grown = []
        for (total, ids), row in zip(beam, logprobs, strict=True):
            best = row.topk(3)
            grown += [
                (total + float(value), [*ids, int(token)])
                for value, token in zip(best.values, best.indices, strict=True)
            ]
        beam = sorted(grown, key=lambda pair: -pair[0])[:5]
        for branch in branches:
            runner.close(branch)
        seen += [ids for _, ids in beam[:5]]
    final = [runner.open(ids) for _, ids in beam]
    for (_, ids), found in zip(beam, runner.logits(final), strict=True):
        assert (found - uncached(model, ids)).abs().max() < 1e-4
    figures = runner.statistics
    assert figures.computed == figures.inserted == distinct(seen)
    assert figures.evicted == 0
    runner.check_integrity()


def test_a_full_hit_runs_nothing() -> None:
    model = tiny_model()
    runner = ModelRunner(copy.deepcopy(model))
    ids = list(range(1, 30))
    runner.logits([runner.open(ids)])
    before = runner.statistics
    inside = runner.open(ids[:11])  # ends in the middle of a run
    again = runner.open(ids)
    found = runner.logits([inside, again])
    assert runner.statistics.computed == before.computed
    assert inside.cached == 11
    for row, part in zip(found, (ids[:11], ids), strict=True):
        assert (row - uncached(model, part)).abs().max() < 1e-4


def test_identical_branches_of_one_batch_are_computed_once() -> None:
    runner = ModelRunner(tiny_model())
    branches = [runner.open([5, 6, 7]) for _ in range(6)]
    for branch, token in zip(branches, (1, 1, 2, 1, 2, 3), strict=True):
        runner.push(branch, [token])
    logits = runner.logits(branches)
    assert runner.statistics.computed == 3 + 3
    assert torch.equal(logits[0], logits[1])
    assert torch.equal(logits[0], logits[3])


def room_for(runner: ModelRunner, positions: int) -> int:
    """The budget that holds so many positions."""
    return positions * (runner.decoder.position_bytes + runner.decoder.output_bytes)


@pytest.mark.parametrize("spare", [0, 1, 7, 30])
def test_budgets_from_one_path_up_give_the_same_logits(spare: int) -> None:
    model = tiny_model()
    sequences = random_tree(random.Random(4), 20)
    longest = max(map(len, sequences)) + 3
    budget = room_for(ModelRunner(copy.deepcopy(model)), longest + spare)
    runner = ModelRunner(copy.deepcopy(model), budget=budget)
    for turn in range(2):
        for ids in sequences:
            branch = runner.open(ids, room=3)
            for token in range(3):
                runner.push(branch, [token + turn])
                runner.check_integrity()
            expected = uncached(model, [*ids, *(token + turn for token in range(3))])
            assert (runner.logits([branch])[0] - expected).abs().max() < 1e-4
            runner.close(branch)
            figures = runner.statistics
            assert figures.computed == figures.inserted
            assert figures.held <= longest + spare
    assert runner.statistics.evicted > 0


@pytest.mark.parametrize("flat", [0, 10**9])
def test_many_branches_share_a_small_budget_in_turns(flat: int) -> None:
    model = tiny_model()
    rng = random.Random(9)
    sequences = random_tree(rng, 30)
    longest = max(map(len, sequences))
    runner = ModelRunner(
        copy.deepcopy(model), budget=room_for(ModelRunner(copy.deepcopy(model)), 2 * longest + 4), flat=flat
    )
    waiting = list(range(len(sequences)))
    live: dict[int, Branch] = {}
    while waiting or live:
        while waiting and runner.fits(sequences[waiting[0]], room=2):
            index = waiting.pop(0)
            live[index] = runner.open(sequences[index], room=2)
        assert live, "nothing is open, yet nothing fits"
        for index, branch in list(live.items()):
            ids = [*sequences[index]]
            if branch.length == len(ids) + 2:
                assert (runner.logits([branch])[0] - uncached(model, [*ids, 1, 1])).abs().max() < 1e-4
                runner.close(live.pop(index))
            else:
                runner.push(branch, [1])
        runner.compute()
        runner.check_integrity()


def test_logits_at_inner_positions_and_states() -> None:
    model = tiny_model()
    runner = ModelRunner(copy.deepcopy(model))
    ids = [3, 1, 4, 1, 5, 9, 2, 6]
    branch = runner.open(ids)
    found = runner.logits_at(branch, 2, 6)
    with torch.inference_mode():
        whole = model(torch.tensor([ids]), output_hidden_states=True)
    assert (found - whole.logits[0, 2:6]).abs().max() < 1e-4
    assert (runner.states([branch])[0] - whole.hidden_states[-1][0, -1]).abs().max() < 1e-4


def test_what_can_never_fit_is_refused_with_the_reason() -> None:
    runner = ModelRunner(tiny_model())
    with pytest.raises(PolicyError, match="context of 512"):
        runner.open([1] * 500, room=13)
    with pytest.raises(PolicyError, match="empty"):
        runner.open([])
    small = ModelRunner(tiny_model(), budget=room_for(runner, 10))
    with pytest.raises(PolicyError, match="larger budget"):
        small.open([1] * 11)
    small.open([1] * 6)
    with pytest.raises(PolicyError, match="in use"):
        small.open([2] * 6)
    with pytest.raises(PolicyError, match="can't hold one position"):
        ModelRunner(tiny_model(), budget=3)


@pytest.mark.parametrize(
    ("kind", "settings", "what"),
    [
        ("mamba", {}, "layers of kind"),
        ("bloom", {}, "attention be replaced"),
        ("gpt_oss", {"rope_parameters": {"rope_type": "default", "rope_theta": 10000.0}}, "s_aux"),
    ],
)
def test_models_the_trie_cannot_serve_are_refused(kind: str, settings: dict[str, Any], what: str) -> None:
    with pytest.raises(PolicyError, match=what):
        ModelRunner(tiny_model(kind, **settings))


def test_a_model_that_fails_leaves_an_empty_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny_model()
    runner = ModelRunner(copy.deepcopy(model))
    runner.logits([runner.open([1, 2, 3])])
    runner.open([1, 2, 3, 4])

    def fail(*_: Any) -> None:
        raise MemoryError("no memory left")

    with monkeypatch.context() as patch:
        patch.setattr(runner.decoder, "forward", fail)
        with pytest.raises(MemoryError):
            runner.compute()
    assert runner.statistics.held == 0
    assert runner.pool.used == 0
    runner.check_integrity()
    again = runner.open([1, 2, 3, 4])
    assert (runner.logits([again])[0] - uncached(model, [1, 2, 3, 4])).abs().max() < 1e-4


def test_closing_a_branch_that_waits_leaves_nothing_uncomputed() -> None:
    model = tiny_model()
    runner = ModelRunner(copy.deepcopy(model))
    runner.close(runner.open([8, 9, 10]))
    found = runner.logits([runner.open([8, 9])])
    assert (found[0] - uncached(model, [8, 9])).abs().max() < 1e-4
    runner.check_integrity()


def greedy(runner: ModelRunner, prompts: Sequence[Sequence[int]], steps: int, together: int) -> list[list[int]]:
    """Greedy continuations, so many prompts at once."""
    written: list[list[int]] = []
    for start in range(0, len(prompts), together):
        branches = [runner.open(ids, room=steps) for ids in prompts[start : start + together]]
        rows: list[list[int]] = [[] for _ in branches]
        for _ in range(steps):
            for branch, row, best in zip(branches, rows, runner.logits(branches).argmax(-1).tolist(), strict=True):
                row.append(best)
                runner.push(branch, [best])
        for branch in branches:
            runner.close(branch)
        written += rows
    return written


def test_invariant_mode_gives_the_same_bits_whatever_is_computed_beside() -> None:
    model = tiny_model(hidden_size=64, intermediate_size=96)
    prompts = random_tree(random.Random(3), 64, letters=250)
    longest = max(map(len, prompts)) + 6
    expected: list[torch.Tensor] | None = None
    for together, budget in ((1, None), (7, None), (64, None), (1, longest)):
        runner = ModelRunner(copy.deepcopy(model), invariant=True)
        if budget:
            runner = ModelRunner(copy.deepcopy(model), invariant=True, budget=room_for(runner, budget))
        found = []
        for start in range(0, len(prompts), together):
            branches = [runner.open(ids) for ids in prompts[start : start + together]]
            found += list(runner.logits(branches))
            for branch in branches:
                runner.close(branch)
        expected = expected or found
        assert all(torch.equal(left, right) for left, right in zip(expected, found, strict=True))
    one = ModelRunner(copy.deepcopy(model), invariant=True)
    many = ModelRunner(copy.deepcopy(model), invariant=True)
    assert greedy(one, prompts[:20], 6, 1) == greedy(many, prompts[:20], 6, 20)
