"""The solver as a verifier: every step of a chain is checked, and the score says how much of it holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

import msgspec

from verisearch.errors import InputError, VerisearchError
from verisearch.ingest.textformat import trace_from_text
from verisearch.protocols import Partial, Responder, Score
from verisearch.symbolic.options import CheckOptions
from verisearch.symbolic.recall import Known
from verisearch.trace import Trace
from verisearch.usage import Usage
from verisearch.verdict import ClaimVerdict, Status, TraceVerdict
from verisearch.verifiers.prefixes import Prefixes, waves
from verisearch.verifiers.surroundings import Check, Surroundings

__all__ = ["SymbolicVerifier", "check_here", "held_share", "open_symbolic", "standing"]

#: The most an unfinished chain can score that isn't verified.
UNVERIFIED_SHARE = 0.9

#: What a claim does to its chain: it holds, it fails, or neither can be said.
Standing: TypeAlias = Literal["holds", "fails", "open"]


def check_here(
    traces: Sequence[Trace],
    options: CheckOptions,
    known: Sequence[Known | None],
    model: Responder | None = None,
) -> Iterator[TraceVerdict | str]:
    """Check in this process, one after the other. ``model``: whom a formaliser asks that needs a language model."""
    from verisearch.symbolic.checker import verify_trace

    for trace, earlier in zip(traces, known, strict=True):
        try:
            yield verify_trace(trace, options, known=earlier, model=model)
        except VerisearchError as error:
            yield str(error)


def claims_of(verdict: TraceVerdict) -> list[ClaimVerdict]:
    """All claims of the steps, in order."""
    return [claim for step in verdict.steps for claim in step.claims if claim.status is not Status.NO_CLAIM]


def held(how: Sequence[Standing]) -> int:
    """How many claims stand before the first that doesn't hold."""
    return next((place for place, each in enumerate(how) if each != "holds"), len(how))


def held_share(how: Sequence[Standing]) -> float:
    """The share of claims before the first that doesn't hold, among all claims; 0 without any."""
    return held(how) / len(how) if how else 0.0


def ranked(verdict: TraceVerdict, how: Sequence[Standing]) -> float:
    """The value of a finished chain that isn't verified: first by its answer, then by how much of it holds."""
    if not how or verdict.context_inconsistent:
        return 0.0
    status = verdict.answer.claim.status if verdict.answer is not None else None
    fails = status in (Status.CONTRADICTED, Status.UNGROUNDED)
    fifths = 2 if status is Status.ENTAILED else 0 if fails else 1
    return (fifths + held_share(how)) / 5


def standing(claim: ClaimVerdict, max_leap: int | None) -> Standing:
    """What a claim does to its chain. An entailed one fails if it leaps too far: no later step can mend that."""
    if claim.status in (Status.CONTRADICTED, Status.UNGROUNDED):
        return "fails"
    if claim.status is not Status.ENTAILED:
        return "open"
    if max_leap is None or (claim.leap is not None and claim.leap <= max_leap):
        return "holds"
    return "open" if claim.leap is None else "fails"


