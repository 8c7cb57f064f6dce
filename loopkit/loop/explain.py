"""A document line by line, each with its owner: how an author sees what was read."""

from __future__ import annotations

from dataclasses import dataclass

from loopkit.loop.parse.reader import LoopFile


@dataclass(frozen=True, slots=True)
class OwnedLine:
    """A line; `owner` is what it was read as, empty for a blank one, `of` the phase it is of."""

    line: int
    owner: str
    of: str
    text: str


def explain(file: LoopFile) -> tuple[OwnedLine, ...]:
    """Returns every line of a document with its owner."""
    return tuple(
        OwnedLine(
            line,
            owner.kind.value if owner else "",
            owner.of if owner else "",
            file.source.line_text(line),
        )
        for line, owner in enumerate(file.account, 1)
    )
