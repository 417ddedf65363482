"""vLLM in this process: continuous batching and its own prefix cache."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from verisearch.errors import InputError, MissingExtraError, PolicyError
from verisearch.policies.checks import check_filter, check_request
from verisearch.policies.local.prompts import Encoder
from verisearch.policies.local.transcript import Transcript, added_texts, decoder_of
from verisearch.policies.seeds import short_seed
from verisearch.protocols import Capability, Draw, Failure, Finish, Prefix, Reply, Request, Sampling, TokenChoice
from verisearch.usage import Usage

__all__ = ["VllmPolicy"]

#: Settings without which the CPU build is slow or, with seeds, stops working (its chunked prefill mixes rows up).
CPU_SETTINGS = {"block_size": 32, "max_num_batched_tokens": 16384, "enforce_eager": True, "dtype": "float32"}


class Row:
    """One draw as it is written. ``fitting``: the engine's log-probabilities are those that draws are to carry."""

    def __init__(self, sampling: Sampling, transcript: Transcript) -> None:
        self.sampling, self.transcript = sampling, transcript
        self.ids: list[int] = []
        self.logprobs: list[float] = []
        self.generated = 0
        self.cached: int | None = None
        self.finish: Finish | None = None
        self.fitting = sampling.top_p == 1 and sampling.top_k == 0

    def take(self, output: Any) -> None:
        """Add the tokens that the engine has drawn since."""
        piece = output.outputs[0]
        self.cached = output.num_cached_tokens or 0
        ended = piece.finish_reason == "stop"  # no stop string is given to the engine: it means the end token
        for number, token in enumerate(piece.token_ids):
            self.generated += 1
            if ended and number == len(piece.token_ids) - 1:
                break
            self.ids.append(token)
            if piece.logprobs is not None:
                self.logprobs.append(min(piece.logprobs[number][token].logprob, 0.0))
            if self.transcript.add(token):
                self.finish = "stop"
                return
        if piece.finish_reason is not None:
            self.finish = "end" if ended else "length"

    def draw(self) -> Draw:
        """What was written."""
        assert self.finish is not None
        return Draw(
            text=self.transcript.text,
            ids=tuple(self.ids),
            logprobs=tuple(self.logprobs) if self.sampling.logprobs and self.fitting else None,
            finish=self.finish,
            stop=self.transcript.stop,
        )


