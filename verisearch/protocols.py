"""The protocols that plug-ins implement and that layers below are given as arguments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

import msgspec

from verisearch.trace import Problem, Trace
from verisearch.usage import Usage
from verisearch.verdict import TraceVerdict

__all__ = [
    "Answer",
    "Capability",
    "DataSet",
    "Draw",
    "Failure",
    "Finish",
    "FirstError",
    "Fork",
    "Item",
    "Message",
    "MultifurcationReward",
    "NextScores",
    "Partial",
    "Policy",
    "Prefix",
    "Query",
    "Reply",
    "Request",
    "Responder",
    "Response",
    "Role",
    "Sampling",
    "Score",
    "Scorer",
    "Solver",
    "TokenChoice",
    "TraceLabel",
    "Verifier",
]


class Answer(msgspec.Struct, frozen=True):
    """A solver's answer to one check.

    ``reason`` (for ``unknown``): why. ``effort`` is in the solver's own deterministic unit.
    """

    status: Literal["sat", "unsat", "unknown"]
    reason: str = ""
    effort: int = 0


@runtime_checkable
class Solver(Protocol):
    """An incremental solver that is driven by text: SMT-LIB 2, or (for the closed world) logic programs.

    The text is written by our own writers, never by a model. Every method raises `SolverError` when the
    solver refuses or crashes; the session is then unusable until `reset`.
    """

    name: str

    def run(self, commands: str) -> None:
        """Take declarations and assertions; they may be executed as late as the next check."""

    def check(self, assumptions: Sequence[str]) -> Answer:
        """Satisfiability under the named Boolean constants, or atoms."""

    def values(self, terms: Sequence[str]) -> list[bool | None]:
        """Truth values of Boolean terms in the model of the last ``sat``; None where it has no opinion."""

    def reset(self) -> None:
        """Forget everything: as new."""

    def close(self) -> None:
        """Free what the solver holds."""


#: The first wrong step of a trace: its index, from 0; ``"none"``: no step is wrong; None: that isn't known.
FirstError: TypeAlias = int | Literal["none"] | None


class TraceLabel(msgspec.Struct, frozen=True, kw_only=True):
    """What a data set says of a recorded trace, besides the gold answer of its problem.

    ``first_error``: the first wrong step, see `FirstError`; what comes behind it is unlabelled. ``right``: whether the
    solution as a whole is called right (by its final answer in most data sets), None where that isn't said: one can be
    right in the end by a wrong step.
    """

    first_error: FirstError = None
    right: bool | None = None


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a data set: the problem, and its recorded traces where it has any.

    ``gold`` stays with the problem; ``group`` names the theory or story, so that splits can keep it together.
    ``labels``: one for each of the traces, in their order, or none at all. ``kind``: what the data set files the row
    under (the kind of its error or perturbation, its subject, who wrote the chain), by which figures are told apart.
    ``formulas`` are gold formulas in FOL notation, where the data set has them: premises, then the conclusion.
    ``depth``: rule applications, one upon the other, of the gold proof; None if there is none or it isn't known.
    """

    problem: Problem
    traces: tuple[Trace, ...] = ()
    labels: tuple[TraceLabel, ...] = ()
    kind: str = ""
    group: str = ""
    formulas: tuple[str, ...] = ()
    depth: int | None = None


class DataSet(Protocol):
    """A named data set that reads its rows from a file or a Hugging Face name, lazily and in order.

    A data set may have more, which ``eval`` goes by: ``logic``, ``generic_nouns``, ``negation`` and
    ``unknown_is_false``, how its labels are meant; ``formaliser``, who reads its steps if nobody else is named;
    ``proves``, False where its questions ask for something else than the truth of a statement.
    """

    name: str

    def load(self, source: str) -> Iterator[Item]:
        """Yield the rows of ``source``. Raises `TraceError` with file, line and field for a malformed row."""


Role = Literal["system", "user", "assistant"]


class Message(msgspec.Struct, frozen=True):
    """One turn of what a model is asked with."""

    role: Role
    content: str


class Prefix(msgspec.Struct, frozen=True, kw_only=True):
    """What a model continues: the messages it was asked with, and what it has written of its reply.

    ``ids`` are the token ids ``written`` was sampled as, or None where it wasn't sampled by this policy (or the
    policy has no ids); a policy that has them continues from the ids and never tokenises ``written`` anew.
    """

    messages: tuple[Message, ...]
    written: str = ""
    ids: tuple[int, ...] | None = None


