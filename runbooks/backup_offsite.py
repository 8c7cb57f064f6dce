"""P4 of the backup loop: finished dumps are copied to the NAS again, proved, nothing deleted."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from loopkit import facts
from loopkit.operations import (
    Destination,
    RsyncPush,
    as_cron,
    cron_file,
    cron_path,
    daily,
    directory,
    identity,
    mounted,
    rsync_push,
    script_path,
)
from loopkit.runbook import (
    CellUpdate,
    Host,
    Job,
    ListBlock,
    Refusal,
    Seen,
    Step,
    TableBlock,
    phase,
)

from .backup_apps import volume
from .backup_inventory import OFFSITE_LAG, Target, enable, hours_text
from .backup_targets import INVENTORY, inventory
from .offsite_plan import (
    JOB,
    PHASE,
    OffsitePlan,
    longest_lag,
    make_plan,
    overlaps,
    sent,
    stamps_of,
    why_nothing,
)
from .pve.dump_push import dump_push
from .pve.vzdump_jobs import format_vmids

LOOP = "LOOP-BACKUP-STABILIZATION"
OFFSITE = "Offsite Sync"


@phase(LOOP, PHASE, host="pve")
def repair_offsite_sync(c: Host) -> list[Step | Job]:
    """Finds why no dump reaches the NAS, and syncs explicit VMs within the bandwidth."""
    return [
        identity("pve"),
        identity("nas"),
        Step("why the offsite targets have no files", diagnose),
        mounted("the volume of the NAS is mounted", volume, host="nas"),
        Step("what fits through the line in one night", budget),
        directory(
            "offsite directory on the NAS",
            lambda c: _destination(c).path,
            volume=volume,
            host="nas",
        ),
        rsync_push("offsite script", JOB, push_of),
        cron_file("offsite cron file", JOB, cron_of),
        Job("first sync", synced, as_cron(script_path(JOB)), progress=progress, timeout=16 * 3600),
        Step("offsite targets enabled once proved", enabled, enable_proved, again=True),
    ]


def offsite_targets(c: Host) -> dict[int, Target]:
    """Returns the offsite targets by VMID."""
    return {t.vmid: t for t in inventory(c).targets if t.kind == "offsite" and t.vmid is not None}


def diagnose(c: Host) -> Seen:
    """Looks for the cause of `no_matches`, on the NAS and on the side that should send."""
    targets = offsite_targets(c)
    nas = c.peer("nas")
    listing = facts.listing(nas, (t.path for t in targets.values()))
    installed = facts.text(c, cron_path(JOB)) is not None
    causes = {t.name: why_nothing(listing, t, installed) for t in targets.values()}
    sender = "the sync is installed" if installed else "no sync is installed on pve"
    audited = c.baseline("seen") or {}
    rows = tuple((name, audited.get(name, "-"), cause) for name, cause in causes.items())
    columns = ("Target", "At the audit", "When this phase last began")
    table = TableBlock("Why the offsite targets had no files", columns, rows)
    text = f"{next(iter(causes.values()), 'no offsite target')}; {sender}"
    return Seen(True, text, (table,), facts={"offsite_causes": causes})


def budget(c: Host) -> Seen:
    """Looks at the sizes before the first byte is sent: what fits, what does not."""
    plan = make_plan(c)
    chosen, settings = plan.budget.chosen, inventory(c).offsite
    if not chosen:
        why = "; ".join(f"{vmid}: {reason}" for vmid, reason in _not_sent(plan).items())
        return Seen(False, f"nothing fits ({why or 'there are no dumps'})")
    need = 2 * sum(plan.nights[vmid][-1].entry.size for vmid in chosen)
    free = facts.space(c.peer("nas"), str(c.peer("nas").facts["volume"])).free
    if free < need:
        return Seen(False, f"the NAS has {facts.size_text(free)} free, {need} bytes are needed")
    took = facts.span_text(plan.budget.seconds)
    line = f"{settings['bandwidth_kbytes']} kB/s, {settings['window_hours']}h a night"
    text = f"VM {format_vmids(chosen)} take {took} at {line}{_stable_since(c, plan)}"
    out = tuple(f"VM {vmid} is left out: {why}" for vmid, why in _not_sent(plan).items())
    blocks = (ListBlock("Not sent offsite", out),) if out else ()
    return Seen(True, text, blocks, _left_out_cells(c, plan), {"offsite_vmids": list(chosen)})


def _stable_since(c: Host, plan: OffsitePlan) -> str:
    new = set(plan.budget.chosen) - set(sent(c, plan))
    if not new:
        return ""
    return f"; VM {format_vmids(new)} became stable since, for the next run of {PHASE}"


def _not_sent(plan: OffsitePlan) -> dict[int, str]:
    return dict(sorted({**plan.waiting, **plan.budget.left_out}.items()))


def _left_out_cells(c: Host, plan: OffsitePlan) -> tuple[CellUpdate, ...]:
    targets = offsite_targets(c)
    return tuple(
        CellUpdate(OFFSITE, targets[vmid].name, "Status", f"left out: {why}")
        for vmid, why in plan.budget.left_out.items()
    )


def _destination(c: Host) -> Destination:
    paths = {target.path for target in offsite_targets(c).values()}
    if len(paths) != 1:
        raise Refusal(
            f"the offsite targets of {INVENTORY} lie in {len(paths)} directories, not one"
        )
    return Destination(str(inventory(c).offsite["address"]), paths.pop())


def push_of(c: Host) -> RsyncPush:
    """Returns the copy of the VMs whose dumps are synced."""
    plan = make_plan(c)
    bandwidth = int(inventory(c).offsite["bandwidth_kbytes"])
    return dump_push(plan.source, _destination(c), sent(c, plan), bandwidth)


def cron_of(c: Host) -> str:
    """Returns the cron file, at a time when no vzdump runs, and early enough for the limits."""
    offsite = inventory(c).offsite
    at = time.fromisoformat(str(offsite["at"]))
    run = make_plan(c).run_ends
    if run is not None:
        _refuse_time(at, timedelta(hours=int(offsite["window_hours"])), run)
    about = "Copies finished vzdump files to the NAS."
    return daily(at.hour, at.minute, script_path(JOB), about=about)


def _refuse_time(at: time, window: timedelta, run: tuple[datetime, datetime]) -> None:
    if overlaps(run, at):
        raise Refusal(
            f"{at:%H:%M} falls into the vzdump run, measured from {run[0]:%H:%M} to "
            f"{run[1]:%H:%M}: set another `at` under offsite in {INVENTORY}"
        )
    lag = longest_lag(run[0], at, window)
    if lag > OFFSITE_LAG:
        raise Refusal(
            f"a copy that leaves at {at:%H:%M} and takes {hours_text(window)} is "
            f"{facts.span_text(lag.total_seconds())} behind its dump, and its limit allows "
            f"{hours_text(OFFSITE_LAG)}: set `at` or `window_hours` under offsite in {INVENTORY}"
        )


def progress(c: Host) -> str:
    """Returns how many copies are proved so far."""
    done = facts.parse_stamps(facts.text(c, f"{facts.stamp_path(JOB)}.part") or "")
    sent = facts.size_text(sum(stamp.bytes for stamp in done))
    return f"{len(done)} VMs copied and proved, {sent}"


def synced(c: Host) -> Seen:
    """Looks whether each chosen VM has a copy on the NAS with the hash that was sent."""
    chosen = sent(c, make_plan(c))
    proved = proved_copies(c)
    missing = sorted(set(chosen) - proved.keys())
    if missing:
        return Seen(False, f"no proved copy of VM {format_vmids(missing)} on the NAS")
    targets = offsite_targets(c)
    rows = tuple(
        (str(vmid), stamp.file, str(stamp.bytes), stamp.sha256)
        for vmid, stamp in sorted(proved.items())
    )
    table = TableBlock("Offsite copies", ("VM", "File", "Bytes", "SHA-256, both sides"), rows)
    updates = tuple(
        CellUpdate(OFFSITE, targets[vmid].name, "Status", "OK, hash equal on both sides")
        for vmid in chosen
    )
    copies = {"offsite": {row[0]: row[3] for row in rows}}
    text = f"VM {format_vmids(chosen)} on the NAS, hashes equal"
    return Seen(True, text, (table,), updates, copies)


def proved_copies(c: Host) -> dict[int, facts.Stamp]:
    """Returns the stamps whose file lies on the NAS with the same hash."""
    stamps = stamps_of(c)
    proved = facts.proved(stamps.values(), c.peer("nas"), _destination(c).path)
    return {vmid: stamp for vmid, stamp in stamps.items() if stamp in proved}


def enabled(c: Host) -> Seen:
    """Looks whether every VM with a proved copy must be OK from now on."""
    targets = offsite_targets(c)
    off = sorted(vmid for vmid in proved_copies(c) if vmid in targets and not targets[vmid].enabled)
    if off:
        return Seen(False, f"copied and proved, and still disabled: VM {format_vmids(off)}")
    on = sorted(vmid for vmid, target in targets.items() if target.enabled)
    return Seen(True, f"enabled in {INVENTORY}: VM {format_vmids(on)}")


def enable_proved(c: Host) -> None:
    """Enables the targets of the VMs whose copies are proved."""
    targets = offsite_targets(c)
    for vmid in sorted(proved_copies(c).keys() & targets.keys()):
        c.files.write(INVENTORY, enable(c.files.read(INVENTORY), targets[vmid].name))
