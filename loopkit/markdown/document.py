"""Markdown as headings, fields, tables and lists, each with its span in the source.

The meaning is CommonMark's and GFM's, as markdown-it-py gives it. It maps lines, never columns,
so cells, markers and fields are found by scans of our own within the lines it names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from loopkit.markdown.frontmatter import read_front_matter
from loopkit.markdown.pieces import (
    NOWHERE,
    Document,
    Field,
    FrontMatter,
    Heading,
    ListBlock,
    ListItem,
    Node,
    Opaque,
    Paragraph,
    Quote,
    Row,
    Rule,
    Table,
)
from loopkit.markdown.plainscan import plain_nodes
from loopkit.markdown.scan import (
    BOM,
    SPACE,
    Piece,
    heading_piece,
    item_pieces,
    line_bounds,
    line_piece,
    quoted_piece,
)
from loopkit.markdown.source import Source, Span

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.token import Token

__all__ = [
    "NOWHERE",
    "Document",
    "Field",
    "FrontMatter",
    "Heading",
    "ListBlock",
    "ListItem",
    "Node",
    "Opaque",
    "Paragraph",
    "Piece",
    "Quote",
    "Row",
    "Rule",
    "Table",
    "parse",
]

# Nobody nests lists and quotes this deep; each level costs the parser two frames of the stack.
_MAX_NESTING = 60


def parse(source: Source) -> Document:
    """Reads the pieces of a document; never raises, and takes time linear in its size."""
    front = read_front_matter(source)
    before = front.lines[1] if front else 0
    start = source.starts[before] if before < len(source.starts) else len(source.text)
    text = source.text[start:]
    nodes = plain_nodes(source, before, text)
    if nodes is not None:
        return Document(source, front, nodes)
    return parse_doubtful(source, front, before, text)


def parse_doubtful(source: Source, front: FrontMatter | None, before: int, text: str) -> Document:
    """Reads a document by markdown-it-py; `before` lines of front matter stand above the text."""
    tokens = _parser().parse(text if before else text.removeprefix(BOM))
    nodes = tuple(_Builder(source, before).nodes(tokens))
    return Document(source, front, nodes, any(t.level >= _MAX_NESTING - 1 for t in tokens))


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING}).enable("table")
    parser.core.ruler.disable(["inline", "text_join"])
    parser.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    return parser


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Recognises tables as markdown-it does, but leaves the cells to `split_cells`.

    Its own rule makes eight tokens of each cell: of ten megabytes of cells that is ten gigabytes.
    """
    from markdown_it.rules_block import table

    if not table(state, start, end, True):
        return False
    if silent:
        return True
    parent, state.parentType = state.parentType, "table"
    rules = state.md.block.ruler.getRules("blockquote")
    last = start + 2
    while last < end and not (
        state.sCount[last] < state.blkIndent
        or any(rule(state, last, end, True) for rule in rules)
        or not state.src[state.bMarks[last] : state.eMarks[last]].strip(SPACE)
        or state.is_code_block(last)
    ):
        last += 1
    token = state.push("table", "table", 0)
    token.map = [start, last]
    state.parentType, state.line = parent, last
    return True


class _Builder:
    """Makes nodes of the tokens at the top level; `before` lines stand above the parsed text."""

    def __init__(self, source: Source, before: int) -> None:
        self.source = source
        self.before = before

    def nodes(self, tokens: Sequence[Token]) -> Iterator[Node]:
        """Yields one node for each top-level block."""
        at = 0
        while at < len(tokens):
            end = at + 1
            if tokens[at].nesting == 1:
                while tokens[end].level > 0:
                    end += 1
                end += 1
            if node := self.node(tokens[at], tokens[at:end]):
                yield node
            at = end

    def node(self, token: Token, inside: Sequence[Token]) -> Node | None:
        """Returns the node of one block; `inside` is the block with everything in it."""
        lines = self.lines(token)
        match token.type:
            case "heading_open":
                return self.heading(token, lines)
            case "table":
                return self.table(lines)
            case "bullet_list_open" | "ordered_list_open":
                items = tuple(self.items(inside))
                return ListBlock(token.type == "ordered_list_open", items, lines)
            case "paragraph_open":
                return Paragraph(tuple(self.pieces(lines)), lines)
            case "blockquote_open":
                return Quote(tuple(self.quoted(inside)), lines)
            case "hr":
                return Rule(lines)
        return Opaque(lines)

    def lines(self, token: Token) -> tuple[int, int]:
        """Returns the first and last line of a block, blank lines at its end left out."""
        first, end = token.map or (0, 1)
        first, last = first + self.before + 1, end + self.before
        while last > first and not self.source.line_text(last).strip(" \t"):
            last -= 1
        return first, last

    def heading(self, token: Token, lines: tuple[int, int]) -> Heading:
        """Returns a heading with its text."""
        atx = token.markup.startswith("#")
        text = (heading_piece if atx else line_piece)(self.source, lines[0])
        return Heading(int(token.tag[1]), text, lines)

    def table(self, lines: tuple[int, int]) -> Table:
        """Returns a table with a row for each of its lines."""
        header, delimiter, *rows = (
            Row(self.source, line, line_piece(self.source, line).span)
            for line in range(lines[0], lines[1] + 1)
        )
        return Table(header, delimiter, tuple(rows), lines)

    def pieces(self, lines: tuple[int, int]) -> Iterator[Piece]:
        """Yields the lines of a paragraph."""
        return (line_piece(self.source, line) for line in range(lines[0], lines[1] + 1))

    def quoted(self, inside: Sequence[Token]) -> Iterator[Piece]:
        """Yields the lines of prose in a block quote: none of a fence in it."""
        for token in inside:
            if token.type in ("paragraph_open", "heading_open", "table"):
                first, last = self.lines(token)
                for line in range(first, last + 1):
                    yield quoted_piece(self.source, line)

    def items(self, inside: Sequence[Token]) -> Iterator[ListItem]:
        """Yields the items of a list and of the lists in it, but none in a quote in it."""
        open_types: list[str] = []
        begins: list[tuple[int, int]] = []  # line and content of each open item
        for token, following in pairwise(inside):
            if token.type == "list_item_open" and "blockquote_open" not in open_types:
                first, last = self.lines(token)
                same_line = bool(begins) and begins[-1][0] == first
                start = begins[-1][1] if same_line else line_bounds(self.source, first)[0]
                marker, box, text = item_pieces(self.source, first, start)
                begins.append((first, marker.span.end))
                if following.type not in ("paragraph_open", "heading_open"):
                    at = marker.span.end
                    box, text = None, Piece("", Span(at, at), first)
                yield ListItem(marker, box, text, (first, last), len(begins) - 1)
            if token.nesting == 1:
                open_types.append(token.type)
            elif token.nesting == -1:
                open_types.pop()
                if token.type == "list_item_close" and "blockquote_open" not in open_types:
                    begins.pop()
