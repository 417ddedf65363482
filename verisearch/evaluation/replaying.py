"""Replays what was solved: the searches in a run's folder, or in a file of ``verisearch solve --json``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from verisearch import plugins
from verisearch.answers import final_answer
from verisearch.errors import InputError, RecordError
from verisearch.evaluation.record import Record
from verisearch.runtime.engine import Event
from verisearch.runtime.records import RECORDS, read_records, read_settings
from verisearch.runtime.replaying import rerun, verifier_in
from verisearch.runtime.solving import SolveOptions, SolveStatus
from verisearch.search.chains import Settings, kind_of
from verisearch.search.strategies import Make
from verisearch.trace import Problem

__all__ = ["Outcome", "Recorded", "Replayed", "read_searches", "replay"]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a search came to: the answer, before risk control; the chosen chain's text; whether the strategy gave no
    answer on purpose; or why nothing was written."""

    answer: str | None = None
    written: str | None = None
    abstained: bool = False
    error: str | None = None


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """A search as it was recorded. ``id`` names the arm too where a run compares several. ``missing``: why it can't be
    replayed, if there was none."""

    id: str
    problem: Problem = Problem()
    options: SolveOptions = SolveOptions()
    events: list[Event] = []
    outcome: Outcome = Outcome()
    missing: str = ""


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a replay. ``same``: the generator asked, noted and chose as recorded. ``departure``: the first place
    where it didn't, in words. ``now`` is None where it asked for what the record doesn't hold."""

    id: str
    same: bool
    recorded: Outcome
    now: Outcome | None
    departure: str | None = None


class SolutionFile(msgspec.Struct, frozen=True, kw_only=True):
    """The part of ``verisearch solve --json`` that a replay needs."""

    problem: Problem
    options: dict[str, Any]
    events: list[Event]
    status: SolveStatus
    answer: str | None = None
    withheld: str | None = None
    risk: str = ""
    trace: dict[str, Any] | None = None
    error: str | None = None


def read_searches(path: Path) -> Iterator[Recorded]:
    """The searches in a run's folder (or its ``records.jsonl``), or the one in a file of ``verisearch solve --json``.

    Raises `InputError` if there is none of these, `RecordError` for a malformed record.
    """
    if path.is_dir() or path.name == RECORDS:
        return of_run(path if path.is_dir() else path.parent)
    return iter([of_file(path)])


def of_run(folder: Path) -> Iterator[Recorded]:
    settings = read_settings(folder)
    if not isinstance(settings, dict) or settings.get("mode") != "solve":
        raise InputError(f"{folder} holds no run that solves: give the folder of verisearch eval --mode solve (--out)")
    arms = {each["name"]: options_from(each["options"], str(folder)) for each in settings.get("arms") or ()}
    risky = settings.get("risk") is not None
    for record in read_records(folder / RECORDS, Record):
        name = f"{record.id} · {record.arm}" if len(arms) > 1 else record.id
        if record.events is None or record.problem is None or record.arm not in arms:
            why = record.error if record.error_kind not in (None, "PolicyError") else None
            yield Recorded(
                id=name,
                problem=Problem(id=record.id),
                missing=why or "it doesn't hold its problem: solve again with this version",
            )
            continue
        yield Recorded(
            id=name,
            problem=record.problem,
            options=arms[record.arm],
            events=record.events,
            outcome=Outcome(
                answer=record.predicted if record.withheld is None else record.withheld,
                written=record.written,
                abstained=abstained(record.status, risky, record.written),
                error=record.error,
            ),
        )


def of_file(path: Path) -> Recorded:
    try:
        found = msgspec.json.decode(path.read_bytes(), type=SolutionFile)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{path}: no file of verisearch solve --json, and no folder of a run ({error})") from error
    written = (found.trace or {}).get("raw")
    return Recorded(
        id=found.problem.id or path.name,
        problem=found.problem,
        options=options_from(found.options, str(path)),
        events=found.events,
        outcome=Outcome(
            answer=found.answer if found.withheld is None else found.withheld,
            written=written,
            abstained=abstained(found.status, bool(found.risk), written),
            error=found.error,
        ),
    )


def abstained(status: SolveStatus | None, risky: bool, written: str | None) -> bool:
    """Whether the strategy itself abstained: risk control withholds answers of chains that are written."""
    return status is SolveStatus.ABSTAINED and not (risky and written is not None)


def options_from(recorded: dict[str, Any], where: str) -> SolveOptions:
    """The options of a record, with the strategy's own settings. Raises `RecordError`, `UnknownNameError`."""
    try:
        options = msgspec.convert(recorded, SolveOptions)
        kind: type[Settings] = kind_of(plugins.load("strategies", options.strategy))
        return msgspec.structs.replace(options, settings=msgspec.convert(recorded.get("settings") or {}, kind))
    except (msgspec.ValidationError, InputError) as error:
        raise RecordError(f"{where}: its settings can't be used ({error}); solve again with this version") from error


def replay(recorded: Recorded) -> Replayed:
    """Run the strategy of ``recorded`` on its answers. Raises `RecordError` if its events can't be read."""
    options = recorded.options
    make: Make = plugins.load("strategies", options.strategy)
    settings = msgspec.structs.replace(
        options.settings, verifier=verifier_in(recorded.events) or options.settings.verifier
    )
    try:
        found = rerun(recorded.problem, make(settings), recorded.events, seed=options.seed, check=options.check)
    except RecordError as error:
        raise RecordError(f"{recorded.id}: {error}") from error
    if found.choice is None:
        return Replayed(id=recorded.id, same=False, recorded=recorded.outcome, now=None, departure=found.departure)
    choice, node = found.choice, found.choice.node
    now = Outcome(
        answer=final_answer(node.written, recorded.problem) if node is not None else None,
        written=node.written if node is not None else None,
        abstained=choice.abstained,
        error=None if node is not None or choice.abstained else choice.reason or "nothing was written",
    )
    departure = found.departure or (None if now == recorded.outcome else differs(recorded.outcome, now))
    return Replayed(id=recorded.id, same=departure is None, recorded=recorded.outcome, now=now, departure=departure)


def differs(then: Outcome, now: Outcome) -> str:
    """In what two outcomes differ."""
    names = [name for name in Outcome.__struct_fields__ if getattr(then, name) != getattr(now, name)]
    return "; ".join(f"{name}: recorded {getattr(then, name)!r}, now {getattr(now, name)!r}" for name in names)
