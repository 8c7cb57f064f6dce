"""The four hosts as they stand when a lab is new."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from loopkit.lab.machine import Machine, User

_TERABYTE = 10**12
_FOLDERS = [
    "/dev",
    "/etc/cron.d",
    "/etc/default",
    "/home",
    "/proc/sys/kernel/random",
    "/run/lock",
    "/tmp",
    "/usr/bin",
    "/usr/local/bin",
    "/usr/local/sbin",
    "/usr/sbin",
    "/usr/share/zoneinfo",
    "/var/backups",
    "/var/lib",
    "/var/lock",
    "/var/log",
    "/var/spool/cron/crontabs",
    "/var/tmp",
]


@dataclass(frozen=True, slots=True)
class HostPlan:
    """One host: its accounts, zone, mounts, and which special programs it has."""

    name: str
    user: str
    zone: str
    kinds: tuple[str, ...] = ()
    users: tuple[User, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)


def _mount(target: str, source: str, fstype: str, size: int, used: int) -> dict[str, object]:
    return {"target": target, "source": source, "fstype": fstype, "size": size, "used": used}


_ROOT_MOUNT = _mount("/", "/dev/sda1", "ext4", 100 * 10**9, 30 * 10**9)
_ROOT = User("root", 0, "/root")

HOSTS: tuple[HostPlan, ...] = (
    HostPlan(
        name="pve",
        user="root",
        zone="America/Adak",
        kinds=("proxmox",),
        users=(_ROOT,),
        settings={
            "mounts": [
                _ROOT_MOUNT,
                _mount("/tank/backups", "tank/backups", "zfs", 20 * _TERABYTE, 8 * _TERABYTE),
            ],
            "ntp": False,
        },
    ),
    HostPlan(
        name="nas",
        user="ronadmin",
        zone="America/New_York",
        users=(_ROOT, User("ronadmin", 1026, "/home/ronadmin")),
        settings={
            "mounts": [
                _ROOT_MOUNT,
                _mount("/volume1", "/dev/md2", "btrfs", 16 * _TERABYTE, 5 * _TERABYTE),
            ]
        },
    ),
    HostPlan(
        name="infra-core",
        user="ubuntu",
        zone="America/New_York",
        kinds=("postgres", "sqlite"),
        users=(_ROOT, User("ubuntu", 1000, "/home/ubuntu")),
        settings={"mounts": [_ROOT_MOUNT]},
    ),
    HostPlan(
        name="docker-host",
        user="docker-host",
        zone="America/New_York",
        kinds=("postgres",),
        users=(_ROOT, User("docker-host", 1000, "/home/docker-host")),
        settings={"mounts": [_ROOT_MOUNT]},
    ),
)


def furnish(machine: Machine, plan: HostPlan) -> None:
    """Puts a new host's files in place."""
    files = machine.files
    for folder in _FOLDERS:
        files.make_directories(folder)
    for name in ("/dev/null", "/dev/zero", "/var/log/syslog"):
        files.write(name, b"")
    files.write("/etc/hostname", f"{plan.name}\n".encode())
    files.write("/etc/timezone", f"{plan.zone}\n".encode())
    files.make_link(f"/usr/share/zoneinfo/{plan.zone}", "/etc/localtime")
    for user in plan.users:
        files.make_directories(user.home, mode=0o700, owner=user.name)
    for mount in plan.settings["mounts"]:
        files.make_directories(mount["target"])
