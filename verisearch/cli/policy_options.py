"""Options of commands that have a language model write."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

import click

from verisearch import plugins

if TYPE_CHECKING:
    from verisearch.evaluation.risk import RiskControl
    from verisearch.protocols import Policy
    from verisearch.runtime.solving import SolveOptions
    from verisearch.search.chains import Settings
    from verisearch.symbolic.options import CheckOptions

__all__ = [
    "STRATEGIES",
    "VERIFIERS",
    "make_policy",
    "make_risk",
    "make_settings",
    "make_solve_options",
    "policy_options",
    "search_options",
]

STRATEGIES = (
    "greedy, sample, best-of-n, weighted-best-of-n, self-consistency, confidence-weighted-self-consistency, "
    "adaptive-consistency, weighted-adaptive-consistency, early-stopping, latts, beam, particle, mcts, "
    "multifurcation (over tokens), reflect (verdicts go back to the model), or a plug-in's; "
    "with settings as latts:delta=0.8:draws=16"
)
VERIFIERS = (
    "symbolic, symbolic:steps (the answer left aside), symbolic:abstain, noisy:RATE, "
    "confidence[:p-true|logprob|entropy|FOLDER], prm:FOLDER, mrm:FOLDER, calibrated:FILE,SPEC, "
    "combine:min|product|gate,SPEC,SPEC, replay[:FILE] (recorded scores), or a plug-in's"
)


def search_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--strategy``, ``--verifier``, ``--n``, ``--budget``: one of each."""
    options = [
        click.option("--strategy", default="greedy", show_default=True, help=f"{STRATEGIES}."),
        click.option(
            "--verifier", default="symbolic", show_default=True, metavar="SPEC", help=f"Who scores: {VERIFIERS}."
        ),
        click.option(
            "--n",
            type=click.IntRange(min=1),
            default=8,
            show_default=True,
            help="Chains to choose from, at most; beams; particles.",
        ),
        click.option("--budget", type=click.IntRange(min=1), help="Most generated tokens a problem; else no limit."),
    ]
    for option in reversed(options):
        function = option(function)
    return function


def policy_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--policy``, ``--set``, ``--temperature``, ``--top-p``, ``--top-k``, ``--steps``, ``--max-tokens``,
    ``--prompt``, ``--risk``."""
    options = [
        click.option(
            "--policy",
            "policy_spec",
            default="embedded",
            show_default=True,
            metavar="SPEC",
            help="Who writes: embedded, a model's folder or .gguf file, transformers:NAME, vllm:NAME, "
            "openai:MODEL@URL, replay:FILE.",
        ),
        click.option(
            "--set",
            "own",
            multiple=True,
            metavar="NAME=VALUE",
            help="A setting of the strategy's own, as --set delta=0.8; may be given again.",
        ),
        click.option(
            "--temperature",
            type=click.FloatRange(min=0),
            default=0.7,
            show_default=True,
            help="Of sampling; greedy ignores it.",
        ),
        click.option("--top-p", type=click.FloatRange(min=0, max=1, min_open=True), default=1.0, show_default=True),
        click.option("--top-k", type=click.IntRange(min=0), default=0, show_default=True, help="0: no limit."),
        click.option("--steps", type=click.IntRange(min=1), default=80, show_default=True, help="Most steps."),
        click.option("--max-tokens", type=click.IntRange(min=1), help="Most tokens a step; else as the prompt says."),
        click.option(
            "--prompt",
            metavar="NAME|FILE",
            help="Prompt template; by default the policy's own, or solve-maths for numbers, expressions and options.",
        ),
        click.option(
            "--risk",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="Answer or abstain by this file of 'verisearch risk calibrate'.",
        ),
    ]
    for option in reversed(options):
        function = option(function)
    return function


def make_policy(spec: str) -> Policy:
    """The policy that ``--policy`` names."""
    from verisearch.policies import open_policy

    return open_policy(spec)


def make_risk(given: dict[str, Any], options: SolveOptions) -> RiskControl | None:
    """The risk control that ``--risk`` names. Raises `InputError` if it was calibrated for other settings."""
    if given["risk"] is None:
        return None
    from verisearch.evaluation.risk import read_control

    control = read_control(given["risk"])
    control.refuse_other(given["policy_spec"], options)
    return control


def make_solve_options(given: dict[str, Any], check: CheckOptions, *, seed: int, watch: bool = False) -> SolveOptions:
    """The settings that the options describe. Raises `UnknownNameError` for the strategy or the verifier, `UsageError`
    for a setting that a strategy doesn't take."""
    from verisearch.runtime.budget import Budget
    from verisearch.runtime.solving import SolveOptions
    from verisearch.verifiers import name_of

    plugins.load("verifiers", name_of(given["verifier"]))  # before a model is loaded for nothing
    strategy, own = split_strategy(given["strategy"])
    shared = {name: given[name] for name in SHARED}
    shared |= {"watch": watch, "verifier": "symbolic"}  # which leaves it to --verifier
    return SolveOptions(
        strategy=strategy,
        settings=make_settings(strategy, shared, given["own"], own),
        seed=seed,
        budget=Budget(tokens=given["budget"]),
        prompt=given["prompt"],
        max_tokens=given["max_tokens"],
        check=check,
        verifier=given["verifier"],
    )


