"""Puts this folder's helpers within reach, and the stub server."""

from __future__ import annotations

import sys
from pathlib import Path

for folder in (Path(__file__).parent.parent / "policies", Path(__file__).parent):
    sys.path.insert(0, str(folder))
