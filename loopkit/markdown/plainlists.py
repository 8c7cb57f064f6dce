"""Reads a plain list: its items, the lists in it, and the paragraphs that go on in it."""

from __future__ import annotations

import re
from typing import NamedTuple

from loopkit.markdown.pieces import ListBlock, ListItem, Node, Paragraph
from loopkit.markdown.plainlines import (
    DELIMITER_LIKE,
    HEADING,
    ITEM,
    ITEM_LIKE,
    Doubtful,
    Lines,
    may_be_block,
)
from loopkit.markdown.scan import BOX, item_pieces, line_piece

_DEEPEST = 12
_CHECKBOX = re.compile(BOX + r" [^ ]")


class _Open(NamedTuple):
    """An item that is not ended: its line, its place among all, where its text begins."""

    at: int
    place: int
    content: int
    kind: str
    """The last character of its marker: lists of another kind are other lists."""


class PlainList:
    """Reads the list that begins at a line, as far as every line surely belongs to it."""

    def __init__(self, lines: Lines, at: int) -> None:
        self.lines = lines
        self.at = at
        self.last = at
        self.items: dict[int, ListItem] = {}
        self.open_items: list[_Open] = []
        self.count = 0
        # By the place of an item: first and last line of each paragraph in it.
        self.texts: dict[int, list[list[int]]] = {}

    def read(self) -> ListBlock:
        """Returns the list.

        Raises:
            Doubtful: a line may mean something else.
        """
        for at in range(self.at, len(self.lines.texts) - 1):
            if self.lines.is_blank(at):
                continue
            item = ITEM.match(self.lines.texts[at])
            if item and self._begins_another(at, item):
                break
            if item:
                self._open(at, item)
            elif not self._goes_on(at):
                break
            self.last = at
        self._close(0)
        items = tuple(self.items[place] for place in range(self.count))
        ordered = items[0].marker.text[0].isdigit()
        return ListBlock(ordered, items, self.lines.span(self.at, self.last))

    def _begins_another(self, at: int, item: re.Match[str]) -> bool:
        """Returns whether an item after a blank line is of another list: its marker differs."""
        first = self.open_items[0] if self.open_items else None
        differs = first is not None and first.kind != item[2][-1]
        return differs and not item[1] and self.last < at - 1

    def _open(self, at: int, item: re.Match[str]) -> None:
        """Opens an item, and closes those that it is not in."""
        level = self._level(len(item[1]))
        kind, number = item[2][-1], item[2][:-1]
        sibling = self.open_items[level] if level < len(self.open_items) else None
        within = self.open_items[level - 1].content if level else 0
        if len(item[1]) != within or (sibling and sibling.kind != kind) or level > _DEEPEST:
            raise Doubtful
        # Where a list begins inside an item it interrupts a paragraph, and so must count from 1.
        if sibling is None and level and number not in ("", "1"):
            raise Doubtful
        if self.lines.begins_table(at) or _is_no_text(self.lines.texts[at][item.end() :]):
            raise Doubtful
        self._close(level)
        self.open_items.append(_Open(at, self.count, item.end(), kind))
        self.count += 1

    def _goes_on(self, at: int) -> bool:
        """Returns whether a line that begins no item is still in the list."""
        line = self.lines.texts[at]
        indent = len(line) - len(line.lstrip(" "))
        after_blank = self.last < at - 1
        if ITEM_LIKE.match(line):
            raise Doubtful
        if indent == 0:
            if after_blank or HEADING.match(line):
                return False
            raise Doubtful
        if self.lines.begins_table(at) or may_be_block(line) or DELIMITER_LIKE.match(line):
            raise Doubtful
        if not after_blank:
            if indent < self.open_items[-1].content:
                raise Doubtful
            self._add_text(at)
            return True
        level = self._level(indent)
        if level == 0 or self.open_items[level - 1].content != indent:
            raise Doubtful
        self._close(level)
        self._add_text(at)
        return True

    def _add_text(self, at: int) -> None:
        """Adds a line to the last paragraph of the innermost open item, or begins one there."""
        paragraphs = self.texts.setdefault(self.open_items[-1].place, [])
        if paragraphs and paragraphs[-1][1] == at - 1:
            paragraphs[-1][1] = at
        else:
            paragraphs.append([at, at])

    def _level(self, indent: int) -> int:
        """Returns how many of the open items a line with this indent is in."""
        inside = (i for i, item in enumerate(self.open_items) if item.content > indent)
        return next(inside, len(self.open_items))

    def _close(self, level: int) -> None:
        """Closes the open items from a level on."""
        while len(self.open_items) > level:
            item = self.open_items.pop()
            source, line = self.lines.source, self.lines.first + item.at
            pieces = item_pieces(source, line, source.line_span(line).start)
            span = self.lines.span(item.at, self.last)
            inner = tuple(map(self._paragraph, self.texts.get(item.place, ())))
            self.items[item.place] = ListItem(*pieces, span, len(self.open_items), inner)

    def _paragraph(self, lines: list[int]) -> Node:
        first, last = self.lines.span(*lines)
        source = self.lines.source
        pieces = tuple(line_piece(source, line) for line in range(first, last + 1))
        return Paragraph(pieces, (first, last))


def _is_no_text(text: str) -> bool:
    """Returns whether the text of an item may be a block of its own."""
    return _CHECKBOX.match(text) is None if text.startswith("[") else may_be_block(text)
