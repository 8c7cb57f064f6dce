"""A three-way merge of one document, for git: two phases finished on two branches are no conflict.

git's own merge stops at adjacent rows, and its union merge writes both. Here a table row that
both sides changed is merged by cells, and two sections that were added at one place are both
kept; then the result must mean what each side changed, or it is a conflict after all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from loopkit.loop.model import Loop
from loopkit.loop.outcome import target_name
from loopkit.loop.parse.reader import read
from loopkit.markdown.diff3 import Region, hunks, regions
from loopkit.markdown.document import Row
from loopkit.markdown.source import Edit, Source

T = TypeVar("T")
Lines = Sequence[str]

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$")
_SECTION = re.compile(r" {0,3}#{1,2}[ \t]")


@dataclass(frozen=True, slots=True)
class MergeConflict:
    """What two sides say against each other; `source` has git's markers where lines clash."""

    reasons: tuple[str, ...]
    source: Source


def merge(base: Source, ours: Source, theirs: Source) -> Source | MergeConflict:
    """Returns a document that says what both sides changed, or why there is none."""
    was, one, other = (_lines(side) for side in (base, ours, theirs))
    merged: list[str] = []
    clashes: list[str] = []
    for region in regions(was, hunks(was, one), hunks(was, other)):
        lines = _resolved(region)
        if lines is None:
            clashes.append(f"both sides changed line {region.line} of the common version")
        merged += _marked(region, ours.newline) if lines is None else lines
    source = Source(_ended("".join(merged), base, ours, theirs), ours.name)
    reasons = _against(base, ours, theirs, source, bool(clashes))
    return MergeConflict((*reasons, *clashes), source) if reasons or clashes else source


def _lines(source: Source) -> Lines:
    text = source.text if _is_ended(source) else source.text + source.newline
    return _LINE.findall(text)


def _is_ended(source: Source) -> bool:
    return source.text.endswith(("\n", "\r"))


def _ended(text: str, base: Source, ours: Source, theirs: Source) -> str:
    """Returns the text with a final newline as the side that changed it has it."""
    changed = _is_ended(ours) is not _is_ended(base)
    if _is_ended(ours if changed else theirs):
        return text
    return text.removesuffix("\n").removesuffix("\r")


# ── Lines ────────────────────────────────────────────────────────────────────


def _resolved(region: Region) -> Lines | None:
    """Returns what a region becomes, None where the sides clash."""
    base, ours, theirs = region.base, region.ours, region.theirs
    simple = _three_way(base, ours, theirs)
    if simple is not None:
        return simple
    if not base:
        return _both_sections(ours, theirs)
    if not len(base) == len(ours) == len(theirs):
        return None
    rows = [_row(*versions) for versions in zip(base, ours, theirs, strict=True)]
    return None if None in rows else [row for row in rows if row is not None]


def _three_way(base: T, ours: T, theirs: T) -> T | None:
    """Returns the version that changed, None when both did and differ."""
    if ours in (base, theirs):
        return theirs
    return ours if theirs == base else None


def _both_sections(ours: Lines, theirs: Lines) -> Lines | None:
    """Returns two insertions one after the other, if both are whole sections of their own."""
    headed = [[line for line in side if _SECTION.match(line)] for side in (ours, theirs)]
    if not all(map(_is_section, (ours, theirs))) or set(headed[0]) & set(headed[1]):
        return None
    return [*ours, *theirs] if headed[0] <= headed[1] else [*theirs, *ours]


def _is_section(lines: Lines) -> bool:
    told = [line for line in lines if line.strip() and line.strip() != "---"]
    return bool(told) and _SECTION.match(told[0]) is not None


def _row(base: str, ours: str, theirs: str) -> str | None:
    """Returns a line, merged by its cells where it is a row of a table."""
    simple = _three_way(base, ours, theirs)
    if simple is not None or "|" not in base:
        return simple
    source = Source(ours)
    mine = _cells(ours)
    versions = [[piece.text for piece in row.cells] for row in map(_cells, (base, ours, theirs))]
    if len({len(version) for version in versions}) != 1:
        return None
    cells = [_three_way(*each) for each in zip(*versions, strict=True)]
    if None in cells:
        return None
    edits = [
        Edit(piece.span, cell or "")
        for piece, cell in zip(mine.cells, cells, strict=True)
        if piece.text != cell
    ]
    return source.splice(edits).text


def _cells(line: str) -> Row:
    source = Source(line)
    return Row(source, 1, source.line_span(1))


def _marked(region: Region, newline: str) -> Iterator[str]:
    yield f"<<<<<<< ours{newline}"
    yield from region.ours
    yield f"======={newline}"
    yield from region.theirs
    yield f">>>>>>> theirs{newline}"


# ── Meaning ──────────────────────────────────────────────────────────────────


def _against(
    base: Source, ours: Source, theirs: Source, merged: Source, clashing: bool
) -> tuple[str, ...]:
    """Returns the claims that differ, and, where no line clashes, those the result would lose."""
    was, one, other, result = (_claims(read(s, s.name).loop) for s in (base, ours, theirs, merged))
    found: list[str] = []
    for what in dict.fromkeys((*was, *one, *other)):
        claims = was.get(what, ""), one.get(what, ""), other.get(what, "")
        meant = _three_way(*claims)
        if meant is None:
            found.append(f"{what}: ours says {claims[1]!r}, theirs says {claims[2]!r}")
        elif not clashing and result.get(what, "") != meant:
            found.append(f"{what}: merged it would say {result.get(what, '')!r}, not {meant!r}")
    return tuple(found)


def _claims(loop: Loop) -> dict[str, str]:
    """Returns what a loop says of itself and of each phase and item, by name."""
    claims = {"status": loop.status_text or "", "closed": loop.closed or ""}
    for phase in loop.phases:
        claims[phase.id] = phase.status_text or phase.status
        claims |= {target_name(phase.id, i.key): i.status_text or i.status for i in phase.items}
    return claims
