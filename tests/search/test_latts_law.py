"""The laws that LATTS-style search follows, by enumeration: 100,000 draws each, seeds fixed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from toy import POLICY, VALUES, Toy, chains, chi_square_p, fit

from verisearch.search.latts import Latts, latts
from verisearch.search.steps import coin
from verisearch.search.strategies import Settings

DRAWS = 100_000
LIKELY, ABSURD = 0.001, 1e-9

CRITERIA: dict[str, tuple[dict[str, Any], Callable[[float], float]]] = {
    "threshold": ({"criterion": "threshold", "delta": 0.42, "delta_end": None}, lambda value: float(value >= 0.42)),
    "power": ({"criterion": "power", "power": 2.0}, lambda value: value**2),
    "exponential": ({"criterion": "exponential", "tau": 0.4}, lambda value: math.exp((value - 1) / 0.4)),
}
every_criterion = pytest.mark.parametrize("name", CRITERIA)


def local_law(written: str, g: Callable[[float], float]) -> dict[str, float]:
    """pi*g of the steps behind ``written``, up to the factor 1/Z."""
    return {text: share * g(VALUES[written + text]) for text, share in POLICY[written].items()}


def global_law(g: Callable[[float], float]) -> dict[str, float]:
    return chains(lambda written: g(VALUES[written]))


def accepted_steps(settings: Latts, draws: int = DRAWS) -> dict[str, list[str]]:
    """Accepted steps by what was written before them."""
    toy, found, spent, seed = Toy(), dict[str, list[str]](), 0, 0
    while spent < draws:
        toy.run(latts(settings), seed)
        spent, seed = spent + toy.drawn, seed + 1
        for note in toy.noted("accept"):
            written = note.node.written
            # the scores of what can follow a prefix all differ, so that they name the step
            value = note.data["values"][note.data["accepted"][0]]
            text = next(text for text in POLICY[written] if VALUES[written + text] == value)
            found.setdefault(written, []).append(text)
    return found


def steps_fit(found: dict[str, list[str]], g: Callable[[float], float]) -> float:
    """p of all accepted steps together: the statistics of different prefixes add up."""
    parts = [fit(texts, local_law(written, g)) for written, texts in found.items() if len(texts) > 100]
    return chi_square_p(sum(part[0] for part in parts), sum(part[1] for part in parts))


def test_the_chi_square_distribution_is_right() -> None:
    # critical values from printed tables
    for statistic, freedom, p in ((3.841, 1, 0.05), (16.266, 3, 0.001), (18.307, 10, 0.05), (149.449, 100, 0.001)):
        assert chi_square_p(statistic, freedom) == pytest.approx(p, rel=2e-3)
    assert chi_square_p(0.0, 3) == 1.0
    assert chi_square_p(2.0, 2) == pytest.approx(math.exp(-1))


@every_criterion
def test_accepted_steps_follow_the_tilted_policy(name: str) -> None:
    given, g = CRITERIA[name]
    found = accepted_steps(Latts(draws=4, fallbacks=("take",), **given))
    assert steps_fit(found, g) > LIKELY
    # the same count tells a policy that is not tilted, and one tilted a little less, from it
    assert steps_fit(found, lambda value: 1.0) < ABSURD or name == "threshold"
    if name != "threshold":
        assert steps_fit(found, lambda value: g(value) ** 0.8) < ABSURD


@every_criterion
def test_several_at_once_follow_the_same_law(name: str) -> None:
    given, g = CRITERIA[name]
    assert steps_fit(accepted_steps(Latts(draws=6, at_once=3, fallbacks=("take",), **given), 40_000), g) > LIKELY


def test_several_at_once_write_the_very_chain_that_one_at_a_time_writes() -> None:
    given, _ = CRITERIA["power"]
    costs = Counter[int]()
    for seed in range(100):
        written = set()
        for at_once in (1, 2, 3, 6):
            toy = Toy()
            node = toy.run(latts(Latts(draws=6, at_once=at_once, fallbacks=("take",), **given)), seed).node
            assert node is not None
            written.add(node.written)
            costs[at_once] += toy.drawn
        assert len(written) == 1
    assert costs[1] < costs[2] < costs[3] < costs[6]  # the rest are paid for


def test_the_best_of_those_drawn_at_once_would_follow_another_law() -> None:
    given, g = CRITERIA["exponential"]
    toy, best, first = Toy(), [], []
    for seed in range(5000):
        toy.run(latts(Latts(draws=4, at_once=4, fallbacks=("take",), steps=1, **given)), seed)
        for note in toy.noted("accept"):
            values = [note.data["values"][place] for place in note.data["accepted"]]
            best.append({VALUES[text]: text for text in "abc"}[max(values)])
            first.append({VALUES[text]: text for text in "abc"}[values[0]])
    assert chi_square_p(*fit(first, local_law("", g))) > LIKELY
    assert chi_square_p(*fit(best, local_law("", g))) < ABSURD


# --- whole chains ---
def whole_chains(settings: Settings, draws: int = DRAWS) -> list[str]:
    toy, found, spent, seed = Toy(), [], 0, 0
    while spent < draws:
        node = toy.run(latts(settings), seed).node
        assert node is not None
        assert node.finished
        found.append(node.written)
        spent, seed = spent + toy.drawn, seed + 1
    return found


@every_criterion
def test_one_draw_a_step_with_restarts_is_exactly_the_global_law(name: str) -> None:
    given, g = CRITERIA[name]
    found = whole_chains(Latts(draws=1, fallbacks=("restart",), restarts=10**9, **given))
    assert chi_square_p(*fit(found, global_law(g))) > LIKELY


@every_criterion
def test_the_plain_variant_follows_the_product_of_local_laws_and_not_the_global_one(name: str) -> None:
    given, g = CRITERIA[name]
    found = whole_chains(Latts(draws=10**6, **given), 30_000)

    def normalised(written: str) -> dict[str, float]:
        law = local_law(written, g)
        return {text: share / sum(law.values()) for text, share in law.items()}

    product = chains(steps=normalised)
    assert chi_square_p(*fit(found, product)) > LIKELY
    assert chi_square_p(*fit(found, global_law(g))) < ABSURD
    total = sum(global_law(g).values())
    distance = sum(abs(product[chain] - share / total) for chain, share in global_law(g).items()) / 2
    assert distance > 0.05  # no matter of a few draws


@every_criterion
def test_weights_restore_the_global_law(name: str) -> None:
    given, g = CRITERIA[name]
    toy, found, spent, seed = Toy(), [], 0, 0
    settings = Latts(weighted=True, n=5, ess=0.0, draws=5, **given)
    while spent < DRAWS:
        choice = toy.run(latts(settings), seed)
        for place, weight in enumerate(toy.noted("choose")[0].data["weights"] if toy.noted("choose") else ()):
            # weights are at most 1: keeping a chain with that probability makes weighted chains plain ones
            if coin(seed, "keep", place) < weight:
                found.append(choice.candidates[place][0].written)
        spent, seed = spent + toy.drawn, seed + 1
    assert len(found) > 1000
    assert chi_square_p(*fit(found, global_law(g))) > LIKELY


@pytest.mark.parametrize("ess", [0.0, 0.5, 1.0])
def test_weights_are_unbiased_with_and_without_resampling(ess: float) -> None:
    given, g = CRITERIA["exponential"]
    sums: dict[str, list[float]] = {chain: [] for chain in chains()}
    toy, settings = Toy(), Latts(weighted=True, n=4, ess=ess, draws=4, **given)
    for seed in range(800):
        choice = toy.run(latts(settings), seed)
        share = dict.fromkeys(sums, 0.0)
        if toy.noted("choose"):
            for (node, _), weight in zip(choice.candidates, toy.noted("choose")[0].data["weights"], strict=True):
                share[node.written] += weight / settings.n
        for chain, weight in share.items():
            sums[chain].append(weight)
    for chain, expected in global_law(g).items():
        mean = sum(sums[chain]) / len(sums[chain])
        spread = math.sqrt(sum((each - mean) ** 2 for each in sums[chain]) / len(sums[chain]) ** 2)
        assert abs(mean - expected) < 4 * spread, chain


def test_a_chain_drawn_by_weight_comes_closer_to_the_global_law_with_more_chains() -> None:
    given, g = CRITERIA["power"]
    law = global_law(g)

    def distance(n: int, runs: int) -> float:
        toy, counts = Toy(), Counter[str]()
        for seed in range(runs):
            node = toy.run(latts(Latts(weighted=True, n=n, draws=16, **given)), seed).node
            assert node is not None
            counts[node.written] += 1
        return sum(abs(counts[chain] / runs - share / sum(law.values())) for chain, share in law.items()) / 2

    assert distance(8, 600) < distance(1, 600) - 0.03


# --- effort and difficulty ---
def test_draws_follow_the_difficulty_put_in() -> None:
    rates, cap = [place / 24 for place in range(1, 25)], 12

    def steps(written: str) -> dict[str, float]:
        rate, end = rates[len(written)], "." if len(written) == len(rates) - 1 else ""
        return {"y" + end: rate, "n" + end: 1 - rate}

    toy = Toy(steps, lambda written: float(written.rstrip(".")[-1] == "y"))
    sums = [0.0] * len(rates)
    runs = 200
    for seed in range(runs):
        toy.run(latts(Latts(draws=cap, fallbacks=("take",))), seed)
        for note in toy.noted("accept", "take"):
            sums[note.node.depth] += note.data["draws"]
    seen = [each / runs for each in sums]
    expected = [(1 - (1 - rate) ** cap) / rate for rate in rates]
    mean = sum(seen) / len(seen)
    missed = sum((one - other) ** 2 for one, other in zip(seen, expected, strict=True))
    assert 1 - missed / sum((each - mean) ** 2 for each in seen) >= 0.95


@pytest.mark.parametrize(("rate", "accepts", "draws"), [(0.3, 2, 10**6), (0.3, 2, 4), (0.1, 3, 9), (0.8, 2, 2)])
def test_the_estimate_of_the_acceptance_rate_is_unbiased_also_under_the_cap(
    rate: float, accepts: int, draws: int
) -> None:
    toy = Toy(lambda written: {"y.": rate, "n.": 1 - rate}, lambda written: float(written == "y."))
    settings = Latts(draws=draws, estimate=accepts, fallbacks=("take",))
    found, naive = [], []
    for seed in range(1500):
        toy.run(latts(settings), seed)
        data = toy.notes[0].data
        assert data["difficulty"] == 1 - data["z"]
        found.append(data["z"])
        if data["accepted"]:
            naive.append(1 / (data["accepted"][0] + 1))
    mean = sum(found) / len(found)
    spread = math.sqrt(sum((each - mean) ** 2 for each in found)) / len(found)
    assert abs(mean - rate) < 4 * spread
    if draws > 2:  # accepted/draws at the first accepted one is far off
        assert sum(naive) / len(naive) > rate + 10 * spread
