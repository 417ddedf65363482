"""Trains the embedded model from scratch on generated worlds: ``python -m verisearch.training.pretrain FOLDER``.

Every batch is drawn from the seed and the step's number, so an interrupted run resumes where it stopped. A theory is
one row: its context, then several chains that each see the context and themselves only, so that the context is paid for
once. The chains are learned; with them single look-ups, on which chains hang and which are a small part of what they
say; and with less weight the contexts, in which names recur. Where a sentence is to be found, some heads of a middle
layer are told to attend to its number: left to itself, a small model takes tens of millions of tokens to find out that
it should. Worlds grow from one thing and one rule up to full size, a little whenever the loss is low (a curriculum by
competence). The matrices inside the layers are updated by Muon, everything else by AdamW.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
import torch
from torch.nn import functional
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

from verisearch.training.checkpoint import State, load_checkpoint, save_checkpoint
from verisearch.training.muon import Muon
from verisearch.training.tokenizer import train_tokenizer
from verisearch.training.worlds.generate import Example, Size, Theory, draw_theory, marked, prompt

__all__ = ["Recipe", "train"]

T = TypeVar("T")


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """What a run is made of. ``tokens`` counts positions fed forward, padding left out.

    Contexts weigh ``context_weight`` at first, when their recurring names teach copying, and over ``context_tokens``
    this fades to a tenth: what they say is random, and what can't be learned is noise.
    """

    seed: int = 1
    vocabulary: int = 2048
    tokenizer_theories: int = 8000
    width: int = 192
    layers: int = 6
    heads: int = 6
    inner: int = 512
    tokens: int = 13_000_000
    batch_tokens: int = 2048
    micro_tokens: int = 1400
    grow_below: float = 0.3
    grow_by: float = 0.004
    context_weight: float = 0.3
    context_tokens: int = 2_000_000
    look_up_weight: float = 0.5
    guide_weight: float = 1.0
    guided_layer: int = 3
    guided_heads: int = 2
    questions: int = 4
    lines: int = 60
    muon_rate: float = 0.015
    adam_rate: float = 0.002
    warmup: int = 100
    decay: float = 0.25


NOTHING, NOWHERE = -1, -2


class Row(msgspec.Struct):
    """A theory as token ids: its context (segment 0), its chains (segments 1, 2, ...), and its look-ups one behind the
    other (the last segment).

    ``found``: where the next token is to be a sentence's number, the position of the number behind that sentence; where
    it is to be "Nothing", `NOTHING`; elsewhere `NOWHERE`.
    """

    ids: list[int]
    segments: list[int]
    positions: list[int]
    learned: list[bool]
    looked_up: list[bool]
    found: list[int]


def row_of(tokenizer: PreTrainedTokenizerFast, theory: Theory, examples: Sequence[Example] | None = None) -> Row:
    """Tokens of a theory's context, of the chains about it (of some of its ``examples``; None: all), its look-ups."""
    start = tokenizer.bos_token_id
    shared = [start, *tokenizer("".join(f"{line}\n" for line in marked(theory.context, theory.first))).input_ids]
    row = Row(list(shared), [0] * len(shared), list(range(len(shared))), [False] * len(shared), [], [])
    number = 0
    for number, example in enumerate(theory.examples if examples is None else examples, 1):
        asked = tokenizer(prompt((), example.statement) + "\n").input_ids
        chain = [*tokenizer("".join(f"{line}\n" for line in example.chain)).input_ids, tokenizer.eos_token_id]
        row.ids += [*asked, *chain]
        row.segments += [number] * (len(asked) + len(chain))
        row.positions += range(len(shared), len(shared) + len(asked) + len(chain))
        # position i learns what comes next: the last token of the question learns the chain's first
        row.learned += [False] * (len(asked) - 1) + [True] * len(chain) + [False]
    row.looked_up = [False] * len(row.ids)
    for question, found in theory.lookups:
        asked = tokenizer(f"{question}\n").input_ids
        answer = tokenizer(f"{found}\n").input_ids
        row.ids += [*asked, *answer]
        row.looked_up += [False] * (len(asked) - 1) + [True] + [False] * len(answer)
    added = len(row.ids) - len(row.learned)
    row.segments += [number + 1] * added
    row.positions += range(len(shared), len(shared) + added)
    row.learned += [False] * added
    # the last of a number in the context is the one behind its sentence
    places = {token: place for place, token in enumerate(shared) if token in number_tokens(tokenizer)}
    places |= dict.fromkeys(tokenizer("Nothing").input_ids[:1], NOTHING)
    wanted = [one or two for one, two in zip(row.learned, row.looked_up, strict=True)]
    following = zip(wanted, [*row.ids[1:], start], strict=True)
    row.found = [places.get(token, NOWHERE) if is_wanted else NOWHERE for is_wanted, token in following]
    return row


@cache
def number_tokens(tokenizer: PreTrainedTokenizerFast) -> frozenset[int]:
    """The tokens that are sentence numbers."""
    return frozenset(tokenizer(f"({number})").input_ids[0] for number in range(1, 100))


