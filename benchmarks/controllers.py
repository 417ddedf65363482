"""What running many searches at once is worth, and what it costs.

- batching: problems at once against one by one, tokens a second, and in batch-invariant mode whether the same was
  written;
- overhead: the share of a run's time that is spent neither in the policy nor in the verifier;
- latency: a server whose reply is slow 1 time in 20, against a run in lock-step (nobody goes on before all have their
  reply), and against what no run can beat: each problem's replies one behind the other, problems taken in their order
  as places become free.

    python benchmarks/controllers.py --problems 64 --out controllers.json
"""

from __future__ import annotations

import heapq
import sys
import time
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from common import ROOT, finish, parser, spread, table

from verisearch.evaluation.datasets import ProofWriter
from verisearch.policies import open_policy
from verisearch.protocols import Failure, Partial, Policy, Reply, Request, Score, Verifier
from verisearch.runtime.solving import Solution, SolveOptions, solve_all
from verisearch.search.strategies import Settings
from verisearch.symbolic.options import CheckOptions
from verisearch.trace import Problem
from verisearch.verifiers.symbolic import SymbolicVerifier, check_here

FILE = "proofwriter_owa_d5_test"


@dataclass
class Timed:
    """A policy, with how long it works and how long each request is with it."""

    policy: Policy
    lock_step: bool = False
    seconds: float = 0.0
    began: dict[int, float] = field(default_factory=dict)
    spans: dict[str, list[float]] = field(default_factory=dict)
    owner: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.name, self.capabilities = self.policy.name, self.policy.capabilities
        self.prompt = getattr(self.policy, "prompt", None)

    def submit(self, request: Request) -> int:
        """Hand it on."""
        started = time.perf_counter()
        ticket = self.policy.submit(request)
        self.began[ticket] = started
        self.owner[ticket] = request.prefix.messages[-1].content
        self.seconds += time.perf_counter() - started
        return ticket

    def poll(self, timeout: float | None = None) -> list[tuple[int, Reply | Failure]]:
        """What is ready; in lock-step only when everything is."""
        started = time.perf_counter()
        ready: list[tuple[int, Reply | Failure]] = []
        while True:
            found = self.policy.poll(timeout)
            for ticket, _ in found:
                span = time.perf_counter() - self.began.pop(ticket)
                self.spans.setdefault(self.owner.pop(ticket), []).append(span)
            ready += found
            if not self.lock_step or not self.began or not found:
                break
        self.seconds += time.perf_counter() - started
        return ready

    def cancel(self, ticket: int) -> None:
        """Hand it on."""
        self.policy.cancel(ticket)

    def close(self) -> None:
        """Hand it on."""
        self.policy.close()


class TimedVerifier:
    """A verifier, with how long it works."""

    def __init__(self, verifier: Verifier) -> None:
        self.verifier, self.name, self.seconds = verifier, verifier.name, 0.0

    def score(self, partials: Sequence[Partial]) -> list[Score]:
        """Hand them on."""
        started = time.perf_counter()
        found = self.verifier.score(partials)
        self.seconds += time.perf_counter() - started
        return list(found)

    def close(self) -> None:
        """Hand it on."""
        self.verifier.close()


def problems(data: Path, count: int) -> list[Problem]:
    """Rows of the test file, evenly spread."""
    return [item.problem for item in spread(ProofWriter().load(str(data / "logic" / f"{FILE}.jsonl")), count)]


def options(args: Namespace, concurrency: int, strategy: str | None = None) -> SolveOptions:
    """How all are solved."""
    return SolveOptions(
        strategy=strategy or args.strategy,
        settings=Settings(n=args.n, temperature=0.7),
        seed=args.seed,
        check=CheckOptions(max_leap=1),
        concurrency=concurrency,
    )


@contextmanager
def opened(spec: str, **settings: Any) -> Iterator[Policy]:
    """A policy, closed afterwards."""
    policy = open_policy(spec, **settings)
    try:
        yield policy
    finally:
        policy.close()


def run_once(policy: Policy, own: list[Problem], how: SolveOptions) -> tuple[list[Solution], float, float]:
    """The solutions, and the seconds of the whole run and of the verifier."""
    verifier = TimedVerifier(SymbolicVerifier(how.check, check_here))
    started = time.perf_counter()
    solutions = list(solve_all(own, policy, how, verifier=verifier))
    return solutions, time.perf_counter() - started, verifier.seconds


def written(solutions: list[Solution]) -> list[str]:
    return [solution.trace.raw if solution.trace is not None else "" for solution in solutions]


