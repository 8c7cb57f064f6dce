"""What each command returns: frozen results that the face turns into text or JSON.

They hold no effect and import nothing that costs, so that the face can know them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from loopkit.loop.model import Criterion, Finding, Loop, NonGoal, Phase
from loopkit.loop.outcome import PhaseOutcome, Result
from loopkit.loop.plan import PhasePlan
from loopkit.loop.snapshot import Answer

if TYPE_CHECKING:  # types, without what their homes load
    from loopkit.loop.parse.reader import OwnedLine
    from loopkit.runbook import Report


@dataclass(frozen=True, slots=True)
class LoopRow:
    """One loop in a listing; `next` are the phases that could run now."""

    id: str
    path: str
    status: str
    done: int
    total: int
    next: tuple[str, ...]
    waits_for: tuple[str, ...]
    error: str = ""
    """Why the document could not be read; empty when it could."""
    unread: int = 0
    """How many passages look like a part of its plan, and were not read."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The loops of a workspace; `no_plans` are the documents among them that are none."""

    rows: tuple[LoopRow, ...]
    no_plans: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """Returns 2 when a document could not be read."""
        return 2 if any(row.error for row in self.rows) else 0


@dataclass(frozen=True, slots=True)
class Shown:
    """One loop as it was read; `runbooks` maps phase ids to `module:function`."""

    loop: Loop
    runbooks: Mapping[str, str]
    phase: Phase | None = None
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class Explained:
    """Why each phase may run or may not; `notes` are about the loop as a whole."""

    loop: Loop
    phases: tuple[PhasePlan, ...]
    now: datetime
    notes: tuple[str, ...] = ()
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step that would run."""

    name: str
    host: str
    changes: bool
    probed: str = ""
    """What a look saw, with `--probe`; empty without."""


@dataclass(frozen=True, slots=True)
class PlannedPhase:
    """A phase, or one item of it, that would run now."""

    phase: str
    item: str | None
    title: str
    runbook: str
    hosts: tuple[str, ...]
    steps: tuple[PlannedStep, ...]
    diff: str
    """What it would write into the document if every step succeeds, evidence left out."""
    hash: str = ""
    """Names this plan: an approval is bound to it."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """What `advance` would do, and what it would wait for."""

    loop: Loop
    phases: tuple[PlannedPhase, ...]
    waiting: tuple[PhasePlan, ...]
    now: datetime
    notes: tuple[str, ...] = ()
    """About the loop as a whole."""
    non_goals: tuple[GoalCheck, ...] = ()
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class RanPhase:
    """A phase, or one item of it, that ran."""

    phase: str
    item: str | None
    title: str
    outcome: PhaseOutcome
    receipt: str
    written: tuple[str, ...]
    diff: str


@dataclass(frozen=True, slots=True)
class Advanced:
    """What `advance` did, and what comes next."""

    loop: Loop
    ran: tuple[RanPhase, ...]
    waiting: tuple[PhasePlan, ...]
    now: datetime
    next_command: str
    next_when: str
    waits_for_person: bool
    commit: str = ""
    declined: tuple[str, ...] = ()
    """Phases that a person was asked about and did not allow."""
    no_runbook: tuple[str, ...] = ()
    """Phases that are ready and that no runbook is bound to."""
    recovered: tuple[str, ...] = ()
    """What an earlier run left and this one wrote down first."""

    @property
    def exit_code(self) -> int:
        """Returns the code of the worst that ran: interrupted, unknown, unreachable, failed."""
        codes = {ran.outcome.exit_code for ran in self.ran}
        return next((code for code in (143, 130, 5, 4, 1) if code in codes), 0)

    @property
    def detailed_exit_code(self) -> int:
        """Returns 8 while waiting on time, event or loop, 9 while waiting on a person."""
        if self.exit_code or self.ran or not self.waiting:
            return self.exit_code
        return 9 if self.waits_for_person else 8


@dataclass(frozen=True, slots=True)
class Written:
    """An edit of one document by a verb of a person: mark, approve, close, reopen, resolve."""

    loop: str
    path: str
    what: str
    diff: str
    receipt: str
    next_command: str = ""
    commit: str = ""
    verified: Verified | None = None
    """On whose word each criterion stood, when this closed the loop."""
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class Attestation:
    """A person's word that a criterion is met, which no check can judge."""

    who: str
    at: datetime
    reason: str
    receipt: str

    @property
    def text(self) -> str:
        """Returns it in one line."""
        return f"attested by {self.who}, {self.at:%Y-%m-%d %H:%M %Z}: {self.reason}"


