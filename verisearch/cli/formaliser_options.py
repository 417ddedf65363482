"""Options of commands that have texts formalised, by rule or by a language model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from verisearch import plugins

if TYPE_CHECKING:
    from verisearch.runtime.responding import PolicyResponder
    from verisearch.symbolic.options import ReadingOptions

__all__ = ["formaliser_options", "make_reading", "open_model", "settles_model", "workers_for"]

#: Options that mean something only where a language model formalises.
FOR_MODELS = (
    "formalizer_policy",
    "formalizer_set",
    "judge",
    "reply_tokens",
    "prompts",
    "recordings",
    "offline",
    "whole_context",
)


#: The same for settings of `ReadingOptions` that have another value than by default.
SETTINGS = ("premises", "readings", "tries", "mixed", "anchors")


def formaliser_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--formalizer`` and what belongs to it."""
    options = [
        click.option(
            "--formalizer", "--formaliser", "formalizer", default="english", metavar="NAME",
            help="Who makes formulas of sentences: english (controlled English, by rule), arithmetic (computations and "
            "where their numbers come from; the default where the question asks for a number), fol (they are "
            "formulas), llm (a language model; any English), or a plug-in's.",
        ),
        click.option(
            "--formalizer-policy", "--formaliser-policy", "formalizer_policy", metavar="SPEC",
            help="llm: the model that formalises: openai:MODEL@URL, vllm:NAME, transformers:NAME, a model's folder.",
        ),
        click.option(
            "--formalizer-set", "--formaliser-set", "formalizer_set", multiple=True, metavar="NAME=VALUE",
            help="llm: a setting of that model's policy, as --formalizer-set timeout=60 or retries=12 of a server; may "
            "be given again.",
        ),
        click.option(
            "--premises", type=click.Choice(["all", "context", "none"]), default="all", show_default=True,
            help="llm: what the model may name for a step that doesn't follow: sentences of the context and "
            "commonsense, the context alone, or nothing.",
        ),
        click.option(
            "--readings", type=click.IntRange(min=1), default=1, show_default=True,
            help="llm: independent formalisations of each text; where they aren't equivalent it is undecided.",
        ),
        click.option(
            "--tries", type=click.IntRange(min=1), default=3, show_default=True,
            help="llm: most times a text is formalised, each told of the last fault.",
        ),
        click.option(
            "--mixed/--no-mixed", default=True, show_default=True,
            help="llm: what the controlled-English reader reads exactly doesn't go to the model.",
        ),
        click.option(
            "--whole-context", is_flag=True,
            help="llm: formalise every sentence of the context beforehand, not only those that are quoted as premises.",
        ),
        click.option(
            "--anchors/--no-anchors",
            default=True,
            show_default=True,
            help="llm: refuse formulas whose words, names, numbers, negations or quantifiers aren't those of the text.",
        ),
        click.option(
            "--judge", metavar="SPEC",
            help="llm: a model that judges premises (attributable? acceptable? needed?); it only ever refuses.",
        ),
        click.option(
            "--reply-tokens", type=click.IntRange(min=1),
            help="llm: most tokens of a reply; else as each prompt says. Models that think aloud need some thousands.",
        ),
        click.option(
            "--prompts", type=click.Path(file_okay=False, exists=True, path_type=Path),
            help="llm: a folder of prompt templates that go before the package's (formalise.txt, …).",
        ),
        click.option(
            "--recordings", type=click.Path(dir_okay=False, path_type=Path),
            help="llm: an SQLite file of the model's calls: what is in it isn't asked again, the rest is added.",
        ),
        click.option("--offline", is_flag=True, help="llm: ask no model; what --recordings lacks is an error."),
    ]  # fmt: skip
    for option in reversed(options):
        function = option(function)
    return function


def settles_model(given: dict[str, Any]) -> bool:
    """Whether the formaliser asks a language model. Raises `UnknownNameError`, and `UsageError` for options that don't
    go together."""
    from verisearch.symbolic.options import ReadingOptions
    from verisearch.symbolic.premises import asks_model

    if not asks_model(plugins.load("formalisers", given["formalizer"])):
        for name in FOR_MODELS:
            if given.get(name):
                raise click.UsageError(f"--{name.replace('_', '-')} goes with --formalizer llm")
        for name in SETTINGS:
            usual = getattr(ReadingOptions(), name)
            if given[name] != usual:
                told = f"no-{name}" if usual is True else name
                raise click.UsageError(f"--{told} goes with --formalizer llm")
        return False
    if given["offline"] and given["recordings"] is None:
        raise click.UsageError("--offline needs --recordings FILE: there is nothing else that could answer")
    if not given["offline"] and not given["formalizer_policy"]:
        raise click.UsageError(
            "--formalizer llm needs a model: give --formalizer-policy openai:MODEL@URL, vllm:NAME or transformers:NAME"
            " (or --recordings FILE --offline)"
        )
    return True


def workers_for(model: object | None, least: int = 1) -> int:
    """How many workers there should be: those that wait for a language model have little to do themselves."""
    return least if model is None else max(least, ASKING_WORKERS)


def make_reading(given: dict[str, Any]) -> ReadingOptions:
    """The `ReadingOptions` that the options describe."""
    from verisearch.symbolic.options import ReadingOptions

    return ReadingOptions(
        tries=given["tries"],
        readings=given["readings"],
        premises=given["premises"],
        mixed=given["mixed"],
        whole_context=given["whole_context"],
        anchors=given["anchors"],
        judge=given["judge"] is not None,
    )


#: Workers that ask a language model at the same time.
ASKING_WORKERS = 8


@contextmanager
def open_model(given: dict[str, Any]) -> Iterator[PolicyResponder | None]:
    """Who answers the formaliser; None if it asks no model. Raises what opening policies and recordings does."""
    if not settles_model(given):
        yield None
        return
    from verisearch.policies import open_policy
    from verisearch.runtime.calls import CallStore
    from verisearch.runtime.responding import PolicyResponder

    with ExitStack() as stack:  # what was opened is closed, also where the next can't be
        store = policy = judge = None
        if given["recordings"] is not None:
            store = stack.enter_context(CallStore(given["recordings"], read_only=given["offline"]))
        if not given["offline"]:
            policy = open_policy(given["formalizer_policy"], **settings_in(given["formalizer_set"]))
            stack.callback(policy.close)
            judge = policy
            if given["judge"] not in (None, given["formalizer_policy"]):
                judge = open_policy(given["judge"])
                stack.callback(judge.close)
        responder = PolicyResponder(
            policy,
            judge=judge,
            prompts=given["prompts"],
            store=store,
            name=given["formalizer_policy"] or "",
            judge_name=given["judge"] or "",
            max_tokens=given["reply_tokens"],
        )
        responder.all_digests()  # a template that can't be used is found before anything is asked
        yield responder


def settings_in(pairs: Sequence[str]) -> dict[str, Any]:
    """Settings written as NAME=VALUE; values are JSON, or else text. Raises `UsageError`."""
    settings: dict[str, Any] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign or not name.strip().isidentifier():
            raise click.UsageError(f"--formalizer-set {pair!r}: write NAME=VALUE, as in timeout=60")
        try:
            settings[name.strip()] = json.loads(value)
        except json.JSONDecodeError:
            settings[name.strip()] = value
    return settings