def batching(args: Namespace) -> list[dict[str, Any]]:
    """Problems at once: tokens a second, with where the time went; and whether what was written is the same."""
    found = []
    own = problems(args.data, args.problems)
    for invariant in (False, True):
        first: list[str] | None = None
        for concurrency in sorted({1, 7, args.problems}):
            with opened(args.policy, batch=max(32, args.problems * args.n), invariant=invariant) as policy:
                list(solve_all(own[:1], policy, options(args, 1, "greedy")))  # warm
            with opened(args.policy, batch=max(32, args.problems * args.n), invariant=invariant) as policy:
                timed = Timed(policy)
                solutions, seconds, verifying = run_once(timed, own, options(args, concurrency))
            texts = written(solutions)
            first = texts if first is None else first
            tokens = sum(solution.usage.generated_tokens for solution in solutions)
            found.append(
                {
                    "invariant": invariant,
                    "at_once": concurrency,
                    "tokens": tokens,
                    "seconds": seconds,
                    "tokens_per_second": tokens / seconds,
                    "policy_seconds": timed.seconds,
                    "verifier_seconds": verifying,
                    "overhead": (seconds - timed.seconds - verifying) / seconds,
                    "same_as_one_by_one": sum(a == b for a, b in zip(texts, first, strict=True)) / len(texts),
                }
            )
    return found


def shortest(spans: dict[str, list[float]], places: int) -> float:
    """Seconds that a run takes in which nobody waits for another's reply."""
    free = [0.0] * places
    for each in spans.values():
        heapq.heappush(free, heapq.heappop(free) + sum(each))
    return max(free)


def latency(args: Namespace) -> list[dict[str, Any]]:
    """The same problems over a server with slow replies, continuously and in lock-step."""
    sys.path.insert(0, str(ROOT / "tests" / "policies"))  # the server stands with the tests
    from stub_server import Behaviour, serving

    found = []
    own = problems(args.data, args.problems)
    for lock_step in (False, True):
        behaviour = Behaviour(fault_of=lambda number: f"slow:{args.slow if number % 20 == 7 else args.slow / 10}")
        with serving(behaviour) as server, opened(f"openai:{server.target}", concurrency=args.places) as policy:
            timed = Timed(policy, lock_step)
            how = options(args, args.places, "sample")
            solutions, seconds, verifying = run_once(timed, own, how)
        calls = sum(len(each) for each in timed.spans.values())
        found.append(
            {
                "lock_step": lock_step,
                "calls": calls,
                "seconds": seconds - verifying,
                "calls_per_second": calls / (seconds - verifying),
                "without_waiting": shortest(timed.spans, args.places),
                "solved": sum(solution.error is None for solution in solutions),
            }
        )
    return found


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--policy", default="embedded")
    made.add_argument("--strategy", default="greedy")
    made.add_argument("--problems", type=int, default=64)
    made.add_argument("--n", type=int, default=4, help="draws a step, or chains, as the strategy has it")
    made.add_argument("--seed", type=int, default=0)
    made.add_argument("--slow", type=float, default=0.5, help="seconds of a slow reply; the others take a tenth")
    made.add_argument("--places", type=int, default=16, help="problems at once over the server")
    args = made.parse_args()
    started = time.perf_counter()
    batches, delays = batching(args), latency(args)
    alone = {each["invariant"]: each["tokens_per_second"] for each in batches if each["at_once"] == 1}
    rows = [
        (
            "invariant" if each["invariant"] else "normal",
            each["at_once"],
            each["tokens"],
            round(each["tokens_per_second"]),
            f"{each['tokens_per_second'] / alone[each['invariant']]:.2f}×",
            f"{each['policy_seconds'] / each['seconds']:.1%}",
            f"{each['verifier_seconds'] / each['seconds']:.1%}",
            f"{each['overhead']:.1%}",
            f"{each['same_as_one_by_one']:.1%}",
        )
        for each in batches
    ]
    columns = ("mode", "at once", "tokens", "tokens/s", "ratio", "policy", "verifier", "the rest", "same text")
    slow = [
        (
            "lock-step" if each["lock_step"] else "continuous",
            each["calls"],
            f"{each['seconds']:.2f}",
            f"{each['calls_per_second']:.1f}",
            f"{each['without_waiting'] / each['seconds']:.1%}",
        )
        for each in delays
    ]
    tables = [
        table(f"{args.problems} problems at once, {args.policy}, {args.strategy}", columns, rows),
        table(
            "One reply in 20 takes ten times as long",
            ("run", "calls", "seconds", "calls/s", "of the throughput without waiting"),
            slow,
        ),
    ]
    finish("controllers", {"batching": batches, "latency": delays}, tables, args.out, started)


if __name__ == "__main__":
    main()
