"""Pairs of chains as a file in TRL's preference format with explicit prompts, for trainers elsewhere.

Two types of it, as TRL's documentation names them: "conversational" has messages, which each model's chat template
writes in its own way; "standard" has plain text, here the very text that the policy reads.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import msgspec

from verisearch.errors import InputError
from verisearch.policies.local.manner import manner_of
from verisearch.training.cutting import Cutter
from verisearch.training.plans import check_rollouts, known_template, weights_of
from verisearch.training.rollouts import Rollouts
from verisearch.training.splits import parted
from verisearch.training.tuning.causal import Lessons
from verisearch.training.tuning.chains import paired
from verisearch.training.tuning.runs import DpoPlan

__all__ = ["Exported", "Format", "export_preferences"]

Format = Literal["conversational", "standard"]


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """How many pairs were written, of how many problems, in which format; ``left_out``: chains that were too long."""

    pairs: int
    problems: int
    format: Format
    left_out: int


def export_preferences(plan: DpoPlan, path: Path, format: Format | None = None) -> Exported:
    """Write the pairs that `verisearch.training.tuning.dpo.train_dpo` learns from by this plan, which names its
    rollouts, to ``path``: a JSON object a line with ``prompt``, ``chosen`` and ``rejected``. Theories that are held out
    are not in it. ``format``: by default "conversational", "standard" for a model that was taught no conversations.

    Raises `InputError` without rollouts, without pairs, or where a prompt can't be written as plain text.
    """
    if plan.rollouts is None:
        raise InputError("no rollouts: give chains that a run drew (--rollouts, its rollouts.jsonl)")
    check_rollouts(Path(plan.rollouts))
    if not path.parent.is_dir():
        raise InputError(f"{path}: there is no folder {path.parent}")
    weights, recipe = weights_of(plan.policy), plan.training
    cutter = Cutter(weights, known_template(plan))
    lessons = Lessons(cutter, weights, recipe.most_tokens)
    chats = manner_of(weights).chat and bool(getattr(cutter.tokenizer, "chat_template", None))
    kind: Format = format or ("conversational" if chats else "standard")
    learned, _ = parted(Path(plan.rollouts), recipe.held_out)
    problems = paired(learned, recipe.pairs_per_problem, recipe.seed, lessons.fits)
    if not problems:
        raise InputError(
            f"{plan.rollouts}: no problem has both a verified chain and one that fails: there are no pairs"
        )
    write_lines(
        path,
        (
            {
                "prompt": prompt,
                "chosen": completion(pair.chosen.written, kind),
                "rejected": completion(pair.rejected.written, kind),
            }
            for problem in problems
            for prompt in [prompt_of(problem.rollouts, cutter, kind)]
            for pair in problem.pairs
        ),
    )
    return Exported(
        pairs=sum(len(each.pairs) for each in problems),
        problems=len(problems),
        format=kind,
        left_out=len(lessons.long),
    )


def prompt_of(rollouts: Rollouts, cutter: Cutter, format: Format) -> Any:
    """What the policy was asked, as messages or as text that the tokenizer cuts into the ids that the policy reads.
    Raises `InputError` where no text is."""
    if format == "conversational":
        return msgspec.to_builtins(
            [{"role": each.role, "content": each.content} for each in cutter.template.messages(rollouts.problem)]
        )
    ids = cutter.prompt(rollouts)
    for wanted in (ids, ids[1:]):  # the second: the tokenizer puts the first token there by itself
        text = cutter.decode(wanted)
        if list(cutter.tokenizer(text)["input_ids"]) == ids:
            return text
    raise InputError(
        f"problem {rollouts.problem.id}: no plain text is read as the prompt's tokens; write conversations "
        "(--format conversational)"
    )


def completion(written: str, format: Format) -> Any:
    """A chain as TRL takes it, which adds the token that ends a reply."""
    return [{"role": "assistant", "content": written}] if format == "conversational" else written


def write_lines(path: Path, lines: Iterable[dict[str, Any]]) -> None:
    """Write a JSON object a line, so that the file is there as a whole or not at all."""
    draft = path.with_name(path.name + ".part")
    try:
        with draft.open("wb") as file:
            for line in lines:
                file.write(msgspec.json.encode(line) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
