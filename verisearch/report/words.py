"""Verdicts in words: the one place that names and explains what the terminal and the page both show."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from verisearch.report.labels import Labels
from verisearch.report.text import counted, enumerated, ranges
from verisearch.symbolic.formaliser import ARITHMETIC
from verisearch.usage import Usage
from verisearch.verdict import (
    AnswerVerdict,
    ClaimVerdict,
    Logic,
    Outcome,
    Premise,
    RefusedPremise,
    Status,
    TraceStatus,
    TraceVerdict,
    UnreadSentence,
    granted,
)

__all__ = [
    "KINDS",
    "LOGICS",
    "OUTCOMES",
    "STATUSES",
    "TRACE_STATUSES",
    "Labels",
    "StatusWords",
    "answer_sentence",
    "basis",
    "basis_head",
    "cost_facts",
    "facts",
    "grants",
    "headline",
    "leap_phrase",
    "modulo",
    "not_needed",
    "refusal",
    "refusals",
    "remarks",
    "unread_phrase",
    "verified_sentence",
    "why",
    "why_not_verified",
]


class StatusWords(NamedTuple):
    """How a status is shown: ``mark`` (``ascii`` where only ASCII can be written), its word and its meaning.

    ``one`` and ``many`` are the predicates for one step and for several.
    """

    mark: str
    ascii: str
    word: str
    meaning: str
    one: str
    many: str


STATUSES: dict[Status, StatusWords] = {
    Status.ENTAILED: StatusWords("✓", "+", "entailed", "follows from the premises named", "follows", "follow"),
    Status.CONTRADICTED: StatusWords(
        "✗", "x", "contradicted", "its opposite follows", "is contradicted", "are contradicted"
    ),
    Status.UNGROUNDED: StatusWords(
        "!", "!", "ungrounded", "neither it nor its opposite follows", "does not follow", "do not follow"
    ),
    Status.UNTRANSLATABLE: StatusWords(
        "~",
        "~",
        "untranslatable",
        "could not be read exactly, so it was not checked",
        "could not be read",
        "could not be read",
    ),
    Status.UNDECIDED: StatusWords(
        "?", "?", "undecided", "the solver gave no answer", "could not be decided", "could not be decided"
    ),
    Status.NO_CLAIM: StatusWords(
        "·", "-", "no claim", "claims nothing: a heading, a question, a plan", "claims nothing", "claim nothing"
    ),
}

TRACE_STATUSES: dict[TraceStatus, str] = {
    TraceStatus.VALID: "every claim follows",
    TraceStatus.INVALID: "a claim is contradicted or does not follow",
    TraceStatus.UNVERIFIED: "no claim is shown wrong, but not every claim is shown right",
}

LOGICS: dict[Logic, str] = {
    "rules": "rules: they fire forwards only, without contraposition or case analysis",
    "classical": "classical first-order logic",
    "closed-world": "closed world: rules fire forwards, and what cannot be derived is false",
}

#: What a claim does, where it doesn't simply assert.
KINDS: dict[str, str] = {
    "cited": "cites what was said before",
    "not-derivable": "says that something cannot be derived",
    "not-stated": "says that something is not stated",
}

OUTCOMES: dict[Outcome, str] = {
    Outcome.TRUE: "the statement follows from the context",
    Outcome.FALSE: "the opposite of the statement follows from the context",
    Outcome.UNKNOWN: "neither the statement nor its opposite follows from the context",
    Outcome.INCONSISTENT: "the context contradicts itself, so it proves nothing",
    Outcome.UNDECIDED: "not all of it could be read or decided",
}


# --- claims -----------------------------------------------------------------------------------------------------
def basis_head(claim: ClaimVerdict) -> str:
    """What the premises do to the claim; goes before their list."""
    if claim.status is not Status.CONTRADICTED:
        return "rests on"
    return "the opposite follows from" if claim.kind in ("assertion", "cited") else "shown wrong by"


def basis(claim: ClaimVerdict, labels: Labels) -> str:
    """What the claim rests on (``from context 3, step 2``), or what speaks against it; empty if nothing does."""
    if not claim.premises:
        return ""
    head = basis_head(claim) if claim.status is Status.CONTRADICTED else "from"
    return f"{head} {labels.premises(claim.premises)}"


def leap_phrase(leap: int | None) -> str:
    """``one rule``, ``3 rules at once``; empty if the leap is unknown."""
    if leap is None:
        return ""
    return {0: "said before", 1: "one rule"}.get(leap, f"{leap} rules at once")


def remarks(claim: ClaimVerdict, labels: Labels) -> list[str]:
    """What qualifies the claim's status, a phrase each."""
    found = [f"only if {labels.premise(each)} is granted: {each.text}" for each in claim.commonsense]
    if indirect := labels.indirect(claim):
        found.append(f"modulo {indirect}")
    if claim.status is Status.ENTAILED and claim.kind in ("assertion", "answer") and claim.reason:
        found.append(claim.reason)
    if claim.vacuous:
        found.append("vacuous: it holds only because its condition cannot be met")
    if claim.depends_on_failed and "would follow if" not in claim.reason:
        verb = "was" if len(set(claim.depends_on_failed)) == 1 else "were"
        found.append(f"would follow if {numbered(claim.depends_on_failed)} {verb} granted")
    if claim.unread:
        found.append(f"reading stopped at “{claim.unread}”")
    return found


