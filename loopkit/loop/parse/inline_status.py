"""Finds the status that an author put into a line beside a title.

In a cell of a Status column any word may state it; in a line it must stand where people put it,
for a title may well say `Complete the audit`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from loopkit.loop.model import PhaseStatus
from loopkit.loop.parse.layout import StatusForm, StatusSite
from loopkit.loop.words.grammar import matched_status, status_match
from loopkit.markdown.scan import Piece
from loopkit.markdown.scan import part as part

# Look-arounds, so that a long run of spaces is looked at once only.
_DASH = re.compile(r"(?<=[ \t])(?:—|–|--?|→|=>)(?=[ \t])")
_LEAD = re.compile(r"[*_~`\[(: \t]*")
_GROUP = re.compile(r"[ \t]*[*_]{0,2}([(\[])")
_TAIL_MARK = re.compile(r"(?:✅|✔️?|✓|☑️?|❌|⏸️?|🔄|🚧)[ \t]*$")
_HEAD_MARK = re.compile(r"(?:✅|✔️?|✓|☑️?|❌|⏸️?|🔄|🚧|⬜|☐)[ \t]*")
_AFTER_WORD = re.compile(
    r"[*_~`\])]*[ \t]*(?:$|[(\[,.;:—–|!]|--? |(?:in|on|by|at|as|to|via|per|until|for|since)[ \t-])"
)
# No title begins with these, whatever follows; `complete the audit` is one.
_NO_VERB = re.compile(r"pending|blocked|deferred|skipped|superseded|parked", re.IGNORECASE)
_PREFIX_END = re.compile(r"[*_~`\])]*[ \t]*(?:--?|—|–|:)[ \t]+")
_CLOSING = {"(": ")", "[": "]"}


@dataclass(frozen=True, slots=True)
class Stated:
    """A status and where it stands; `title` is what is left of the line."""

    title: Piece
    site: StatusSite | None = None
    status: PhaseStatus = PhaseStatus.UNKNOWN


def stated_in_title(title: Piece) -> Stated:
    """Returns the title without the status at its end or its beginning, and that status."""
    for find in (_after_dash, _in_group, _by_mark, _before_title):
        if found := find(title):
            return found
    return Stated(title)


def stated_in_cell(cell: Piece) -> Stated:
    """Returns what a cell of a Status column states."""
    found = status_match(cell.text)
    status = matched_status(found) if found else PhaseStatus.UNKNOWN
    site = StatusSite(cell, StatusForm.CELL) if cell.text else None
    return Stated(cell, site, status)


def _after_dash(title: Piece) -> Stated | None:
    """`… — DONE (note)`, `… — **COMPLETE**`: from the first dash that a status follows.

    A dash in brackets belongs to a note: `… (BLOCKED — 100% of it)`.
    """
    depth = at = 0
    for dash in _DASH.finditer(title.text):
        between = (at, dash.start())
        depth += title.text.count("(", *between) - title.text.count(")", *between)
        at = dash.start()
        if depth > 0:
            continue
        if status := _status_at(title.text, dash.end()):
            site = StatusSite(part(title, dash.end(), len(title.text)), StatusForm.SUFFIX)
            return Stated(part(title, 0, dash.start()), site, status)
    return None


def _in_group(title: Piece) -> Stated | None:
    """`… (DONE)`, `… [DONE]`, `… (deferred — why).`: the last group of the line."""
    text = title.text.rstrip(" \t.*_")
    if not text or text[-1] not in ")]":
        return None
    start = _opening(text)
    if start is None or start == 0:
        return None
    inner = text[start + 1 : -1]
    status = _status_at(inner, 0) or _hedged(inner) or _after_comma(inner)
    if status is None:
        return None
    site = StatusSite(part(title, start, len(text)), StatusForm.SUFFIX)
    return Stated(part(title, 0, start), site, status)


def _opening(text: str) -> int | None:
    close = text[-1]
    opening = "(" if close == ")" else "["
    depth = 0
    for at in range(len(text) - 1, -1, -1):
        depth += (text[at] == close) - (text[at] == opening)
        if depth == 0:
            return at
    return None


def _hedged(inner: str) -> PhaseStatus | None:
    """`partially blocked`, `explicitly deferred`: one adverb before the status."""
    adverb = re.match(r"[A-Za-z]+ly[ \t]+", inner)
    return _status_at(inner, adverb.end()) if adverb else None


def _after_comma(inner: str) -> PhaseStatus | None:
    """`legacy, no longer applicable`: a part of the note that is nothing but a status."""
    found = (status_match(word.strip()) for word in inner.split(",")[1:])
    whole = (f for f in found if f and f.group() == f.string)
    return next((matched_status(f) for f in whole), None)


def _by_mark(title: Piece) -> Stated | None:
    if tail := _TAIL_MARK.search(title.text):
        return _marked(title, tail, part(title, 0, tail.start()), StatusForm.SUFFIX)
    if head := _HEAD_MARK.match(title.text):
        rest = part(title, head.end(), len(title.text))
        return _marked(title, head, rest, StatusForm.PREFIX)
    return None


def _marked(title: Piece, mark: re.Match[str], rest: Piece, form: StatusForm) -> Stated | None:
    found = status_match(mark.group())
    site = StatusSite(part(title, mark.start(), mark.end()), form)
    return Stated(rest, site, matched_status(found)) if found else None


def _before_title(title: Piece) -> Stated | None:
    """`COMPLETE -- …`, `BLOCKED (why) -- …`, `[DONE] …`, `(DONE): …`: at the beginning."""
    status = _status_at(title.text, 0)
    if status is None:
        return None
    end = _prefix_end(title.text)
    if end is None:
        return None
    after = _PREFIX_END.match(title.text, end)
    rest = after.end() if after else end
    if after is None and title.text[end - 1 : end] != "]" and rest < len(title.text):
        return None
    site = StatusSite(part(title, 0, end), StatusForm.PREFIX)
    return Stated(part(title, rest, len(title.text)), site, status)


def _prefix_end(text: str) -> int | None:
    """Returns where a status at the beginning of a line ends, its note included."""
    lead = _LEAD.match(text)
    found = status_match(text)
    if found is None or lead is None or found.start() != lead.end():
        return None
    close = re.compile(r"[*_~`\])]*").match(text, found.end())
    end = close.end() if close else found.end()
    group = _GROUP.match(text, end)
    if group is None:
        return end
    closed = text.find(_CLOSING[group[1]], group.end())
    return closed + 1 if closed >= 0 else end


def _status_at(text: str, at: int) -> PhaseStatus | None:
    """Returns the status whose word stands right at an offset, unless it begins a sentence.

    `DONE to the letter` is a status, `done` and `done (why)` are; `complete the audit` is not.
    """
    lead = _LEAD.match(text, at)
    start = lead.end() if lead else at
    found = status_match(text[start : start + 40])
    if found is None or found.start() != 0:
        return None
    word = found.group()
    shouted = word.isupper() or not word[0].isalpha() or "*" in text[at:start]
    after = start + found.end()
    if not (shouted or _NO_VERB.fullmatch(word) or _AFTER_WORD.match(text, after)):
        return None
    return matched_status(status_match(text[start:]) or found)
