"""What a step claims."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from verisearch.logic.formula import Formula, Implies, is_literal
from verisearch.logic.vocabulary import Signature
from verisearch.trace import Span

__all__ = ["Claim", "ClaimKind", "StepReading", "cite_at", "reaches_on"]

#: ``assertion``: holds. ``cited``: stands in the context. ``not-derivable``: neither it nor (``whether``) its
#: complement follows. ``not-stated``: likewise, stands in the context. ``answer``: the final answer is ``answer``.
ClaimKind = Literal["assertion", "cited", "not-derivable", "not-stated", "answer", "unread", "no-claim"]


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim of a step. ``span`` is its place in the step's text. ``unread`` and ``reason``: where and why reading
    stopped, for the kind ``unread``. ``cites``: numbers of the sentences or steps that it names as its source.
    ``modelled``: a language model made the formula, so that it may say something else than the words; ``others`` are
    its other formulas for the same words. ``unasked``: of the kind ``unread``, as the model gave no reply at all."""

    kind: ClaimKind
    span: Span
    formula: Formula | None = None
    whether: bool = False
    answer: str = ""
    unread: str = ""
    reason: str = ""
    cites: tuple[str, ...] = ()
    modelled: bool = False
    others: tuple[Formula, ...] = ()
    unasked: bool = False


@dataclass(frozen=True, slots=True)
class StepReading:
    """All claims of a step in the order in which they are to be checked, and the signatures of their symbols.
    ``replies``: an answer in it may reply to another question than the problem's."""

    claims: tuple[Claim, ...]
    signatures: tuple[Signature, ...] = ()
    replies: bool = False


def cite_at(claims: list[Claim], place: int) -> list[Claim]:
    """``claims``, with the ones at the text position ``place`` cited: those that begin last at or before it."""
    spans = [claim.span for claim in claims]
    if not spans:
        return claims
    span = max((span for span in spans if span[0] <= place), default=min(spans))
    return [replace(c, kind="cited") if c.span == span and c.kind == "assertion" else c for c in claims]


def reaches_on(claims: list[Claim], place: int) -> bool:
    """An "if … then" about named things ends before the text position ``place``, a bare assertion follows: "if Bob is
    kind, he is nice, and he is big" may or may not say that Bob is big."""
    before = [claim for claim in claims if claim.span[1] <= place]
    behind = [claim for claim in claims if claim.span[0] >= place]
    return (
        bool(before and behind)
        and isinstance(before[-1].formula, Implies)
        and behind[0].kind == "assertion"
        and behind[0].formula is not None
        and is_literal(behind[0].formula)
    )
