"""What a running lab can be told: status, faults, the clock."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
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
            await asyncio.to_thread(lab.night.move, float(request["seconds"]))
        case other:
            raise Impossible(f"a lab does not {other}")
    lab.save()
    return _status(lab, gates)


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
    if name in ("skew", "slow-jobs", "slow"):
        _number(name, arg or "8000" if name == "slow" else arg)
    if name == "skew":
        gate.machine.faults.skew = float(arg)
    if name == "slow-jobs":
        gate.machine.faults.slow_jobs = float(arg)
    if name == "unmount":
        _unmount(gate.machine, arg)
    if name == "evil-files":
        _plant(gate.machine, arg or "/tank/backups/vzdump/dump")
    gate.link.active[name] = arg
    await _obey(gate)


def _number(name: str, arg: str) -> None:
    try:
        float(arg)
    except ValueError:
        raise Impossible(f"{name} needs a number, not {arg!r}: {FAULTS[name]}") from None


async def _heal(gate: Gate) -> None:
    if "evil-files" in gate.link.active:
        _weed(gate.machine, gate.link.active["evil-files"] or "/tank/backups/vzdump/dump")
    if "unmount" in gate.link.active:
        _mount(gate.machine, gate.link.active["unmount"])
    gate.machine.faults.skew = 0.0
    gate.machine.faults.slow_jobs = 0.0
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


def _aside(machine: Machine, target: str) -> Path:
    name = f".{machine.name}{target.replace('/', '-')}"
    return machine.files.root.with_name(name)


def _unmount(machine: Machine, target: str) -> None:
    known = [mount["target"] for mount in machine.settings["mounts"] if mount["target"] != "/"]
    if target not in known:
        raise Impossible(
            f"no mount {target!r} on {machine.name}; it has {', '.join(known) or 'none'}"
        )
    if target in machine.faults.unmounted:
        return
    if not machine.files.exists(target):
        machine.files.make_directories(target)
    os.replace(machine.files.real(target), _aside(machine, target))
    machine.faults.unmounted = (*machine.faults.unmounted, target)
    machine.files.make_directory(target)


def _mount(machine: Machine, target: str) -> None:
    # What was written below the mount point while it was bare is hidden by a mount; here it goes.
    machine.files.remove_tree(target)
    os.replace(_aside(machine, target), machine.files.real(target))
    machine.faults.unmounted = ()


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
