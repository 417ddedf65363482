"""Arithmetic in chains of thought: computations are checked exactly, and every number must come from somewhere."""
