"""P1 and P2 of the backup loop: guests join the vzdump job, each when it may."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from loopkit.operations import identity
from loopkit.runbook import (
    CellUpdate,
    Host,
    Item,
    Look,
    Refusal,
    Seen,
    Step,
    TableBlock,
    phase,
)

from .backup_audit import job_facts
from .backup_inventory import Target, enable
from .backup_targets import INVENTORY, inventory
from .pve import cluster
from .pve.job_change import JobUnion
from .pve.vzdump_jobs import covered, format_vmids

LOOP = "LOOP-BACKUP-STABILIZATION"
COVERAGE = "vzdump Job Coverage"
_RUNNING_UNPROTECTED = (205, 206)
_AUDIT_AGAIN = f"loop reopen {LOOP} P0 --reason 'jobs.cfg was changed since the audit'"


@phase(LOOP, "P1", host="pve")
def add_running_vms(c: Host) -> list[Step]:
    """Adds VMs 205 and 206 to the vzdump job; what is in it stays."""
    return [
        identity("pve"),
        join_step(_RUNNING_UNPROTECTED),
        Step("205 and 206 are enabled in the inventory", _enabled_ones(_RUNNING_UNPROTECTED)),
        Step("no guest that runs is left out unawares", left_out),
    ]


@phase(LOOP, "P2", host="pve")
def add_gated_vm(c: Host, item: Item) -> list[Step]:
    """Adds one VM of the checklist to the vzdump job, then enables its target."""
    vmid = vmid_of(item)
    return [
        identity("pve"),
        join_step((vmid,)),
        enable_step(f"{vmid} enabled in the inventory", vmid, "vzdump"),
    ]


def vmid_of(item: Item) -> int:
    """Returns the VMID that an item's key begins with: 207 of `207 (AI)`."""
    match = re.match(r"(\d{3,9})\b", item.key)
    if match is None:
        raise Refusal(f"the item {item.key!r} does not begin with a VMID")
    return int(match[1])


def join_step(vmids: Iterable[int]) -> Step:
    """Returns the step that puts guests into the job, once."""
    wanted = frozenset(vmids)
    union = JobUnion(wanted, lambda c: c.baseline("jobs_sha1"), _AUDIT_AGAIN)
    return Step(
        f"{' and '.join(str(vmid) for vmid in sorted(wanted))} in the vzdump job",
        look=_in_job(wanted),
        change=union.add,
        undo=union.take_back,
        again=True,  # a union: sent twice it is the same list
    )


def _in_job(wanted: frozenset[int]) -> Look:
    def look(c: Host) -> Seen:
        view = cluster.job_view(c)
        job, missing = view.job, wanted - view.job.vmids
        if missing or not job.enabled:
            state = f"lacks {format_vmids(missing)}" if missing else "is disabled"
            return Seen(False, f"job {job.id} {state}", help=f"ssh {c.name} cat {cluster.JOBS_CFG}")
        facts = {**job_facts(c, view), "joined_by": c.now()}
        updates = tuple(CellUpdate(COVERAGE, str(v), "In vzdump?", "YES") for v in sorted(wanted))
        text = f"job {job.id} has {format_vmids(job.vmids)}"
        return Seen(True, text, (_job_table(c, facts),), updates, facts)

    return look


def _job_table(c: Host, facts: dict[str, Any]) -> TableBlock:
    schedule = facts["schedule"]
    before = c.baseline("vmids")
    rows = (
        ("VMIDs at the baseline", format_vmids(before) if before else "not recorded"),
        ("VMIDs now", format_vmids(facts["vmids"])),
        ("retention in effect", str(facts["retention"])),
        ("next run", f"{schedule['next']} ({schedule['schedule']} {schedule['zone']})"),
        ("jobs.cfg SHA-1", str(facts["jobs_sha1"])),
    )
    return TableBlock(f"Job {facts['job']}", ("Fact", "Seen"), rows)


def _enabled_ones(vmids: Iterable[int]) -> Look:
    def look(c: Host) -> Seen:
        inv = inventory(c)
        targets = {vmid: inv.of_vm(vmid, "vzdump") for vmid in vmids}
        off = [str(vmid) for vmid, target in targets.items() if not (target and target.enabled)]
        if off:
            return Seen(False, f"{INVENTORY} does not enable {', '.join(off)}")
        return Seen(True, f"{INVENTORY} enables them")

    return look


def left_out(c: Host) -> Seen:
    """Looks for guests that run and are in no job; the inventory must hold each one back."""
    file = cluster.job_file(c)
    running = {v for v, g in cluster.guests(c).items() if g.running and not g.template}
    inv = inventory(c)
    out = sorted(running - covered(file.jobs))
    held = [v for v in out if (target := inv.of_vm(v, "vzdump")) and not target.enabled]
    unaware = sorted(set(out) - set(held))
    if unaware:
        return Seen(False, f"{format_vmids(unaware)} run, are in no job, and nothing holds them")
    return Seen(True, f"held back by their gates: {format_vmids(held) or 'none'}")


def enable_step(name: str, vmid: int, kind: str) -> Step:
    """Returns the step that enables the target of a VM: the word after `enabled:` alone."""

    def target(c: Host) -> Target:
        found = inventory(c).of_vm(vmid, kind)
        if found is None:
            raise Refusal(f"{INVENTORY} has no {kind} target for VM {vmid}")
        return found

    def look(c: Host) -> Seen:
        found = target(c)
        update = CellUpdate(COVERAGE, str(vmid), "In binding?", "enabled")
        updates = (update,) if kind == "vzdump" else ()
        text = f"{found.name} is {'enabled' if found.enabled else 'disabled'} in {INVENTORY}"
        return Seen(found.enabled, text, updates=updates if found.enabled else ())

    def change(c: Host) -> None:
        c.files.write(INVENTORY, enable(c.files.read(INVENTORY), target(c).name))

    return Step(name, look, change, host="local", again=True)
