"""Self-reflection: a chain that doesn't hold goes back to the model with its verdicts, to be written anew.

After VeriCoT (arXiv 2511.04662, its self-reflection): the model is shown each step's formula, premises,
kind of error and what the solver found, writes the *whole* chain again, and that one is verified in turn.

The paper doesn't say how many rounds there are, in which words the model is asked, or whether it sees all earlier
attempts. Here it sees the problem, its last chain and the verdicts on that; the words are a prompt template. Its judge
of premises has no part here. The paper counts as faulty what has any step that isn't entailed; here that is every chain
that isn't verified, so that a leap beyond the limit or a lacking answer goes back too.

A rewritten chain is checked like any other: what the model is told can't make a wrong chain pass. It is told whether
its answer follows from the context, which the solver knows without the gold answer. A rewritten chain costs about as
many tokens as one drawn anew, so reflection is to be compared at equal tokens (``--budget``) with
``best-of-n --set stop_at_first_verified=true``.
"""

from __future__ import annotations

import math

import msgspec

from verisearch.protocols import Capability
from verisearch.search.chains import Chain, OneChain, Settings, draw_chain, own_settings, takes
from verisearch.search.nodes import Node, Root
from verisearch.search.requests import Choice, Failed, Note, Rate, Rated, Revise, Spent, Strategy
from verisearch.search.steps import Tried, refuse_outside, settle

__all__ = ["Reflect", "reflect"]


class Reflect(OneChain, frozen=True, kw_only=True):
    """``rounds``: most times a chain is given back, at least 0 (the paper doesn't tell its number). ``template``: the
    words it is given back in, a prompt template's name or file.

    ``temperature`` is for the first chain and for the rewritten ones; ``n`` means nothing here. Raises `InputError` for
    a setting out of its range.
    """

    rounds: int = 3
    template: str = "reflect"

    def __post_init__(self) -> None:
        refuse_outside(self, 0, math.inf, "rounds")
        refuse_outside(self, 1, math.inf, "steps")

    @property
    def needs(self) -> frozenset[Capability]:
        """What the policy must be able to do."""
        return frozenset({"continue", "chat"})


@takes(Reflect)
def reflect(settings: Settings) -> Strategy:
    """Write a chain; while it isn't verified, give it back with its verdict and have it written anew, at most
    ``rounds`` times. The first that is verified, else the whole one with the highest score, the earliest of equals.

    Only a verdict can be given back: where the verifier has none (it gives scores alone, abstains or breaks) the search
    ends with the chain as it is, and says so. See this module's text and `Reflect`.
    """
    own = own_settings(Reflect, settings)
    start: Node = Root
    written: list[Tried] = []
    for turn in range(own.rounds + 1):
        chain = yield from draw_chain(own, own.temperature, start)
        if chain.node is None:
            return settle(written, chain.reason)
        answer = yield Rate((chain.node,), own.verifier)
        score = answer.scores[0] if isinstance(answer, Rated) else None
        written.append(Tried(chain.node, score))
        verdict = score.verdict if score is not None else None
        if verdict is not None and verdict.verified:
            yield Note("stop", chain.node, {"why": "verified", "rounds": turn})
            return msgspec.structs.replace(settle(written), node=chain.node)
        if chain.spent or turn == own.rounds:
            break
        if verdict is None:
            return settle(written, no_verdict(answer))
        start = yield Revise(chain.node, verdict, own.template)
    choice = settle(written)
    return msgspec.structs.replace(choice, reason=why_cut(chain, choice))


def why_cut(chain: Chain, choice: Choice) -> str:
    """Why the search ended early: its budget is spent, or not one chain is whole."""
    whole = choice.node is not None and choice.node.finished
    return chain.reason if chain.spent or not whole else ""


def no_verdict(answer: Rated | Failed | Spent) -> str:
    """Why nothing could be given back."""
    if isinstance(answer, Spent):
        return f"the budget is spent: {answer.what}"
    reason = answer.message if isinstance(answer, Failed) else answer.scores[0].reason
    return "there is no verdict to give the chain back with" + (f": {reason}" if reason else "")
