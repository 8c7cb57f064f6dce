"""How the author of a document writes a status: the word, its case, its bold, where a note goes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from loopkit.loop.model import LoopStatus, PhaseStatus
from loopkit.loop.parse.layout import StatusForm, StatusSite
from loopkit.loop.parse.reader import LoopFile
from loopkit.loop.words.status import read_status
from loopkit.markdown.document import Piece
from loopkit.markdown.source import Source

PHASE_WORDS = {
    PhaseStatus.DONE: "done",
    PhaseStatus.PENDING: "pending",
    PhaseStatus.IN_PROGRESS: "in progress",
    PhaseStatus.BLOCKED: "blocked",
    PhaseStatus.FAILED: "failed",
    PhaseStatus.SKIPPED: "skipped",
    PhaseStatus.UNKNOWN: "unknown",
}

# What stands before the word in `(✅ **DONE** — note)`: a bracket, an icon, a mark.
_BEFORE = re.compile(r"(?P<opening>[(\[]?)(?P<icon>[^\w\s*_`(\[]*\s*)(?P<mark>\*\*|__|[*_`]|)")
_MARKED_WORD = re.compile(r"(\*\*|__|[*_`]|)([A-Za-z]+)")
_LEAD = re.compile(r"\s*(?:—|–|--|-|:|·|=>|->)?\s*$")
_OWN_JOINT = ("(", "—", "–", "- ", "-- ")
_WORDED = (StatusForm.CELL, StatusForm.SUFFIX, StatusForm.PREFIX, StatusForm.FIELD)


@dataclass(frozen=True, slots=True)
class Style:
    """One way to write a status; `dashed` is a note after a dash, not in parentheses."""

    word: str
    mark: str = ""
    opening: str = ""
    icon: str = ""
    dashed: bool = False

    def text(self, note: str = "") -> str:
        """Returns the status as its author would write it, `note` as it stands in a line."""
        status = f"{self.icon}{self.mark}{self.word}{self.mark}"
        if self.opening:
            closing = ")" if self.opening == "(" else "]"
            return f"{self.opening}{status}{f' — {note}' if note else ''}{closing}"
        if not note or note.startswith(_OWN_JOINT):
            return f"{status} {note}".rstrip()
        return f"{status} — {note}" if self.dashed else f"{status} ({note})"


@dataclass(frozen=True, slots=True)
class Kin:
    """The status of another phase or item of the document, as written there."""

    status: PhaseStatus
    site: StatusSite
    lead: str
    """What leads to it in its line: ` — `."""


def style_of(text: str) -> Style | None:
    """Returns how a status is written, None where it cannot be told."""
    before = _BEFORE.match(text)
    inner = text[before.end() :] if before else ""
    word = read_status(inner)
    if before is None or word is None or word.start:
        return _sign(text)
    rest = inner[word.end :].removeprefix(before["mark"]).lstrip()
    dashed = rest.startswith(("—", "–"))
    return Style(inner[: word.end], before["mark"], before["opening"], before["icon"], dashed)


def _sign(text: str) -> Style | None:
    """Returns the style of a status that is a sign alone: a check mark."""
    sign = read_status(text)
    lone = sign is not None and not sign.start and not text[0].isalnum()
    return Style(text[: sign.end]) if sign and lone else None


def kin_of(file: LoopFile) -> tuple[Kin, ...]:
    """Returns every status of a phase or item that is written as a word."""
    phases = [
        (p.status, e.status) for p, e in zip(file.loop.phases, file.layout.phases, strict=True)
    ]
    items = [
        (item.status, entry.status)
        for phase, entries in zip(file.loop.phases, file.layout.items, strict=True)
        for item, entry in zip(phase.items, entries, strict=True)
    ]
    return tuple(
        Kin(status, site, lead_at(file.source, site.piece))
        for status, site in phases + items
        if site is not None and site.form in _WORDED and site.piece.text
    )


def lead_at(source: Source, status: Piece) -> str:
    """Returns what leads to a status in its line: ` — `."""
    line = source.line_span(status.line)
    match = _LEAD.search(source.text[line.start : status.span.start])
    return match.group() if match else " "


def phase_style(status: PhaseStatus, kin: Sequence[Kin], old: str, default: Style) -> Style:
    """Returns the style of the document's other phases of this status.

    Where there is none, the case and bold are those of the old text, of the done phases, or of
    any: a status that was never written looks as the others do.
    """
    same = _common(k.site.piece.text for k in kin if k.status is status)
    if same is not None:
        return replace(same, dashed=_dashed(kin, status))
    done = _common(k.site.piece.text for k in kin if k.status is PhaseStatus.DONE)
    model = done or style_of(old) or _common(k.site.piece.text for k in kin) or default
    quiet = done is not None and status in (PhaseStatus.PENDING, PhaseStatus.UNKNOWN)
    return replace(
        model,
        word=cased(PHASE_WORDS[status], model.word),
        mark="" if quiet else model.mark,
        icon="",
        dashed=_dashed(kin, status),
    )


def _common(texts: Iterable[str]) -> Style | None:
    styles = [replace(style, dashed=False) for text in texts if (style := style_of(text))]
    return Counter(styles).most_common(1)[0][0] if styles else None


def _dashed(kin: Sequence[Kin], status: PhaseStatus) -> bool:
    """Returns whether notes follow a dash more often than not, beside this status or done."""
    alike = [k for k in kin if k.status in (status, PhaseStatus.DONE)]
    bracketed = sum("(" in k.site.piece.text[1:] for k in alike)
    return sum(_has_dash(k.site.piece.text) for k in alike) > bracketed


def _has_dash(text: str) -> bool:
    style = style_of(text)
    return style is not None and style.dashed


def loop_text(status: LoopStatus, old: str, word: str = "") -> str:
    """Returns the status of a header in the case and bold of the old one; an old note goes."""
    model = _MARKED_WORD.match(old)
    chosen = word or status.value
    return f"{model[1]}{cased(chosen, model[2])}{model[1]}" if model else chosen


def cased(word: str, model: str) -> str:
    """Returns a word in the case of another: DONE, Done or done."""
    if len(model) > 1 and model.isupper():
        return word.upper()
    return word.capitalize() if model[:1].isupper() else word


def lead_of(kin: Sequence[Kin]) -> str:
    """Returns what leads to a status at the end of a line in this document."""
    leads = Counter(k.lead for k in kin if k.site.form is StatusForm.SUFFIX and k.lead.strip())
    return leads.most_common(1)[0][0] if leads else " — "
