"""Programs about time: date, sleep, timeout, timedatectl."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta, tzinfo

from loopkit.lab.machine import NOT_EMULATED, Call, DeadlinePassed, Program, Trouble
from loopkit.lab.options import read_options

_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_RELATIVE = re.compile(r"([-+]?\d+)\s*(second|sec|minute|min|hour|day|week)s?(\s+ago)?")
_LENGTHS = {
    "second": 1,
    "sec": 1,
    "minute": 60,
    "min": 60,
    "hour": 3600,
    "day": 86400,
    "week": 604800,
}


def date(call: Call) -> int:
    """Prints the time: -u, -d TIME, -r FILE, -I, -R is not known, +FORMAT."""
    options = read_options(
        call.args, ("u", "R"), ("d", "r"), same={"date": "d", "utc": "u", "reference": "r"}
    ) if not any(word.startswith("-I") for word in call.args) else None  # fmt: skip
    if options is None:
        raise Trouble(f"-I: {NOT_EMULATED}", 2)
    zone: tzinfo = UTC if options.has("u") else call.machine.zone
    when = call.machine.now()
    if options.has("d"):
        when = read_time(call, options.value("d"), zone)
    if options.has("r"):
        when = call.files.status(call.path(options.value("r"))).mtime
    form = next((word[1:] for word in options.words if word[:1] == "+"), "%a %b %e %H:%M:%S %Z %Y")
    call.out(format_time(when, zone, form) + "\n")
    return 0


def format_time(when: float, zone: tzinfo, form: str) -> str:
    """Returns a time as `date +FORMAT` prints it."""
    local = datetime.fromtimestamp(when, zone)
    offset = local.strftime("%z")
    own = {
        "%s": str(int(when // 1)),
        "%N": f"{int(when % 1 * 1e9):09d}",
        "%:z": f"{offset[:3]}:{offset[3:]}",
        "%F": local.strftime("%Y-%m-%d"),
        "%T": local.strftime("%H:%M:%S"),
        "%R": local.strftime("%H:%M"),
        "%e": f"{local.day:2d}",
        "%n": "\n",
        "%%": "%",
    }

    def one(found: re.Match[str]) -> str:
        word = found.group()
        return own[word] if word in own else local.strftime(word)

    return re.sub(r"%:z|%.", one, form)


def read_time(call: Call, text: str, zone: tzinfo | None = None) -> float:
    """Returns the time that words for `date -d` or `find -newermt` mean.

    Raises:
        Trouble: a form that the lab does not emulate.
    """
    zone = zone or call.machine.zone
    text = text.strip()
    if re.fullmatch(r"@-?\d+(\.\d+)?", text):
        return float(text[1:])
    now = datetime.fromtimestamp(call.machine.now(), zone)
    named = {"now": 0, "today": 0, "yesterday": -1, "tomorrow": 1}
    if text in named:
        return (now + timedelta(days=named[text])).timestamp()
    if found := _RELATIVE.fullmatch(text):
        count, unit, ago = found.groups()
        seconds = int(count) * _LENGTHS[unit] * (-1 if ago else 1)
        return (now + timedelta(seconds=seconds)).timestamp()
    try:
        when = datetime.fromisoformat(text.replace(" UTC", "+00:00"))
    except ValueError:
        raise Trouble(f"invalid date '{text}' (or a form {NOT_EMULATED})") from None
    return (when if when.tzinfo else when.replace(tzinfo=zone)).timestamp()


def seconds_of(text: str) -> float:
    """Returns a duration such as `5`, `0.5`, `10m`."""
    found = re.fullmatch(r"(\d+\.?\d*|\.\d+)([smhd]?)", text)
    if not found:
        raise Trouble(f"invalid time interval '{text}'", 125)
    return float(found.group(1)) * _UNITS[found.group(2)]


def sleep(call: Call) -> int:
    """Waits, by the real clock; ends early when its session is gone."""
    call.wait(sum(seconds_of(word) for word in call.args))
    return 0


def timeout(call: Call) -> int:
    """Runs a program under a deadline: -k N, -s SIGNAL, --preserve-status is not known."""
    options = read_options(
        call.args, ("foreground", "v"), "ks", same={"kill-after": "k", "signal": "s"},
        interspersed=False,
    )  # fmt: skip
    length, *argv = options.words
    deadline = time.monotonic() + seconds_of(length) if seconds_of(length) else None
    try:
        return call.run(*argv, deadline=deadline)
    except DeadlinePassed:
        return 124


def timedatectl(call: Call) -> int:
    """Shows the zone and whether the clock is synchronised: `show -p NAME`, or all of it."""
    zone = call.files.text("/etc/timezone").strip()
    synced = "yes" if call.machine.settings.get("ntp", True) else "no"
    values = {"Timezone": zone, "LocalRTC": "no", "CanNTP": "yes", "NTP": synced,
              "NTPSynchronized": synced}  # fmt: skip
    words = call.args
    if words[:1] == ["show"]:
        options = read_options(words[1:], ("value",), "p", same={"property": "p"})
        for name in options.every("p") or list(values):
            call.out((values[name] if options.has("value") else f"{name}={values[name]}") + "\n")
        return 0
    if words not in ([], ["status"]):
        raise Trouble(f"{' '.join(words)}: {NOT_EMULATED}", 2)
    now = call.machine.now()
    local = format_time(now, call.machine.zone, "%a %Y-%m-%d %H:%M:%S %Z")
    call.out(f"               Local time: {local}\n")
    call.out(f"           Universal time: {format_time(now, UTC, '%a %Y-%m-%d %H:%M:%S')} UTC\n")
    call.out(
        f"                Time zone: {zone} ({format_time(now, call.machine.zone, '%Z, %z')})\n"
    )
    call.out(f"System clock synchronized: {synced}\n              NTP service: active\n")
    return 0


PROGRAMS: dict[str, Program] = {
    "date": date,
    "sleep": sleep,
    "timedatectl": timedatectl,
    "timeout": timeout,
}
