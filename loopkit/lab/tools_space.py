"""Programs about space and mounts: df, du, findmnt, mountpoint."""

from __future__ import annotations

from typing import Any

from loopkit.lab.machine import Call, Machine, Program, Trouble
from loopkit.lab.options import read_options


def du(call: Call) -> int:
    """Sums the bytes below paths: -s -b -k -c is not known."""
    options = read_options(call.args, "sbkh")
    unit = 1 if options.has("b") else 1024
    for path in options.words or ["."]:
        call.out(f"{-(-call.files.usage(call.path(path)) // unit)}\t{path}\n")
    return 0


def mount_of(machine: Machine, place: str) -> dict[str, Any]:
    """Returns the mount that a canonical lab path is on."""
    mounts: list[dict[str, Any]] = machine.settings["mounts"]
    there = [m for m in mounts if m["target"] not in machine.faults.unmounted]
    under = [m for m in there if m["target"] == "/" or f"{place}/".startswith(f"{m['target']}/")]
    return max(under, key=lambda mount: len(mount["target"]))


def space_of(machine: Machine, path: str) -> tuple[int, int]:
    """Returns the size and the free bytes of the file system that a lab path is on."""
    mount = mount_of(machine, machine.files.canonical(path))
    target, size = mount["target"], int(mount["size"])
    if any(f"{target}/".startswith(top.rstrip("/") + "/") for top in machine.files.full):
        return size, 0
    # What lies on "/" is not summed up: the mounts below it are not its own.
    own = machine.files.usage(target) if target != "/" else 0
    return size, size - int(mount["used"]) - own


def _columns(call: Call, path: str) -> dict[str, str]:
    mount = mount_of(call.machine, call.files.canonical(call.path(path)))
    size, available = space_of(call.machine, call.path(path))
    return {
        "source": mount["source"],
        "fstype": mount["fstype"],
        "size": str(size),
        "used": str(size - available),
        "avail": str(available),
        "pcent": f"{-(-100 * (size - available) // size)}%",
        "target": mount["target"],
    }


_TITLES = {"source": "Filesystem", "fstype": "Type", "size": "1B-blocks", "used": "Used",
           "avail": "Avail", "pcent": "Use%", "target": "Mounted on"}  # fmt: skip


def df(call: Call) -> int:
    """Shows space: -B1, -k, -P, --output=source,fstype,size,used,avail,pcent,target."""
    options = read_options(call.args, "kP", ("B", "output"), same={"block-size": "B"})
    names = options.value("output", default="source,size,used,avail,pcent,target").split(",")
    unit = 1 if options.value("B") in ("1", "") and not options.has("k", "P") else 1024
    titles = {**_TITLES, "size": "1B-blocks" if unit == 1 else "1K-blocks"}
    rows = [[titles[name] for name in names]]
    for path in options.words or ["/"]:
        if not call.files.exists(call.path(path)):
            raise Trouble(f"{path}: No such file or directory")
        found = _columns(call, path)
        rows.append([
            str(int(found[name]) // unit) if name in ("size", "used", "avail") else found[name]
            for name in names
        ])  # fmt: skip
    widths = [max(len(row[at]) for row in rows) for at in range(len(names))]
    for row in rows:
        shown = [text.rjust(width) for text, width in zip(row, widths, strict=True)]
        shown[-1] = row[-1]
        call.out(" ".join(shown) + "\n")
    return 0


def findmnt(call: Call) -> int:
    """Names the mount a path is on: -n -o COLUMNS -T PATH, -r, or a mount point itself."""
    options = read_options(
        call.args, "nrf", ("o", "T", "t", "M"), same={"target": "T", "noheadings": "n",
        "output": "o", "mountpoint": "M"},
    )  # fmt: skip
    names = [name.lower() for name in options.value("o", default="target,source,fstype").split(",")]
    exact = options.value("M") or (options.words[0] if options.words else "")
    asked = call.path(options.value("T") or exact or "/")
    call.files.status(asked)
    mount = mount_of(call.machine, call.files.canonical(asked))
    if exact and mount["target"] != call.files.canonical(call.path(exact)):
        return 1
    if not options.has("n"):
        call.out(" ".join(name.upper() for name in names) + "\n")
    call.out(" ".join(str(mount.get(name, "rw")) for name in names) + "\n")
    return 0


def mountpoint(call: Call) -> int:
    """Tells whether a path is a mount point: -q."""
    options = read_options(call.args, "q")
    path = options.words[0]
    place = call.files.canonical(call.path(path))
    is_mount = mount_of(call.machine, place)["target"] == place
    if not options.has("q"):
        call.out(f"{path} is {'' if is_mount else 'not '}a mountpoint\n")
    return 0 if is_mount else 32


PROGRAMS: dict[str, Program] = {
    "df": df,
    "du": du,
    "findmnt": findmnt,
    "mountpoint": mountpoint,
}
