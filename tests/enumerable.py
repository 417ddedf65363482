"""A policy that can be written out in full: next tokens and their probabilities by what is written."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from verisearch.policies.seeds import derive_seed
from verisearch.protocols import Capability, Draw, Failure, Finish, Prefix, Reply, Request, TokenChoice
from verisearch.usage import Usage

__all__ = ["END", "EnumerablePolicy", "Law", "leaves", "made_up_law", "uniform"]

#: Ends the reply.
END = ""

#: Next tokens with their probabilities, which sum to 1, by what is written; `END` is a token too.
Law = Callable[[str], Mapping[str, float]]


class EnumerablePolicy:
    """Follows ``law``; a token is a text, its id the place of its character. Counts what it is asked: ``positions`` are
    the chains whose next tokens it was asked for, in the order of asking."""

    name = "enumerable"

    def __init__(self, law: Law, *, capabilities: Sequence[Capability] = ("continue", "ids", "next_tokens")) -> None:
        self.law = law
        self.capabilities: frozenset[Capability] = frozenset(capabilities)
        self.positions: list[str] = []
        self.calls = 0
        self.waiting: dict[int, Request] = {}
        self.tickets = 0

    def next_tokens(
        self, prefixes: Sequence[Prefix], *, top_p: float, top_k: int, end: bool = True
    ) -> list[list[TokenChoice]]:
        self.calls += 1
        self.positions += [prefix.written for prefix in prefixes]
        return [self.choices(prefix, top_p, top_k, end) for prefix in prefixes]

    def law_of(self, prefix: Prefix) -> Mapping[str, float]:
        return self.law(prefix.written)

    def choices(self, prefix: Prefix, top_p: float, top_k: int, end: bool) -> list[TokenChoice]:
        assert prefix.ids == ids_of(prefix.written)
        law = {token: share for token, share in self.law_of(prefix).items() if end or token != END}
        total, mass, found = sum(law.values()), 0.0, list[TokenChoice]()
        for token, share in sorted(law.items(), key=lambda each: -each[1]):
            if (top_k and len(found) >= top_k) or (top_p < 1 and mass >= top_p - 1e-12):
                break
            found.append(TokenChoice(ord(token) if token else 0, token, math.log(share / total), token == END))
            mass += share / total
        return found

    # --- drawing: whole replies ---
    def submit(self, request: Request) -> int:
        self.tickets += 1
        self.waiting[self.tickets] = request
        return self.tickets

    def poll(self, timeout: float | None = None) -> list[tuple[int, Reply | Failure]]:
        ready: list[tuple[int, Reply | Failure]] = []
        for ticket, request in self.waiting.items():
            draws = tuple(self.draw(request, seed) for seed in request.seeds)
            tokens = sum(len(draw.text) + (draw.finish == "end") for draw in draws)
            ready.append((ticket, Reply(draws=draws, usage=Usage(generated_tokens=tokens))))
        self.waiting.clear()
        return ready

    def draw(self, request: Request, seed: int) -> Draw:
        written, finish = request.prefix.written, "length"
        start = len(written)
        while len(written) - start < request.sampling.max_tokens:
            law, mark = self.law(written), derive_seed(seed, len(written)) / 2**63
            for token, share in law.items():  # noqa: B007
                mark -= share
                if mark < 0:
                    break
            if token == END:
                finish = "end"
                break
            written += token
        reached: Finish = "end" if finish == "end" else "length"
        return Draw(text=written[start:], ids=ids_of(written[start:]), finish=reached)

    def cancel(self, ticket: int) -> None:
        pass

    def close(self) -> None:
        pass


def ids_of(text: str) -> tuple[int, ...]:
    return tuple(map(ord, text))


def leaves(law: Law, most: int) -> list[str]:
    """Every chain that ends within ``most`` tokens, its end among them."""
    found, live = [], [""]
    for _ in range(most):
        found += [written for written in live if END in law(written)]
        live = [written + token for written in live for token in law(written) if token != END]
    return found


def uniform(*parts: int | str) -> float:
    """A number in [0, 1) that depends on ``parts`` only."""
    return (derive_seed(0, *parts) >> 10) / 2**53


def made_up_law(seed: int, alphabet: str, most: int) -> Law:
    """Some tokens of ``alphabet``, with random probabilities, behind each chain, and often the end; every chain ends
    within ``most`` tokens, its end among them, and none is empty."""

    @cache
    def law(written: str) -> Mapping[str, float]:
        count = 1 + derive_seed(seed, "count", written) % len(alphabet)
        tokens = alphabet[:count] if len(written) < most - 1 else ""
        ends = (END,) if not tokens or (written and uniform(seed, "ends", written) < 0.6) else ()
        shares = {token: 0.05 + uniform(seed, "share", written, token) for token in (*tokens, *ends)}
        return {token: share / sum(shares.values()) for token, share in shares.items()}

    return law
