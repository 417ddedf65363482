"""Options of runs that compare: several strategies, verifiers, numbers of chains and budgets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import click

from verisearch import plugins
from verisearch.cli.policy_options import STRATEGIES, VERIFIERS, make_solve_options, split_strategy
from verisearch.symbolic.options import CheckOptions

if TYPE_CHECKING:
    from verisearch.evaluation.arms import Arm, Level, Searcher

__all__ = ["make_arms", "sweep_options"]


class Listed(click.ParamType):
    """Names with commas between them."""

    name = "A,B,…"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        found = tuple(each.strip() for each in str(value).split(","))
        if not all(found):
            self.fail(f"{value!r} has a comma without a name", param, ctx)
        return found


class Counts(click.ParamType):
    """Whole numbers from 1 with commas between them."""

    name = "N,N,…"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        pieces = [each.strip() for each in str(value).split(",")]
        if not all(each.isdecimal() and 0 < len(each) < 7 and int(each) for each in pieces):
            self.fail(f"{value!r} should be whole numbers from 1, with commas between them", param, ctx)
        return tuple(int(each) for each in pieces)


class Levels(click.ParamType):
    """Budgets with commas between them."""

    name = "TOKENS|xK|none,…"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[Level, ...]:
        from verisearch.errors import InputError
        from verisearch.evaluation.arms import levels

        try:
            return levels(str(value))
        except InputError as error:
            self.fail(str(error), param, ctx)


def sweep_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--strategy``, ``--verifier``, ``--n``, ``--budget``, of each as many as there are to compare."""
    options = [
        click.option(
            "--strategy",
            "strategies",
            type=Listed(),
            multiple=True,
            default=("greedy",),
            show_default=True,
            metavar="A,B,…",
            help=f"Who searches, one or several to compare: {STRATEGIES}; n and budget may stand there too, one or "
            "several, as best-of-n:n=4+16:budget=none. May be given again.",
        ),
        click.option(
            "--verifier",
            "verifiers",
            multiple=True,
            default=("symbolic",),
            show_default=True,
            metavar="SPEC",
            help=f"Who scores: {VERIFIERS}. Given again, each strategy is run with each.",
        ),
        click.option(
            "--n",
            "counts",
            type=Counts(),
            default="8",
            show_default=True,
            metavar="N,N,…",
            help="Chains to choose from, at most; beams; particles. Several: strategies that use it are run with each.",
        ),
        click.option(
            "--budget",
            "budgets",
            type=Levels(),
            default="none",
            show_default=True,
            metavar="TOKENS|xK|none,…",
            help="Most generated tokens a problem, discarded ones included: a number (500); xK, so many times the mean "
            "tokens of a greedy chain, which is then run first, on the same rows and without a limit; or none. "
            "Several: each strategy is run with each. Chains that are drawn together, as those of best-of-n, share a "
            "budget and are all cut off where it ends: vary their n instead (best-of-n:n=1+4+16:budget=none).",
        ),
    ]
    for option in reversed(options):
        function = option(function)
    return function


def make_arms(given: dict[str, Any], check: CheckOptions, *, seed: int) -> tuple[Arm, ...]:
    """The arms that the options describe. Raises `UnknownNameError` for a strategy, `UsageError` for a setting that it
    doesn't take, `InputError` for what is there twice."""
    import msgspec

    from verisearch.evaluation.arms import arms_of, one_arm
    from verisearch.runtime.budget import Budget

    texts = [text for group in given["strategies"] for text in group]
    refuse_untaken(given["own"], texts)
    searchers = [
        searcher
        for text, verifier in product(texts, given["verifiers"])
        for searcher in of(text, verifier, given, check, seed)
    ]
    budgets = given["budgets"]
    budgets = searchers[0].budgets or budgets if len(searchers) == 1 else budgets
    if len(searchers) == 1 and len(budgets) == 1 and budgets[0].multiple is None:
        return one_arm(msgspec.structs.replace(searchers[0].options, budget=Budget(tokens=budgets[0].tokens)))
    return arms_of(searchers, budgets)


def of(text: str, verifier: str, given: dict[str, Any], check: CheckOptions, seed: int) -> list[Searcher]:
    """A strategy with a verifier: one for each n, where n makes a difference. What stands behind the strategy's name,
    an n or a budget too, goes before what all are given."""
    import msgspec

    from verisearch.evaluation.arms import Searcher, levels

    strategy, behind = split_strategy(text)
    pinned = [each for each in behind if not each.startswith(("n=", "budget="))]
    counts, budgets = (
        [each.partition("=")[2] for each in behind if each.startswith(name)] for name in ("n=", "budget=")
    )
    if len(counts) > 1 or len(budgets) > 1:
        raise click.UsageError(f"--strategy {text}: give n and budget once, as n=4+16")
    numbers: Sequence[int] = Counts().convert(counts[0].replace("+", ","), None, None) if counts else given["counts"]
    # alone, a strategy says itself what it doesn't take
    alone = len({split_strategy(each)[0] for group in given["strategies"] for each in group}) == 1
    own = given["own"] if alone else taken(given["own"], strategy)
    name = ":".join([strategy, *pinned])
    suffix = f" with {verifier}" if len(given["verifiers"]) > 1 else ""
    made = []
    for n in numbers:
        options = make_solve_options(
            {**given, "strategy": name, "verifier": verifier, "n": n, "own": own, "budget": None}, check, seed=seed
        )
        options = msgspec.structs.replace(options, concurrency=given["concurrency"])
        matters = options.settings.uses_n
        with_n = f"{name}:n={n}{suffix}" if matters and (counts or len(numbers) > 1) else name + suffix
        without_n = name + suffix if len(numbers) > 1 else with_n
        made.append(Searcher(with_n, without_n, options, levels(budgets[0]) if budgets else ()))
        if not matters:
            break
    return made


def taken(own: Sequence[str], strategy: str) -> list[str]:
    """The ``--set`` that a strategy takes."""
    from verisearch.search.chains import kind_of

    fields = kind_of(plugins.load("strategies", strategy)).__struct_fields__
    return [each for each in own if each.partition("=")[0].strip().replace("-", "_") in fields]


def refuse_untaken(own: Sequence[str], texts: Sequence[str]) -> None:
    """Raises `UsageError` for a ``--set`` that no strategy takes."""
    names = list(dict.fromkeys(split_strategy(text)[0] for text in texts))
    known = {each for name in names for each in taken(own, name)}
    if len(names) > 1 and (lost := [each for each in own if each not in known]):
        raise click.UsageError(f"--set {lost[0]}: none of {', '.join(names)} has such a setting")