class Sampling(msgspec.Struct, frozen=True, kw_only=True):
    """How to draw. ``temperature`` 0 is greedy; ``top_p`` in (0, 1], 1 keeps all; ``top_k`` 0 keeps all.

    A draw ends with the token that completes one of the ``stop`` strings, at the end of the reply, or after
    ``max_tokens`` tokens. ``logprobs``: the draws are to carry them.

    ``entropy``: a temperature that depends on the token's entropy H (nats, under the plain distribution): for (M, γ) it
    is ``temperature`` · M^(γ/H), so that with M < 1 the model is cooler the surer it is, and greedy below 0.001
    (Self-Calibration, arXiv 2503.00031, and its code). Takes a policy with the ability ``entropy``.

    ``grammar``: GBNF, the notation of llama.cpp, with the rule ``root``. The reply is then a string of its language, or
    is cut off by ``stop`` or ``max_tokens``; what is written of it already counts as its beginning. Log-probabilities
    are those among the tokens that the grammar has room for. Takes a policy with the ability ``grammar``.
    """

    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    max_tokens: int = 256
    stop: tuple[str, ...] = ("\n\n",)
    logprobs: bool = False
    entropy: tuple[float, float] | None = None
    grammar: str | None = None


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Continue ``prefix`` once for each of ``seeds``: with equal seeds and settings, n at once equal n one by one."""

    prefix: Prefix
    sampling: Sampling
    seeds: tuple[int, ...] = (0,)


#: Why a draw ended: a stop string, the model's end of reply, or the token limit.
Finish = Literal["stop", "end", "length"]


class Draw(msgspec.Struct, frozen=True, kw_only=True):
    """One continuation. ``text`` is the text of exactly these tokens, whatever follows the stop string inside the
    last one included; ``stop`` is the offset in ``text`` at which the stop string ends, None if there is none.

    ``ids`` is None where the policy has none. ``logprobs`` (natural logarithm, one a token, each in (-inf, 0])
    are those of the distribution drawn from, after temperature but before top-p and top-k; None if not asked for
    or not to be had. A draw whose ``finish`` is ``"end"`` doesn't include the end token in ``ids`` or ``text``.
    """

    text: str
    ids: tuple[int, ...] | None = None
    logprobs: tuple[float, ...] | None = None
    finish: Finish = "stop"
    stop: int | None = None


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """The draws of one request, in the order of its seeds, and what they cost together."""

    draws: tuple[Draw, ...]
    usage: Usage = Usage()


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A request that could not be answered: what was wrong, and what was spent on it all the same.

    ``kind``: ``"cancelled"``; ``"refused"`` (asking again won't help: a bad request, a prompt beyond the context
    window); ``"failed"`` (a server or model fault that outlasted the retries).
    """

    kind: Literal["cancelled", "refused", "failed"]
    message: str
    usage: Usage = Usage()


class TokenChoice(msgspec.Struct, frozen=True):
    """A possible next token: its id, the text that it adds behind the prefix, its natural-log probability under the
    plain distribution, and whether it ends the reply.

    Texts of tokens taken one after the other join to the text of the reply: a character that a token leaves incomplete
    is added by the token that completes it. A token that ends the reply adds none.
    """

    id: int
    text: str
    logprob: float
    ends: bool = False


#: What a policy may be able to do beyond writing a reply from its start:
#: ``continue`` what it has partly written; ``ids`` of its tokens; ``logprobs``; ``seed`` (equal seeds, equal draws);
#: ``n`` draws in one request; ``next_tokens``; ``score``; ``hidden`` states; ``chat``: a conversation of several turns;
#: ``entropy``: temperatures that depend on it; ``grammar``: replies that are kept to one.
Capability: TypeAlias = Literal[
    "continue", "ids", "logprobs", "seed", "n", "next_tokens", "score", "hidden", "chat", "entropy", "grammar"
]


@runtime_checkable
class Policy(Protocol):
    """A language model that writes.

    Requests overlap: `submit` takes one and returns its ticket at once, `poll` gives what is ready, each ticket
    exactly once, `cancel` gives one up (it still comes back, as a `Failure` or as the reply that was ready first).
    ``verisearch.policies.sample`` is the plain call on top.

    A policy may have more: ``prompt``, the template it understands; ``doubt``, the question by which it is asked
    whether its answer is correct, and the word that says so; ``parameters``, how many its model has, from which runs
    tell floating-point operations; ``forget()``, which drops what it has cached, so that seconds can be compared.
    """

    name: str
    capabilities: frozenset[Capability]

    def submit(self, request: Request) -> int:
        """Take a request; its ticket. Raises `InputError` for settings outside their ranges."""

    def poll(self, timeout: float | None = None) -> list[tuple[int, Reply | Failure]]:
        """Replies that are ready; if none is, wait for one up to ``timeout`` seconds (None: as long as it takes).

        Empty at the time-out, or when nothing is under way. A model in this process works inside this call.
        """

    def cancel(self, ticket: int) -> None:
        """Give a request up; nothing happens if it is unknown or answered already."""

    def close(self) -> None:
        """Free what the policy holds; open requests are dropped."""


