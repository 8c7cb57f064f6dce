"""What a command works with: its workspace, who acts, and the world as it was read, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from os.path import relpath
from shlex import quote
from typing import TYPE_CHECKING

from loopkit.commands.results import PlannedPhase
from loopkit.commands.times import moment
from loopkit.effects import git
from loopkit.effects.evidence.histories import Histories
from loopkit.effects.evidence.history import History
from loopkit.effects.evidence.receipt import Receipt
from loopkit.effects.gather import gather
from loopkit.effects.run.events import Event, quiet
from loopkit.effects.workspace import Workspace
from loopkit.loop.model import Loop
from loopkit.loop.parse.reader import LoopFile
from loopkit.loop.plan import Plan, make_plan
from loopkit.loop.snapshot import Snapshot

if TYPE_CHECKING:  # what only some commands need, and pay for
    from loopkit.effects.run.transport import Transport
    from loopkit.registry import Registry


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked, to be answered by yes or no; `about` is what would run."""

    text: str
    about: PlannedPhase | None = None


Ask = Callable[[Question], bool]
Tell = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, how long they wait for a loop, and how they are asked and kept informed."""

    who: str = ""
    """Their name; git's user.name where it is empty."""
    lock_timeout: float = 0.0
    """Seconds."""
    ask: Ask | None = None
    """None where nobody can be asked: what needs a person then waits."""
    tell: Tell = quiet
    """Called with each event while a phase runs."""


@dataclass(slots=True)
class _World:
    """What was read of one state of the world: by the name that was typed, and by path."""

    workspace: Workspace
    files: dict[str, LoopFile] = field(default_factory=dict)
    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)


class Session:
    """One command at work.

    What it has read stands until something is written or a person is asked; then it is read
    again. What other programs write in between is met where it counts: a document is replaced
    only if it still has the bytes that were read.
    """

    def __init__(self, workspace: Workspace, actor: Actor | None = None) -> None:
        self.workspace = workspace
        self.actor = actor or Actor()
        self.histories = Histories(workspace)
        self.changed()

    # ── The world, read once ─────────────────────────────────────────────

    def file(self, name: str) -> LoopFile:
        """Returns the document of the loop that is named by a part of its id, or by its path.

        Raises:
            UnknownLoop: no loop has this name.
            AmbiguousLoop: several have it.
            DocumentError: the document cannot be read.
        """
        known = self._world.files
        if name not in known:
            known[name] = self._world.workspace.load(name)
        return known[name]

    def snapshot(self, loop: Loop | None = None) -> Snapshot:
        """Returns what the gates of one loop are decided on, or, without it, those of all."""
        known, path = self._world.snapshots, loop.path if loop else ""
        if path not in known:
            known[path] = gather(self._world.workspace, loop, self.histories)
        return known[path]

    def plan(self, loop: Loop) -> Plan:
        """Returns what may run now of a loop, what may not, and why."""
        known = self._world.plans
        if loop.path not in known:
            known[loop.path] = make_plan(loop, self.snapshot(loop))
        return known[loop.path]

    def history(self, loop_id: str) -> History:
        """Returns what a loop's receipts say.

        Raises:
            DocumentError: one of them cannot be read.
        """
        return self.histories.of(loop_id)

    def registry(self) -> Registry:
        """Returns what the workspace's runbooks bind; they are opened once a command.

        Raises:
            RunbookError: one of them cannot be loaded.
        """
        return self._registry

    @cached_property
    def _registry(self) -> Registry:
        from loopkit.commands.runbooks import open_runbooks

        return open_runbooks(self.workspace)

    def transport(self) -> Transport:
        """Returns the way to the workspace's hosts; nothing is opened yet."""
        from loopkit.commands.runbooks import transport_of

        return transport_of(self.workspace)

    # ── When it is read again ────────────────────────────────────────────

    def changed(self) -> None:
        """Forgets what was read before something was written; receipts that it wrote it knows."""
        self._world = _World(self.workspace.reading_once())

    def waited(self) -> None:
        """Forgets all that was read: time went by, and anyone may have written meanwhile."""
        self.changed()
        self.histories = Histories(self.workspace)

    def recheck(self, file: LoopFile) -> None:
        """Forgets what was read if a document says something else by now."""
        raw = self.workspace.read_bytes(file.loop.path)
        if raw != file.source.encode():
            self.waited()

    def ask(self, question: Question) -> bool:
        """Asks a person, who may think about it for an hour; nobody to ask is no."""
        if self.actor.ask is None:
            return False
        answer = self.actor.ask(question)
        self.waited()
        return answer

    @contextmanager
    def hold(self, loop_id: str, *, commit: bool = False) -> Iterator[None]:
        """Holds a loop's lock; a document outside of any workspace has none, and needs no folder.

        What was read before is read again: whoever held the lock may have written since.

        Raises:
            Locked: someone else holds it.
            Refused: a commit is asked for, and none could be made here.
        """
        from loopkit.effects.lock import lock  # 5 ms that no reading verb pays

        workspace = self.workspace
        if commit:
            git.check_commit(workspace.root, workspace.settings.receipts)
        held = lock(workspace, loop_id, self.who, self.actor.lock_timeout)
        with held if workspace.keeps_records else nullcontext():
            self.waited()
            yield

    def save(self, before: LoopFile, after: LoopFile) -> None:
        """Writes a document; nothing when it says the same.

        Raises:
            DocumentChanged: someone else wrote it meanwhile.
            NotWritten: the disk did not take the bytes; the old ones stand.
        """
        self.workspace.save(before, after)
        self.changed()

    # ── Who, where and when ──────────────────────────────────────────────

    @cached_property
    def who(self) -> str:
        """Returns the name of who acts."""
        return self.actor.who or git.who(self.workspace.root)

    @cached_property
    def redact(self) -> Callable[[str], str]:
        """Returns what every text of a host passes before anyone keeps or sees it."""
        from loopkit.effects.redact import redact_for

        return redact_for(self.workspace.settings)

    def path_of(self, receipt: Receipt) -> str:
        """Returns a receipt's path as people type it, from the root of the workspace."""
        return self.histories.store.where(receipt)

    def naming(self, verb: str, loop: Loop) -> str:
        """Returns a command on a loop's document, that works where this one was typed."""
        file = self.workspace.root / loop.path
        return f"loop {verb} {quote(relpath(file, self.workspace.start))}"

    def today(self) -> date:
        """Returns the day in the workspace's zone."""
        return self.workspace.local_now().date()

    def moment(self, at: str | datetime | None) -> datetime | None:
        """Returns a time that was typed, or given by a program; None for none.

        Raises:
            UsageError: it is not ISO 8601.
        """
        return moment(at, self.workspace.settings.zone) if at else None