class Batch(msgspec.Struct):
    """Padded rows as tensors: ids and positions (rows, length), mask (rows, 1, length, length); where a chain's next
    token is to be learned and which it is, and the same of look-ups and of contexts (``told``).
    ``found``: as `Row` has it."""

    ids: torch.Tensor
    positions: torch.Tensor
    mask: torch.Tensor
    learned: torch.Tensor
    targets: torch.Tensor
    looked_up: torch.Tensor
    look_up_targets: torch.Tensor
    found: torch.Tensor
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
    looked_up = padded([[int(flag) for flag in row.looked_up] for row in rows], 0).bool()
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
        looked_up=looked_up,
        look_up_targets=following[looked_up],
        found=padded([row.found for row in rows], NOWHERE),
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
    inside = [p for name, p in model.named_parameters() if p.ndim == 2 and ".layers." in name]
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


def context_weight_at(recipe: Recipe, tokens: int) -> float:
    """What the loss over contexts counts."""
    return recipe.context_weight * max(0.1, 1 - tokens / recipe.context_tokens)


def guide_loss(model: LlamaForCausalLM, hidden: torch.Tensor, layer: int, heads: int, batch: Batch) -> torch.Tensor:
    """Cross-entropy of where the first ``heads`` heads of a layer attend, against the number of the sentence that is to
    be found, or the first token if there is none; summed over the places where something is to be found, averaged over
    heads. ``hidden`` is what the layer is given, shape (rows, length, width)."""
    attention = model.model.layers[layer].self_attn
    size = attention.head_dim
    hidden = model.model.layers[layer].input_layernorm(hidden)
    queries, keys = (
        functional.linear(hidden, part.weight[: heads * size]).unflatten(-1, (heads, size)).transpose(1, 2)
        for part in (attention.q_proj, attention.k_proj)
    )
    queries, keys = apply_rotary_pos_emb(queries, keys, *model.model.rotary_emb(hidden, batch.positions))
    rows, places = (batch.found > NOWHERE).nonzero(as_tuple=True)
    scores = torch.einsum("phd,phld->phl", queries[rows, :, places], keys[rows]) * size**-0.5
    scores = scores.masked_fill(~batch.mask[rows, :, places], -torch.inf)
    targets = batch.found[rows, places].clamp(min=0)  # the first token is where heads attend that have nothing to do
    return functional.cross_entropy(scores.transpose(1, 2), targets[:, None].expand(-1, heads), reduction="sum") / heads


class Losses(NamedTuple, Generic[T]):
    """Of chains, look-ups, guided attention, and contexts: summed cross-entropies, or how many positions."""

    chains: T
    lookups: T
    guides: T
    contexts: T


def losses_of(model: LlamaForCausalLM, recipe: Recipe, batch: Batch) -> Losses[torch.Tensor]:
    """Summed cross-entropies over one batch."""
    out = model.model(
        input_ids=batch.ids,
        attention_mask=batch.mask,
        position_ids=batch.positions,
        use_cache=False,
        output_hidden_states=True,
    )

    def summed(where: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return functional.cross_entropy(model.lm_head(out.last_hidden_state[where]).float(), targets, reduction="sum")

    return Losses(
        summed(batch.learned, batch.targets),
        summed(batch.looked_up, batch.look_up_targets),
        guide_loss(model, out.hidden_states[recipe.guided_layer], recipe.guided_layer, recipe.guided_heads, batch),
        summed(batch.told, batch.told_targets),
    )


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


def take_step(
    recipe: Recipe,
    tokenizer: PreTrainedTokenizerFast,
    model: LlamaForCausalLM,
    optimizing: list[torch.optim.Optimizer],
    state: State,
) -> dict[str, float]:
    """One update, and the state after it; returns the mean losses of chains, look-ups and guided attention."""
    scale = rate_at(recipe, state.step, state.tokens)
    for optimizer, rate in zip(optimizing, (recipe.muon_rate, recipe.adam_rate), strict=True):
        for group in optimizer.param_groups:
            group["lr"] = rate * scale
    batches = batches_at(recipe, tokenizer, state.step, state.level)
    counts = Losses(
        sum(len(batch.targets) for batch in batches),
        sum(len(batch.look_up_targets) for batch in batches),
        sum(int((batch.found > NOWHERE).sum()) for batch in batches),
        sum(len(batch.told_targets) for batch in batches),
    )
    weights = (1.0, recipe.look_up_weight, recipe.guide_weight, context_weight_at(recipe, state.tokens))
    means = [0.0] * len(weights)
    for batch in batches:
        parts = [each / count for each, count in zip(losses_of(model, recipe, batch), counts, strict=True)]
        torch.stack([weight * part for weight, part in zip(weights, parts, strict=True)]).sum().backward()
        means = [mean + part.item() for mean, part in zip(means, parts, strict=True)]
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for optimizer in optimizing:
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    state.step += 1
    state.tokens += sum(batch.tokens for batch in batches)
    state.loss += (means[0] - state.loss) * max(0.02, 1 / state.step)
    if state.loss < recipe.grow_below:
        state.level = min(1.0, state.level + recipe.grow_by)
    return dict(zip(("loss", "look_up_loss", "guide_loss"), means, strict=False))


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
    state = load_checkpoint(folder, model, optimizing)
    model.train()
    checked = began = time.monotonic()
    before = state.tokens
    losses: list[dict[str, float]] = []
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
                **{name: round(sum(each[name] for each in losses) / len(losses), 4) for name in losses[0]},
                "tokens_per_second": round((state.tokens - before) / (time.monotonic() - began)),
            }
            if last or time.monotonic() - checked > check_every:
                entry |= exact_chains(model, tokenizer, recipe.seed, check_count, check_tokens)
                save_checkpoint(folder, model, optimizing, state)
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
