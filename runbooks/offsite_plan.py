"""Which dumps go offsite: stable ones that fit into the window; and why none arrived so far."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from loopkit import facts
from loopkit.facts import Budget, Entry, Listing, Load
from loopkit.operations import script_path
from loopkit.runbook import Host, PhaseStatus

from .backup_drift import claims_of
from .backup_inventory import Inventory, Target
from .backup_targets import inventory
from .pve import dumps
from .pve.dumps import LogVerdict

NIGHTS = 3
"""Good nights in a row that make a VM's backups stable."""
JOB = "vzdump-offsite-sync"
PHASE = "P4"
_VMIDS = re.compile(r"^vmids='([\d ]+)'$", re.MULTILINE)
_LOG_LINES = "Finished Backup of VM|ERROR:"


@dataclass(frozen=True, slots=True)
class Night:
    """One dump: its file, what its log says, and the local time at which it began."""

    entry: Entry
    started: datetime
    log: LogVerdict

    @property
    def is_good(self) -> bool:
        """Returns whether the log proves the dump."""
        return not self.log.fault

    @property
    def ended(self) -> datetime:
        """Returns the local time at which it was finished."""
        return self.started + timedelta(seconds=self.log.seconds)


@dataclass(frozen=True, slots=True)
class OffsitePlan:
    """What is synced, from where, and what is not, with the reason."""

    source: str
    budget: Budget
    waiting: Mapping[int, str]
    nights: Mapping[int, tuple[Night, ...]]

    @property
    def run_ends(self) -> tuple[datetime, datetime] | None:
        """Returns when a whole run of the job began and ended, in local time.

        It is the longest of the last nights: the latest one may still be under way.
        """
        runs: dict[date, list[Night]] = {}
        for night in (one for nights in self.nights.values() for one in nights):
            runs.setdefault(night.started.date(), []).append(night)
        ends = [(min(o.started for o in run), max(o.ended for o in run)) for run in runs.values()]
        return max(ends, key=lambda run: run[1] - run[0], default=None)


def make_plan(c: Host) -> OffsitePlan:
    """Returns what to sync, from the dumps on this node and the offsite targets."""
    inv = inventory(c)
    targets = {t.vmid: t for t in inv.targets if t.kind == "offsite" and t.vmid is not None}
    source = source_of(inv, targets)
    nights = nights_of(c, source, targets)
    waiting = {
        vmid: f"{good_nights(nights[vmid])} of {NIGHTS} good nights"
        for vmid, target in targets.items()
        if not target.enabled and good_nights(nights[vmid]) < NIGHTS
    }
    loads = {
        vmid: Load(nights[vmid][-1].entry.size, first=target.class_ == "critical")
        for vmid, target in targets.items()
        if vmid not in waiting and nights[vmid]
    }
    budget = facts.fill_window(
        loads,
        bytes_per_second=int(inv.offsite["bandwidth_kbytes"]) * 1000,
        window=int(inv.offsite["window_hours"]) * 3600,
    )
    return OffsitePlan(source, budget, waiting, nights)


def source_of(inv: Inventory, targets: Mapping[int, Target]) -> str:
    """Returns the directory on the node where these VMs' dumps lie."""
    own = (inv.of_vm(vmid, "vzdump") for vmid in targets)
    return next(target.path for target in own if target is not None)


def nights_of(c: Host, source: str, vmids: Iterable[int]) -> dict[int, tuple[Night, ...]]:
    """Returns the last dumps of each VM, oldest first, by one listing and one look at the logs."""
    files = facts.listing(c, [source]).files(source)
    last = {vmid: _last_dumps(files, vmid) for vmid in vmids}
    paths = [f"{source}/{dumps.log_name(e.name)}" for some in last.values() for _, e in some]
    if not paths:
        return dict.fromkeys(last, ())
    lines = c.read("grep", "-H", "-E", "-e", _LOG_LINES, "--", *paths, ok=(0, 1, 2)).lines
    return {
        vmid: tuple(Night(e, started, _log(source, e, lines, vmid)) for started, e in some)
        for vmid, some in last.items()
    }


def _last_dumps(files: Sequence[Entry], vmid: int) -> list[tuple[datetime, Entry]]:
    named = [(name, e) for e in files if (name := dumps.parse_name(e.name))]
    own = [(name.started, e) for name, e in named if name.vmid == vmid]
    return sorted(own, key=lambda pair: pair[0])[-NIGHTS:]


def _log(source: str, entry: Entry, lines: Sequence[str], vmid: int) -> LogVerdict:
    start = f"{source}/{dumps.log_name(entry.name)}:"
    return dumps.read_log((ln.removeprefix(start) for ln in lines if ln.startswith(start)), vmid)


def good_nights(nights: Sequence[Night]) -> int:
    """Returns how many nights in a row, up to the last one, were good."""
    count = 0
    expected: date | None = None
    for night in reversed(nights):
        if not night.is_good or (expected is not None and night.started.date() != expected):
            break
        count += 1
        expected = night.started.date() - timedelta(days=1)
    return count


def overlaps(run: tuple[datetime, datetime], at: time) -> bool:
    """Returns whether a daily time falls into a run that is repeated every day."""
    begun, ended = run
    moment = datetime.combine(begun.date(), at)
    return any(begun <= moment + timedelta(days=days) <= ended for days in (0, 1))


def longest_lag(begun: datetime, at: time, window: timedelta) -> timedelta:
    """Returns how far a copy can be behind its dump: it waits for `at`, then takes the window."""
    return (datetime.combine(begun.date(), at) - begun) % timedelta(days=1) + window


def sent(c: Host, plan: OffsitePlan) -> tuple[int, ...]:
    """Returns the VMs whose dumps are synced.

    They are what the plan chooses; once the phase is done, what its script names: a VM that has
    become stable since is no fault of it, and waits for its next run.
    """
    named = _VMIDS.search(facts.text(c, script_path(JOB)) or "")
    if named is None or not _is_done(c):
        return plan.budget.chosen
    return tuple(int(vmid) for vmid in named[1].split())


def _is_done(c: Host) -> bool:
    document = inventory(c).document
    loop = claims_of(c.files.read(document), document).loop if document else None
    phase = loop.phase(PHASE) if loop else None
    return phase is not None and phase.status is PhaseStatus.DONE


def why_nothing(listing: Listing, target: Target, installed: bool) -> str:
    """Returns which of the five causes of `no_matches` it is, or that there are copies."""
    fault = listing.faults.get(target.path, "")
    if "not exist" in fault:
        return "the directory does not exist"
    if fault:
        return f"the directory {fault.removeprefix('it ')}"
    if listing.matching(target.path, target.glob):
        return "there are copies" if installed else "there are copies, and nothing makes new ones"
    files = listing.files(target.path)
    if not files:
        return "the directory is empty" if installed else "the directory is empty: nothing syncs"
    if any(dumps.parse_name(entry.name) for entry in files):
        return f"there are dumps, and none of VM {target.vmid}"
    return f"the directory has files of other names, none like {target.glob}"


def stamps_of(c: Host) -> dict[int, facts.Stamp]:
    """Returns the last proved copy of each VM."""
    found = facts.stamps(c, JOB)
    named = [(name, stamp) for stamp in found if (name := dumps.parse_name(stamp.file))]
    return {name.vmid: stamp for name, stamp in named}
