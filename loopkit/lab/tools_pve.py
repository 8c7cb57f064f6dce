"""Proxmox's own programs on a lab host: the stand-ins of `loopkit.lab.pve` on its files."""

from __future__ import annotations

from loopkit.lab.machine import Call, Machine, Program
from loopkit.lab.pve.commands import COMMANDS
from loopkit.lab.pve.commands import run as run_stand_in
from loopkit.lab.pve.node import Node
from loopkit.lab.tools_space import space_of


def _program(name: str) -> Program:
    def program(call: Call) -> int:
        return run_stand_in(node_of(call), [name, *call.args])

    program.__doc__ = f"Does what `{name}` does on a Proxmox node, as far as backups go."
    return program


def node_of(call: Call) -> Node:
    """Returns the host that a call runs on, as the stand-ins want it."""
    machine = call.machine
    return Node(
        disk=machine.files,
        now=machine.now,
        spend=machine.clock.spend,
        zone=machine.zone,
        out=lambda text: call.out(text + "\n"),
        err=lambda text: _print_error(call, text),
        space=lambda path: space_of(machine, path),
    )


def quiet_node(machine: Machine) -> Node:
    """Returns a host as a node whose output nobody reads, as under the scheduler."""
    return Node(
        disk=machine.files,
        now=machine.now,
        spend=machine.clock.spend,
        zone=machine.zone,
        out=lambda text: None,
        err=lambda text: None,
        space=lambda path: space_of(machine, path),
    )


def _print_error(call: Call, text: str) -> None:
    call.streams[2].write(f"{text}\n".encode("utf-8", "surrogateescape"))


PROGRAMS: dict[str, Program] = {name: _program(name) for name in COMMANDS}
