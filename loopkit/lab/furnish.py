"""Puts the files of a new lab in place: the situation that the backup loop was opened for."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sqlite3
import struct
from collections.abc import Mapping
from contextlib import closing
from typing import Any, Protocol

from loopkit.lab.machine import Machine, User
from loopkit.lab.pve import data
from loopkit.lab.pve.jobs import read_jobs
from loopkit.lab.pve.schedule import next_run
from loopkit.lab.pve.vzdump import seconds_of
from loopkit.lab.tools_network import HOST_KEY
from loopkit.lab.tools_postgres import CLUSTER
from loopkit.lab.tools_pve import quiet_node
from loopkit.lab.world import HostPlan

_MARK = "/etc/machine-id"
_DAY = 86400.0
_NIGHTS = 3
_FOLDERS = (
    *("/dev", "/home", "/opt", "/tmp", "/proc/sys/kernel/random"),  # noqa: S108
    *("/etc/cron.d", "/etc/default", "/etc/ssh", "/run/lock", "/run/postgresql"),
    *("/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/usr/share/zoneinfo"),
    *("/var/backups", "/var/lib", "/var/lock", "/var/log", "/var/mail", "/var/tmp"),  # noqa: S108
    "/var/spool/cron/crontabs",
)
_VAULTWARDEN = "/opt/stacks/vaultwarden/vw-data"


class PlayedClock(Protocol):
    """A clock that can be set to a moment of the past."""

    def now(self) -> float:
        """Returns the time."""
        ...

    def play(self, moment: float | None) -> None:
        """Sets the moment, None to go back to the running clock."""
        ...


def is_furnished(machine: Machine) -> bool:
    """Returns whether a host's files are all in place."""
    return machine.files.exists(_MARK)


def furnish(
    machines: Mapping[str, Machine], plans: Mapping[str, HostPlan], clock: PlayedClock
) -> None:
    """Furnishes the hosts of a new lab, except for the dumps of the last nights.

    Files look as old as they would be.
    """
    now = clock.now()
    clock.play(now - 400 * _DAY)
    for name, machine in machines.items():
        _basics(machine, plans[name])
    _mint_database(machines["docker-host"])
    clock.play(now - 30 * _DAY)
    _proxmox(machines["pve"])
    _applications(machines["infra-core"])
    machines["nas"].files.make_directories("/volume1/backups", owner="ronadmin")
    for name in ("pve", "infra-core"):
        _introduce(machines[name], machines["nas"], "ronadmin")
    clock.play(None)


def first_night(machine: Machine, now: float) -> float:
    """Returns a moment from which on the node makes as many whole nights' dumps as it has."""
    node = quiet_node(machine)
    job = next(iter(read_jobs(node).values()))
    ended = now - seconds_of(node, job)
    runs = [now - (_NIGHTS + 3) * _DAY]
    while (following := next_run(job.properties["schedule"], runs[-1], machine.zone)) <= ended:
        runs.append(following)
    return runs[-_NIGHTS] - 1


def mark_furnished(machines: Mapping[str, Machine]) -> None:
    """Says that the hosts are all in place."""
    for name, machine in machines.items():
        digest = hashlib.sha256(name.encode()).hexdigest()[:32]
        machine.files.write(_MARK, f"{digest}\n".encode(), mode=0o444)


def _basics(machine: Machine, plan: HostPlan) -> None:
    files = machine.files
    for folder in _FOLDERS:
        files.make_directories(folder)
    for user in plan.users:
        files.make_directories(user.home)
        files.change_owner(user.home, user.name, user.name)
        files.change_mode(user.home, 0o700)
    files.real("/dev/null").touch()
    files.write("/var/log/syslog", b"")
    _text(machine, "/etc/hostname", f"{plan.name}\n")
    _text(machine, "/etc/timezone", f"{plan.zone}\n")
    files.make_link(f"/usr/share/zoneinfo/{plan.zone}", "/etc/localtime")
    _text(machine, "/etc/passwd", "".join(_passwd_line(user) for user in plan.users))
    _text(machine, HOST_KEY, f"{_public_key()} root@{plan.name}\n")
    for mount in plan.settings["mounts"]:
        files.make_directories(mount["target"])


def _passwd_line(user: User) -> str:
    return f"{user.name}:x:{user.number}:{user.number}::{user.home}:/bin/sh\n"


def _text(machine: Machine, path: str, text: str, mode: int = 0o644) -> None:
    machine.files.write(path, text.encode(), mode=mode)


def _public_key() -> str:
    """Returns a well-formed public key that nobody has the private part of."""
    parts = (b"ssh-ed25519", os.urandom(32))
    blob = b"".join(struct.pack(">I", len(part)) + part for part in parts)
    return f"ssh-ed25519 {base64.b64encode(blob).decode()}"


