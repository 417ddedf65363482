"""The settings that all recipes have."""

from __future__ import annotations

from pathlib import Path

import msgspec

from verisearch.errors import InputError
from verisearch.runtime.records import write_whole

__all__ = ["Recipe", "TuningRecipe", "write_told"]


class Recipe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``epochs`` over the problems, at least 1, ``problems_a_step`` in one update, at least 1, by AdamW with a peak
    ``rate`` above 0. ``held_out``: the share of theories, in [0, 1), that are kept for measuring, the same ones in
    every recipe. ``seed``: of the order and of whatever is drawn. Raises `InputError` for a setting out of its
    range."""

    epochs: int = 2
    problems_a_step: int = 4
    rate: float = 5e-4
    weight_decay: float = 0.0
    held_out: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        self.check(
            ("epochs", self.epochs >= 1, "1 or more"),
            ("problems_a_step", self.problems_a_step >= 1, "1 or more"),
            ("rate", 0 < self.rate < float("inf"), "a number above 0"),
            ("weight_decay", 0 <= self.weight_decay < float("inf"), "a number from 0 up"),
            ("held_out", 0 <= self.held_out < 1, "a share in [0, 1)"),
        )

    def check(self, *rules: tuple[str, bool, str]) -> None:
        """Each rule: a setting's name, whether it is in its range, and the range in words. Raises `InputError`."""
        for name, fits, wanted in rules:
            if not fits:
                raise InputError(f"training.{name} is {getattr(self, name)!r}: give {wanted}")


class TuningRecipe(Recipe, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of recipes that change the policy's weights. ``lora``: the rank of adapters to train instead of all weights, 0
    for none; not given, models of more than 50 million parameters get 16."""

    lora: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check(("lora", self.lora is None or self.lora >= 0, "a rank, 0 for none"))


def write_told(out: Path, name: str, recipe: Recipe) -> None:
    """Write into a model's folder what it was trained by."""
    told = {"recipe": name, **msgspec.to_builtins(recipe)}
    write_whole(out / "training.json", msgspec.json.format(msgspec.json.encode(told)) + b"\n")