class Scorer(Protocol):
    """The optional abilities of a policy; each is there if ``capabilities`` names it."""

    def next_tokens(
        self, prefixes: Sequence[Prefix], *, top_p: float, top_k: int, end: bool = True
    ) -> list[list[TokenChoice]]:
        """The most probable next tokens of each prefix, best first: the fewest that hold ``top_p`` of the mass, at
        most ``top_k`` (0: no limit). Without ``end``, tokens that end the reply have no mass, and the others all."""

    def score(self, prefix: Prefix, continuations: Sequence[str]) -> list[tuple[float, ...]]:
        """Natural-log probability of every token of each given continuation."""

    def hidden(self, prefixes: Sequence[Prefix]) -> list[Sequence[float]]:
        """The last layer's state at the end of each prefix, shape (hidden size,)."""


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a language model is asked for on the way, as a formaliser does. Plain data: it can be sent to
    another process, and be the key of a recording.

    ``task`` names the prompt template; ``values`` are what it is filled in with (texts, numbers, lists and mappings
    of them): whatever they hold is data, never instructions. ``keeps``: the reply is to be SMT-LIB over the
    vocabulary that is among the values, assertions or declarations; a policy that can keep to a grammar is held to
    it. ``choices``: the reply is one of these, and the probability of each is wanted. ``sample``: 0 asks for the most
    likely reply, each other number for a draw of its own.
    """

    task: str
    values: dict[str, Any]
    keeps: Literal["", "assertions", "declarations"] = ""
    choices: tuple[str, ...] = ()
    sample: int = 0


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a `Query`: the reply's text, or (``error``) why there is none.

    ``cut``: the reply was cut off by its length. ``probabilities``: of the query's choices, in their order and adding
    up to 1; None where the model doesn't tell them. ``recorded``: no model was asked, a recording had it. ``prompt``:
    the SHA-256 of the prompt template; ``model``: the name of who was asked.
    """

    text: str = ""
    cut: bool = False
    probabilities: tuple[float, ...] | None = None
    recorded: bool = False
    prompt: str = ""
    model: str = ""
    error: str = ""
    usage: Usage = Usage()


class Responder(Protocol):
    """Asks a language model for those that don't know it: it finds the prompt, seals what is foreign in it, counts."""

    name: str

    def ask(self, query: Query) -> Response:
        """What the model replies. What goes wrong is the response's ``error``; raises nothing for it."""


class Partial(msgspec.Struct, frozen=True, kw_only=True):
    """A chain so far: the problem, all that is written, and whether the model has ended its reply. ``ids``: the tokens
    that it was written in, by the policy's own ids, None where they aren't known."""

    problem: Problem
    written: str
    finished: bool = False
    ids: tuple[int, ...] | None = None


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """A verifier's opinion of a `Partial`: ``value`` in [0, 1], None if it abstains, with the ``reason``.

    What the value means is stated by the verifier. ``verdict`` is there if it judged step by step.
    """

    value: float | None
    reason: str = ""
    verdict: TraceVerdict | None = None
    usage: Usage = Usage()


class Verifier(Protocol):
    """Scores chains, finished or not. ``meaning`` says what a value means, in one sentence.

    A verifier may have ``parameters``, how many the model has that its ``verifier_tokens`` are for, 0 without a model;
    and ``forget()``, which drops what it has kept of chains, so that costs can be compared.
    """

    name: str
    meaning: str

    def score(self, partials: Sequence[Partial]) -> list[Score]:
        """One score for each, in order. What goes wrong with one is its reason; it has no value then."""

    def close(self) -> None:
        """Free what the verifier holds."""


class Fork(msgspec.Struct, frozen=True, kw_only=True):
    """A chain so far and the tokens that may come next; all ids are the policy's own."""

    partial: Partial
    choices: tuple[TokenChoice, ...]

    @property
    def ids(self) -> tuple[int, ...] | None:
        """Those of what is written of the reply, None where the policy doesn't tell them."""
        return self.partial.ids


class NextScores(msgspec.Struct, frozen=True, kw_only=True):
    """What a multifurcation reward says of a `Fork`: the value, in [0, 1], of the chain with each of its choices behind
    it, in their order; None for a token it has no opinion on (one it was never trained on, say)."""

    values: tuple[float | None, ...]
    reason: str = ""
    usage: Usage = Usage()


class MultifurcationReward(Protocol):
    """Scores all next tokens of a chain in one call (Saffron-1, arXiv 2506.06444). A `Verifier` may have
    ``score_next`` beside ``score``, or instead of it; ``meaning`` says what a value means, in one sentence."""

    name: str
    meaning: str

    def score_next(self, forks: Sequence[Fork]) -> list[NextScores]:
        """One answer for each fork, in order, with one value for each of its choices. Only the order of the values
        counts, so that rewards of another range need no more than a map that keeps it, such as the logistic."""

    def close(self) -> None:
        """Free what the reward holds."""
