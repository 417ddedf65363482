"""Trains the embedded model from scratch on generated worlds: ``python -m verisearch.training.pretrain FOLDER``.

Every batch is drawn from the seed and the step's number, so an interrupted run resumes where it stopped. A theory is
one row: its context, then several chains that each see the context and themselves only, so that the context is paid for
once. The chains are learned, and with less weight the contexts, in which names recur. Worlds grow from one thing and
one rule up to full size, a little whenever the loss is low (a curriculum by competence). The matrices inside the layers
are updated by Muon, everything else by AdamW.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import torch
from torch.nn import functional
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from verisearch.training.muon import Muon
from verisearch.training.tokenizer import train_tokenizer
from verisearch.training.worlds.generate import Example, Size, Theory, draw_theory, numbered, prompt

__all__ = ["Recipe", "train"]


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """What a run is made of. ``tokens`` counts positions fed forward, padding left out."""

    seed: int = 1
    vocabulary: int = 2048
    tokenizer_theories: int = 8000
    width: int = 192
    layers: int = 6
    heads: int = 6
    inner: int = 512
    tokens: int = 25_000_000
    batch_tokens: int = 2048
    micro_tokens: int = 1400
    grow_below: float = 0.4
    grow_by: float = 0.004
    context_weight: float = 0.3
    questions: int = 4
    lines: int = 60
    muon_rate: float = 0.015
    adam_rate: float = 0.002
    warmup: int = 100
    decay: float = 0.25


class Row(msgspec.Struct):
    """A theory as token ids: its context (segment 0) and its chains (segments 1, 2, ...)."""

    ids: list[int]
    segments: list[int]
    positions: list[int]
    learned: list[bool]


class State(msgspec.Struct):
    """Where a run is: steps done, tokens fed, how large worlds are (in [0, 1]), and the chains' smoothed loss."""

    step: int = 0
    tokens: int = 0
    level: float = 0.0
    loss: float = 10.0


def row_of(tokenizer: PreTrainedTokenizerFast, theory: Theory, examples: Sequence[Example] | None = None) -> Row:
    """Tokens of a theory's context and of the chains about it (of some of its ``examples``; None: all)."""
    start = tokenizer.bos_token_id
    shared = [start, *tokenizer("".join(f"{line}\n" for line in numbered(theory.context, theory.first))).input_ids]
    row = Row(list(shared), [0] * len(shared), list(range(len(shared))), [False] * len(shared))
    for number, example in enumerate(theory.examples if examples is None else examples, 1):
        asked = tokenizer(prompt((), example.statement) + "\n").input_ids
        chain = [*tokenizer("".join(f"{line}\n" for line in example.chain)).input_ids, tokenizer.eos_token_id]
        row.ids += [*asked, *chain]
        row.segments += [number] * (len(asked) + len(chain))
        row.positions += range(len(shared), len(shared) + len(asked) + len(chain))
        # position i learns what comes next: the last token of the question learns the chain's first
        row.learned += [False] * (len(asked) - 1) + [True] * len(chain) + [False]
    return row


class Batch(msgspec.Struct):
    """Padded rows as tensors: ids and positions (rows, length), mask (rows, 1, length, length); where a chain's next
    token is to be learned and which it is, and the same of the contexts (``told``)."""

    ids: torch.Tensor
    positions: torch.Tensor
    mask: torch.Tensor
    learned: torch.Tensor
    targets: torch.Tensor
    told: torch.Tensor
    told_targets: torch.Tensor
    tokens: int


def batch_of(rows: list[Row]) -> Batch:
    """Rows padded to the longest."""
    length = max(len(row.ids) for row in rows)

    def padded(values: list[list[int]], filler: int) -> torch.Tensor:
        return torch.tensor([row + [filler] * (length - len(row)) for row in values])

    ids = padded([row.ids for row in rows], 0)
    segments = padded([row.segments for row in rows], -1)
    learned = padded([[int(flag) for flag in row.learned] for row in rows], 0).bool()
    earlier = torch.ones(length, length, dtype=torch.bool).tril()
    same = segments[:, :, None] == segments[:, None, :]
    mask = (same | (segments == 0)[:, None, :]) & earlier
    following = torch.roll(ids, -1, dims=1)
    told = (segments == 0) & (torch.roll(segments, -1, dims=1) == 0)
    return Batch(
        ids=ids,
        positions=padded([row.positions for row in rows], 0),
        mask=mask[:, None],
        learned=learned,
        targets=following[learned],
        told=told,
        told_targets=following[told],
        tokens=sum(len(row.ids) for row in rows),
    )


