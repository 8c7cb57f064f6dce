"""cron by Debian's rules: which files it takes, when their lines run, and as what."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from loopkit.lab import sh
from loopkit.lab.filesystem import join
from loopkit.lab.machine import Call, Machine, Streams

_FOLDER = "/etc/cron.d"
_SPOOL = "/var/spool/cron/crontabs"
_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MINUTE = timedelta(minutes=1)
_LATE = 5
"""Minutes that cron makes up for, however its lines are written: it was busy, no more."""
_CORRECTION = 180
"""From so many minutes on, the clock was wrong and is right now."""
_NAMED = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}


class BadLine(ValueError):
    """A line for which cron ignores the whole file."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: when, as whom, what, and the variables set above it."""

    times: tuple[frozenset[int], ...]
    any_day: tuple[bool, bool]
    """Whether the day of the month, and the day of the week, begin with a star."""
    any_time: bool
    """Whether the minute or the hour begins with a star: such a line follows the clock."""
    user: str
    command: str
    variables: tuple[tuple[str, str], ...] = ()

    def is_due(self, at: datetime) -> bool:
        """Returns whether the line runs in the minute of a local time."""
        minute, hour, day, month, weekday = self.times
        if at.minute not in minute or at.hour not in hour or at.month not in month:
            return False
        in_month, in_week = at.day in day, at.isoweekday() % 7 in weekday
        # A day field that begins with a star narrows; two that do not add up.
        return (in_month and in_week) if any(self.any_day) else (in_month or in_week)


def read_entries(text: str, user: str = "") -> list[Entry]:
    """Returns the lines of a cron file; with `user`, of that user's own crontab.

    Raises:
        BadLine: cron would ignore the file because of it.
    """
    if text and not text.endswith("\n"):
        raise BadLine("Missing newline before EOF")
    entries: list[Entry] = []
    variables: list[tuple[str, str]] = []
    for line in text.split("\n"):
        plain = line.strip(" \t")
        if not plain or plain.startswith("#"):
            continue
        if found := re.fullmatch(r"([A-Za-z_]\w*)\s*=\s*(.*)", plain):
            variables.append((found.group(1), found.group(2).strip("\"'")))
        else:
            entries.append(_entry(plain, user, tuple(variables)))
    return entries


def _entry(line: str, user: str, variables: tuple[tuple[str, str], ...]) -> Entry:
    words = line.split(None, 1)
    if line.startswith("@"):
        if words[0] not in _NAMED or len(words) < 2:
            raise BadLine(f"bad time specifier: {words[0]}")
        line = f"{_NAMED[words[0]]} {words[1]}"
    count = 6 if not user else 5
    fields = line.split(None, count)
    if len(fields) <= count:
        raise BadLine("bad command" if user else "bad username or command")
    if not user and not re.fullmatch(r"[a-z_][a-z0-9_-]*\$?", fields[5]):
        raise BadLine("bad username")
    times = tuple(_field(text, *limits) for text, limits in zip(fields, _RANGES, strict=False))
    minute, hour, day, _, weekday = (text.startswith("*") for text in fields[:5])
    owner = user or fields[5]
    return Entry(times, (day, weekday), minute or hour, owner, fields[count], variables)


def _field(text: str, low: int, high: int) -> frozenset[int]:
    found: set[int] = set()
    for part in text.lower().split(","):
        span, slash, step = part.partition("/")
        first, dash, last = span.partition("-")
        if span == "*":
            start, end = low, high
        else:
            start = _number(first, high)
            end = _number(last, high) if dash else (high if slash else start)
        if not (low <= start <= end <= high) or (slash and not step.isdigit()):
            raise BadLine(f"bad field: {text}")
        found.update(range(start, end + 1, int(step) if slash else 1))
    return frozenset(number % 7 if high == 7 else number for number in found)


def _number(text: str, high: int) -> int:
    names = {12: _MONTHS, 7: _DAYS}.get(high, ())
    if text in names:
        return names.index(text) + (high == 12)
    if not text.isdigit():
        raise BadLine(f"bad field: {text}")
    return int(text)


