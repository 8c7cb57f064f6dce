"""Three versions of a list of lines -> what each side changed, and where both did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

Lines = Sequence[str]


@dataclass(frozen=True, slots=True, order=True)
class Hunk:
    """Lines `start` up to, not including, `end` of the base became `lines`."""

    start: int
    end: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Region:
    """A run of base lines with what each side made of it; most regions nobody changed."""

    line: int
    base: tuple[str, ...]
    ours: tuple[str, ...]
    theirs: tuple[str, ...]


def hunks(base: Lines, side: Lines) -> tuple[Hunk, ...]:
    """Returns what one side changed; lines that were only inserted stand as low as they can."""
    head = next((i for i, (a, b) in enumerate(zip(base, side, strict=False)) if a != b), None)
    head = min(len(base), len(side)) if head is None else head
    tail = 0
    while tail < min(len(base), len(side)) - head and base[-1 - tail] == side[-1 - tail]:
        tail += 1
    old, new = base[head : len(base) - tail], side[head : len(side) - tail]
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    changed = [
        Hunk(head + i1, head + i2, tuple(new[j1:j2]))
        for tag, i1, i2, j1, j2 in matcher.get_opcodes()
        if tag != "equal"
    ]
    return tuple(_slid(part, base) for hunk in changed for part in _split(hunk))


def regions(base: Lines, ours: Sequence[Hunk], theirs: Sequence[Hunk]) -> Iterator[Region]:
    """Yields the whole base in order, cut where a side changed it; touching is not overlapping."""
    at = 0
    for start, end, mine, other in _groups(ours, theirs):
        if at < start:
            yield _region(base, at, start, (), ())
        yield _region(base, start, end, mine, other)
        at = end
    if at < len(base):
        yield _region(base, at, len(base), (), ())


def _split(hunk: Hunk) -> tuple[Hunk, ...]:
    """Returns a replacement that grew as one line for each line, and an insertion after them."""
    size = hunk.end - hunk.start
    if not 0 < size < len(hunk.lines):
        return (hunk,)
    return (
        Hunk(hunk.start, hunk.end, hunk.lines[:size]),
        Hunk(hunk.end, hunk.end, hunk.lines[size:]),
    )


def _slid(hunk: Hunk, base: Lines) -> Hunk:
    """Returns an insertion moved below the lines that it begins with, so that sides agree."""
    start, lines = hunk.start, list(hunk.lines)
    while hunk.start == hunk.end and start < len(base) and base[start] == lines[0]:
        lines.append(lines.pop(0))
        start += 1
    return Hunk(start, hunk.end + start - hunk.start, tuple(lines))


_Group = tuple[int, int, tuple[Hunk, ...], tuple[Hunk, ...]]


def _groups(ours: Sequence[Hunk], theirs: Sequence[Hunk]) -> Iterator[_Group]:
    """Yields hunks that share base lines, or insert at one place, together."""
    waiting = sorted([(h, True) for h in ours] + [(h, False) for h in theirs], key=lambda p: p[0])
    while waiting:
        first, mine = waiting.pop(0)
        start, end = first.start, first.end
        group = [(first, mine)]
        while waiting and _meets(start, end, waiting[0][0]):
            end = max(end, waiting[0][0].end)
            group.append(waiting.pop(0))
        yield (
            start,
            end,
            tuple(hunk for hunk, is_ours in group if is_ours),
            tuple(hunk for hunk, is_ours in group if not is_ours),
        )


def _meets(start: int, end: int, hunk: Hunk) -> bool:
    return hunk.start < end or (start == end == hunk.start == hunk.end)


def _region(
    base: Lines, start: int, end: int, ours: Sequence[Hunk], theirs: Sequence[Hunk]
) -> Region:
    return Region(
        start + 1,
        tuple(base[start:end]),
        _applied(base, start, end, ours),
        _applied(base, start, end, theirs),
    )


def _applied(base: Lines, start: int, end: int, changes: Sequence[Hunk]) -> tuple[str, ...]:
    lines: list[str] = []
    for hunk in changes:
        lines += [*base[start : hunk.start], *hunk.lines]
        start = hunk.end
    return (*lines, *base[start:end])
