"""Edits of one cell, and the one column that a table may lack; nothing is padded again."""

from __future__ import annotations

from loopkit.markdown.document import Piece, Row, Table
from loopkit.markdown.source import Edit, Source, Span

_HEADER = "Status"


def set_cell(source: Source, piece: Piece, text: str) -> Edit:
    """Returns the edit that gives a cell this text; white space around the old one stays."""
    if piece.text:
        return Edit(piece.span, text)
    start, end = piece.span.start, piece.span.end
    while start and source.text[start - 1] in " \t":
        start -= 1
    while end < len(source.text) and source.text[end] in " \t":
        end += 1
    closed = source.text[end : end + 1] == "|"
    return Edit(Span(start, end), f" {text} " if closed else f" {text}")


def set_status_cell(source: Source, row: Row, column: int, text: str) -> Edit:
    """Returns the edit of a row's cell, which is made where the row is too short for it."""
    if column < len(row.cells):
        return set_cell(source, row.cells[column], text)
    return _appended(source, row, [""] * (column - len(row.cells)) + [text])


def add_status_column(source: Source, table: Table, row: Row, text: str) -> list[Edit]:
    """Returns the edits that give a table a Status column with one row filled.

    The other rows stay as they are: a row may have fewer cells than the header (GFM 4.10).
    """
    missing = len(table.header.cells) - len(row.cells)
    return [
        _appended(source, table.header, [_HEADER]),
        _delimiter(source, table.delimiter),
        _appended(source, row, [""] * missing + [text]),
    ]


def is_within_header(table: Table) -> bool:
    """Returns whether no row has a cell beyond the header, which a new column would take in."""
    width = len(table.header.cells)
    return all(len(row.cells) <= width for row in table.rows)


def _delimiter(source: Source, row: Row) -> Edit:
    last = row.cells[-1]
    spaced = source.text[last.span.end : last.span.end + 1] in (" ", "\t")
    dashes = "-" * len(_HEADER)
    if spaced or not _closed(source, row):
        return _appended(source, row, [dashes])
    return _appended(source, row, [f"-{dashes}-"], pad="")


def _appended(source: Source, row: Row, cells: list[str], pad: str = " ") -> Edit:
    at = _end(source, row)
    joined = "|".join(f"{pad}{cell}{pad}" for cell in cells)
    text = f"{joined}|" if _closed(source, row) else f" |{joined}".rstrip()
    return Edit(Span(at, at), text)


def _end(source: Source, row: Row) -> int:
    line = source.line_span(row.line)
    return line.start + len(source.cut(line).rstrip(" \t"))


def _closed(source: Source, row: Row) -> bool:
    """Returns whether the row ends with a pipe that ends its last cell."""
    at = _end(source, row)
    return source.text[at - 1] == "|" and (not row.cells or row.cells[-1].span.end < at)
