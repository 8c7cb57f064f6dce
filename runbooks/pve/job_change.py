"""Adds guests to a vzdump job by set union: admitted first, compared before, read back after."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from loopkit import facts
from loopkit.errors import Failed
from loopkit.runbook import Host, Refusal

from . import cluster, sectioncfg
from .cluster import JOBS_CFG, Guest, JobFile, JobView
from .vzdump_jobs import KNOWN_PROPERTIES, VzdumpJob, format_vmids, lost_by_rewrite, rewritten

_LOCK = "/etc/pve/priv/lock/file-jobs_cfg"


class JobUnion:
    """One union: adds what is wanted, and can take back exactly what it added.

    `expected_sha1` gives the digest of the file that was audited, None when none was; a file that
    is another one by now is refused, with `audit_again` as the command that helps.
    """

    def __init__(
        self,
        wanted: Iterable[int],
        expected_sha1: Callable[[Host], object],
        audit_again: str = "",
    ) -> None:
        self._wanted = frozenset(wanted)
        self._expected_sha1 = expected_sha1
        self._audit_again = audit_again
        self._added: frozenset[int] = frozenset()

    def add(self, c: Host) -> None:
        """Sets the union of what the job has and what is wanted.

        Raises:
            Refusal: the job, the file, the guests or the node do not admit it.
            Failed: the file then says something else than intended.
        """
        view = cluster.job_view(c)
        missing = self._wanted - view.job.vmids
        self._must_be_expected(c, view.file)
        admit_file(c, view)
        guests = cluster.guests(c)
        admit_guests(c, guests, missing)
        admit_node(c, view, 2 * sum(guests[vmid].disk for vmid in missing))
        self._added = missing
        set_vmids(c, view.file, view.job, view.job.vmids | missing)

    def take_back(self, c: Host) -> None:
        """Takes out what `add` put in, if the job is still as it left it."""
        file = cluster.job_file(c)
        job = cluster.only_job(c, file)
        if self._added and self._added <= job.vmids:
            set_vmids(c, file, job, job.vmids - self._added)

    def _must_be_expected(self, c: Host, file: JobFile) -> None:
        expected = self._expected_sha1(c)
        if expected is not None and expected != file.sha1:
            raise Refusal(
                f"{JOBS_CFG} is not as the last phase left it: SHA-1 {file.sha1[:12]}, "
                f"then {str(expected)[:12]}. Someone changed it since: audit it again",
                self._audit_again,
            )


def admit_file(c: Host, view: JobView) -> None:
    """Refuses when setting VMIDs would change, or lose, anything else in the file."""
    job = view.job
    if job.not_a_plain_list:
        raise Refusal(f"job {job.id}: {job.not_a_plain_list}", f"ssh {c.name} cat {JOBS_CFG}")
    after = view.retention_of(rewritten(job))
    if after != view.retention:
        raise Refusal(
            f"PVE {view.pve} would rewrite job {job.id} and its retention would become {after}, "
            f"now {view.retention}: state it as prune-backups first",
            f"ssh {c.name} pvesh set /cluster/backup/{job.id} --prune-backups {view.retention}",
        )
    _admit_losses(c, view)


def _admit_losses(c: Host, view: JobView) -> None:
    # Retention does not change: that maxfiles goes, which PVE 9 ignores, loses nothing.
    found = lost_by_rewrite(view.file.config, view.pve)
    lost = [one for one in found if "'maxfiles'" not in one.reason]
    if lost and not c.facts.get("accept_rewrite"):
        listed = "; ".join(f"line {one.line}: {one.reason}" for one in lost)
        raise Refusal(
            f"PVE would lose part of {JOBS_CFG} when it writes it ({listed}). Mend the file, "
            f"or state `accept_rewrite: true` for {c.name} in runbooks/hosts.yaml",
            f"ssh {c.name} cat -A {JOBS_CFG}",
        )


def admit_guests(c: Host, guests: dict[int, Guest], wanted: Iterable[int]) -> None:
    """Refuses VMIDs without a running guest: one such makes every run end in `job errors`."""
    for vmid in sorted(wanted):
        guest = guests.get(vmid)
        if guest is None:
            raise Refusal(f"there is no guest {vmid}", f"ssh {c.name} qm list")
        if guest.template or not guest.running:
            raise Refusal(
                f"guest {vmid} ({guest.name}) is {guest.status}, not running",
                f"ssh {c.name} qm status {vmid}",
            )


def admit_node(c: Host, view: JobView, need: int) -> None:
    """Refuses without quorum, while a vzdump runs, and without this many bytes of room."""
    ahead = facts.skew(c)
    if abs(ahead) > facts.MAX_SKEW:
        raise Refusal(
            f"the clock of {c.name} is {ahead:+d} s off: its schedule runs by it",
            f"ssh {c.name} timedatectl",
        )
    if not cluster.has_quorum(c):
        raise Refusal(
            "the cluster has no quorum: /etc/pve is read-only", f"ssh {c.name} pvecm status"
        )
    running = cluster.running_vzdump(c)
    if running:
        raise Refusal(f"a vzdump runs now: {running[0]}", f"ssh {c.name} pvesh get /cluster/tasks")
    free = facts.space(c, view.directory).free
    if free < need:
        raise Refusal(
            f"{view.directory} has {facts.size_text(free)} free, two dumps of each new guest "
            f"may need {facts.size_text(need)}",
            f"ssh {c.name} df -h {view.directory}",
        )


def set_vmids(c: Host, file: JobFile, job: VzdumpJob, vmids: Iterable[int]) -> None:
    """Sets the whole list, after a last comparison, and proves that nothing else changed.

    PVE's API takes no digest for a job, so what is compared here is all that guards the file.
    """
    wanted = format_vmids(vmids)
    if cluster.job_file(c).sha1 != file.sha1:
        raise Refusal(f"{JOBS_CFG} changed while it was looked at", f"ssh {c.name} cat {JOBS_CFG}")
    path = f"/cluster/backup/{job.id}"
    argv = ("pvesh", "set", path, "--vmid", wanted)
    # Without pvesh the file is edited as PVE itself would, under its lock.
    if c.change(*argv, ok=(0, cluster.NOT_FOUND)).exited == cluster.NOT_FOUND:
        _edit_one_line(c, file, job, wanted)
    _prove(file, cluster.job_file(c), job, wanted)


def _edit_one_line(c: Host, file: JobFile, job: VzdumpJob, vmids: str) -> None:
    text = sectioncfg.set_property(file.text, job.id, "vmid", vmids)
    c.change("mkdir", "--", _LOCK)  # PVE's own lock (cfs_lock_file): fails when someone holds it
    try:
        c.put(JOBS_CFG, text.encode(), mode=0o640, owner="root:www-data")
    finally:
        c.change("rmdir", "--", _LOCK)


def _prove(before: JobFile, after: JobFile, job: VzdumpJob, vmids: str) -> None:
    kept = {id: _comparable(section) for id, section in before.config.sections.items()}
    kept[job.id] = {**kept[job.id], "vmid": vmids}
    now = {id: _comparable(section) for id, section in after.config.sections.items()}
    now_job = now.get(job.id, {})
    if "vmid" in now_job:
        now[job.id] = {**now_job, "vmid": ",".join(sorted(now_job["vmid"].split(","), key=int))}
    if now != kept:
        raise Failed(
            f"{JOBS_CFG} now says something else than was set",
            where=job.id,
            why=f"set vmid {vmids}; read back {now_job}",
            help=f"ssh pve cat {JOBS_CFG}",
        )


def _comparable(section: sectioncfg.Section) -> dict[str, str]:
    return {key: value for key, value in section.values.items() if key in KNOWN_PROPERTIES}
