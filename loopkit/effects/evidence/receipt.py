"""What a receipt says: the records, each as it stands in the file."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from loopkit.loop.model import LoopStatus, PhaseStatus
from loopkit.loop.outcome import PhaseOutcome, Result, StepOutcome

SCHEMA_VERSION = 1


class Kind(StrEnum):
    """What a receipt is of."""

    RUN = "run"  # a phase, or one item of it, was run
    VERIFY = "verify"  # criteria and done phases were looked at, nothing changed
    APPROVAL = "approval"  # a person answered a manual gate, or a plan
    MARK = "mark"  # a person set a status by hand
    RESOLVE = "resolve"  # a person said what an unknown outcome came to
    REOPEN = "reopen"  # a person took a done phase, or a closed loop, up again
    CLOSE = "close"  # the loop was closed
    ATTEST = "attest"  # a person vouched for a criterion that no check can judge


@dataclass(frozen=True, slots=True)
class Output:
    """What a command printed on one stream: its size in bytes and the hash of all of it."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Command:
    """A command as it was sent, secrets removed; `exited` is None when its end was not seen."""

    host: str
    argv: tuple[str, ...]
    changing: bool
    exited: int | None = None
    stdout: Output | None = None
    stderr: Output | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class StepRecord:
    """A step's outcome with the commands that it sent."""

    outcome: StepOutcome
    commands: tuple[Command, ...] = ()


@dataclass(frozen=True, slots=True)
class VerdictRecord:
    """A gate's answer, as it stood when the run began."""

    gate: str
    answer: str
    seen: str
    reason: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """An earlier receipt of the same loop, and the hash that its file had."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """One event in the life of a loop. `ended` equals `started` for what takes no time."""

    kind: Kind
    loop: str
    who: str
    started: datetime
    ended: datetime
    phase: str = ""
    item: str | None = None
    result: Result | None = None
    """How a run, or a resolved outcome, came out; None for other kinds."""
    exit_code: int = 0
    status: str = ""
    """The status that a person set: of a phase, an item, or (without a phase) the loop."""
    reason: str = ""
    gate: str = ""
    """The text of the gate that an approval answers; empty for every manual gate of the phase."""
    criterion: str = ""
    """The text, as it stood, of the criterion that a person attested."""
    approved: bool | None = None
    expires: datetime | None = None
    lab: str = ""
    """The kind of lab it happened in; empty on real hosts."""
    run_id: str = ""
    path: str = ""
    """The document, relative to the workspace."""
    document_before: str = ""
    document_after: str = ""
    """SHA-256 of the document when the run began, and as the run meant to leave it."""
    plan_hash: str = ""
    runbook: str = ""
    runbook_sha256: str = ""
    """The function (`module:function`) that was run, and the hash of its file."""
    steps: tuple[StepRecord, ...] = ()
    verdicts: tuple[VerdictRecord, ...] = ()
    uses: tuple[str, ...] = ()
    """Names of the approvals that this run used up."""
    notes: tuple[str, ...] = ()
    previous: tuple[Link, ...] = ()
    """The receipts that no other followed yet: one, or more after two branches were merged."""
    name: str = field(default="", compare=False)
    """The file's name; not part of the content."""
    sha256: str = field(default="", compare=False)
    """The hash of the file's bytes; not part of the content."""

    @property
    def succeeded(self) -> bool:
        """Returns whether it is of a run that came to a good end."""
        return self.kind is Kind.RUN and self.result is not None and self.result.is_good

    @property
    def says_status(self) -> bool:
        """Returns whether it says how a phase, an item or the loop stands."""
        return self.kind not in (Kind.VERIFY, Kind.APPROVAL, Kind.ATTEST)

    @property
    def says_done(self) -> bool:
        """Returns whether it says that its phase, or its item, is done."""
        return self.succeeded or (self.says_status and self.status == PhaseStatus.DONE)

    @property
    def says_skipped(self) -> bool:
        """Returns whether it says that a person left its phase, or its item, out."""
        return self.says_status and self.status == PhaseStatus.SKIPPED

    @property
    def says_closed(self) -> bool:
        """Returns whether it says that its loop is closed."""
        return self.says_status and not self.phase and self.status == LoopStatus.CLOSED

    def is_of(self, phase: str) -> bool:
        """Returns whether it is of this phase, or of an item of it, letter case aside."""
        return self.phase.casefold() == phase.casefold()

    def covers(self, phase: str, item: str | None) -> bool:
        """Returns whether it is of this item, or of the whole phase: that is each of its items."""
        return self.is_of(phase) and (self.item is None or _same(self.item, item))

    def is_exactly(self, phase: str, item: str | None) -> bool:
        """Returns whether it is of this item and no more, or without one of the whole phase."""
        return self.is_of(phase) and _same(self.item, item)

    def outcome(self) -> PhaseOutcome:
        """Returns what the run came to, so that it can be written into the document later."""
        return PhaseOutcome(
            phase=self.phase,
            item=self.item,
            result=self.result or Result.UNKNOWN,
            steps=tuple(step.outcome for step in self.steps),
            run_id=self.run_id,
            started=self.started,
            ended=self.ended,
            lab=self.lab,
            exit_code=self.exit_code,
        )


def _same(one: str | None, other: str | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.casefold() == other.casefold()
