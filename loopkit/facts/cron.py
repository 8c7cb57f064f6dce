"""Files of /etc/cron.d, by the rules of Debian's cron, which ignores a wrong one in silence."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAME = re.compile(r"[A-Za-z0-9_-]+\Z")
_SETTING = re.compile(r"[A-Za-z_]\w*\s*=")
_RANGES = {"minute": (0, 59), "hour": (0, 23), "day": (1, 31), "month": (1, 12), "weekday": (0, 7)}
_NICKNAMES = ("@reboot", "@yearly", "@annually", "@monthly", "@weekly", "@daily", "@hourly")


@dataclass(frozen=True, slots=True)
class CronEntry:
    """One line that runs something."""

    when: str
    user: str
    command: str
    line: int


def cron_entries(text: str) -> tuple[CronEntry, ...]:
    """Returns the lines that run something, right or wrong."""
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip() and not line.lstrip().startswith("#") and not _SETTING.match(line.strip()):
            found.append(_entry(line, number))
    return tuple(found)


def _entry(line: str, number: int) -> CronEntry:
    fields = 1 if line.lstrip().startswith("@") else 5
    words = line.split(None, fields + 1)
    rest = [*words[fields:], "", ""]
    return CronEntry(" ".join(words[:fields]), rest[0], rest[1], number)


def cron_faults(
    name: str, text: str, *, mode: int = 0o644, owner: str = "root:root"
) -> tuple[str, ...]:
    """Returns every reason for which cron would not run this file as it is meant."""
    found = []
    if not _NAME.match(name):
        found.append(f"the name {name!r} may only have letters, digits, - and _: it is ignored")
    if not owner.startswith("root:") or mode & 0o022:
        found.append(
            f"owner {owner}, mode {mode:o}: cron takes only root's, not writable by others"
        )
    if "\r" in text:
        found.append("it has CRLF line ends: the CR becomes part of the command")
    if text and not text.endswith("\n"):
        found.append("its last line has no newline: the whole file is ignored")
    found.extend(fault for entry in cron_entries(text) for fault in _entry_faults(entry))
    return tuple(found)


def _entry_faults(entry: CronEntry) -> list[str]:
    found = []
    if not entry.command:
        found.append(f"line {entry.line} lacks its user or its command: the whole file is ignored")
    if re.search(r"(?<!\\)%", entry.command):
        found.append(f"line {entry.line} has an unescaped %: cron ends the command there")
    if entry.when.startswith("@"):
        return found if entry.when in _NICKNAMES else [*found, f"{entry.when} is no time"]
    fields = zip(entry.when.split(), _RANGES.items(), strict=False)
    found.extend(
        f"line {entry.line}: {text!r} is no {name}"
        for text, (name, (low, high)) in fields
        if not _is_field(text, low, high)
    )
    return found


def _is_field(text: str, low: int, high: int) -> bool:
    for part in text.split(","):
        match = re.fullmatch(r"(?:\*|(\d+)(?:-(\d+))?)(?:/([1-9]\d*))?", part)
        named = re.fullmatch(r"[a-z]{3}(?:-[a-z]{3})?", part) and high in (7, 12)
        if match is None and not named:
            return False
        if match and any(not low <= int(n) <= high for n in match.groups()[:2] if n):
            return False
    return True
