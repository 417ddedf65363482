"""Shared fixtures."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The evaluation data (``VERISEARCH_DATA``, default ``../shared/data``); skips the test if it isn't there."""
    folder = Path(os.environ.get("VERISEARCH_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"evaluation data not found at {folder}; set VERISEARCH_DATA")
    return folder