class VllmPolicy:
    """A model that vLLM runs, with automatic prefix caching.

    ``model`` is a folder in Hugging Face format or a hub name; further settings are vLLM's engine arguments
    (``dtype``, ``max_model_len``, ``gpu_memory_utilization``, …). Stop strings are looked for here, token by token, so
    that draws end where those of other policies do. The prefix cache's hits are the ``cached_tokens`` of the usage.
    Draws carry log-probabilities where top-p and top-k keep everything; vLLM tells none before those cuts.
    It keeps to a grammar from where it begins to write, so that what is partly written can't be continued by one.
    The engine runs in this process unless the environment says VLLM_ENABLE_V1_MULTIPROCESSING=1.

    Raises `MissingExtraError` without vLLM, `InputError` for an engine argument it doesn't know, and `PolicyError` if
    the model can't be loaded.
    """

    capabilities: frozenset[Capability] = frozenset(
        {"continue", "ids", "logprobs", "seed", "n", "next_tokens", "score", "grammar"}
    )

    def __init__(self, model: str | os.PathLike[str], *, name: str | None = None, **engine: Any) -> None:
        path = os.fspath(model)
        if not path:
            raise InputError("vllm needs a model: vllm:PATH")
        self.name = name or f"vllm:{Path(path).name}"
        self.engine = opened_engine(path, engine)
        self.window: int = self.engine.model_config.max_model_len
        tokenizer = self.engine.get_tokenizer()
        self._encoder = Encoder(tokenizer, self.engine.model_config.get_vocab_size())
        self._decode = decoder_of(tokenizer)
        self.ends = end_tokens(self.engine.model_config, tokenizer)
        if getattr(tokenizer, "chat_template", None):
            self.capabilities = self.capabilities | {"chat"}
        self._tickets = self._asked = 0
        self._open: dict[int, tuple[int, dict[str, Row]]] = {}  # ticket -> prompt length, rows by the engine's id
        self._ticket_of: dict[str, int] = {}
        self._asides: dict[str, Any] = {}  # finished outputs of next_tokens and score
        self._ready: list[tuple[int, Reply | Failure]] = []
        self._broken = ""
        self._closed = False

    # --- Policy -------------------------------------------------------------------------------------------------
    def submit(self, request: Request) -> int:
        """Take a request; its ticket. Raises `InputError` for settings outside their ranges, `PolicyError` when
        closed, or when the engine has failed."""
        self._check_open()
        check_request(request, grammar=True)
        self._tickets += 1
        ticket = self._tickets
        try:
            prompt, written = self._encoder.prefix(request.prefix)
            self._check_length(prompt + written)
            if written and request.sampling.grammar is not None:
                raise InputError("what is partly written can't be kept to a grammar here")
        except InputError as error:
            self._ready.append((ticket, Failure(kind="refused", message=f"{self.name}: {error}")))
            return ticket
        rows: dict[str, Row] = {}
        self._open[ticket] = (len(prompt) + len(written), rows)
        for seed in request.seeds:
            try:
                key = self._add(prompt + written, engine_sampling(request.sampling, seed))
            except ValueError as error:
                if request.sampling.grammar is None:
                    raise
                self._fail(ticket, "refused", f"grammar: {error}")
                return ticket
            rows[key] = Row(request.sampling, Transcript(self._decode, written, request.sampling.stop))
            self._ticket_of[key] = ticket
        return ticket

    def poll(self, timeout: float | None = None) -> list[tuple[int, Reply | Failure]]:
        """Replies that are ready; the model works in here until there is one or ``timeout`` seconds have passed.

        Even without time one step is done, so that polling gets on.
        """
        until = None if timeout is None else time.monotonic() + timeout
        while not self._ready and self._open:
            self._step()
            if until is not None and time.monotonic() >= until:
                break
        ready, self._ready = self._ready, []
        return ready

    def cancel(self, ticket: int) -> None:
        """Give a request up; nothing happens if it is unknown or answered already."""
        if ticket in self._open:
            self._fail(ticket, "cancelled", "cancelled before it was answered")

    def close(self) -> None:
        """Free the engine; open requests are dropped."""
        if self._closed:
            return
        self._closed = True
        self._open.clear()
        self._ticket_of.clear()
        self._ready.clear()
        self.engine.engine_core.shutdown()

    # --- Scorer -------------------------------------------------------------------------------------------------
    def next_tokens(
        self, prefixes: Sequence[Prefix], *, top_p: float, top_k: int, end: bool = True
    ) -> list[list[TokenChoice]]:
        """The most probable next tokens of each prefix, best first: the fewest that hold ``top_p`` of the mass, at
        most ``top_k`` (0: no limit). Without ``end``, tokens that end the reply have no mass, and the others all.
        Raises `InputError` outside their ranges or for prompts that are too long."""
        from vllm import SamplingParams

        check_filter(top_p, top_k)
        wanted = (top_k or -1) if end else -1
        params = SamplingParams(max_tokens=1, temperature=1.0, logprobs=wanted, detokenize=False)
        sequences = [self._ids(prefix) for prefix in prefixes]
        found: list[list[TokenChoice]] = []
        for before, output in zip(sequences, self._aside(sequences, params), strict=True):
            told = output.outputs[0].logprobs[0]
            best = sorted(((each.logprob, -token) for token, each in told.items()), reverse=True)
            tokens = [(-key, min(value, 0.0)) for value, key in best]
            kept = list(nucleus(tokens if end else without(self.ends, tokens), top_p, top_k))
            texts = added_texts(self._decode, before, [token for token, _ in kept])
            found.append(
                [
                    TokenChoice(token, "" if token in self.ends else text, value, token in self.ends)
                    for (token, value), text in zip(kept, texts, strict=True)
                ]
            )
        return found

    def score(self, prefix: Prefix, continuations: Sequence[str]) -> list[tuple[float, ...]]:
        """Natural-log probability of every token of each given continuation, as the tokenizer cuts it."""
        from vllm import SamplingParams

        before = self._ids(prefix)
        cut = [self._encoder.text(text) for text in continuations]
        params = SamplingParams(max_tokens=1, temperature=0.0, prompt_logprobs=0, detokenize=False)
        outputs = iter(self._aside([before + ids for ids in cut if ids], params))
        scores: list[tuple[float, ...]] = []
        for ids in cut:
            told = next(outputs).prompt_logprobs[len(before) :] if ids else []
            scores.append(tuple(min(each[token].logprob, 0.0) for token, each in zip(ids, told, strict=True)))
        return scores

    # --- inside -------------------------------------------------------------------------------------------------
    def _check_open(self) -> None:
        if self._closed:
            raise PolicyError(f"policy {self.name} is closed; open it again")
        if self._broken:
            raise PolicyError(f"policy {self.name}: {self._broken}; open it again")

    def _check_length(self, ids: list[int]) -> None:
        if len(ids) >= self.window:
            raise InputError(f"the prompt has {len(ids)} tokens; there is room for {self.window - 1} of them")

    def _ids(self, prefix: Prefix) -> list[int]:
        prompt, written = self._encoder.prefix(prefix)
        return prompt + written

    def _add(self, ids: list[int], params: Any) -> str:
        self._asked += 1
        key = str(self._asked)
        self.engine.add_request(key, {"prompt_token_ids": ids}, params)
        return key

    def _aside(self, prompts: Sequence[list[int]], params: Any) -> list[Any]:
        """The engine's final outputs for prompts, while the open requests are written on."""
        self._check_open()
        for ids in prompts:
            self._check_length(ids)
        keys = [self._add(ids, params) for ids in prompts]
        while not all(key in self._asides for key in keys):
            self._step()
            self._check_open()
        return [self._asides.pop(key) for key in keys]

    def _step(self) -> None:
        """One step of the engine. If it fails, so does all that is open: vLLM's engine does not come back from it."""
        from vllm.v1.engine.exceptions import EngineDeadError, EngineGenerateError

        try:
            outputs = self.engine.step()
        except (EngineDeadError, EngineGenerateError, RuntimeError) as error:
            self._broken = f"vLLM's engine failed: {error}"
            for ticket in list(self._open):
                self._drop(ticket, "failed", self._broken)
            return
        for output in outputs:
            self._take(output)

    def _take(self, output: Any) -> None:
        ticket = self._ticket_of.get(output.request_id)
        if ticket is None:
            if output.finished:
                self._asides[output.request_id] = output
            return
        row = self._open[ticket][1][output.request_id]
        if row.finish is not None:  # one more token was under way when the stop string was found
            return
        row.take(output)
        if row.finish is None:
            return
        if not output.finished:
            self.engine.abort_request([output.request_id])
        rows = self._open[ticket][1].values()
        if all(each.finish is not None for each in rows):
            self._ready.append((ticket, Reply(draws=tuple(each.draw() for each in rows), usage=self._forget(ticket))))

    def _fail(self, ticket: int, kind: Any, message: str) -> None:
        self.engine.abort_request([key for key, row in self._open[ticket][1].items() if row.finish is None])
        self._drop(ticket, kind, message)

    def _drop(self, ticket: int, kind: Any, message: str) -> None:
        usage = self._forget(ticket)
        self._ready.append((ticket, Failure(kind=kind, message=f"{self.name}: {message}", usage=usage)))

    def _forget(self, ticket: int) -> Usage:
        """Close a request's books: the prompt counts once, however many draws continue it."""
        length, rows = self._open.pop(ticket)
        for key in rows:
            del self._ticket_of[key]
        begun = [row for row in rows.values() if row.cached is not None]
        return Usage(
            prompt_tokens=length if begun else 0,
            cached_tokens=(begun[0].cached or 0) if begun else 0,
            generated_tokens=sum(row.generated for row in rows.values()),
        )


