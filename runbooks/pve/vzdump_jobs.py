"""The vzdump jobs of a Proxmox cluster: what they back up, when, and what they keep."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from . import sectioncfg
from .sectioncfg import Misread, Section, SectionConfig

# VZDump/Common.pm (confdesc) and API2/Backup.pm, PVE 9. `maxfiles` was removed in July 2025.
_KNOWN = """
    vmid node all exclude pool schedule enabled comment repeat-missed storage mode compress
    prune-backups remove protected notes-template fleecing performance bwlimit ionice lockwait
    stopwait mailto mailnotification notification-mode exclude-path pigz zstd tmpdir dumpdir
    script stdexcludes pbs-change-detection-mode stop quiet
"""
KNOWN_PROPERTIES = frozenset(_KNOWN.split())


@dataclass(frozen=True, slots=True)
class VzdumpJob:
    """One vzdump section of jobs.cfg."""

    section: Section

    @property
    def id(self) -> str:
        """Returns the job's id, as `pvesh` names it."""
        return self.section.id

    @property
    def vmids(self) -> frozenset[int]:
        """Returns the guests that it names; empty for a job by all or by pool."""
        return parse_vmids(self.section.get("vmid"))

    @property
    def enabled(self) -> bool:
        """Returns whether it runs at all; PVE's default is yes."""
        return self.section.get("enabled", "1") != "0"

    @property
    def schedule(self) -> str:
        """Returns the calendar event, in the node's local time."""
        return self.section.get("schedule")

    @property
    def storage(self) -> str:
        """Returns the id of the storage that it writes to; PVE's default is `local`."""
        return self.section.get("storage", "local")

    @property
    def not_a_plain_list(self) -> str:
        """Returns why setting `vmid` would take something else away, empty when it would not."""
        # PVE deletes all, exclude and pool whenever vmid is set (API2/Backup.pm, update_job).
        other = [k for k in ("all", "pool", "exclude") if self.section.get(k, "0") != "0"]
        if other:
            return f"it selects guests by {' and '.join(other)}, which setting vmid would delete"
        return "" if self.vmids else "it names no VMIDs"


def parse_vmids(text: str) -> frozenset[int]:
    """Returns the VMIDs of a list as PVE separates it: commas, semicolons or white space."""
    return frozenset(int(part) for part in re.split(r"[,;\s]+", text) if part.isdecimal())


def format_vmids(vmids: Iterable[int]) -> str:
    """Returns the list as one argument; its order means nothing to PVE, which sorts."""
    return ",".join(str(vmid) for vmid in sorted(vmids))


def jobs_of(config: SectionConfig) -> tuple[VzdumpJob, ...]:
    """Returns every vzdump job of a jobs.cfg, disabled ones too."""
    return tuple(VzdumpJob(section) for section in config.of_type("vzdump"))


def covered(jobs: Iterable[VzdumpJob]) -> frozenset[int]:
    """Returns the guests that an enabled job names."""
    return frozenset().union(*(job.vmids for job in jobs if job.enabled))


def lost_by_rewrite(config: SectionConfig, pve: int) -> tuple[Misread, ...]:
    """Returns what the next write by PVE drops; PVE 8 still knows `maxfiles`."""
    known = KNOWN_PROPERTIES if pve >= 9 else KNOWN_PROPERTIES | {"maxfiles"}
    return sectioncfg.lost_by_rewrite(config, known)


def rewritten(job: VzdumpJob) -> Mapping[str, str]:
    """Returns the job's properties as they are after PVE has written the file once."""
    return {k: v for k, v in job.section.values.items() if k in KNOWN_PROPERTIES}
