"""The Non-Goals of the backup loop, as readings that must not change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from loopkit import facts
from loopkit.runbook import Host, invariant

from .backup_targets import inventory
from .pve import cluster

LOOP = "LOOP-BACKUP-STABILIZATION"
CRON_D = "/etc/cron.d"
OUR_CRON = f"{CRON_D}/vzdump-offsite-sync"
OUR_SYNC = "/usr/local/bin/vzdump-offsite-sync.sh"
_REMOTE = r"[A-Za-z0-9_.-]+@[A-Za-z0-9_.-]+:|--delete[a-z-]*"


@invariant("Do NOT change backup retention policy", loop=LOOP, host="pve")
def retention(c: Host) -> object:
    """Reads what every job keeps in effect, and what shields it from pruning."""
    file = cluster.job_file(c)
    return {view.job.id: _kept(view) for view in cluster.views_of(c, file, file.jobs)}


def _kept(view: cluster.JobView) -> dict[str, str]:
    section = view.job.section
    return {
        "retention": view.retention,
        "remove": section.get("remove", "1"),
        "protected": section.get("protected", "0"),
    }


def schedule_broken(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Returns why a schedule is another one; the next run moves on by itself, and with DST."""
    for job in sorted(before.keys() | after.keys()):
        was, now = ({**side.get(job, {}), "next": ""} for side in (before, after))
        if was != now:
            keys = [k for k in was.keys() | now.keys() if was.get(k) != now.get(k)]
            changes = (f"{k} was {was.get(k)!r}, is {now.get(k)!r}" for k in sorted(keys))
            return f"job {job}: {'; '.join(changes)}"
    return ""


@invariant("Do NOT change backup schedules", loop=LOOP, host="pve", allow=schedule_broken)
def schedules(c: Host) -> object:
    """Reads when every job runs in effect: event, zone of the node, enabled or not."""
    return {job.id: cluster.effective_schedule(c, job) for job in cluster.job_file(c).jobs}


def _newly_unwanted(before: list[int], after: list[int]) -> str:
    new = sorted(set(after) - set(before))
    return f"the job now backs up {new}, which nothing allows yet" if new else ""


@invariant(
    "Do NOT back up VMs that haven't been deployed yet",
    loop=LOOP,
    host="pve",
    allow=_newly_unwanted,
)
def undeployed(c: Host) -> object:
    """Reads the VMIDs in a job that are no deployed guest, or that the inventory holds back."""
    guests = cluster.guests(c)
    inv = inventory(c)
    named = frozenset().union(*(job.vmids for job in cluster.job_file(c).jobs))

    def allowed(vmid: int) -> bool:
        target = inv.of_vm(vmid, "vzdump")
        known = vmid in guests and not guests[vmid].template
        return known and target is not None and target.enabled

    return sorted(vmid for vmid in named if not allowed(vmid))


def _replication_broken(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    new = sorted(set(after["targets"]) - set(before["targets"]) - set(after["allowed"]))
    if new:
        return f"backups would now also go by {', '.join(new)}"
    if after["pve"] != before["pve"]:
        return f"replication jobs were {before['pve']}, are {after['pve']}"
    touched = sorted(
        path for path, digest in before["cron"].items() if after["cron"].get(path) != digest
    )
    return f"{', '.join(touched)} is not as it was" if touched else ""


@invariant("Do NOT set up cross-site replication", loop=LOOP, host="pve", allow=_replication_broken)
def replication(c: Host) -> object:
    """Reads where scheduled scripts of pve send files, and the cron files that are not ours."""
    listing = facts.listing(c, [CRON_D, "/usr/local/bin"])
    cron = [e.path for e in listing.files(CRON_D) if e.path != OUR_CRON]
    scripts = [e.path for e in listing.files("/usr/local/bin")]
    offsite = inventory(c).offsite
    return {
        "targets": _targets(c, cron + scripts),
        "allowed": [f"{offsite.get('address')}:"],
        "cron": facts.sha256(c, cron),
        "pve": cluster.replications(c),
    }


def _targets(c: Host, paths: list[str]) -> list[str]:
    if not paths:
        return []
    reply = c.read("grep", "-h", "-o", "-E", "-e", _REMOTE, "--", *paths, ok=(0, 1, 2))
    return sorted({line for line in reply.lines if re.fullmatch(_REMOTE, line)})
