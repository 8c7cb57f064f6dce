"""How the author of a document writes a status: the word, its case, its bold, where a note goes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from loopkit.loop.change import SetItemStatus, SetPhaseStatus
from loopkit.loop.model import LoopStatus, PhaseStatus
from loopkit.loop.parse.layout import Meaning, StatusForm, StatusSite
from loopkit.loop.parse.reader import LoopFile
from loopkit.loop.words.language import Language
from loopkit.loop.words.signs import SHORT_CODES, SIGN_STATUS, SIGNS
from loopkit.loop.words.status import read_loop_status, read_status
from loopkit.loop.words.vocabulary import label_words, languages, split
from loopkit.markdown import render
from loopkit.markdown.document import Piece
from loopkit.markdown.source import Source

# What stands before the word in `(✅ **DONE** — note)`: a bracket, an icon, a mark.
_BEFORE = re.compile(
    r"(?P<opening>[(\[（【]?)(?P<icon>[^\w\s*_`(\[（【]*\s*)(?P<mark>\*\*|__|[*_`]|)"
)
_LEAD = re.compile(r"\s*(?:—{1,2}|–|--|-|:|·|=>|->)?\s*$")
CLOSING = {"(": ")", "[": "]", "（": "）", "【": "】"}
"""The bracket that ends what another begins."""
_OWN_JOINT = ("(", "—", "–", "- ", "-- ")
# A status that has its place for itself needs no brackets.
_ALONE = (StatusForm.CELL, StatusForm.FIELD)
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
            return f"{self.opening}{status}{f' — {note}' if note else ''}{CLOSING[self.opening]}"
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

    @property
    def form(self) -> StatusForm:
        """Returns how it stands beside what it is about."""
        return self.site.form


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
    """Returns every status of a phase or item that is written as a word, echoes last."""
    phases = [
        (p.status, e.status) for p, e in zip(file.loop.phases, file.layout.phases, strict=True)
    ]
    echoes = [
        (phase.status, site)
        for phase, sites in zip(file.loop.phases, file.layout.echoes, strict=False)
        for site in sites
    ]
    items = [
        (item.status, entry.status)
        for phase, entries in zip(file.loop.phases, file.layout.items, strict=True)
        for item, entry in zip(phase.items, entries, strict=True)
    ]
    return tuple(
        Kin(status, site, lead_at(file.source, site.piece))
        for status, site in phases + items + echoes
        if site is not None and site.form in _WORDED and site.piece.text
    )


def alike(kin: Sequence[Kin], form: StatusForm, status: PhaseStatus) -> Sequence[Kin]:
    """Returns the kin in cells for a cell and the others for any other place, all if none are.

    Those that stand in just this way are enough where one of them has the status.
    """
    same = [k for k in kin if k.form is form]
    if any(k.status is status for k in same):
        return same
    in_cells = form is StatusForm.CELL
    return [k for k in kin if (k.form is StatusForm.CELL) is in_cells] or kin


def lead_at(source: Source, status: Piece) -> str:
    """Returns what leads to a status in its line: ` — `."""
    line = source.line_span(status.line)
    match = _LEAD.search(source.text[line.start : status.span.start])
    return match.group() if match else " "


def phase_style(
    status: PhaseStatus, kin: Sequence[Kin], old: str, default: Style, language: Language
) -> Style:
    """Returns the style of the document's other phases of this status.

    Where there is none, the case and bold are those of the old text, of the done phases, or of
    any: a status that was never written looks as the others do, in their language.
    """
    same = _common(_by_itself(kin, status))
    if same is not None:
        return replace(same, dashed=_dashed(kin, status))
    done = _common(_by_itself(kin, PhaseStatus.DONE))
    model = done or style_of(old) or _common(k.site.piece.text for k in kin) or default
    quiet = done is not None and status in (PhaseStatus.PENDING, PhaseStatus.UNKNOWN)
    sign = sign_of(status)
    signed = is_sign(model.word) and bool(sign)
    return replace(
        model,
        word=sign if signed else cased(usual_word(status, language), model.word),
        mark="" if quiet else model.mark,
        icon=f"{sign} " if sign and is_sign(model.icon) else "",
        dashed=_dashed(kin, status),
    )


def usual_word(status: PhaseStatus, language: Language) -> str:
    """Returns the word for a status of a phase where a document shows no other."""
    return split(language.phases[status])[0]


def sign_of(status: PhaseStatus) -> str:
    """Returns the sign for a status, empty where there is none."""
    return SIGNS.get(status, "")[:1]


def is_sign(text: str) -> bool:
    """Returns whether a text begins with the sign of a status."""
    return text[:1] in SIGN_STATUS or text.strip(": ") in SHORT_CODES


def _by_itself(kin: Sequence[Kin], status: PhaseStatus) -> Iterator[str]:
    """Yields the texts of kin whose word alone says a status: not `resolved: not planned`."""
    for text in (k.site.piece.text for k in kin if k.status is status):
        style = style_of(text)
        said = read_status(style.word) if style else None
        if said and said.status is status and not said.counted:
            yield text


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


def loop_text(status: LoopStatus, old: str, word: str, language: Language) -> str:
    """Returns the status of a header in the case, bold and sign of the old; an old note goes.

    Where the old word is of a language, the new one is of that, and else of `language`.
    """
    before, model = _BEFORE.match(old), read_loop_status(old)
    spoken = _language(model.language if model else "") or language
    chosen = word or split(spoken.loops[status])[0]
    if before is None or model is None:
        return chosen
    sign = SIGNS[PhaseStatus.DONE][0] if status is LoopStatus.CLOSED else ""
    icon = f"{sign} " if sign and is_sign(before["icon"]) else ""
    return f"{icon}{before['mark']}{cased(chosen, old[model.start : model.end])}{before['mark']}"


def cased(word: str, model: str) -> str:
    """Returns a word in the case of another: DONE, Done or done."""
    if len(model) > 1 and model.isupper():
        return word.upper()
    return word[:1].upper() + word[1:] if model[:1].isupper() else word


def lead_of(kin: Sequence[Kin], text: str) -> str:
    """Returns what leads to this status at the end of a line, as the document's others have it.

    A sign may follow a title with a blank alone; a word needs a dash.
    """
    alike = [k for k in kin if k.form is StatusForm.SUFFIX]
    alike = [k for k in alike if is_sign(k.site.piece.text) is is_sign(text)]
    leads = Counter(k.lead for k in alike if k.lead.strip() or is_sign(text))
    return leads.most_common(1)[0][0] if leads else " — "


def language_of(file: LoopFile) -> Language:
    """Returns the language that a document writes statuses in, else that of its labels."""
    phases = [read_status(k.site.piece.text) for k in kin_of(file)]
    headers = [read_loop_status(f.value.text) for f in file.layout.stating(Meaning.STATUS)]
    labels = [label_words().search(phase.id) for phase in file.loop.phases]
    votes = (
        Counter(said.language for said in phases if said and said.language)
        or Counter(said.language for said in headers if said and said.language)
        or Counter(label.value for label in labels if label)
    )
    found = _language(votes.most_common(1)[0][0]) if votes else None
    return found or languages()[0]


def _language(name: str) -> Language | None:
    return next((one for one in languages() if one.name == name), None)


# ── A status to be written ───────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Wanted:
    """A status to be written: its note as Markdown, its word if a person chose one, and its kin."""

    status: PhaseStatus
    note: str
    word: str
    kin: tuple[Kin, ...]
    language: Language

    def text(self, old: str, form: StatusForm = StatusForm.SUFFIX, dashed: bool = False) -> str:
        """Returns the status in the author's style, with its note, `dashed` where that must be."""
        kin = alike(self.kin, form, self.status)
        default = Style("done" if form is StatusForm.CELL else "DONE")
        style = phase_style(self.status, kin, old, default, self.language)
        if form in _ALONE and not any(
            is_bracketed(k.site.piece.text) for k in kin if k.form is form
        ):
            style = replace(style, opening="")
        if self.word:
            style = replace(style, word=cased(self.word, style.word))
        return replace(style, dashed=dashed or style.dashed).text(self.note)

    def cell(self, old: str) -> str:
        """Returns the status as a cell of a table."""
        return render.escape_pipes(self.text(old, StatusForm.CELL))


def wanted_by(file: LoopFile, change: SetPhaseStatus | SetItemStatus, note: str) -> Wanted:
    """Returns the status that a change wants, with a note as it may be written."""
    return Wanted(change.status, note, change.word, kin_of(file), language_of(file))


def is_bracketed(text: str) -> bool:
    """Returns whether a status stands in brackets."""
    return text.startswith(tuple(CLOSING))


def joint(text: str, wanted: Wanted) -> str:
    """Returns what joins a status to the title before it; wide brackets need no blank."""
    if is_bracketed(text):
        return " " if text.isascii() or text[0] in "([" else ""
    return lead_of(wanted.kin, text)
