"""P0 of the backup loop: what stands on every host before anything is changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from loopkit import facts
from loopkit.errors import HostError, OutcomeUnknown
from loopkit.facts import FreshnessState
from loopkit.runbook import Block, Host, ListBlock, Seen, Step, TableBlock, phase

from .backup_inventory import Inventory
from .backup_targets import check_all, inventory
from .pve import cluster, dumps
from .pve.vzdump_jobs import VzdumpJob, covered, format_vmids, lost_by_rewrite

LOOP = "LOOP-BACKUP-STABILIZATION"


@phase(LOOP, "P0", host="pve", read_only=True)
def audit(c: Host) -> list[Step]:
    """Records the vzdump job, the guests, their backup files and every target, read-only."""
    return [
        Step("clock and zone of pve", clock),
        *(
            Step(f"clock and zone of {host}", _if_reached(clock), host=host)
            for host in ("nas", "infra-core", "docker-host")
        ),
        Step("vzdump job", vzdump_job),
        Step("guests and their backup files", coverage),
        Step("inventory health", health),
        Step("jobs.cfg is as at the start", untouched),
    ]


def clock(c: Host) -> Seen:
    """Looks at a host's name, clock and zone."""
    name = facts.hostname(c)
    ahead = facts.skew(c)
    zone = facts.zone_name(c) or "no zone that can be told"
    text = f"{name}, {zone}, clock {ahead:+d}s"
    seen = {"hostname": name, "zone": zone, "skew": ahead}
    stranger = facts.identity_fault(c)
    if stranger:
        return Seen(False, stranger, facts=seen)
    if abs(ahead) > facts.MAX_SKEW:
        return Seen(False, f"{text}: too far off to judge the age of any file", facts=seen)
    return Seen(True, text, facts={f"clock:{c.name}": seen})


def _if_reached(look: Callable[[Host], Seen]) -> Callable[[Host], Seen]:
    """Returns a look that records a host that does not answer, as the audit is of pve."""

    def look_if_reached(c: Host) -> Seen:
        try:
            return look(c)
        except (HostError, OutcomeUnknown) as error:
            text = f"recorded that it gave no answer: {error.what}"
            return Seen(True, text, facts={f"clock:{c.name}": None})

    return look_if_reached


def vzdump_job(c: Host) -> Seen:
    """Looks at the job, what it keeps in effect and when it runs in effect."""
    view = cluster.job_view(c)
    job, seen = view.job, job_facts(c, view)
    schedule = seen["schedule"]
    lost = lost_by_rewrite(view.file.config, view.pve)
    rows = (
        ("job", f"{job.id} ({'enabled' if job.enabled else 'disabled'})"),
        ("VMIDs", format_vmids(job.vmids) or "none by list"),
        ("schedule", f"{job.schedule} {schedule['zone']}, next {schedule['next']}"),
        ("retention in effect", seen["retention"]),
        ("storage", job.storage),
        ("jobs.cfg SHA-1", view.file.sha1),
        ("lost when PVE rewrites it", "; ".join(f"line {o.line}: {o.reason}" for o in lost) or "-"),
        ("legacy vzdump.cron", _legacy(c)),
    )
    table = TableBlock("vzdump job", ("Fact", "Seen"), rows)
    return Seen(True, f"{job.id} covers {format_vmids(job.vmids)}", (table,), facts=seen)


def job_facts(c: Host, view: cluster.JobView) -> dict[str, Any]:
    """Returns what later phases compare with."""
    return {
        "jobs_sha1": view.file.sha1,
        "job": view.job.id,
        "vmids": sorted(view.job.vmids),
        "retention": view.retention,
        "schedule": cluster.effective_schedule(c, view.job),
    }


def _legacy(c: Host) -> str:
    text = facts.text(c, "/etc/pve/vzdump.cron")
    return "none" if not text else f"{len(text.splitlines())} lines: they still count"


