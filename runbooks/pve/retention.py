"""Which backups a vzdump run keeps, in effect: job, then storage, then node, then keep all."""

from __future__ import annotations

import re
from collections.abc import Mapping

KEEP_ALL = "keep-all=1"


def effective(
    job: Mapping[str, str], storage: Mapping[str, str], node: Mapping[str, str], *, pve: int
) -> str:
    """Returns the retention that applies, as sorted `keep-*=N`.

    The first that says something wins. Until PVE 8 `maxfiles` counted where `prune-backups` was
    not set; PVE 9 ignores it.
    """
    if job.get("remove") == "0":
        return f"{KEEP_ALL} (remove=0)"
    for source in (job, storage, node):
        if source.get("prune-backups"):
            return normalise(source["prune-backups"])
        if pve < 9 and source.get("maxfiles"):
            return _of_maxfiles(source["maxfiles"])
    return KEEP_ALL


def normalise(text: str) -> str:
    """Returns a `prune-backups` value with its parts sorted, so that equal ones compare equal."""
    parts = sorted(part.strip() for part in text.split(",") if part.strip())
    return ",".join(parts) or KEEP_ALL


def _of_maxfiles(text: str) -> str:
    return KEEP_ALL if text.strip() == "0" else f"keep-last={text.strip()}"


def parse_vzdump_conf(text: str) -> dict[str, str]:
    """Returns the `key: value` lines of /etc/vzdump.conf."""
    found = re.finditer(r"(?m)^[ \t]*([a-z][\w-]*):[ \t]*(\S.*?)[ \t]*$", text)
    return {match[1]: match[2] for match in found}
