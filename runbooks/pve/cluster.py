"""What a Proxmox node says of itself by `pvesh`, and its job file as it stands."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from loopkit import facts
from loopkit.runbook import Host, Refusal, read_only

from . import retention, sectioncfg
from .vzdump_jobs import VzdumpJob, jobs_of

JOBS_CFG = "/etc/pve/jobs.cfg"
STORAGE_CFG = "/etc/pve/storage.cfg"

NOT_FOUND = 127
"""The exit status that says that a node lacks a program: `pvesh` may be missing on a broken one."""
# The brackets keep the pattern from matching the very command that looks for it.
_VZDUMP = "[U]PID:.*:vzdump:|/usr/bin/[v]zdump"

read_only("pvesh", "get")
read_only("pveversion")
read_only("pvecm", "status")
read_only("qm", "list")


def pvesh_get(c: Host, path: str, *options: str) -> Any:
    """Returns what the API says of a path, None on a node without `pvesh`.

    Warnings come on standard error and are not read.
    """
    argv = ("pvesh", "get", path, *options, "--output-format", "json")
    reply = c.read(*argv, ok=(0, NOT_FOUND))
    return json.loads(reply.stdout) if reply.ok else None


@dataclass(frozen=True, slots=True)
class Guest:
    """A VM or container of the cluster."""

    vmid: int
    name: str
    running: bool
    template: bool
    disk: int
    """The size of its disks, in bytes; 0 when it is not told."""

    @property
    def status(self) -> str:
        """Returns one word for people."""
        return "template" if self.template else "running" if self.running else "stopped"


def guests(c: Host) -> dict[int, Guest]:
    """Returns every guest by its VMID; without `pvesh` the VMs of this node."""
    found = pvesh_get(c, "/cluster/resources", "--type", "vm")
    if found is None:
        return {guest.vmid: guest for guest in parse_qm_list(c.read("qm", "list").stdout)}
    return {int(g["vmid"]): _guest(g) for g in found}


def parse_qm_list(text: str) -> list[Guest]:
    """Reads `qm list`; it does not tell templates, which never run."""
    rows = (line.split() for line in text.split("\n")[1:])
    return [
        Guest(int(row[0]), row[1], row[2] == "running", False, int(float(row[4]) * 2**30))
        for row in rows
        if len(row) >= 5 and row[0].isdecimal()
    ]


def _guest(raw: Mapping[str, Any]) -> Guest:
    return Guest(
        int(raw["vmid"]),
        str(raw.get("name", "")),
        raw.get("status") == "running",
        bool(int(raw.get("template", 0) or 0)),
        int(raw.get("maxdisk", 0) or 0),
    )


def has_quorum(c: Host) -> bool:
    """Returns whether /etc/pve can be written; a node without a cluster always can."""
    status = pvesh_get(c, "/cluster/status")
    if status is None:
        text = c.read("pvecm", "status", ok=(0, 1, 2, 255)).stdout
        return re.search(r"(?m)^Quorate:\s+No", text) is None
    return all(int(e.get("quorate", 1)) for e in status if e.get("type") == "cluster")


def running_vzdump(c: Host) -> list[str]:
    """Returns the vzdump tasks, or processes, that have not ended."""
    tasks = pvesh_get(c, "/cluster/tasks")
    if tasks is None:
        return [f"process {pid}" for pid in c.read("pgrep", "-f", _VZDUMP, ok=(0, 1)).lines]
    return [str(t.get("upid")) for t in tasks if t.get("type") == "vzdump" and not t.get("endtime")]


def replications(c: Host) -> list[str]:
    """Returns the storage replication jobs of the cluster."""
    text = facts.text(c, "/etc/pve/replication.cfg") or ""
    return sorted(sectioncfg.parse(text).sections)


def major_version(c: Host) -> int:
    """Returns 9 for pve-manager/9.0.3."""
    match = re.search(r"pve-manager/(\d+)\.", c.read("pveversion").stdout)
    if match is None:
        raise Refusal("this host does not say which Proxmox VE it is", "ssh pve pveversion")
    return int(match[1])


@dataclass(frozen=True, slots=True)
class JobFile:
    """jobs.cfg as it stands, and its SHA-1, which is Proxmox's own digest of it."""

    text: str
    config: sectioncfg.SectionConfig

    @property
    def sha1(self) -> str:
        """Returns the digest that PVE would give."""
        return hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()

    @property
    def jobs(self) -> tuple[VzdumpJob, ...]:
        """Returns the vzdump jobs."""
        return jobs_of(self.config)

    def job(self, id: str) -> VzdumpJob | None:
        """Returns the job of this id."""
        return next((job for job in self.jobs if job.id == id), None)


