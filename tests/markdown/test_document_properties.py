"""What holds of every text: nothing raises, and each piece is where it says it is."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from loopkit.markdown.document import Piece, Row, Table, parse
from loopkit.markdown.source import Source
from tests.written_markdown import tables, texts


def pieces(value: object) -> Iterator[Piece]:
    """Yields every piece in a value, at any depth."""
    if isinstance(value, Piece):
        yield value
    elif isinstance(value, Row):
        yield from value.cells
    elif isinstance(value, tuple):
        for part in value:
            yield from pieces(part)
    elif dataclasses.is_dataclass(value) and not isinstance(value, Source):
        for field in dataclasses.fields(value):
            yield from pieces(getattr(value, field.name))


@given(st.one_of(texts(), st.text(max_size=200)))
def test_every_piece_is_the_text_of_its_span(text: str) -> None:
    source = Source(text)
    document = parse(source)
    for piece in pieces((document.front_matter, document.nodes)):
        assert source.cut(piece.span) == piece.text
        assert source.line_of(piece.span.start) == piece.line or not piece.text


@given(texts())
def test_nodes_stand_in_order_and_do_not_overlap(text: str) -> None:
    document = parse(Source(text))
    last = document.front_matter.lines[1] if document.front_matter else 0
    for node in document.nodes:
        assert last < node.lines[0] <= node.lines[1] <= document.source.line_count
        last = node.lines[1]


@given(texts(ends=("\n",)))
def test_line_ends_do_not_change_what_is_read(text: str) -> None:
    other = text.replace("\n", "\r\n")
    expected = [piece.text for piece in pieces(parse(Source(text)).nodes)]
    assert [piece.text for piece in pieces(parse(Source(other)).nodes)] == expected


@settings(max_examples=300)
@given(tables())
def test_tables_and_cells_are_those_of_markdown_it(text: str) -> None:
    ours = [node for node in parse(Source(text)).nodes if isinstance(node, Table)]
    seen = [
        [c.text.replace("\\|", "|") for c in row.cells] for t in ours for row in (t.header, *t.rows)
    ]
    width = len(ours[0].header.cells) if ours else 0
    padded = [(cells + [""] * width)[:width] for cells in seen]
    assert padded == _markdown_it_rows(text)


def _markdown_it_rows(text: str) -> list[list[str]]:
    rows: list[list[str]] = []
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and rows and token.level == 4:
            rows[-1].append(token.content)
    return rows


@given(texts())
def test_the_blocks_are_those_of_markdown_it(text: str) -> None:
    source = Source(text)
    front = parse(source).front_matter
    before = front.lines[1] if front else 0
    start = source.starts[before] if before < len(source.starts) else len(text)
    body = text[start:].removeprefix("\ufeff") if not before else text[start:]
    tokens = MarkdownIt("commonmark").enable("table").parse(body)
    top = [t.map[0] for t in tokens if t.level == 0 and t.nesting >= 0 and t.map]
    assert [node.lines[0] for node in parse(source).nodes] == [line + 1 + before for line in top]
