"""The plain call: requests in, answers out."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from verisearch.errors import PolicyError
from verisearch.policies.checks import check_request
from verisearch.protocols import Failure, Policy, Reply, Request

__all__ = ["sample"]

#: Seconds that cancelled requests get to come back before they are left behind.
CANCEL_SECONDS = 5.0


def sample(policy: Policy, requests: Sequence[Request]) -> list[Reply | Failure]:
    """What ``policy`` answers to each of ``requests``, in their order.

    They are under way together. Nothing else may be: the policy's other requests would come back here. Raises
    `InputError` for settings outside their ranges, before anything is sent, and `PolicyError` if the policy loses a
    request or gives back one that isn't of this call.
    """
    for request in requests:
        check_request(request, entropy="entropy" in policy.capabilities, grammar="grammar" in policy.capabilities)
    waiting: dict[int, int] = {}
    answers: dict[int, Reply | Failure] = {}
    try:
        for index, request in enumerate(requests):
            waiting[policy.submit(request)] = index
        while waiting:
            take(policy, waiting, answers)
    finally:
        if waiting:
            give_up(policy, waiting)
    return [answers[index] for index in range(len(requests))]


def take(policy: Policy, waiting: dict[int, int], answers: dict[int, Reply | Failure]) -> None:
    """Wait for replies and move them from ``waiting`` to ``answers``."""
    ready = policy.poll()
    if not ready:
        raise PolicyError(f"policy {policy.name} lost {len(waiting)} request(s): it says that nothing is under way")
    for ticket, answer in ready:
        if ticket not in waiting:
            raise PolicyError(
                f"policy {policy.name} gave back ticket {ticket}, which sample() did not send; "
                "collect earlier requests with poll() first"
            )
        answers[waiting.pop(ticket)] = answer


def give_up(policy: Policy, tickets: Iterable[int]) -> None:
    """Cancel and collect what is under way, so that it can't turn up in a later call."""
    left = set(tickets)
    for ticket in left:
        policy.cancel(ticket)
    until = time.monotonic() + CANCEL_SECONDS
    while left and (seconds := until - time.monotonic()) > 0:
        ready = policy.poll(seconds)
        if not ready:
            return
        left -= {ticket for ticket, _ in ready}
