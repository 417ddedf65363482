"""Options of commands that have a language model write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from verisearch import plugins

if TYPE_CHECKING:
    from verisearch.protocols import Policy
    from verisearch.runtime.solving import SolveOptions
    from verisearch.search.chains import Settings
    from verisearch.symbolic.options import CheckOptions

__all__ = ["make_policy", "make_settings", "make_solve_options", "policy_options"]


def policy_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--policy``, ``--strategy``, ``--verifier``, ``--set``, ``--n``, ``--temperature``, ``--top-p``, ``--top-k``,
    ``--steps``, ``--max-tokens``, ``--budget``, ``--prompt``."""
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
            "--strategy",
            default="greedy",
            show_default=True,
            help="greedy, sample, best-of-n, weighted-best-of-n, self-consistency, "
            "confidence-weighted-self-consistency, adaptive-consistency, weighted-adaptive-consistency, "
            "early-stopping, latts, beam, particle, mcts, or a plug-in's.",
        ),
        click.option(
            "--verifier",
            default="symbolic",
            show_default=True,
            metavar="SPEC",
            help="Who scores: symbolic, symbolic:steps (the answer left aside), noisy:RATE, "
            "confidence[:logprob|entropy], replay[:FILE] (recorded scores), combine:min|product|gate,SPEC,SPEC, "
            "or a plug-in's.",
        ),
        click.option(
            "--set",
            "own",
            multiple=True,
            metavar="NAME=VALUE",
            help="A setting of the strategy's own, as --set delta=0.8; may be given again.",
        ),
        click.option(
            "--n",
            type=click.IntRange(min=1),
            default=8,
            show_default=True,
            help="Chains to choose from, at most; beams; particles.",
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
        click.option("--budget", type=click.IntRange(min=1), help="Most generated tokens a problem; else no limit."),
        click.option("--prompt", metavar="NAME|FILE", help="Prompt template; by default the policy's own."),
    ]
    for option in reversed(options):
        function = option(function)
    return function


def make_policy(spec: str) -> Policy:
    """The policy that ``--policy`` names."""
    from verisearch.policies import open_policy

    return open_policy(spec)


def make_solve_options(given: dict[str, Any], check: CheckOptions, *, seed: int, watch: bool = False) -> SolveOptions:
    """The settings that the options describe. Raises `UnknownNameError` for the strategy."""
    from verisearch.runtime.budget import Budget
    from verisearch.runtime.solving import SolveOptions

    shared = {name: given[name] for name in ("temperature", "top_p", "top_k", "steps", "n")}
    shared |= {"watch": watch, "verifier": "symbolic"}  # which leaves it to --verifier
    return SolveOptions(
        strategy=given["strategy"],
        settings=make_settings(given["strategy"], shared, given["own"]),
        seed=seed,
        budget=Budget(tokens=given["budget"]),
        prompt=given["prompt"],
        max_tokens=given["max_tokens"],
        check=check,
        verifier=given["verifier"],
    )


def make_settings(strategy: str, shared: dict[str, Any], own: Sequence[str]) -> Settings:
    """The settings of a strategy: those that all share, and its own as ``NAME=VALUE``. Raises `UsageError` for what it
    doesn't take, `UnknownNameError` for the strategy."""
    import msgspec

    from verisearch.errors import InputError
    from verisearch.search.chains import kind_of

    kind = kind_of(plugins.load("strategies", strategy))
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    for each in own:
        name, sign, value = each.partition("=")
        name = name.strip().replace("-", "_")
        if not sign or name not in fields or name in shared:
            there = [known for known in kind.__struct_fields__ if known not in shared]
            raise click.UsageError(f"--set {each}: {strategy} takes NAME=VALUE with a name of: {', '.join(there)}")
        # several words, as the fallbacks of latts are
        shared[name] = value.split(",") if isinstance(fields[name].default, tuple) else value
    try:
        return msgspec.convert(shared, kind, strict=False)
    except (msgspec.ValidationError, InputError) as error:
        raise click.UsageError(f"--strategy {strategy}: {error}") from error
