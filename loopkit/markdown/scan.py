"""Columns within a line: cells, list markers, quote marks, all found by linear scans.

markdown-it maps lines, never columns, so these are found here in the lines that it names.
"""

from __future__ import annotations

import re
from itertools import islice, pairwise
from typing import NamedTuple

from loopkit.markdown.source import Source, Span

# What CommonMark calls white space; str.strip() alone would take form separators too.
SPACE = " \t\v\f\u00a0\u1680\u202f\u205f\u3000\u2028\u2029" + "".join(
    map(chr, range(0x2000, 0x200B))
)
BOM = "\ufeff"

# Nobody reads a wider table; a line of a million pipes costs no more than one of a thousand.
MOST_CELLS = 1_000

# A pipe is escaped by the one backslash before it; a code span does not protect it.
_PIPE = re.compile(r"(?<!\\)\|")
# A box may hold a tick, nothing, or one sign: `[~]`, `[-]`, `[!]`, `[✓]`; a letter is a flag.
BOX = r"\[(?:[ xX\u00a0]|[^\w\s\[\]]\ufe0f?)?\]"
_ITEM = re.compile(rf"[{SPACE}]*((?:[-+*]|\d{{1,9}}[.)])?)(?:[{SPACE}]*({BOX})(?=[ \t]|$))?")
_QUOTE_MARK = re.compile(r"[ \t]*>")


class Piece(NamedTuple):
    """A run of text in one line, white space around it left out; `line` is counted from 1."""

    text: str
    span: Span
    line: int


def line_bounds(source: Source, line: int) -> tuple[int, int]:
    """Returns where the text of a line begins and ends, a byte order mark left out."""
    start = source.starts[line - 1]
    marked = line == 1 and source.text.startswith(BOM)
    return start + marked, source.ends[line - 1]


def piece(source: Source, start: int, end: int, line: int) -> Piece:
    """Returns the text between two offsets less the white space around it.

    Where there is nothing but white space, the span is empty, one space in.
    """
    raw = source.text[start:end]
    left = raw.lstrip(SPACE)
    if not left:
        at = start + min(1, len(raw))
        return Piece("", Span(at, at), line)
    begin = start + len(raw) - len(left)
    text = left.rstrip(SPACE)
    return Piece(text, Span(begin, begin + len(text)), line)


def part(whole: Piece, start: int, end: int) -> Piece:
    """Returns the characters `start` to `end` of a piece, white space around them left out."""
    raw = whole.text[start:end]
    text = raw.strip()
    at = whole.span.start + start + raw.find(text)
    return Piece(text, Span(at, at + len(text)), whole.line)


def line_piece(source: Source, line: int, start: int | None = None) -> Piece:
    """Returns a line from `start` on, the whole of it where that is not given."""
    begin, end = line_bounds(source, line)
    return piece(source, begin if start is None else start, end, line)


def after_quote_mark(source: Source, line: int, start: int) -> int:
    """Returns where a line goes on after one `>`; a line that leaves it out goes on at once."""
    mark = _QUOTE_MARK.match(source.text, start, line_bounds(source, line)[1])
    return mark.end() if mark else start


def heading_piece(source: Source, line: int, start: int | None = None) -> Piece:
    """Returns the text of an ATX heading, or of the first line of a setext one."""
    whole = line_piece(source, line, start)
    text = whole.text.lstrip("#")
    marks = len(whole.text) - len(text)
    if not 1 <= marks <= 6 or (text and text[0] not in SPACE):
        return whole
    closed = text.rstrip("#")
    if not closed or closed[-1] in SPACE:
        text = closed
    begin = whole.span.start + marks
    return piece(source, begin, begin + len(text), line)


def split_cells(source: Source, span: Span, line: int) -> tuple[Piece, ...]:
    """Returns the cells of a table row, the first thousand; outer pipes are optional."""
    found = islice(_PIPE.finditer(source.text, span.start, span.end), MOST_CELLS + 1)
    pipes = [match.start() for match in found]
    edges = [span.start - 1, *pipes, *([span.end] if len(pipes) <= MOST_CELLS else [])]
    if pipes and pipes[0] == span.start:
        edges = edges[1:]
    if len(edges) > 1 and pipes and pipes[-1] == span.end - 1:
        edges = edges[:-1]
    return tuple(piece(source, left + 1, right, line) for left, right in pairwise(edges))


def item_pieces(source: Source, line: int, start: int) -> tuple[Piece, Piece | None, Piece]:
    """Returns the marker, the checkbox and the text of a list item that begins at `start`."""
    end = line_bounds(source, line)[1]
    found = _ITEM.match(source.text, start, end)
    assert found is not None  # every part of it may be empty
    marker = Piece(found[1], Span(*found.span(1)), line)
    if found[2] is None:
        return marker, None, piece(source, found.end(1), end, line)
    box = Piece(found[2], Span(*found.span(2)), line)
    return marker, box, piece(source, found.end(2), end, line)
