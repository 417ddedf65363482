"""Steps of algebra: whether a claim follows from earlier ones, and whether a rewriting keeps the solutions.

Everything is over the real numbers and decided by a solver, or by exact arithmetic where that settles it. A relation
says that both its sides are defined.
"""

from __future__ import annotations

from verisearch.symbolic.algebra.following import Following, follows
from verisearch.symbolic.algebra.rewriting import Rewriting, rewriting
from verisearch.symbolic.algebra.scripts import script
from verisearch.symbolic.algebra.session import Point, point_text

__all__ = ["Following", "Point", "Rewriting", "follows", "point_text", "rewriting", "script"]
