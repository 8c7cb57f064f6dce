"""What happens on the hosts while the lab's clock goes on: cron, and the backup jobs."""

from __future__ import annotations

import threading
from contextlib import suppress

from loopkit.lab.cron import Entry, entries_of, first_due, run_entry
from loopkit.lab.lab import Lab
from loopkit.lab.machine import Machine
from loopkit.lab.pve.jobs import read_jobs
from loopkit.lab.pve.node import Stop
from loopkit.lab.pve.schedule import NotEmulated, next_run
from loopkit.lab.pve.section import Section
from loopkit.lab.pve.vzdump import run_job
from loopkit.lab.tools_pve import quiet_node

_MINUTE = 60


class Night:
    """Plays each minute of the lab's time once, in order, on every host that is not off."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._played = int(lab.clock.now()) // _MINUTE * _MINUTE
        self._one = threading.Lock()

    def catch_up(self) -> None:
        """Plays the minutes that began since the last time."""
        with self._one:
            until = int(self._lab.clock.now())
            if until - self._played < _MINUTE:
                return
            try:
                self._play(until)
            finally:
                self._lab.clock.play(None)
                self._lab.save()

    def move(self, seconds: float) -> None:
        """Moves the clock, and plays what the time between holds."""
        with self._one:
            self._lab.clock.move(seconds)
        self.catch_up()

    def _play(self, until: int) -> None:
        due = self._tables()
        while self._played + _MINUTE <= until:
            self._played += _MINUTE
            if self._play_minute(due):
                due = self._tables()

    def _tables(self) -> dict[str, tuple[list[Entry], list[Section]]]:
        return {
            name: (entries_of(machine), _jobs(machine))
            for name, machine in self._lab.machines.items()
        }

    def _play_minute(self, due: dict[str, tuple[list[Entry], list[Section]]]) -> bool:
        ran = False
        for name, (entries, jobs) in due.items():
            machine = self._lab.machines[name]
            if machine.halted.is_set():
                continue
            own = self._played + machine.faults.skew
            local = machine.local_time(own)
            for job in (job for job in jobs if _is_due(machine, job, own)):
                self._lab.clock.play(self._played)
                with suppress(Stop, OSError):
                    run_job(quiet_node(machine), job)
                ran = True
            for entry in first_due(entries, local):
                self._lab.clock.play(self._played)
                run_entry(machine, entry)
                ran = True
        return ran


def _jobs(machine: Machine) -> list[Section]:
    if "vzdump" not in machine.programs:
        return []
    found = read_jobs(quiet_node(machine)).values()
    return [job for job in found if job.kind == "vzdump" and job.properties.get("enabled") != "0"]


def _is_due(machine: Machine, job: Section, at: float) -> bool:
    minute = at // _MINUTE * _MINUTE
    try:
        return next_run(job.properties["schedule"], minute - 1, machine.zone) == minute
    except (NotEmulated, KeyError):
        return False
