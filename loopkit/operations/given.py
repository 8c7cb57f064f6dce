"""Arguments of an operation that may wait until there is a host to ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, TypeVar

from loopkit.runbook import Host

_T = TypeVar("_T")

Given: TypeAlias = _T | Callable[[Host], _T]
"""A value, or a function that gives it for the host that a step is for."""


def given(c: Host, argument: Given[_T]) -> _T:
    """Returns the value of an argument for a host."""
    return argument(c) if callable(argument) else argument
