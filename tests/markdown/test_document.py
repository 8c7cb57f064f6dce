"""What the pieces of a document are, and where they stand."""

from __future__ import annotations

from loopkit.markdown.document import (
    Document,
    Heading,
    ListBlock,
    Opaque,
    Paragraph,
    Quote,
    Rule,
    Table,
    parse,
)
from loopkit.markdown.source import Source


def kinds(document: Document) -> list[str]:
    return [type(node).__name__ for node in document.nodes]


def test_each_block_at_the_top_level_is_one_node() -> None:
    document = parse(
        Source(
            "# A\n\ntext\nmore\n\n> said\n\n- x\n\n| a |\n|---|\n\n---\n\n```\n# no\n```\n<div>\n"
        )
    )
    assert kinds(document) == [
        "Heading", "Paragraph", "Quote", "ListBlock", "Table", "Rule", "Opaque", "Opaque",
    ]  # fmt: skip


def test_lines_are_those_of_the_block_without_blank_lines_after_it() -> None:
    document = parse(Source("- a\n  b\n\n\n\ntext\n"))
    assert [node.lines for node in document.nodes] == [(1, 2), (6, 6)]


def test_headings_are_read_with_their_closing_marks_left_out() -> None:
    document = parse(Source("## Phases ##\n\n#\tTabbed\n\nSetext *too*\n---\n\n#nothing\n\n# a#\n"))
    headings = [n for n in document.nodes if isinstance(n, Heading)]
    assert [(h.level, h.text.text) for h in headings] == [
        (2, "Phases"), (1, "Tabbed"), (2, "Setext *too*"), (1, "a#"),
    ]  # fmt: skip
    assert headings[2].lines == (5, 6)


def test_a_pipe_is_escaped_by_a_backslash_and_by_nothing_else() -> None:
    (table,) = parse(Source("| a | b |\n|---|---|\n| x \\| y | `p | q` |\n")).nodes
    assert isinstance(table, Table)
    assert [c.text for c in table.rows[0].cells] == ["x \\| y", "`p", "q`"]


def test_cells_need_no_outer_pipes() -> None:
    (table,) = parse(Source("a | b\n--|--\n1 | 2\n")).nodes
    assert isinstance(table, Table)
    assert [[c.text for c in r.cells] for r in (table.header, *table.rows)] == [
        ["a", "b"],
        ["1", "2"],
    ]


def test_an_empty_cell_stands_one_space_in() -> None:
    source = Source("| a | b |\n|---|---|\n|  ||\n")
    (table,) = parse(source).nodes
    assert isinstance(table, Table)
    first, second = table.rows[0].cells
    assert source.column_of(first.span.start) == 3
    assert source.column_of(second.span.start) == 5
    assert (len(first.span), len(second.span)) == (0, 0)


def test_items_of_a_list_know_their_marker_checkbox_and_depth() -> None:
    (block,) = parse(Source("1. [x] one\n   - [ ] two\n2. - three\n3.\n")).nodes
    assert isinstance(block, ListBlock)
    assert [(i.marker.text, i.checked, i.text.text, i.depth) for i in block.items] == [
        ("1.", True, "one", 0),
        ("-", False, "two", 1),
        ("2.", None, "", 0),
        ("-", None, "three", 1),
        ("3.", None, "", 0),
    ]


def test_code_in_an_item_is_no_text_of_it() -> None:
    (block,) = parse(Source("- ```\n  - [x] P0: no\n  ```\n")).nodes
    assert isinstance(block, ListBlock)
    assert [item.text.text for item in block.items] == [""]


def test_a_quote_gives_its_prose_and_not_its_code() -> None:
    (quote,) = parse(
        Source("> **Status:** open\n> > deeper\n>\n> ```\n> **Status:** no\n> ```\n")
    ).nodes
    assert isinstance(quote, Quote)
    assert [piece.text for piece in quote.pieces] == ["**Status:** open", "deeper"]


def test_front_matter_is_no_heading() -> None:
    document = parse(Source("---\nstatus: open\n---\n# A\n"))
    assert document.front_matter is not None
    assert document.front_matter.lines == (1, 3)
    assert kinds(document) == ["Heading"]


def test_a_rule_at_the_top_is_no_front_matter() -> None:
    document = parse(Source("---\n\ntext\n\n---\n"))
    assert document.front_matter is None
    assert kinds(document) == ["Rule", "Paragraph", "Rule"]


def test_a_byte_order_mark_hides_neither_title_nor_front_matter() -> None:
    title = parse(Source("\ufeff# A\n")).nodes[0]
    assert isinstance(title, Heading)
    assert title.text.text == "A"
    assert parse(Source("\ufeff---\nstatus: open\n---\n")).front_matter is not None


def test_a_lone_carriage_return_ends_a_line_and_u2028_does_not() -> None:
    document = parse(Source("# A\r\rone\u2028two\r"))
    assert kinds(document) == ["Heading", "Paragraph"]
    paragraph = document.nodes[1]
    assert isinstance(paragraph, Paragraph)
    assert [piece.text for piece in paragraph.pieces] == ["one\u2028two"]


def test_nesting_beyond_the_limit_is_said_and_not_followed() -> None:
    document = parse(Source(">" * 500 + " x\n\n# A\n"))
    assert document.too_deep
    assert kinds(document) == ["Quote", "Heading"]
    assert not parse(Source("> > > x\n")).too_deep


def test_a_row_of_a_million_pipes_is_read_up_to_a_thousand_cells() -> None:
    (table,) = parse(Source("| a |\n|---|\n" + "|" * 1_000_000 + "\n")).nodes
    assert isinstance(table, Table)
    assert len(table.rows[0].cells) == 1_000


def test_html_and_indented_code_are_opaque() -> None:
    document = parse(Source("<!--\n## P0: no\n-->\n\n    ## P1: no\n"))
    assert [type(n) for n in document.nodes] == [Opaque, Opaque]


def test_a_rule_between_sections_has_its_line() -> None:
    assert [n.lines for n in parse(Source("a\n\n***\n")).nodes if isinstance(n, Rule)] == [(3, 3)]
