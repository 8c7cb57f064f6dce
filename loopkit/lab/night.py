"""What happens on the hosts while the lab's clock goes on: cron, and the backup jobs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Protocol

from loopkit.lab.cron import Entry, Ticker, entries_of, run_entry
from loopkit.lab.machine import Machine
from loopkit.lab.pve.jobs import read_jobs
from loopkit.lab.pve.node import Stop
from loopkit.lab.pve.schedule import NotEmulated, next_run
from loopkit.lab.pve.section import Section
from loopkit.lab.pve.vzdump import Work, end_broken_tasks, work_of
from loopkit.lab.tools_pve import quiet_node

_MINUTE = 60


class PlayedClock(Protocol):
    """The lab's clock, which can be moved, and set to a moment of the past."""

    def now(self) -> float:
        """Returns the time."""
        ...

    def play(self, moment: float | None) -> None:
        """Sets the moment, None to go back to the running clock."""
        ...

    def move(self, seconds: float) -> None:
        """Moves the running clock."""
        ...


@dataclass(slots=True)
class _Running:
    """A backup that is under way, and when it goes on."""

    machine: Machine
    work: Work
    due: float


@dataclass(slots=True)
class _Table:
    """What is due on a host, as its files say."""

    entries: list[Entry] = field(default_factory=list)
    jobs: list[tuple[float, Section]] = field(default_factory=list)
    """Each job with the time of its next run."""
    zone: tzinfo = UTC


_OFF = _Table()


class Night:
    """Plays each minute of the lab's time once, in order, on every host that is not off."""

    def __init__(
        self,
        machines: Mapping[str, Machine],
        clock: PlayedClock,
        save: Callable[[], None],
        since: float | None = None,
    ) -> None:
        self._machines = machines
        self._clock = clock
        self._save = save
        self._played = int(clock.now() if since is None else since) // _MINUTE * _MINUTE
        self._running: list[_Running] = []
        self._tickers: dict[str, Ticker] = {}
        self._one = threading.Lock()

    def catch_up(self) -> None:
        """Plays what came due since the last time."""
        with self._one:
            until = self._clock.now()
            if self._next() > until:
                return
            try:
                self._play(until)
            finally:
                self._clock.play(None)
                self._save()

    def move(self, seconds: float) -> None:
        """Moves the clock, and plays what the time between holds."""
        with self._one:
            self._clock.move(seconds)
        self.catch_up()

    def _next(self) -> float:
        """Returns when something is to be done next: the next minute, or earlier."""
        return min([self._played + _MINUTE, *(one.due for one in self._running)])

    def _play(self, until: float) -> None:
        tables = self._tables()
        while (moment := self._next()) <= until:
            self._clock.play(moment)
            for running in [one for one in self._running if one.due <= moment]:
                self._go_on(running)
            if moment == self._played + _MINUTE:
                self._played += _MINUTE
                if self._play_minute(tables):
                    tables = self._tables()

    def _tables(self) -> dict[str, _Table]:
        now = self._played
        return {name: self._table(machine, now) for name, machine in self._machines.items()}

    def _table(self, machine: Machine, after: float) -> _Table:
        zone, after = machine.zone, after + machine.faults.skew
        table = _Table(entries_of(machine), zone=zone)
        for job in _jobs(machine):
            with suppress(NotEmulated, KeyError):
                table.jobs.append((next_run(job.properties["schedule"], after, zone), job))
        return table

    def _play_minute(self, tables: dict[str, _Table]) -> bool:
        """Plays what begins in this minute; returns whether anything did."""
        ran = False
        for name, machine in self._machines.items():
            if machine.halted.is_set():
                # What it sleeps through is not made up for, neither by cron nor by Proxmox.
                tables[name] = _OFF
            else:
                if tables[name] is _OFF:
                    tables[name] = self._table(machine, self._played - 1)
                ran |= self._play_host(machine, tables[name])
            if not tables[name].entries:
                # A cron without lines that gets some begins with the minute that comes then.
                self._tickers.pop(name, None)
        return ran

    def _play_host(self, machine: Machine, table: _Table) -> bool:
        own = self._played + machine.faults.skew
        jobs = [job for at, job in table.jobs if at <= own]
        for job in jobs:
            self._start(machine, job)
        entries = self._due(machine, table, own) if table.entries else []
        for entry in entries:
            self._clock.play(self._played)
            run_entry(machine, entry)
        return bool(jobs or entries)

    def _due(self, machine: Machine, table: _Table, own: float) -> list[Entry]:
        ticker = self._tickers.setdefault(machine.name, Ticker())
        return ticker.due(table.entries, datetime.fromtimestamp(own, table.zone))

    def _start(self, machine: Machine, job: Section) -> None:
        work = work_of(quiet_node(machine), job)
        running = _Running(machine, work, self._played)
        self._running.append(running)
        self._go_on(running)

    def _go_on(self, running: _Running) -> None:
        """Lets a backup do what comes next; one whose host went off is broken off."""
        if running.machine.halted.is_set():
            self._running.remove(running)
            running.work.close()
            end_broken_tasks(quiet_node(running.machine))
            return
        try:
            running.due += next(running.work)
        except (StopIteration, Stop, OSError):
            self._running.remove(running)


def _jobs(machine: Machine) -> list[Section]:
    if "vzdump" not in machine.programs:
        return []
    found = read_jobs(quiet_node(machine)).values()
    return [job for job in found if job.kind == "vzdump" and job.properties.get("enabled") != "0"]