def refusal(refused: RefusedPremise) -> str:
    """A premise that was named in vain, and why."""
    return f"{refused.source} “{refused.text}”: {refused.reason}"


def refusals(claim: ClaimVerdict) -> str:
    """How many premises were named for the claim in vain."""
    return f"{counted(len(claim.refused), 'premise')} named for it in vain" if claim.refused else ""


# --- the whole trace --------------------------------------------------------------------------------------------
def numbered(indices: Iterable[int]) -> str:
    """``step 3``, ``steps 4 and 6``, ``steps 1–5 and 9``, from indices that count from 0."""
    numbers = [index + 1 for index in indices]
    return f"{'step' if len(set(numbers)) == 1 else 'steps'} {enumerated(ranges(numbers))}"


def failures(verdict: TraceVerdict) -> list[str]:
    """``step 3 is contradicted``, ``steps 4 and 6 do not follow`` …, worst first."""
    phrases = []
    for status in (Status.CONTRADICTED, Status.UNGROUNDED, Status.UNTRANSLATABLE, Status.UNDECIDED):
        found = [step.step.index for step in verdict.steps if step.status is status]
        if found:
            words = STATUSES[status]
            phrases.append(f"{numbered(found)} {words.one if len(found) == 1 else words.many}")
    return phrases


def headline(verdict: TraceVerdict) -> str:
    """One sentence on the steps: how many of those that claim something follow."""
    claiming = [step for step in verdict.steps if step.status is not Status.NO_CLAIM]
    if not claiming:
        return "No step claims anything."
    follow, total = sum(step.status is Status.ENTAILED for step in claiming), len(claiming)
    if follow == total:
        return f"All {total} steps follow." if total > 1 else "The one step follows."
    if not follow:
        return "No step follows."
    return f"{follow} of {counted(total, 'step')} {'follows' if follow == 1 else 'follow'}."


def leaps_too_far(verdict: TraceVerdict) -> list[str]:
    """Phrases for the steps and the answer whose leap exceeds the limit."""
    limit = verdict.max_leap
    if limit is None:
        return []
    named = [(f"step {step.step.index + 1}", step.leap) for step in verdict.steps]
    if verdict.answer:
        named.append(("the answer", verdict.answer.claim.leap))
    return [f"{name} leaps over {leap} rules (limit {limit})" for name, leap in named if (leap or 0) > limit]


def leaps_unknown(verdict: TraceVerdict) -> list[str]:
    """Phrases for the steps and the answer that follow, nobody knows how far, where leaps are limited."""
    if verdict.max_leap is None:
        return []
    answer = verdict.answer.claim if verdict.answer else None
    found = [
        step.step.index
        for step in verdict.steps
        if any(c.kind != "answer" and c.status is Status.ENTAILED and c.leap is None for c in step.claims)
    ]
    phrases = [f"how far {numbered(found)} {'leaps' if len(found) == 1 else 'leap'} is not known"] if found else []
    if answer is not None and answer.status is Status.ENTAILED and answer.leap is None:
        phrases.append(f"the answer is not led up to ({answer.reason or 'how far it leaps is not known'})")
    return phrases


def why_not_verified(verdict: TraceVerdict) -> list[str]:
    """The reasons why the trace is not verified, a phrase each; empty if it is."""
    if verdict.verified:
        return []
    reasons: list[str] = []
    if verdict.context_inconsistent:
        reasons.append("the context contradicts itself, so it proves nothing")
    elif verdict.context_inconsistent is None:
        reasons.append("whether the context contradicts itself could not be decided")
    reasons += failures(verdict)
    if all(step.status is Status.NO_CLAIM for step in verdict.steps):
        reasons.append("no step claims anything")
    reasons += leaps_too_far(verdict) + leaps_unknown(verdict)
    if verdict.answer is None:
        reasons.append("no final answer is given")
    elif verdict.answer.claim.status is not Status.ENTAILED:
        reasons.append(f"the answer {STATUSES[verdict.answer.claim.status].one}")
    if not reasons and verdict.formaliser == ARITHMETIC:
        reasons.append("whether it computes what the question asks for was not checked")
    return reasons or ["the checker did not mark it as verified"]


def why(claim: ClaimVerdict) -> list[str]:
    """The reason and the counter-model in words; the reason is left out where a remark or the counter-model
    says it again."""
    model = claim.counter_model.text if claim.counter_model else ""
    repeated = claim.vacuous and claim.status is Status.ENTAILED
    reason = "" if repeated or (model and model.startswith(claim.reason)) else claim.reason
    return [text for text in (reason, model) if text]


