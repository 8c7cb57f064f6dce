"""`loop lab`: the built-in lab of this workspace."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from loopkit.commands.results import Message
from loopkit.commands.session import Session
from loopkit.commands.times import instant, span
from loopkit.effects.workspace import Workspace
from loopkit.errors import SettingsError
from loopkit.lab import control


@dataclass(frozen=True, slots=True)
class UpRequest:
    """When a new lab begins by its own clock: a moment in ISO 8601, or where every lab does."""

    begin: str = ""


def up(session: Session, request: UpRequest) -> Message:
    """Starts the lab's hosts, or takes up a lab that was stopped."""
    folder = lab_folder(session.workspace)
    control.up(folder, begin=instant(request.begin) if request.begin else None)
    return _state(folder, f"The lab is up: {folder}", _time(session.workspace))


@dataclass(frozen=True, slots=True)
class DownRequest:
    """The lab of the workspace."""


def down(session: Session, request: DownRequest) -> Message:
    """Stops the lab; its files stay, so that it can be taken up again."""
    folder = lab_folder(session.workspace)
    control.down(folder)
    return Message("lab", (f"The lab is down: {folder}",), {"up": False, "hosts": {}})


@dataclass(frozen=True, slots=True)
class StatusRequest:
    """The lab of the workspace."""


def status(session: Session, request: StatusRequest) -> Message:
    """Says what runs and what is broken."""
    return _state(lab_folder(session.workspace))


@dataclass(frozen=True, slots=True)
class FaultRequest:
    """What to break on a host of the lab."""

    host: str
    fault: str
    arg: str = ""


def fault(session: Session, request: FaultRequest) -> Message:
    """Breaks something."""
    folder = lab_folder(session.workspace)
    control.fault(folder, request.host, request.fault, request.arg)
    return _state(folder, f"{request.host}: {request.fault}")


@dataclass(frozen=True, slots=True)
class HealRequest:
    """A host of the lab."""

    host: str


def heal(session: Session, request: HealRequest) -> Message:
    """Mends it again."""
    folder = lab_folder(session.workspace)
    control.heal(folder, request.host)
    return _state(folder, f"{request.host}: healed")


@dataclass(frozen=True, slots=True)
class ClockRequest:
    """How far the lab's clock is moved on: 24h, 90m, 2d."""

    forward: str


def clock(session: Session, request: ClockRequest) -> Message:
    """Moves the lab's clock on; what the nights between would have done is done."""
    forward, workspace = span(request.forward), session.workspace
    control.clock(lab_folder(workspace), forward.total_seconds())
    now = workspace.local_now().isoformat(timespec="seconds")
    return Message("lab", (_time(workspace),), {"now": now})


def _time(workspace: Workspace) -> str:
    return f"The lab's time is {workspace.local_now():%Y-%m-%d %H:%M %Z}."


def lab_folder(workspace: Workspace) -> Path:
    """Returns the lab's folder.

    Raises:
        SettingsError: the workspace has none, so its hosts are real.
    """
    if workspace.settings.lab is None:
        raise SettingsError(
            "this workspace has no lab: its hosts are real",
            where=workspace.settings.source or str(workspace.root),
            why='a lab is named in the settings, as lab = ".loopkit/lab"',
            help="loop demo",
        )
    return workspace.settings.lab


def _state(folder: Path, *first: str) -> Message:
    found = control.status(folder)
    lines = [
        f"  {name}  {host['user']}@127.0.0.1:{host['port']}  {', '.join(host['faults']) or 'well'}"
        for name, host in found["hosts"].items()
    ]
    if not found["up"]:
        lines = [f"The lab is down; to start it: loop lab up ({folder})"]
    return Message("lab", (*first, *lines), {"up": found["up"], "hosts": found["hosts"]})
