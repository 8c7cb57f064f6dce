"""Scripts and cron files that a runbook puts on a host: installed by hash, never over another's.

The second line of each names what it is and the hash of the rest, so that a hand edit is seen
on the host itself, without a memory of what was installed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from loopkit.runbook import Host, Refusal, Seen, Step

from . import hostfacts

_MARK = re.compile(r"# loopkit-runbook: (\S+) sha256=([0-9a-f]{64})\Z")
OWNER = "root:root"


@dataclass(frozen=True, slots=True)
class Managed:
    """A file of ours: where it lies, what is in it, and its mode."""

    path: str
    content: str
    mode: int


def marked(name: str, text: str) -> str:
    """Returns a text with our mark as its second line, or its first where there is no `#!`."""
    first, rest = text.split("\n", 1) if text.startswith("#!") else ("", text)
    mark = f"# loopkit-runbook: {name} sha256={_digest(rest)}\n"
    return f"{first}\n{mark}{rest}" if first else mark + rest


def state_of(text: str) -> str:
    """Returns `ours`, `edited` for ours with a hand edit since, or `foreign`."""
    lines = text.split("\n")
    for index, line in enumerate(lines[:2]):
        match = _MARK.match(line)
        if match:
            return "ours" if _digest("\n".join(lines[index + 1 :])) == match[2] else "edited"
    return "foreign"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def install_step(name: str, managed: Callable[[Host], Managed], *, host: str = "") -> Step:
    """Returns the step that makes a file exactly so; undone only while it is as we left it."""
    created: list[str] = []

    def look(c: Host) -> Seen:
        return look_at(c, managed(c))

    def change(c: Host) -> None:
        file = managed(c)
        stands = hostfacts.text_of(c, file.path)
        _must_be_ours(c, file.path, stands)
        if stands is None:
            created.append(file.path)
        c.put(file.path, file.content.encode(), mode=file.mode, owner=OWNER)

    def undo(c: Host) -> None:
        file = managed(c)
        if file.path in created and hostfacts.text_of(c, file.path) == file.content:
            c.change("rm", "-f", "--", file.path)

    return Step(name, look, change, undo, host=host, again=True)


def look_at(c: Host, file: Managed) -> Seen:
    """Looks whether a file is exactly so: content, mode and owner."""
    stands = hostfacts.text_of(c, file.path)
    if stands is None:
        return Seen(False, f"{file.path} is not there")
    if stands != file.content:
        return Seen(False, f"{file.path} is {state_of(stands)} and has other content")
    owner, mode = c.read("stat", "-c", "%U:%G %a", "--", file.path).stdout.split()
    if (owner, int(mode, 8)) != (OWNER, file.mode):
        return Seen(False, f"{file.path} is {owner} {mode}, not {OWNER} {file.mode:o}")
    digest = _digest(stands)
    text = f"{file.path} {digest[:12]}, {owner} {mode}"
    return Seen(True, text, facts={f"installed:{file.path}": digest})


def _must_be_ours(c: Host, path: str, stands: str | None) -> None:
    state = "ours" if stands is None else state_of(stands)
    if state != "ours":
        why = "was edited by hand" if state == "edited" else "was not put there by a runbook"
        raise Refusal(f"{path} {why}: it is not overwritten", f"ssh {c.name} cat {path}")
