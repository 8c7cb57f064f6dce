"""Stands for Proxmox's scheduler: says when jobs are due, runs one, or makes the past nights.

`scheduler.py due SINCE UNTIL` prints `TIME ID` lines, `run ID` runs a job now, and
`history NIGHTS` has every job have run on the last nights, the latest first on record.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

sys.path.insert(0, "/usr/local/lib/labpve")

from pve.node import Node, RealDisk, real_node
from pve.schedule import next_run
from pve.section import Section, read_sections
from pve.vzdump import run_job

JOBS = "/etc/pve/jobs.cfg"


class Clock:
    """A clock of the run's own, which the work moves on."""

    def __init__(self, at: float) -> None:
        self.at = at

    def now(self) -> float:
        """Returns the time."""
        return self.at

    def spend(self, seconds: float) -> None:
        """Lets time pass."""
        self.at += seconds


class DatedDisk(RealDisk):
    """Files that were written when the run's own clock says."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def write(self, path: str, content: bytes) -> None:
        """Writes a file."""
        super().write(path, content)
        os.utime(path, (self.clock.at, self.clock.at))

    def rename(self, old: str, new: str) -> None:
        """Renames a file that has just been finished."""
        super().rename(old, new)
        os.utime(new, (self.clock.at, self.clock.at))


def node_at(at: float) -> Node:
    """Returns this machine as a node whose clock stands at `at`."""
    clock = Clock(at)
    return replace(real_node(), disk=DatedDisk(clock), now=clock.now, spend=clock.spend)


def jobs() -> dict[str, Section]:
    """Returns the jobs that are switched on, by id."""
    sections = read_sections(real_node().text(JOBS), JOBS)[0]
    return {id: job for id, job in sections.items() if job.properties.get("enabled", "1") == "1"}


def due(since: float, until: float) -> Iterator[tuple[float, str]]:
    """Yields when which job is due."""
    for id, job in jobs().items():
        at = next_run(job.properties["schedule"], since, None)
        while at <= until:
            yield at, id
            at = next_run(job.properties["schedule"], at, None)


def main(verb: str, *arguments: str) -> int:
    """Runs one verb."""
    match verb:
        case "due":
            since, until = map(float, arguments)
            for at, id in due(since, until):
                print(at, id)
        case "run":
            return run_job(node_at(time.time()), jobs()[arguments[0]])
        case "history":
            now = time.time()
            for at, id in sorted(due(now - 86400 * int(arguments[0]), now)):
                run_job(node_at(at), jobs()[id])
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
