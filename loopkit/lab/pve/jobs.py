"""jobs.cfg: reading, changing, and which guests a job covers."""

from __future__ import annotations

import json
import re
import time
from typing import Any
from urllib.parse import unquote

from . import data
from .node import Node, Stop
from .schedule import NotEmulated, next_run
from .section import Section, read_sections, write_sections

_NAMES = """
    all bwlimit comment compress dumpdir enabled exclude exclude-path fleecing id ionice lockwait
    mailnotification mailto mode node notes-template notification-mode pbs-change-detection-mode
    performance pigz pool protected prune-backups quiet remove repeat-missed schedule script
    starttime stdexcludes stop stopwait storage tmpdir vmid zstd
"""
PROPERTIES = frozenset(_NAMES.split())
_OBJECTS = ("fleecing", "performance", "prune-backups")
_NUMBERS = ("all", "enabled", "quiet", "remove", "protected", "repeat-missed", "stop", "pigz")
_LOCK = "/etc/pve/priv/lock/file-jobs_cfg"
_LOCK_SECONDS = 10.0


def read_jobs(node: Node) -> dict[str, Section]:
    """Returns the jobs, and prints Proxmox's warnings on standard error."""
    sections, warnings = read_sections(node.text(data.JOBS_FILE), data.JOBS_FILE, PROPERTIES)
    for warning in warnings:
        node.err(warning)
    return sections


def job_view(node: Node, job: Section) -> dict[str, Any]:
    """Returns a job as the interface shows it."""
    view: dict[str, Any] = {"id": job.id, "type": job.kind, "enabled": 1, **job.properties}
    for key in _NUMBERS:
        if key in view:
            view[key] = int(view[key])
    for key in _OBJECTS:
        if key in view:
            view[key] = dict(part.partition("=")[::2] for part in view[key].split(","))
    if "comment" in view:
        view["comment"] = unquote(view["comment"])
    if view["enabled"] and "schedule" in view:
        try:
            view["next-run"] = int(next_run(view["schedule"], node.now(), node.zone))
        except NotEmulated as why:
            node.err(str(why))
    return view


def vmids_of(text: str) -> set[int]:
    """Returns the VMIDs of a list."""
    return {int(part) for part in re.split(r"[\s,;]+", text.strip()) if part}


def covered(node: Node, job: Section) -> set[int]:
    """Returns the VMIDs that a job names, or takes in; one without a guest is among them."""
    given = job.properties
    if "vmid" in given:
        return vmids_of(given["vmid"])
    if given.get("all") == "1":
        return {guest["vmid"] for guest in node.guests()} - vmids_of(given.get("exclude", ""))
    return set()


def change_job(node: Node, job_id: str, options: dict[str, str]) -> None:
    """Changes a job as PUT /cluster/backup/{id} does: no digest is asked for.

    Setting `vmid` removes `all`, `exclude` and `pool`; what the parser ignored is lost.
    """
    if not options:
        raise Stop("no options specified")
    for key, value in options.items():
        _check(node, key, value)
    with _JobsLock(node):
        sections = read_jobs(node)
        job = sections.get(job_id)
        if job is None or job.kind != "vzdump":
            raise Stop(f"no such vzdump job '{job_id}'")
        changes = dict(options)
        for key in re.split(r"[\s,;]+", changes.pop("delete", "").strip()):
            job.properties.pop(key, None)
        if "vmid" in changes:
            for key in ("all", "exclude", "pool"):
                job.properties.pop(key, None)
        job.properties.update(changes)
        scratch = f"{data.JOBS_FILE}.tmp"
        node.disk.write(scratch, write_sections(sections).encode("utf-8", "surrogateescape"))
        node.disk.rename(scratch, data.JOBS_FILE)


def _check(node: Node, key: str, value: str) -> None:
    why = ""
    if key not in PROPERTIES | {"delete"}:
        why = (
            "property is not defined in schema and the schema does not allow additional properties"
        )
    elif key == "vmid" and not re.fullmatch(r"[1-9]\d{2,8}([\s,;]+[1-9]\d{2,8})*", value.strip()):
        why = "invalid format - value does not look like a valid list of VMIDs"
    elif key == "enabled" and value not in ("0", "1"):
        why = "type check ('boolean') failed"
    elif "\n" in value or "\r" in value:
        why = "detected value with line break"
    if why:
        raise Stop(f"400 Parameter verification failed.\n{key}: {why}")


class _JobsLock:
    """The lock that Proxmox takes on jobs.cfg: a directory, waited for ten seconds."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def __enter__(self) -> None:
        deadline = time.monotonic() + _LOCK_SECONDS
        while True:
            try:
                self._node.disk.make_directory(_LOCK)
                return
            except FileExistsError:
                if time.monotonic() > deadline:
                    raise Stop("cfs-lock 'file-jobs_cfg' error: got lock request timeout") from None
                time.sleep(0.1)

    def __exit__(self, *exc: object) -> None:
        self._node.disk.remove_directory(_LOCK)


def print_json(node: Node, value: object) -> None:
    """Prints a value as `--output-format json` does."""
    node.out(json.dumps(value, sort_keys=True, separators=(",", ":")))
