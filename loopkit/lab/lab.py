"""The four hosts of a lab directory as machines, and the clock they share."""

from __future__ import annotations

import io
import os
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from loopkit.lab import (
    sh,
    tools_archive,
    tools_files,
    tools_filter,
    tools_find,
    tools_look,
    tools_network,
    tools_paths,
    tools_postgres,
    tools_pve,
    tools_space,
    tools_sqlite,
    tools_system,
    tools_text,
    tools_time,
    world,
)
from loopkit.lab.filesystem import Filesystem
from loopkit.lab.furnish import first_night, furnish, is_furnished, mark_furnished
from loopkit.lab.machine import Call, Machine, Program, Streams, User
from loopkit.lab.night import Night
from loopkit.lab.pve.vzdump import end_broken_tasks

COMMON: Mapping[str, Program] = {
    **sh.PROGRAMS,
    **tools_archive.PROGRAMS,
    **tools_files.PROGRAMS,
    **tools_filter.PROGRAMS,
    **tools_find.PROGRAMS,
    **tools_paths.PROGRAMS,
    **tools_space.PROGRAMS,
    **tools_look.PROGRAMS,
    **tools_network.PROGRAMS,
    **tools_system.PROGRAMS,
    **tools_text.PROGRAMS,
    **tools_time.PROGRAMS,
}
SPECIAL: Mapping[str, Mapping[str, Program]] = {
    "proxmox": tools_pve.PROGRAMS,
    "postgres": tools_postgres.PROGRAMS,
    "sqlite": tools_sqlite.PROGRAMS,
}
KNOWN = frozenset(COMMON).union(*SPECIAL.values())


class LabClock:
    """The real time, moved by the seconds that the file `clock` holds; they may be negative."""

    def __init__(self, path: Path, begin: datetime, real: Callable[[], float]) -> None:
        self._path = path
        self._real = real
        self._moment: float | None = None
        if path.exists():
            self._offset = float(path.read_text())
        else:
            self._set(begin.timestamp() - real())

    def now(self) -> float:
        """Returns the lab's time; while the past is played, the moment that is played."""
        return self._real() + self._offset if self._moment is None else self._moment

    def spend(self, seconds: float) -> None:
        """Lets work take time while the past is played."""
        if self._moment is not None:
            self._moment += seconds

    def play(self, moment: float | None) -> None:
        """Sets the moment that is played, None to go back to the running clock."""
        self._moment = moment

    def move(self, seconds: float) -> None:
        """Moves the clock, and writes it where the workspace reads it."""
        self._set(self._offset + seconds)

    def _set(self, offset: float) -> None:
        self._offset = offset
        scratch = self._path.with_name("clock.new")
        scratch.write_text(f"{offset!r}\n")
        os.replace(scratch, self._path)


@dataclass(slots=True)
class Lab:
    """All hosts of one lab directory."""

    directory: Path
    clock: LabClock
    machines: dict[str, Machine] = field(default_factory=dict)
    night: Night = field(init=False)

    def save(self) -> None:
        """Writes what is kept beside the hosts' files."""
        for machine in self.machines.values():
            machine.files.save()


def open_lab(
    directory: Path, begin: datetime = world.BEGINS, real: Callable[[], float] = time.time
) -> Lab:
    """Returns the hosts of a lab directory, made as they stand at the beginning when it is new.

    A new lab's clock begins at `begin`; that of one that was there before goes on. `real` is the
    machine's clock, which the lab's goes along with.
    """
    (directory / "hosts").mkdir(parents=True, exist_ok=True)
    lab = Lab(directory, LabClock(directory / "clock", begin, real))
    for plan in world.HOSTS:
        machine = _machine(lab, plan)
        lab.machines[plan.name] = machine
    is_new = not all(is_furnished(machine) for machine in lab.machines.values())
    if is_new:
        furnish(lab.machines, {plan.name: plan for plan in world.HOSTS}, lab.clock)
    for machine in lab.machines.values():
        _boot(machine)
    since = first_night(lab.machines["pve"], lab.clock.now()) if is_new else None
    lab.night = Night(lab.machines, lab.clock, lab.save, since)
    if is_new:
        lab.night.catch_up()
        mark_furnished(lab.machines)
    lab.save()
    return lab


def _boot(machine: Machine) -> None:
    """Gives a host what lasts only while it runs: nothing of the last time is left in /proc."""
    files = machine.files
    for name in files.names("/proc"):
        if name.isdigit():
            files.remove_tree(f"/proc/{name}")
    files.write("/proc/sys/kernel/random/boot_id", f"{uuid.uuid4()}\n".encode())
    if "vzdump" in machine.programs:
        end_broken_tasks(tools_pve.quiet_node(machine))


def _machine(lab: Lab, plan: world.HostPlan) -> Machine:
    root = lab.directory / "hosts" / plan.name
    root.mkdir(exist_ok=True)
    programs = dict(COMMON)
    for kind in plan.kinds:
        programs.update(SPECIAL[kind])
    machine: Machine
    files = Filesystem(root, root.with_name(f"{plan.name}.owners.json"), lambda: machine.now())
    machine = Machine(
        name=plan.name,
        files=files,
        clock=lab.clock,
        users={user.name: user for user in plan.users},
        programs=programs,
        neighbours=lab.machines,
        settings=plan.settings,
        known=KNOWN,
    )
    return machine


def first_call(machine: Machine, user: User, streams: Streams) -> Call:
    """Returns the call that a login session's shell is started from."""
    return Call(
        machine=machine,
        argv=("sh",),
        user=user,
        cwd=user.home if machine.files.is_dir(user.home) else "/",
        env={},
        streams=streams,
        cancelled=machine.halted,
    )


def run_sent(machine: Machine, user: User, line: str, streams: Streams) -> int | None:
    """Runs a line that was sent to a host; returns its exit status, None when it was killed."""
    try:
        return sh.run_guarded(first_call(machine, user, streams), line, strict=True)
    finally:
        machine.files.save()


def run_line(
    machine: Machine, user: str, line: str, stdin: bytes = b""
) -> tuple[int, bytes, bytes]:
    """Runs one sent line on a host; returns its exit status and what it printed."""
    streams: Streams = {0: io.BytesIO(stdin), 1: io.BytesIO(), 2: io.BytesIO()}
    status = run_sent(machine, machine.user(user), line, streams)
    return 137 if status is None else status, streams[1].getvalue(), streams[2].getvalue()
