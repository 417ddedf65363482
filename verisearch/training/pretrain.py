"""Trains the embedded model from scratch on generated worlds: ``python -m verisearch.training.pretrain FOLDER``.

Every batch is drawn from the seed and the step's number, so an interrupted run resumes where it stopped. The chains
are learned; with them single look-ups, on which chains hang and which are a small part of what they say; and with less
weight the contexts, in which names recur. Where a word is to be found or copied, some heads are told where it stands:
left to itself, a small model takes tens of millions of tokens to find out. Worlds grow from one thing and one rule up
to full size, a little whenever the loss is low (a curriculum by competence). The matrices inside the layers are updated
by Muon, everything else by AdamW.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import torch
from torch.nn import functional
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from verisearch.training.checkpoint import State, load_checkpoint, save_checkpoint
from verisearch.training.loop import asked_to_stop
from verisearch.training.muon import Muon
from verisearch.training.packed import Batch, Guided, batch_of, forward
from verisearch.training.rows import CHAIN, CONTEXT, LOOK_UP, Row, row_of
from verisearch.training.tokenizer import train_tokenizer
from verisearch.training.worlds.generate import Size, draw_theory, prompt

__all__ = ["Recipe", "train"]


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
    # most of a head's dimensions turn so slowly that content is found alike at any distance
    rotary_base: float = 1e8
    embedding_scale: float = 0.5
    copied_logit: float = 12.0
    tokens: int = 9_000_000
    batch_tokens: int = 2400
    grow_below: float = 0.4
    grow_by: float = 0.004
    context_weight: float = 0.3
    context_tokens: int = 2_000_000
    look_up_weight: float = 0.5
    guide_weight: float = 0.3
    found_weight: float = 1.0
    questions: int = 4
    lines: int = 45
    muon_rate: float = 0.015
    adam_rate: float = 0.002
    warmup: int = 40
    decay: float = 0.7

    @property
    def guided(self) -> tuple[Guided, ...]:
        """Words as wholes, what is said of whom, in three layers; then, in two more, what is found and copied by it."""
        middle = self.layers // 2
        places = (False, True)
        return (
            *(Guided("start", middle - 3, 0, in_contexts=each) for each in places),
            *(Guided("joined", middle - 3, 1, in_contexts=each) for each in places),
            *(Guided("word", middle - 2, 0, in_contexts=each) for each in places),
            *(Guided("verb", middle - 2, 1, in_contexts=each) for each in places),
            *(Guided("subject", middle - 1, 0, in_contexts=each) for each in places),
            Guided("found", middle - 1, 1, in_contexts=True),
            Guided("tried", middle - 1, 2),
            *(
                Guided(pointer, layer, start, heads)
                for layer in (middle, middle + 1)
                for pointer, start, heads in (("found", 0, 2), ("copied", 2, 2), ("settled", 4, 1))
            ),
        )


def level_of(level: float, rng: Random) -> float:
    """How large the next world may be: half of them as large as allowed, the others anything below."""
    return level if rng.random() < 0.5 else level * rng.random()


def batch_at(recipe: Recipe, tokenizer: PreTrainedTokenizerFast, step: int, level: float) -> Batch:
    """The batch of one step."""
    rows: list[Row] = []
    rng = Random(f"{recipe.seed} {step}")
    while sum(row.tokens for row in rows) < recipe.batch_tokens:
        theory = draw_theory(rng, Size(level_of(level, rng)), recipe.questions, recipe.lines)
        rows.append(row_of(tokenizer, theory))
    return batch_of(rows)


def build_model(recipe: Recipe, tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    """A fresh model.

    Embeddings are large from the start, so that a word can still be told from others behind a few layers, and the last
    norm is small in return, so that the first logits are: a word that is copied is then said with confidence from the
    first steps on. With the usual small ones their scale has to grow first, and rare words wait for it longest.
    Attention starts as what it is to become: heads look for what is like themselves (queries are made as keys are) and
    pass it on as it is (what they put out is what they took in, turned back).
    """
    torch.manual_seed(recipe.seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=recipe.width,
        intermediate_size=recipe.inner,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads,
        num_key_value_heads=recipe.heads,
        max_position_embeddings=2048,
        rope_parameters={"rope_type": "default", "rope_theta": recipe.rotary_base},
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        attn_implementation="sdpa",
    )
    model = LlamaForCausalLM(config)
    torch.nn.init.normal_(model.model.embed_tokens.weight, std=recipe.embedding_scale)
    for layer in model.model.layers:
        attention = layer.self_attn
        for part in (attention.k_proj, attention.v_proj):
            torch.nn.init.orthogonal_(part.weight)
        attention.q_proj.weight.data.copy_(attention.k_proj.weight)
        attention.o_proj.weight.data.copy_(attention.v_proj.weight.T / 2)
    # the logit of a word whose embedding is all that the last layer holds
    model.model.norm.weight.data.fill_(recipe.copied_logit / (recipe.embedding_scale * recipe.width))
    return model


def begin_with(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, start: Path) -> None:
    """Give a model the weights of another one, whose tokenizer may differ."""
    other = LlamaForCausalLM.from_pretrained(start, dtype=torch.float32)
    spelled = PreTrainedTokenizerFast.from_pretrained(start)
    weights = other.state_dict()
    embeddings = other.get_input_embeddings().weight.detach()
    own = model.get_input_embeddings().weight.detach().clone()
    known = spelled.get_vocab()
    for name, token in tokenizer.get_vocab().items():
        said = [known[name]] if name in known else spelled.encode(tokenizer.decode([token]), add_special_tokens=False)
        own[token] = embeddings[said].mean(0)
    model.load_state_dict(weights | {"model.embed_tokens.weight": own, "lm_head.weight": own})


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


def losses_of(model: LlamaForCausalLM, recipe: Recipe, batch: Batch) -> dict[str, tuple[torch.Tensor, int]]:
    """Summed cross-entropies of chains, look-ups and contexts, and of where guided heads attend; and over how many
    tokens or places."""
    hidden, guides = forward(model, batch, recipe.guided)
    targets = batch.targets
    losses = {}
    for name, kind in (("chains", CHAIN), ("look_ups", LOOK_UP), ("contexts", CONTEXT)):
        where = batch.learned == kind
        logits = model.lm_head(hidden[where]).float()
        losses[name] = (functional.cross_entropy(logits, targets[where], reduction="sum"), int(where.sum()))
    for each, guide in zip(recipe.guided, guides, strict=True):
        losses[each.name] = guide
    return losses


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
            (prompt(theory.context, example.statement, theory.first), example.text) for example in theory.examples
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
    """One update, and the state after it; returns the mean losses."""
    scale = rate_at(recipe, state.step, state.tokens)
    for optimizer, rate in zip(optimizing, (recipe.muon_rate, recipe.adam_rate), strict=True):
        for group in optimizer.param_groups:
            group["lr"] = rate * scale
    batch = batch_at(recipe, tokenizer, state.step, state.level)
    means = {name: total / max(1, count) for name, (total, count) in losses_of(model, recipe, batch).items()}
    weights = {
        "chains": 1.0,
        "look_ups": recipe.look_up_weight,
        "contexts": context_weight_at(recipe, state.tokens),
    }
    for each in recipe.guided:
        finds = each.pointer == "found" and not each.in_contexts
        weights[each.name] = recipe.found_weight if finds else recipe.guide_weight
    torch.stack([weights[name] * mean for name, mean in means.items()]).sum().backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for optimizer in optimizing:
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    state.step += 1
    state.tokens += len(batch.ids)
    state.loss += (means["chains"].item() - state.loss) * max(0.02, 1 / state.step)
    if state.loss < recipe.grow_below:
        state.level = min(1.0, state.level + recipe.grow_by)
    return {name: mean.item() for name, mean in means.items()}


def train(
    folder: Path,
    recipe: Recipe,
    start: Path | None = None,
    check_every: float = 400.0,
    check_count: int = 64,
    check_tokens: int = 320,
) -> LlamaForCausalLM:
    """Run the recipe in ``folder``, going on from its checkpoint if there is one; writes ``log.jsonl`` as it goes, and
    every ``check_every`` seconds a checkpoint and how many of ``check_count`` fresh chains come out right. SIGTERM ends
    it with a checkpoint.

    ``start``: the folder of a model to begin with, instead of a fresh one; worlds have full size from the first step
    then. Its tokenizer may be another one: each token begins as the mean of those that say the same in it.
    """
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
    if start is not None and state.step == 0:
        begin_with(model, tokenizer, start)
        state.level = 1.0
        if (start / "training_log.jsonl").exists():
            shutil.copy(start / "training_log.jsonl", folder / "earlier_log.jsonl")
    model.train()
    stopped = asked_to_stop()
    checked = began = time.monotonic()
    before = state.tokens
    losses: list[dict[str, float]] = []
    with (folder / "log.jsonl").open("a") as log:
        while state.tokens < recipe.tokens:
            losses.append(take_step(recipe, tokenizer, model, optimizing, state))
            last = state.tokens >= recipe.tokens
            if stopped:
                save_checkpoint(folder, model, optimizing, state)
                break
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
    parser.add_argument("--start", type=Path, help="folder of a model to begin with, instead of a fresh one")
    for field in msgspec.structs.fields(Recipe):
        kind = float if isinstance(field.default, float) else int
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=kind, default=field.default)
    values = vars(parser.parse_args())
    folder, start = values.pop("folder"), values.pop("start")
    train(folder, Recipe(**values), start)


if __name__ == "__main__":
    main()
