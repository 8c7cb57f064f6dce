"""`pvesh get PATH` and `pvesh set PATH --key value`, for the paths that backups are about."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from . import data
from .jobs import change_job, covered, job_view, print_json, read_jobs
from .node import Node, Stop


def pvesh(node: Node, argv: list[str]) -> int:
    """Answers one call, and returns the exit status."""
    if len(argv) < 2 or argv[0] not in ("get", "set"):
        raise Stop(f"pvesh {' '.join(argv[:1])}: not emulated in this lab", 2)
    verb, path, *rest = argv
    options = read_options(rest)
    form = options.pop("output-format", "text")
    path = "/" + path.strip("/")
    if verb == "set":
        found = re.fullmatch(r"/cluster/backup/([^/]+)", path)
        if not found:
            raise Stop(f"No 'set' handler defined for '{path}'")
        change_job(node, found.group(1), options)
        return 0
    if form not in ("json", "json-pretty"):
        raise Stop("output formats but json are not emulated in this lab", 2)
    print_json(node, _answer(node, path, options))
    return 0


def read_options(words: list[str]) -> dict[str, str]:
    """Returns `--key value` and `--key=value` as a table."""
    options: dict[str, str] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        key, equals, value = word.lstrip("-").partition("=")
        if not word.startswith("-") or not (equals or rest):
            raise Stop(f"400 not enough arguments or an unknown one: {word}", 2)
        options[key] = value if equals else rest.pop(0)
    return options


def _answer(node: Node, path: str, options: dict[str, str]) -> object:
    for pattern, answer in _PATHS:
        if found := re.fullmatch(pattern, path):
            return answer(node, options, *found.groups())
    raise Stop(f"No 'get' handler defined for '{path}' (or it is not emulated in this lab)")


def _jobs(node: Node, options: dict[str, str]) -> object:
    return [job_view(node, job) for job in read_jobs(node).values() if job.kind == "vzdump"]


def _job(node: Node, options: dict[str, str], job_id: str) -> object:
    jobs = read_jobs(node)
    if job_id not in jobs:
        raise Stop(f"No such job '{job_id}'")
    return job_view(node, jobs[job_id])


def _included(node: Node, options: dict[str, str], job_id: str) -> object:
    jobs = read_jobs(node)
    if job_id not in jobs:
        raise Stop(f"No such job '{job_id}'")
    chosen = covered(node, jobs[job_id])
    guests = [guest for guest in node.guests() if guest["vmid"] in chosen]
    return {
        "children": [
            {
                "id": guest["vmid"],
                "name": guest["name"],
                "type": guest["type"],
                "children": [_volume(disk) for disk in guest["disks"]],
            }
            for guest in guests
        ]
    }


def _volume(disk: dict[str, Any]) -> dict[str, object]:
    included = disk.get("backup", 1)
    reason = "enabled" if included else "backup=no"
    return {
        "id": disk["id"],
        "name": disk["volume"],
        "included": bool(included),
        "reason": reason,
    }


def _not_backed_up(node: Node, options: dict[str, str]) -> object:
    # A job that is not enabled counts as well, as in Proxmox.
    chosen = {vmid for job in read_jobs(node).values() for vmid in covered(node, job)}
    return [
        {key: guest[key] for key in ("vmid", "name", "type")}
        for guest in node.guests()
        if guest["vmid"] not in chosen
    ]


def _resources(node: Node, options: dict[str, str]) -> object:
    rows: list[dict[str, Any]] = []
    if options.get("type", "vm") == "vm":
        rows += [
            {
                "id": f"{guest['type']}/{guest['vmid']}",
                **{key: value for key, value in guest.items() if key != "disks"},
            }
            for guest in node.guests()
        ]
    if options.get("type", "storage") == "storage":
        rows += [{"id": f"storage/pve/{row['storage']}", "type": "storage", "node": "pve", **row}
                 for row in storage_rows(node)]  # fmt: skip
    if options.get("type", "node") == "node":
        rows += [{"id": "node/pve", "type": "node", "node": "pve", "status": "online"}]
    return rows


def storage_rows(node: Node) -> list[dict[str, Any]]:
    """Returns every storage with its space."""
    rows = []
    for storage in node.storages().values():
        size, free = node.space(storage.properties.get("path", "/"))
        rows.append(
            {
                "storage": storage.id,
                "type": storage.kind,
                "content": storage.properties.get("content", "none"),
                "active": 1,
                "enabled": 1,
                "shared": 0,
                "total": size,
                "used": size - free,
                "avail": free,
            }
        )
    return rows


def _storage_status(node: Node, options: dict[str, str], name: str) -> object:
    for row in storage_rows(node):
        if row["storage"] == name:
            return row
    raise Stop(f"storage '{name}' does not exist")


def _storage_config(node: Node, options: dict[str, str], name: str) -> object:
    found = node.storages().get(name)
    if found is None:
        raise Stop(f"storage '{name}' does not exist")
    return {"storage": found.id, "type": found.kind, **found.properties}


def _status(node: Node, options: dict[str, str]) -> object:
    return [{"type": "node", "name": "pve", "id": "node/pve", "local": 1, "online": 1,
             "level": "", "nodeid": 0, "ip": "192.0.2.10"}]  # fmt: skip


def _tasks(node: Node, options: dict[str, str], *_: str) -> object:
    return node.tasks()


_PATHS: tuple[tuple[str, Callable[..., object]], ...] = (
    (r"/cluster/backup", _jobs),
    (r"/cluster/backup/([^/]+)", _job),
    (r"/cluster/backup/([^/]+)/included_volumes", _included),
    (r"/cluster/backup-info/not-backed-up", _not_backed_up),
    (r"/cluster/replication", lambda node, options: []),
    (r"/cluster/resources", _resources),
    (r"/cluster/status", _status),
    (r"/cluster/tasks", _tasks),
    (r"/nodes", lambda node, options: [{"node": "pve", "status": "online", "type": "node"}]),
    (r"/nodes/pve/storage", lambda node, options: storage_rows(node)),
    (r"/nodes/pve/storage/([^/]+)/status", _storage_status),
    (r"/nodes/pve/tasks", _tasks),
    (r"/storage/([^/]+)", _storage_config),
    (r"/version", lambda node, options: {"version": data.VERSION, "release": "9.0"}),
)
