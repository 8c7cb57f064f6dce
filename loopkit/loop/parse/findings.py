"""What contradicts itself, or cannot be read, inside one document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from loopkit.loop.cycles import find_cycles
from loopkit.loop.model import (
    Finding,
    Gate,
    Loop,
    LoopStatus,
    Phase,
    PhaseDone,
    PhaseStatus,
    Place,
    UnreadKind,
    Unresolved,
    phases_named,
)
from loopkit.loop.parse.choice import FLOOR, Choice
from loopkit.loop.parse.layout import Layout, Meaning, StatusForm, StatusSite
from loopkit.loop.parse.phases import Phases
from loopkit.loop.words.grammar import loop_status, plain
from loopkit.loop.words.status import read_status
from loopkit.markdown.document import Document, Field, Piece, Row
from loopkit.markdown.source import Edit, Source
from loopkit.markdown.yamlfix import quoted

_NAMES = {
    StatusForm.CELL: "row",
    StatusForm.FIELD: "field",
    StatusForm.CHECKBOX: "box",
    StatusForm.CHECKBOXES: "list of boxes",
    StatusForm.DERIVED: "heading",
    StatusForm.SUFFIX: "line",
    StatusForm.PREFIX: "line",
    StatusForm.WITHIN: "line",
}
_OPEN = (PhaseStatus.PENDING, PhaseStatus.IN_PROGRESS, PhaseStatus.BLOCKED, PhaseStatus.FAILED)


@dataclass(frozen=True)
class Reading:
    """Everything that was read of one document."""

    document: Document
    layout: Layout
    phases: Phases
    choice: Choice
    loop: Loop

    @property
    def source(self) -> Source:
        """Returns the text."""
        return self.document.source


def own_findings(reading: Reading) -> tuple[Finding, ...]:
    """Returns the findings of one document in the order of its lines."""
    checks = (
        *(_front_matter, _depth, _header, _closed, _no_phases, _other_plans, _unread),
        *(_statuses, _echoes, _ids, _order, _unresolved, _rows),
    )
    found = [finding for check in checks for finding in check(reading)]
    return tuple(sorted(found, key=lambda finding: (finding.line, finding.column)))


def replaced_line(source: Source, piece: Piece, text: str) -> str:
    """Returns a line as it would be with `text` instead of a piece of it."""
    line = source.line_span(piece.line)
    before = source.text[line.start : piece.span.start]
    return before + text + source.text[piece.span.end : line.end]


# ── Header ───────────────────────────────────────────────────────────────────


def _front_matter(reading: Reading) -> Iterator[Finding]:
    front, source = reading.document.front_matter, reading.source
    if front and front.fault:
        edits = {source.line_of(edit.span.start): edit for edit in quoted(source, front)}
        edit = edits.get(front.fault_line) or next(iter(edits.values()), None)
        yield Finding(
            front.fault_line,
            "invalid-yaml",
            f"the front matter is no valid {front.syntax}: {front.fault}",
            mend=_with_edit(source, edit) if edit else "",
        )
    elif front is None and _opens_front_matter(source):
        message = "the front matter is never closed, so it is read as text"
        yield Finding(1, "open-front-matter", message, mend="---")


def _opens_front_matter(source: Source) -> bool:
    first = source.line_text(1).lstrip("\ufeff").rstrip()
    return first == "---" and source.line_count > 1 and ":" in source.line_text(2)


def _with_edit(source: Source, edit: Edit) -> str:
    line = source.line_span(source.line_of(edit.span.start))
    before, after = source.text[line.start : edit.span.start], source.text[edit.span.end : line.end]
    return before + edit.text + after


def _depth(reading: Reading) -> Iterator[Finding]:
    if reading.document.too_deep:
        message = "lists or quotes are nested too deep, and what follows them may not be read"
        yield Finding(1, "too-deep", message)


def _header(reading: Reading) -> Iterator[Finding]:
    fields = [f for f in reading.layout.stating(Meaning.STATUS) if f.value.text]
    if not fields:
        yield Finding(1, "no-status", "no header states a status", severity="info")
        return
    first = fields[0]
    wanted = loop_status(first.value.text)
    if wanted is LoopStatus.UNKNOWN:
        message = f"{first.value.text!r} is no status that is known"
        yield _at(reading, first.value, "unknown-status", message, severity="warning")
    for other in fields[1:]:
        if loop_status(other.value.text) is not wanted:
            yield _at(
                reading,
                other.value,
                "header-conflict",
                f"this header says {_word(other)}, line {first.line} says {_word(first)}",
                mend=replaced_line(reading.source, other.value, _word(first)),
            )


def _word(field: Field) -> str:
    return plain(field.value.text.replace("**", ""))


def _closed(reading: Reading) -> Iterator[Finding]:
    loop = reading.loop
    left = [phase.id for phase in loop.phases if phase.status in _OPEN]
    if loop.status is not LoopStatus.CLOSED or not left or loop.status_place is None:
        return
    field = next(f for f in reading.layout.stating(Meaning.STATUS) if f.value.text)
    names = ", ".join(left[:8]) + (" …" if len(left) > 8 else "")
    yield _at(
        reading,
        field.value,
        "closed-with-open-phases",
        f"the header says closed, but {names} {'is' if len(left) == 1 else 'are'} not done",
        mend=replaced_line(reading.source, field.value, "open"),
    )


# ── What was not read ────────────────────────────────────────────────────────


def _unread(reading: Reading) -> Iterator[Finding]:
    # A dependency is told with the phase that waits.
    for each in (u for u in reading.loop.unread if u.kind is not UnreadKind.DEPENDENCY):
        severity = "error" if each.is_work else "info"
        message = f"{each.text!r} was not read: {each.why}"
        yield _finding(each.place, each.kind, message, severity=severity)


def _no_phases(reading: Reading) -> Iterator[Finding]:
    """Yields that no phase was found, what was looked for, and what came nearest."""
    if reading.loop.phases:
        return
    nearest = [series.described for series in reading.choice.series[:3]]
    message = (
        "no phases were found: no table with a column Phase, Step or Task, and no list, headings"
        " or lines that begin with labels like `Phase 1` or `P1`"
    )
    if nearest:
        message += f"; nearest are {', '.join(nearest)}"
    likely = "warning" if nearest and reading.loop.is_plan else "info"
    severity = "error" if any(each.is_work for each in reading.loop.unread) else likely
    line = reading.choice.series[0].members[0].line if nearest else 1
    yield Finding(line, "no-phases", message, severity=severity)


def _other_plans(reading: Reading) -> Iterator[Finding]:
    """Yields what may be a plan of its own beside the one that was read."""
    chosen = {id(series) for series in reading.choice.chosen}
    items = {item.place.line for phase in reading.loop.phases for item in phase.items}
    for series in reading.choice.series if chosen else ():
        if series.score < FLOOR:
            return
        lines = {member.line for member in series.members}
        if id(series) in chosen or lines <= items or reading.choice.repeats(series):
            continue
        message = f"{series.described} may be a plan too, and was not read as one"
        yield Finding(min(lines), "other-plan", message, severity="info")


# ── Phases ───────────────────────────────────────────────────────────────────


def _statuses(reading: Reading) -> Iterator[Finding]:
    for phase, entry in zip(reading.loop.phases, reading.layout.phases, strict=True):
        site = entry.status
        if site and phase.status is PhaseStatus.UNKNOWN and not _says_unknown(site):
            message = f"{site.piece.text!r} is no status that is known"
            yield _at(reading, site.piece, "unknown-status", message, severity="warning")


def _says_unknown(site: StatusSite) -> bool:
    found = read_status(site.piece.text)
    return found is not None and found.clear


def _echoes(reading: Reading) -> Iterator[Finding]:
    """Yields each place that says another status of a phase than the phase itself does."""
    entries = zip(reading.loop.phases, reading.layout.phases, reading.phases.echoes, strict=True)
    for phase, entry, echoes in entries:
        for site, status in echoes:
            if entry.status is not None and contradicts(site, status, phase.status):
                yield _at(
                    reading,
                    site.piece,
                    "status-conflict",
                    f"this {_NAMES[site.form]} says {status} of {phase.id}, "
                    f"line {entry.status.piece.line} says {phase.status}",
                    mend=_reworded(reading.source, site.piece, entry.status.piece),
                )


def contradicts(site: StatusSite, status: PhaseStatus, said: PhaseStatus) -> bool:
    """Returns whether another place says another status; an empty box only says not done."""
    if site.form is StatusForm.CHECKBOX and status is PhaseStatus.PENDING:
        return said is PhaseStatus.DONE
    return status is not said


def _reworded(source: Source, site: Piece, wanted: Piece) -> str:
    """Returns a line in which the status word is that of another piece."""
    old, new = read_status(site.text), read_status(wanted.text)
    if old is None or new is None:
        return ""
    word = wanted.text[new.start : new.end]
    text = site.text[: old.start] + word + site.text[old.end :]
    return replaced_line(source, site, text)


def _ids(reading: Reading) -> Iterator[Finding]:
    counts = Counter(phase.id.casefold() for phase in reading.loop.phases)
    first: dict[str, Phase] = {}
    for phase in reading.loop.phases:
        earlier = first.setdefault(phase.id.casefold(), phase)
        if counts[phase.id.casefold()] > 1 and earlier is not phase:
            message = f"{phase.id} stands in line {earlier.place.line} already"
            mend = "give this phase an id of its own"
            yield _finding(phase.place, "duplicate-phase-id", message, mend=mend)


def _order(reading: Reading) -> Iterator[Finding]:
    phases: dict[str, Phase] = {}
    for phase in reading.loop.phases:
        phases.setdefault(phase.id.casefold(), phase)
    for phase in reading.loop.phases:
        for gate in phase.gates:
            yield from _dangling(phases, phase, gate)
        for gate in (g for g in phase.gates if isinstance(g, PhaseDone)):
            before = phases.get(gate.phase.casefold())
            if before and phase.status is PhaseStatus.DONE and before.status in _OPEN:
                yield _finding(
                    phase.place,
                    "done-before-dependency",
                    f"{phase.id} is done, but waits for {before.id}, which is {before.status}",
                    mend=f"say done in line {before.place.line}, or not done here",
                )
    yield from _circles(phases)


def _dangling(phases: Mapping[str, Phase], phase: Phase, gate: Gate) -> Iterator[Finding]:
    for id in phases_named(gate):
        if id.casefold() not in phases:
            known = ", ".join(p.id for p in islice(phases.values(), 12))
            message = f"{phase.id} waits for {id}, and there is no such phase"
            yield _finding(gate.place, "dangling-dependency", message, mend=f"name one of {known}")


def _unresolved(reading: Reading) -> Iterator[Finding]:
    """Yields what is said to be waited for and cannot be told; a warning where nobody waits."""
    for phase in reading.loop.phases:
        severity = "warning" if phase.status.is_settled else "error"
        for gate in (*phase.gates, *(gate for item in phase.items for gate in item.gates)):
            if isinstance(gate, Unresolved):
                message = f"{phase.id} waits for {gate.text!r}: {gate.why}"
                code, mend = UnreadKind.DEPENDENCY, "name a phase of this document, or a time"
                yield _finding(gate.place, code, message, severity=severity, mend=mend)


def _circles(phases: dict[str, Phase]) -> Iterator[Finding]:
    # One of several alternatives keeps nobody waiting alone, so only the others make circles.
    gates = {id: [g for g in p.gates if isinstance(g, PhaseDone)] for id, p in phases.items()}
    waits = {
        ("", id): [("", g.phase.casefold()) for g in own if g.phase.casefold() in phases]
        for id, own in gates.items()
    }
    for chain in find_cycles(waits):
        names = [phases[id].id for _, id in chain]
        place = phases[chain[0][1]].place
        message = "phases wait for one another: " + " -> ".join(names)
        yield _finding(place, "dependency-cycle", message, mend=f"let {names[0]} wait for less")


# ── Tables ───────────────────────────────────────────────────────────────────


def _rows(reading: Reading) -> Iterator[Finding]:
    for table in reading.layout.tables:
        wanted = len(table.header.cells)
        for row in table.rows:
            count = len(row.cells)
            if count != wanted:
                place = Place(row.line, reading.source.column_of(row.span.start), row.span)
                message = f"this row has {count} cells, its table has {wanted} columns"
                mend = padded(reading.source, row, wanted - count) if count < wanted else ""
                yield _finding(place, "ragged-row", message, severity="warning", mend=mend)


def padded(source: Source, row: Row, missing: int) -> str:
    """Returns a row with the empty cells that it lacks."""
    text = source.cut(row.span)
    closed = text.endswith("|") and not text.endswith("\\|")
    return text + ("" if closed else " |") + "  |" * missing


def _at(
    reading: Reading,
    piece: Piece,
    code: str,
    message: str,
    *,
    severity: str = "error",
    mend: str = "",
) -> Finding:
    place = Place(piece.line, reading.source.column_of(piece.span.start))
    return _finding(place, code, message, severity=severity, mend=mend)


def _finding(
    place: Place, code: str, message: str, *, severity: str = "error", mend: str = ""
) -> Finding:
    return Finding(place.line, code, message, place.column, severity, mend)
