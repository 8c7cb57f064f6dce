"""How control leaves the middle of a script."""

from __future__ import annotations


class Exit(Exception):
    """`exit`, or the end of a shell under `set -e`."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Return(Exit):
    """`return` from a function."""


class Break(Exception):
    """`break`, or `continue` when `again`."""

    def __init__(self, again: bool) -> None:
        super().__init__(again)
        self.again = again