def coverage(c: Host) -> Seen:
    """Looks at every guest: is it in the job, is it in the inventory, what files has it?"""
    view = cluster.job_view(c)
    files = facts.listing(c, [view.directory]).files(view.directory)
    guests, in_job = cluster.guests(c), covered(view.file.jobs)
    left = [e.name for e in files if dumps.leftover_of(e.name) is not None]
    blocks: tuple[Block, ...] = (
        _guest_table(c, guests, in_job, _newest(files)),
        *_left_over(left),
        *_disks_left_out(c, view.job),
    )
    naked = [vmid for vmid, guest in guests.items() if guest.running and vmid not in in_job]
    text = f"{len(guests)} guests, running and in no job: {format_vmids(naked) or 'none'}"
    return Seen(True, text, blocks, facts={"not_backed_up": sorted(naked)})


def _guest_table(
    c: Host,
    guests: Mapping[int, cluster.Guest],
    in_job: frozenset[int],
    newest: Mapping[int, facts.Entry],
) -> TableBlock:
    inv, now = inventory(c), facts.epoch(c)
    rows = tuple(
        (
            str(vmid),
            guest.name,
            guest.status,
            "yes" if vmid in in_job else "no",
            _binding(inv, vmid),
            *_file_cells(newest.get(vmid), now),
        )
        for vmid, guest in sorted(guests.items())
    )
    columns = ("VM", "Name", "Status", "In job", "In inventory", "Newest", "Size", "Age")
    return TableBlock("Guests", columns, rows)


def _newest(files: tuple[facts.Entry, ...]) -> dict[int, facts.Entry]:
    named = [(name, e) for e in files if (name := dumps.parse_name(e.name))]
    return {n.vmid: e for n, e in sorted(named, key=lambda pair: pair[0].started)}


def _binding(inv: Inventory, vmid: int) -> str:
    target = inv.of_vm(vmid, "vzdump")
    return "not listed" if target is None else "enabled" if target.enabled else "disabled"


def _file_cells(entry: facts.Entry | None, now: int) -> tuple[str, str, str]:
    if entry is None:
        return ("none", "", "")
    age = facts.span_text(max(0, now - entry.mtime))
    return (entry.name, facts.size_text(entry.size), age)


def _left_over(names: list[str]) -> tuple[ListBlock, ...]:
    title = "Unfinished: being written, or left behind by a run that broke off"
    return (ListBlock(title, tuple(names)),) if names else ()


def _disks_left_out(c: Host, job: VzdumpJob) -> tuple[ListBlock, ...]:
    """Returns the disks that a green job would leave out, `backup=0`."""
    included = cluster.pvesh_get(c, f"/cluster/backup/{job.id}/included_volumes") or {}
    out = [
        f"VM {guest.get('id')}: {volume.get('name')} ({volume.get('reason')})"
        for guest in included.get("children", [])
        for volume in guest.get("children", [])
        if not volume.get("included", True)
    ]
    return (ListBlock("Disks that the job leaves out", tuple(out)),) if out else ()


def health(c: Host) -> Seen:
    """Looks at every enabled target, as `backup.status` does."""
    checked = check_all(c, inventory(c).enabled)
    counts = Counter(one.verdict.state for one in checked)
    rows = tuple((o.target.name, o.verdict.state.value, o.verdict.text) for o in checked)
    table = TableBlock("Targets", ("Target", "State", "Seen"), rows)
    text = ", ".join(f"{counts[state]} {state}" for state in FreshnessState if counts[state])
    return Seen(True, text, (table,), facts={"seen": {row[0]: row[2] for row in rows}})


def untouched(c: Host) -> Seen:
    """Looks once more at jobs.cfg: an audit that changed it, or met a change, is none."""
    file = cluster.job_file(c)
    at = datetime.fromtimestamp(c.now(), UTC).isoformat(timespec="seconds")
    seen = {"jobs_sha1": file.sha1, "audited_at": at}
    return Seen(True, f"SHA-1 {file.sha1[:12]} at {at}", facts=seen)
