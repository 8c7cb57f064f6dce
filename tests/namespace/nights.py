"""Time that passes: what cron and the vzdump job would have done is done, each at its hour."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from loopkit.lab.cron import read_entries
from tests.namespace import cron
from tests.namespace.hosts import HOSTS

_AS_CRON = {"PATH": "/usr/bin:/bin", "SHELL": "/bin/sh", "LANG": "C.UTF-8"}


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """One command, due at a time."""

    at: float
    host: str
    user: str
    command: str
    variables: Mapping[str, str] = field(default_factory=dict, compare=False)


def pass_time(directory: Path, lab: Mapping[str, Any], seconds: float) -> None:
    """Moves the clocks of controller and hosts, stopping where something is due."""
    start = time.time() + _ahead(directory)
    _stamp(directory, lab, (directory / "clock").stat().st_mtime)
    for event in sorted(_due(lab, start, start + seconds)):
        began = time.time()
        _set_clocks(directory, lab, event.at - began)
        _run(directory, lab, event)
        _stamp(directory, lab, began)
    _set_clocks(directory, lab, start + seconds - time.time())


def _ahead(directory: Path) -> float:
    return float((directory / "clock").read_text())


def _due(lab: Mapping[str, Any], since: float, until: float) -> Iterator[Event]:
    for host, spec in HOSTS.items():
        zone = ZoneInfo(spec.zone)
        for path in sorted(_root(lab, host).glob("etc/cron.d/*")):
            if "." in path.name:  # cron leaves such names alone
                continue
            for entry in read_entries(path.read_text()):
                for at in cron.due(entry, since, until, zone):
                    yield Event(at, host, entry.user, cron.command(entry), dict(entry.variables))
    yield from _vzdump(lab, since, until)


def _vzdump(lab: Mapping[str, Any], since: float, until: float) -> Iterator[Event]:
    scheduler = ("/usr/bin/python3", "/lab/scheduler.py")
    answer = _enter(lab, "pve", *scheduler, "due", str(since), str(until))
    for line in answer.stdout.splitlines():
        at, job = line.split()
        yield Event(float(at), "pve", "root", " ".join((*scheduler, "run", job)))


def _run(directory: Path, lab: Mapping[str, Any], event: Event) -> None:
    people = (_root(lab, event.host) / "etc/passwd").read_text().splitlines()
    homes = {line.split(":")[0]: line.split(":")[5] for line in people}
    preload = (_root(lab, event.host) / "etc/environment").read_text().split()
    variables = {**_AS_CRON, "HOME": homes[event.user], "LOGNAME": event.user, **event.variables}
    # Cron's own environment, and nothing else but what moves the clock.
    done = _enter(
        lab,
        event.host,
        *("setpriv", f"--reuid={event.user}", f"--regid={event.user}", "--init-groups"),
        *("env", "-i", *preload, *(f"{name}={value}" for name, value in variables.items())),
        *(variables["SHELL"], "-c", f"cd; {event.command}"),
        check=False,
    )
    with (directory / "nights.log").open("a") as log:
        when = datetime.fromtimestamp(event.at, ZoneInfo(HOSTS[event.host].zone))
        log.write(f"{when:%F %T %z} {event.host} {event.command} -> {done.returncode}\n")
        log.write(done.stdout + done.stderr)


def _set_clocks(directory: Path, lab: Mapping[str, Any], ahead: float) -> None:
    for host in HOSTS:
        (_root(lab, host) / "etc/faketimerc").write_text(f"{ahead:+.3f}\n")
    (directory / "clock").write_text(f"{ahead:.3f}\n")


def _stamp(directory: Path, lab: Mapping[str, Any], since: float) -> None:
    """Gives files written since then the lab's time: the kernel knows only its own."""
    ahead = _ahead(directory)
    if ahead:
        for host in HOSTS:
            _enter(lab, host, "/usr/bin/python3", "/lab/stamp.py", str(since), str(ahead))


def _enter(
    lab: Mapping[str, Any], host: str, *argv: str, check: bool = True
) -> subprocess.CompletedProcess[str]:
    pid = lab["hosts"][host]["pid"]
    entry = ["nsenter", f"--target={pid}", "--all", "--wd", "--"]
    return subprocess.run([*entry, *argv], text=True, capture_output=True, check=check, timeout=300)


def _root(lab: Mapping[str, Any], host: str) -> Path:
    return Path(f"/proc/{lab['hosts'][host]['pid']}/root")
