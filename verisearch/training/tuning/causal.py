"""What both ways of tuning a language model stand on: its tokens, their log-probabilities, its folder.

Neither uses the trainers of TRL (1.16), although both have tests that their losses are those of TRL's on the same
tokens. `trl.DPOTrainer` takes text only and cuts it anew, and chains are not always cut as they were drawn (4 % of the
embedded model's are not); and both trainers keep their optimizer and random state as pickles, in a folder that is
written file by file, so that a kill in the middle of a checkpoint leaves one that can't be gone on from.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
import torch
from transformers import AutoConfig

from verisearch.errors import InputError, TrainingError
from verisearch.policies.local.loading import located, quiet
from verisearch.policies.local.manner import MANNER, manner_of
from verisearch.runtime.prompting import Template, template_names
from verisearch.runtime.records import write_whole
from verisearch.training.adapting import merged
from verisearch.training.cutting import Cutter
from verisearch.training.rollouts import Chain, Rollouts
from verisearch.training.trees import Leaf, TokenTree, tree_of

__all__ = ["Dtype", "Lessons", "chain_logprobs", "token_logprobs", "write_model"]

#: The file in which a folder keeps the prompt of a model that is asked by no template of ours.
PROMPT = "prompt.txt"


#: What weights can be written in.
Dtype = Literal["bfloat16", "float32"]


class Lessons:
    """Rollouts as a model reads them. ``cutter`` is the model's; a chain with more than ``most_tokens`` tokens, prompt
    included, or with more than the model's context holds, is not learned from; ``long`` names those that were met."""

    def __init__(self, cutter: Cutter, source: str, most_tokens: int) -> None:
        config = AutoConfig.from_pretrained(located(source), trust_remote_code=False).get_text_config()
        self.most = min(most_tokens, getattr(config, "max_position_embeddings", None) or most_tokens)
        self.cutter = cutter
        self.long: set[tuple[str, str]] = set()
        self.last: tuple[Rollouts | None, list[int]] = (None, [])

    def prompt(self, rollouts: Rollouts) -> list[int]:
        """What the policy was asked; of the problem that was asked about last it is known."""
        if self.last[0] is not rollouts:
            self.last = rollouts, self.cutter.prompt(rollouts)
        return self.last[1]

    def fits(self, rollouts: Rollouts, chain: Chain) -> bool:
        """Whether the chain is short enough, and has any token."""
        ids = self.ids(chain)
        fits = len(self.prompt(rollouts)) + len(ids) <= self.most
        if not fits:
            self.long.add((rollouts.problem.id, chain.written))
        return fits and bool(ids)

    def ids(self, chain: Chain) -> list[int]:
        """The chain's tokens, with the one that ends a reply."""
        return self.cutter.chain(chain)

    def tree(self, rollouts: Rollouts, chains: Sequence[Chain]) -> TokenTree:
        """The problem's prompt and these chains: what they share is read once, and nothing is padded."""
        found = [self.ids(chain) for chain in chains]
        return tree_of(self.prompt(rollouts), [Leaf(ids, True, len(ids)) for ids in found])


def token_logprobs(model: Any, tree: TokenTree) -> tuple[torch.Tensor, int]:
    """The natural-log probability of each token behind the prompt, shape (tokens - prompt,), and the prompt's length:
    entry k is of the tree's token ``prompt + k``. Nothing is computed of the prompt's own tokens."""
    prompt = int((tree.visits > 0).nonzero()[0]) + 1
    before, place = tree.parents[prompt:].unique(return_inverse=True)
    device = model.device
    logits = model(**tree.inputs(device), logits_to_keep=before.to(device)).logits[0]
    found = logits.float().log_softmax(-1)[place.to(device), tree.ids[prompt:].to(device)]
    return found.cpu(), prompt


def chain_logprobs(model: Any, tree: TokenTree) -> torch.Tensor:
    """The natural-log probability of each chain of a tree, given the prompt, shape (chains,)."""
    found, prompt = token_logprobs(model, tree)
    return torch.stack([found[torch.tensor(path) - prompt].sum() for path in tree.paths])


def write_model(model: Any, cutter: Cutter, source: str, out: Path, dtype: Dtype, told: dict[str, Any]) -> None:
    """Write a trained model, adapters worked in, as an ordinary folder: safetensors of ``dtype``, tokenizer, generation
    settings, and in `MANNER` how it is to be asked, by what ``source`` says and the prompt that it was taught with.
    ``told``: what is kept of the training.

    Raises `TrainingError` if that can't be written.
    """
    try:
        with quiet():
            merged(model).to(getattr(torch, dtype)).save_pretrained(out)
        cutter.tokenizer.save_pretrained(out)
        (out / "training.json").write_text(json.dumps(told, indent=2) + "\n")
        manner = msgspec.structs.replace(manner_of(source), prompt=kept_prompt(cutter.template, out))
        write_whole(out / MANNER, msgspec.json.encode(manner) + b"\n")
    except Exception as error:  # safetensors raises a type of its own where a disk is full
        raise TrainingError(
            f"{out}: the model can't be written ({error}; {shutil.disk_usage(out).free // 2**20} MiB are free); its "
            "checkpoint is there: make room and run the same command again"
        ) from error


def kept_prompt(template: Template, out: Path) -> str:
    """The name of a template; a user's own file is copied into the folder."""
    if template.name in template_names():
        return template.name
    try:
        text = Path(template.name).read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"prompt template {template.name}: can't be read any more ({error})") from error
    (out / PROMPT).write_text(text, encoding="utf-8")
    return PROMPT
