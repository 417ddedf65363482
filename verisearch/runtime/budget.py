"""What one problem may cost."""

from __future__ import annotations

import msgspec

__all__ = ["Budget", "Purse"]


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """Most generated tokens and verifier calls for one problem; None: no limit."""

    tokens: int | None = None
    verifier_calls: int | None = None


class Purse:
    """What is left of a budget. A request's maximum is set aside before it is sent, and the rest comes back."""

    def __init__(self, budget: Budget) -> None:
        self.tokens = budget.tokens
        self.calls = budget.verifier_calls

    def covers(self, draws: int, most: int) -> bool:
        """Whether ``draws`` draws can be given ``most`` tokens each."""
        return self.tokens is None or self.tokens >= draws * most

    def reserve_tokens(self, draws: int, most: int) -> int | None:
        """Set tokens aside for ``draws`` draws of at most ``most`` each: the most each may have, None if nothing is
        left. The last draws of a budget are cut short, not refused."""
        if self.tokens is None:
            return most
        each = min(most, self.tokens // draws)
        if each < 1:
            return None
        self.tokens -= draws * each
        return each

    def settle_tokens(self, reserved: int, spent: int) -> None:
        """Give back what was set aside and not spent."""
        if self.tokens is not None:
            self.tokens += reserved - spent

    def reserve_calls(self, calls: int) -> str | None:
        """Spend verifier calls: None, or what is lacking."""
        if self.calls is None:
            return None
        if self.calls < calls:
            return "verifier calls"
        self.calls -= calls
        return None

    def settle_calls(self, unspent: int) -> None:
        """Give back calls that were not made after all."""
        if self.calls is not None:
            self.calls += unspent
