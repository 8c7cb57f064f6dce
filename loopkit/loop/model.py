"""What a loop means: frozen records, each with its place in the file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from shlex import quote

from loopkit.errors import UnknownPhase
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

    @property
    def is_settled(self) -> bool:
        """Returns whether nobody waits for it any more: it is done, or a person left it out."""
        return self in (PhaseStatus.DONE, PhaseStatus.SKIPPED)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: line and column counted from 1, and its characters."""

    line: int
    column: int = 1
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class PhaseDone:
    """Opens once `phase` of the same loop is done."""

    phase: str
    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class AnyDone:
    """Opens once one of several phases of the same loop is done: `P1 or P2`."""

    phases: tuple[str, ...]
    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class InOrder:
    """Opens once every phase before this one is done, `phase` being the last of them.

    Nothing states it: where no phase of a document says which others it waits for, the order of
    the document is the order of work. A person may open it.
    """

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


@dataclass(frozen=True, slots=True)
class Unresolved:
    """Says that something is waited for, and nothing of this document answers to it: unknown.

    Whatever reads conditions yields it among the gates; the account reports it, with `why`, as
    an `unread-dependency`.
    """

    text: str
    place: Place
    why: str


Gate = PhaseDone | AnyDone | InOrder | LoopClosed | LoopReached | TimePassed | Manual | Unresolved


def phases_named(gate: Gate) -> tuple[str, ...]:
    """Returns the ids of the phases of the same loop that a gate states."""
    match gate:
        case PhaseDone():
            return (gate.phase,)
        case AnyDone():
            return gate.phases
        case _:
            return ()


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
    states_needs: bool = False
    """Whether the document says which phases it waits for, be it none."""

    @property
    def depends_on(self) -> tuple[str, ...]:
        """Returns the ids of the phases of its own loop that it waits for, alternatives too."""
        named = (id for gate in self.gates for id in phases_named(gate))
        return tuple(dict.fromkeys(named))

    def item(self, key: str) -> Item | None:
        """Returns the item of this key, letter case aside."""
        wanted = key.casefold()
        return next((i for i in self.items if i.key.casefold() == wanted), None)


@dataclass(frozen=True, slots=True)
class Criterion:
    """A row of the Success Criteria; `validation` may be empty."""

    text: str
    validation: str
    place: Place
    ticked: bool = False
    """Whether its author ticked it, which proves nothing."""


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


class UnreadKind(StrEnum):
    """What a passage that was not read looks like; each is also the code of its finding."""

    PHASE = "unread"
    """One of the family that was read as phases."""
    SECTION = "unread-section"
    """Boxes, or a table with a status column, that belong to nothing."""
    DEPENDENCY = "unread-dependency"
    """A dependency that names nothing of this document."""
    CONFLICT = "conflict-markers"
    """One side of a merge that nobody settled."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A passage that may say something of the plan and was not read: nothing rests on it."""

    place: Place
    text: str
    why: str
    """What was looked for there, and what was found."""
    kind: UnreadKind
    lines: int = 1
    """How many lines it takes."""
    is_work: bool = True
    """Whether work may be left in it; a table that says how things are is only told of."""

    @property
    def line(self) -> int:
        """Returns its first line."""
        return self.place.line

    @property
    def last_line(self) -> int:
        """Returns its last line."""
        return self.place.line + self.lines - 1


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
    unread: tuple[Unread, ...] = ()
    """What looks like a part of the plan and was not read, in the order of the file."""

    @property
    def is_plan(self) -> bool:
        """Returns whether the document is a loop: by its id, its phases, or what looks like one."""
        if self.phases or self.id.startswith("LOOP-"):
            return True
        return any(each.kind is not UnreadKind.SECTION for each in self.unread)

    in_order: bool = False
    """Whether the order of its phases is the order of work: nothing says which waits for which."""

    @property
    def header_gates(self) -> tuple[Gate, ...]:
        """Returns what the header says that every phase waits for."""
        return (*self.blocked_by, *self.holds)

    def phase(self, id: str) -> Phase | None:
        """Returns the phase of this id, letter case aside."""
        wanted = id.casefold()
        return next((p for p in self.phases if p.id.casefold() == wanted), None)

    def require_phase(self, id: str) -> Phase:
        """Returns the phase of this id, letter case aside.

        Raises:
            UnknownPhase: the loop has none.
        """
        phase = self.phase(id)
        if phase is None:
            raise UnknownPhase(
                f"{self.id} has no phase {id!r}",
                where=self.path,
                known=tuple(p.id for p in self.phases),
                help=f"loop show {quote(self.id)}",
            )
        return phase

    def require_item(self, phase: Phase, key: str) -> Item:
        """Returns the item of this key of one of its phases, letter case aside.

        Raises:
            UnknownPhase: the phase has no such item.
        """
        item = phase.item(key)
        if item is None:
            raise self.unknown_item(phase, key)
        return item

    def unknown_item(self, phase: Phase, key: str) -> UnknownPhase:
        """Returns the error that says which items a phase has instead of this one."""
        return UnknownPhase(
            f"{phase.id} of {self.id} has no item {key!r}",
            where=f"{self.path}:{phase.place.line}",
            known=tuple(item.key for item in phase.items),
            help=f"loop show {quote(self.id)} {quote(phase.id)}",
        )
