"""The loop that recipes share: steps in an order that the seed fixes, checkpoints, a log, and a stop at what isn't a
number."""

from __future__ import annotations

import json
import math
import shutil
import signal
import threading
import time
from collections.abc import Callable
from io import RawIOBase
from pathlib import Path

import torch

from verisearch.errors import TrainingError
from verisearch.training.checkpoint import NAME, State, load_checkpoint, save_checkpoint

__all__ = ["asked_to_stop", "optimise", "rate_share"]

LOG = "log.jsonl"
#: Steps between lines of the log.
LOGGED = 20


def rate_share(step: int, steps: int, warmup: float) -> float:
    """The share of the learning rate at a step: up in a line over the first ``warmup`` of the steps, then down to
    nothing along a cosine."""
    begin = max(1, round(warmup * steps))
    if step < begin:
        return (step + 1) / begin
    return 0.5 * (1 + math.cos(math.pi * (step - begin) / max(1, steps - begin)))


def asked_to_stop() -> list[int]:
    """A list that is no longer empty once the process has been asked to end; the step under way is finished first."""
    heard: list[int] = []
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    return heard


def optimise(
    folder: Path,
    model: torch.nn.Module,
    loss_at: Callable[[int], torch.Tensor],
    steps: int,
    *,
    rate: float,
    warmup: float = 0.05,
    weight_decay: float = 0.0,
    save_every: float = 60.0,
    progress: Callable[[int], None] | None = None,
) -> bool:
    """Train ``model`` by AdamW for ``steps`` steps; ``loss_at(step)`` is the loss of one. Whether it was finished.

    Goes on from the checkpoint in ``folder``, and leaves one there every ``save_every`` seconds and at the end; SIGTERM
    ends it with one. ``loss_at`` must depend on the step (and the weights) alone, so that an interrupted run comes to
    the same as an undisturbed one.

    Raises `TrainingError` where the loss is no number any more (the last checkpoint is left as it is), where a
    checkpoint can't be read, or can't be written: the disk may be full.
    """
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=rate, betas=(0.9, 0.98), weight_decay=weight_decay)
    try:
        state = load_checkpoint(folder, model, [optimizer])
    except Exception as error:  # safetensors raises a type of its own for a damaged file
        raise TrainingError(f"{folder / NAME}: can't be read ({error}); delete it to begin anew") from error
    before = signal.getsignal(signal.SIGTERM)
    heard = asked_to_stop()
    saved = time.monotonic()
    losses: list[float] = []
    model.train()
    try:
        with (folder / LOG).open("ab", buffering=0) as log:
            while state.step < steps:
                for group in optimizer.param_groups:
                    group["lr"] = rate * rate_share(state.step, steps, warmup)
                loss = loss_at(state.step)
                value = loss.item()
                if not math.isfinite(value):
                    raise not_a_number(f"the loss is {value}", state.step, steps, folder)
                loss.backward()
                norm = float(torch.nn.utils.clip_grad_norm_(trained, 1.0))
                if not math.isfinite(norm):
                    raise not_a_number(f"the gradient's norm is {norm}", state.step, steps, folder)
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
                state.step += 1
                losses.append(value)
                if progress is not None:
                    progress(state.step)
                if state.step % LOGGED == 0 or state.step == steps:
                    line = {"step": state.step, "loss": round(sum(losses) / len(losses), 5)}
                    note(log, line, folder)
                    losses = []
                if heard or state.step == steps or time.monotonic() - saved > save_every:
                    keep(folder, model, optimizer, state)
                    saved = time.monotonic()
                if heard:
                    return False
    finally:
        if signal.getsignal(signal.SIGTERM) is not before:
            signal.signal(signal.SIGTERM, before)
        model.eval()
    return True


def not_a_number(what: str, step: int, steps: int, folder: Path) -> TrainingError:
    """That training can't go on from here."""
    return TrainingError(
        f"{what} at step {step + 1} of {steps}: no step was taken, and the last checkpoint in {folder} is good; go on "
        "from it with a smaller rate"
    )


def note(log: RawIOBase, line: dict[str, float], folder: Path) -> None:
    """Add a line to the log. Raises `TrainingError` if that can't be done."""
    try:
        log.write(json.dumps(line).encode() + b"\n")
    except OSError as error:
        raise TrainingError(
            f"{folder / LOG}: can't be written ({error}); the last checkpoint is good: make room and run the same "
            "command again"
        ) from error


def keep(folder: Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer, state: State) -> None:
    """Write a checkpoint. Raises `TrainingError` if that can't be done; the one before is still there then."""
    try:
        save_checkpoint(folder, model, [optimizer], state)
    except Exception as error:  # safetensors raises a type of its own where a disk is full
        (folder / f"{NAME}.new").unlink(missing_ok=True)
        free = shutil.disk_usage(folder).free // 2**20
        raise TrainingError(
            f"{folder}: the checkpoint of step {state.step} can't be written ({error}; {free} MiB are free); the one "
            "before is still there: make room and run the same command again"
        ) from error
