"""The door for runbook authors: phases, capabilities, criteria and invariants as Fabric tasks.

    @phase("LOOP-BACKUP-STABILIZATION", "P1", host="pve")
    def add_running_vms(c: Host) -> list[Step]:
        '''Adds VMs 205 and 206 to the vzdump job.'''
        return [Step("205 and 206 in the job", look=in_job(205, 206), change=add(205, 206))]

A step's `look` and `change` are what other tools call check and apply: the look says whether a
state is in place and changes nothing, the change brings it about. It is applied only where the
look says no, and then the look is asked again, so that what counts is never the exit status of a
change but the state that was seen.

A phase function is called with a host that is not connected, and returns its steps, so that
`loop plan` can name them without touching a host. Looks and changes are called later, each with
a host of its own: what they send is recorded as theirs. The host of the function only reads.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from loopkit.errors import RunbookError
from loopkit.loop.model import Item, Loop, PhaseStatus
from loopkit.loop.outcome import Block, CellUpdate, ListBlock, Result, TableBlock, TextBlock
from loopkit.loop.parse.reader import read as read_loop
from loopkit.registry import (
    BoundCapability,
    BoundCriterion,
    BoundInvariant,
    BoundPhase,
    current_registry,
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a command on a host answered. Texts are decoded as UTF-8, wrong bytes replaced."""

    argv: tuple[str, ...]
    exited: int
    stdout: str
    stderr: str
    truncated: bool = False
    """More came than the cap allows; the hash and the size are of everything."""
    sha256: str = ""
    """Of all of standard output, as bytes."""
    size: int = 0
    """Of all of standard output, in bytes."""

    @property
    def ok(self) -> bool:
        """Returns whether the exit status is 0."""
        return self.exited == 0

    @property
    def lines(self) -> list[str]:
        """Returns the lines of standard output, split on newline only."""
        return self.stdout.removesuffix("\n").split("\n") if self.stdout else []


class Files(Protocol):
    """The files of the workspace, for steps that edit one (an inventory for example)."""

    def read(self, path: str) -> bytes:
        """Returns a file's bytes; `path` is relative to the workspace and may not leave it."""
        ...

    def write(self, path: str, content: bytes) -> None:
        """Replaces a file atomically; refused in a look."""
        ...


class Host(Protocol):
    """One host, as a look or a change sees it.

    `read` and `change` take an argv, quoted by the library; a shell string is never needed.
    A command that ends with a status not in `ok` raises CommandFailed. A connection that cannot
    be made raises HostError, one that is lost or a deadline that passes raises OutcomeUnknown.
    """

    @property
    def name(self) -> str:
        """Returns its name in the inventory; `local` for the controller."""
        ...

    @property
    def facts(self) -> Mapping[str, Any]:
        """Returns what hosts.yaml says of it."""
        ...

    def read(
        self,
        *argv: str,
        ok: Sequence[int] = (0,),
        stdin: bytes | None = None,
        timeout: float | None = None,
    ) -> Reply:
        """Runs a command that only reads; `timeout` is in seconds.

        Raises:
            NotReadOnly: nothing says that this command only reads (see `read_only`).
        """
        ...

    def change(
        self,
        *argv: str,
        ok: Sequence[int] = (0,),
        stdin: bytes | None = None,
        timeout: float | None = None,
    ) -> Reply:
        """Runs a command that may change the host: recorded before it is sent, once.

        Raises:
            NotReadOnly: called in a look, a check, or a read-only phase.
        """
        ...

    def put(self, path: str, content: bytes, mode: int = 0o644, owner: str = "") -> None:
        """Writes a file under a temporary name, syncs it and renames it; a change.

        `owner` is `user:group`; empty keeps the owner of the file that stood there.
        """
        ...

    def peer(self, name: str) -> Host:
        """Returns another host of the inventory, under the same rules."""
        ...

    @property
    def files(self) -> Files:
        """Returns the files of the workspace, on the controller."""
        ...

    def baseline(self, key: str) -> Any:
        """Returns a fact that an earlier done phase of this loop recorded, None if none did."""
        ...

    def now(self) -> float:
        """Returns the controller's time, seconds since 1970 in UTC; moved by a lab's clock."""
        ...


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look saw: the state is in place, is not, or cannot be told (None), and one line."""

    so: bool | None
    text: str
    blocks: tuple[Block, ...] = ()
    updates: tuple[CellUpdate, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    help: str = ""


Look = Callable[[Host], Seen]
Apply = Callable[[Host], None]


@dataclass(frozen=True, slots=True)
class Step:
    """One named step: a look alone, or a look, a change and the look again.

    `again` says that the change may be sent once more after an outcome that is unknown, when a
    fresh look says no. `undo` takes back a change that broke an invariant, and touches only what
    is still as the change left it. `host` is another host than the phase's own; `local` is the
    controller, for a step that only works on files of the workspace.
    """

    name: str
    look: Look
    change: Apply | None = None
    undo: Apply | None = None
    host: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """A step that takes long: started detached on the host, looked at until it has ended."""

    name: str
    look: Look
    argv: tuple[str, ...]
    host: str = ""
    progress: Callable[[Host], str] | None = None
    timeout: float = 8 * 3600


class Refusal(Exception):
    """Raised by a look or a change that may not go on; `help` is a command."""

    def __init__(self, reason: str, help: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.help = help


PhaseFunction = Callable[..., "list[Step | Job]"]
"""`(c)`, or `(c, item: Item)` for a phase with a gating checklist: called once an item."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a capability's report: `state` is a word such as OK, STALE or UNKNOWN."""

    name: str
    state: str
    text: str
    ok: bool | None
    """None when it cannot be told."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a capability found; ok only when every row is."""

    rows: tuple[Row, ...]
    columns: tuple[str, ...] = ("target", "state", "seen")

    @property
    def ok(self) -> bool | None:
        """Returns False when a row is not ok, None when one cannot be told, else True."""
        if any(row.ok is False for row in self.rows):
            return False
        return None if any(row.ok is None for row in self.rows) else True


