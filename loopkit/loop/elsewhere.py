"""Another loop, as a document cites it: one, or why it cannot be told which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from posixpath import basename
from shlex import quote

from loopkit.loop.index import Index, without_date
from loopkit.loop.model import Loop


@dataclass(frozen=True, slots=True)
class Found:
    """A loop, or None and why; `where` is the file that was looked at."""

    loop: Loop | None
    seen: str = ""
    reason: str = ""
    help: str = ""
    where: str = ""


def find_loop(name: str, index: Index, unreadable: Mapping[str, str]) -> Found:
    """Returns the loop that a document cites by `name`.

    A document that cannot be read and may be the one that is meant leaves it unknown, unless the
    whole id, or the id without its date, is that of another.
    """
    found = index.cited(name)
    hidden = next((path for path in unreadable if _may_be(path, name)), "")
    if len({loop.id.casefold() for loop in found}) > 1 or len(found) > 1:
        return _ambiguous(name, found)
    if found and (not hidden or _is_named(found[0], name)):
        return Found(found[0])
    if hidden:
        reason = f"{hidden} cannot be read: {unreadable[hidden]}"
        return Found(None, "unreadable", reason, f"loop check {quote(hidden)}", f"{hidden}:1")
    return Found(None, "nothing", f"no loop is called {name}", "loop list")


def _ambiguous(name: str, found: tuple[Loop, ...]) -> Found:
    candidates = ", ".join(sorted(f"{loop.id} ({loop.path})" for loop in found))
    return Found(
        None,
        f"{len(found)} loops",
        f"{name} could be {candidates}",
        f"loop check {quote(found[0].path)}",
        f"{found[0].path}:1",
    )


def _is_named(loop: Loop, name: str) -> bool:
    return name.casefold() in (loop.id.casefold(), without_date(loop.id).casefold())


def _may_be(path: str, name: str) -> bool:
    return basename(path).casefold().startswith(name.casefold())
