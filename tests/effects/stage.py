"""A loop, a workspace and a phase, to run steps in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from loopkit.effects.evidence.histories import Histories
from loopkit.effects.evidence.history import History
from loopkit.effects.evidence.journal import Run, begin
from loopkit.effects.evidence.receipt import Receipt
from loopkit.effects.run.events import Event
from loopkit.effects.run.phase import run_phase
from loopkit.effects.settings import Settings
from loopkit.loop.model import Item, Loop, LoopStatus, NonGoal, Phase, PhaseDone, PhaseStatus, Place
from loopkit.loop.outcome import PhaseOutcome
from loopkit.registry import BoundInvariant, BoundPhase, Registry
from loopkit.runbook import Host, Job, Seen, Step
from tests.effects.local_hosts import LocalTransport, Wire

LOOP_ID = "LOOP-GARDEN-20260301"


def a_phase(id: str = "P1", *needs: str, status: PhaseStatus = PhaseStatus.PENDING) -> Phase:
    gates = tuple(PhaseDone(need, need, Place(8)) for need in needs)
    return Phase(id, f"Phase {id}", status, str(status), gates, Place(10))


def a_loop(*phases: Phase, non_goals: Sequence[str] = ()) -> Loop:
    goals = tuple(NonGoal(text, Place(30 + i)) for i, text in enumerate(non_goals))
    return Loop(
        id=LOOP_ID,
        path="loops/garden.md",
        title="Garden",
        status=LoopStatus.OPEN,
        status_text="open",
        status_place=Place(3),
        owner=None,
        severity=None,
        created=None,
        closed=None,
        blocked_by=(),
        phases=phases or (a_phase(),),
        non_goals=goals,
    )


@dataclass
class Garden:
    """A workspace on disk; `at` is its clock, and `hosts` are folders beside it."""

    root: Path
    lab_kind: str = ""
    at: datetime = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
    wires: dict[str, Wire] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    """Names that no host has."""
    events: list[Event] = field(default_factory=list)
    signing_key: Path | None = None
    allowed_signers: Path | None = None

    @property
    def settings(self) -> Settings:
        loops = self.root / "loops"
        return Settings(
            root=self.root,
            loops=loops,
            runbooks=self.root / "runbooks",
            receipts=loops / "receipts",
            hosts=self.root / "hosts.yaml",
            signing_key=self.signing_key,
            allowed_signers=self.allowed_signers,
        )

    def now(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at

    @property
    def histories(self) -> Histories:
        """Returns the histories as the next command reads them."""
        return Histories(self)

    def history(self) -> History:
        return self.histories.of(LOOP_ID)

    def receipts(self) -> tuple[Receipt, ...]:
        return self.history().receipts

    def wire(self, host: str = "shed") -> Wire:
        return self.wires.setdefault(host, Wire())

    def file(self, name: str, host: str = "shed") -> Path:
        folder = self.root / "hosts" / host
        folder.mkdir(parents=True, exist_ok=True)
        return folder / name

    def transport(self) -> LocalTransport:
        return LocalTransport(self.root / "hosts", self.wires, self.missing)

    def begin(self, phase: str = "P1", **more: Any) -> Run:
        return begin(self.histories, LOOP_ID, phase, who="gardener", **more)

    def advance(
        self,
        *steps: Step | Job,
        loop: Loop | None = None,
        read_only: bool = False,
        invariants: Sequence[BoundInvariant] = (),
        redact: Callable[[str], str] = str,
        item: Item | None = None,
    ) -> PhaseOutcome:
        """Runs a phase of these steps as a command would, receipt included."""
        loop = loop or a_loop()
        run = self.begin(loop.phases[0].id, item=item.key if item else None, redact=redact)
        earlier = self.history()
        transport = self.transport()
        outcome = run_phase(
            self,
            loop,
            loop.phases[0],
            item,
            bound(steps, read_only=read_only, takes_item=item is not None),
            run,
            registry=Registry(invariants=list(invariants)),
            earlier=earlier,
            transport=transport,
            redact=redact,
            on_event=self.events.append,
        )
        assert transport.open == 0
        run.finish(outcome)
        run.recorded()
        return outcome


def bound(
    steps: Sequence[Step | Job], *, read_only: bool = False, takes_item: bool = False
) -> BoundPhase:
    def give(*_: object) -> list[Step | Job]:
        return list(steps)

    where = ("a phase", "garden:give", "runbooks/garden.py:1", "")
    return BoundPhase(give, *where, LOOP_ID, "P1", "shed", read_only, takes_item)


def invariant(
    text: str, read: Callable[[Host], Any], allow: Callable[[Any, Any], str] | None = None
) -> BoundInvariant:
    where = ("", "garden:read", "runbooks/garden.py:9", "")
    return BoundInvariant(read, *where, LOOP_ID, text, "shed", allow)


def holds(path: str, text: str) -> Callable[[Host], Seen]:
    """Returns a look: the file has a line of this text."""

    def look(c: Host) -> Seen:
        reply = c.read("cat", path, ok=(0, 1))
        return Seen(text in reply.lines, f"{path} has {len(reply.lines)} lines")

    return look


def append(path: str, text: str) -> Callable[[Host], None]:
    """Returns a change that shows when it is made twice: it appends a line."""

    def change(c: Host) -> None:
        c.change("tee", "-a", path, stdin=f"{text}\n".encode())

    return change


def planting(text: str = "beans", path: str = "bed", **more: Any) -> Step:
    """Returns a step that appends a line to a file once."""
    step = Step(f"{text} in {path}", holds(path, text), append(path, text))
    return replace(step, **more)


__all__ = ["Garden", "a_loop", "a_phase", "append", "bound", "holds", "invariant", "planting"]
