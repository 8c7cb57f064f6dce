"""The text of a file, and edits to it that touch nothing else."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from loopkit.errors import DocumentError, NotUtf8

# Never str.splitlines(): U+2028, form feed and others are text to Markdown, not line ends.
_LINE_END = re.compile(r"\r\n|\r|\n")


class Span(NamedTuple):
    """Characters `start` up to, not including, `end` of a source's text.

    A document has thousands: a named tuple is made in a third of the time of a frozen dataclass.
    """

    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Edit:
    """Replaces the characters of `span` by `text`; an empty span inserts."""

    span: Span
    text: str


@dataclass(frozen=True)
class Source:
    """The text of one file, exactly as it stands: any line ends, a BOM, no final newline."""

    text: str
    name: str = field(default="", compare=False)

    @classmethod
    def decode(cls, raw: bytes, name: str = "") -> Source:
        """Reads bytes as UTF-8.

        Raises:
            NotUtf8: the bytes are something else.
        """
        try:
            return cls(raw.decode("utf-8"), name)
        except UnicodeDecodeError as error:
            line = raw[: error.start].count(b"\n") + 1
            raise NotUtf8(
                f"byte 0x{raw[error.start]:02x} at offset {error.start} is not UTF-8",
                where=f"{name}:{line}",
                offset=error.start,
            ) from error

    def encode(self) -> bytes:
        """Returns the bytes of the file; `decode` gives the same source again."""
        return self.text.encode("utf-8")

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Returns where each line begins."""
        return (0, *(m.end() for m in _LINE_END.finditer(self.text)))

    @cached_property
    def ends(self) -> tuple[int, ...]:
        """Returns where each line ends, its line end left out."""
        return (*(m.start() for m in _LINE_END.finditer(self.text)), len(self.text))

    @cached_property
    def newline(self) -> str:
        """Returns the line end that this file uses most, `\\n` when it has none."""
        ends = [m.group() for m in _LINE_END.finditer(self.text)]
        return max(("\n", "\r\n", "\r"), key=ends.count) if ends else "\n"

    @property
    def line_count(self) -> int:
        """Returns the number of lines; a final newline ends the last line and begins none."""
        ended = bool(self.text) and self.starts[-1] == len(self.text)
        return len(self.starts) - 1 if ended else len(self.starts)

    def line_span(self, line: int) -> Span:
        """Returns the span of a line, counted from 1, without its line end."""
        return Span(self.starts[line - 1], self.ends[line - 1])

    def line_text(self, line: int) -> str:
        """Returns a line, counted from 1, without its line end."""
        return self.text[self.starts[line - 1] : self.ends[line - 1]]

    def cut(self, span: Span) -> str:
        """Returns the text of a span."""
        return self.text[span.start : span.end]

    def line_of(self, offset: int) -> int:
        """Returns the line, counted from 1, that holds a character."""
        return bisect_right(self.starts, offset)

    def column_of(self, offset: int) -> int:
        """Returns the column, counted from 1, of a character in its line."""
        return offset - self.starts[self.line_of(offset) - 1] + 1

    def splice(self, edits: Iterable[Edit]) -> Source:
        """Returns the source with every edit applied; all other characters stay.

        Edits at the same empty span are inserted in the order given.

        Raises:
            DocumentError: two edits overlap.
        """
        pieces: list[str] = []
        at = 0
        for edit in sorted(edits, key=lambda edit: edit.span):
            if edit.span.start < at:
                raise DocumentError(
                    f"two edits meet at offset {edit.span.start}",
                    where=f"{self.name}:{self.line_of(edit.span.start)}",
                )
            pieces += self.text[at : edit.span.start], edit.text
            at = edit.span.end
        return Source("".join((*pieces, self.text[at:])), self.name)
