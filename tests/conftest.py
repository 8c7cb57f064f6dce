"""Fixtures that several test files share."""

from __future__ import annotations

import signal

import pytest

from tests.namespace.fixtures import fresh_lab, lab, standing_lab

__all__ = ["fresh_lab", "lab", "standing_lab"]


@pytest.fixture(autouse=True, scope="session")
def interruptible() -> None:
    """Lets Ctrl-C arrive, also where a shell started the tests as a job that ignores it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