LOCAL = "local"
"""The reserved name of the controller: its files can be worked on, and no command runs there."""


def _as_task(bound: BoundPhase | BoundCapability) -> Any:
    # Fabric takes a third of a second to import: only a file that binds something waits for it.
    from loopkit.tasks import make_task

    return make_task(bound)


def phase(loop: str, id: str, *, host: str, read_only: bool = False) -> Callable[[Any], Any]:
    """Binds a function to a phase; `loop` may leave out the date."""

    def bind(function: PhaseFunction) -> Any:
        place = current_registry().place(function)
        takes = len(inspect.signature(function).parameters)
        if takes not in (1, 2):
            raise RunbookError(
                f"{function.__name__} takes {takes} arguments",
                where=place[3],
                why="a phase function takes (c), or (c, item) to be called once an item",
            )
        bound = BoundPhase(*place, loop, id, host, read_only, takes_item=takes == 2)
        current_registry().add(bound)
        return _as_task(bound)

    return bind


def capability(name: str, *, host: str = "") -> Callable[[Any], Any]:
    """Binds a read-only probe `(c: Host) -> Report` to a name, for `loop cap run`.

    Without `host` it is called with the controller, and reaches hosts by `c.peer(name)`.
    """

    def bind(function: Callable[[Host], Report]) -> Any:
        place = current_registry().place(function)
        bound = BoundCapability(*place, name, host)
        current_registry().add(bound)
        return _as_task(bound)

    return bind


def criterion(text: str, *, loop: str, host: str) -> Callable[[Any], Any]:
    """Binds a look `(c: Host) -> Seen` to the Success Criteria row that begins with `text`."""

    def bind(function: Look) -> Look:
        place = current_registry().place(function)
        current_registry().add(BoundCriterion(*place, loop, text, host))
        return function

    return bind


def invariant(
    non_goal: str,
    *,
    loop: str,
    host: str,
    allow: Callable[[Any, Any], str] | None = None,
) -> Callable[[Any], Any]:
    """Binds a reading `(c: Host) -> JSON value` to the Non-Goal that begins with `non_goal`.

    It is read before and after each changing phase and compared with the value of the first run;
    `allow(before, after)` returns why a difference breaks it, empty when it does not.
    """

    def bind(function: Callable[[Host], Any]) -> Callable[[Host], Any]:
        place = current_registry().place(function)
        current_registry().add(BoundInvariant(*place, loop, non_goal, host, allow))
        return function

    return bind


def read_only(*argv: str) -> None:
    """Declares that a command beginning with these words only reads: `read_only("qm", "list")`."""
    caller = sys._getframe(1)
    current_registry().declare(argv, caller.f_code.co_filename, caller.f_lineno)


__all__ = [
    "LOCAL",
    "Apply",
    "Block",
    "CellUpdate",
    "Files",
    "Host",
    "Item",
    "Job",
    "ListBlock",
    "Look",
    "Loop",
    "PhaseStatus",
    "Refusal",
    "Reply",
    "Report",
    "Result",
    "Row",
    "Seen",
    "Step",
    "TableBlock",
    "TextBlock",
    "capability",
    "criterion",
    "invariant",
    "phase",
    "read_loop",
    "read_only",
]
