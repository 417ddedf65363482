"""Lanes: branches that join, fork, rest and leave get the logits of the uncached model, with and without a trunk."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest

pytest.importorskip("torch", reason="torch isn't installed (verisearch[local])")
pytest.importorskip("transformers", reason="transformers isn't installed (verisearch[local])")

import torch
from tiny import tiny_model

from verisearch.kv.attention import Layer, attend
from verisearch.kv.lanes import TRUNK_LENGTH, attend_weighed
from verisearch.kv.runner import Branch, ModelRunner

pytestmark = pytest.mark.local


@pytest.mark.parametrize(
    ("kind", "settings"), [("llama", {}), ("mistral", {"sliding_window": 6}), ("gemma2", {"head_dim": 8})]
)
@pytest.mark.parametrize("seed", range(3))
def test_branches_come_and_go(kind: str, settings: dict[str, Any], seed: int) -> None:
    model = tiny_model(kind, **settings)
    runner = ModelRunner(copy.deepcopy(model), flat=0)
    rng = random.Random(seed)
    prompts = [[rng.randrange(250) for _ in range(length)] for length in (TRUNK_LENGTH + 9, TRUNK_LENGTH + 4, 7)]
    live: list[tuple[Branch, list[int]]] = [(runner.open(prompts[0]), list(prompts[0])) for _ in range(4)]
    with_trunk = 0
    for _ in range(18):
        for _ in range(rng.randrange(5)):
            source = rng.choice([*prompts, *(ids for _, ids in live)])
            live.append((runner.open(source), list(source)))
        for branch, ids in live:
            if rng.random() < 0.8:
                token = rng.randrange(3)
                runner.push(branch, [token])
                ids.append(token)
        rng.shuffle(live)
        found = runner.logits([branch for branch, _ in live]) if live else torch.zeros(0)
        runner.check_integrity()
        with_trunk += any(len(lanes.trunk) for lanes in runner._lanes._sets)
        with torch.inference_mode():
            for row, (_, ids) in zip(found, live, strict=True):
                assert (row - model(torch.tensor([ids])).logits[0, -1]).abs().max() < 1e-4
        while len(live) > 9 or (live and rng.random() < 0.3):
            runner.close(live.pop(rng.randrange(len(live)))[0])
    assert (with_trunk > 0) == (kind == "llama"), "a trunk needs layers that see all positions"
    for branch, _ in live:
        runner.close(branch)
    assert runner.statistics.resident_bytes == runner.pool.resident_bytes, "lanes are kept for nobody"


def test_a_slot_that_is_used_again_finds_no_lane_of_before() -> None:
    model = tiny_model()
    probe = ModelRunner(copy.deepcopy(model)).decoder
    runner = ModelRunner(copy.deepcopy(model), flat=0, budget=10 * (probe.position_bytes + probe.output_bytes))
    gone, stays = runner.open([1, 2], room=1), runner.open([3, 4], room=2)
    runner.compute()
    for branch in (gone, stays):
        runner.push(branch, [5])
    runner.compute()
    ended_at = int(gone.path[-1])
    runner.close(gone)
    late = runner.open([6, 7, 8, 9, 10], room=1)  # evicts what is gone
    runner.compute()
    reused = next((index for index, slot in enumerate(late.path.tolist()) if slot == ended_at), None)
    assert reused is not None, "the slot isn't used again: the test shows nothing"
    read = [6, 7, 8, 9, 10][: reused + 1]
    inner = runner.open(read)
    for branch in (inner, stays):
        runner.push(branch, [11])
    with torch.inference_mode():
        for found, ids in zip(runner.logits([inner, stays]), ([*read, 11], [3, 4, 5, 11]), strict=True):
            assert (found - model(torch.tensor([ids])).logits[0, -1]).abs().max() < 1e-4


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_weighed_attention_is_attention_and_its_parts_join_to_the_whole(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    query = torch.randn(2, 3, 4, 8, dtype=dtype)
    keys, values = torch.randn(2, 2, 3, 20, 8, dtype=dtype)
    layer = Layer(0, 0.3)
    whole = attend(query, keys, values, None, layer)
    tolerance = 1e-5 if dtype == torch.float32 else 0.05
    assert (attend_weighed(query, keys, values, None, layer)[0] - whole).abs().max() < tolerance
    first, first_weight = attend_weighed(query, keys[:, :, :13], values[:, :, :13], None, layer)
    second, second_weight = attend_weighed(query, keys[:, :, 13:], values[:, :, 13:], None, layer)
    share = torch.sigmoid(first_weight - second_weight)[..., None].to(dtype)
    assert (torch.lerp(second, first, share) - whole).abs().max() < tolerance
