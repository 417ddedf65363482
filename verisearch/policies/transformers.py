"""A language model of transformers in this process, over the trie cache."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from verisearch.errors import InputError, MissingExtraError, PolicyError

try:
    import torch
    import transformers  # noqa: F401  # says at once what is missing
except ModuleNotFoundError as error:
    raise MissingExtraError(
        f"running a model here needs the package {error.name!r}: pip install 'verisearch[local]', or in a checkout "
        "pip install '.[local]'"
    ) from error

from verisearch.kv.runner import BUDGET, Branch, ModelRunner, Statistics
from verisearch.policies.checks import check_filter, check_request
from verisearch.policies.local.drawing import nucleus
from verisearch.policies.local.engine import Engine, Row
from verisearch.policies.local.grammars import Grammars, can_match
from verisearch.policies.local.loading import end_tokens, load_model
from verisearch.policies.local.manner import manner_of, refuse_reward
from verisearch.policies.local.prompts import Encoder
from verisearch.policies.local.transcript import added_texts, decoder_of
from verisearch.protocols import Capability, Failure, Prefix, Reply, Request, TokenChoice
from verisearch.usage import Usage

__all__ = ["TransformersPolicy"]

#: Rows written at once unless told otherwise.
BATCH = 64


class TransformersPolicy:
    """Any causal language model that transformers reads and the trie cache can serve.

    ``model`` is a folder in Hugging Face format, a hub name or a ``.gguf`` file; or a model object, with its
    ``tokenizer`` (it is taken over: its attention is replaced). ``device``: None takes a GPU if there is one.
    ``cache_bytes`` bounds keys, values and outputs held. ``batch`` rows are written at once. ``invariant``: texts
    don't depend on batch sizes and on what the cache holds; slower. A tokenizer with a chat template makes it one that
    chats; one that llguidance reads, where that is installed (extra grammar), makes draws that keep to a grammar. A
    folder may say in ``verisearch.json`` how its model is to be asked: `verisearch.policies.local.manner`.

    Raises `PolicyError` if the model can't be loaded or run.
    """

    capabilities: frozenset[Capability] = frozenset(
        {"continue", "ids", "logprobs", "seed", "n", "next_tokens", "score", "hidden", "entropy"}
    )
    #: The prompt template that it understands; None: no particular one.
    prompt: str | None = None
    #: How it is asked whether its answer is correct; None: in no particular way.
    doubt: tuple[str, str] | None = None

    def __init__(
        self,
        model: Any,
        *,
        tokenizer: Any = None,
        device: str | None = None,
        cache_bytes: int = BUDGET,
        batch: int = BATCH,
        invariant: bool = False,
        name: str | None = None,
    ) -> None:
        if batch < 1:
            raise InputError(f"batch: {batch} should be 1 or more")
        chats = True
        #: The folder or hub name of the weights; None for a model that was given as it is.
        self.source = os.fspath(model) if isinstance(model, (str, os.PathLike)) else None
        if isinstance(model, (str, os.PathLike)):
            refuse_reward(model)
            manner = manner_of(model)
            self.prompt, chats, self.doubt = manner.prompt or self.prompt, manner.chat, manner.doubt
            self.name = name or f"transformers:{Path(os.fspath(model)).name}"
            model, tokenizer = load_model(model, device)
        elif tokenizer is None:
            raise InputError("a model object needs its tokenizer: give tokenizer=")
        else:
            self.name = name or f"transformers:{type(model).__name__}"
        self.ends = end_tokens(model, tokenizer)
        self.parameters = sum(weight.numel() for weight in model.parameters())  # tied ones count once
        self.runner = ModelRunner(model, budget=cache_bytes, invariant=invariant)
        self.tokenizer = tokenizer
        if chats and getattr(tokenizer, "chat_template", None):
            self.capabilities = self.capabilities | {"chat"}
        if can_match(tokenizer):
            self.capabilities = self.capabilities | {"grammar"}
        self._grammars = Grammars(tokenizer, self.ends, self.runner.decoder.vocabulary)
        self._encoder = Encoder(tokenizer, self.runner.decoder.vocabulary)
        self._decode = decoder_of(tokenizer)
        self._engine = Engine(self.runner, self.ends, batch)
        self._next = 0
        self._open: dict[int, tuple[int, list[Row]]] = {}  # ticket -> prompt length, rows
        self._ticket_of: dict[Row, int] = {}
        self._ready: list[tuple[int, Reply | Failure]] = []
        self._closed = False

    @staticmethod
    def weights(target: str) -> str:
        """The folder or hub name of the weights of a policy that is opened by ``target``."""
        return target

    # --- Policy -------------------------------------------------------------------------------------------------
    def submit(self, request: Request) -> int:
        """Take a request; its ticket. Raises `InputError` for settings outside their ranges and grammars that can't be
        used, `PolicyError` once closed."""
        if self._closed:
            raise PolicyError(f"policy {self.name} is closed; open it again")
        check_request(request, entropy=True, grammar="grammar" in self.capabilities)
        grammar = request.sampling.grammar
        if grammar is not None:
            self._grammars.matcher(grammar)
        ticket, self._next = self._next, self._next + 1
        try:
            prompt, written = self._encoder.prefix(request.prefix)
            matchers = [self._grammars.matcher(grammar, written) if grammar else None for _ in request.seeds]
        except InputError as error:
            self._ready.append((ticket, Failure(kind="refused", message=str(error))))
            return ticket
        ids = prompt + written
        reason = self._engine.refusal(ids, request.sampling)
        if reason:
            self._ready.append((ticket, Failure(kind="refused", message=reason)))
            return ticket
        rows = [
            Row(ids, len(written), request.sampling, seed, self._decode, matcher)
            for seed, matcher in zip(request.seeds, matchers, strict=True)
        ]
        self._open[ticket] = (len(ids), rows)
        for row in rows:
            self._ticket_of[row] = ticket
            self._engine.add(row)
        return ticket

    def poll(self, timeout: float | None = None) -> list[tuple[int, Reply | Failure]]:
        """Replies that are ready; the model works in here until there is one or ``timeout`` seconds have passed.

        Even without time at least one token of each row is drawn, so that polling gets on.
        """
        until = None if timeout is None else time.monotonic() + timeout
        while not self._ready and self._engine.busy:
            for row in self._engine.step():
                self._collect(row)
            if until is not None and time.monotonic() >= until:
                break
        ready, self._ready = self._ready, []
        return ready

    def cancel(self, ticket: int) -> None:
        """Give a request up; nothing happens if it is unknown or answered already."""
        if ticket in self._open:
            self._fail(ticket, "cancelled", "the request was cancelled")

    def forget(self) -> None:
        """Drop what the cache holds and no open request needs: what comes is computed anew."""
        self.runner.tree.evict(self.runner.tree.size)

    def close(self) -> None:
        """Free the cache; open requests are dropped."""
        if self._closed:
            return
        self._closed = True
        for _, rows in self._open.values():
            self._engine.remove(rows)
        self._open.clear()
        self._ticket_of.clear()
        self._ready.clear()
        self.runner.reset()

    # --- Scorer -------------------------------------------------------------------------------------------------
    def next_tokens(
        self, prefixes: Sequence[Prefix], *, top_p: float, top_k: int, end: bool = True
    ) -> list[list[TokenChoice]]:
        """The most probable next tokens of each prefix, best first: the fewest that hold ``top_p`` of the mass, at
        most ``top_k`` (0: no limit). Without ``end``, tokens that end the reply have no mass, and the others all.
        Raises `InputError` outside their ranges, `PolicyError` for prompts too long."""
        check_filter(top_p, top_k)
        choices: list[list[TokenChoice]] = []
        sequences = [self._ids(prefix) for prefix in prefixes]
        for branches in self._branches(sequences):
            logits = self.runner.logits(branches)
            if not end and self.ends:
                logits = logits.index_fill(1, torch.tensor(sorted(self.ends), device=logits.device), -torch.inf)
            for row in logits.log_softmax(-1):
                values, order = row.sort(stable=True, descending=True)
                count = int((nucleus(values.exp()[None], [top_p], [top_k]) & (values > -torch.inf)).sum())
                before = sequences[len(choices)]
                choices.append(self._choices(before, order[:count].tolist(), values[:count].tolist()))
        return choices

    def _choices(self, before: list[int], tokens: list[int], logprobs: list[float]) -> list[TokenChoice]:
        texts = added_texts(self._decode, before, tokens)
        return [
            TokenChoice(token, "" if token in self.ends else text, min(value, 0.0), token in self.ends)
            for token, text, value in zip(tokens, texts, logprobs, strict=True)
        ]

    def score(self, prefix: Prefix, continuations: Sequence[str]) -> list[tuple[float, ...]]:
        """Natural-log probability of every token of each given continuation, as the tokenizer cuts it."""
        before = self._ids(prefix)
        cut = [self._encoder.text(text) for text in continuations]
        scores: list[tuple[float, ...]] = []
        start = len(before) - 1
        left = iter(cut)
        for branches in self._branches([before + ids[:-1] for ids in cut]):
            for branch in branches:
                own = next(left)
                logprobs = self.runner.logits_at(branch, start, start + len(own)).log_softmax(-1)
                wanted = torch.tensor(own, dtype=torch.long, device=logprobs.device)
                scores.append(tuple(logprobs.gather(1, wanted[:, None])[:, 0].clamp(max=0.0).tolist()))
        return scores

    def hidden(self, prefixes: Sequence[Prefix]) -> list[Sequence[float]]:
        """The last layer's state at the end of each prefix, shape (hidden size,)."""
        states: list[Sequence[float]] = []
        for branches in self._branches([self._ids(prefix) for prefix in prefixes]):
            states += self.runner.states(branches).tolist()
        return states

    @property
    def statistics(self) -> Statistics:
        """What the cache has done and holds."""
        return self.runner.statistics

    # --- inside -------------------------------------------------------------------------------------------------
    def _ids(self, prefix: Prefix) -> list[int]:
        prompt, written = self._encoder.prefix(prefix)
        return prompt + written

    def _branches(self, sequences: Sequence[list[int]]) -> Iterator[list[Branch]]:
        """The sequences as open branches, in lots as large as the cache has room for."""
        if self._closed:
            raise PolicyError(f"policy {self.name} is closed; open it again")
        yield from self.runner.lots(sequences, BATCH)

    def _collect(self, row: Row) -> None:
        ticket = self._ticket_of.get(row)
        if ticket is None or ticket not in self._open:
            return
        if row.error:
            self._fail(ticket, "failed", row.error)
            return
        rows = self._open[ticket][1]
        if all(each.finish is not None for each in rows):
            usage = self._forget(ticket)
            self._ready.append((ticket, Reply(draws=tuple(each.draw() for each in rows), usage=usage)))

    def _fail(self, ticket: int, kind: Any, message: str) -> None:
        self._engine.remove(self._open[ticket][1])
        self._ready.append((ticket, Failure(kind=kind, message=message, usage=self._forget(ticket))))

    def _forget(self, ticket: int) -> Usage:
        length, rows = self._open.pop(ticket)
        for row in rows:
            self._ticket_of.pop(row, None)
        begun = [row for row in rows if row.cached is not None]
        return Usage(
            prompt_tokens=length if begun else 0,
            cached_tokens=(begun[0].cached or 0) if begun else 0,
            generated_tokens=sum(row.generated for row in rows),
        )
