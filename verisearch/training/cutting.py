"""Rollouts as token ids, in the way of the model that learns from them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

import msgspec
from transformers import AutoTokenizer

from verisearch.policies.local.loading import located
from verisearch.policies.local.prompts import Encoder
from verisearch.policies.local.transcript import decoder_of
from verisearch.protocols import Prefix
from verisearch.runtime.prompting import Template
from verisearch.training.rollouts import Chain, Rollouts
from verisearch.training.trees import Leaf, TokenTree, tree_of

__all__ = ["Cutter"]


class Cutter:
    """Rollouts as token ids, in the way of the model in ``source`` (a folder or hub name)."""

    def __init__(self, source: str, template: Template) -> None:
        self.tokenizer = AutoTokenizer.from_pretrained(located(source), trust_remote_code=False)
        self.encoder = Encoder(self.tokenizer, len(self.tokenizer))
        self.decode = decoder_of(self.tokenizer)
        self.template = template
        self.end = self.encoder.end
        self.pieces: dict[int, str] = {}

    def prompt(self, rollouts: Rollouts) -> list[int]:
        """What the policy was asked."""
        return self.encoder.prefix(Prefix(messages=self.template.messages(rollouts.problem)))[0]

    def ids(self, chain: Chain) -> list[int]:
        """The tokens of what is written: those it was drawn as, where they are known and say what is written; else
        another model drew them."""
        ids = list(chain.ids or ())
        if not all(0 <= token < len(self.tokenizer) for token in ids) or self.decode(ids) != chain.written:
            return self.encoder.text(chain.written)
        return ids

    def chain(self, chain: Chain) -> list[int]:
        """The tokens of a chain, with the one that ends a reply."""
        ids = self.ids(chain)
        return ids if self.end is None or not chain.finished else [*ids, self.end]

    def step_ends(self, chain: Chain) -> list[int]:
        """How many of a chain's tokens each of its steps ends behind, the line break that ends it included."""
        ids = self.ids(chain)
        pieces = [self.piece(token) for token in ids]
        if "".join(pieces) == chain.written:
            lengths = [*accumulate(map(len, pieces))]
        else:  # a character lies across tokens, or the tokenizer tidies spaces
            lengths = [len(self.decode(ids[: k + 1])) for k in range(len(ids))]
        ends = [end + (chain.written[end : end + 1] == "\n") for end in chain.ends]
        return [bisect_left(lengths, end) + 1 if end <= lengths[-1] else len(ids) for end in ends] if ids else []

    def piece(self, token: int) -> str:
        """What a token says by itself."""
        if token not in self.pieces:
            self.pieces[token] = self.decode([token])
        return self.pieces[token]

    def lots(self, rollouts: Rollouts, most: int) -> Iterator[tuple[TokenTree, list[Chain]]]:
        """All chains of a problem as trees of about ``most`` tokens at most, each with its chains."""
        left = list(rollouts.chains)
        prompt = len(self.prompt(rollouts))
        while left:
            total, taken = prompt, 0
            while taken < len(left) and (not taken or total + len(self.chain(left[taken])) <= most):
                total += len(self.chain(left[taken]))
                taken += 1
            yield self.tree(msgspec.structs.replace(rollouts, chains=tuple(left[:taken])), total), left[:taken]
            left = left[taken:]

    def tree(self, rollouts: Rollouts, most: int) -> TokenTree:
        """All chains of a problem, as many of them as have ``most`` tokens with the prompt."""
        prompt = self.prompt(rollouts)
        taken: list[Leaf] = []
        total = len(prompt)
        for chain in rollouts.chains:
            ids = self.chain(chain)
            total += len(ids)
            if total > most:
                break
            ends, failed = self.step_ends(chain), chain.first_failure
            if failed is None:
                sound, fresh = len(ids), None
            else:
                sound, fresh = ends[failed - 1] if failed else 0, ends[failed]
            taken.append(Leaf(ids, chain.good, sound, ends, fresh))
        return tree_of(prompt, taken)
