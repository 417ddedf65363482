"""What all readings of rules have in common: a growing set of premises, and judgements over it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from verisearch.logic.formula import Formula
from verisearch.symbolic.session import Session
from verisearch.verdict import RefusedPremise, Status

__all__ = ["Entry", "EntrySource", "Inexpressible", "Judgement", "Theory", "grounded", "quick_xplain"]


#: Where a premise comes from.
EntrySource = Literal["context", "step", "question", "commonsense"]


class Inexpressible(Exception):
    """The formula can't be said under this reading; the message says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A premise: sentence number ``index`` of the context or the question, claim ``claim`` of step ``index``, or
    commonsense, counted as it was accepted."""

    number: int
    formula: Formula
    source: EntrySource
    index: int
    claim: int = 0


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a theory says of a formula.

    ``premises``: numbers of a minimal set of entries behind an entailment or a contradiction. ``leap``: rule
    applications upon another beyond what is stated. ``missing``: literals that would have been needed, by the rule
    ``nearest``. ``facts``: what else holds in the counter-model. ``follows``: it is ungrounded only as a citation, and
    would follow. ``refused``: what was named for it in vain.
    """

    status: Status
    premises: tuple[int, ...] = ()
    leap: int | None = None
    reason: str = ""
    vacuous: bool = False
    depends_on_failed: tuple[int, ...] = ()
    nearest: int | None = None
    missing: tuple[Formula, ...] = ()
    facts: tuple[tuple[Formula, bool], ...] = ()
    follows: bool = False
    refused: tuple[RefusedPremise, ...] = ()


class Theory(ABC):
    """Premises under one reading of rules. Context sentences come first, accepted claims follow.

    Judgements are made by a solver or confirmed by one; what it can't settle is `Status.UNDECIDED`.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.entries: list[Entry] = []
        self.failed: list[Entry] = []
        #: False where not every context sentence was read: nothing is then known *not* to follow.
        self.complete = True
        #: Theories that share a session number their premises apart.
        self.first_number = 0

    def add(self, formula: Formula, source: EntrySource, index: int, claim: int = 0) -> None:
        """Take a formula as a premise. Raises `Inexpressible`."""
        self.entries.append(self.prepare(Entry(self.next_number(), formula, source, index, claim)))

    def grant(self, formula: Formula, index: int) -> None:
        """Remember the claim of a failed step: no premise, but later claims may turn out to depend on it."""
        self.failed.append(self.prepare(Entry(self.next_number(), formula, "step", index)))

    def next_number(self) -> int:
        return self.first_number + len(self.entries) + len(self.failed)

    def prepare(self, entry: Entry) -> Entry:
        """Check that ``entry`` can be said under this reading. Raises `Inexpressible`."""
        return entry

    def entry(self, number: int) -> Entry:
        """The premise with that number."""
        return next(entry for entry in self.entries if entry.number == number)

    def preferred(self) -> list[Entry]:
        """Premises by preference: the nearest steps first, then context and question in order, commonsense last."""
        steps = [entry for entry in reversed(self.entries) if entry.source == "step"]
        given: tuple[EntrySource, ...] = ("context", "question", "commonsense")
        return steps + [entry for source in given for entry in self.entries if entry.source == source]

    def stating(self, formula: Formula) -> Entry | None:
        """The premise that says just this: a context sentence if there is one, else the nearest step."""
        found = [entry for entry in self.preferred() if self.states(entry, formula)]
        return next((entry for entry in found if entry.source == "context"), found[0] if found else None)

    def states(self, entry: Entry, formula: Formula) -> bool:
        """``entry`` says ``formula`` in as many words."""
        return entry.formula == formula

    @abstractmethod
    def consistent(self) -> tuple[bool | None, str]:
        """Whether the premises agree with each other (None: not settled), and what was found."""

    @abstractmethod
    def judge(self, formula: Formula) -> Judgement:
        """Does ``formula`` follow, does its complement, or neither? Raises `Inexpressible`, `SolverError`."""


def grounded(theory: Theory, found: Judgement) -> Judgement:
    """``found``, unless commonsense alone gives it, which says nothing of this case: what one step had a sentence
    accepted for must not make the next one pass."""
    if found.status not in (Status.ENTAILED, Status.CONTRADICTED) or not found.premises:
        return found
    if any(theory.entry(number).source != "commonsense" for number in found.premises):
        return found
    return Judgement(Status.UNGROUNDED, reason="commonsense alone gives it, and nothing that was said")


def quick_xplain(preferred: Sequence[int], sufficient: Callable[[Sequence[int]], bool]) -> list[int]:
    """The minimal subset that suffices and that is best by order of preference (Junker, QUICKXPLAIN, AAAI 2004).

    ``preferred``: numbers, most preferred first, that suffice together. ``sufficient`` must be monotone.
    """

    def explain(background: list[int], changed: bool, candidates: list[int]) -> list[int]:
        if changed and sufficient(background):
            return []
        if len(candidates) == 1:
            return candidates
        half = len(candidates) // 2
        first, second = candidates[:half], candidates[half:]
        from_second = explain(background + first, bool(first), second)
        from_first = explain(background + from_second, bool(from_second), first)
        return from_first + from_second

    if not preferred or sufficient([]):
        return []
    return explain([], False, list(preferred))
