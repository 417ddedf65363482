"""The decode loop: rows join and leave while others are half-way."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress

import torch

from verisearch.errors import PolicyError
from verisearch.kv.runner import Branch, ModelRunner
from verisearch.policies.local.drawing import draw_tokens, uniform
from verisearch.policies.local.grammars import Matcher
from verisearch.policies.local.transcript import Transcript
from verisearch.protocols import Draw, Finish, Sampling

__all__ = ["Engine", "Row"]

#: How often a row may be under way when the model fails before it is given up.
CHANCES = 3


class Row:
    """One draw that waits, is written, or is done.

    ``prompt`` are the ids it continues, the last ``written`` of which are the reply's own: its noise counts places in
    the reply, so that a reply written in pieces with one seed equals one written at once. ``matcher`` knows the grammar
    that it keeps to, and stands behind what is written.
    """

    def __init__(
        self,
        prompt: list[int],
        written: int,
        sampling: Sampling,
        seed: int,
        decode: Callable[[list[int]], str],
        matcher: Matcher | None = None,
    ) -> None:
        self.prompt, self.written, self.sampling, self.seed = prompt, written, sampling, seed
        self.matcher = matcher
        self.transcript = Transcript(decode, prompt[len(prompt) - written :] if written else (), sampling.stop)
        self.ids: list[int] = []
        self.logprobs: list[float] = []
        self.generated = 0
        self.cached: int | None = None
        self.branch: Branch | None = None
        self.finish: Finish | None = None
        self.faults = 0
        self.error = ""

    @property
    def done(self) -> bool:
        return self.finish is not None or bool(self.error)

    def take(self, token: int, logprob: float | None, ends: frozenset[int], limit: int) -> None:
        """One more token was drawn."""
        self.generated += 1
        if token in ends:
            self.finish = "end"
            return
        self.ids.append(token)
        if logprob is not None and self.sampling.logprobs:
            self.logprobs.append(logprob)
        if self.matcher is not None and not self.matcher.take([token]):
            self.error = f"the grammar can't be followed: {self.matcher.error}"
        if self.transcript.add(token):
            self.finish = "stop"
        elif self.matcher is not None and self.matcher.complete:
            self.finish = "end"  # nothing but the end could follow
        elif len(self.ids) >= limit:
            self.finish = "length"

    def draw(self) -> Draw:
        """What was written."""
        assert self.finish is not None
        return Draw(
            text=self.transcript.text,
            ids=tuple(self.ids),
            logprobs=tuple(self.logprobs) if self.sampling.logprobs else None,
            finish=self.finish,
            stop=self.transcript.stop,
        )


class Engine:
    """Writes many rows together, a token each at every `step`.

    At most ``batch`` at once, and no more than the runner's cache has room for; the others wait in their order.
    ``ends`` are the ids that end a reply.
    """

    def __init__(self, runner: ModelRunner, ends: frozenset[int], batch: int) -> None:
        self.runner, self.ends = runner, ends
        self._batch = batch
        self._waiting: deque[Row] = deque()
        self._active: list[Row] = []
        self._done: list[Row] = []
        self._resets = runner.resets

    @property
    def busy(self) -> bool:
        """Whether anything waits or is being written."""
        return bool(self._waiting or self._active or self._done)

    def limit(self, row: Row) -> int:
        """The most tokens a row may get: what it asks for, as far as the model's context reaches."""
        return min(row.sampling.max_tokens, self.runner.decoder.context - len(row.prompt) + 1)

    def refusal(self, prompt: Sequence[int], sampling: Sampling) -> str | None:
        """Why a row can never be written; None if it can."""
        reason = self.runner.refusal(len(prompt))
        if reason:
            return f"the prompt is too long: {reason}"
        most = min(len(prompt) + sampling.max_tokens - 1, self.runner.decoder.context)
        reason = self.runner.refusal(most)
        return f"prompt and max_tokens together are too long: {reason}" if reason else None

    def add(self, row: Row) -> None:
        """Let a row wait for its turn."""
        self._waiting.append(row)

    def remove(self, rows: Sequence[Row]) -> None:
        """Take rows out, wherever they are; nothing happens to those that are done."""
        gone = set(rows)
        self._waiting = deque(row for row in self._waiting if row not in gone)
        leaving = [row for row in self._active if row in gone]
        self._active = [row for row in self._active if row not in gone]
        self._close(leaving)

    def step(self) -> list[Row]:
        """Draw a token for every active row; the rows that are done with it.

        If the model fails (out of memory, say), rows go back to wait and fewer are written at once; a row that was
        there three times comes back with its ``error``.
        """
        if self.runner.resets != self._resets:  # somebody else's failure took our branches with it
            self._requeue()
        try:
            self._admit()
            if self._active:
                self._draw()
        except (RuntimeError, MemoryError) as error:
            self._recover(error)
        except BaseException:  # an interrupt: nothing is lost, the rows begin again where they were
            self._requeue()
            raise
        done, self._done = self._done, []
        return done

    def _draw(self) -> None:
        rows = self._active
        logits = self.runner.logits([row.branch for row in rows if row.branch is not None])
        logits = kept_to_grammars(logits, rows)
        noise = [uniform(row.seed, row.written + len(row.ids)) for row in rows]
        tokens, logprobs = draw_tokens(logits, [row.sampling for row in rows], noise)
        for index, (row, token) in enumerate(zip(rows, tokens, strict=True)):
            if not row.error:
                row.take(token, logprobs[index] if logprobs else None, self.ends, self.limit(row))
        finished = [row for row in rows if row.done]
        self._active = [row for row in rows if not row.done]
        self._done += finished
        self._close(finished)
        for row in self._active:
            if row.branch is not None:
                self.runner.push(row.branch, row.ids[-1:])

    def _admit(self) -> None:
        while self._waiting and len(self._active) < self._batch:
            row = self._waiting[0]
            ids = row.prompt + row.ids
            room = self.limit(row) - len(row.ids) - 1  # the last token is read only if somebody goes on from it
            if not self.runner.fits(ids, room):
                if not self._active:
                    raise PolicyError(
                        f"no room in the cache for {len(ids)} + {room} positions beside other users of it"
                    )
                return
            row.branch = self.runner.open(ids, room)
            if row.cached is None:
                row.cached = row.branch.cached
            self._active.append(self._waiting.popleft())

    def _close(self, rows: Sequence[Row]) -> None:
        for row in rows:
            branch, row.branch = row.branch, None
            if branch is not None:
                with suppress(RuntimeError, MemoryError):  # the others' tokens failed: the next step begins them anew
                    self.runner.close(branch)

    def _recover(self, error: Exception) -> None:
        rows = [row for row in self._active if not row.done] or list(self._waiting)[:1]
        for row in rows:
            row.faults += 1
            if row.faults >= CHANCES:
                row.error = f"the model failed: {type(error).__name__}: {error}"
        self._batch = max(1, len(rows) // 2)
        self._requeue()
        self._done += [row for row in self._waiting if row.error]
        self._waiting = deque(row for row in self._waiting if not row.error)

    def _requeue(self) -> None:
        """Rows go back to the head of the queue with what they have; the runner starts from nothing."""
        self.runner.reset()
        self._resets = self.runner.resets
        rows, self._active = self._active, []
        for row in rows:
            row.branch = None
        self._done += [row for row in rows if row.finish is not None]
        self._waiting.extendleft(row for row in reversed(rows) if row.finish is None)


def kept_to_grammars(logits: torch.Tensor, rows: Sequence[Row]) -> torch.Tensor:
    """The logits (rows, vocabulary) without the tokens that the rows' grammars have no room for."""
    own = [(index, row.matcher) for index, row in enumerate(rows) if row.matcher is not None]
    if not own:
        return logits
    masks = torch.ones(logits.shape, dtype=torch.bool)
    for index, matcher in own:
        masks[index] = matcher.allowed()
        if matcher.error or not masks[index].any():
            rows[index].error = f"the grammar can't be followed: {matcher.error or 'no token fits it'}"
            masks[index] = True
    return logits.masked_fill(~masks.to(logits.device), -torch.inf)
