"""Recorded replies as a policy: search without a model, on what a model once wrote."""

from __future__ import annotations

import os
from collections import deque
from typing import Literal, get_args

from verisearch.errors import InputError, PolicyError
from verisearch.policies.checks import check_request
from verisearch.policies.recordings import Recording, Sample, read_recordings
from verisearch.policies.seeds import derive_seed
from verisearch.policies.stops import first_stop
from verisearch.protocols import Capability, Draw, Failure, Finish, Message, Reply, Request, Sampling
from verisearch.usage import Usage

__all__ = ["Pick", "ReplayPolicy"]

#: How seeds choose among the recordings that fit.
Pick = Literal["shuffle", "hash", "index"]


class ReplayPolicy:
    """A policy that continues with what was recorded (see `verisearch.policies.recordings` for the file).

    A request belongs to the recording with the same messages, or else to the one whose prompt stands in the last
    user message (the longest, if there are several), so that a prompt template doesn't matter. The draws continue
    samples that begin with what is written so far; without any, the request is refused. Temperature 0 always takes
    the first such sample; top-p and top-k mean nothing here. Tokens are the recorded number, spread evenly over the
    text. With ``pick`` the seeds choose:

    - ``"shuffle"``: the draws of one request are different samples, until all were drawn; the order depends on all
      of its seeds, so n at once differ from n one by one;
    - ``"hash"``: each seed for itself, so that two may choose the same sample (ability ``seed``);
    - ``"index"``: seed k takes sample k, counted from 0 and around (ability ``seed``).

    ``recordings`` and `sample_of` give the recorded scores. Raises `TraceError` for a malformed file and
    `InputError` for an unknown ``pick``.
    """

    def __init__(self, file: str | os.PathLike[str], *, pick: Pick = "shuffle") -> None:
        if not os.fspath(file):
            raise InputError("replay needs a file of recordings: replay:FILE")
        if pick not in get_args(Pick):
            raise InputError(f"pick: {pick!r} should be one of {', '.join(get_args(Pick))}")
        self.name = f"replay:{os.path.basename(file)}"
        self.pick: Pick = pick
        seeded: tuple[Capability, ...] = () if pick == "shuffle" else ("seed",)
        self.capabilities: frozenset[Capability] = frozenset(("continue", "n", *seeded))
        self.recordings: tuple[Recording, ...] = tuple(read_recordings(file))
        self.exact = {recording.messages: recording for recording in self.recordings}
        self.open: deque[tuple[int, Request]] = deque()
        self.cancelled: set[int] = set()
        self.tickets = 0
        self.closed = False

    def submit(self, request: Request) -> int:
        """Take a request; its ticket. Raises `InputError` for settings outside their ranges, `PolicyError` when
        closed."""
        if self.closed:
            raise PolicyError(f"policy {self.name} is closed")
        check_request(request)
        self.tickets += 1
        self.open.append((self.tickets, request))
        return self.tickets

    def poll(self, timeout: float | None = None) -> list[tuple[int, Reply | Failure]]:
        """All open requests, answered; never waits."""
        ready = [(ticket, self.answer(ticket, request)) for ticket, request in self.open]
        self.open.clear()
        self.cancelled.clear()
        return ready

    def cancel(self, ticket: int) -> None:
        """Give a request up; nothing happens if it is unknown or answered already."""
        if any(ticket == other for other, _ in self.open):
            self.cancelled.add(ticket)

    def close(self) -> None:
        """Drop open requests; later ones are refused."""
        self.closed = True
        self.open.clear()

    def recording_of(self, messages: tuple[Message, ...]) -> Recording | None:
        """The recording a prompt belongs to, None without one or if two fit equally well."""
        if found := self.exact.get(messages):
            return found
        asked = next((message.content for message in reversed(messages) if message.role == "user"), "")
        fitting = [(len(text), each) for each in self.recordings if (text := prompt_text(each)) and text in asked]
        longest = max((length for length, _ in fitting), default=0)
        best = [each for length, each in fitting if length == longest]
        return best[0] if len(best) == 1 else None

    def sample_of(self, messages: tuple[Message, ...], text: str) -> Sample | None:
        """The first recorded sample with exactly this text, with its score; None without one."""
        recording = self.recording_of(messages)
        return recording.sample(text) if recording is not None else None

    def answer(self, ticket: int, request: Request) -> Reply | Failure:
        if ticket in self.cancelled:
            return Failure(kind="cancelled", message="cancelled before it was answered")
        recording = self.recording_of(request.prefix.messages)
        if recording is None:
            return Failure(kind="refused", message=f"{self.name} has no recording for this prompt")
        written = request.prefix.written
        fitting = [sample for sample in recording.samples if sample.text.startswith(written)]
        if not fitting:
            where = f"problem {recording.problem_id}"
            return Failure(
                kind="refused", message=f"{self.name}: no recorded sample of {where} begins with what is written"
            )
        chosen = self.choose(fitting, request)
        draws = tuple(draw_from(sample, len(written), request.sampling) for sample in chosen)
        return Reply(draws=draws, usage=usage_of(request, chosen, draws))

    def choose(self, samples: list[Sample], request: Request) -> list[Sample]:
        """One of ``samples`` for each seed."""
        seeds = request.seeds
        if request.sampling.temperature == 0:
            return [samples[0]] * len(seeds)
        if self.pick == "index":
            return [samples[seed % len(samples)] for seed in seeds]
        if self.pick == "hash":
            return [samples[derive_seed(seed, "replay") % len(samples)] for seed in seeds]
        order = sorted(range(len(samples)), key=lambda index: derive_seed(0, "replay", *seeds, "sample", index))
        return [samples[order[number % len(samples)]] for number in range(len(seeds))]


def prompt_text(recording: Recording) -> str:
    """The last user message of a recording."""
    return next((message.content for message in reversed(recording.messages) if message.role == "user"), "")


def draw_from(sample: Sample, start: int, sampling: Sampling) -> Draw:
    """What follows ``start`` in a sample, up to a stop string, the token limit or its end."""
    limit = limit_offset(sample, start, sampling.max_tokens)
    stop = first_stop(sample.text, sampling.stop, start)
    finish: Finish
    if stop is not None and stop <= limit:
        end, finish = stop, "stop"
    else:
        end, finish = limit, ("end" if limit == len(sample.text) else "length")
    return Draw(text=sample.text[start:end], finish=finish, stop=end - start if finish == "stop" else None)


def limit_offset(sample: Sample, start: int, max_tokens: int) -> int:
    """The offset in a sample at which ``max_tokens`` tokens from ``start`` are used up; at least one character on."""
    length = len(sample.text)
    if start >= length:
        return length
    # tokens_up_to(offset) is ceil(tokens * offset / length): the largest offset that stays inside the limit.
    return max(start + 1, min(length, (sample.tokens_up_to(start) + max_tokens) * length // sample.length))


def usage_of(request: Request, samples: list[Sample], draws: tuple[Draw, ...]) -> Usage:
    """The prompt's tokens once, estimated from its bytes; the draws' share of the recorded tokens."""
    prefix = request.prefix
    start = len(prefix.written)
    prompt = Sample(text="".join(message.content for message in prefix.messages) + prefix.written).length
    generated = sum(
        min(
            request.sampling.max_tokens,  # a character may stand for several tokens; the limit holds all the same
            sample.tokens_up_to(start + len(draw.text)) - sample.tokens_up_to(start),
        )
        for sample, draw in zip(samples, draws, strict=True)
    )
    return Usage(prompt_tokens=prompt, generated_tokens=generated)
