"""What a loop means: frozen records, each with its place in the file."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from loopkit.markdown.source import Span

NOWHERE = Span(0, 0)


class LoopStatus(StrEnum):
    """The state of a whole loop, as its header says."""

    OPEN = "open"
    PLANNED = "planned"
    BLOCKED = "blocked"
    CLOSED = "closed"
    DEFERRED = "deferred"
    SUPERSEDED = "superseded"
    UNKNOWN = "unknown"


class PhaseStatus(StrEnum):
    """The state of a phase, as its row, item or heading says; never inferred."""

    DONE = "done"
    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    BLOCKED = "blocked"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: line and column counted from 1, and its characters."""

    line: int
    column: int = 1
    span: Span = NOWHERE


# ── Gates ────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class PhaseDone:
    """Opens once `phase` of the same loop is done."""

    phase: str
    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class LoopClosed:
    """Opens once another loop is closed; `loop` may leave out its date."""

    loop: str
    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class LoopReached:
    """Opens once `phase` of another loop is done, or, with `or_later`, a later phase of it."""

    loop: str
    phase: str
    text: str
    place: Place
    or_later: bool = True


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Opens `wait` after what the phase waits for was finished, or at `until`; one is set."""

    text: str
    place: Place
    wait: timedelta | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Manual:
    """Only a person opens it."""

    text: str
    place: Place


Gate = PhaseDone | LoopClosed | LoopReached | TimePassed | Manual


# ── The loop ─────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a phase's gating checklist, with its own gates: `207 (AI)`."""

    key: str
    text: str
    status: PhaseStatus
    status_text: str | None
    gates: tuple[Gate, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase; `gates` are those of its row or heading, items have their own."""

    id: str
    title: str
    status: PhaseStatus
    status_text: str | None
    gates: tuple[Gate, ...]
    place: Place
    items: tuple[Item, ...] = ()
    details: Place | None = None
    """The heading under Phase Details that describes it."""

    @property
    def depends_on(self) -> tuple[str, ...]:
        """Returns the ids of the phases of its own loop that it waits for."""
        return tuple(g.phase for g in self.gates if isinstance(g, PhaseDone))


@dataclass(frozen=True, slots=True)
class Criterion:
    """A row of the Success Criteria; `validation` may be empty."""

    text: str
    validation: str
    place: Place


@dataclass(frozen=True, slots=True)
class NonGoal:
    """A line of the Non-Goals: what must stay as it is."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Threshold:
    """A row of the classification table: how old a backup of this class may be."""

    name: str
    limit: timedelta
    members: str
    place: Place


@dataclass(frozen=True, slots=True)
class Finding:
    """A contradiction or fault in a document; `mend` is the one line that would put it right."""

    line: int
    code: str
    message: str
    column: int = 1
    severity: str = "error"
    """`error`, `warning` or `info`; only errors make `loop check` exit 1."""
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Loop:
    """One loop document, as a careful person reads it."""

    id: str
    path: str
    title: str
    status: LoopStatus
    status_text: str | None
    status_place: Place | None
    owner: str | None
    severity: str | None
    created: str | None
    closed: str | None
    blocked_by: tuple[LoopClosed, ...]
    phases: tuple[Phase, ...]
    criteria: tuple[Criterion, ...] = ()
    non_goals: tuple[NonGoal, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    findings: tuple[Finding, ...] = ()
    holds: tuple[Gate, ...] = ()
    """What else the header says that every phase waits for: words under Blocked By."""

    @property
    def header_gates(self) -> tuple[Gate, ...]:
        """Returns what the header says that every phase waits for."""
        return (*self.blocked_by, *self.holds)

    def phase(self, id: str) -> Phase | None:
        """Returns the phase of this id, letter case aside."""
        wanted = id.casefold()
        return next((p for p in self.phases if p.id.casefold() == wanted), None)


# ── Evidence: what a run writes into the document ────────────────────────────
# Texts are raw, as a host printed them: render.py escapes, nothing else does.


@dataclass(frozen=True, slots=True)
class TableBlock:
    """A small table under its own `###` heading."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class ListBlock:
    """Bullets under their own `###` heading; no items gives the heading alone."""

    title: str
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A paragraph."""

    text: str


Block = TableBlock | ListBlock | TextBlock


@dataclass(frozen=True, slots=True)
class CellUpdate:
    """A cell of a table of the document that the evidence speaks of.

    The table is found by `section` (its nearest heading, from the start of the heading's
    text), the row by its first cell, the column by its header. A table, row or column that
    is not there is no error: the document does not speak of it, and nothing is written.
    """

    section: str
    row: str
    column: str
    value: str


# ── Changes: what an edit should make the document say ──────────────────────


@dataclass(frozen=True, slots=True)
class SetPhaseStatus:
    """A phase becomes `status`; `note` follows in parentheses, an old note goes."""

    phase: str
    status: PhaseStatus
    note: str = ""


@dataclass(frozen=True, slots=True)
class SetItemStatus:
    """An item of a phase becomes `status`; a checklist without a Status column gets one, once."""

    phase: str
    item: str
    status: PhaseStatus
    note: str = ""


@dataclass(frozen=True, slots=True)
class SetLoopStatus:
    """The header becomes `status`, in every header that states one; `on` is the closing day.

    `word` is the word to write where a person chose one that means this status: `active`.
    """

    status: LoopStatus
    on: date | None = None
    word: str = ""


@dataclass(frozen=True, slots=True)
class AddEvidence:
    """Evidence in a section of its own: `## P5 — Closeout Evidence (2026-02-09)`."""

    phase: str
    title: str
    on: date
    blocks: tuple[Block, ...]


Change = SetPhaseStatus | SetItemStatus | SetLoopStatus | AddEvidence | CellUpdate


# ── Outcomes: what happened when a phase ran ────────────────────────────────


class Result(StrEnum):
    """How a step, an item or a phase ended."""

    OK = "ok"  # was so already, nothing changed
    CHANGED = "changed"  # was not so, was changed, and was seen to be so
    WAITING = "waiting"  # started, and not finished yet: a long job
    REFUSED = "refused"  # the runbook or an invariant forbade it, nothing changed
    FAILED = "failed"  # it is not so, and that is certain
    UNKNOWN = "unknown"  # it may or may not be so


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """What one step did on one host."""

    name: str
    host: str
    result: Result
    seen: str
    """One line: what was seen last."""
    reason: str = ""
    """Why it is not ok, for people; empty when it is."""
    help: str = ""
    """One command that helps, when it is not ok."""
    seconds: float = 0.0
    blocks: tuple[Block, ...] = ()
    updates: tuple[CellUpdate, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    """JSON values, kept in the receipt: a baseline, hashes, sizes."""
    sent: bool = False
    """A change was sent whose effect was not seen: only a look, or a person, can tell."""


@dataclass(frozen=True, slots=True)
class PhaseOutcome:
    """What a run of a phase, or of one item of it, came to."""

    phase: str
    result: Result
    steps: tuple[StepOutcome, ...]
    item: str | None = None
    run_id: str = ""
    started: datetime | None = None
    ended: datetime | None = None
    lab: str = ""
    """The kind of lab it ran on; empty on real hosts."""
    exit_code: int = 0


# ── Facts: what gates are decided on ────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class When:
    """When something was finished, and how that is known; `at` is None when it is not."""

    at: datetime | None
    source: str
    """`receipt 3f9c`, `commit 60a9380`, or why it is unknown."""


@dataclass(frozen=True, slots=True)
class Approval:
    """A person's decision on a manual gate, as it stands in git."""

    loop: str
    phase: str
    gate: str
    """The gate's text; empty for every manual gate of the phase."""
    approved: bool
    who: str
    at: datetime
    reason: str
    receipt: str = ""
    item: str | None = None


@dataclass(frozen=True)
class Facts:
    """Everything outside the document that its gates are decided on.

    `loops` holds every loop read, by path; ids may be ambiguous. `unreadable` holds paths
    that could not be read, each with the reason. `finished` is keyed by (loop id, phase id).
    """

    now: datetime
    loops: Mapping[str, Loop] = field(default_factory=dict)
    unreadable: Mapping[str, str] = field(default_factory=dict)
    finished: Mapping[tuple[str, str], When] = field(default_factory=dict)
    approvals: Sequence[Approval] = ()
    lab_only: Container[tuple[str, str]] = frozenset()
    """What a lab alone has shown to be done, asked on real hosts: (loop id, phase id), or
    (loop id, "") for a loop that was closed. It opens no real gate."""
    damaged: Mapping[str, str] = field(default_factory=dict)
    """Why a receipt of a loop cannot be read, by loop id: what it says is not known."""


class Answer(StrEnum):
    """What is known of a gate. Unknown never advances."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to one gate, with what was seen and why."""

    gate: Gate
    answer: Answer
    seen: str
    reason: str
    opens_at: datetime | None = None
    help: str = ""
    """The command that opens it, or says more."""
    where: str = ""
    """file:line of what was seen."""
