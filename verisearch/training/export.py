"""Turns a training run into the model that ships: ``python -m verisearch.training.export RUN FOLDER``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from transformers import GenerationConfig, PreTrainedTokenizerFast

from verisearch.training.checkpoint import load_weights
from verisearch.training.pretrain import Recipe, build_model

__all__ = ["export"]


def export(run: Path, folder: Path, recipe: Recipe) -> int:
    """Write weights (bfloat16 safetensors), configuration and tokenizer of a run's checkpoint into ``folder``; returns
    the number of parameters. The log begins with that of the model that the run began with."""
    tokenizer = PreTrainedTokenizerFast.from_pretrained(run / "tokenizer")
    model = build_model(recipe, tokenizer)
    state = load_weights(run, model)
    model.generation_config = GenerationConfig(
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id
    )
    folder.mkdir(parents=True, exist_ok=True)
    model.to(torch.bfloat16).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    log = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    # a run that was interrupted repeats the lines behind its last checkpoint
    curve = {entry["step"]: entry for entry in log if entry["step"] <= state.step}
    earlier = run / "earlier_log.jsonl"
    lines = [json.loads(line) for line in earlier.read_text().splitlines()] if earlier.exists() else []
    number = 1 + max((line.get("run", 1) for line in lines), default=0)
    lines += [{"run": number, **curve[step]} for step in sorted(curve)]
    (folder / "training_log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return sum(parameter.numel() for parameter in model.parameters())


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    print(f"{export(given.run, given.folder, Recipe()):,} parameters in {given.folder}")


if __name__ == "__main__":
    main()
