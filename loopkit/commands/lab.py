"""`loop lab`: the built-in lab of this workspace."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from loopkit.commands.results import Message
from loopkit.commands.times import instant
from loopkit.effects.workspace import Workspace
from loopkit.errors import SettingsError
from loopkit.lab import control


def up(workspace: Workspace, begin: str = "") -> Message:
    """Starts the lab's hosts, or takes up a lab that was stopped; a new one begins at `begin`."""
    folder = lab_folder(workspace)
    control.up(folder, begin=instant(begin) if begin else None)
    return _told(folder, f"The lab is up: {folder}", _time(workspace))


def down(workspace: Workspace) -> Message:
    """Stops the lab; its files stay, so that it can be taken up again."""
    folder = lab_folder(workspace)
    control.down(folder)
    return Message("lab", (f"The lab is down: {folder}",), {"up": False, "hosts": {}})


def status(workspace: Workspace) -> Message:
    """Says what runs and what is broken."""
    return _told(lab_folder(workspace))


def fault(workspace: Workspace, host: str, name: str, arg: str) -> Message:
    """Breaks something."""
    folder = lab_folder(workspace)
    control.fault(folder, host, name, arg)
    return _told(folder, f"{host}: {name}")


def heal(workspace: Workspace, host: str) -> Message:
    """Mends it again."""
    folder = lab_folder(workspace)
    control.heal(folder, host)
    return _told(folder, f"{host}: healed")


def clock(workspace: Workspace, forward: timedelta) -> Message:
    """Moves the lab's clock on; what the nights between would have done is done."""
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


def _told(folder: Path, *first: str) -> Message:
    found = control.status(folder)
    lines = [
        f"  {name}  {host['user']}@127.0.0.1:{host['port']}  {', '.join(host['faults']) or 'well'}"
        for name, host in found["hosts"].items()
    ]
    if not found["up"]:
        lines = [f"The lab is down; to start it: loop lab up ({folder})"]
    return Message("lab", (*first, *lines), {"up": found["up"], "hosts": found["hosts"]})
