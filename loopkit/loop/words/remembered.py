"""Remembers what a line says: after an edit nearly all lines of a document are the same."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

T = TypeVar("T")

_MOST = 8_192
# A longer text is hardly met again, and would be held for nothing.
_LONGEST = 300


def remembered(read: Callable[[str], T]) -> Callable[[str], T]:
    """Returns a function of a text that answers for the short ones it has met before at once."""
    known = lru_cache(maxsize=_MOST)(read)

    @wraps(read)
    def ask(text: str) -> T:
        return known(text) if len(text) <= _LONGEST else read(text)

    return ask
