"""Evidence blocks -> the lines of a section, as parts that can be told apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import assert_never

from loopkit.loop.change import AddEvidence
from loopkit.loop.outcome import Block, ListBlock, TableBlock, TextBlock
from loopkit.markdown import render


class Guard(IntEnum):
    """How much of the evidence is shown as code; reading back decides how much is needed."""

    NONE = 0
    PROSE = 1  # titles as code, paragraphs as fences
    ALL = 2  # each block a fence, its title in it


@dataclass(frozen=True, slots=True)
class Part:
    """A `###` heading, or none, and the lines under it; no line is blank at either end."""

    title: str
    lines: tuple[str, ...]

    @property
    def key(self) -> str:
        """Returns what names this part whatever it found: the title less any figures in it."""
        return part_key(self.title)


def part_key(title: str) -> str:
    """Returns a title as `Part.key` does: `vzdump Coverage: 10/10 VMs` is `vzdump coverage`."""
    return re.split(r":|\s\(|\s—", title.strip("`# "), maxsplit=1)[0].strip().casefold()


def section_heading(change: AddEvidence) -> str:
    """Returns the heading of the section, with its marks."""
    return render.heading(2, f"{change.phase} — {change.title} ({change.on.isoformat()})")


def parts(change: AddEvidence, guard: Guard = Guard.NONE) -> tuple[Part, ...]:
    """Returns the evidence as parts; a part begins at each block that has a title."""
    found: list[Part] = []
    for block in change.blocks:
        title, lines = _fenced(block) if guard is Guard.ALL else _block(block, guard)
        if title or not found:
            found.append(Part(title, tuple(joined([title] if title else [], lines))))
        else:
            last = found.pop()
            found.append(Part(last.title, tuple(joined(last.lines, lines))))
    return tuple(part for part in found if part.lines)


def section(change: AddEvidence, guard: Guard = Guard.NONE) -> list[str]:
    """Returns the lines of the whole section."""
    return joined([section_heading(change)], *(part.lines for part in parts(change, guard)))


def joined(*runs: Sequence[str]) -> list[str]:
    """Returns runs of lines with a blank line between them; an empty run leaves none."""
    lines: list[str] = []
    for run in runs:
        lines += ["", *run] if lines and run else run
    return lines


def _block(block: Block, guard: Guard) -> tuple[str, list[str]]:
    """Returns a block's heading, if it has one, and its lines."""
    guarded = guard is not Guard.NONE
    match block:
        case TableBlock():
            title, lines = block.title, render.table(block.columns, block.rows)
        case ListBlock():
            title, lines = block.title, render.bullets(block.items)
        case TextBlock():
            return "", render.paragraph(block.text, guarded)
        case _:
            assert_never(block)
    return render.heading(3, title, guarded) if title.strip() else "", lines


def _fenced(block: Block) -> tuple[str, list[str]]:
    if isinstance(block, TextBlock):
        return "", render.fence(block.text)
    _, lines = _block(block, Guard.NONE)
    return "", render.fence("\n".join([block.title, *lines]))
