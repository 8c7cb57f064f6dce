"""P5 of the backup loop: every mechanism has run, every target is OK, every table agrees."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo

from loopkit import facts
from loopkit.facts import Copy, FreshnessState
from loopkit.operations import cron_path, script_path
from loopkit.runbook import (
    Block,
    Host,
    ListBlock,
    Row,
    Seen,
    Step,
    TableBlock,
    TextBlock,
    phase,
)

from .backup_apps import INFISICAL, VAULTWARDEN, App, cron_of
from .backup_audit import job_facts
from .backup_invariants import schedule_broken
from .backup_inventory import Target
from .backup_status import drift_rows
from .backup_targets import Checked, check_all, fully_read, inventory
from .offsite_plan import JOB
from .pve import cluster, dumps
from .pve.cluster import Guest
from .pve.vzdump_jobs import format_vmids

LOOP = "LOOP-BACKUP-STABILIZATION"
_STATUS = "loop cap run backup.status"


@phase(LOOP, "P5", host="pve", read_only=True)
def verify(c: Host) -> list[Step]:
    """Checks every target, what is kept and when, and whether all tables agree, read-only."""
    return [
        Step("vzdump coverage", vzdump_coverage),
        Step("retention and schedule as at the audit", kept_as_it_was),
        Step("app backups", app_backups, host="infra-core"),
        Step("offsite sync", offsite_sync),
        Step("D19 drift gate", drift_gate),
        Step("disk", disk),
    ]


# ── vzdump ───────────────────────────────────────────────────────────────────


def vzdump_coverage(c: Host) -> Seen:
    """Looks at the newest dump of every guest in the job: fresh, logged, plausible, readable."""
    checked = check_all(c, _of_job(c, cluster.job_view(c)))
    critical = [one for one in checked if one.target.class_ == "critical"]
    unread = _unreadable(c, critical)
    good = sum(one.verdict.state is FreshnessState.OK for one in checked)
    took = facts.span_text(sum(one.log.seconds for one in checked if one.log))
    blocks = (
        _coverage_table(cluster.guests(c), checked, good),
        TextBlock(f"Full vzdump pass took {took}. {_proof(critical)}"),
    )
    text = f"{good} of {len(checked)} guests in the job have a good dump, full pass {took}"
    return _verdict(checked, text, blocks, unread)


def _of_job(c: Host, view: cluster.JobView) -> list[Target]:
    """Returns the targets of the job's guests; one that nobody lists is looked for all the same."""
    inv = inventory(c)
    laxest = max(inv.thresholds.values())
    return [
        inv.of_vm(vmid, "vzdump")
        or Target(
            name=f"VM {vmid}, in no inventory",
            enabled=True,
            class_="",
            kind="vzdump",
            host=c.name,
            path=view.directory,
            glob=f"vzdump-*-{vmid}-*.zst",
            limit=laxest,
            vmid=vmid,
        )
        for vmid in sorted(view.job.vmids)
    ]


def _coverage_table(guests: dict[int, Guest], checked: Sequence[Checked], good: int) -> TableBlock:
    rows = tuple(_dump_row(guests, one) for one in checked)
    fewest = min((int(row[2]) for row in rows), default=0)
    title = f"vzdump Coverage: {good}/{len(rows)} VMs, all with {fewest} or more backups"
    return TableBlock(title, ("VM", "Name", "Backups", "Latest"), rows)


def _dump_row(guests: dict[int, Guest], one: Checked) -> tuple[str, ...]:
    vmid = one.target.vmid or 0
    guest = guests.get(vmid)
    name = "no such guest" if guest is None else guest.name
    name += "" if guest is None or guest.running else f" ({guest.status})"
    copies = len(one.verdict.earlier) + (one.verdict.newest is not None)
    return (str(vmid), name, str(copies), _latest(one.verdict.newest))


def _latest(copy: Copy | None) -> str:
    """Returns `2026-02-09 02:00 (185G)`, in the local time that the name states."""
    if copy is None:
        return "none"
    name = dumps.parse_name(copy.entry.name)
    taken = datetime.fromtimestamp(copy.taken, UTC) if name is None else name.started
    return f"{taken:%Y-%m-%d %H:%M} ({facts.size_text(copy.entry.size)})"


def _unreadable(c: Host, critical: Sequence[Checked]) -> list[str]:
    newest = [(o.target.path, o.verdict.newest) for o in critical if o.verdict.newest]
    sound = fully_read(c, [f"{path}/{copy.entry.name}" for path, copy in newest if copy])
    return [
        f"{path} is damaged: zstd cannot read it to its end" for path in sound if not sound[path]
    ]


def _proof(critical: Sequence[Checked]) -> str:
    read = format_vmids(one.target.vmid or 0 for one in critical) or "none"
    return (
        "Proved: name and file time, log finished without errors, plausible size (all); "
        f"archive read to its end (critical: {read}). Restore to a spare VM: not done."
    )


# ── Applications ─────────────────────────────────────────────────────────────


