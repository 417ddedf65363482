"""Puts this folder's helpers, the scripted policy, and the stub server within reach."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "generation"), str(HERE.parent / "policies")]
