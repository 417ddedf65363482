"""Reward models: how good a chain is so far, learned from what became of the chains that went on from there."""
