"""The parts that the tests of policies share."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("conformance")
