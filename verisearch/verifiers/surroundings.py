"""What verifiers are given when they are opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import msgspec

from verisearch.errors import InputError
from verisearch.protocols import Message, Policy
from verisearch.symbolic.options import CheckOptions
from verisearch.symbolic.recall import Known
from verisearch.trace import Problem, Trace
from verisearch.verdict import TraceVerdict

__all__ = ["Check", "Surroundings", "split_options"]

#: Checks traces, each with what an earlier check found of it: a verdict, or why there is none, for each in order.
Check: TypeAlias = Callable[[Sequence[Trace], CheckOptions, Sequence[Known | None]], Iterator[TraceVerdict | str]]


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """Where a verifier works.

    ``options`` and ``check``: how chains are checked by the solver, and by whom (None: in this process). ``policy`` is
    the model that writes, and ``messages`` gives what it was asked about a problem; None where there is none. ``seed``:
    the run's, of what is drawn at random.
    """

    options: CheckOptions = CheckOptions(max_leap=1)
    check: Check | None = None
    policy: Policy | None = None
    messages: Callable[[Problem], tuple[Message, ...]] | None = None
    seed: int = 0


def split_options(verifier: str, target: str, known: Sequence[str]) -> tuple[str, dict[str, str]]:
    """What is behind a verifier's name as what it is to open ("" for nothing) and its options, the parts of the form
    ``NAME=VALUE`` at the end, between colons; in a value ``\\n`` is a line break. Raises `InputError` for an option not
    among ``known``."""
    parts = target.split(":")
    options: dict[str, str] = {}
    while parts and parts[-1].partition("=")[0].isidentifier() and "=" in parts[-1]:
        name, _, value = parts.pop().partition("=")
        if name not in known:
            raise InputError(f"verifier {verifier}: no option {name!r}; there are: {', '.join(known)}")
        options[name] = value.replace("\\n", "\n")
    return ":".join(parts), options