class SymbolicVerifier:
    """Scores with the step checker (after VeriCoT, arXiv 2511.04662, section 3). ``check`` does the checking (default:
    in this process); the runtime gives one that works in guarded processes.

    A chain that is verified has value 1; no other comes above 0.9.

    An *unfinished* chain that isn't verified has:

    - 0.9 if every claim so far is entailed with a leap within the limit. A step that claims nothing (a question, a
      heading, a plan, from a closed list) leaves the value as it was, and a chain that has claimed nothing yet has 0.9:
      nothing in it has failed. So chains that begin with a question pass where 0.9 is asked for, as `latts` does by
      default, and what claims nothing to its end still is never verified;
    - less than 0.9 if a claim failed: it is contradicted, ungrounded, or leaps too far, which nothing later can mend.
      The value is 0.9 times the share of claims before the first that doesn't hold;
    - none, with the reason, if no claim failed but one could not be judged (untranslatable, undecided), in the newest
      step or before, or if no step is written yet. Strategies never take that for acceptance unless they are told to
      (``unscored``).

    A *finished* chain that isn't verified is ranked as it stands, first by its answer: 0.4 to 0.6 where that is proved,
    0.2 to 0.4 where it could not be judged or there is none, 0 to 0.2 where it is refuted or doesn't follow; inside
    these bounds by the share of claims before the first that doesn't hold; 0 without a claim or where the context
    contradicts itself. So a threshold above 0.6 takes verified chains only. With ``abstain`` a chain has no value
    instead where no claim failed but one could not be judged, which is what a gate (`verisearch.verifiers.combine`)
    waits for.

    With ``steps_only`` the answer is not looked at: answers are no claims then, and a finished chain has 1 if it makes
    a claim and all of its claims hold, else 0.9 times the share before the first that doesn't. Its verdict never counts
    as verified.

    A step is judged once for each chain that it ends: chains that go on from one scored earlier (or in the same call)
    take over its verdicts. Verdicts are kept for the latest 256 problems, 512 chains each.

    Raises what ``check`` raises. A chain that can't be checked has no value, and the reason.
    """

    #: There is no model behind it.
    parameters = 0

    def __init__(
        self,
        options: CheckOptions | None = None,
        check: Check = check_here,
        *,
        steps_only: bool = False,
        abstain: bool = False,
    ) -> None:
        options = options or CheckOptions(max_leap=1)
        self.options = msgspec.structs.replace(options, answer_check=False) if steps_only else options
        self.steps_only, self.abstain = steps_only, abstain
        words = [word for word, said in (("steps", steps_only), ("abstain", abstain)) if said]
        self.name = "symbolic" + (f":{'+'.join(words)}" if words else "")
        proved = "" if steps_only else ", the answer proved"
        ended = "likewise" if steps_only else "at most 0.6, 0.4, 0.2: the answer is proved, can't be judged, is refuted"
        self.meaning = (
            f"1 if the chain is verified: every claim entailed, no leap beyond the limit{proved}. Otherwise, before "
            "its end, 0.9 if nothing failed so far, else 0.9 times the share of claims before the first that doesn't "
            f"hold; at its end {ended}."
        )
        self._check = check
        self._prefixes = Prefixes(self.options)

    def score(self, partials: Sequence[Partial]) -> list[Score]:
        """One score for each chain; a chain that can't be checked has none."""
        scores: dict[int, Score] = {}
        for places in waves(partials):
            lot = [partials[place] for place in places]
            traces = [trace_from_text(partial.written, partial.problem) for partial in lot]
            known = [self._prefixes.of(partial) for partial in lot]
            for place, partial, found in zip(places, lot, self._check(traces, self.options, known), strict=True):
                if isinstance(found, TraceVerdict):
                    self._prefixes.keep(partial, found)
                scores[place] = self._score(partial, found)
        return [scores[place] for place in range(len(partials))]

    def _score(self, partial: Partial, found: TraceVerdict | str) -> Score:
        if isinstance(found, str):
            return Score(value=None, reason=found, usage=Usage(verifier_calls=1))
        value, reason = self._value(found, partial.finished)
        return Score(value=value, reason=reason, verdict=found, usage=found.usage)

    def _value(self, found: TraceVerdict, finished: bool) -> tuple[float | None, str]:
        """The value and what stands behind it."""
        if found.verified:
            return 1.0, "verified"
        claims = claims_of(found)
        how = [standing(claim, found.max_leap) for claim in claims]
        if finished and self.steps_only and claims and all(each == "holds" for each in how):
            return 1.0, "every claim holds"
        unsure = "open" in how and "fails" not in how
        if unsure and (self.abstain or not finished):
            first = claims[how.index("open")]
            return None, f"“{first.text}” is {first.status.value}: {first.reason or 'how far it leaps is not known'}"
        if finished:
            return UNVERIFIED_SHARE * held_share(how) if self.steps_only else ranked(found, how), found.status.value
        if not found.steps:
            return None, "no step is written yet"
        if "fails" not in how:
            return UNVERIFIED_SHARE, "nothing failed so far"
        first = claims[held(how)]
        return UNVERIFIED_SHARE * held_share(how), f"“{first.text}” is {first.status.value}"

    def forget(self) -> None:
        """Drop the verdicts: chains are judged anew."""
        self._prefixes.clear()

    def close(self) -> None:
        """Forget the verdicts; whoever gave ``check`` frees what stands behind it."""
        self._prefixes.clear()


def open_symbolic(target: str, around: Surroundings) -> SymbolicVerifier:
    """``symbolic``, ``symbolic:steps``, ``symbolic:abstain`` or both with a ``+``. Raises `InputError` for others."""
    words = [word.strip() for word in target.split("+")] if target else []
    if unknown := set(words) - {"steps", "abstain"}:
        raise InputError(f"verifier symbolic: {min(unknown)!r} is neither 'steps' nor 'abstain'")
    return SymbolicVerifier(
        around.options, around.check or check_here, steps_only="steps" in words, abstain="abstain" in words
    )
