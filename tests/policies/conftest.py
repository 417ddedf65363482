"""The parts that the tests of policies share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from verisearch.protocols import Policy

if TYPE_CHECKING:
    from conformance import Subject

pytest.register_assert_rewrite("conformance", "subject")


@pytest.fixture(scope="class")
def subject(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subject]:
    """What a subclass of ``PolicyConformance`` tests."""
    with request.cls.make(tmp_path_factory.mktemp("subject")) as made:
        yield made


@pytest.fixture(scope="class")
def policy(subject: Subject) -> Iterator[Policy]:
    """The subject's policy, opened once for all tests of the class."""
    opened = subject.open()
    yield opened
    opened.close()
