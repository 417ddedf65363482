"""What a piece of work cost."""

from __future__ import annotations

import msgspec

__all__ = ["Usage"]


class Usage(msgspec.Struct, frozen=True, omit_defaults=False):
    """Counts that add up; every result carries one and budgets are enforced on it.

    Tokens are the policy's, ``discarded_tokens`` being the part of ``generated_tokens`` on abandoned branches.
    ``formaliser_tokens`` are those of the language model that a formaliser asks (prompts and replies),
    ``formaliser_calls`` how often it was asked, ``recorded_calls`` how many of these were answered before, by a
    recording or in the same run; their tokens count as they did when the model was asked. ``solver_effort`` is in the
    solver's own deterministic unit (Z3: resource count).
    """

    prompt_tokens: int = 0
    cached_tokens: int = 0
    generated_tokens: int = 0
    discarded_tokens: int = 0
    verifier_calls: int = 0
    verifier_tokens: int = 0
    solver_calls: int = 0
    solver_effort: int = 0
    seconds: float = 0.0
    formaliser_calls: int = 0
    formaliser_tokens: int = 0
    recorded_calls: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(*(getattr(self, name) + getattr(other, name) for name in self.__struct_fields__))
