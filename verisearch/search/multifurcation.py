"""Tree search over tokens with a multifurcation reward, which scores all next tokens of a chain in one call.

After Saffron-1 (arXiv 2506.06444): every chain of a beam is expanded by the tokens of its
nucleus, and the chains with the highest rewards stay. An ordinary process reward R takes a call for each child; a
multifurcation reward M takes one for each *expanded* chain s, with M(s)_a close to R(s + a) for every token a.

The paper's are the search, the nucleus (p = .8), that no reply ends within its first 16 tokens, that a chain ranks by
its current reward (not a sum), and **conservative exploration**: what the reward says of tokens that it was never
trained on is arbitrary and not to be believed. Here such a token has no value (None). It ranks below all that have one,
and is taken only where nothing else is left, so that the search never dead-ends; the published code gives it -1024.

Reconstructed or ours:

- Every chain keeps the reward it was last given. The published code sets a chain's reward only where its token ends the
  reply and lets it inherit minus infinity before, so that *any* finished chain outranks every unfinished one, and which
  unfinished one comes out at the end is a matter of its place in a list.
- Values are in [0, 1], as everywhere here; the paper's are differences of logits. Only their order counts.
- A whole chain that better unfinished ones push out of the beam is remembered. The best whole chain is the result, and
  an unfinished one only if there is no other; the paper returns the best reward.
- Nothing is drawn at random: the run's seed doesn't matter.

The reward is the run's verifier: one with ``score_next`` (`verisearch.protocols.MultifurcationReward`)::

    class Mine:
        name, meaning = "mine", "how likely a right answer is with this token next"

        def score_next(self, forks):
            return [NextScores(values=model(fork.ids, [each.id for each in fork.choices])) for fork in forks]

        def close(self): ...

    settings = Multifurcation(n=4)
    verisearch.solve(..., verifier=Mine(), options=SolveOptions(strategy="multifurcation", settings=settings))

or, on the command line, what an entry point of the group ``verisearch.verifiers`` opens. With ``reward="child"`` it is
any other verifier, which then scores every child, a call each; where it abstains, as the step checker does in the
middle of a sentence, a chain keeps the value it had. ``verisearch train mrm`` trains a
multifurcation reward, the verifier ``mrm``; `verisearch.verifiers.exact` computes the exact one of a policy that is
small enough to be enumerated.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from typing import Any, Literal

import msgspec

from verisearch.errors import InputError
from verisearch.protocols import Capability, Score
from verisearch.search.chains import Settings, own_settings, takes
from verisearch.search.requests import (
    Answer,
    Failed,
    NextTokens,
    Note,
    Rate,
    Rated,
    RatedNext,
    RateNext,
    Request,
    Spent,
    Strategy,
    Submit,
    Tokens,
    Wait,
)
from verisearch.search.steps import Grown, Start, Tried, refuse_outside, settle

__all__ = ["Multifurcation", "multifurcation"]


class Multifurcation(Settings, frozen=True, kw_only=True):
    """``n``: chains kept after each token, at least 1 (the paper's budget N). ``nucleus``: a chain is expanded by the
    fewest tokens that hold this much of the mass, from 1e-6 to 1; ``top_k`` bounds their number (0: no limit).

    ``max_new_tokens``: most tokens in a chain, its end included, at least 1; the paper has 32 (its code 50), which is
    too short for a chain of reasoning. ``min_new_tokens``: tokens before the reply may end, at least 0.

    ``reward``: ``node``, one call of a multifurcation reward for each expanded chain; ``child``, an ordinary verifier
    scores each child, one call each. ``steps``, ``temperature`` and ``top_p`` mean nothing here. Raises `InputError`
    for a setting out of its range.
    """

    nucleus: float = 0.8
    max_new_tokens: int = 256
    min_new_tokens: int = 16
    reward: Literal["node", "child"] = "node"

    def __post_init__(self) -> None:
        refuse_outside(self, 1, math.inf, "n", "max_new_tokens")
        refuse_outside(self, 0, math.inf, "top_k", "min_new_tokens")
        refuse_outside(self, 1e-6, 1, "nucleus")
        if self.reward not in ("node", "child"):
            raise InputError(f"Multifurcation: no reward {self.reward!r}; there are: node, child")
        if self.min_new_tokens >= self.max_new_tokens:
            raise InputError(
                f"Multifurcation: min_new_tokens is {self.min_new_tokens}; it must be below max_new_tokens, which is "
                f"{self.max_new_tokens}, or no reply could end"
            )

    @property
    def needs(self) -> frozenset[Capability]:
        """What the policy must be able to do."""
        return frozenset({"next_tokens"})

    @property
    def scores_next(self) -> bool:
        """Whether the verifier must be a multifurcation reward."""
        return self.reward == "node"


@takes(Multifurcation)
def multifurcation(settings: Settings) -> Strategy:
    """Expand each of ``n`` chains by its likely next tokens, keep the ``n`` with the highest rewards (of equals whole
    ones, then the first in the beam, then the more probable), until all kept ones are whole; the best whole one. See
    this module's text and `Multifurcation`.

    A chain whose next tokens can't be had leaves the beam. The search ends early when the budget does.
    """
    given = own_settings(Multifurcation, settings)
    beams = [Start]
    aside: list[Tried] = []  # whole chains, and those behind which something went wrong
    for length in range(given.max_new_tokens):
        live = [each for each in beams if not each.node.finished]
        grown = yield from expand(given, live, length >= given.min_new_tokens)
        reason = grown.reason
        aside += live if reason else []
        rivals = [each for each in beams if each.node.finished] + [each for row in grown.tried for each in row]
        if not rivals:
            break
        best = sorted(rivals, key=lambda each: -rank(each))[: given.n]
        yield Note("keep", Start.node, told(beams, best))
        beams = best
        whole = [each for each in beams if each.node.finished]
        aside += whole
        if grown.spent or len(whole) == len(beams):
            break
    else:
        reason = reason or f"it had not ended after {given.max_new_tokens} tokens"
    found = {each.node.path: each for each in (*aside, *beams)}.values()
    ended = any(each.node.finished for each in found)
    return settle(found, reason if grown.spent or not ended else "")


def rank(tried: Tried) -> float:
    """The value; below all values where there is none, for an unseen token or a reward that broke."""
    return -1.0 if tried.value is None else tried.value


def told(beams: Sequence[Tried], best: Sequence[Tried]) -> dict[str, Any]:
    """What the record says of the chains kept: the place in the beam of what each comes from, its new text, its
    value."""
    places = {each.node.path: place for place, each in enumerate(beams)}
    grown = [each.node.path not in places for each in best]
    return {
        "from": [places[each.node.path[:-1] if new else each.node.path] for each, new in zip(best, grown, strict=True)],
        "texts": [each.node.text if new else "" for each, new in zip(best, grown, strict=True)],
        "values": [each.value for each in best],
    }


def expand(settings: Multifurcation, live: Sequence[Tried], end: bool) -> Generator[Request, Any, Grown]:
    """The likely next tokens of each chain, asked for at once, and their scores."""
    tickets = []
    for each in live:
        wanted = NextTokens(node=each.node, top_p=settings.nucleus, top_k=settings.top_k, end=end)
        tickets.append((yield Submit(wanted)))
    answers = yield Wait(tuple(tickets))
    forks = [answers[ticket] for ticket in tickets if isinstance(answers[ticket], Tokens)]
    rows, refused = yield from valued(settings, forks)
    scored = iter(rows)
    tried = [next(scored) if isinstance(answers[ticket], Tokens) else [] for ticket in tickets]
    if settings.reward == "child":
        tried = [[kept(each, parent) for each in row] for row, parent in zip(tried, live, strict=True)]
    refused += [answers[ticket] for ticket in tickets if not isinstance(answers[ticket], Tokens)]
    spent = next((answer for answer in refused if isinstance(answer, Spent)), None)
    if spent is not None:
        return Grown(tried, f"the budget is spent: {spent.what}", True)
    return Grown(tried, next((answer.message for answer in refused if isinstance(answer, Failed)), ""))


def kept(tried: Tried, parent: Tried) -> Tried:
    """An unfinished chain on which an ordinary verifier abstains, as it may in the middle of a sentence, keeps the
    value that it had without its last token. What the verifier says of it otherwise, its verdict too, stays its own."""
    if tried.score is None or not tried.abstained or tried.node.finished:
        return tried
    return Tried(tried.node, msgspec.structs.replace(tried.score, value=parent.value))


def valued(
    settings: Multifurcation, forks: Sequence[Tokens]
) -> Generator[Request, Any, tuple[list[list[Tried]], list[Answer]]]:
    """The children of each fork with their scores, and the answers that brought none.

    Where forks can't be scored together each is asked for alone, so that one which a reward chokes on, or the end of
    the budget, doesn't cost the others their scores.
    """
    rows: list[list[Tried]] = []
    refused: list[Answer] = []
    lots = [list(forks)] if forks else []
    while lots:
        lot = lots.pop(0)
        answer = yield rating(settings, lot)
        if isinstance(answer, (Rated, RatedNext)):
            scores = iter(each_score(answer))
            rows += [[Tried(node, next(scores)) for node in fork.nodes] for fork in lot]
        elif len(lot) > 1:
            lots = [[fork] for fork in lot]
        else:
            refused.append(answer)
            rows.append([Tried(node, None) for node in lot[0].nodes])
    return rows, refused


def rating(settings: Multifurcation, forks: Sequence[Tokens]) -> Rate | RateNext:
    """The request for the scores of all children of ``forks``."""
    if settings.reward == "child":
        return Rate(tuple(node for fork in forks for node in fork.nodes), settings.verifier)
    return RateNext(tuple(forks), settings.verifier)


def each_score(answer: Rated | RatedNext) -> list[Score]:
    """The scores of children one after the other, whichever way they were asked for."""
    if isinstance(answer, Rated):
        return list(answer.scores)
    return [Score(value=value, reason=each.reason) for each in answer.scores for value in each.values]