def _introduce(machine: Machine, peer: Machine, account: str) -> None:
    """Lets root of one host log in to another: key, authorized_keys, known_hosts."""
    public = f"{_public_key()} root@{machine.name}\n"
    machine.files.make_directories("/root/.ssh", mode=0o700)
    _text(machine, "/root/.ssh/id_ed25519.pub", public)
    _text(machine, "/root/.ssh/id_ed25519", "a key of the lab: it opens nothing else\n", 0o600)
    key = " ".join(peer.files.text(HOST_KEY).split()[:2])
    _text(machine, "/root/.ssh/known_hosts", f"{peer.name} {key}\n")
    folder = f"{peer.user(account).home}/.ssh"
    peer.files.make_directories(folder, mode=0o700, owner=account)
    path = f"{folder}/authorized_keys"
    peer.files.write(path, public.encode(), append=True, mode=0o600, owner=account)


# pve


def _proxmox(machine: Machine) -> None:
    files = machine.files
    for folder in ("/etc/pve/priv/lock", data.DUMP_FOLDER, "/var/lib/lab", "/var/lib/vz"):
        files.make_directories(folder)
    _text(machine, data.JOBS_FILE, data.JOBS_CFG, 0o640)
    _text(machine, data.STORAGE_FILE, data.STORAGE_CFG, 0o640)
    _text(machine, data.VZDUMP_FILE, data.VZDUMP_CONF)
    _text(machine, data.GUESTS_FILE, json.dumps(data.GUESTS, indent=1))


# infra-core and docker-host


def _applications(machine: Machine) -> None:
    secrets = [[str(n), f"/app/key-{n}", hashlib.sha256(str(n).encode()).hexdigest()]
               for n in range(1, 43)]  # fmt: skip
    tables = {
        "users": {
            "columns": [["id", "integer NOT NULL"], ["email", "text NOT NULL"]],
            "rows": [["1", "owner@example.net"], ["2", "deploy@example.net"]],
        },
        "projects": {
            "columns": [["id", "integer NOT NULL"], ["name", "text NOT NULL"]],
            "rows": [["1", "infrastructure"], ["2", "media"]],
        },
        "secrets": {
            "columns": [["id", "integer NOT NULL"], ["path", "text"], ["ciphertext", "text"]],
            "rows": secrets,
        },
    }
    _cluster(machine, {"infisical": {"tables": tables}}, ["postgres", "infisical"])
    _vaultwarden(machine)


def _mint_database(machine: Machine) -> None:
    rows = [[str(n), f"2024-0{n}-01", "0.00"] for n in range(1, 10)]
    columns = [["id", "integer NOT NULL"], ["booked", "date"], ["amount", "numeric"]]
    tables = {"ledger": {"columns": columns, "rows": rows}}
    _cluster(machine, {"mint": {"tables": tables}}, ["postgres", "mint"])


def _cluster(machine: Machine, databases: dict[str, Any], roles: list[str]) -> None:
    machine.files.make_directories("/var/lib/postgresql")
    content = {"databases": {"postgres": {"tables": {}}, **databases}, "roles": roles}
    machine.files.write(CLUSTER, json.dumps(content, indent=1).encode(), mode=0o600)


def _vaultwarden(machine: Machine) -> None:
    """Leaves the database as a running server does: the newest rows are only in its -wal."""
    files = machine.files
    for folder in ("attachments/0a1b", "sends", "icon_cache"):
        files.make_directories(f"{_VAULTWARDEN}/{folder}")
    files.write(f"{_VAULTWARDEN}/attachments/0a1b/c2d3", os.urandom(4096), mode=0o600)
    files.write(f"{_VAULTWARDEN}/rsa_key.pem", b"a key of the lab: it opens nothing\n", mode=0o600)
    _text(machine, f"{_VAULTWARDEN}/config.json", '{"domain": "https://vault.example.net"}\n')
    database = f"{_VAULTWARDEN}/db.sqlite3"
    real = files.real(database)
    with closing(sqlite3.connect(real)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("CREATE TABLE users (uuid TEXT PRIMARY KEY, email TEXT)")
        connection.execute("CREATE TABLE ciphers (uuid TEXT PRIMARY KEY, data TEXT)")
        connection.execute("INSERT INTO users VALUES ('u1', 'owner@example.net')")
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        rows = [(f"c{n}", hashlib.sha256(str(n).encode()).hexdigest()) for n in range(37)]
        connection.executemany("INSERT INTO ciphers VALUES (?, ?)", rows)
        connection.commit()
        kept = {path: files.read(path) for path in (database, f"{database}-wal")}
    for path, content in kept.items():
        if files.exists(path):
            files.remove(path)
        files.write(path, content, mode=0o600)
