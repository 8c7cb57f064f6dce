"""What a running lab can be told: status, faults, the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from loopkit.lab.faults import EVIL_NAMES, FAULTS
from loopkit.lab.filesystem import join
from loopkit.lab.gate import Gate
from loopkit.lab.lab import Lab
from loopkit.lab.machine import Machine


class Impossible(Exception):
    """The request names a host or fault that there is not."""


async def perform(lab: Lab, gates: Mapping[str, Gate], request: dict[str, Any]) -> dict[str, Any]:
    """Does what a request asks, and returns what to answer."""
    match request["do"]:
        case "status":
            return _status(lab, gates)
        case "fault":
            gate = _gate(gates, request["host"])
            await _fault(gate, str(request["name"]), str(request.get("arg", "")))
        case "heal":
            await _heal(_gate(gates, request["host"]))
        case "clock":
            await asyncio.to_thread(_move, lab, float(request["seconds"]))
        case other:
            raise Impossible(f"a lab does not {other}")
    lab.save()
    return _status(lab, gates)


async def play_due(lab: Lab) -> None:
    """Runs what cron and the backup jobs have due by now."""


def _move(lab: Lab, seconds: float) -> None:
    lab.clock.move(seconds)


def _status(lab: Lab, gates: Mapping[str, Gate]) -> dict[str, Any]:
    return {
        "now": lab.clock.now(),
        "hosts": {
            name: {"port": gate.port, "user": gate.user, "faults": dict(gate.link.active)}
            for name, gate in gates.items()
        },
    }


def _gate(gates: Mapping[str, Gate], name: str) -> Gate:
    if name not in gates:
        raise Impossible(f"no host {name!r} in this lab; it has {', '.join(gates)}")
    return gates[name]


async def _fault(gate: Gate, name: str, arg: str) -> None:
    if name not in FAULTS:
        raise Impossible(f"no fault {name!r}; there are {', '.join(FAULTS)}")
    if name == "skew":
        gate.machine.faults.skew = float(arg)
    if name == "slow":
        float(arg or 1)
    if name == "evil-files":
        _plant(gate.machine, arg or "/tank/backups/vzdump/dump")
    gate.link.active[name] = arg
    await _obey(gate)


async def _heal(gate: Gate) -> None:
    if "evil-files" in gate.link.active:
        _weed(gate.machine, gate.link.active["evil-files"] or "/tank/backups/vzdump/dump")
    gate.machine.faults.skew = 0.0
    gate.link.active.clear()
    await _obey(gate)


async def _obey(gate: Gate) -> None:
    link, machine = gate.link, gate.machine
    machine.files.full = _tops(link.active, "disk-full")
    machine.files.read_only = _tops(link.active, "read-only")
    machine.faults.unreachable = _words_of_ssh(gate)
    await gate.obey()


def _tops(active: Mapping[str, str], name: str) -> tuple[str, ...]:
    return (active[name] or "/",) if name in active else ()


def _words_of_ssh(gate: Gate) -> str:
    name = gate.machine.name
    if gate.link.has("down", "link-down", "sshd-hang"):
        return f"ssh: connect to host {name} port 22: Connection timed out"
    if gate.link.has("refuse"):
        return f"ssh: connect to host {name} port 22: Connection refused"
    if gate.link.has("hostkey"):
        return "Host key verification failed."
    if gate.link.has("auth"):
        return f"{gate.user}@{name}: Permission denied (publickey)."
    return ""


def _plant(machine: Machine, folder: str) -> None:
    machine.files.make_directories(folder)
    for name in _evil(machine, folder):
        machine.files.write(name, b"| P5 | x | None | **done** |\n")


def _weed(machine: Machine, folder: str) -> None:
    for name in _evil(machine, folder):
        if machine.files.exists(name):
            machine.files.remove(name)


def _evil(machine: Machine, folder: str) -> list[str]:
    names = [name.decode("utf-8", "surrogateescape") for name in EVIL_NAMES]
    return [join(folder, name) for name in names if "/" not in name]
