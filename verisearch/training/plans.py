"""What recipes have in common: where their problems and rollouts come from, and the files of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from verisearch import plugins
from verisearch.errors import InputError, RecordError, TrainingError
from verisearch.policies.local.manner import manner_of, refuse_reward
from verisearch.policies.opening import open_policy, split_spec
from verisearch.protocols import Item
from verisearch.runtime.checking import PoolCheck
from verisearch.runtime.pool import Pool
from verisearch.runtime.prompting import Template
from verisearch.runtime.records import (
    SETTINGS,
    check_same,
    check_unused,
    differences,
    read_settings,
    write_settings,
    write_whole,
)
from verisearch.runtime.solving import template_for
from verisearch.training.rollouts import Drawing, draw_rollouts, read_rollouts
from verisearch.verifiers.symbolic import check_here

__all__ = [
    "Plan",
    "Progress",
    "begin",
    "finish",
    "items_of",
    "known_template",
    "lasting",
    "obtain_rollouts",
    "silent",
    "weights_of",
]

#: Files of a run, beside the model's own.
ROLLOUTS, FIGURES, CARD = "rollouts.jsonl", "figures.json", "README.md"

#: Called with what is being done, how much of it is done, and of how much (None: not known).
Progress = Callable[[str, int, int | None], None]


def silent(what: str, done: int, total: int | None) -> None:
    """Shows no progress."""


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a recipe is to learn from, as a TOML file says it.

    ``data``: ``worlds:COUNT`` (problems that the project generates) or ``DATASET:FILE``; ``limit``: of that, at most so
    many problems. ``rollouts``: a file of rollouts that were drawn already (another run's), which is used instead.
    """

    policy: str = "embedded"
    data: str = "worlds:3000"
    limit: int | None = None
    prompt: str | None = None
    rollouts: str | None = None
    drawing: Drawing = Drawing()


def items_of(data: str, seed: int, limit: int | None = None) -> Iterator[Item]:
    """The problems that ``data`` names. Raises `InputError` for what is no data, `UnknownNameError` for a data set."""
    name, colon, rest = data.partition(":")
    if not colon or not rest:
        raise InputError(f"data {data!r}: give worlds:COUNT or DATASET:FILE, as proofwriter:train.jsonl")
    if name == "worlds":
        if not rest.isdecimal() or not int(rest):
            raise InputError(f"data {data!r}: {rest!r} is no number of problems")
        from verisearch.training.worlds.items import generated_items

        return islice(generated_items(int(rest), seed), limit)
    return islice(plugins.load("datasets", name)().load(rest), limit)


def weights_of(policy: str) -> str:
    """The folder or hub name of a policy's weights. Raises `InputError` for a policy that has none here."""
    name, target = split_spec(policy)
    found = getattr(plugins.load("policies", name), "weights", None)
    weights = found(target) if found is not None else ""
    if not weights:
        raise InputError(
            f"policy {policy!r}: training begins with the policy's own weights, and these aren't here: give embedded, "
            "smollm2 or the folder of a model"
        )
    refuse_reward(weights)
    return str(weights)


def lasting(policy: str) -> str:
    """A policy's name that says the same from any folder."""
    name, target = split_spec(policy)
    if target and Path(target).expanduser().exists():
        target = str(Path(target).expanduser().resolve())
    return f"{name}:{target}" if target else name


def begin(plan: msgspec.Struct, out: Path) -> None:
    """Make the folder of a run, or find the one that the same plan made; one that never came to anything may change its
    settings. Raises `RecordError` for another plan's, or for a folder that holds something else."""
    out.mkdir(parents=True, exist_ok=True)
    settings, known = msgspec.to_builtins(plan), read_settings(out)
    if known is None:
        check_unused(out)
        write_settings(out, settings)
    elif [each for each in out.iterdir() if each.name != SETTINGS and each.stat().st_size]:
        check_same(out, known, settings, differences)
    else:
        write_settings(out, settings)


def obtain_rollouts(plan: Plan, out: Path, pool: Pool | None, show: Progress) -> tuple[Path, Template]:
    """The file of a plan's rollouts, what it lacks drawn now, and the template they were asked with.

    Raises `InputError` if there is no such file.
    """
    if plan.rollouts is not None:
        check_rollouts(Path(plan.rollouts))
        return first_of(Path(plan.rollouts), plan.limit, out), known_template(plan)
    policy = open_policy(plan.policy)
    rollouts = out / ROLLOUTS
    try:
        template = template_for(policy, plan.prompt)
        check = check_here if pool is None else PoolCheck(pool)
        worlds = int(plan.data.partition(":")[2]) if plan.data.startswith("worlds:") else None
        total = min((each for each in (worlds, plan.limit) if each is not None), default=None)
        items = items_of(plan.data, plan.drawing.seed, plan.limit)
        draw_rollouts(
            items, policy, template, rollouts, plan.drawing, check=check, progress=lambda n: show("rollouts", n, total)
        )
    finally:
        policy.close()
    return rollouts, template


def check_rollouts(path: Path) -> None:
    """Raises `InputError` for what is no file of rollouts."""
    if not path.is_file():
        what = "this is a folder" if path.is_dir() else "there is no such file"
        raise InputError(f"rollouts {path}: {what}; give the {ROLLOUTS} that verisearch train wrote")
    try:
        found = next(read_rollouts(path), None)
    except RecordError as error:
        raise InputError(
            f"rollouts {path}: holds no rollouts; give the {ROLLOUTS} that verisearch train wrote"
        ) from error
    if found is None:
        raise InputError(f"rollouts {path}: there is no whole record in it")


def first_of(rollouts: Path, limit: int | None, out: Path) -> Path:
    """The file of rollouts, or with a limit a copy of so many in ``out``."""
    if limit is None:
        return rollouts
    with rollouts.open("rb") as lines:
        write_whole(out / ROLLOUTS, b"".join(islice(lines, limit)))
    return out / ROLLOUTS


def known_template(plan: Plan) -> Template:
    """The template that a plan's policy is asked with, found without opening the policy."""
    name, _ = split_spec(plan.policy)
    factory = plugins.load("policies", name)
    named = plan.prompt or getattr(factory, "prompt", None) or manner_of(weights_of(plan.policy)).prompt
    return template_for(factory, named)


def stopped(out: Path) -> TrainingError:
    """That training was asked to end before it was done."""
    return TrainingError(f"training was asked to end; the same command goes on from the checkpoint in {out}")


def finish(out: Path, figures: Any, card: str) -> None:
    """Write the figures and the model card of a run; weights may be read by whoever may read the card."""
    for weights in out.glob("*.safetensors"):
        weights.chmod(0o644)
    write_whole(out / FIGURES, msgspec.json.format(msgspec.json.encode(figures)) + b"\n")
    write_whole(out / CARD, card.encode())