def job_file(c: Host) -> JobFile:
    """Reads jobs.cfg; a node that never had a job has no such file."""
    text = facts.text(c, JOBS_CFG) or ""
    return JobFile(text, sectioncfg.parse(text))


def only_job(c: Host, file: JobFile) -> VzdumpJob:
    """Returns the one job that a phase may extend.

    Raises:
        Refusal: there is none, or there are several and hosts.yaml does not name one.
    """
    named = str(c.facts.get("vzdump_job", ""))
    fitting = [job for job in file.jobs if not named or job.id == named]
    if len(fitting) == 1:
        return fitting[0]
    ids = ", ".join(job.id for job in file.jobs) or "none"
    raise Refusal(
        f"{JOBS_CFG} has {len(fitting)} vzdump jobs that could be meant ({ids}): "
        f"say which one as `vzdump_job` of {c.name} in runbooks/hosts.yaml",
        f"ssh {c.name} cat {JOBS_CFG}",
    )


@dataclass(frozen=True, slots=True)
class JobView:
    """One job, and everything on its node that decides what it keeps and where."""

    file: JobFile
    job: VzdumpJob
    storage: sectioncfg.Section
    node: Mapping[str, str]
    """What /etc/vzdump.conf says."""
    pve: int

    @property
    def directory(self) -> str:
        """Returns where a directory storage keeps its dumps."""
        return self.storage.get("path").rstrip("/") + "/dump"

    @property
    def retention(self) -> str:
        """Returns what a run of this job keeps."""
        return self.retention_of(self.job.section.values)

    def retention_of(self, properties: Mapping[str, str]) -> str:
        """Returns what a run would keep if the job had these properties."""
        return retention.effective(properties, self.storage.values, self.node, pve=self.pve)


def job_view(c: Host) -> JobView:
    """Reads the one job that a phase may extend, and what belongs to it."""
    file = job_file(c)
    return views_of(c, file, [only_job(c, file)])[0]


def views_of(c: Host, file: JobFile, jobs: Sequence[VzdumpJob]) -> list[JobView]:
    """Reads what belongs to some jobs of a file.

    Raises:
        Refusal: storage.cfg does not have the storage of one of them.
    """
    storages = sectioncfg.parse(facts.text(c, STORAGE_CFG) or "").sections
    node = retention.parse_vzdump_conf(facts.text(c, "/etc/vzdump.conf") or "")
    pve = major_version(c)
    for job in jobs:
        if job.storage not in storages:
            raise Refusal(
                f"job {job.id} writes to storage {job.storage!r}, which {STORAGE_CFG} does "
                "not have",
                f"ssh {c.name} cat {STORAGE_CFG}",
            )
    return [JobView(file, job, storages[job.storage], node, pve) for job in jobs]


def effective_schedule(c: Host, job: VzdumpJob) -> dict[str, str]:
    """Returns when a job runs: the event, the node's zone, and the next run in UTC."""
    zone = facts.zone(c)
    after = datetime.fromtimestamp(c.now(), UTC)
    following = None if zone is None else facts.next_run(job.schedule, after, zone)
    return {
        "job": job.id,
        "schedule": job.schedule,
        "enabled": "yes" if job.enabled else "no",
        "repeat-missed": job.section.get("repeat-missed", "0"),
        "zone": "" if zone is None else zone.key,
        "next": "not understood" if following is None else f"{following:%Y-%m-%d %H:%M} UTC",
    }