def opened_engine(path: str, settings: dict[str, Any]) -> Any:
    """vLLM's engine over a model."""
    # Both must be set before vLLM is loaded; what the user has set stays.
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "WARNING")
    os.environ.setdefault("VLLM_ENABLE_V1_MULTIPROCESSING", "0")
    try:
        from vllm import EngineArgs, LLMEngine
        from vllm.platforms import current_platform
    except ModuleNotFoundError as error:
        if error.name != "vllm":
            raise
        raise MissingExtraError("policy 'vllm' needs vLLM: pip install 'verisearch[vllm]'") from error
    fixed = {"logprobs_mode": "processed_logprobs", "max_logprobs": -1}  # what `Row` and `next_tokens` rely on
    if taken := sorted(fixed.keys() & settings.keys()):
        raise InputError(f"policy vllm sets {', '.join(taken)} itself; leave it out")
    usual: dict[str, Any] = {"enable_prefix_caching": True, "disable_log_stats": True}
    usual.update(CPU_SETTINGS if current_platform.is_cpu() else {})
    try:
        arguments = EngineArgs(model=path, **{**usual, **settings, **fixed})
    except TypeError as error:
        raise InputError(f"policy vllm: {error}; further settings are vLLM's engine arguments") from error
    with as_policy_errors(path):
        return LLMEngine.from_engine_args(arguments)


