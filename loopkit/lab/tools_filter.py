"""Programs that pick and order lines: grep, sort, uniq, cut, tr."""

from __future__ import annotations

import re
from typing import Any

from loopkit.lab.machine import Call, Program
from loopkit.lab.options import read_options
from loopkit.lab.tools_text import escaped


def sort(call: Call) -> int:
    """Sorts lines by bytes: -r, -n, -u, -V is not known."""
    options = read_options(call.args, "rnu", same={"reverse": "r", "unique": "u"})
    lines = [line for path in options.words or ["-"] for line in call.read(path).splitlines()]
    if options.has("u"):
        lines = list(dict.fromkeys(sorted(lines)))
    key: Any = _number if options.has("n") else None
    lines.sort(key=key, reverse=options.has("r"))
    call.out(b"".join(line + b"\n" for line in lines))
    return 0


def _number(line: bytes) -> tuple[float, bytes]:
    found = re.match(rb"\s*(-?\d+\.?\d*)", line)
    return (float(found.group(1)) if found else 0.0, line)


def uniq(call: Call) -> int:
    """Drops lines that repeat the one before: -c."""
    options = read_options(call.args, "c")
    lines = call.read(options.words[0] if options.words else "-").splitlines()
    runs: list[list[Any]] = []
    for line in lines:
        if runs and runs[-1][0] == line:
            runs[-1][1] += 1
        else:
            runs.append([line, 1])
    for line, count in runs:
        call.out((b"%7d " % count if options.has("c") else b"") + line + b"\n")
    return 0


def cut(call: Call) -> int:
    """Cuts fields: -d and -f with single fields, lists and ranges."""
    options = read_options(call.args, "s", "dfc")
    sign = options.value("d", default="\t").encode()
    for line in call.read(options.words[0] if options.words else "-").splitlines():
        if options.has("c"):
            call.out(b"".join(bytes([line[at]]) for at in _chosen(options.value("c"), len(line))))
        else:
            fields = line.split(sign)
            if len(fields) == 1:
                call.out(b"" if options.has("s") else line + b"\n")
                continue
            call.out(sign.join(fields[at] for at in _chosen(options.value("f"), len(fields))))
        call.out("\n")
    return 0


def _chosen(text: str, count: int) -> list[int]:
    chosen: list[int] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        low = int(first or 1)
        high = int(last or count) if dash else low
        chosen += range(low - 1, min(high, count))
    return chosen


def tr(call: Call) -> int:
    """Deletes or replaces single characters: -d SET, SET SET."""
    options = read_options(call.args, "d")
    sets = [_set(word) for word in options.words]
    content = call.input()
    if options.has("d"):
        call.out(content.translate(None, sets[0]))
    else:
        second = sets[1].ljust(len(sets[0]), sets[1][-1:])[: len(sets[0])]
        call.out(content.translate(bytes.maketrans(sets[0], second)))
    return 0


def _set(word: str) -> bytes:
    text = escaped(word)
    full = re.sub(
        r"(.)-(.)",
        lambda m: "".join(map(chr, range(ord(m.group(1)), ord(m.group(2)) + 1))),
        text,
    )
    return full.encode()


def grep(call: Call) -> int:
    """Finds lines: -E -F -q -c -v -i -n -H -h -o -x -w -s -l -L -m N -e PATTERN."""
    options = read_options(
        call.args, "EFGqcvinHhoxwslL", "em", same={"regexp": "e", "quiet": "q", "count": "c"}
    )
    patterns = options.every("e") or [options.words.pop(0)]
    wanted = re.compile("|".join(_pattern(each, options.values) for each in patterns).encode(),
                        re.IGNORECASE if options.has("i") else 0)  # fmt: skip
    paths = options.words or ["-"]
    named = options.has("H") or (len(paths) > 1 and not options.has("h"))
    any_found, status = False, 0
    for path in paths:
        try:
            lines = call.read(path).splitlines()
        except OSError as error:
            if not options.has("s"):
                call.err(f"{path}: {error.strerror}")
            status = 2
            continue
        whole = wanted.fullmatch if options.has("x") else wanted.search
        hits = [(at, line) for at, line in enumerate(lines, 1)
                if bool(whole(line)) != options.has("v")]  # fmt: skip
        if options.has("m"):
            hits = hits[: int(options.value("m"))]
        any_found = any_found or bool(hits)
        if not options.has("q"):
            _show_hits(call, path if named else "", path, hits, wanted, set(options.values))
    if any_found and options.has("q"):
        return 0
    return status or (0 if any_found else 1)


def _pattern(text: str, values: dict[str, list[str]]) -> str:
    if "F" in values:
        found = re.escape(text)
    else:
        found = re.sub(r"\[\[:(\w+):\]\]", lambda m: _CLASSES[m.group(1)], text)
        found = re.sub(r"\[:(\w+):\]", lambda m: _CLASSES[m.group(1)][1:-1], found)
        if "E" not in values:
            found = re.sub(r"\\?[+?|(){}]", lambda m: m.group()[-1:] if len(m.group()) > 1
                           else "\\" + m.group(), found)  # fmt: skip
    return rf"\b(?:{found})\b" if "w" in values else f"(?:{found})"


_CLASSES = {
    "alnum": "[A-Za-z0-9]",
    "alpha": "[A-Za-z]",
    "blank": "[ \\t]",
    "digit": "[0-9]",
    "lower": "[a-z]",
    "space": "[ \\t\\n\\r\\f\\v]",
    "upper": "[A-Z]",
}


def _show_hits(
    call: Call,
    label: str,
    path: str,
    hits: list[tuple[int, bytes]],
    wanted: re.Pattern[bytes],
    options: set[str],
) -> None:
    prefix = f"{label}:" if label else ""
    if "l" in options or "L" in options:
        if bool(hits) == ("l" in options):
            call.out(f"{path}\n")
    elif "c" in options:
        call.out(f"{prefix}{len(hits)}\n")
    else:
        for number, line in hits:
            shown = [m.group() for m in wanted.finditer(line)] if "o" in options else [line]
            for each in shown:
                call.out(f"{prefix}{f'{number}:' if 'n' in options else ''}")
                call.out(each + b"\n")


PROGRAMS: dict[str, Program] = {
    "cut": cut,
    "egrep": lambda call: call.run("grep", "-E", *call.args),
    "grep": grep,
    "sort": sort,
    "tr": tr,
    "uniq": uniq,
}
