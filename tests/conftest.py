"""Shared fixtures."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

# Started in the background by a shell, a process ignores interrupts, and so does all that it starts: tests that
# interrupt a child of theirs would wait for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The evaluation data (``VERISEARCH_DATA``, default ``../shared/data``); skips the test if it isn't there."""
    folder = Path(os.environ.get("VERISEARCH_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"evaluation data not found at {folder}; set VERISEARCH_DATA")
    return folder
