"""Throughput of policies as a search uses them: many requests at once, the same prompts again, a shared prefix.

Takes any policy that `open_policy` opens, so that transformers, vLLM and a server can be put side by
side on one model. vLLM lives in an environment of its own (``tests/policies/run_vllm.py`` makes it): run this there for
``vllm:…``, and start a server for ``openai:…``.

    python benchmarks/serving.py transformers:FOLDER
    python benchmarks/serving.py vllm:FOLDER --setting max_model_len=2048
    python benchmarks/serving.py openai:MODEL@http://127.0.0.1:8000/v1
"""

from __future__ import annotations

import json
import time
from argparse import ArgumentTypeError, Namespace
from dataclasses import asdict, dataclass
from typing import Any

from common import finish, parser, share, table

from verisearch.policies import open_policy, sample
from verisearch.protocols import Message, Policy, Prefix, Reply, Request, Sampling

#: Stands before every question, as a context does: what a prefix cache can save.
CONTEXT = " ".join(
    f"{name} is {quality}. If {name} is {quality} then {name} likes the {animal}."
    for name, quality, animal in (
        ("Anne", "kind", "cat"),
        ("Bob", "big", "dog"),
        ("Carol", "quiet", "mouse"),
        ("Dave", "young", "bear"),
        ("Erin", "green", "lion"),
        ("Fiona", "cold", "squirrel"),
    )
)


@dataclass
class Pace:
    """One measurement: draws at once, tokens, seconds, and how the prompts were come by."""

    policy: str
    batch: int
    seconds: float
    generated: int
    prompt: int
    cached: int
    failed: int

    @property
    def speed(self) -> float:
        """Tokens a second."""
        return self.generated / self.seconds


def requests(batch: int, tokens: int, turn: int) -> list[Request]:
    """One draw for each of ``batch`` questions on the context; another turn asks the same with other seeds."""
    sampling = Sampling(temperature=1.0, max_tokens=tokens, stop=())
    return [
        Request(
            prefix=Prefix(messages=(Message("user", f"{CONTEXT}\n\nQuestion {number}: who likes whom?"),)),
            sampling=sampling,
            seeds=(1000 * turn + number,),
        )
        for number in range(batch)
    ]


def measure(policy: Policy, batch: int, tokens: int, turn: int) -> Pace:
    """One batch, all at once."""
    asked = requests(batch, tokens, turn)
    started = time.perf_counter()
    answers = sample(policy, asked)
    seconds = time.perf_counter() - started
    return Pace(
        policy=policy.name,
        batch=batch,
        seconds=seconds,
        generated=sum(answer.usage.generated_tokens for answer in answers),
        prompt=sum(answer.usage.prompt_tokens for answer in answers),
        cached=sum(answer.usage.cached_tokens for answer in answers),
        failed=sum(not isinstance(answer, Reply) for answer in answers),
    )


def measured(spec: str, options: Namespace) -> tuple[float, list[Pace]]:
    """Seconds to open a policy, and its paces. The first batch warms up and isn't counted."""
    started = time.perf_counter()
    policy = open_policy(spec, **dict(options.setting))
    opened = time.perf_counter() - started
    try:
        measure(policy, 1, 4, 0)
        turns = range(1, options.runs + 1)
        return opened, [measure(policy, batch, options.tokens, turn) for batch in options.batches for turn in turns]
    finally:
        policy.close()


def setting(text: str) -> tuple[str, Any]:
    """``NAME=VALUE``; the value is JSON, or text."""
    name, equals, value = text.partition("=")
    if not equals:
        raise ArgumentTypeError(f"{text!r} should be NAME=VALUE")
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value


def main() -> None:
    made = parser(__doc__)
    made.add_argument("policies", nargs="+", metavar="POLICY", help="what open_policy takes")
    made.add_argument("--batches", type=int, nargs="+", default=[1, 16, 64], help="requests at once")
    made.add_argument("--tokens", type=int, default=64, help="tokens a draw")
    made.add_argument("--runs", type=int, default=2, help="runs of each batch; from the second on prompts are known")
    made.add_argument(
        "--setting", type=setting, action="append", default=[], metavar="NAME=VALUE", help="of the policy"
    )
    options = made.parse_args()
    started = time.perf_counter()
    opened: dict[str, float] = {}
    paces: list[Pace] = []
    for spec in options.policies:
        opened[spec], found = measured(spec, options)
        paces += found
    rows = [
        (pace.policy, pace.batch, round(pace.speed), pace.generated, share(pace.cached, pace.prompt), pace.failed)
        for pace in paces
    ]
    columns = ("policy", "at once", "tokens/s", "tokens", "prompt from cache", "failed")
    tables = [
        table(f"Draws of up to {options.tokens} tokens", columns, rows),
        table("Seconds to open", ("policy", "seconds"), opened.items()),
    ]
    figures = {"opened": opened, "paces": [{**asdict(pace), "speed": pace.speed} for pace in paces]}
    finish("serving", figures, tables, options.out, started)


if __name__ == "__main__":
    main()
