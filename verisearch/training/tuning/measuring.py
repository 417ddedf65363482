"""What tuning did to a language model, on theories that it did not learn from."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import torch
from torch.nn import functional

from verisearch.evaluation.bootstrap import Estimate, difference, estimate, resample
from verisearch.policies.opening import open_policy
from verisearch.protocols import Item
from verisearch.runtime.prompting import Template
from verisearch.training.rollouts import Chain, Drawing, Rollouts, draw_rollouts, read_rollouts
from verisearch.training.trees import TokenTree
from verisearch.training.tuning.causal import chain_logprobs, token_logprobs
from verisearch.training.tuning.dpo import Pairs, margins
from verisearch.verifiers.surroundings import Check

__all__ = ["Change", "Greedy", "Losses", "Preferences", "Shares", "answers", "greedy", "losses", "preferences", "some"]

#: Draws of theories behind an interval.
REPLICATES = 2000


class Losses(msgspec.Struct, frozen=True, kw_only=True):
    """The mean cross-entropy, in nats a token, of verified chains; None where there are none."""

    problems: int
    chains: int
    tokens: int
    before: float | None
    after: float | None


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """Of pairs of a verified and a failing chain of a problem: in which share of them the model holds the verified one
    to be the more probable, and what DPO's loss is (log 2 before it). None where there are no pairs."""

    problems: int
    pairs: int
    before: float | None
    after: float | None
    loss: float | None


class Shares(msgspec.Struct, frozen=True, kw_only=True):
    """Of problems: whose answer is right, whose chain is verified, and both; with 95 % intervals over theories."""

    right: Estimate
    verified: Estimate
    good: Estimate


class Greedy(msgspec.Struct, frozen=True, kw_only=True):
    """Greedy chains on problems that were not learned from, drawn anew before and after; ``change`` is after less
    before, on the same problems and, in its intervals, the same draws of theories."""

    problems: int
    theories: int
    before: Shares
    after: Shares
    change: Shares


#: Runs ``f(model)`` on the model before and on the one after.
Change = tuple[Any, Any]


@torch.inference_mode()
def losses(models: Change, trees: Sequence[TokenTree]) -> Losses:
    """The loss of both models on the chains of ``trees``."""
    found = []
    tokens = 0
    for model in models:
        total, tokens = 0.0, 0
        for tree in trees:
            logprobs, prompt = token_logprobs(model, tree)
            visits = tree.visits[prompt:]
            total -= float((logprobs * visits).sum())
            tokens += int(visits.sum())
        found.append(total / tokens if tokens else None)
    return Losses(
        problems=len(trees),
        chains=sum(len(tree.paths) for tree in trees),
        tokens=tokens,
        before=found[0],
        after=found[1],
    )


@torch.inference_mode()
def preferences(models: Change, problems: Sequence[Pairs], beta: float) -> Preferences:
    """What both models prefer."""
    if not problems:
        return Preferences(problems=0, pairs=0, before=None, after=None, loss=None)
    before, after = (
        torch.cat([margins(chain_logprobs(model, each.tree), each) for each in problems]) for model in models
    )
    return Preferences(
        problems=len(problems),
        pairs=len(before),
        before=float((before > 0).float().mean()),
        after=float((after > 0).float().mean()),
        loss=float(-functional.logsigmoid(beta * (after - before)).mean()),
    )


def some(rows: Sequence[Rollouts], count: int, seed: int) -> list[Item]:
    """At most ``count`` of the problems, drawn by the seed, in their order."""
    places = random.Random(f"{seed} greedy").sample(range(len(rows)), min(count, len(rows)))
    return [
        Item(problem=rows[place].problem, group=rows[place].group, depth=rows[place].depth) for place in sorted(places)
    ]


def answers(
    policy: str,
    template: Template,
    items: Sequence[Item],
    path: Path,
    max_tokens: int,
    check: Check,
    show: Callable[[int], None],
) -> list[Rollouts]:
    """The greedy chain of a policy on each problem, with its verdicts; what ``path`` holds already isn't drawn anew."""
    opened = open_policy(policy)
    try:
        drawing = Drawing(samples=1, temperature=0.0, max_tokens=max_tokens)
        draw_rollouts(items, opened, template, path, drawing, check=check, progress=show)
    finally:
        opened.close()
    return list(read_rollouts(path))


def greedy(before: Sequence[Rollouts], after: Sequence[Rollouts], replicates: int = REPLICATES) -> Greedy:
    """What both came to on the same problems, at least one, in the same order. A chain that was lost is neither right
    nor verified."""
    groups = sorted({row.group for row in before})
    place = {group: number for number, group in enumerate(groups)}
    columns = []
    for rows in (before, after):
        for counts in (lambda chain: chain.correct is True, lambda chain: chain.verified, lambda chain: chain.good):
            columns.append(column(rows, counts, place))
    ratios = resample(columns, replicates, seed=0)
    return Greedy(
        problems=len(before),
        theories=len(groups),
        before=shares([estimate(ratio) for ratio in ratios[:3]]),
        after=shares([estimate(ratio) for ratio in ratios[3:]]),
        change=shares([difference(new, old) for old, new in zip(ratios[:3], ratios[3:], strict=True)]),
    )


def column(
    rows: Sequence[Rollouts], counts: Callable[[Chain], bool], place: dict[str, int]
) -> tuple[list[float], list[float]]:
    """Each theory's sum and number of problems."""
    part, whole = [0.0] * len(place), [0.0] * len(place)
    for row in rows:
        part[place[row.group]] += any(counts(chain) for chain in row.chains)
        whole[place[row.group]] += 1
    return part, whole


def shares(found: Sequence[Estimate]) -> Shares:
    right, verified, good = found
    return Shares(right=right, verified=verified, good=good)