@contextmanager
def as_policy_errors(path: str) -> Iterator[None]:
    """vLLM's and its libraries' complaints about a model as `PolicyError`."""
    try:
        yield
    except (OSError, ValueError, RuntimeError, KeyError, NotImplementedError) as error:
        raise PolicyError(f"{path}: vLLM can't load this model: {error}") from error


def engine_sampling(sampling: Sampling, seed: int) -> Any:
    """The engine's settings for one draw."""
    from vllm import SamplingParams
    from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams

    grammar = sampling.grammar
    return SamplingParams(
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        top_k=sampling.top_k,
        max_tokens=sampling.max_tokens,
        seed=short_seed(seed),
        logprobs=0 if sampling.logprobs else None,
        detokenize=False,
        output_kind=RequestOutputKind.DELTA,
        structured_outputs=None if grammar is None else StructuredOutputsParams(grammar=grammar),
    )


def end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    """The ids that end a reply, as vLLM's configuration of the model and the tokenizer name them."""
    from verisearch.policies.local.loading import ids_named

    return ids_named(
        (model.try_get_generation_config() or {}).get("eos_token_id"),
        getattr(model.hf_text_config, "eos_token_id", None),
        tokenizer.eos_token_id,
    )


def without(ends: frozenset[int], best: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """The tokens that don't end a reply, with log-probabilities as if the others had none of the mass."""
    left = math.fsum(math.exp(value) for token, value in best if token not in ends)
    scale = math.log(left) if left > 0 else 0.0
    return [(token, min(value - scale, 0.0)) for token, value in best if token not in ends]


def nucleus(best: list[tuple[int, float]], top_p: float, top_k: int) -> Iterator[tuple[int, float]]:
    """The fewest of ``best`` that hold ``top_p`` of the mass, at most ``top_k``."""
    mass = 0.0
    for number, (token, logprob) in enumerate(best):
        if (top_k and number >= top_k) or (top_p < 1 and mass >= top_p):
            return
        yield token, logprob
        mass += math.exp(logprob)
