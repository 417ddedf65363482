"""A tree of branches, as a search makes one: a long prefix, a beam, several levels, some new tokens an edge.

The same tree, token for token, is computed in three ways: over the trie; with `generate` in the plain way, each branch
anew from its full text at every level; and with a cache that is expanded to a row for each branch and reordered when
the beam changes. All take the best next token greedily from where an edge begins with a given first token, so all do
the same work and must agree.
"""

from __future__ import annotations

import os
import random
import time
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from common import finish, parser, table
from models import fresh_model

from verisearch.kv.runner import ModelRunner


@dataclass(frozen=True)
class Shape:
    """The tree: tokens of the prefix, branches kept, levels, tokens of an edge."""

    prefix: list[int]
    width: int
    levels: int
    edge: int

    def parents(self, level: int) -> list[int]:
        """The branch of the level before from which each branch goes on: half of them survive, on average twice."""
        if level == 0:
            return [0] * self.width
        rng = random.Random(level)
        kept = rng.sample(range(self.width), max(1, self.width // 2))
        return sorted(rng.choice(kept) for _ in range(self.width))

    def first(self, level: int, branch: int) -> int:
        """The token with which a branch's edge begins; siblings differ."""
        return 5 + (level * 131 + branch * 17) % 1000


Beam = list[list[int]]


def over_the_trie(runner: ModelRunner, shape: Shape) -> Beam:
    """The tree over our cache."""
    beam = [shape.prefix]
    for level in range(shape.levels):
        beam = [[*beam[parent], shape.first(level, branch)] for branch, parent in enumerate(shape.parents(level))]
        branches = [runner.open(ids, room=shape.edge) for ids in beam]
        for written in range(1, shape.edge):
            for ids, branch, best in zip(beam, branches, runner.logits(branches).argmax(-1).tolist(), strict=True):
                ids.append(best)
                if written < shape.edge - 1:
                    runner.push(branch, [best])
        for branch in branches:
            runner.close(branch)
    return beam


def plain_generate(model: Any, shape: Shape) -> Beam:
    """The tree with `generate`, nothing kept from level to level."""
    beam = [shape.prefix]
    for level in range(shape.levels):
        beam = [[*beam[parent], shape.first(level, branch)] for branch, parent in enumerate(shape.parents(level))]
        ids = torch.tensor(beam)
        beam = model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            max_new_tokens=shape.edge - 1,
            min_new_tokens=shape.edge - 1,
            eos_token_id=None,
            pad_token_id=0,
        ).tolist()
    return beam


@torch.inference_mode()
def expanded_cache(model: Any, shape: Shape) -> tuple[Beam, int]:
    """The tree with transformers' own cache, a row for each branch; and the bytes of that cache at the end."""
    out = model(torch.tensor([shape.prefix]), use_cache=True, logits_to_keep=1)
    cache, beam = out.past_key_values, [shape.prefix]
    for level in range(shape.levels):
        parents = shape.parents(level)
        beam = [[*beam[parent], shape.first(level, branch)] for branch, parent in enumerate(parents)]
        cache.reorder_cache(torch.tensor(parents))
        waiting = 1 if level == 0 else 2  # the last token of an edge is read with the first of the next
        for _ in range(1, shape.edge):
            ids = torch.tensor([row[-waiting:] for row in beam])
            waiting = 1
            best = model(ids, past_key_values=cache, use_cache=True, logits_to_keep=1).logits[:, -1].argmax(-1).tolist()
            for row, token in zip(beam, best, strict=True):
                row.append(token)
    held = sum(layer.keys.nbytes + layer.values.nbytes for layer in cache.layers)
    return beam, held


def timed(work: Callable[[], Any], runs: int) -> tuple[Any, float, float]:
    """What a piece of work gives, its seconds by the clock and of processor time; the best of several runs."""
    wall = busy = float("inf")
    result = None
    for _ in range(runs):
        started, used = time.perf_counter(), time.process_time()
        result = work()
        wall, busy = min(wall, time.perf_counter() - started), min(busy, time.process_time() - used)
    return result, wall, busy


def distinct(shape: Shape, model: Any) -> int:
    """How many different prefixes all branches of all levels have together, by plain computation."""
    prefixes = {tuple(shape.prefix[: end + 1]) for end in range(len(shape.prefix))}
    for levels in range(1, shape.levels + 1):
        for ids in plain_generate(model, Shape(shape.prefix, shape.width, levels, shape.edge)):
            prefixes |= {tuple(ids[: end + 1]) for end in range(len(shape.prefix), len(ids) - 1)}
        # the last token of an edge is only read where a later edge grows from it
    return len(prefixes)


def measure(arguments: Namespace) -> dict[str, Any]:
    """Times, bytes and counts of the three ways."""
    model, tokenizer, name = fresh_model(arguments.model)
    plain = fresh_model(arguments.model)[0]
    words = tokenizer(" ".join(f"{index} cats are big." for index in range(200)))["input_ids"]
    shape = Shape(words[: arguments.prefix], arguments.width, arguments.levels, arguments.edge)
    runner = ModelRunner(model)

    def fresh() -> Beam:
        runner.reset()
        return over_the_trie(runner, shape)

    warm = Shape(shape.prefix, 2, 1, 4)
    over_the_trie(runner, warm)
    plain_generate(plain, warm)
    before = runner.statistics.computed
    found, ours, our_cpu = timed(fresh, arguments.runs)
    figures = runner.statistics
    simple, generate, generate_cpu = timed(lambda: plain_generate(plain, shape), arguments.runs)
    (expanded, held), expand, expand_cpu = timed(lambda: expanded_cache(plain, shape), arguments.runs)
    agree = sum(left == right for left, right in zip(found, simple, strict=True))
    positions = figures.held
    return {
        "model": name,
        "shape": {"prefix": arguments.prefix, "width": shape.width, "levels": shape.levels, "edge": shape.edge},
        "wall_seconds": {"trie": ours, "generate": generate, "expanded": expand},
        "cpu_seconds": {"trie": our_cpu, "generate": generate_cpu, "expanded": expand_cpu},
        "agree_with_generate": agree,
        "expanded_agrees_with_generate": sum(a == b for a, b in zip(expanded, simple, strict=True)),
        "computed": (figures.computed - before) // arguments.runs,
        "inserted": positions,
        "distinct": distinct(shape, plain) if arguments.count else None,
        "distinct_kv_bytes": positions * runner.decoder.position_bytes,
        "peak_resident_kv_bytes": figures.peak_resident_bytes,
        "output_bytes": figures.output_bytes,
        "expanded_kv_bytes": held,
    }


def main() -> None:
    """Measure and print."""
    arguments_of = parser(__doc__)
    arguments_of.add_argument("--model", help="a model's folder (default: the embedded model, or a random one)")
    arguments_of.add_argument("--prefix", type=int, default=270)
    arguments_of.add_argument("--width", type=int, default=8)
    arguments_of.add_argument("--levels", type=int, default=8)
    arguments_of.add_argument("--edge", type=int, default=16)
    arguments_of.add_argument("--runs", type=int, default=2, help="how often each way is measured; the best counts")
    arguments_of.add_argument("--count", action="store_true", help="count the distinct positions by plain computation")
    arguments_of.add_argument("--threads", type=int, default=os.cpu_count())
    arguments = arguments_of.parse_args()
    torch.set_num_threads(arguments.threads)
    started = time.perf_counter()
    figures = measure(arguments)
    seconds, cpu = figures["wall_seconds"], figures["cpu_seconds"]
    names = {"trie": "over the trie", "generate": "generate, nothing shared", "expanded": "expanded cache"}
    bytes_of = {"trie": figures["peak_resident_kv_bytes"], "generate": None, "expanded": figures["expanded_kv_bytes"]}
    rows = [
        (names[way], seconds[way], seconds[way] / seconds["trie"], cpu[way] / cpu["trie"], bytes_of[way])
        for way in names
    ]
    shown = table(
        f"{figures['model']}, {figures['shape']}; positions: {figures['computed']} computed, "
        f"{figures['inserted']} held, "
        f"{figures['distinct'] or 'not counted'} distinct; {figures['distinct_kv_bytes']:,} bytes of keys and values; "
        f"{figures['agree_with_generate']} of {figures['shape']['width']} branches as with generate",
        ("way", "seconds", "times ours", "times ours (CPU)", "KV bytes"),
        rows,
    )
    finish("tree_workload", {**figures, "threads": arguments.threads}, [shown], arguments.out, started)


if __name__ == "__main__":
    main()
