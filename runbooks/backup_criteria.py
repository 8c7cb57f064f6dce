"""The Success Criteria of the backup loop, each bound to what it can be seen by."""

from __future__ import annotations

from loopkit.runbook import Host, Seen, criterion

from .backup_apps import INFISICAL, cron_of
from .backup_closeout import drift_gate
from .backup_targets import check_all, inventory
from .pve import cluster
from .pve.vzdump_jobs import covered, format_vmids

LOOP = "LOOP-BACKUP-STABILIZATION"
_NAMED = range(200, 207)
_OFFSITE = "vm-200-docker-host-offsite"
_STATUS = "loop cap run backup.status"


@criterion("All running VMs in vzdump job", loop=LOOP, host="pve")
def all_running_in_job(c: Host) -> Seen:
    """Looks at every guest that runs, and at each of 200-206 that there is."""
    guests = cluster.guests(c)
    wanted = {v for v, g in guests.items() if not g.template and (g.running or v in _NAMED)}
    missing = wanted - covered(cluster.job_file(c).jobs)
    if missing:
        return Seen(False, f"not in the job: {format_vmids(missing)}", help=f"ssh {c.name} qm list")
    return Seen(True, f"in the job: {format_vmids(wanted)}")


@criterion("`backup.status` reports 0 degraded", loop=LOOP, host="pve")
def none_degraded(c: Host) -> Seen:
    """Looks at every enabled target."""
    checked = check_all(c, inventory(c).enabled)
    wrong = [o for o in checked if o.verdict.ok is False]
    unsure = [o for o in checked if o.verdict.ok is None]
    if wrong or unsure:
        first = (wrong + unsure)[0]
        text = f"{len(wrong)} degraded, {len(unsure)} unknown: {first.target.name}"
        return Seen(False if wrong else None, f"{text} {first.verdict.text}", help=_STATUS)
    return Seen(True, f"0 of {len(checked)} enabled targets degraded")


@criterion("Infisical app backup operational", loop=LOOP, host="infra-core")
def infisical_operational(c: Host) -> Seen:
    """Looks at the cron file and at the newest dump on the NAS; a disabled target is not met."""
    cron = cron_of(INFISICAL).look(c)
    return _target_ok(c, INFISICAL.target) if cron.so else cron


@criterion("Offsite sync functional", loop=LOOP, host="pve")
def offsite_functional(c: Host) -> Seen:
    """Looks at the target that the criterion names, and at no other in its stead."""
    return _target_ok(c, _OFFSITE)


@criterion("D19 drift gate passes", loop=LOOP, host="pve")
def d19_passes(c: Host) -> Seen:
    """Looks whether jobs, inventory and document agree."""
    seen = drift_gate(c)
    return Seen(seen.so, seen.text, help=seen.help)


def _target_ok(c: Host, name: str) -> Seen:
    target = inventory(c).target(name)
    if target is None or not target.enabled:
        return Seen(False, f"{name} is {'disabled' if target else 'in no inventory'}")
    verdict = check_all(c, [target])[0].verdict
    help = "" if verdict.ok else _STATUS
    return Seen(verdict.ok, f"{name} {verdict.state}: {verdict.text}", help=help)
