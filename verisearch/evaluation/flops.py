"""Floating-point operations of a search, from counts that are the same in every run.

Two a parameter and token (Kaplan et al. 2020, arXiv 2001.08361, section 2.1), over the tokens that the policy
generated, discarded ones too, and those that a verifier's model gave a probability to (as Snell et al. 2024, arXiv
2408.03314, section 7, count inference). Left out are attention over what came before, reading the prompt, which a cache
does once a problem whatever the strategy, and solvers.
"""

from __future__ import annotations

from verisearch.protocols import Policy, Verifier
from verisearch.usage import Usage

__all__ = ["flops_of", "untold"]


def untold(policy: Policy, verifier: Verifier) -> str:
    """Why operations can't be told; empty if they can."""
    for kind, each in (("policy", policy), ("verifier", verifier)):
        if getattr(each, "parameters", None) is None:
            return f"{kind} {each.name} doesn't state its number of parameters"
    return ""


def flops_of(usage: Usage, policy: Policy, verifier: Verifier) -> int | None:
    """Floating-point operations; None where they can't be told."""
    if untold(policy, verifier):
        return None
    count = {id(each): int(getattr(each, "parameters", 0)) for each in (policy, verifier)}
    return 2 * (count[id(policy)] * usage.generated_tokens + count[id(verifier)] * usage.verifier_tokens)
