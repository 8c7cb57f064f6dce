"""`qm`, `pvesm`, `pvecm`, `pveversion`: the small ones; and all stand-ins by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import data
from .node import Node, Stop
from .pvesh import pvesh, storage_rows
from .vzdump import vzdump


def qm(node: Node, argv: list[str]) -> int:
    """`qm list`, `qm status VMID`, `qm config VMID`, `qm agent VMID ping`."""
    match argv:
        case ["list", *_]:
            node.out(
                f"{'VMID':>10} {'NAME':<20} {'STATUS':<10} {'MEM(MB)':<10} {'BOOTDISK(GB)':>12} PID"
            )
            for guest in node.guests():
                disk, memory = guest["maxdisk"] / (1 << 30), guest["maxmem"] >> 20
                pid = guest["vmid"] + 1000 if guest["status"] == "running" else 0
                node.out(f"{guest['vmid']:>10} {guest['name']:<20} {guest['status']:<10} "
                         f"{memory:<10} {disk:>12.2f} {pid}")  # fmt: skip
        case ["status", vmid]:
            node.out(f"status: {_guest(node, vmid)['status']}")
        case ["config", vmid]:
            guest = _guest(node, vmid)
            node.out(f"name: {guest['name']}")
            for disk in guest["disks"]:
                backup = "" if disk.get("backup", 1) else ",backup=0"
                node.out(f"{disk['id']}: {disk['volume']}{backup},size={disk['gigabytes']}G")
            if guest["template"]:
                node.out("template: 1")
        case ["agent", vmid, "ping"] | ["guest", "cmd", vmid, "ping"]:
            if _guest(node, vmid)["status"] != "running":
                raise Stop(f"VM {vmid} is not running")
        case _:
            raise Stop(f"qm {' '.join(argv)}: not emulated in this lab", 2)
    return 0


def _guest(node: Node, vmid: str) -> dict[str, Any]:
    guest = node.guest(int(vmid)) if vmid.isdigit() else None
    if guest is None:
        raise Stop(f"Configuration file 'nodes/pve/qemu-server/{vmid}.conf' does not exist", 2)
    return guest


def pvesm(node: Node, argv: list[str]) -> int:
    """`pvesm status`, with `--storage NAME`."""
    if argv[:1] != ["status"]:
        raise Stop(f"pvesm {' '.join(argv)}: not emulated in this lab", 2)
    wanted = argv[-1] if "--storage" in argv else ""
    node.out(
        f"{'Name':<14} {'Type':>8} {'Status':>10} {'Total':>15} {'Used':>15} {'Available':>15} %"
    )
    for row in storage_rows(node):
        if wanted in ("", row["storage"]):
            share = 100 * row["used"] / row["total"] if row["total"] else 0
            figures = " ".join(f"{row[key] // 1024:>15}" for key in ("total", "used", "avail"))
            node.out(f"{row['storage']:<14} {row['type']:>8} {'active':>10} {figures} {share:.2f}%")
    return 0


def pvecm(node: Node, argv: list[str]) -> int:
    """`pvecm status`: this node is in no cluster."""
    raise Stop("Error: Corosync config '/etc/pve/corosync.conf' does not exist - "
               "is this node part of a cluster?", 2)  # fmt: skip


def pveversion(node: Node, argv: list[str]) -> int:
    """Prints the version."""
    node.out(f"pve-manager/{data.VERSION}/5f0e1d3c2b4a6978 (running kernel: 6.14.8-2-pve)")
    return 0


COMMANDS: dict[str, Callable[[Node, list[str]], int]] = {
    "pvecm": pvecm,
    "pvesh": pvesh,
    "pvesm": pvesm,
    "pveversion": pveversion,
    "qm": qm,
    "vzdump": vzdump,
}


def run(node: Node, argv: list[str]) -> int:
    """Runs a stand-in by name, and returns its exit status."""
    try:
        return COMMANDS[argv[0]](node, argv[1:])
    except Stop as stop:
        node.err(stop.text)
        return stop.status
    except OSError as error:
        node.err(f"{error.filename}: {error.strerror}")
        return 255
