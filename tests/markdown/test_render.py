"""What render gives is read by markdown-it, the parser whose meaning the documents have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from loopkit.markdown import render

ORDINARY = [
    "Retention `keep-last=2` verified working.",
    "Script: `/usr/local/bin/vzdump-offsite-sync.sh` on pve",
    "2026-02-09 02:00 (185G)",
    "First full sync ~7-8h; subsequent runs incremental (one file per VM changes daily)",
    "pve -> nas over Tailscale, 1500 KB/s, 37% used, 10/10 VMs",
    "vm_200_offsite and keep-last=2, a < b && c > d",
    "10.0.0.2:/volume1/backups — 13TB, ü, 日本, 👩‍👩‍👧",
    "**bold** as the author means it, *.vma.zst and 0 2 * * *",
    "see [the receipt](receipts/3f9c.json)",
]


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_stays_as_a_careful_person_would_write_it(text: str) -> None:
    assert render.cell(text) == text
    assert render.paragraph(text) == [text]
    assert render.bullets([text]) == [f"- {text}"]
    assert render.heading(3, text) == f"### {text}"


def tokens(lines: list[str]) -> list[str]:
    """Returns the kinds of the blocks that these lines are."""
    parsed = MarkdownIt("commonmark").enable("table").parse("\n".join(lines))
    return [token.type for token in parsed if token.nesting >= 0]


def shown(markdown: str) -> str:
    """Returns the text that a reader of one line sees, HTML and images left out."""
    inline = MarkdownIt("commonmark").enable("table").parseInline(markdown)[0]
    seen = ("text", "code_inline", "text_special", "softbreak")
    return "".join(t.content for t in inline.children or () if t.type in seen)


@pytest.mark.parametrize(
    "text",
    [
        "# P5", "- [x] P5", "> **Status:** closed", "1. P5 done", "7) x", "+ x", "* x", "---",
        "***", "* * *", "===", "~~~", "```sh", "| P5 | **done** |", "[x]: http://x", "[x] done",
        "<!-- hidden", "<script>", "</details>", "\\# x", "    indented", "\t- x", "-", "#",
        "`` ` ``", "`open", "&#35; x", "&lt;b&gt;", "<?php", "<![CDATA[",
    ],
)  # fmt: skip
def test_no_text_begins_a_block_or_hides(text: str) -> None:
    assert tokens(render.paragraph(text)) == ["paragraph_open", "inline"]
    bold = str.maketrans("", "", "*`")
    seen = shown(render.paragraph(text)[0]).translate(bold).strip()
    assert seen == text.translate(bold).strip()
    kinds = ["bullet_list_open", "list_item_open", "paragraph_open", "inline"]
    assert tokens(render.bullets([text])) == kinds


def test_text_of_many_lines_is_fenced_so_that_nothing_in_it_is_read() -> None:
    text = "| P5 | **done** |\n```\n# P9\n<!-- x\n````"
    lines = render.paragraph(text)
    assert tokens(lines) == ["fence"]
    assert lines[1:-1] == text.split("\n")


def test_a_cell_keeps_its_pipes_within_code_and_without() -> None:
    lines = render.table(["a"], [["x | y"], ["`x|y`"], ["back\\|slash"], ["`a\\|b`"]])
    parsed = MarkdownIt("commonmark").enable("table").parse("\n".join(lines))
    cells = [t.content for t in parsed if t.type == "inline"][1:]
    assert [shown(c) for c in cells] == ["x | y", "x|y", "back\\|slash", "a\\|b"]


def test_what_moves_a_cursor_or_cannot_be_seen_is_taken_out_or_named() -> None:
    assert render.cell("\x1b[31mred\x1b[0m \x1b]8;;http://x\x07link\x1b]8;;\x1b\\") == "red link"
    assert render.cell("a\u202eb\u200bc") == "a⟨U+202E⟩b⟨U+200B⟩c"
    assert render.cell("nul\x00 bell\x07 \ud800 \x9b") == "nul␀ bell␇ � �"
    assert render.cell("one\u2028two\r\nthree\x0bfour\x85five") == "one two three four five"


def test_images_and_links_that_leave_the_repository_do_not_work() -> None:
    assert render.line("![x](http://e) [y](//e) [z](javascript:1)") == (
        r"!\[x]\(http://e) [y]\(//e) [z]\(javascript:1)"
    )


def test_a_megabyte_in_one_line_is_cut_and_says_so() -> None:
    text = render.cell("x" * 1_000_000)
    assert text == "x" * render.CELL_LIMIT + "… (999,700 more characters)"
    assert render.fence("y\n" * 1_000)[-2] == "… 940 more lines"
    assert len(render.table(["a"], [["1"]] * 1_000)) == render.ROW_LIMIT + 3


def test_a_table_is_as_wide_as_its_widest_row() -> None:
    assert render.table(["VM", "Name"], [["200"], ["201", "b", "c"]]) == [
        "| VM | Name |  |",
        "|----|------|--|",
        "| 200 |  |  |",
        "| 201 | b | c |",
    ]
    assert render.table([], []) == []


def test_a_heading_keeps_its_last_marks() -> None:
    assert shown(render.heading(3, "written in C #").removeprefix("### ")) == "written in C #"


@given(st.text())
def test_any_text_is_one_line_and_no_block(text: str) -> None:
    lines = [render.cell(text), render.heading(3, text), *render.bullets([text])]
    assert not any(char in line for line in lines for char in "\n\r\u2028\x1b\u202e")
    assert [t for t in tokens(render.bullets([text])) if t != "inline"] in (
        ["bullet_list_open", "list_item_open", "paragraph_open"],
        ["bullet_list_open", "list_item_open"],
    )
    assert set(tokens(render.fence(text))) == {"fence"}


@given(st.lists(st.lists(st.text(), max_size=4), max_size=4), st.lists(st.text(), max_size=4))
def test_any_table_has_the_rows_and_cells_it_was_given(
    rows: list[list[str]], columns: list[str]
) -> None:
    lines = render.table(columns, rows)
    found = tokens(lines)
    width = max((len(row) for row in (columns, *rows)), default=0)
    assert found.count("table_open") == (1 if width else 0)
    assert found.count("td_open") == width * len(rows)


@given(st.text())
def test_a_code_span_shows_text_to_the_letter(text: str) -> None:
    span = render.code(text)
    if span:
        parsed = MarkdownIt("commonmark").parseInline(span)[0].children or []
        assert [t.type for t in parsed] == ["code_inline"]
