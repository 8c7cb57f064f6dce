"""Changes -> edits in the author's own style, proved by reading the new bytes back."""

from __future__ import annotations

from collections.abc import Sequence

from loopkit.loop.model import Change
from loopkit.loop.reader import LoopFile


def rewrite(file: LoopFile, changes: Sequence[Change]) -> LoopFile:
    """Returns the file with the changes made, and not a byte more.

    Raises:
        UnknownPhase: a change names a phase or item that the loop does not have.
        ReadBackFailed: the new bytes would mean anything but the intended loop.
    """
    raise NotImplementedError
