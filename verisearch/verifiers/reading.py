"""Reads chains with a model of its own, over a trie of its own: what a chain shares with one that was read before is
not computed anew."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from verisearch import plugins
from verisearch.errors import MissingExtraError, PolicyError
from verisearch.policies.opening import split_spec
from verisearch.protocols import Message, Partial, Prefix
from verisearch.trace import Problem

if TYPE_CHECKING:
    import torch

__all__ = ["ModelReader", "OverReader", "Read", "weights_of"]

#: Chains that are read together.
BATCH = 64


class Read(NamedTuple):
    """Where a chain was read: the last layer's state there, shape (hidden size,), and how many positions were computed
    for it. Without a state ``reason`` says why."""

    state: torch.Tensor | None
    computed: int
    reason: str = ""


class ModelReader:
    """A model that reads what a policy was asked (``messages``) and what it has written.

    ``model`` is a folder or hub name, ``tokens`` what cuts the policy's texts, None if that isn't known: where it cuts
    as the model's own tokenizer does, chains are read by the token ids that they were drawn as, else by their text.

    Where a chain is read: where it ends, with the token that ends a reply where the chain is finished; or behind
    ``question``, where that is the user's next turn; or at the end of each whole step (a line), behind which the text
    ``separator`` is put, as process reward models for steps are trained, and before the next step ``between``; a step
    that is under way isn't read then.
    ``prepare`` is given the model before it is used.

    Raises `PolicyError` if the model can't be loaded, `MissingExtraError` without torch.
    """

    def __init__(
        self,
        model: str | os.PathLike[str],
        messages: Callable[[Problem], tuple[Message, ...]],
        *,
        tokens: Any = None,
        separator: str = "",
        between: str = "",
        question: str = "",
        prepare: Callable[[Any], None] | None = None,
        device: str | None = None,
        cache_bytes: int | None = None,
    ) -> None:
        try:
            from verisearch.kv.runner import BUDGET, ModelRunner
            from verisearch.policies.local.loading import load_model, unreported
            from verisearch.policies.local.prompts import Encoder
        except ModuleNotFoundError as error:
            raise MissingExtraError(
                f"running a model here needs the package {error.name!r}: pip install 'verisearch[local]'"
            ) from error
        with unreported():  # a reward's output is no word
            loaded, self.tokenizer = load_model(model, device)
        if prepare is not None:
            prepare(loaded)
        self.parameters = sum(weight.numel() for weight in loaded.parameters())
        words, entries = loaded.get_output_embeddings(), loaded.get_input_embeddings()
        tied = words is None or words.weight is entries.weight
        self.body_parameters = self.parameters - (0 if tied else words.weight.numel())
        self.runner = ModelRunner(loaded, budget=cache_bytes or BUDGET)
        self.encoder = Encoder(self.tokenizer, self.runner.decoder.vocabulary)
        self.separator, self.between = separator, between
        self.end = self.encoder.end
        self.question = self.encoder.next_turn(question) if question else []
        self.shares_tokens = not separator and tokens is not None and cuts(tokens) == cuts(self.tokenizer)
        self._messages = messages

    def ids(self, partial: Partial) -> list[int]:
        """The ids of prompt and chain, as far as it is read."""
        prompt, chain = self.parts(partial)
        return [*prompt, *chain]

    def parts(self, partial: Partial) -> tuple[list[int], list[int]]:
        """The ids of the prompt, and those of the chain behind it, as far as it is read."""
        known = partial.ids if self.shares_tokens else None
        written = "" if self.separator else partial.written
        prompt, behind = self.encoder.prefix(
            Prefix(messages=self._messages(partial.problem), written=written, ids=known)
        )
        if self.separator:
            steps = whole_steps(partial)
            return prompt, [token for place, step in enumerate(steps) for token in self._step(step, place == 0)]
        if self.question:
            return prompt, [*self.encoder.stripped(behind), *self.question]
        return prompt, [*behind, *([self.end] if partial.finished and self.end is not None else [])]

    def _step(self, step: str, first: bool) -> list[int]:
        """The ids of a step with the separator behind it, cut apart so that a longer chain begins with a shorter. The
        separator may be a special token."""
        before = "" if first else self.between
        return self.encoder.text(before + step) + list(
            self.tokenizer(self.separator, add_special_tokens=False)["input_ids"]
        )

    def read(self, partials: Sequence[Partial]) -> list[Read]:
        """Each chain's state. What is too long for the model has none."""
        found: list[Read | None] = [None] * len(partials)
        wanted: list[tuple[int, list[int]]] = []
        for place, partial in enumerate(partials):
            if self.separator and not whole_steps(partial):
                found[place] = Read(None, 0, "no step is complete yet")
                continue
            ids = self.ids(partial)
            reason = self.runner.refusal(len(ids))
            if reason is None:
                wanted.append((place, ids))
            else:
                found[place] = Read(None, 0, reason)
        places = iter([place for place, _ in wanted])
        for branches in self.runner.lots([ids for _, ids in wanted], BATCH):
            costs = [branch.length - branch.cached for branch in branches]
            for state, cost in zip(self.runner.states(branches), costs, strict=True):
                found[next(places)] = Read(state, cost)
        return [each for each in found if each is not None]

    @property
    def words(self) -> torch.Tensor:
        """The matrix from states to the logits of words, shape (vocabulary, hidden size)."""
        found: torch.Tensor = self.runner.decoder.head.weight
        return found

    def forget(self) -> None:
        """Drop what the trie holds."""
        self.runner.tree.evict(self.runner.tree.size)

    def close(self) -> None:
        """Free the trie."""
        self.runner.reset()


class OverReader:
    """What verifiers have in common that read chains with a `ModelReader` of their own."""

    _reader: ModelReader

    @property
    def statistics(self) -> Any:
        """What the trie has done and holds, see `verisearch.kv.runner.Statistics`."""
        return self._reader.runner.statistics

    def forget(self) -> None:
        """Drop what the trie holds."""
        self._reader.forget()

    def close(self) -> None:
        """Free the trie."""
        self._reader.close()


def whole_steps(partial: Partial) -> list[str]:
    """The lines that are complete, blank ones aside."""
    lines = partial.written.splitlines(keepends=True)
    if lines and not partial.finished and not lines[-1].endswith("\n"):
        lines.pop()
    return [line.strip() for line in lines if line.strip()]


def cuts(tokenizer: Any) -> str:
    """How a tokenizer cuts, as text that is the same for those that cut alike."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    return str(sorted(tokenizer.get_vocab().items())) if backend is None else str(backend.to_str())


def weights_of(policy: str, who: str) -> str:
    """The folder or hub name of the weights of a policy by its name. Raises `PolicyError` if it has none here."""
    name, target = split_spec(policy)
    found = getattr(plugins.load("policies", name), "weights", None)
    if found is None:
        raise PolicyError(f"{who}: policy {policy!r} has no weights here")
    return str(found(target))
