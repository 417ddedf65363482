"""Decode throughput of a local model over the trie cache, by batch size, with and without a shared prompt.

Plain transformers `generate` on the same prompts, sampled the same way, stands beside it. ``--profile`` shows where
the time goes. Tokens are drawn to the full length: end tokens are disabled on both sides.
"""

from __future__ import annotations

import cProfile
import itertools
import os
import pstats
import time
from argparse import Namespace
from collections.abc import Iterable
from typing import Any

from common import finish, parser, table
from models import fresh_model, prompts

from verisearch.policies import sample
from verisearch.policies.transformers import TransformersPolicy
from verisearch.protocols import Message, Prefix, Reply, Request, Sampling

#: How often each is measured; the best counts.
RUNS = 2


def requests(texts: list[str], tokens: int, turn: int) -> list[Request]:
    """A request for each prompt; another turn draws other replies, which the cache can't hold yet."""
    sampling = Sampling(temperature=1.0, max_tokens=tokens, stop=())
    return [
        Request(prefix=Prefix(messages=(Message("user", text),)), sampling=sampling, seeds=(1000 * turn + index,))
        for index, text in enumerate(texts)
    ]


def ours(policy: TransformersPolicy, texts: list[str], tokens: int, turn: int) -> tuple[float, float]:
    """Seconds by the clock and of processor time for all draws; the prompts have been read before."""
    warm = sample(policy, requests(texts, 1, turn))
    started, busy = time.perf_counter(), time.process_time()
    answers = sample(policy, requests(texts, tokens, turn))
    seconds = time.perf_counter() - started, time.process_time() - busy
    assert all(isinstance(answer, Reply) for answer in warm + answers)
    generated = sum(answer.usage.generated_tokens for answer in answers)
    assert generated == tokens * len(texts), generated
    return seconds


def theirs(model: Any, tokenizer: Any, texts: list[str], tokens: int) -> tuple[float, float]:
    """The same of plain `generate`, less those that reading the prompts takes."""
    import torch

    tokenizer.padding_side = "left"
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    batch = tokenizer(texts, return_tensors="pt", padding=True)
    settings: dict[str, Any] = {"do_sample": True, "top_k": 0, "pad_token_id": 0, "eos_token_id": None}
    spent = []
    with torch.inference_mode():
        for count in (1, tokens):
            started, busy = time.perf_counter(), time.process_time()
            out = model.generate(**batch, **settings, max_new_tokens=count, min_new_tokens=count)
            spent.append((time.perf_counter() - started, time.process_time() - busy))
            assert out.shape[1] == batch["input_ids"].shape[1] + count
    return spent[1][0] - spent[0][0], spent[1][1] - spent[0][1]


def measure(arguments: Namespace) -> dict[str, Any]:
    """Tokens a second by batch size and kind of prompts."""
    model, tokenizer, name = fresh_model(arguments.model)
    plain = None if arguments.no_baseline else fresh_model(arguments.model)[0]
    policy = TransformersPolicy(model, tokenizer=tokenizer, batch=max(arguments.batches), invariant=arguments.invariant)
    policy._engine.ends = frozenset()  # every draw runs to its full length
    found = []
    turns = itertools.count()
    for batch in arguments.batches:
        for kind in ("one prompt", "own prompts"):
            texts = prompts(tokenizer, batch, arguments.prompt, same=kind == "one prompt")
            wall, busy = best(ours(policy, texts, arguments.tokens, next(turns)) for _ in range(RUNS))
            wall_of, busy_of = (
                best(theirs(plain, tokenizer, texts, arguments.tokens) for _ in range(RUNS)) if plain else (0.0, 0.0)
            )
            tokens = batch * arguments.tokens
            base = batch * (arguments.tokens - 1)
            found.append(
                {
                    "batch": batch,
                    "prompts": kind,
                    "tokens_a_second": tokens / wall,
                    "tokens_a_cpu_second": tokens / busy,
                    "generate_tokens_a_second": base / wall_of if plain else None,
                    "generate_tokens_a_cpu_second": base / busy_of if plain else None,
                }
            )
    if arguments.profile:
        profile(policy, prompts(tokenizer, max(arguments.batches), arguments.prompt, same=False), arguments.tokens)
    return {"model": name, "prompt_tokens": arguments.prompt, "new_tokens": arguments.tokens, "rows": found}


def best(runs: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """The least seconds of several runs, by each clock."""
    walls, busy = zip(*runs, strict=True)
    return min(walls), min(busy)


def profile(policy: TransformersPolicy, texts: list[str], tokens: int) -> None:
    """Print where the time goes at the largest batch."""
    profiler = cProfile.Profile()
    profiler.enable()
    ours(policy, texts, tokens, 10**6)
    profiler.disable()
    pstats.Stats(profiler).sort_stats("tottime").print_stats(32)


def main() -> None:
    """Measure and print."""
    arguments_of = parser(__doc__)
    arguments_of.add_argument("--model", help="a model's folder (default: the embedded model, or a random one)")
    arguments_of.add_argument("--batches", type=int, nargs="+", default=[1, 16, 64])
    arguments_of.add_argument("--prompt", type=int, default=200, help="tokens of a prompt")
    arguments_of.add_argument("--tokens", type=int, default=64, help="new tokens of a draw")
    arguments_of.add_argument("--threads", type=int, default=os.cpu_count())
    arguments_of.add_argument("--invariant", action="store_true", help="batch-invariant mode")
    arguments_of.add_argument("--no-baseline", action="store_true", help="leave plain transformers out")
    arguments_of.add_argument("--profile", action="store_true", help="show where the time goes")
    arguments = arguments_of.parse_args()
    import torch

    torch.set_num_threads(arguments.threads)
    started = time.perf_counter()
    figures = measure(arguments)
    rows = [
        (
            f"{row['batch']}, {row['prompts']}",
            *(row[f"{who}tokens_a_{clock}second"] for who in ("", "generate_") for clock in ("", "cpu_")),
        )
        for row in figures["rows"]
    ]
    shown = table(
        f"{figures['model']}, {arguments.threads} threads: tokens a second, by the clock and by processor time",
        ("batch", "over the trie", "(CPU)", "generate", "(CPU)"),
        rows,
    )
    finish("decode", {**figures, "threads": arguments.threads}, [shown], arguments.out, started)


if __name__ == "__main__":
    main()
