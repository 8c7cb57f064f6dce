"""Programs that list and test files: ls, stat, find, test, du, df, findmnt."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from loopkit.lab.filesystem import Status, base_name, join, parent
from loopkit.lab.machine import NOT_EMULATED, Call, Machine, Program, Trouble
from loopkit.lab.options import read_options
from loopkit.lab.tools_files import mode_text


def ls(call: Call) -> int:
    """Lists: -1 -a -A -d -h -l -n -r -t -S -R is not known, --time-style=+FORMAT or full-iso."""
    options = read_options(
        call.args, "1aAdhlnrtSF", ("time-style", "color"), same={"all": "a", "reverse": "r"}
    )
    status = 0
    paths = options.words or ["."]
    for path in paths:
        place = call.path(path)
        if not call.files.exists(place, follow=False):
            call.err(f"cannot access '{path}': No such file or directory")
            status = 2
            continue
        is_dir = call.files.is_dir(place) and not options.has("d")
        names = call.files.names(place) if is_dir else [path]
        if is_dir and len(paths) > 1:
            call.out(f"{path}:\n")
        if is_dir and not options.has("a", "A"):
            names = [name for name in names if not name.startswith(".")]
        rows = [
            (name, call.files.status(join(place, name) if is_dir else place, follow=False))
            for name in names
        ]
        if options.has("t"):
            rows.sort(key=lambda row: -row[1].mtime)
        if options.has("S"):
            rows.sort(key=lambda row: -row[1].size)
        if options.has("r"):
            rows.reverse()
        if options.has("l") and is_dir:
            call.out(f"total {sum(-(-row.size // 4096) * 4 for _, row in rows)}\n")
        for name, found in rows:
            long = options.has("l", "n")
            call.out(
                (_long(call, name, found, options.value("time-style")) if long else name) + "\n"
            )
    return status


def _long(call: Call, name: str, found: Status, style: str) -> str:
    when = datetime.fromtimestamp(found.mtime, call.machine.zone)
    if style.startswith("+"):
        shown = when.strftime(style[1:])
    elif style in ("full-iso", "long-iso"):
        shown = when.strftime(
            "%Y-%m-%d %H:%M:%S.%f %z" if style == "full-iso" else "%Y-%m-%d %H:%M"
        )
    else:
        recent = 0 <= call.machine.now() - found.mtime < 182 * 86400
        shown = when.strftime("%b %e %H:%M" if recent else "%b %e  %Y")
    owner = f"{found.links} {found.user} {found.group}"
    return f"{mode_text(found)} {owner} {found.size:>8} {shown} {name}"


def stat(call: Call) -> int:
    """Prints a format once a file: -c FORMAT, --printf=FORMAT, -L."""
    options = read_options(call.args, "L", ("c", "printf"), same={"format": "c"})
    if not options.has("c", "printf"):
        raise Trouble(f"without a format: {NOT_EMULATED}", 2)
    status = 0
    for path in options.words:
        place = call.path(path)
        if not call.files.exists(place, follow=options.has("L")):
            call.err(f"cannot statx '{path}': No such file or directory")
            status = 1
            continue
        found = call.files.status(place, follow=options.has("L"))
        if options.has("printf"):
            call.out(_formatted(call, _unescaped(options.value("printf")), path, found))
        else:
            call.out(_formatted(call, options.value("c"), path, found) + "\n")
    return status


_KINDS = {"-": "regular file", "d": "directory", "l": "symbolic link"}


def _formatted(call: Call, form: str, path: str, found: Status) -> str:
    when = datetime.fromtimestamp(found.mtime, call.machine.zone)
    kind = "regular empty file" if found.is_file and not found.size else _KINDS[found.kind]
    values = {
        "n": path,
        "N": f"'{path}'",
        "s": str(found.size),
        "Y": str(int(found.mtime)),
        ".Y": f"{found.mtime:.9f}",
        "y": when.strftime("%Y-%m-%d %H:%M:%S.%f000 %z"),
        "a": f"{found.mode:o}",
        "A": mode_text(found),
        "U": found.user,
        "G": found.group,
        "u": str(call.machine.user(found.user).number),
        "g": str(call.machine.user(found.group).number),
        "F": kind,
        "i": str(found.inode),
        "h": str(found.links),
        "%": "%",
    }
    return re.sub(r"%(\.Y|.)", lambda m: _of(values, m.group(1)), form)


def _of(values: dict[str, str], letter: str) -> str:
    if letter not in values:
        raise Trouble(f"format %{letter}: {NOT_EMULATED}", 2)
    return values[letter]


def _unescaped(text: str) -> str:
    names = {"n": "\n", "t": "\t", "0": "\0", "\\": "\\", "r": "\r"}
    return re.sub(r"\\([nt0\\r])", lambda m: names[m.group(1)], text)


# find

_Test = Callable[[Call, str, Status], bool]


def find(call: Call) -> int:
    """Walks: -maxdepth -mindepth -type -name -path -newer -newermt -mtime -mmin -size, !, -printf
    -print -print0 -delete -quit is not known."""
    words = call.args
    tops: list[str] = []
    while words and not words[0].startswith(("-", "!", "(")):
        tops.append(words.pop(0))
    depths, tests, action = _expression(call, words)
    status = 0
    for top in tops or ["."]:
        if not call.files.exists(call.path(top), follow=False):
            call.err(f"‘{top}’: No such file or directory")
            status = 1
            continue
        for path, depth, found in _walk(call, top, depths[1]):
            if depth >= depths[0] and all(test(call, path, found) for test in tests):
                action(call, path, found)
    return status


def _walk(call: Call, top: str, deepest: int) -> Iterator[tuple[str, int, Status]]:
    pending = [(top, 0)]
    while pending:
        path, depth = pending.pop()
        found = call.files.status(call.path(path), follow=False)
        if found.is_dir and depth < deepest:
            names = call.files.names(call.path(path))
            pending += [(path.rstrip("/") + "/" + name, depth + 1) for name in reversed(names)]
        yield path, depth, found


def _expression(
    call: Call, words: list[str]
) -> tuple[tuple[int, int], list[_Test], Callable[[Call, str, Status], None]]:
    shallow, deep = 0, 1 << 30
    tests: list[_Test] = []
    action = _printing("%p\n")
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "-mindepth":
            shallow = int(rest.pop(0))
        elif word == "-maxdepth":
            deep = int(rest.pop(0))
        elif word in ("-print", "-print0"):
            action = _printing("%p\n" if word == "-print" else "%p\\0")
        elif word == "-printf":
            action = _printing(rest.pop(0))
        elif word == "-delete":
            action = _delete
        elif word in ("!", "-not"):
            tests.append(_negated(_find_test(call, rest.pop(0), rest)))
        else:
            tests.append(_find_test(call, word, rest))
    return (shallow, deep), tests, action


def _negated(test: _Test) -> _Test:
    return lambda call, path, found: not test(call, path, found)


def _find_test(call: Call, word: str, rest: list[str]) -> _Test:
    if word not in _FIND_TESTS:
        raise Trouble(f"{word}: {NOT_EMULATED}", 1)
    return _FIND_TESTS[word](call, rest.pop(0))


def _newer(call: Call, path: str) -> _Test:
    limit = call.files.status(call.path(path)).mtime
    return lambda c, p, found: found.mtime > limit


def _newer_time(call: Call, text: str) -> _Test:
    from loopkit.lab.tools_time import read_time

    limit = read_time(call, text)
    return lambda c, p, found: found.mtime > limit


def _age(unit: int) -> Callable[[Call, str], _Test]:
    def made(call: Call, text: str) -> _Test:
        count = int(text.lstrip("+-"))

        def test(c: Call, path: str, found: Status) -> bool:
            age = int((call.machine.now() - found.mtime) // unit)
            return (
                age > count if text[0] == "+" else age < count if text[0] == "-" else age == count
            )

        return test

    return made


def _size(call: Call, text: str) -> _Test:
    units = {"c": 1, "k": 1024, "M": 1 << 20, "G": 1 << 30}
    unit = units.get(text[-1], 512)
    count = int(text.strip("+-cbkMG"))

    def test(c: Call, path: str, found: Status) -> bool:
        size = -(-found.size // unit)
        return size > count if text[0] == "+" else size < count if text[0] == "-" else size == count

    return test


_FIND_TESTS: dict[str, Callable[[Call, str], _Test]] = {
    "-type": lambda c, kind: lambda _c, p, found: found.kind == {"f": "-"}.get(kind, kind),
    "-name": lambda c, glob: lambda _c, p, found: fnmatch.fnmatchcase(base_name(p), glob),
    "-path": lambda c, glob: lambda _c, p, found: fnmatch.fnmatchcase(p, glob),
    "-newer": _newer,
    "-newermt": _newer_time,
    "-mtime": _age(86400),
    "-mmin": _age(60),
    "-size": _size,
}


def _printing(form: str) -> Callable[[Call, str, Status], None]:
    def act(call: Call, path: str, found: Status) -> None:
        values = {
            "p": path,
            "f": base_name(path),
            "h": parent(path),
            "s": str(found.size),
            "y": found.kind.replace("-", "f"),
            "m": f"{found.mode:o}",
            "M": mode_text(found),
            "u": found.user,
            "g": found.group,
            "l": call.files.link_target(call.path(path)) if found.is_link else "",
            "T@": f"{found.mtime:.10f}",
            "%": "%",
        }
        shown = re.sub(r"%(T@|.)", lambda m: _of(values, m.group(1)), _unescaped(form))
        call.out(shown)

    return act


def _delete(call: Call, path: str, found: Status) -> None:
    if found.is_dir:
        call.files.remove_directory(call.path(path))
    else:
        call.files.remove(call.path(path))


# test


def test(call: Call) -> int:
    """Answers about files, strings and numbers: `test …` and `[ … ]`."""
    words = call.args
    if call.argv[0] == "[" and (not words or words.pop() != "]"):
        raise Trouble("missing ]", 2)
    return 0 if _any(call, words) else 1


def _any(call: Call, words: list[str]) -> bool:
    if "-o" in words and len(words) > 3:
        at = words.index("-o")
        return _any(call, words[:at]) or _any(call, words[at + 1 :])
    if "-a" in words and len(words) > 3:
        at = words.index("-a")
        return _any(call, words[:at]) and _any(call, words[at + 1 :])
    return _one(call, words)


def _one(call: Call, words: list[str]) -> bool:
    match words:
        case []:
            return False
        case [text]:
            return text != ""
        case ["!", *rest]:
            return not _any(call, rest)
        case [operator, text]:
            return _unary(call, operator, text)
        case [left, operator, right]:
            return _binary(call, left, operator, right)
    raise Trouble(f"{words}: {NOT_EMULATED}", 2)


def _unary(call: Call, operator: str, text: str) -> bool:
    if operator in ("-n", "-z"):
        return (text != "") == (operator == "-n")
    place = call.path(text)
    if operator in ("-L", "-h"):
        return (
            call.files.exists(place, follow=False)
            and call.files.status(place, follow=False).is_link
        )
    if not call.files.exists(place):
        return False
    found = call.files.status(place)
    answers = {
        "-e": True,
        "-f": found.is_file,
        "-d": found.is_dir,
        "-s": found.size > 0,
        "-x": found.is_dir or bool(found.mode & 0o111),
        "-r": True,
        "-w": True,
    }
    if operator not in answers:
        raise Trouble(f"{operator}: {NOT_EMULATED}", 2)
    return answers[operator]


def _binary(call: Call, left: str, operator: str, right: str) -> bool:
    if operator in ("=", "==", "!="):
        return (left == right) == (operator != "!=")
    if operator in ("-nt", "-ot"):
        times = [call.files.status(call.path(each)).mtime for each in (left, right)]
        return times[0] > times[1] if operator == "-nt" else times[0] < times[1]
    try:
        a, b = int(left), int(right)
    except ValueError:
        raise Trouble(f"Illegal number: {left} {operator} {right}", 2) from None
    answers = {
        "-eq": a == b, "-ne": a != b, "-lt": a < b, "-le": a <= b, "-gt": a > b, "-ge": a >= b,
    }  # fmt: skip
    if operator not in answers:
        raise Trouble(f"{operator}: {NOT_EMULATED}", 2)
    return answers[operator]


# Space and mounts


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
    "[": test,
    "df": df,
    "du": du,
    "find": find,
    "findmnt": findmnt,
    "ls": ls,
    "mountpoint": mountpoint,
    "stat": stat,
    "test": test,
}
