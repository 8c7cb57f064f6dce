"""A built-in lab that stands for the tests of one file, and hosts without a server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from loopkit.lab.lab import Lab, open_lab
from tests.lab.hosts import Standing


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    """A running lab, healed again by the tests that hurt it."""
    with Standing(tmp_path_factory.mktemp("lab")) as standing:
        yield standing


@pytest.fixture
def hosts(tmp_path: Path) -> Lab:
    """The four hosts of a new lab, in this process: no server, no SSH."""
    return open_lab(tmp_path / "lab")