def verified_sentence(verdict: TraceVerdict) -> str:
    """``Verified …`` or ``Not verified: …``, with the reason and what had to be granted."""
    if verdict.verified:
        limit = verdict.max_leap
        bound = "leaps of any length allowed" if limit is None else f"no leap above {counted(limit, 'rule')}"
        sentence = f"Verified: every claim and the answer follow ({bound})."
        if verdict.context_inconsistent is not False:
            sentence += " But the context may contradict itself."
    else:
        sentence = f"Not verified: {'; '.join(why_not_verified(verdict))}."
    granted = verdict.commonsense
    if granted:
        sentence += f" This grants {counted(len(granted), 'commonsense premise')}."
    return sentence


def modulo(verdict: TraceVerdict) -> str:
    """``modulo 2 premises of commonsense``: what the status of the whole is to be taken with; empty if nothing."""
    number = len(verdict.commonsense)
    return f"modulo {counted(number, 'premise')} of commonsense" if number else ""


def grants(verdict: TraceVerdict) -> list[tuple[Premise, str]]:
    """The premises of commonsense, each with the claims that rest on it: ``step 2; through it step 4, answer``."""
    labels, behind = Labels(verdict), granted(verdict)
    named = [
        (labels.claim(step.step.index, number), claim, behind.get((step.step.index, number), ()))
        for step in verdict.steps
        for number, claim in enumerate(step.claims)
    ]
    if verdict.answer:
        claim = verdict.answer.claim
        further = dict.fromkeys(each for premise in claim.premises for each in labels.behind(premise))
        named.append(("the answer", claim, tuple(further)))
    found = []
    for premise in verdict.commonsense:
        direct = [label for label, claim, _ in named if premise in claim.premises]
        indirect = [label for label, claim, all_ in named if premise in all_ and premise not in claim.premises]
        through = [f"through {'it' if len(direct) == 1 else 'these'} {enumerated(indirect)}"] if indirect else []
        found.append((premise, "; ".join([enumerated(direct), *through])))
    return found


def not_needed(verdict: TraceVerdict) -> str:
    """``context 2 and 5–7``: the sentences that no step needed; empty if there are none."""
    return f"context {enumerated(ranges([index + 1 for index in verdict.not_needed]))}" if verdict.not_needed else ""


def answer_sentence(answer: AnswerVerdict) -> str:
    """The answer given, whether it follows from the chain, and what the whole context says, if that is known."""
    follows = STATUSES[answer.claim.status].one
    if answer.proved is Outcome.UNDECIDED:
        return f"The answer {answer.given} {follows}."
    return f"The answer {answer.given} {follows}; the whole context says: {answer.proved.value}."


def unread_phrase(sentence: UnreadSentence) -> str:
    """Why a context sentence was not read: ``reading stopped at “who”: …``."""
    stop = f"reading stopped at “{sentence.words}”" if sentence.words else ""
    return ": ".join(part for part in (stop, sentence.reason) if part) or "not read"


def cost_facts(logic: Logic, formaliser: str, usage: Usage) -> list[tuple[str, str]]:
    """Name and value of the reading of rules, the formaliser and the cost of a result."""
    rows = [
        ("logic", LOGICS[logic] if formaliser != ARITHMETIC else "exact arithmetic; letters are real numbers"),
        ("formaliser", formaliser),
        ("solver calls", f"{usage.solver_calls:,}, effort {usage.solver_effort:,} in the solver's units"),
        ("time", f"{usage.seconds:.3g} s"),
    ]
    if usage.formaliser_calls:
        recorded = f", {usage.recorded_calls:,} of them answered before" if usage.recorded_calls else ""
        rows.append(("model calls", f"{usage.formaliser_calls:,}{recorded}, {usage.formaliser_tokens:,} tokens"))
    if usage.prompt_tokens or usage.generated_tokens:
        rows.append(("tokens", f"{usage.prompt_tokens:,} read, {usage.generated_tokens:,} written"))
    return rows


def longest_leap(verdict: TraceVerdict) -> str:
    """The longest leap over the steps, as far as it is known."""
    claims = [claim for step in verdict.steps for claim in step.claims if claim.kind != "answer"]
    longest = max((step.leap for step in verdict.steps if step.leap is not None), default=None)
    known = all(claim.leap is not None for claim in claims if claim.status is Status.ENTAILED)
    if not known:
        return "unknown" if longest is None else f"{leap_phrase(longest)} where it is known"
    return "unknown" if longest is None else leap_phrase(longest) if longest else "none, all was said before"


def facts(verdict: TraceVerdict) -> list[tuple[str, str]]:
    """Name and value of how a trace was checked and what that cost."""
    limit = "no limit" if verdict.max_leap is None else f"limit {verdict.max_leap}"
    solvers = dict.fromkeys(step.solver for step in verdict.steps if step.solver)
    longest = longest_leap(verdict)
    who = f"{verdict.formaliser} ({verdict.model})" if verdict.model else verdict.formaliser
    rows = cost_facts(verdict.logic, who, verdict.usage)
    if verdict.prompts:
        rows.append(("prompts", ", ".join(f"{task} {digest[:12]}" for task, digest in verdict.prompts.items())))
    rows[2:2] = [("solver", ", ".join(solvers) or "none used"), ("longest leap", f"{longest} ({limit})")]
    return rows
