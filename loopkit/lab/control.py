"""The lab's levers: up, down, status, fault, heal, clock. Needs no SSH library itself."""

from __future__ import annotations

import importlib.util
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from loopkit.errors import Failed, SettingsError, UsageError
from loopkit.lab.world import BEGINS

_READY_SECONDS = 20.0
_DOWN_SECONDS = 5.0
_CLOCK_SECONDS = 120.0
_YEARS = range(1980, 2100)


def up(
    directory: Path, *, begin: datetime | None = None, stay: bool = True
) -> subprocess.Popen[bytes] | None:
    """Starts a lab, or does nothing when it already runs.

    The clock of a new lab begins at `begin`, or at `world.BEGINS`; that of one that was stopped
    goes on, as clocks do.

    With `stay` it outlives this process, until `down` or until its directory is gone; else it
    ends when the returned process's standard input is closed, as it is when this process ends.

    Raises:
        SettingsError: the `lab` extra is not installed.
        UsageError: `begin` is no moment to begin at, or the lab has begun already.
        Failed: the server did not come up; says what it printed.
    """
    check_extra()
    if begin is not None:
        _check_new(directory)
        check_beginning(begin)
    if is_up(directory):
        return None
    directory.mkdir(parents=True, exist_ok=True)
    process = _start(directory, begin or BEGINS, stay=stay)
    _wait_until_ready(process, directory)
    if not stay:
        return process
    process.wait()  # it left the server behind, as the child of nobody here
    return None


def check_beginning(begin: datetime) -> None:
    """Refuses a moment that no lab can begin at.

    Raises:
        UsageError: it has no zone, or is too far from now for the hosts' files to be dated.
    """
    if begin.tzinfo is None or begin.year not in _YEARS:
        raise UsageError(
            f"a lab cannot begin at {begin.isoformat()}",
            why=f"it begins between {_YEARS[0]} and {_YEARS[-1]}, at a time with its zone",
            help=f"loop lab up --begin {BEGINS.isoformat()}",
        )


def _check_new(directory: Path) -> None:
    if (directory / "clock").exists():
        raise UsageError(
            "this lab has begun already, and its clock goes on",
            where=str(directory),
            why="when it begins is said once, when it is made",
            help=f"loop lab down && rm -r {shlex.quote(str(directory))}",
        )


def check_extra() -> None:
    """Refuses where the built-in lab cannot run, before anything is made.

    Raises:
        SettingsError: the `lab` extra is not installed.
    """
    if importlib.util.find_spec("asyncssh") is None:
        raise SettingsError(
            "the built-in lab needs AsyncSSH, which is not installed",
            why="loopkit was installed without its extra `lab`",
            help=f"{shlex.quote(sys.executable)} -m pip install asyncssh tzdata",
        )


def down(directory: Path) -> None:
    """Ends a lab's server and waits until it is gone; its files stay."""
    if not is_up(directory):
        return
    pid = int(_record(directory)["pid"])
    _ask(directory, {"do": "down"})
    deadline = time.monotonic() + _DOWN_SECONDS
    while _is_alive(pid):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def status(directory: Path) -> Mapping[str, Any]:
    """Returns whether a lab is up, its time, and each host's port, user and faults."""
    if not is_up(directory):
        return {"up": False, "hosts": {}}
    return {"up": True, **_ask(directory, {"do": "status"})}


def fault(directory: Path, host: str, name: str, arg: str = "") -> None:
    """Puts a fault on a host; `loopkit.lab.faults.FAULTS` says which there are."""
    _ask(directory, {"do": "fault", "host": host, "name": name, "arg": arg})


def heal(directory: Path, host: str) -> None:
    """Takes every fault off a host."""
    _ask(directory, {"do": "heal", "host": host})


def clock(directory: Path, seconds: float) -> None:
    """Moves the lab's clock forward, playing what cron and the backup jobs had due meanwhile."""
    if seconds < 0:
        raise UsageError("a lab's clock only moves forward", help="loop lab clock 24h")
    _ask(directory, {"do": "clock", "seconds": seconds}, timeout=_CLOCK_SECONDS)


def is_up(directory: Path) -> bool:
    """Returns whether the lab's server answers."""
    try:
        _ask(directory, {"do": "status"})
    except (Failed, UsageError):
        return False
    return True


def _start(directory: Path, begin: datetime, *, stay: bool) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "loopkit.lab.server", str(directory), begin.isoformat()]
    with (directory / "server.log").open("ab") as log:
        return subprocess.Popen(
            [*command, "--stay"] if stay else command,
            stdin=subprocess.DEVNULL if stay else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=stay,
        )


def _wait_until_ready(process: subprocess.Popen[bytes], directory: Path) -> None:
    assert process.stdout is not None
    line = process.stdout.readline()
    process.stdout.close()
    if line != b"ready\n":
        process.wait(_READY_SECONDS)
        log = (directory / "server.log").read_text(errors="replace").strip()
        raise Failed(
            "the lab's server did not start",
            where=str(directory),
            why=log.rpartition("\n")[2] or f"it ended with status {process.returncode}",
            help=f"rm -r {directory} and try again; {directory / 'server.log'} has the whole story",
        )


def _record(directory: Path) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads((directory / "lab.json").read_text())
    except (OSError, ValueError):
        raise UsageError("there is no lab here", where=str(directory), help="loop lab up") from None
    return record


def _ask(directory: Path, request: dict[str, Any], *, timeout: float = 10.0) -> dict[str, Any]:
    record = _record(directory)
    line = json.dumps({**request, "token": record["token"]}).encode() + b"\n"
    address = ("127.0.0.1", int(record["control"]))
    try:
        with socket.create_connection(address, timeout) as connection:
            connection.sendall(line)
            with connection.makefile("rb") as stream:
                reply: dict[str, Any] = json.loads(stream.readline())
    except (OSError, ValueError) as error:
        raise Failed(
            "the lab does not answer", where=str(directory), why=str(error), help="loop lab up"
        ) from error
    if "error" in reply:
        raise UsageError(str(reply["error"]), where=str(directory), help="loop lab status")
    return reply


def _is_alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    try:
        os.kill(pid, 0)
        # What ended keeps its number until its parent asks, and not every container's first
        # process does.
        return not (stat.exists() and ") Z " in stat.read_text())
    except OSError:
        return False
