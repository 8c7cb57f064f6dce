"""What stands in quotes and in items of lists keeps its place in the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given

from loopkit.markdown.document import (
    ListBlock,
    ListItem,
    Node,
    Opaque,
    Paragraph,
    Piece,
    Quote,
    Table,
    parse,
)
from loopkit.markdown.pieces import OpaqueKind, prose
from loopkit.markdown.source import Source
from tests.written_markdown import texts


def nodes_of(text: str) -> tuple[Node, ...]:
    return parse(Source(text)).nodes


def only_items(text: str) -> list[ListItem]:
    (block,) = nodes_of(text)
    assert isinstance(block, ListBlock)
    return list(block.items)


def cells_of(table: Node) -> list[list[str]]:
    assert isinstance(table, Table)
    return [[cell.text for cell in row.cells] for row in (table.header, *table.rows)]


def test_a_table_in_an_item_is_read_with_its_cells() -> None:
    text = "- As agreed:\n\n  | A | B |\n  |---|---|\n  | 1 | 2 |\n\n- More\n"
    first, second = only_items(text)
    (table,) = first.inner
    assert cells_of(table) == [["A", "B"], ["1", "2"]]
    assert second.inner == ()


def test_a_table_in_a_quote_begins_after_the_mark() -> None:
    (quote,) = nodes_of("> | A | B |\n> |---|---|\n> | 1 | 2 |\n")
    assert isinstance(quote, Quote)
    assert cells_of(quote.nodes[0]) == [["A", "B"], ["1", "2"]]


def test_a_table_on_the_line_of_its_item_begins_after_the_marker() -> None:
    (item,) = only_items("- | A | B |\n  |---|---|\n  | 1 | 2 |\n")
    assert item.text.text == ""
    assert cells_of(item.inner[0]) == [["A", "B"], ["1", "2"]]


def test_boxes_in_a_callout_are_items() -> None:
    (quote,) = nodes_of("> [!todo] Order\n> - [x] P0 Wash\n>   - [ ] hot\n> - [ ] P1 Wax\n")
    assert isinstance(quote, Quote)
    block = quote.nodes[1]
    assert isinstance(block, ListBlock)
    assert [(i.text.text, i.mark, i.depth) for i in block.items] == [
        ("P0 Wash", "x", 0), ("hot", " ", 1), ("P1 Wax", " ", 0),
    ]  # fmt: skip


def test_the_further_lines_of_an_item_are_kept_apart_from_its_first() -> None:
    first, nested = only_items("- one\n  goes on\n\n  and again\n  on\n  - two\n    too\n")
    assert [[p.text for p in prose([node])] for node in first.inner] == [
        ["goes on"], ["and again", "on"],
    ]  # fmt: skip
    assert [piece.text for piece in prose(nested.inner)] == ["too"]


@pytest.mark.parametrize("mark", [" ", "x", "X", "/", "~", "-", "!", ">", "✓", "✔️", ""])
def test_one_sign_in_a_box_is_its_mark(mark: str) -> None:
    (item,) = only_items(f"- [{mark}] P0 Dredge\n")
    assert (item.mark, item.text.text) == (mark, "P0 Dredge")
    assert item.checked is (mark in ("x", "X", "✓", "✔️"))


@pytest.mark.parametrize("text", ["[P] flag", "[1] note", "[a](b) link", "[^1] foot", "[xx] word"])
def test_other_brackets_are_no_box(text: str) -> None:
    (item,) = only_items(f"- {text}\n")
    assert item.checkbox is None or text.startswith("[^1]")
    assert item.text.text == text


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("```\n- [x] P0\n```\n", OpaqueKind.FENCE),
        ("    - [x] P0\n", OpaqueKind.CODE),
        ("<table><tr><td>P0</td></tr></table>\n", OpaqueKind.HTML),
        ("<!-- P0 -->\n", OpaqueKind.REMARK),
        ("<!--\nP0\n\nP1\n-->\n", OpaqueKind.REMARK),
    ],
)
def test_what_is_opaque_says_why(text: str, kind: OpaqueKind) -> None:
    (block,) = nodes_of(text)
    assert isinstance(block, Opaque)
    assert block.kind is kind


def _pieces(nodes: Iterable[Node]) -> Iterator[Piece]:
    for node in nodes:
        match node:
            case Paragraph():
                yield from node.pieces
            case Table():
                for row in (node.header, *node.rows):
                    yield from row.cells
            case ListBlock():
                for item in node.items:
                    yield from (item.marker, item.text)
                    yield from (item.checkbox,) if item.checkbox else ()
                    yield from _pieces(item.inner)
            case Quote():
                yield from _pieces(node.nodes)


@given(texts())
def test_every_piece_at_any_depth_is_cut_from_its_own_line(text: str) -> None:
    source = Source(text)
    for piece in _pieces(parse(source).nodes):
        assert source.cut(piece.span) == piece.text
        line = source.line_span(piece.line)
        assert line.start <= piece.span.start <= piece.span.end <= line.end
