"""`vzdump`, and the nightly run of a job: archives, logs and notes as Proxmox leaves them.

A backup is work that takes time: a generator that yields how many seconds pass before it goes on,
so that whoever looks meanwhile finds it under way.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Generator
from contextlib import suppress
from datetime import datetime
from typing import Any

from . import data, zstandard
from .jobs import covered, vmids_of
from .node import Node, Stop
from .pvesh import read_options
from .section import Section

Work = Generator[float, None, int]
"""A backup under way; what it returns in the end is its exit status."""

_ARCHIVE = re.compile(r"vzdump-qemu-(\d+)-(\d{4}_\d{2}_\d{2}-\d{2}_\d{2}_\d{2})\.vma(\.zst)?$")
_MAGIC = b"VMA\0\0\0\0\1"
_SECONDS_A_GIGABYTE = 4
_KEPT_TASKS = 50
_PERIODS = {
    "keep-hourly": "%Y-%m-%d %H",
    "keep-daily": "%Y-%m-%d",
    "keep-weekly": "%G-%V",
    "keep-monthly": "%Y-%m",
    "keep-yearly": "%Y",
}


def vzdump(node: Node, argv: list[str]) -> int:
    """Backs up the guests that are named; ends with 255 when one of them failed."""
    rest = list(argv)
    vmids: set[int] = set()
    while rest and not rest[0].startswith("-"):
        vmids |= vmids_of(rest.pop(0))
    options = read_options(rest)
    if options.get("all") == "1":
        vmids = {guest["vmid"] for guest in node.guests()} - vmids_of(options.get("exclude", ""))
    if not vmids:
        raise Stop("400 Parameter verification failed.\nvmid: property is missing", 255)
    return _at_once(node, _back_up(node, vmids, options))


def run_job(node: Node, job: Section) -> int:
    """Runs a job of jobs.cfg from its beginning to its end."""
    return _at_once(node, work_of(node, job))


def work_of(node: Node, job: Section) -> Work:
    """Returns the work that the scheduler starts for a job of jobs.cfg."""
    return _back_up(node, covered(node, job), dict(job.properties))


def seconds_of(node: Node, job: Section) -> int:
    """Returns how long a run of a job takes."""
    guests = (node.guest(vmid) for vmid in covered(node, job))
    return sum(_seconds(guest) for guest in guests if guest)


def _seconds(guest: dict[str, Any]) -> int:
    return _SECONDS_A_GIGABYTE * sum(int(disk["gigabytes"]) for disk in guest["disks"])


def _at_once(node: Node, work: Work) -> int:
    while True:
        try:
            node.spend(next(work))
        except StopIteration as end:
            return int(end.value)


def _back_up(node: Node, vmids: set[int], options: dict[str, str]) -> Work:
    started = node.now()
    node.out(f"INFO: starting new backup job: vzdump {' '.join(map(str, sorted(vmids)))}")
    folder, retention = _target(node, options)
    _record(node, started)
    failed = []
    # Guests are taken by number, whatever order the job names them in.
    for vmid in sorted(vmids):
        if not (yield from _one(node, vmid, folder, retention)):
            failed.append(vmid)
    ending = "with errors" if failed else "successfully"
    node.out(f"INFO: Backup job finished {ending}")
    _record(node, started, "job errors" if failed else "OK")
    if failed:
        node.err("job errors")
    return 255 if failed else 0


def _target(node: Node, options: dict[str, str]) -> tuple[str, dict[str, int]]:
    storage = node.storages().get(options.get("storage", ""))
    if "storage" in options and storage is None:
        raise Stop(f"could not get storage information for '{options['storage']}'")
    folder = options.get("dumpdir", data.DUMP_FOLDER)
    given = options.get("prune-backups", "")
    if storage is not None:
        folder = storage.properties["path"] + "/dump"
        given = given or storage.properties.get("prune-backups", "")
    found = re.search(r"^prune-backups:\s*(\S+)", node.text(data.VZDUMP_FILE), re.MULTILINE)
    given = given or (found.group(1) if found else "keep-all=1")
    if options.get("remove") == "0":
        given = "keep-all=1"
    parts = (part.partition("=") for part in given.split(","))
    return folder, {key: int(value) for key, _, value in parts}


def _one(
    node: Node, vmid: int, folder: str, retention: dict[str, int]
) -> Generator[float, None, bool]:
    began = node.now()
    base = f"{folder}/vzdump-qemu-{vmid}-{node.local_time():%Y_%m_%d-%H_%M_%S}"
    lines: list[str] = []

    def log(text: str) -> None:
        lines.append(f"{node.local_time():%Y-%m-%d %H:%M:%S} {text}\n")
        node.out(text)

    log(f"INFO: Starting Backup of VM {vmid} (qemu)")
    try:
        yield from _archive(node, vmid, base, log)
        _prune(node, folder, vmid, retention, log)
    except (OSError, Stop) as error:
        why = error.text if isinstance(error, Stop) else str(error.strerror)
        log(f"ERROR: Backup of VM {vmid} failed - {why}")
        with suppress(OSError):
            node.disk.remove(f"{base}.vma.dat")
        succeeded = False
    else:
        took = int(node.now() - began)
        clock = f"{took // 3600:02d}:{took // 60 % 60:02d}:{took % 60:02d}"
        log(f"INFO: Finished Backup of VM {vmid} ({clock})")
        succeeded = True
    _keep_log(node, f"{base}.log", lines)
    return succeeded


def _archive(
    node: Node, vmid: int, base: str, log: Callable[[str], None]
) -> Generator[float, None, None]:
    guest = node.guest(vmid)
    if guest is None:
        raise Stop(f"unable to find VM '{vmid}'")
    log(f"INFO: status = {guest['status']}")
    log(f"INFO: VM Name: {guest['name']}")
    for disk in guest["disks"]:
        verb = "include" if disk.get("backup", 1) else "exclude"
        why = "" if disk.get("backup", 1) else " (backup=no)"
        log(f"INFO: {verb} disk '{disk['id']}' '{disk['volume']}' {disk['gigabytes']}G{why}")
    log(
        "INFO: backup mode: snapshot" if guest["status"] == "running" else "INFO: backup mode: stop"
    )
    log(f"INFO: creating vzdump archive '{base}.vma.zst'")
    content = archive(guest, node.local_time())
    node.disk.write(f"{base}.vma.dat", content[: len(content) // 2])
    yield _seconds(guest)
    # The name that a reader looks for is taken only by a whole file.
    node.disk.write(f"{base}.vma.dat", content)
    node.disk.rename(f"{base}.vma.dat", f"{base}.vma.zst")
    log(f"INFO: archive file size: {len(content) // 1024}KB")
    log("INFO: adding notes to backup")
    node.disk.write(f"{base}.vma.zst.notes", str(guest["name"]).encode())


def archive(guest: dict[str, Any], at: datetime) -> bytes:
    """Returns a small archive that carries Proxmox's magic in a sound Zstandard frame."""
    noise = random.Random(f"{guest['vmid']} {at}")  # noqa: S311
    size = 300 * sum(disk["gigabytes"] for disk in guest["disks"])
    return zstandard.compress(_MAGIC + noise.randbytes(size + noise.randrange(size // 20)))


def _prune(
    node: Node, folder: str, vmid: int, retention: dict[str, int], log: Callable[[str], None]
) -> None:
    if retention.get("keep-all"):
        return
    shown = ", ".join(f"{key}={count}" for key, count in retention.items())
    log(f"INFO: prune older backups with retention: {shown}")
    found = sorted(
        (match.group(2), name)
        for name in node.disk.names(folder)
        if (match := _ARCHIVE.match(name)) and int(match.group(1)) == vmid
    )
    kept = _kept([stamp for stamp, _ in reversed(found)], retention)
    gone = [
        name
        for stamp, name in found
        if stamp not in kept and not node.disk.exists(f"{folder}/{name}.protected")
    ]
    for name in gone:
        log(f"INFO: removing backup '{folder}/{name}'")
        base = f"{folder}/{name.partition('.')[0]}"
        for path in (f"{folder}/{name}", f"{folder}/{name}.notes", f"{base}.log"):
            if node.disk.exists(path):
                node.disk.remove(path)
    log(f"INFO: pruned {len(gone)} backup(s) not covered by keep-retention policy")


def _kept(stamps: list[str], retention: dict[str, int]) -> set[str]:
    """Returns the stamps to keep, given newest first."""
    kept = set(stamps[: retention.get("keep-last", 0)])
    for key, form in _PERIODS.items():
        periods = {_period(stamp, form) for stamp in kept}
        room = retention.get(key, 0)
        for stamp in stamps:
            if room and _period(stamp, form) not in periods:
                kept.add(stamp)
                periods.add(_period(stamp, form))
                room -= 1
    return kept


def _period(stamp: str, form: str) -> str:
    return datetime.strptime(stamp, "%Y_%m_%d-%H_%M_%S").strftime(form)


def _keep_log(node: Node, path: str, lines: list[str]) -> None:
    try:
        node.disk.write(path, "".join(lines).encode("utf-8", "surrogateescape"))
    except OSError as error:
        node.err(f"unable to write {path}: {error.strerror}")


def _record(node: Node, started: float, status: str = "") -> None:
    """Writes how a run stands into the task log: one without a status has not ended."""
    task = {
        "upid": f"UPID:pve:{int(started):08X}:vzdump::root@pam:",
        "id": "",
        "node": "pve",
        "type": "vzdump",
        "user": "root@pam",
        "starttime": int(started),
    }
    others = [one for one in node.tasks() if one != task]
    if status:
        task |= {"endtime": int(node.now()), "status": status}
    _keep_tasks(node, [task, *others])


def end_broken_tasks(node: Node) -> None:
    """Gives the runs that a node was switched off in an end, as Proxmox does when it comes up."""
    end = {"endtime": int(node.now()), "status": "unexpected status"}
    tasks = [one if "endtime" in one else {**one, **end} for one in node.tasks()]
    if tasks != node.tasks():
        _keep_tasks(node, tasks)


def _keep_tasks(node: Node, tasks: list[dict[str, Any]]) -> None:
    try:
        node.disk.write(data.TASKS_FILE, json.dumps(tasks[:_KEPT_TASKS]).encode())
    except OSError as error:
        node.err(f"unable to write the task log: {error.strerror}")
