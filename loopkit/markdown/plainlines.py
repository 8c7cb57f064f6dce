"""What a line surely is, or may be, to Markdown; and the lines of a text with their places."""

from __future__ import annotations

import re

from loopkit.markdown.scan import MOST_CELLS, line_piece, split_cells
from loopkit.markdown.source import Source

HEADING = re.compile(r"(#{1,6})(?: |$)")
FENCE = re.compile(r"(`{3,})[^`]*$|(~{3,})")
RULE = re.compile(r"(?:-{3,}|\*{3,}|_{3,}) *$")
ITEM = re.compile(r"( *)([-*+]|\d{1,9}[.)]) (?! )(?=.)")

RULE_LIKE = re.compile(r" *(?:[-*_] *){3,}$")
DELIMITER_LIKE = re.compile(r" *[-:|][-:| ]*$")
ITEM_LIKE = re.compile(r" *(?:[-*+]|\d{1,9}[.)])(?: |$)")
# HTML, a reference, the underline of a heading, and whatever else may begin a block.
BLOCK_LIKE = re.compile(r" *(?:[#>|<=:\[]|```|~~~|[-+](?: |$|[-+])|[*_] *[*_] *[*_])")
# Most lines begin with a letter: they are looked at no further. (An empty text is in any string.)
BEGINNINGS = " #>-+*_=|<:[`~0123456789"
_COLUMN = re.compile(r":?-+:?")


class Doubtful(Exception):
    """Only the parser can tell what a line means here."""


class Lines:
    """The lines of a text, the first of which is line `first` of the source."""

    def __init__(self, source: Source, first: int, text: str) -> None:
        self.source = source
        self.first = first
        self.texts = [*text.split("\n"), ""]  # a blank line ends the last block

    def span(self, at: int, last: int) -> tuple[int, int]:
        """Returns line numbers of the source."""
        return self.first + at, self.first + last

    def is_blank(self, at: int) -> bool:
        """Returns whether a line is empty or of spaces only."""
        return not self.texts[at].strip(" ")

    def begins_table(self, at: int) -> bool:
        """Returns whether a table begins here; doubtful where one only seems to."""
        above, below = self.texts[at], self.texts[at + 1]
        if "|" not in above or not DELIMITER_LIKE.match(below):
            return False
        names = below.rstrip(" ").removeprefix("|").removesuffix("|").split("|")
        header = line_piece(self.source, self.first + at)
        cells = len(split_cells(self.source, header.span, header.line))
        fits = cells == len(names) < MOST_CELLS and above[0] == below[0] == "|"
        if not fits or not all(_COLUMN.fullmatch(name.strip(" ")) for name in names):
            raise Doubtful
        return True


def may_be_block(text: str) -> bool:
    """Returns whether a text may begin another block than a paragraph."""
    if text[:1] not in BEGINNINGS:
        return False
    return bool(BLOCK_LIKE.match(text) or ITEM_LIKE.match(text) or RULE_LIKE.match(text))