def app_backups(c: Host) -> Seen:
    """Looks at the dumps of the applications on the NAS, and at the cron files that make them."""
    apps = (VAULTWARDEN, INFISICAL)
    found = (inventory(c).target(app.target) for app in apps)
    checked = check_all(c, [target for target in found if target])
    crons = [cron_of(app).look(c) for app in apps]
    broken = [cron.text for cron in crons if not cron.so]
    good = not broken and all(one.verdict.ok for one in checked)
    zone = facts.zone(c) or UTC
    rows = tuple(_app_row(app, one, zone) for app, one in zip(apps, checked, strict=True))
    title = f"App-level backups: {'operational' if good else 'not operational'}"
    table = TableBlock(title, ("Target", "Latest", "Cron"), rows)
    text = ", ".join(f"{one.target.name} {one.verdict.text}" for one in checked)
    return _verdict(checked, text, (table,), broken)


def _app_row(app: App, one: Checked, zone: tzinfo) -> tuple[str, ...]:
    latest, newest = "none", one.verdict.newest
    if newest is not None:
        taken = datetime.fromtimestamp(newest.taken, zone)
        latest = f"{taken:%Y-%m-%d %H:%M} ({facts.size_text(newest.entry.size)})"
    cron = f"`{cron_path(app.job)}` daily {app.hour:02d}:{app.minute:02d}"
    return (app.name.capitalize(), latest, cron)


# ── Offsite, drift, disk ─────────────────────────────────────────────────────


def offsite_sync(c: Host) -> Seen:
    """Looks at the enabled offsite copies, and at what makes them."""
    inv = inventory(c)
    targets = [target for target in inv.targets if target.kind == "offsite"]
    checked = check_all(c, [target for target in targets if target.enabled])
    cron = facts.text(c, cron_path(JOB))
    broken = [] if cron else [f"{cron_path(JOB)} is not there: nothing syncs"]
    good = not broken and all(one.verdict.ok for one in checked)
    out = format_vmids(t.vmid or 0 for t in targets if not t.enabled) or "none"
    lines = (
        f"Script: `{script_path(JOB)}` on {c.name}",
        f"Target: `{inv.offsite['address']}:{targets[0].path}/`",
        *(f"VM {one.target.vmid}: {one.verdict.text}" for one in checked),
        f"Not enabled: {out}",
        f"Bandwidth: {inv.offsite['bandwidth_kbytes']} kB/s",
        f"Cron: daily at {inv.offsite['at']}, local time of {c.name}",
    )
    title = f"Offsite sync: {'proven working' if good else 'not working'}"
    text = ", ".join(f"{one.target.name} {one.verdict.text}" for one in checked)
    return _verdict(checked, text, (ListBlock(title, lines),), broken)


def drift_gate(c: Host) -> Seen:
    """Looks whether job coverage, inventory and the document agree: the D19 gate."""
    rows = drift_rows(c)
    wrong = [row for row in rows if row.ok is False]
    unsure = [row for row in rows if row.ok is None]
    extra = [f"{row.name}: {row.text}" for row in rows if row.state == "EXTRA"]
    agreed = len(rows) - len(wrong) - len(unsure)
    word = "FAIL" if wrong else "UNKNOWN" if unsure else "PASS"
    block = ListBlock(f"Drift gate: D19 {word} ({agreed}/{len(rows)} total)", tuple(extra))
    first: Row | None = next(iter(wrong + unsure), None)
    text = f"{agreed} of {len(rows)} agree" + (f"; {first.name}: {first.text}" if first else "")
    so = False if wrong else None if unsure else True
    return Seen(so, text, (block,), help="loop cap run backup.drift" if first else "")


def disk(c: Host) -> Seen:
    """Looks at the room that is left where the dumps are written."""
    view = cluster.job_view(c)
    space = facts.space(c, view.directory)
    free = facts.size_text(space.free)
    title = f"Disk: {free} available on {view.job.storage} ({space.percent_free}% free)"
    return Seen(space.percent_free >= 5, title, (ListBlock(title),))


def kept_as_it_was(c: Host) -> Seen:
    """Looks whether what is kept, and when it runs, is as the audit found it."""
    now = job_facts(c, cluster.job_view(c))
    before = {key: c.baseline(key) for key in ("retention", "schedule")}
    kept, runs = now["retention"], f"{now['schedule']['schedule']} {now['schedule']['zone']}"
    if before["retention"] is None or before["schedule"] is None:
        text = f"`{kept}`, {runs}; no audit recorded what they were"
        return Seen(True, text, (TextBlock(f"Retention and schedule: {text}."),))
    if kept != before["retention"]:
        return Seen(False, f"retention is {kept}, at the audit it was {before['retention']}")
    job = str(now["job"])
    broken = schedule_broken({job: before["schedule"]}, {job: now["schedule"]})
    if broken:
        return Seen(False, broken)
    text = f"retention `{kept}` and schedule {runs} are as the audit found them"
    return Seen(True, text, (TextBlock(f"{text[0].upper()}{text[1:]}."),))


def _verdict(
    checked: Sequence[Checked], text: str, blocks: tuple[Block, ...], broken: Sequence[str]
) -> Seen:
    """Returns one verdict on targets and on what makes them; a fault goes before a doubt."""
    named = {
        one: f"{one.target.name} is {one.verdict.state}: {one.verdict.text}" for one in checked
    }
    faults = [*broken, *(named[one] for one in checked if one.verdict.ok is False)]
    doubts = [named[one] for one in checked if one.verdict.ok is None]
    if faults or doubts:
        more = f" (and {len(faults + doubts) - 1} more)" if len(faults + doubts) > 1 else ""
        return Seen(False if faults else None, (faults + doubts)[0] + more, blocks, help=_STATUS)
    return Seen(True, text, blocks)
