"""The arms of a run: what is compared on the same problems, each a strategy with its verifier, settings and budget."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from verisearch.errors import InputError
from verisearch.runtime.budget import Budget
from verisearch.runtime.solving import SolveOptions
from verisearch.search.chains import OneChain
from verisearch.search.strategies import Settings

__all__ = ["REFERENCE", "Arm", "Level", "Searcher", "arms_of", "levels", "one_arm", "resolved"]

#: The strategy whose mean tokens a multiple is of.
REFERENCE = "greedy"

LEVEL = re.compile(r"(?P<none>none)|(?P<tokens>[0-9]{1,12})|x(?P<multiple>[0-9]{1,6}(\.[0-9]{1,6})?)")


class Level(NamedTuple):
    """How much one problem may take: so many generated tokens, or a multiple of a greedy chain's mean; neither: no
    limit."""

    tokens: int | None = None
    multiple: float | None = None

    @property
    def text(self) -> str:
        """As it is written in ``--budget``."""
        if self.multiple is not None:
            return f"x{self.multiple:g}"
        return "none" if self.tokens is None else str(self.tokens)


class Searcher(NamedTuple):
    """What is given each budget. ``name`` is its own in the run; ``without_n`` the same without what n is, where there
    are several. ``budgets``: its own, instead of those that all are given."""

    name: str
    without_n: str
    options: SolveOptions
    budgets: tuple[Level, ...] = ()


class Arm(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to compare. ``name`` is unique in the run; arms of one ``series`` differ in how much they may spend,
    and make one curve. ``multiple``: the budget of tokens is so many times the mean of the first arm."""

    name: str
    series: str
    options: SolveOptions
    multiple: float | None = None

    @property
    def weight(self) -> float:
        """A guess at what the arm costs, in chains, for those who wait."""
        settings = self.options.settings
        chains = 1 if isinstance(settings, OneChain) else settings.n
        return min(chains, self.multiple or math.inf)


def levels(text: str) -> tuple[Level, ...]:
    """The budgets that ``500,x2,none`` names, with commas or plus signs between them. Raises `InputError`."""
    found = []
    for piece in text.replace("+", ",").split(","):
        match = LEVEL.fullmatch(piece.strip().lower())
        level = Level()
        if match is not None and match["tokens"]:
            level = Level(tokens=int(match["tokens"]))
        elif match is not None and match["multiple"]:
            level = Level(multiple=float(match["multiple"]))
        if match is None or level.tokens == 0 or level.multiple == 0:
            raise InputError(
                f"budget {piece.strip()!r}: give tokens (500), a multiple of a greedy chain's mean tokens (x2), or none"
            )
        found.append(level)
    return tuple(found)


def one_arm(options: SolveOptions) -> tuple[Arm, ...]:
    """A run of one strategy."""
    return (Arm(name=options.strategy, series=options.strategy, options=options),)


def arms_of(searchers: Sequence[Searcher], budgets: Sequence[Level] = (Level(),)) -> tuple[Arm, ...]:
    """Every searcher with every budget, in this order. Where a budget is a multiple, a greedy chain without a limit
    comes first, with the first searcher's verifier. Raises `InputError` if two are the same, or there is none."""
    if not (searchers and budgets):
        raise InputError("there is nothing to compare: give a strategy and a budget")
    pairs = [(searcher, level) for searcher in searchers for level in searcher.budgets or budgets]
    multiples = any(level.multiple is not None for _, level in pairs)
    several = multiples or len({level for _, level in pairs}) > 1
    arms = [arm(searcher, level, several) for searcher, level in pairs]
    if multiples:
        reference = next((each for each in arms if is_reference(each)), None) or arm(greedy(searchers), Level(), True)
        arms = [reference, *(each for each in arms if each.name != reference.name)]
    counts = Counter(each.name for each in arms)
    if twice := [name for name, count in counts.items() if count > 1]:
        raise InputError(f"{twice[0]!r} is there twice: name each strategy, verifier, n and budget once")
    return tuple(arms)


def arm(searcher: Searcher, level: Level, several: bool) -> Arm:
    """A searcher with a budget; budgets make its curve, n where there are none. ``several``: not all have the same."""
    limited = several and level != Level()
    return Arm(
        name=f"{searcher.name} @{level.text}" if limited else searcher.name,
        series=searcher.name if limited else searcher.without_n,
        options=msgspec.structs.replace(searcher.options, budget=Budget(tokens=level.tokens)),
        multiple=level.multiple,
    )


def is_reference(arm: Arm) -> bool:
    """Whether it is a greedy chain without a limit."""
    return arm.options.strategy == REFERENCE and arm.multiple is None and arm.options.budget == Budget()


def greedy(searchers: Sequence[Searcher]) -> Searcher:
    """A greedy chain with what the first searcher has besides its strategy."""
    first = searchers[0].options
    shared = {name: getattr(first.settings, name) for name in Settings.__struct_fields__}
    options = msgspec.structs.replace(first, strategy=REFERENCE, settings=OneChain(**shared))
    return Searcher(REFERENCE, REFERENCE, options)


def resolved(arm: Arm, mean: float | None) -> Arm:
    """The arm with its budget in tokens. ``mean``: those of a greedy chain. Raises `InputError` if there is none."""
    if arm.multiple is None:
        return arm
    if mean is None:
        raise InputError(
            f"{arm.name}: no greedy chain could be written, so that there is nothing to take a multiple of; "
            "give --budget in tokens"
        )
    tokens = max(1, math.ceil(arm.multiple * mean))
    return msgspec.structs.replace(arm, options=msgspec.structs.replace(arm.options, budget=Budget(tokens=tokens)))
