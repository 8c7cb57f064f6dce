"""Looks at every backup target: one connection a host, one batched probe, one verdict each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from loopkit import facts
from loopkit.errors import HostError, OutcomeUnknown
from loopkit.facts import Copy, Entry, Freshness, FreshnessState, Listing
from loopkit.runbook import Host

from .backup_inventory import Inventory, Target, parse
from .pve import dumps
from .pve.dumps import LogVerdict

INVENTORY = "runbooks/backup.inventory.yaml"
_LOG_LINES = "Starting Backup of VM|Finished Backup of VM|ERROR:"
_STAMP = re.compile(r"-(\d{8}T\d{6}Z)\.")
_FULL_READ = ("ionice", "-c", "3", "nice", "-n", "19", "zstd", "-tq")


def inventory(c: Host) -> Inventory:
    """Reads the inventory of this workspace."""
    return parse(c.files.read(INVENTORY), INVENTORY)


@dataclass(frozen=True, slots=True)
class Checked:
    """A target and what was seen of it; `log` is the log of its newest dump."""

    target: Target
    verdict: Freshness
    log: LogVerdict | None = None
    leftovers: tuple[Entry, ...] = ()


def check_all(c: Host, targets: Iterable[Target]) -> tuple[Checked, ...]:
    """Checks targets, host by host; one that cannot be reached makes its own unknown."""
    wanted = list(targets)
    zones = _Zones(c)
    checked: dict[str, Checked] = {}
    for host in dict.fromkeys(target.host for target in wanted):
        for one in _check_host(c, host, [t for t in wanted if t.host == host], zones):
            checked[one.target.name] = one
    return tuple(checked[target.name] for target in wanted)


def _check_host(
    c: Host, host: str, targets: Sequence[Target], zones: _Zones
) -> tuple[Checked, ...]:
    try:
        return _probe(c if c.name == host else c.peer(host), targets, zones)
    except (HostError, OutcomeUnknown) as error:
        unknown = Freshness(FreshnessState.UNKNOWN, f"{host} could not be asked: {error.what}")
        return tuple(Checked(target, unknown) for target in targets)


def _probe(c: Host, targets: Sequence[Target], zones: _Zones) -> tuple[Checked, ...]:
    listing = facts.listing(c, (target.path for target in targets))
    now = facts.epoch(c)
    fault = _clock_fault(c, now) or _mount_fault(c)
    checked = tuple(
        judge_target(target, listing, now, zones.of(target), fault) for target in targets
    )
    return _with_logs(c, checked)


def _clock_fault(c: Host, now: int) -> str:
    apart = abs(now - c.now())
    if apart <= facts.MAX_SKEW:
        return ""
    return f"the clock of {c.name} is {facts.span_text(apart)} off, so no age can be told"


def _mount_fault(c: Host) -> str:
    volume = str(c.facts.get("volume", ""))
    if not volume or facts.mount_point(c, volume) == volume:
        return ""
    return f"{volume} of {c.name} is not mounted: what lies below it is not the volume"


def judge_target(
    target: Target, listing: Listing, now: int, zone: ZoneInfo | None, fault: str
) -> Checked:
    """Returns the verdict on one target; `fault` is what keeps any file of its host from counting.

    `zone` is the one that dump names are in.
    """
    if fault:
        return Checked(target, Freshness(FreshnessState.ERROR, fault))
    if target.path in listing.faults:
        reason = listing.faults[target.path]
        state = FreshnessState.MISSING if "not exist" in reason else FreshnessState.ERROR
        return Checked(target, Freshness(state, f"no_matches: {target.path}: {reason}"))
    found = listing.matching(target.path, target.glob)
    copies = [copy_of(entry, zone) for entry in found if _is_meant(target, entry)]
    verdict = facts.judge_freshness(
        copies,
        now=now,
        limit=target.limit,
        min_bytes=target.min_bytes,
        place=f"{target.path}/{target.glob}",
    )
    left = (e for e in listing.entries[target.path] if dumps.leftover_of(e.name) == target.vmid)
    return Checked(target, verdict, leftovers=tuple(left) if target.vmid else ())


def _is_meant(target: Target, entry: Entry) -> bool:
    # A file that only looks like a dump of this VM must not make it OK.
    name = dumps.parse_name(entry.name)
    return target.vmid is None or (name is not None and name.vmid == target.vmid)


def copy_of(entry: Entry, zone: ZoneInfo | None) -> Copy:
    """Returns a file with the time that its name states; the file's own when it states none."""
    name = dumps.parse_name(entry.name)
    if name is not None and zone is not None:
        return Copy(entry, dumps.started_at(name, entry.mtime, zone))
    stamp = _STAMP.search(entry.name)
    if stamp is not None:
        taken = datetime.strptime(stamp[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return Copy(entry, taken.timestamp())
    return Copy(entry, int(entry.mtime))


class _Zones:
    """The zone that dump names are in: that of the node that made them, asked once."""

    def __init__(self, c: Host) -> None:
        self._host = c
        self._known: dict[str, ZoneInfo | None] = {}

    def of(self, target: Target) -> ZoneInfo | None:
        """Returns the zone of a target's names; None when its node cannot be asked."""
        if target.kind not in ("vzdump", "offsite"):
            return None
        maker = target.host if target.kind == "vzdump" else target.made_by
        if maker not in self._known:
            self._known[maker] = self._ask(maker)
        return self._known[maker]

    def _ask(self, maker: str) -> ZoneInfo | None:
        c = self._host
        try:
            return facts.zone(c if c.name == maker else c.peer(maker))
        except (HostError, OutcomeUnknown):
            return None


def _with_logs(c: Host, checked: tuple[Checked, ...]) -> tuple[Checked, ...]:
    """Adds what the logs of the newest dumps say, by one command for all of them."""
    logs = {one.target.name: path for one in checked if (path := _log_path(one))}
    if not logs:
        return checked
    argv = ("grep", "-H", "-E", "-e", _LOG_LINES, "--", *logs.values())
    lines = c.read(*argv, ok=(0, 1, 2)).lines
    return tuple(
        _proved(one, _lines_of(logs[one.target.name], lines)) if one.target.name in logs else one
        for one in checked
    )


def _log_path(one: Checked) -> str:
    newest = one.verdict.newest
    if one.target.kind != "vzdump" or newest is None:
        return ""
    return f"{one.target.path}/{dumps.log_name(newest.entry.name)}"


def _lines_of(path: str, lines: Sequence[str]) -> list[str]:
    return [line.removeprefix(f"{path}:") for line in lines if line.startswith(f"{path}:")]


def _proved(one: Checked, lines: Sequence[str]) -> Checked:
    """Returns the target with the verdict that its log and its earlier sizes leave of it."""
    log = dumps.read_log(lines, one.target.vmid or 0)
    fault = log.fault if lines else "it has no log"
    newest = one.verdict.newest
    if not fault and newest is not None:
        sizes = [copy.entry.size for copy in one.verdict.earlier]
        if dumps.is_plausible(newest.entry.size, sizes) is False:
            fault = f"{facts.size_text(newest.entry.size)}, less than half of those before it"
    if fault and newest is not None and one.verdict.state is FreshnessState.OK:
        text = f"{newest.entry.name}: {fault}"
        failed = replace(one.verdict, state=FreshnessState.ERROR, text=text)
        return replace(one, verdict=failed, log=log)
    return replace(one, log=log)


def fully_read(c: Host, paths: Sequence[str]) -> Mapping[str, bool]:
    """Reads archives to their end, slowly and out of the way, and says which are sound."""
    return {path: c.read(*_FULL_READ, "--", path, ok=(0, 1), timeout=3 * 3600).ok for path in paths}
