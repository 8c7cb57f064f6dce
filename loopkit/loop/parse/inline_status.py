"""Finds the status that an author put into a line beside a title.

In a cell of a Status column any word may state it; in a line it must stand where people put it,
for a title may well say `Complete the audit`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from loopkit.loop.model import PhaseStatus
from loopkit.loop.parse.layout import StatusForm, StatusSite
from loopkit.loop.words.signs import DECORATING, SHORT_CODES, SIGN_STATUS
from loopkit.loop.words.stating.senses import Tone
from loopkit.loop.words.status import Said, may_state, read_status
from loopkit.markdown.scan import Piece
from loopkit.markdown.scan import part as part
from loopkit.markdown.source import Span

# Look-arounds, so that a long run of spaces is looked at once only.
_DASH = re.compile(r"(?<=[ \t\u00a0])(?:—|–|--?|→|=>)(?=[ \t\u00a0])|——")
_SEPARATOR = re.compile(r"(?:--?|—|–|:)(?=[ \t])|：")
_CODES = "|".join(SHORT_CODES)
_SIGN = re.compile(rf"[{''.join(SIGN_STATUS)}]\ufe0f?|:(?:{_CODES}):|\[[ xX/~!-]\](?!\()")
_CODE = re.compile(rf":(?:{_CODES}):")
_CODE_LAST = re.compile(rf":(?:{_CODES}):$")
_LONGEST = max(map(len, SHORT_CODES)) + 2
_BEFORE_TITLE = " \t\u00a0:：.—–-)*_|"
_PAIRS = {")": "(", "]": "[", "）": "（", "】": "【"}
_CLOSING = {opening: closing for closing, opening in _PAIRS.items()}

# More dashes, brackets or signs than anybody writes before a status: reading stays linear.
_TRIES = 6
_DASHES = 60
# A status begins within so many characters of its dash, or is none.
_NEAR = 80


@dataclass(frozen=True, slots=True)
class Stated:
    """A status and where it stands; `title` is what is left of the line."""

    title: Piece
    site: StatusSite | None = None
    status: PhaseStatus = PhaseStatus.UNKNOWN


def tidy(title: Piece) -> Piece:
    """Returns a title without the separators before it and marks of emphasis left over."""
    text = title.text
    start = len(text) - len(text.lstrip(_BEFORE_TITLE))
    if text[start - 1 : start] == "*" and text[start - 2 : start] == "**":
        start -= 2  # bold that belongs to the title
    end = len(text.rstrip(" \t:"))
    # The colons of `:construction:` are its own.
    start -= bool(start and _CODE.match(text, start - 1))
    end += bool(_CODE_LAST.search(text, max(0, end - _LONGEST), end + 1))
    return part(title, start, max(start, end))


def moved(stated: Stated, whole: Piece) -> Stated:
    """Returns what a text says, its pieces counted from its beginning, as a piece of a document."""
    site = stated.site
    there = StatusSite(_shifted(site.piece, whole), site.form) if site else None
    return Stated(_shifted(stated.title, whole), there, stated.status)


def _shifted(piece: Piece, whole: Piece) -> Piece:
    by = whole.span.start
    return Piece(piece.text, Span(piece.span.start + by, piece.span.end + by), whole.line)


def stated_in_title(title: Piece) -> Stated:
    """Returns the title without the status at its end or its beginning, and that status."""
    for find in (_after_dash, _in_group, _by_sign, _before_title):
        if found := find(title):
            return found
    return Stated(title)


def stated_in_cell(cell: Piece) -> Stated:
    """Returns what a cell of a Status column states."""
    found = read_status(cell.text)
    status = found.status if found else PhaseStatus.UNKNOWN
    site = StatusSite(cell, StatusForm.CELL) if cell.text else None
    return Stated(cell, site, status)


# ── What counts beside a title ───────────────────────────────────────────────


def _beside(text: str) -> Said[PhaseStatus] | None:
    """Returns the status that a text is, None where it may be words of a title."""
    found = read_status(text) if may_state(text) else None
    if found is None or not (found.clear and found.leads) or found.counted:
        return None
    said = found.bare or bool(found.tone & Tone.FIRM)
    plain = said and not found.tone & Tone.VAGUE
    return found if plain or _is_marked(text, found) else None


def _share(text: str) -> Said[PhaseStatus] | None:
    """Returns what `60%` after a dash says; `100%` may be the share that a roll-out reaches."""
    found = read_status(text)
    said = found is not None and found.clear and found.leads and found.counted
    return found if said and found and found.status is PhaseStatus.IN_PROGRESS else None


def _is_marked(text: str, found: Said[PhaseStatus]) -> bool:
    """Returns whether the word is a sign, in capitals, bold or code, or alone in its brackets."""
    word, before = text[found.start : found.end], text[: found.start]
    return not found.language or word.isupper() or any(mark in before for mark in "*`([（【")


def _suffix(title: Piece, end: int, start: int, status: PhaseStatus) -> Stated:
    """Returns a title up to `end` and the status from `start` to the end of its line."""
    site = StatusSite(part(title, start, len(title.text)), StatusForm.SUFFIX)
    return Stated(part(title, 0, end), site, status)


def _after_dash(title: Piece) -> Stated | None:
    """`… — DONE (note)`, `… — **COMPLETE**`: from the first dash that a status follows.

    A dash in brackets belongs to a note: `… (BLOCKED — 100% of it)`.
    """
    dashes = islice(_outer_dashes(title.text), _DASHES)
    near = (dash for dash in dashes if _begins(title.text[dash.end() :]))
    for dash in islice(near, _TRIES):
        rest = title.text[dash.end() :]
        if found := _beside(rest) or _share(rest):
            return _suffix(title, dash.start(), dash.end(), found.status)
    return None


def _outer_dashes(text: str) -> Iterator[re.Match[str]]:
    depth = at = 0
    for dash in _DASH.finditer(text):
        depth += text.count("(", at, dash.start()) - text.count(")", at, dash.start())
        at = dash.start()
        if depth <= 0:
            yield dash


def _begins(text: str) -> bool:
    """Returns whether a text may begin with a status, whatever the rest of it makes of that."""
    if len(text) <= _NEAR or not may_state(text):
        return may_state(text)
    found = read_status(text[:_NEAR])
    return found is not None and found.leads


def _in_group(title: Piece) -> Stated | None:
    """`… (DONE)`, `… [DONE]`, `… (deferred — why) (2026-02-03).`: the last groups of the line."""
    text = title.text.rstrip(" \t.*_")
    groups = list(islice(_last_groups(text), _TRIES))
    for start in reversed(groups):
        found = _beside(text[start:]) or _attribute(text[start + 1 : -1])
        if found and start:
            site = StatusSite(part(title, start, len(text)), StatusForm.SUFFIX)
            return Stated(part(title, 0, start), site, found.status)
    return None


def _last_groups(text: str) -> Iterator[int]:
    """Yields where the brackets begin that stand side by side at the end, the last first."""
    end = len(text)
    while end and text[end - 1] in _PAIRS:
        start = _opening(text, end)
        if start is None:
            return
        yield start
        end = len(text[:start].rstrip(" \t"))


def _opening(text: str, end: int) -> int | None:
    close = text[end - 1]
    depth = 0
    for at in range(end - 1, -1, -1):
        depth += (text[at] == close) - (text[at] == _PAIRS[close])
        if depth == 0:
            return at
    return None


def _attribute(inner: str) -> Said[PhaseStatus] | None:
    """`legacy, no longer applicable`: a part of the note that is nothing but a status."""
    for word in inner.split(",")[1:_TRIES]:
        found = read_status(word.strip()) if may_state(word) else None
        whole = found is not None and (found.start, found.end) == (0, len(word.strip()))
        if whole and found and found.status is not PhaseStatus.DONE:
            return found
    return None


# ── Signs ────────────────────────────────────────────────────────────────────


def _by_sign(title: Piece) -> Stated | None:
    """`… ✅`, `… ✅ Done (why)`, `✅ …`: a sign at the end, or before the title."""
    for sign in islice(_SIGN.finditer(title.text), _TRIES):
        rest = title.text[sign.start() :]
        found = _beside(rest) if sign.start() else None
        if found and not _decorates(rest, found):
            return _suffix(title, sign.start(), sign.start(), found.status)
    return _sign_first(title)


def _sign_first(title: Piece) -> Stated | None:
    sign = _SIGN.match(title.text)
    found = read_status(sign.group()) if sign else None
    if sign is None or found is None or _decorates(title.text, found):
        return None
    site = StatusSite(part(title, 0, sign.end()), StatusForm.PREFIX)
    return Stated(part(title, sign.end(), len(title.text)), site, found.status)


def _decorates(text: str, found: Said[PhaseStatus]) -> bool:
    return text[found.start] in DECORATING


# ── Before the title ─────────────────────────────────────────────────────────


def _before_title(title: Piece) -> Stated | None:
    """`COMPLETE -- …`, `BLOCKED (why) -- …`, `[DONE] …`, `(DONE): …`: at the beginning."""
    text = title.text
    end, rest = _prefix(text)
    found = _beside(text[:end])
    if found is None or (rest >= len(text) and not _is_whole(text, found)):
        return None
    site = StatusSite(part(title, 0, end), StatusForm.PREFIX)
    return Stated(part(title, rest, len(text)), site, found.status)


def _prefix(text: str) -> tuple[int, int]:
    """Returns where a status before a title would end, and where the title would begin."""
    depth = at = 0
    for found in islice(_SEPARATOR.finditer(text), _TRIES):
        depth += text.count("(", at, found.start()) - text.count(")", at, found.start())
        at = found.start()
        if depth <= 0:
            return len(text[:at].rstrip(" \t")), found.end()
    closing = _CLOSING.get(text.lstrip("*_~` \t")[:1], "")
    group = text.find(closing) + 1 if closing else 0
    return (group, group) if group else (len(text), len(text))


def _is_whole(text: str, found: Said[PhaseStatus]) -> bool:
    """Returns whether a line is a status and no title; a word without capitals may be one."""
    word = text[found.start : found.end]
    return found.bare and word.upper() != word.lower()
