"""Do texts depend on the batch size and on what the cache holds? The share that is identical, and what it costs.

The same requests with the same seeds are answered at several batch sizes, with a fresh cache, a warm one, and one so
small that it thrashes; once in batch-invariant mode, where all must be identical, once in normal mode, where floating
point makes no promise.
"""

from __future__ import annotations

import time
from argparse import Namespace
from typing import Any

import torch
from common import finish, parser, share, table
from models import fresh_model, prompts

from verisearch.policies import sample
from verisearch.policies.transformers import TransformersPolicy
from verisearch.protocols import Message, Prefix, Reply, Request, Sampling


def requests(tokenizer: Any, arguments: Namespace) -> list[Request]:
    """Prompts of their own, two draws each."""
    sampling = Sampling(temperature=1.0, max_tokens=arguments.tokens, stop=())
    return [
        Request(prefix=Prefix(messages=(Message("user", text),)), sampling=sampling, seeds=(2 * index, 2 * index + 1))
        for index, text in enumerate(prompts(tokenizer, arguments.requests, arguments.prompt, same=False))
    ]


def texts(policy: TransformersPolicy, asked: list[Request]) -> tuple[list[str], float]:
    """What is drawn, and the processor time it takes."""
    started = time.process_time()
    answers = sample(policy, asked)
    spent = time.process_time() - started
    assert all(isinstance(answer, Reply) for answer in answers)
    return [draw.text for answer in answers if isinstance(answer, Reply) for draw in answer.draws], spent


def measure(arguments: Namespace) -> list[dict[str, Any]]:
    """A row for each mode and setting, compared with the largest batch of its mode."""
    found = []
    for invariant in (True, False):
        expected: list[str] | None = None
        for batch, cache in [*((size, "fresh") for size in (64, 7, 1)), (64, "warm"), (7, "thrashing")]:
            model, tokenizer, name = fresh_model(arguments.model)
            asked = requests(tokenizer, arguments)
            settings = {"tokenizer": tokenizer, "batch": batch, "invariant": invariant}
            policy = TransformersPolicy(model, **settings)
            if cache == "warm":
                texts(policy, asked)
            elif cache == "thrashing":
                decoder = policy.runner.decoder
                most = arguments.prompt + arguments.tokens + 32
                model = fresh_model(arguments.model)[0]
                budget = most * (decoder.position_bytes + decoder.output_bytes)
                policy = TransformersPolicy(model, **settings, cache_bytes=budget)
            drawn, spent = texts(policy, asked)
            expected = expected or drawn
            found.append(
                {
                    "model": name,
                    "mode": "invariant" if invariant else "normal",
                    "batch": batch,
                    "cache": cache,
                    "texts": len(drawn),
                    "identical": sum(left == right for left, right in zip(drawn, expected, strict=True)),
                    "cpu_seconds": spent,
                    "evictions": policy.statistics.evictions,
                }
            )
    return found


def main() -> None:
    """Measure and print."""
    arguments_of = parser(__doc__)
    arguments_of.add_argument("--model", help="a model's folder (default: the embedded model, or a random one)")
    arguments_of.add_argument("--requests", type=int, default=64)
    arguments_of.add_argument("--prompt", type=int, default=60, help="tokens of a prompt")
    arguments_of.add_argument("--tokens", type=int, default=32, help="new tokens of a draw")
    arguments_of.add_argument("--threads", type=int, default=1)
    arguments = arguments_of.parse_args()
    torch.set_num_threads(arguments.threads)
    started = time.perf_counter()
    found = measure(arguments)
    rows = [
        (
            f"{row['mode']}, batch {row['batch']}, {row['cache']} cache",
            share(row["identical"], row["texts"]),
            row["texts"],
            row["cpu_seconds"],
            row["evictions"],
        )
        for row in found
    ]
    columns = ("setting", "identical", "of", "CPU seconds", "evictions")
    shown = table(f"{found[0]['model']}: texts as at batch 64", columns, rows)
    finish("determinism", {"rows": found, "threads": arguments.threads}, [shown], arguments.out, started)


if __name__ == "__main__":
    main()
