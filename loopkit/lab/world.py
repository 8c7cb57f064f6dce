"""The four hosts of the built-in lab: accounts, zones, mounts, and what runs on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from loopkit.lab.machine import User
from loopkit.lab.pve import data
from loopkit.lab.pve.schedule import next_run

BEGINS = datetime.fromisoformat("2026-02-09T10:30-05:00")
"""When a new lab begins, unless it is told otherwise: a Monday in winter, 10:30 in New York and
05:30 on pve.

The night's dumps are finished, the next are most of a day away, and no change of the clocks comes
for four weeks.
"""

_TERABYTE = 10**12


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


def is_dumping(at: datetime) -> bool:
    """Returns whether pve makes its dumps at this time, or begins within ten minutes.

    All guests together take it half an hour; this gives it a whole one.
    """
    now = at.timestamp()
    return next_run(data.SCHEDULE, now - 3600, ZoneInfo(HOSTS[0].zone)) <= now + 600
