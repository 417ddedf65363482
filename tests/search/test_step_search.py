"""Beam, particles and tree search over a policy that can be enumerated."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from toy import VALUES, Toy, chains

from verisearch.errors import InputError
from verisearch.search.beam import Beam, beam
from verisearch.search.latts import Latts
from verisearch.search.mcts import Mcts, mcts
from verisearch.search.particle import Particle, particle
from verisearch.search.steps import effective_size, systematic, weighted_place
from verisearch.search.strategies import Settings


# --- resampling ---
def test_systematic_resampling_rounds_each_share_up_or_down_and_is_right_on_average() -> None:
    weights = [0.1, 0.0, 2.3, 0.7, 1.4, 0.5]
    sums = Counter[int]()
    for mark in range(1000):
        places = systematic(weights, mark / 1000)
        assert len(places) == len(weights)
        assert places == sorted(places)
        for place, count in Counter(places).items():
            assert abs(count - weights[place] / sum(weights) * 6) < 1
        sums.update(places)
    for place, weight in enumerate(weights):
        assert sums[place] / 1000 == pytest.approx(weight / sum(weights) * 6, abs=2e-3)


@pytest.mark.parametrize("weights", [[1.0], [0.0, 1.0, 0.0], [1e-300, 1e-300], [0.1] * 10, [1e300, 1e-300]])
@pytest.mark.parametrize("uniform", [0.0, 0.5, 1 - 2**-53])
def test_resampling_never_revives_what_has_no_weight(weights: list[float], uniform: float) -> None:
    places = systematic(weights, uniform)
    assert len(places) == len(weights)
    assert all(weights[place] for place in [*places, weighted_place(weights, uniform)])


def test_equal_weights_are_kept_as_they_are() -> None:
    assert systematic([1.0] * 7, 0.3) == list(range(7))
    assert effective_size([0.2] * 7) == pytest.approx(7)
    assert effective_size([1.0, 0.0, 0.0]) == 1
    assert effective_size([1e-200, 1e-200]) == 2
    assert effective_size([0.0, 0.0]) == effective_size([]) == 0


# --- beam ---
def test_a_wide_beam_finds_the_chain_with_the_highest_score() -> None:
    choice = Toy().run(beam(Beam(n=6, expand=30)))
    assert choice.node is not None
    assert choice.node.written == "ca."
    assert choice.reason == ""
    assert choice.candidates[0][1] is not None
    assert max(score.value for _, score in choice.candidates if score and score.value) == 1.0


def test_a_beam_of_one_is_greedy_in_the_score() -> None:
    toy = Toy()
    choice = toy.run(beam(Beam(n=1, expand=60)))
    assert choice.node is not None
    assert choice.node.written == "ba."  # b scores best at first, though ca. is better in the end
    assert toy.drawn == 2 * 60


def test_beams_do_not_say_the_same_and_pay_for_every_draw() -> None:
    toy = Toy()
    toy.run(beam(Beam(n=4, expand=5)))
    first = toy.noted("keep")[0].data
    assert len(first["paths"]) == 3  # a, b, c
    assert first["values"] == sorted(first["values"], reverse=True)
    assert toy.counts[()] == 20


def test_the_first_of_equal_beams_stays() -> None:
    toy = Toy(score=lambda written: 0.5)
    toy.run(beam(Beam(n=2, expand=4)))
    assert toy.noted("keep")[0].data["paths"][0] == [0]


# --- particles ---
@pytest.mark.parametrize("ess", [0.8, 1.0])
def test_a_chain_drawn_from_many_particles_follows_the_tilted_law(ess: float) -> None:
    tau, n = 0.4, 8000
    toy = Toy()
    choice = toy.run(particle(Particle(n=n, tau=tau, ess=ess, choose="draw")))
    found = dict.fromkeys(chains(), 0.0)
    for (node, _), weight in zip(choice.candidates, toy.noted("choose")[0].data["weights"], strict=True):
        found[node.written] += weight
    law = {chain: share * math.exp(VALUES[chain] / tau) for chain, share in chains().items()}

    def distance(other: dict[str, float]) -> float:
        return sum(abs(found[key] / sum(found.values()) - other[key] / sum(other.values())) for key in law) / 2

    assert toy.noted("resample")
    assert distance(law) < 0.02 < 0.1 < distance(chains())


def test_particles_with_one_seed_are_the_same_and_with_another_are_not() -> None:
    def paths(seed: int) -> list[tuple[int, ...]]:
        return [node.path for node, _ in Toy().run(particle(Particle(n=6)), seed).candidates]

    assert paths(1) == paths(1) != paths(2)


def test_the_best_particle_is_chosen_unless_one_is_to_be_drawn() -> None:
    choice = Toy().run(particle(Particle(n=12, ess=0.0)))
    values = [score.value for _, score in choice.candidates if score is not None]
    assert choice.node is choice.candidates[values.index(max(values))][0]  # type: ignore[type-var]


def test_a_lost_draw_loses_its_particle_only() -> None:
    # in the second round the second request, for the particles behind one of the first steps, fails
    toy = Toy(fail=lambda number: number == 3)
    choice = toy.run(particle(Particle(n=10, ess=0.0)))
    assert choice.node is not None
    assert choice.reason == ""
    assert 0 in toy.noted("weigh")[-1].data["weights"]
    assert 0 < len(choice.candidates) < 10


# --- tree search ---
def test_tree_search_finds_what_greedy_steps_miss() -> None:
    toy = Toy()
    choice = toy.run(mcts(Mcts(simulations=40, expand=12)))
    assert choice.node is not None
    assert choice.node.written == "ca."
    assert len(toy.noted("expand")) < 40  # it ends at a score of 1, or when the tree is whole


def test_a_tree_that_is_whole_ends_the_search() -> None:
    toy = Toy(lambda written: {"x.": 1.0}, lambda written: 0.3)
    choice = toy.run(mcts(Mcts(simulations=50, expand=3)))
    assert choice.node is not None
    assert choice.node.written == "x."
    assert toy.requests == 1
    assert len(choice.candidates) == 1


def test_priors_are_probabilities_where_the_policy_tells_them_and_counts_elsewhere() -> None:
    def steps(written: str) -> dict[str, float]:
        return {"a": 0.7, "b": 0.3} if len(written) < 3 else {"a.": 1.0}

    for logprobs in (True, False):
        toy = Toy(steps, lambda written: 0.5, logprobs=logprobs)
        toy.run(mcts(Mcts(simulations=2, expand=10, c=10.0)), seed=1)
        priors = toy.notes[0].data["priors"]
        assert sum(priors) == pytest.approx(1)
        if logprobs:
            assert sorted(priors) == pytest.approx([0.3, 0.7])
        else:
            assert all(round(prior * 10, 9).is_integer() for prior in priors)
        # all values are equal, so the more probable step is opened first
        assert toy.notes[1].node.written == toy.notes[0].node.written + "a"


def test_values_outweigh_priors_when_c_is_small() -> None:
    toy = Toy(lambda written: {"a": 0.9, "b": 0.1}, lambda written: float(written[0] == "b"), logprobs=True)
    toy.run(mcts(Mcts(simulations=3, expand=60, c=0.01, steps=2)), seed=1)
    assert toy.notes[1].node.written == "b"


# --- settings ---
@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (Latts, {"delta": 1.2}),
        (Latts, {"delta": math.nan}),
        (Latts, {"tau": 0.0}),
        (Latts, {"power": -1.0}),
        (Latts, {"draws": 0}),
        (Latts, {"estimate": 1}),
        (Latts, {"fallbacks": ("give-up",)}),
        (Latts, {"criterion": "vibes"}),
        (Latts, {"unscored": 2.0}),
        (Beam, {"n": 0}),
        (Beam, {"expand": 0}),
        (Particle, {"tau": 0.0}),
        (Particle, {"ess": 1.5}),
        (Mcts, {"simulations": 0}),
        (Mcts, {"c": -1.0}),
    ],
)
def test_settings_out_of_range_are_refused(kind: type[Settings], wrong: dict[str, object]) -> None:
    with pytest.raises(InputError, match=str(next(iter(wrong)) if "fallbacks" not in wrong else "give-up")):
        kind(**wrong)
