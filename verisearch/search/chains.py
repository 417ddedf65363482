"""What all strategies over whole chains share: settings, writing a chain, having chains scored."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar

import msgspec

from verisearch.errors import InputError
from verisearch.protocols import Capability, Score
from verisearch.search.nodes import Node, Root
from verisearch.search.requests import Draws, Extend, Failed, Rate, Rated, Request, Spent
from verisearch.trace import AnswerKind

__all__ = [
    "Aggregation",
    "Chain",
    "OneChain",
    "Settings",
    "aggregate",
    "chain_values",
    "draw_chain",
    "kind_of",
    "own_settings",
    "rated",
    "takes",
    "value_of",
    "write_chain",
]

#: How the scores of a chain's steps become the chain's: the last step's, their mean, minimum or product.
Aggregation: TypeAlias = Literal["last", "mean", "min", "product"]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What strategies can be told.

    ``steps``: most steps in a chain. ``watch``: have every step scored as soon as it is written. ``n``: chains to
    choose from, at most. ``temperature``, ``top_p``, ``top_k`` are for sampling; greedy ignores them. ``verifier``: who
    scores. Raises `InputError` unless ``n`` and ``steps`` are at least 1.
    """

    temperature: float = 0.7
    top_p: float = 1.0
    top_k: int = 0
    steps: int = 80
    n: int = 8
    watch: bool = False
    verifier: str = "symbolic"

    def __post_init__(self) -> None:
        for name in ("n", "steps"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} is {getattr(self, name)}: give at least 1")

    @property
    def needs(self) -> frozenset[Capability]:
        """What the policy must be able to do."""
        return frozenset({"continue"})

    @property
    def scores_next(self) -> bool:
        """Whether the verifier must be a multifurcation reward."""
        return False

    @property
    def uses_n(self) -> bool:
        """Whether ``n`` makes a difference."""
        return True

    @property
    def stepwise(self) -> bool:
        """Whether what is chosen is a chain of steps, for the step checker to judge; else it is never verified."""
        return True

    @property
    def answers(self) -> AnswerKind | None:
        """The one kind of answer that is given, whatever is asked; None: what the problem asks for."""
        return None


class OneChain(Settings, frozen=True, kw_only=True):
    """Of strategies that write one chain, whatever ``n`` is."""

    @property
    def uses_n(self) -> bool:
        return False


S = TypeVar("S", bound=Settings)


def own_settings(kind: type[S], settings: Settings) -> S:
    """``settings`` as a strategy's own ``kind``: as they are, or the shared ones with defaults for the rest."""
    if isinstance(settings, kind):
        return settings
    return kind(**{name: getattr(settings, name) for name in Settings.__struct_fields__})


F = TypeVar("F", bound=Callable[..., Any])


def takes(kind: type[Settings]) -> Callable[[F], F]:
    """Marks a strategy as one with settings of its own, so that they can be given from outside by name."""

    def mark(strategy: F) -> F:
        strategy.settings = kind  # type: ignore[attr-defined]
        return strategy

    return mark


def kind_of(strategy: Callable[..., Any]) -> type[Settings]:
    """The kind of settings that a strategy takes: its own, or the shared ones."""
    kind: type[Settings] = getattr(strategy, "settings", Settings)
    return kind


class Chain(NamedTuple):
    """A chain that was written: its last node (None if there is not even one), why it ended early, if it did, and
    whether that was for want of budget, or because a draw failed."""

    node: Node | None
    reason: str = ""
    spent: bool = False
    failed: bool = False


def draw_chain(settings: Settings, temperature: float, start: Node = Root) -> Generator[Request, Any, Chain]:
    """Write one chain step by step to its end. ``start``: where the reply begins."""
    node = start
    while not node.finished:
        if node.depth >= settings.steps:
            return Chain(node, f"it had not ended after {settings.steps} steps")
        answer = yield Extend(
            node=node, temperature=temperature, top_p=settings.top_p, top_k=settings.top_k if temperature else 0
        )
        if isinstance(answer, (Failed, Spent)):
            spent = isinstance(answer, Spent)
            reason = f"the budget is spent: {answer.what}" if isinstance(answer, Spent) else answer.message
            return Chain(node if node.depth else None, reason, spent, not spent)
        node = answer.nodes[0]
        if settings.watch and not node.finished:
            yield Rate((node,), settings.verifier)
    return Chain(node)


def write_chain(settings: Settings, temperature: float) -> Generator[Request, Any, tuple[Node | None, str]]:
    """Write one chain step by step; its last node (None if there is not even one), and why it ended early."""
    chain = yield from draw_chain(settings, temperature)
    return chain.node, chain.reason


def rated(nodes: tuple[Node, ...], verifier: str) -> Generator[Request, Any, list[Score | None]]:
    """Scores of nodes. Where they can't be had together, each is asked for alone, and None stands for those that can't
    be had: one chain that a verifier chokes on, or the end of the budget, doesn't cost the others their scores."""
    if not nodes:
        return []
    answer = yield Rate(nodes, verifier)
    if isinstance(answer, Rated):
        return list(answer.scores)
    assert isinstance(answer, (Failed, Spent, Draws))
    scores: list[Score | None] = [None] * len(nodes)
    if len(nodes) > 1:
        for place, node in enumerate(nodes):
            alone = yield Rate((node,), verifier)
            if isinstance(alone, Rated):
                scores[place] = alone.scores[0]
            elif isinstance(alone, Spent):
                break
    return scores


def value_of(score: Score | None) -> float | None:
    """A score's value in [0, 1]. None for an abstention, for a score that couldn't be had, and for what is no number in
    [0, 1] (NaN too): a broken verifier has no say."""
    return None if score is None else usable(score.value)


def usable(value: float | None) -> float | None:
    """The value if it is a number in [0, 1], which NaN isn't; else None."""
    return value if value is not None and 0.0 <= value <= 1.0 else None


def aggregate(values: Sequence[float | None], how: Aggregation) -> float | None:
    """A chain's value in [0, 1] from those of its steps (Snell et al., arXiv 2408.03314, section 5.1: last; Lightman
    et al., arXiv 2305.20050, appendix F: product and minimum).

    Steps without a value (abstentions) are left out; a chain without any, or for ``last`` without the last, has none.
    """
    given = [value for value in values if value is not None]
    if how == "last":
        return values[-1] if values else None
    if not given:
        return None
    if how == "mean":
        return math.fsum(given) / len(given)
    return min(given) if how == "min" else math.prod(given)


def chain_values(
    nodes: Sequence[Node], verifier: str, how: Aggregation
) -> Generator[Request, Any, tuple[list[float | None], list[Score | None]]]:
    """The value of each chain by its steps' scores, and the score of each whole chain. ``last`` asks for one score a
    chain, the others for one a step."""
    if how == "last":
        scores = yield from rated(tuple(nodes), verifier)
        return [value_of(score) for score in scores], scores
    lines = [node.lineage() for node in nodes]
    found = iter((yield from rated(tuple(step for line in lines for step in line), verifier)))
    by_chain = [[next(found) for _ in line] for line in lines]
    return [aggregate([value_of(score) for score in steps], how) for steps in by_chain], [s[-1] for s in by_chain]
