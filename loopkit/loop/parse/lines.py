"""Reads a line that a label begins: `P0: …`, `**P1 Baseline** — …`, `Step 1b (note): …`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from loopkit.loop.model import PhaseStatus
from loopkit.loop.parse.inline_status import Stated, part, stated_in_title
from loopkit.loop.parse.layout import StatusForm, StatusSite
from loopkit.loop.words.labels import label_at
from loopkit.markdown.document import Piece

_BEFORE = re.compile(
    r"(?P<mark>(?:✅|✔️?|✓|☑️?|❌|⏸️?|🔄|🚧|⬜|☐|\[[A-Z ]{4,14}\])[ \t]*)?(?P<bold>\*\*|__|~~)?"
)
# `P1+P2 …`, `P0-P3 …`, `P1/P2 …` speak of several phases and label none.
_SEVERAL = re.compile(r"[ \t]?(?:[+/&,]|(?:-|–|to|and)[ \t]?[A-Z]?\d)[ \t]?")
_SEPARATORS = " \t:.—–-)*_|"
_NOTE = re.compile(r"[ \t]*([(\[])")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A label and what follows it: the title, the status beside it, and the description."""

    id: str
    stated: Stated
    named: bool
    """The title stands in the label itself: `**P1 Baseline** — …`, `P1 Triage (local): …`."""


def read_line(whole: Piece) -> Labelled | None:
    """Returns the label that begins a line, with its title and status; None without one."""
    before = _BEFORE.match(whole.text)
    start = before.end() if before else 0
    label = label_at(whole.text, start)
    if label is None or _SEVERAL.match(whole.text, label.end):
        return None
    close = whole.text.find(before["bold"], label.end) if before and before["bold"] else -1
    stated, named = _rest(whole, label.end, close)
    if stated.site is None and before and before["mark"]:
        stated = _marked(whole, before.end("mark"), stated)
    return Labelled(label.id, stated, named)


def unlabelled_line(whole: Piece) -> Stated:
    """Returns the title and status of a line without label: `**Parallel Prep** — …`."""
    bold = re.match(r"\*\*|__", whole.text)
    close = whole.text.find(bold.group(), 2) if bold else -1
    if close < 0:
        return stated_in_title(whole)
    return _with_outer(whole, _tidy(part(whole, 2, close)), close + 2)


def _rest(whole: Piece, end: int, close: int) -> tuple[Stated, bool]:
    """Returns what follows a label; `close` is where its bold ends, -1 when it is not bold."""
    if close < 0:
        after, note = _skip_note(whole, end, len(whole.text))
        return _noted(stated_in_title(_tidy(part(whole, after, len(whole.text)))), note), False
    after, note = _skip_note(whole, end, close)
    inner = _tidy(part(whole, after, close))
    if inner.text:
        return _with_outer(whole, inner, close + 2), True
    outer = _tidy(part(whole, close + 2, len(whole.text)))
    return _noted(stated_in_title(outer), note), False


def _with_outer(whole: Piece, title: Piece, after: int) -> Stated:
    """Returns a bold title with the status in it, or else in what follows it."""
    stated = stated_in_title(title)
    if stated.site:
        return stated
    # The dash or space before the description is kept, as it is what a status follows.
    outer = stated_in_title(Piece(whole.text[after:], part(whole, after, after).span, whole.line))
    return Stated(title, outer.site, outer.status)


def _skip_note(whole: Piece, end: int, limit: int) -> tuple[int, Piece | None]:
    """Skips a group right after the label that a colon closes: `P0 (GAP-7): …`."""
    found = _NOTE.match(whole.text, end, limit)
    if found is None:
        return end, None
    closed = whole.text.find(")" if found[1] == "(" else "]", found.end(), limit)
    if closed < 0:
        return end, None
    following = whole.text[closed + 1 : closed + 4].lstrip(" \t*_")
    if following[:1] not in (":", "—", "–", "-"):
        return end, None
    return closed + 1, part(whole, found.start(), closed + 1)


def _noted(stated: Stated, note: Piece | None) -> Stated:
    """Returns the status that stands in the note after the label, if the line has no other."""
    if note is None or stated.site:
        return stated
    # A group must follow something to be one; the label stands before it.
    found = stated_in_title(Piece(f"x {note.text}", note.span, note.line))
    if found.site is None:
        return stated if stated.title.text else Stated(_inside(note))
    return Stated(stated.title, StatusSite(note, StatusForm.SUFFIX), found.status)


def _inside(note: Piece) -> Piece:
    return part(note, 1, len(note.text) - 1)


def _marked(whole: Piece, end: int, stated: Stated) -> Stated:
    mark = part(whole, 0, end)
    found = stated_in_title(Piece(f"{mark.text} x", mark.span, mark.line))
    if found.status is PhaseStatus.UNKNOWN:
        return stated
    return Stated(stated.title, StatusSite(mark, StatusForm.PREFIX), found.status)


def _tidy(title: Piece) -> Piece:
    """Returns a title without the separators before it and marks of emphasis left over."""
    start = len(title.text) - len(title.text.lstrip(_SEPARATORS))
    if title.text[start - 1 : start] == "*" and title.text[start - 2 : start] == "**":
        start -= 2  # bold that belongs to the title
    end = len(title.text.rstrip(" \t:"))
    return part(title, start, max(start, end))
