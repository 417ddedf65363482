"""Checkpoints of a training run: one safetensors file with weights, optimizer states, and the run's state as JSON.

It replaces the one before as a whole, so that an interruption leaves the old or the new.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

__all__ = ["State", "load_checkpoint", "load_weights", "save_checkpoint", "steps_done"]

NAME = "checkpoint.safetensors"


class State(msgspec.Struct):
    """Where a run is: steps done, tokens fed, how large worlds are (in [0, 1]), and the chains' smoothed loss."""

    step: int = 0
    tokens: int = 0
    level: float = 0.0
    loss: float = 10.0


def save_checkpoint(
    run: Path, model: torch.nn.Module, optimizers: Sequence[torch.optim.Optimizer], state: State
) -> None:
    """Write the checkpoint of a run's folder. Settings of the optimizers are not in it: the recipe gives them."""
    tensors = {f"model.{name}": parameter.detach() for name, parameter in model.named_parameters()}
    for number, optimizer in enumerate(optimizers):
        for place, values in optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{number}.{place}.{key}": value for key, value in values.items()}
    fresh = run / f"{NAME}.new"
    save_file(tensors, fresh, metadata={"state": msgspec.json.encode(state).decode()})
    fresh.replace(run / NAME)


def load_weights(run: Path, model: torch.nn.Module) -> State:
    """Put a checkpoint's weights into a model of its shape. Raises `FileNotFoundError` if the run has none."""
    with safe_open(run / NAME, "pt") as kept, torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(kept.get_tensor(f"model.{name}"))
        return msgspec.json.decode(kept.metadata()["state"], type=State)


def steps_done(run: Path) -> int:
    """How many steps the checkpoint of a run has; none where there is none that can be read."""
    try:
        with safe_open(run / NAME, "pt") as kept:
            return msgspec.json.decode(kept.metadata()["state"], type=State).step
    except (OSError, SafetensorError, KeyError, TypeError, msgspec.MsgspecError):
        return 0


def load_checkpoint(run: Path, model: torch.nn.Module, optimizers: Sequence[torch.optim.Optimizer]) -> State:
    """Put back what a run's checkpoint holds, weights and optimizer states; a fresh state if there is none."""
    if not (run / NAME).exists():
        return State()
    state = load_weights(run, model)
    with safe_open(run / NAME, "pt") as kept:
        for number, optimizer in enumerate(optimizers):
            states: dict[int, dict[str, torch.Tensor]] = {}
            for name in kept.keys():  # noqa: SIM118 (not a dict: it can't be iterated)
                kind, *path = name.split(".")
                if kind == "optimizer" and int(path[0]) == number:
                    states.setdefault(int(path[1]), {})[path[2]] = kept.get_tensor(name)
            optimizer.load_state_dict({**optimizer.state_dict(), "state": states})
    return state
