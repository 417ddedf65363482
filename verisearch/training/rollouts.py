"""Rollouts: whole chains that a policy draws, every step judged by the solver. Training is told nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import msgspec

from verisearch.errors import InputError, RecordError
from verisearch.ingest.textformat import trace_from_text
from verisearch.policies.checks import check_sampling
from verisearch.policies.sampling import sample
from verisearch.policies.seeds import derive_seed
from verisearch.protocols import Draw, Failure, Item, Policy, Prefix, Reply, Request, Sampling
from verisearch.runtime.prompting import Template
from verisearch.runtime.records import JsonLines, read_records
from verisearch.symbolic.options import CheckOptions
from verisearch.trace import Problem
from verisearch.verdict import Status, TraceVerdict
from verisearch.verifiers.surroundings import Check
from verisearch.verifiers.symbolic import Standing, check_here, standing

__all__ = ["Chain", "Drawing", "Rollouts", "draw_rollouts", "read_rollouts"]

#: Problems whose chains are drawn together.
AT_ONCE = 16


class Drawing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How chains are drawn: ``samples`` of each problem, of at most ``max_tokens`` tokens each. ``entropy``: M and γ of
    a temperature that depends on a token's entropy, see `verisearch.protocols.Sampling`."""

    samples: int = 8
    temperature: float = 1.0
    max_tokens: int = 400
    entropy: tuple[float, float] | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.samples < 1:
            raise InputError(f"drawing.samples is {self.samples}: give 1 or more")
        try:
            check_sampling(Sampling(temperature=self.temperature, max_tokens=self.max_tokens, entropy=self.entropy))
        except InputError as error:
            raise InputError(f"drawing.{error}") from error


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """A chain that was drawn. ``ids`` are those of its tokens, None where the policy has none; ``finished``: the policy
    ended its reply. ``ends`` holds where each step ends in ``written``, ``steps`` what each does to the chain: it
    holds, it fails (contradicted, ungrounded, or a leap too far), it can't be judged; None where it claims nothing.
    ``verified``: by the step checker, and ``correct`` where a gold answer is known."""

    written: str
    finished: bool
    ids: tuple[int, ...] | None
    ends: tuple[int, ...]
    steps: tuple[Standing | None, ...]
    verified: bool
    correct: bool | None

    @property
    def good(self) -> bool:
        """Verified, and not at odds with the gold answer."""
        return self.verified and self.correct is not False

    @property
    def bad(self) -> bool:
        """Some step fails, or the answer is wrong. A chain with a step that can't be judged may be neither this nor
        good."""
        return self.first_failure is not None or self.correct is False

    @property
    def first_failure(self) -> int | None:
        """The first step that fails; None if none does."""
        return next((place for place, each in enumerate(self.steps) if each == "fails"), None)


class Rollouts(msgspec.Struct, frozen=True, kw_only=True):
    """All chains of a problem. ``group`` is the theory it belongs to, which no split cuts. ``lost``: chains that the
    policy failed at, or that could not be checked, with the first reason."""

    problem: Problem
    group: str
    depth: int | None
    chains: tuple[Chain, ...]
    lost: int = 0
    reason: str = ""


def read_rollouts(path: Path) -> Iterator[Rollouts]:
    """The rollouts in a file. Raises `RecordError` with file and line."""
    return read_records(path, Rollouts)


def draw_rollouts(
    items: Iterable[Item],
    policy: Policy,
    template: Template,
    path: Path,
    drawing: Drawing | None = None,
    *,
    check: Check = check_here,
    options: CheckOptions | None = None,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Draw chains of ``items`` and write them to ``path``, one `Rollouts` a line, in order; what the file holds already
    is not drawn again. A problem's draws depend on the seed and its id alone. ``progress`` is told how many are done.

    Raises `PolicyError` if the policy breaks down, `RecordError` if the file is of other problems.
    """
    drawing, options = drawing or Drawing(), options or CheckOptions(max_leap=1)
    lines: JsonLines[Rollouts] = JsonLines(path, Rollouts)
    try:
        left = iter(items)
        for known, item in zip(read_rollouts(path), left, strict=False):
            if known.problem.id != item.problem.id:
                raise RecordError(
                    f"{path}: holds rollouts of other problems ({known.problem.id!r} where {item.problem.id!r} should "
                    "be); draw into another file"
                )
        while lot := list(islice(left, AT_ONCE)):
            replies = sample(policy, [request(item.problem, template, drawing) for item in lot])
            for item, reply in zip(lot, replies, strict=True):
                lines.append(judged(item, reply, check, options))
            if progress is not None:
                progress(lines.count)
    finally:
        lines.close()


def request(problem: Problem, template: Template, drawing: Drawing) -> Request:
    """What the policy is asked: whole replies, each with a seed of its own."""
    return Request(
        prefix=Prefix(messages=template.messages(problem)),
        sampling=Sampling(
            temperature=drawing.temperature, max_tokens=drawing.max_tokens, stop=(), entropy=drawing.entropy
        ),
        seeds=tuple(derive_seed(drawing.seed, "rollout", problem.id, str(k)) for k in range(drawing.samples)),
    )


def judged(item: Item, reply: Reply | Failure, check: Check, options: CheckOptions) -> Rollouts:
    """The chains of a reply with their verdicts."""
    problem = item.problem
    draws: Sequence[Draw] = () if isinstance(reply, Failure) else reply.draws
    traces = [trace_from_text(draw.text, problem) for draw in draws]
    chains, reasons = [], [reply.message] if isinstance(reply, Failure) else []
    for draw, found in zip(draws, check(traces, options, [None] * len(traces)), strict=True):
        if isinstance(found, TraceVerdict):
            chains.append(chain_of(draw, found, problem.gold))
        else:
            reasons.append(found)
    return Rollouts(
        problem=problem,
        group=item.group or problem.id,
        depth=item.depth,
        chains=tuple(chains),
        lost=len(reasons),
        reason=reasons[0] if reasons else "",
    )


def chain_of(draw: Draw, verdict: TraceVerdict, gold: str | None) -> Chain:
    """A draw with what the checker says of it."""
    given = verdict.answer.given if verdict.answer is not None else None
    return Chain(
        written=draw.text,
        finished=draw.finish == "end",
        ids=draw.ids,
        ends=tuple(step.step.span[1] for step in verdict.steps),
        steps=tuple(
            worst([standing(claim, verdict.max_leap) for claim in step.claims if claim.status is not Status.NO_CLAIM])
            for step in verdict.steps
        ),
        verified=verdict.verified and draw.finish == "end",
        correct=None if gold is None else given == gold,
    )


def worst(found: Sequence[Standing]) -> Standing | None:
    """What a step does to its chain, from what its claims do."""
    order: tuple[Standing, ...] = ("fails", "open", "holds")
    return next((each for each in order if each in found), None)
