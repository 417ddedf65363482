"""Asks a policy for the next tokens of several chains at once, so that what breaks one doesn't break the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from verisearch.errors import MissingExtraError, VerisearchError
from verisearch.protocols import Policy, Prefix, Scorer, TokenChoice
from verisearch.search.nodes import Node
from verisearch.search.requests import Failed, NextTokens, Tokens

__all__ = ["children", "next_tokens"]

#: Decimals of log-probabilities: beyond them they depend on what else the model reads in the same batch.
DECIMALS = 6


def next_tokens(policy: Policy, wanted: Sequence[tuple[Prefix, NextTokens]]) -> list[tuple[TokenChoice, ...] | Failed]:
    """The next tokens of each prefix as its request has them, those with equal settings together.

    What a policy raises costs the request it raises at, and no other. A missing extra is raised again: it would come
    back at every request.
    """
    if "next_tokens" not in policy.capabilities:
        return [Failed(f"policy {policy.name} can't tell the probabilities of next tokens")] * len(wanted)
    found: list[tuple[TokenChoice, ...] | Failed] = [Failed("")] * len(wanted)
    lots: dict[tuple[float, int, bool], list[int]] = {}
    for place, (_, request) in enumerate(wanted):
        lots.setdefault((request.top_p, request.top_k, request.end), []).append(place)
    for settings, places in lots.items():
        prefixes = [wanted[place][0] for place in places]
        together = attempt(policy, prefixes, *settings)
        if isinstance(together, Failed):
            alone = [attempt(policy, [prefix], *settings) for prefix in prefixes] if len(prefixes) > 1 else [together]
            for place, answer in zip(places, alone, strict=True):
                found[place] = answer if isinstance(answer, Failed) else answer[0]
        else:
            for place, choices in zip(places, together, strict=True):
                found[place] = choices
    return found


def attempt(
    policy: Policy, prefixes: Sequence[Prefix], top_p: float, top_k: int, end: bool
) -> list[tuple[TokenChoice, ...]] | Failed:
    """The next tokens of all ``prefixes``, or why there are none."""
    scorer = cast(Scorer, policy)
    rule = {} if end else {"end": False}  # only where it is needed: a plug-in may not know of it
    try:
        rows = list(scorer.next_tokens(prefixes, top_p=top_p, top_k=top_k, **rule))
    except MissingExtraError:
        raise
    except VerisearchError as error:
        return Failed(str(error))
    except Exception as error:  # a plug-in may raise anything
        return Failed(f"policy {policy.name} raised {type(error).__name__}: {error}")
    if len(rows) != len(prefixes):
        return Failed(f"policy {policy.name} gave next tokens for {len(rows)} chains instead of {len(prefixes)}")
    if not all(rows):
        return Failed(f"policy {policy.name} gave no next token")
    return [
        tuple(TokenChoice(each.id, each.text, round(each.logprob, DECIMALS), each.ends) for each in row) for row in rows
    ]


def children(node: Node, choices: tuple[TokenChoice, ...], first: int) -> Tokens:
    """The chain with each of ``choices`` behind ``node``; ``first`` is the number of the first of them there."""
    nodes = tuple(
        Node(
            path=(*node.path, first + place),
            parent=node,
            text="" if each.ends else each.text,
            ids=() if each.ends else (each.id,),
            logprobs=() if each.ends else (each.logprob,),
            finish="end" if each.ends else "length",
        )
        for place, each in enumerate(choices)
    )
    return Tokens(node, choices, nodes)
