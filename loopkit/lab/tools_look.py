"""Programs that list and test files: ls, stat, find, test, du, df, findmnt."""

from __future__ import annotations

import re
from datetime import datetime

from loopkit.lab.filesystem import Status, join
from loopkit.lab.machine import NOT_EMULATED, Call, Program, Trouble
from loopkit.lab.options import Options, read_options
from loopkit.lab.tools_files import mode_text


def ls(call: Call) -> int:
    """Lists: -1 -a -A -d -l -n -r -t -S, --time-style=+FORMAT, long-iso or full-iso."""
    options = read_options(
        call.args, "1aAdlnrtS", ("time-style",), same={"all": "a", "reverse": "r"}
    )
    files, folders, status = [], [], 0
    for path in options.words or ["."]:
        place = call.path(path)
        if not call.files.exists(place, follow=False):
            call.err(f"cannot access '{path}': No such file or directory")
            status = 2
        elif call.files.is_dir(place) and not options.has("d"):
            folders.append(path)
        else:
            files.append((path, call.files.status(place, follow=False)))
    _list(call, options, files)
    for number, path in enumerate(sorted(folders)):
        if len(options.words) > 1:
            call.out(("\n" if files or number else "") + f"{path}:\n")
        rows = _entries(call, options, path)
        if options.has("l", "n"):
            call.out(f"total {sum(-(-found.size // 4096) * 4 for _, found in rows)}\n")
        _list(call, options, rows)
    return status


_Row = tuple[str, Status]


def _entries(call: Call, options: Options, path: str) -> list[_Row]:
    names = call.files.names(call.path(path))
    if not options.has("a", "A"):
        names = [name for name in names if not name.startswith(".")]
    elif options.has("a"):
        names = [".", "..", *names]
    place = call.path(path)
    return [(name, call.files.status(join(place, name), follow=False)) for name in names]


def _list(call: Call, options: Options, rows: list[_Row]) -> None:
    rows = sorted(rows, key=lambda row: row[0])
    if options.has("t"):
        rows.sort(key=lambda row: -row[1].mtime)
    if options.has("S"):
        rows.sort(key=lambda row: -row[1].size)
    for name, found in reversed(rows) if options.has("r") else rows:
        long = options.has("l", "n")
        shown = _long(call, name, found, options.value("time-style")) if long else name
        call.out(f"{shown}\n")


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
            call.out(_formatted(call, unescaped(options.value("printf")), path, found))
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
    return re.sub(r"%(\.Y|.)", lambda m: value_of(values, m.group(1)), form)


def value_of(values: dict[str, str], letter: str) -> str:
    """Returns what a letter of a format stands for; one that is not known is refused."""
    if letter not in values:
        raise Trouble(f"format %{letter}: {NOT_EMULATED}", 2)
    return values[letter]


def unescaped(text: str) -> str:
    """Returns a format with its backslash escapes replaced."""
    names = {"n": "\n", "t": "\t", "0": "\0", "\\": "\\", "r": "\r"}
    return re.sub(r"\\([nt0\\r])", lambda m: names[m.group(1)], text)


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


PROGRAMS: dict[str, Program] = {
    "[": test,
    "ls": ls,
    "stat": stat,
    "test": test,
}