def level_of(level: float, rng: Random) -> float:
    """How large the next world may be: half of them as large as allowed, the others anything below."""
    return level if rng.random() < 0.5 else level * rng.random()


def batches_at(recipe: Recipe, tokenizer: PreTrainedTokenizerFast, step: int, level: float) -> list[Batch]:
    """The micro-batches of one step: rows of about equal length together."""
    rows: list[Row] = []
    total = 0
    rng = Random(f"{recipe.seed} {step}")
    while total < recipe.batch_tokens:
        size = Size(level_of(level, rng))
        theory = draw_theory(rng, size, recipe.questions, recipe.lines)
        rows.append(row_of(tokenizer, theory))
        total += len(rows[-1].ids)
    rows.sort(key=lambda row: len(row.ids))
    parts: list[list[Row]] = [[]]
    for row in rows:
        if parts[-1] and len(row.ids) * (len(parts[-1]) + 1) > recipe.micro_tokens:
            parts.append([])
        parts[-1].append(row)
    return [batch_of(part) for part in parts]


def build_model(recipe: Recipe, tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    """A fresh model."""
    torch.manual_seed(recipe.seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=recipe.width,
        intermediate_size=recipe.inner,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads,
        num_key_value_heads=recipe.heads,
        max_position_embeddings=2048,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        attn_implementation="sdpa",
    )
    return LlamaForCausalLM(config)


def optimizers(model: LlamaForCausalLM, recipe: Recipe) -> list[torch.optim.Optimizer]:
    """Muon for the matrices inside the layers, AdamW for embeddings and norms."""
    inside = [
        p for name, p in model.named_parameters() if p.ndim == 2 and "embed" not in name and "lm_head" not in name
    ]
    held = {id(p) for p in inside}
    rest = [p for p in model.parameters() if id(p) not in held]
    return [
        Muon(inside, lr=recipe.muon_rate, weight_decay=0.01),
        torch.optim.AdamW(rest, lr=recipe.adam_rate, betas=(0.9, 0.98), weight_decay=0.0),
    ]


def rate_at(recipe: Recipe, step: int, tokens: int) -> float:
    """Warm-up, then flat, then linearly down to nothing over the last ``decay`` of the tokens."""
    left = max(0.0, 1 - tokens / recipe.tokens)
    return min(1.0, (step + 1) / recipe.warmup, left / recipe.decay)


def loss_of(model: LlamaForCausalLM, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """Summed cross-entropy over the chains (as many positions as ``batch.targets``), and over the contexts."""
    hidden = model.model(
        input_ids=batch.ids, attention_mask=batch.mask, position_ids=batch.positions, use_cache=False
    ).last_hidden_state
    chains = functional.cross_entropy(model.lm_head(hidden[batch.learned]).float(), batch.targets, reduction="sum")
    told = model.lm_head(hidden[batch.told])
    return chains, functional.cross_entropy(told.float(), batch.told_targets, reduction="sum")


@torch.inference_mode()
def exact_chains(
    model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, seed: int, count: int, most: int = 320
) -> dict[str, float]:
    """Greedy chains of at most ``most`` tokens on fresh full-size worlds: share equal to the reference, and with the
    right answer."""
    model.eval()
    pairs: list[tuple[str, str]] = []
    while len(pairs) < count:
        theory = draw_theory(Random(f"held out {seed} {len(pairs)}"), Size(), 1)
        pairs += [
            (prompt(theory.context, e.statement), "".join(f"{line}\n" for line in e.chain)) for e in theory.examples
        ]
    tokenizer.padding_side = "left"
    asked = [tokenizer.bos_token + question + "\n" for question, _ in pairs]
    inputs = tokenizer(asked, return_tensors="pt", padding=True, add_special_tokens=False, return_token_type_ids=False)
    wrote = model.generate(**inputs, max_new_tokens=most, do_sample=False)
    texts = tokenizer.batch_decode(wrote[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
    model.train()
    right = [text == chain for text, (_, chain) in zip(texts, pairs, strict=True)]
    answered = [
        text.splitlines()[-1:] == chain.splitlines()[-1:] for text, (_, chain) in zip(texts, pairs, strict=True)
    ]
    return {"exact": sum(right) / len(pairs), "answer": sum(answered) / len(pairs)}


def save(folder: Path, model: LlamaForCausalLM, optimizing: list[torch.optim.Optimizer], state: State) -> None:
    """A checkpoint, replaced as a whole."""
    fresh = folder / "checkpoint.new"
    kept = {"model": model.state_dict(), "optimizers": [o.state_dict() for o in optimizing]}
    torch.save({**kept, "state": msgspec.to_builtins(state)}, fresh)
    fresh.replace(folder / "checkpoint.pt")


def load(folder: Path, model: LlamaForCausalLM, optimizing: list[torch.optim.Optimizer]) -> State:
    """What the checkpoint in ``folder`` holds, put back in its place; a fresh state if there is none."""
    if not (folder / "checkpoint.pt").exists():
        return State()
    kept = torch.load(folder / "checkpoint.pt", weights_only=True)
    model.load_state_dict(kept["model"])
    for optimizer, saved in zip(optimizing, kept["optimizers"], strict=True):
        optimizer.load_state_dict(saved)
    return msgspec.convert(kept["state"], State)


def take_step(
    recipe: Recipe,
    tokenizer: PreTrainedTokenizerFast,
    model: LlamaForCausalLM,
    optimizing: list[torch.optim.Optimizer],
    state: State,
) -> float:
    """One update, and the state after it; returns the chains' mean loss."""
    scale = rate_at(recipe, state.step, state.tokens)
    for optimizer, rate in zip(optimizing, (recipe.muon_rate, recipe.adam_rate), strict=True):
        for group in optimizer.param_groups:
            group["lr"] = rate * scale
    batches = batches_at(recipe, tokenizer, state.step, state.level)
    learned = sum(len(batch.targets) for batch in batches)
    told = sum(len(batch.told_targets) for batch in batches)
    total = 0.0
    for batch in batches:
        chains, contexts = loss_of(model, batch)
        (chains / learned + recipe.context_weight * contexts / told).backward()
        total += chains.item()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for optimizer in optimizing:
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    loss = total / learned
    state.step += 1
    state.tokens += sum(batch.tokens for batch in batches)
    state.loss += (loss - state.loss) * max(0.02, 1 / state.step)
    if state.loss < recipe.grow_below:
        state.level = min(1.0, state.level + recipe.grow_by)
    return loss


def train(
    folder: Path, recipe: Recipe, check_every: float = 240.0, check_count: int = 64, check_tokens: int = 320
) -> LlamaForCausalLM:
    """Run the recipe in ``folder``, going on from its checkpoint if there is one; writes ``log.jsonl`` as it goes, and
    every ``check_every`` seconds a checkpoint and how many of ``check_count`` fresh chains come out right."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / "tokenizer"
    if not kept.exists():
        made = train_tokenizer(recipe.seed, recipe.vocabulary, recipe.tokenizer_theories)
        made.save_pretrained(folder / "tokenizer.new")
        shutil.move(folder / "tokenizer.new", kept)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(kept)
    model = build_model(recipe, tokenizer)
    optimizing = optimizers(model, recipe)
    state = load(folder, model, optimizing)
    model.train()
    checked = began = time.monotonic()
    before = state.tokens
    losses: list[float] = []
    with (folder / "log.jsonl").open("a") as log:
        while state.tokens < recipe.tokens:
            losses.append(take_step(recipe, tokenizer, model, optimizing, state))
            last = state.tokens >= recipe.tokens
            if state.step % 50 and not last:
                continue
            entry: dict[str, Any] = {
                "step": state.step,
                "tokens": state.tokens,
                "level": round(state.level, 3),
                "loss": round(sum(losses) / len(losses), 4),
                "tokens_per_second": round((state.tokens - before) / (time.monotonic() - began)),
            }
            if last or time.monotonic() - checked > check_every:
                entry |= exact_chains(model, tokenizer, recipe.seed, check_count, check_tokens)
                save(folder, model, optimizing, state)
                checked = time.monotonic()
            print(json.dumps(entry), file=log, flush=True)
            print(json.dumps(entry), flush=True)
            began, before, losses = time.monotonic(), state.tokens, []
    return model


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where tokenizer, checkpoint and log go; resumed if they are there")
    for field in msgspec.structs.fields(Recipe):
        kind = float if isinstance(field.default, float) else int
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=kind, default=field.default)
    values = vars(parser.parse_args())
    folder = values.pop("folder")
    train(folder, Recipe(**values))


if __name__ == "__main__":
    main()
