"""Strategies: generators that say what to write and score next, and never call a model themselves."""
