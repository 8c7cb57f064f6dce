"""`find`: which files are where, and of what kind, age and size."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterator

from loopkit.lab.filesystem import Status, base_name, parent
from loopkit.lab.machine import NOT_EMULATED, Call, Program, Trouble
from loopkit.lab.tools_files import mode_text
from loopkit.lab.tools_look import unescaped, value_of
from loopkit.lab.tools_time import read_time

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
        shown = re.sub(r"%(T@|.)", lambda m: value_of(values, m.group(1)), unescaped(form))
        call.out(shown)

    return act


def _delete(call: Call, path: str, found: Status) -> None:
    if found.is_dir:
        call.files.remove_directory(call.path(path))
    else:
        call.files.remove(call.path(path))


PROGRAMS: dict[str, Program] = {
    "find": find,
}
