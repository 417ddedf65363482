"""The model that a recipe begins with, and which of its weights are trained: all of a small one, or adapters of low
rank in a large one (LoRA, by peft)."""

from __future__ import annotations

import warnings
from typing import Any

import torch
from transformers import AutoModelForCausalLM

from verisearch.errors import InputError, MissingExtraError
from verisearch.policies.local.loading import located, quiet

__all__ = ["adapted", "body_of", "language_model", "merged"]

#: Parameters up to which all are trained, and the rank of adapters above unless a recipe has its own.
SMALL, RANK = 50_000_000, 16


def language_model(source: str) -> Any:
    """The language model in ``source`` (a folder or hub name), in 32 bits, on a GPU if there is one, and without
    dropout: a step's loss is to depend on the step alone."""
    with quiet():
        model: Any = AutoModelForCausalLM.from_pretrained(
            located(source), dtype=torch.float32, use_safetensors=True, trust_remote_code=False
        )
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
        if isinstance(getattr(module, "attention_dropout", None), float):
            module.attention_dropout = 0.0
    return model.to("cuda" if torch.cuda.is_available() else "cpu")


def adapted(model: Any, rank: int | None) -> Any:
    """The language model, of which only adapters of ``rank`` in its linear layers learn; or as it is, for rank 0. Where
    no rank is given a small model stays as it is, and a larger one gets `RANK`.

    Raises `InputError` for a negative rank, `MissingExtraError` without peft.
    """
    if rank is None:
        rank = RANK if sum(weight.numel() for weight in model.parameters()) > SMALL else 0
    if rank < 0:
        raise InputError(f"lora is {rank}: give the rank of the adapters, 0 to train all weights")
    if not rank:
        return model
    try:
        from peft import LoraConfig, get_peft_model
    except ModuleNotFoundError as error:
        raise MissingExtraError("training adapters needs peft: pip install 'verisearch[train]'") from error
    config = LoraConfig(
        r=rank,
        lora_alpha=2 * rank,
        lora_dropout=0.0,  # a step's loss is to depend on the step alone
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers in an older way
        return get_peft_model(model, config)


def merged(model: Any) -> Any:
    """The model with its adapters worked into its weights, so that it can be loaded like any other."""
    return model.merge_and_unload() if hasattr(model, "merge_and_unload") else model


def body_of(model: Any) -> Any:
    """The part of a model that comes before its outputs, whether there are adapters in it or not."""
    return (model.get_base_model() if hasattr(model, "get_base_model") else model).base_model