#: Settings of all strategies that have options of their own.
SHARED = ("temperature", "top_p", "top_k", "steps", "n")


def split_strategy(text: str) -> tuple[str, list[str]]:
    """The name of a strategy and the settings behind it, as ``latts:delta=0.8:draws=16`` has them."""
    name, *own = text.strip().split(":")
    return name, own


def make_settings(strategy: str, shared: dict[str, Any], own: Sequence[str], pinned: Sequence[str] = ()) -> Settings:
    """The settings of a strategy: those that all share, and its own as ``NAME=VALUE``; ``pinned`` ones, which stand
    behind its name, may be those that all share too. Raises `UsageError` for what it doesn't take, `UnknownNameError`
    for the strategy."""
    import msgspec

    from verisearch.errors import InputError
    from verisearch.search.chains import kind_of

    kind = kind_of(plugins.load("strategies", strategy))
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    values = dict(shared)
    for place, each in enumerate([*own, *pinned]):
        name, sign, value = each.partition("=")
        name = name.strip().replace("-", "_")
        allowed = [known for known in fields if known not in shared or (place >= len(own) and known in SHARED)]
        if not sign or name not in allowed:
            where = f"--set {each}" if place < len(own) else f"--strategy {strategy}:{each}"
            if name in SHARED:
                raise click.UsageError(f"{where}: give --{name.replace('_', '-')} instead")
            if not allowed:
                raise click.UsageError(f"{where}: {strategy} has no settings of its own")
            raise click.UsageError(f"{where}: {strategy} takes NAME=VALUE with a name of: {', '.join(allowed)}")
        # several words, as the fallbacks of latts are
        values[name] = value.replace("+", ",").split(",") if isinstance(fields[name].default, tuple) else value
    try:
        return msgspec.convert(values, kind, strict=False)
    except InputError as error:
        raise click.UsageError(f"--strategy {strategy}: {error}") from error
    except msgspec.ValidationError as error:
        raise click.UsageError(f"--strategy {strategy}: {plainly(error, values, kind)}") from error


def plainly(error: Exception, values: Mapping[str, Any], kind: type[Settings]) -> str:
    """A wrong setting in the words of whoever gave it, and what it may be."""
    found = re.search(r"\$\.(\w+)", str(error))
    if found is None or found[1] not in values:
        return str(error)
    offered = choices(get_type_hints(kind)[found[1]])
    if not offered:
        expected = {"int": "a whole number", "float": "a number", "bool": "true or false"}
        offered = [expected.get(name, name) for name in re.findall(r"`(\w+)", str(error).partition(", got")[0])]
    return f"{found[1]} can't be {values[found[1]]!r}" + (f"; give {' or '.join(offered)}" if offered else "")


def choices(kind: Any) -> list[str]:
    """The words that a setting may be, inside of tuples too; none if it isn't one of some words."""
    if get_origin(kind) is Literal:
        return [str(word) for word in get_args(kind)]
    return [word for part in get_args(kind) for word in choices(part)]