def entries_of(machine: Machine) -> list[Entry]:
    """Returns every line that cron of a host would run."""
    found: list[Entry] = []
    for path, user in _files(machine):
        with suppress(BadLine):
            found += [entry for entry in read_entries(machine.files.text(path), user)
                      if entry.user in machine.users]  # fmt: skip
    return found


def _files(machine: Machine) -> Iterator[tuple[str, str]]:
    files = machine.files
    for name in files.names(_FOLDER) if files.is_dir(_FOLDER) else ():
        path = join(_FOLDER, name)
        # Names with a dot, and files that others could change, are passed over in silence.
        if re.fullmatch(r"[A-Za-z0-9_-]+", name) and files.is_file(path):
            found = files.status(path)
            if found.user == "root" and not found.mode & 0o022:
                yield path, ""
    for name in files.names(_SPOOL) if files.is_dir(_SPOOL) else ():
        yield join(_SPOOL, name), name


def run_entry(machine: Machine, entry: Entry) -> int:
    """Runs one line as cron does: its own environment, `%` as newline, output as mail."""
    user = machine.user(entry.user)
    command, stdin = _split_at_percent(entry.command)
    environment = {
        "PATH": "/usr/bin:/bin",
        "SHELL": "/bin/sh",
        "HOME": user.home,
        "LOGNAME": user.name,
        **dict(entry.variables),
    }
    printed = io.BytesIO()
    streams: Streams = {0: io.BytesIO(stdin.encode()), 1: printed, 2: printed}
    call = Call(
        machine=machine,
        argv=("sh",),
        user=user,
        cwd=user.home if machine.files.is_dir(user.home) else "/",
        env=environment,
        streams=streams,
        cancelled=machine.halted,
    )
    status = sh.run_guarded(call, command)
    _log(machine, f"CRON[1]: ({user.name}) CMD ({entry.command})")
    if printed.getvalue():
        _append(machine, f"/var/mail/{user.name}", printed.getvalue())
    machine.files.save()
    return -1 if status is None else status


def _split_at_percent(command: str) -> tuple[str, str]:
    parts = re.split(r"(?<!\\)%", command, maxsplit=1)
    parts = [parts[0], *(re.sub(r"(?<!\\)%", "\n", part) for part in parts[1:])]
    parts = [part.replace("\\%", "%") for part in parts]
    return parts[0], "".join(f"{part}\n" for part in parts[1:])


def _log(machine: Machine, text: str) -> None:
    when = machine.local_time().strftime("%Y-%m-%dT%H:%M:%S%z")
    _append(machine, "/var/log/syslog", f"{when} {machine.name} {text}\n".encode())


def _append(machine: Machine, path: str, content: bytes) -> None:
    # A full or read-only disk keeps cron from writing, not from running.
    with suppress(OSError):
        machine.files.write(path, content, append=True)


class Ticker:
    """How far cron of one host has come, by the minutes of its local clock.

    A clock that is put forward or back by less than three hours, as at a change to or from summer
    time, moves only the lines that follow it: those of a fixed time run once for every minute,
    the skipped ones right after, the repeated ones not again (cron(8)).
    """

    def __init__(self) -> None:
        self._done: datetime | None = None

    def due(self, entries: Sequence[Entry], local: datetime) -> list[Entry]:
        """Returns the lines that run in a minute of the host's local clock."""
        now = local.replace(second=0, microsecond=0, tzinfo=None)
        ahead = 1 if self._done is None else (now - self._done) // _MINUTE
        if not -_CORRECTION < ahead <= _CORRECTION:
            ahead = 1
        if ahead <= 0:
            return [entry for entry in entries if entry.any_time and entry.is_due(now)]
        self._done = now
        minutes = (now - _MINUTE * back for back in reversed(range(ahead)))
        return [
            entry
            for minute in minutes
            for entry in entries
            if entry.is_due(minute) and (minute == now or ahead <= _LATE or not entry.any_time)
        ]
