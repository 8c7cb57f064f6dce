"""The capabilities `backup.status` and `backup.drift`: how the backups are, and who disagrees."""

from __future__ import annotations

from loopkit.errors import HostError, OutcomeUnknown
from loopkit.runbook import Host, Report, Row, capability

from .backup_drift import Claims, claims_of, compare
from .backup_targets import Checked, check_all, inventory
from .pve import cluster

_PVE = "pve"


@capability("backup.status")
def status(c: Host) -> Report:
    """Tells of every enabled target whether it is OK, STALE, MISSING, in ERROR or UNKNOWN."""
    return Report(tuple(_row(one) for one in check_all(c, inventory(c).enabled)))


def _row(one: Checked) -> Row:
    verdict = one.verdict
    left = f"; unfinished: {', '.join(e.name for e in one.leftovers)}" if one.leftovers else ""
    return Row(one.target.name, verdict.state.value, verdict.text + left, verdict.ok)


@capability("backup.drift")
def drift(c: Host) -> Report:
    """Tells whether vzdump jobs, inventory and the document's own tables agree (D19)."""
    return Report(drift_rows(c), columns=("subject", "state", "seen"))


def drift_rows(c: Host) -> tuple[Row, ...]:
    """Returns one row a subject: agreed, different, or not to be told."""
    try:
        node = c if c.name == _PVE else c.peer(_PVE)
        file = cluster.job_file(node)
        guests = cluster.guests(node)
    except (HostError, OutcomeUnknown) as error:
        return (Row("vzdump jobs", "UNKNOWN", f"{_PVE} could not be asked: {error.what}", None),)
    inv = inventory(c)
    claims = claims_of(c.files.read(inv.document), inv.document) if inv.document else Claims()
    return compare(file.jobs, guests, inv, claims)