@dataclass(frozen=True, slots=True)
class CriterionVerdict:
    """Whether a success criterion is met, and on whose word."""

    criterion: Criterion
    answer: Answer
    seen: str
    host: str = ""
    help: str = ""
    waived: str = ""
    """Who waived it and why."""
    checked: bool = True
    """Whether a check is bound to it."""
    attested: Attestation | None = None

    @property
    def how(self) -> str:
        """Returns on whose word it stands: `checked`, `attested`, `waived`, `nobody looked`."""
        if self.waived:
            return "waived"
        if self.checked:
            return "checked"
        return "attested" if self.attested else "nobody looked"


@dataclass(frozen=True, slots=True)
class GoalCheck:
    """A Non-Goal, and whether an invariant is bound to it: one without is never checked."""

    goal: NonGoal
    checked: bool


@dataclass(frozen=True, slots=True)
class Verified:
    """The success criteria and the done phases, checked again."""

    loop: Loop
    criteria: tuple[CriterionVerdict, ...]
    phases: tuple[PhaseOutcome, ...]
    findings: tuple[Finding, ...] = ()
    receipt: str = ""
    non_goals: tuple[GoalCheck, ...] = ()

    @property
    def exit_code(self) -> int:
        """Returns 1 when something does not hold, 4 when something cannot be told."""
        answers = {v.answer for v in self.criteria if not v.waived}
        results = {p.result for p in self.phases}
        if Answer.NOT_MET in answers or results & {Result.FAILED, Result.REFUSED}:
            return 1
        return 4 if Answer.UNKNOWN in answers or Result.UNKNOWN in results else 0


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """The findings of one document, and, when asked, each line of it with its owner."""

    path: str
    findings: tuple[Finding, ...]
    lines: tuple[OwnedLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """The findings of every document that was checked."""

    files: tuple[CheckedFile, ...]
    fixed: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """Returns 1 when there is an error."""
        return int(any(f.severity == "error" for file in self.files for f in file.findings))


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One receipt, as `loop log` shows it."""

    at: datetime | None
    kind: str
    phase: str
    item: str | None
    result: str
    who: str
    what: str
    receipt: str
    lab: str


@dataclass(frozen=True, slots=True)
class Logged:
    """Every run of a loop, oldest first."""

    loop: str
    entries: tuple[LogEntry, ...]
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class CapabilityRow:
    """A capability that a runbook offers."""

    name: str
    summary: str
    where: str


@dataclass(frozen=True, slots=True)
class CapabilityList:
    """The capabilities of a workspace."""

    rows: tuple[CapabilityRow, ...]
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class CapabilityRun:
    """What a capability found; with `nagios` the exit status is that of a monitoring plugin."""

    name: str
    report: Report
    nagios: bool = False

    @property
    def exit_code(self) -> int:
        """Returns 0 when all is well, 1 when something is not, 4 when it cannot be told."""
        codes = {True: 0, False: 2, None: 3} if self.nagios else {True: 0, False: 1, None: 4}
        return codes[self.report.ok]


@dataclass(frozen=True, slots=True)
class Message:
    """A few lines that need no other shape; `data` is the same for programs."""

    kind: str
    lines: tuple[str, ...]
    data: Mapping[str, object] = field(default_factory=dict)
    exit_code: int = 0


CommandResult = (
    Listing
    | Shown
    | Explained
    | Planned
    | Advanced
    | Written
    | Verified
    | Checked
    | Logged
    | CapabilityList
    | CapabilityRun
    | Message
)
