"""Reads plain documents without the parser, and leaves every other document to it.

Most documents keep to a few habits: blocks begin in the first column, and a blank line ends them.
Those are read here in a fraction of the parser's time. At the first line that could mean something
else the whole document is doubtful, and markdown-it-py reads it; tests hold the two to one answer.
"""

from __future__ import annotations

from collections.abc import Iterator

from loopkit.markdown.pieces import (
    Heading,
    Node,
    Opaque,
    OpaqueKind,
    Paragraph,
    Quote,
    Row,
    Rule,
    Table,
)
from loopkit.markdown.plainlines import (
    BEGINNINGS,
    FENCE,
    HEADING,
    ITEM,
    RULE,
    RULE_LIKE,
    Doubtful,
    Lines,
    may_be_block,
)
from loopkit.markdown.plainlists import PlainList
from loopkit.markdown.scan import BOM, heading_piece, line_piece
from loopkit.markdown.source import Source


def plain_nodes(source: Source, before: int, text: str) -> tuple[Node, ...] | None:
    """Returns the nodes of a text that `before` lines stand above, None if it is doubtful."""
    if "\t" in text or "\r" in text or text.startswith(BOM):
        return None
    try:
        return tuple(_nodes(Lines(source, before + 1, text)))
    except Doubtful:
        return None


def _nodes(lines: Lines) -> Iterator[Node]:
    at = 0
    while at < len(lines.texts) - 1:
        if lines.is_blank(at):
            at += 1
            continue
        node = _block(lines, at)
        yield node
        at = node.lines[1] - lines.first + 1


def _block(lines: Lines, at: int) -> Node:
    """Returns the block that begins at a line."""
    line = lines.texts[at]
    if lines.begins_table(at):
        return _table(lines, at)
    if line[0] not in BEGINNINGS:
        return _paragraph(lines, at)
    if heading := HEADING.match(line):
        text = heading_piece(lines.source, lines.first + at)
        return Heading(len(heading[1]), text, lines.span(at, at))
    if line[0] == ">":
        return _quote(lines, at)
    if fence := FENCE.match(line):
        return _fence(lines, at, fence[1] or fence[2])
    if RULE.match(line):
        return Rule(lines.span(at, at))
    if ITEM.match(line) and line[0] != " ":
        return PlainList(lines, at).read()
    if line.startswith("<!--") and "-->" in line:
        return Opaque(lines.span(at, at), OpaqueKind.REMARK)
    if line[0] == " " or (line[0] != "#" and may_be_block(line)):
        raise Doubtful
    return _paragraph(lines, at)


def _table(lines: Lines, at: int) -> Table:
    """Returns the table whose header is this line: its rows are all that begin with a pipe."""
    end = at + 2
    while lines.texts[end].startswith("|"):
        end += 1
    if not lines.is_blank(end):
        raise Doubtful
    numbers = range(lines.first + at, lines.first + end)
    rows = (Row(lines.source, line, line_piece(lines.source, line).span) for line in numbers)
    header, delimiter, *body = rows
    return Table(header, delimiter, tuple(body), lines.span(at, end - 1))


def _quote(lines: Lines, at: int) -> Quote:
    """Returns a quote of plain paragraphs."""
    end = at
    runs: list[list[int]] = []
    while lines.texts[end].startswith(">"):
        text = lines.texts[end][1:].removeprefix(" ")
        if text.strip(" "):
            if text[0] == " " or may_be_block(text):
                raise Doubtful
            if runs and runs[-1][1] == end - 1:
                runs[-1][1] = end
            else:
                runs.append([end, end])
        end += 1
    if not lines.is_blank(end) and not HEADING.match(lines.texts[end]):
        raise Doubtful
    return Quote(tuple(_quoted(lines, *run) for run in runs), lines.span(at, end - 1))


def _quoted(lines: Lines, begun: int, end: int) -> Paragraph:
    """Returns a paragraph each of whose lines begins with its one `>`."""
    first, last = lines.span(begun, end)
    starts = lines.source.starts
    numbers = range(first, last + 1)
    pieces = (line_piece(lines.source, line, starts[line - 1] + 1) for line in numbers)
    return Paragraph(tuple(pieces), (first, last))


def _fence(lines: Lines, at: int, marker: str) -> Opaque:
    """Returns a fence with all up to its closing line."""
    for end in range(at + 1, len(lines.texts)):
        line = lines.texts[end].strip(" ")
        if line.startswith(marker) and not line.strip(marker[0]):
            if lines.texts[end].startswith("    "):
                raise Doubtful
            return Opaque(lines.span(at, end))
    raise Doubtful


def _paragraph(lines: Lines, at: int) -> Paragraph:
    """Returns a paragraph: up to a blank line, or a block that surely interrupts it."""
    end = at + 1
    while not lines.is_blank(end) and not _interrupts(lines, end):
        end += 1
    first, last = lines.span(at, end - 1)
    pieces = (line_piece(lines.source, line) for line in range(first, last + 1))
    return Paragraph(tuple(pieces), (first, last))


def _interrupts(lines: Lines, at: int) -> bool:
    """Returns whether a line ends the paragraph above it."""
    line = lines.texts[at]
    if line[0] not in BEGINNINGS and "|" not in line:
        return False
    if lines.begins_table(at) or HEADING.match(line) or line[0] == ">" or FENCE.match(line):
        return True
    item = ITEM.match(line)
    if item and not item[1] and item[2] in ("-", "*", "+", "1.", "1)"):
        if RULE_LIKE.match(line):
            raise Doubtful
        return True
    if may_be_block(line):
        raise Doubtful
    return False
