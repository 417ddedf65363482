"""Recorded scores as a verifier: what another verifier once said of the same chains, without it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from verisearch.errors import InputError, TraceError
from verisearch.policies.replay import ReplayPolicy
from verisearch.protocols import Message, Partial, Score
from verisearch.trace import Problem
from verisearch.usage import Usage
from verisearch.verifiers.surroundings import Surroundings

__all__ = ["ReplayVerifier", "SampleVerifier", "open_replay"]


class SearchLine(msgspec.Struct):
    """The part of a solve run's record, or of ``verisearch solve --json``, that holds scores."""

    events: list[dict[str, Any]] | None
    id: str | None = None
    problem: dict[str, Any] | None = None

    @property
    def name(self) -> str:
        """The problem's id."""
        return self.id if self.id is not None else str((self.problem or {}).get("id", ""))


class ReplayVerifier:
    """Scores chains as a recorded search scored them: by the problem's id and what is written, finished or not. Where
    the same text was scored several times the first counts. A chain that wasn't scored then has no value.

    ``file``: a run's folder or its ``records.jsonl``, or a file of ``verisearch solve --json``. Raises `TraceError`
    with file and line for what can't be read, and for a file without any score.
    """

    meaning = "what the recorded search's verifier said of the same chain"

    def __init__(self, file: Path) -> None:
        self.name = f"replay:{file.name}"
        path = file / "records.jsonl" if file.is_dir() else file
        self._scores: dict[tuple[str, str], Score] = {}
        for problem, written, score in scores_in(path):
            self._scores.setdefault((problem, written), score)
        if not self._scores:
            raise TraceError("holds no score", file=str(path))

    def score(self, partials: Sequence[Partial]) -> list[Score]:
        """One score for each."""
        unknown = Score(value=None, reason="the record has no score of this chain", usage=Usage(verifier_calls=1))
        return [self._scores.get((each.problem.id, each.written), unknown) for each in partials]

    def close(self) -> None:
        """Forget the scores."""
        self._scores.clear()


class SampleVerifier:
    """Scores whole chains as recorded samples were (`verisearch.policies.recordings`): the ``score`` of the first
    sample of the problem with exactly this text. Without one, and before its end, a chain has no value.

    A problem's recording is the one with its id, or else the one that its prompt belongs to (`ReplayPolicy`); without
    a prompt in ``around``, the question itself. ``own``: close ``recorded`` at the end.
    """

    meaning = "the score that the recorded sample came with"

    def __init__(self, recorded: ReplayPolicy, around: Surroundings, *, own: bool = True) -> None:
        self.name = recorded.name if own else "replay"
        self._recorded, self._messages, self._own = recorded, around.messages or as_question, own
        self._by_id = {each.problem_id: each for each in recorded.recordings}

    def score(self, partials: Sequence[Partial]) -> list[Score]:
        """One score for each."""
        return [self._one(each) for each in partials]

    def _one(self, partial: Partial) -> Score:
        recording = self._by_id.get(partial.problem.id)
        if recording is None:
            recording = self._recorded.recording_of(self._messages(partial.problem))
        sample = recording.sample(partial.written) if recording is not None else None
        value, reason = None, "recorded"
        if not partial.finished:
            reason = "scores were recorded for whole samples only"
        elif sample is None:
            reason = f"{self._recorded.name} holds no sample with this text"
        elif sample.score is None:
            reason = "the recording holds no score"
        else:
            value = sample.score
        return Score(value=value, reason=reason, usage=Usage(verifier_calls=1))

    def close(self) -> None:
        """Let go of the recordings, if they are its own."""
        if self._own:
            self._recorded.close()


def as_question(problem: Problem) -> tuple[Message, ...]:
    """What recorded samples are asked without a prompt."""
    return (Message("user", problem.question or problem.statement or ""),)


def scores_in(path: Path) -> Iterator[tuple[str, str, Score]]:
    """Every recorded score: the problem's id, what was written, the score. Raises `TraceError`."""
    for number, line in records_in(path):
        written: dict[tuple[int, ...], str] = {(): ""}
        try:
            for event in line.events or ():
                if "draw" in event:
                    place = tuple(event["draw"])
                    written[place] = written[place[:-1]] + event["text"]
                for each in event.get("nodes", ()) if "rate" in event else ():
                    value = each["value"]  # what is no finite number was recorded by its name
                    score = Score(
                        value=None if value is None else float(value),
                        reason=each["reason"],
                        usage=Usage(verifier_calls=1),
                    )
                    yield line.name, written[tuple(each["path"])], score
        except (KeyError, TypeError, ValueError) as error:
            raise TraceError(
                f"the events can't be read ({type(error).__name__}: {error})", file=str(path), line=number
            ) from error


def records_in(path: Path) -> Iterator[tuple[int, SearchLine]]:
    """The searches in a file, by line, without a torn last one; a single object may stretch over all lines. Raises
    `TraceError`."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            found = decoded(line)
            if found is None and number == 1 and (found := decoded(path.read_bytes())) is not None:
                yield 1, found
                return
            if found is None and not line.endswith(b"\n"):
                return
            if found is None:
                raise TraceError("is no record of a search", file=str(path), line=number)
            yield number, found


def decoded(data: bytes) -> SearchLine | None:
    try:
        return msgspec.json.decode(data, type=SearchLine)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def has_samples(path: Path) -> bool:
    """Whether a file's first line is one of recorded samples."""
    with path.open("rb") as file:
        try:
            first = msgspec.json.decode(file.readline())
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return False
    return isinstance(first, Mapping) and bool({"samples", "traces"} & first.keys())


def open_replay(target: str, around: Surroundings) -> ReplayVerifier | SampleVerifier:
    """``replay:FILE``: a run's folder or records, a file of ``verisearch solve --json``, or recorded samples with their
    scores; ``replay``: the samples that the policy replays. Raises `InputError` if there is no such file, or the policy
    replays nothing, `TraceError` if the file can't be read."""
    if not target:
        if not isinstance(around.policy, ReplayPolicy):
            raise InputError("verifier replay: the policy replays nothing; use --policy replay:FILE, or replay:FILE")
        return SampleVerifier(around.policy, around, own=False)
    path = Path(target)
    if not path.exists():
        raise InputError(f"verifier replay: {target!r} is no file; give replay:FILE with a record, or samples")
    if path.is_file() and has_samples(path):
        return SampleVerifier(ReplayPolicy(path), around)
    return ReplayVerifier(path)
