"""Drawing tokens: the right distribution, the right cuts, and noise that depends on seed and place alone."""

from __future__ import annotations

import math
from collections import Counter

import pytest

pytest.importorskip("torch", reason="torch isn't installed (verisearch[local])")
pytest.importorskip("transformers", reason="transformers isn't installed (verisearch[local])")

import torch

from verisearch.errors import PolicyError
from verisearch.policies.local.drawing import draw_tokens, nucleus, temperatures, uniform
from verisearch.protocols import Sampling

pytestmark = pytest.mark.local

PROBABILITIES = torch.tensor([0.1, 0.4, 0.05, 0.3, 0.15])


def drawn(sampling: Sampling, count: int = 4000) -> Counter[int]:
    logits = PROBABILITIES.log().repeat(count, 1)
    tokens, _ = draw_tokens(logits, [sampling] * count, [uniform(seed, 3) for seed in range(count)])
    return Counter(tokens)


def near(found: Counter[int], expected: dict[int, float]) -> None:
    """Within four standard deviations of the expected share, and nothing else."""
    total = sum(found.values())
    assert set(found) == {token for token, share in expected.items() if share}
    for token, share in expected.items():
        assert abs(found[token] / total - share) < 4 * math.sqrt(share * (1 - share) / total) + 1e-9


def test_all_tokens_come_in_their_shares() -> None:
    near(drawn(Sampling()), dict(enumerate(PROBABILITIES.tolist())))


def test_temperature_sharpens() -> None:
    sharp = (PROBABILITIES**2) / (PROBABILITIES**2).sum()
    near(drawn(Sampling(temperature=0.5)), dict(enumerate(sharp.tolist())))


def test_top_k_keeps_the_best() -> None:
    near(drawn(Sampling(top_k=2)), {1: 4 / 7, 3: 3 / 7})


def test_top_p_keeps_the_fewest_that_hold_the_mass() -> None:
    near(drawn(Sampling(top_p=0.75)), {1: 0.4 / 0.85, 3: 0.3 / 0.85, 4: 0.15 / 0.85})
    near(drawn(Sampling(top_p=0.3)), {1: 1.0})


def test_both_cuts_hold_together() -> None:
    near(drawn(Sampling(top_p=0.9, top_k=1)), {1: 1.0})
    stays = nucleus(torch.tensor([[0.5, 0.3, 0.2]]), [0.6], [0])
    assert stays.tolist() == [[True, True, False]]
    assert nucleus(torch.tensor([[0.5, 0.3, 0.2]]), [1e-9], [0]).tolist() == [[True, False, False]]


def test_temperature_zero_takes_the_best_and_the_lowest_id_among_equals() -> None:
    logits = torch.tensor([[0.0, 5.0, 5.0, 1.0]])
    assert draw_tokens(logits, [Sampling(temperature=0)], [0.99])[0] == [1]
    mixed = [Sampling(temperature=0), Sampling()]
    assert draw_tokens(logits.repeat(2, 1), mixed, [0.99, 0.9])[0] == [1, 2]


def test_a_draw_does_not_depend_on_its_row_or_its_neighbours() -> None:
    torch.manual_seed(0)
    logits = torch.randn(40, 300)
    samplings = [Sampling(temperature=1 + index % 3, top_p=1 - 0.1 * (index % 4)) for index in range(40)]
    noise = [uniform(index, 0) for index in range(40)]
    together = draw_tokens(logits, samplings, noise)[0]
    alone = [draw_tokens(logits[i : i + 1], samplings[i : i + 1], noise[i : i + 1])[0][0] for i in range(40)]
    assert together == alone


def test_extreme_noise_and_extreme_temperatures_stay_inside() -> None:
    logits = torch.tensor([[-40.0, 0.0, -40.0]])
    for noise in (0.0, 1 - 2**-48):
        for heat in (1e-30, 1.0, 1e30):
            (token,), logprobs = draw_tokens(logits, [Sampling(temperature=heat, logprobs=True)], [noise])
            assert 0 <= token < 3
            assert logprobs is not None
            assert -math.inf < logprobs[0] <= 0


def test_logprobs_are_those_after_temperature_and_before_the_cuts() -> None:
    logits = PROBABILITIES.log()[None]
    (token,), logprobs = draw_tokens(logits, [Sampling(temperature=2.0, top_k=1, logprobs=True)], [0.5])
    warm = PROBABILITIES.sqrt() / PROBABILITIES.sqrt().sum()
    assert token == 1
    assert logprobs is not None
    assert logprobs[0] == pytest.approx(math.log(warm[1]), abs=1e-6)
    plain = draw_tokens(logits, [Sampling(temperature=0, logprobs=True)], [0.5])[1]
    assert plain is not None
    assert plain[0] == pytest.approx(math.log(0.4), abs=1e-6)


def test_noise_is_even_and_told_apart_by_seed_and_place() -> None:
    values = [uniform(seed, place) for seed in range(60) for place in range(60)]
    assert len(set(values)) == 3600
    assert all(0 <= value < 1 for value in values)
    assert abs(sum(values) / 3600 - 0.5) < 0.02
    assert uniform(2**63 - 1, 5) != uniform(2**31 - 1, 5)


def test_logits_that_are_no_numbers_are_an_error() -> None:
    with pytest.raises(PolicyError, match="not numbers"):
        draw_tokens(torch.tensor([[0.0, math.nan]]), [Sampling()], [0.5])


def test_a_temperature_may_depend_on_the_entropy() -> None:
    entropy = -sum(share * math.log(share) for share in PROBABILITIES.tolist())
    heat = 0.9 * 0.5 ** (2.0 / entropy)
    shares = PROBABILITIES ** (1 / heat)
    near(drawn(Sampling(temperature=0.9, entropy=(0.5, 2.0))), dict(enumerate((shares / shares.sum()).tolist())))


def test_the_surer_the_cooler_and_greedy_at_last() -> None:
    sure = torch.tensor([0.0, 8.0, 0.0])  # an entropy of 0.006: 0.8 ** (1 / 0.006) is nothing
    certain = torch.tensor([-math.inf, 0.0, -math.inf])
    wide = torch.zeros(3)  # an entropy of ln 3: a temperature of 0.65
    for row in (sure, certain):
        assert temperatures(row[None], [Sampling(temperature=0.8, entropy=(0.8, 1.0))]) == [0.0]
        assert draw_tokens(row[None], [Sampling(temperature=0.8, entropy=(0.8, 1.0))], [0.999])[0] == [1]
    rows = [Sampling(temperature=0.8, entropy=(0.8, 1.0)), Sampling(temperature=0.8)]
    heats = temperatures(torch.stack([wide, sure]), rows)
    assert heats == [pytest.approx(0.8 * 0.8 ** (1 / math.log(3))), 0.8]
    assert temperatures(sure[None], [Sampling(entropy=(2.0, 1.0))])[0] > 1e6  # no overflow
