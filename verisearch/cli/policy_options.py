"""Options of commands that have a language model write."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from verisearch import plugins

if TYPE_CHECKING:
    from verisearch.protocols import Policy
    from verisearch.runtime.solving import SolveOptions
    from verisearch.symbolic.options import CheckOptions

__all__ = ["make_policy", "make_solve_options", "policy_options"]


def policy_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--policy``, ``--strategy``, ``--n``, ``--temperature``, ``--top-p``, ``--top-k``, ``--steps``,
    ``--max-tokens``, ``--budget``, ``--prompt``."""
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
            "early-stopping, or a plug-in's.",
        ),
        click.option(
            "--n", type=click.IntRange(min=1), default=8, show_default=True, help="Chains to choose from, at most."
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
    from verisearch.search.strategies import Settings

    plugins.load("strategies", given["strategy"])
    return SolveOptions(
        strategy=given["strategy"],
        settings=Settings(
            temperature=given["temperature"],
            top_p=given["top_p"],
            top_k=given["top_k"],
            steps=given["steps"],
            n=given["n"],
            watch=watch,
        ),
        seed=seed,
        budget=Budget(tokens=given["budget"]),
        prompt=given["prompt"],
        max_tokens=given["max_tokens"],
        check=check,
    )
