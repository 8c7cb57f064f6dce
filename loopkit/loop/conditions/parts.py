"""Parts of a condition: what separators part, what stands in brackets and behind them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from loopkit.loop.words.waiting.said import said
from loopkit.loop.words.waiting.spoken import regex
from loopkit.markdown.scan import Piece, part

_AND = re.compile(r"[ \t]+(?:and|&)[ \t]+(?=[A-Z])")
_DASHES = re.compile(r"[\s:·—–-]*")
_JOINER = r"[)\]\s,;&+]*(?:{joined}\s+)?"


def split_top(text: Piece, separator: str) -> tuple[Piece, ...]:
    """Returns the parts between separators that stand in no bracket and no code span."""
    if separator not in text.text:
        return (text,) if text.text else ()
    cuts, depth, code = [-1], 0, False
    for at, character in enumerate(text.text):
        code ^= character == "`"
        depth += (character in "([") - (character in ")]")
        if character == separator and depth <= 0 and not code and _joins(text.text, at):
            cuts.append(at)
    ends = [*cuts[1:], len(text.text)]
    parts = (part(text, start + 1, end) for start, end in zip(cuts, ends, strict=True))
    return tuple(piece for piece in parts if piece.text)


def around_and(text: Piece) -> tuple[Piece, ...]:
    """Returns what stands before and after each `and`: `LOOP-X and P2`."""
    ends = [found.span() for found in _AND.finditer(text.text)]
    starts = [0, *(end for _, end in ends)]
    stops = [*(start for start, _ in ends), len(text.text)]
    return tuple(part(text, start, stop) for start, stop in zip(starts, stops, strict=True))


def unmarked(text: Piece) -> Piece:
    """Returns a text without the marks of code and emphasis around it."""
    bare = text.text.strip("*_`")
    start = len(text.text) - len(text.text.lstrip("*_`"))
    return part(text, start, start + len(bare))


def behind(text: Piece, at: int) -> Iterator[Piece]:
    """Yields what follows an offset: what is in the bracket that opens there, and what is behind.

    A bracket that closes and was never opened ends it.
    """
    bare = Piece(said(text.text), text.span, text.line)
    dashes = _DASHES.match(bare.text, at)
    at = dashes.end() if dashes else at
    rest = bracketed(bare, at)
    start, end = (offset - text.span.start for offset in (rest.span.start, rest.span.end))
    if rest.text:
        yield part(text, start, end)
    if bare.text[at:].lstrip()[:1] in ("(", "["):
        joiner = regex(_JOINER).match(bare.text, end)
        following = part(text, joiner.end() if joiner else end, len(text.text))
        if following.text:
            yield following


def bracketed(text: Piece, at: int) -> Piece:
    """Returns what follows, less the brackets that were opened before or right here."""
    rest = part(text, at, len(text.text))
    opened = rest.text[:1] in "(["
    inner = rest.text[1:] if opened else rest.text
    depth = 0
    for end, character in enumerate(inner):
        depth += (character in "([") - (character in ")]")
        if depth < 0:
            return part(rest, int(opened), int(opened) + end)
    return part(rest, int(opened), len(rest.text))


def _joins(text: str, at: int) -> bool:
    """Returns whether a separator joins: the `+` of `P1+` and `P1+ on pve` says `or later`."""
    following = text[at + 1 : at + 2]
    return (
        text[at] != "+"
        or text[at - 1 : at].isspace()
        or not (following in ("", ")") or following.isspace())
    )
