"""Markdown as headings, fields, tables and lists, each with its span in the source.

The meaning is CommonMark's and GFM's, as markdown-it-py gives it. It maps lines, never columns,
so cells, markers and fields are found by scans of our own within the lines it names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
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
    OpaqueKind,
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
    after_quote_mark,
    heading_piece,
    item_pieces,
    line_bounds,
    line_piece,
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
    "OpaqueKind",
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
    nodes = tuple(_Builder(source, before, tokens).nodes())
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


# Where the lines of a nested block begin: after a quote's mark (None), or after the marker of an
# item on the line that it begins in.
Home = tuple[tuple[int, int] | None, ...]


class _Builder:
    """Makes nodes of tokens, each read once; `before` lines stand above the parsed text."""

    def __init__(self, source: Source, before: int, tokens: Sequence[Token]) -> None:
        self.source = source
        self.before = before
        self.tokens = tokens
        self.at = 0

    def nodes(self, home: Home = ()) -> Iterator[Node]:
        """Yields the blocks up to the end of what they stand in."""
        while self.at < len(self.tokens) and self.tokens[self.at].nesting >= 0:
            yield self.node(home)

    def node(self, home: Home) -> Node:
        """Returns the block whose token is the next, with everything in it."""
        token = self.tokens[self.at]
        self.at += 1
        lines = self.lines(token)
        match token.type:
            case "heading_open":
                self.at += 2  # its text, which is cut from the source, and its end
                return self.heading(token, lines, home)
            case "paragraph_open":
                self.at += 2
                return Paragraph(self.pieces(lines, home), lines)
            case "table":
                return self.table(lines, home)
            case "bullet_list_open" | "ordered_list_open":
                items: list[ListItem | None] = []
                self.items(items, home, 0)
                made = tuple(item for item in items if item is not None)
                return ListBlock(token.type == "ordered_list_open", made, lines)
            case "blockquote_open":
                inside = tuple(self.nodes((*home, None)))
                self.at += 1
                return Quote(inside, lines)
            case "hr":
                return Rule(lines)
        is_remark = token.type == "html_block" and token.content.lstrip().startswith("<!--")
        kind = OpaqueKind.REMARK if is_remark else _OPAQUE.get(token.type, OpaqueKind.FENCE)
        return Opaque(lines, kind)

    def lines(self, token: Token) -> tuple[int, int]:
        """Returns the first and last line of a block, blank lines at its end left out."""
        first, end = token.map or (0, 1)
        first, last = first + self.before + 1, end + self.before
        while last > first and not self.source.line_text(last).strip(" \t"):
            last -= 1
        return first, last

    def start(self, line: int, home: Home) -> int:
        """Returns where a line of a nested block begins."""
        at = line_bounds(self.source, line)[0]
        for outer in home:
            if outer is None:
                at = after_quote_mark(self.source, line, at)
            elif outer[0] == line:
                at = outer[1]
        return at

    def pieces(self, lines: tuple[int, int], home: Home) -> tuple[Piece, ...]:
        """Returns the lines of a paragraph."""
        numbers = range(lines[0], lines[1] + 1)
        return tuple(line_piece(self.source, n, self.start(n, home)) for n in numbers)

    def heading(self, token: Token, lines: tuple[int, int], home: Home) -> Heading:
        """Returns a heading with its text."""
        atx = token.markup.startswith("#")
        start = self.start(lines[0], home)
        text = (heading_piece if atx else line_piece)(self.source, lines[0], start)
        return Heading(int(token.tag[1]), text, lines, top=not home)

    def table(self, lines: tuple[int, int], home: Home) -> Table:
        """Returns a table with a row for each of its lines."""
        header, delimiter, *rows = (
            Row(self.source, piece.line, piece.span) for piece in self.pieces(lines, home)
        )
        return Table(header, delimiter, tuple(rows), lines, top=not home)

    def items(self, items: list[ListItem | None], home: Home, depth: int) -> None:
        """Adds the items of a list and of the lists in it, in the order of the file."""
        while self.tokens[self.at].nesting >= 0:
            lines = self.lines(self.tokens[self.at])
            self.at += 1
            place = len(items)
            items.append(None)
            start = self.start(lines[0], home)
            marker, box, text = item_pieces(self.source, lines[0], start)
            inside = (*home, (lines[0], marker.span.end))
            if self.tokens[self.at].type in ("paragraph_open", "heading_open"):
                inner = self.further(inside)
            else:
                at = marker.span.end
                box, text, inner = None, Piece("", Span(at, at), lines[0]), []
            inner += self.within(items, inside, depth)
            items[place] = ListItem(marker, box, text, lines, depth, tuple(inner))
        self.at += 1

    def further(self, home: Home) -> list[Node]:
        """Returns what follows the first line of an item's text in the same paragraph."""
        is_heading = self.tokens[self.at].type == "heading_open"
        first, last = self.lines(self.tokens[self.at])
        self.at += 3
        if is_heading or first == last:
            return []
        return [Paragraph(self.pieces((first + 1, last), home), (first + 1, last))]

    def within(self, items: list[ListItem | None], home: Home, depth: int) -> Iterator[Node]:
        """Yields the blocks of an item up to its end, its lists left to the items."""
        while self.tokens[self.at].nesting >= 0:
            if self.tokens[self.at].type in ("bullet_list_open", "ordered_list_open"):
                self.at += 1
                self.items(items, home, depth + 1)
            else:
                yield self.node(home)
        self.at += 1


_OPAQUE = {"html_block": OpaqueKind.HTML, "code_block": OpaqueKind.CODE}
