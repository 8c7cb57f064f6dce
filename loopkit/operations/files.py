"""Files and directories that a runbook puts on a host: by hash, and never over another's.

The second line of each file, or its first where there is no `#!`, names what it is and the hash
of the rest, so that a hand edit is seen on the host itself, without a memory of what was
installed. They are therefore files in which `#` begins a comment.
"""

from __future__ import annotations

import hashlib
import re

from loopkit import facts
from loopkit.operations.given import Given, given
from loopkit.runbook import Host, Refusal, Seen, Step

_MARK = re.compile(r"# loopkit-runbook: (\S+) sha256=([0-9a-f]{64})\Z")
OWNER = "root:root"
"""Whose a file is unless something else is said."""


def file(
    name: str,
    path: str,
    content: Given[str],
    *,
    mode: int = 0o644,
    owner: str = OWNER,
    mark: str = "",
    host: str = "",
) -> Step:
    """Returns the step that makes a file exactly so; undone only while it is as we left it.

    `mark` is what its mark calls it: the last part of its path when it is empty.
    """
    wanted = _File(path, content, facts.Permissions(owner, mode), mark or path.rpartition("/")[2])
    return Step(name, wanted.look, wanted.change, wanted.undo, host=host, again=True)


def marked(name: str, text: str) -> str:
    """Returns a text with our mark as its second line, or its first where there is no `#!`.

    Raises:
        ValueError: the name is empty or has white space, so that no mark could be read back.
    """
    if not name or re.search(r"\s", name):
        raise ValueError(f"{name!r} cannot be in a mark: it is one word")
    first, rest = text.split("\n", 1) if text.startswith("#!") else ("", text)
    mark = f"# loopkit-runbook: {name} sha256={_digest(rest)}\n"
    return f"{first}\n{mark}{rest}" if first else mark + rest


def mark_state(text: str) -> str:
    """Returns `ours`, `edited` for ours with a hand edit since, or `foreign`."""
    lines = text.split("\n")
    for index, line in enumerate(lines[:2]):
        match = _MARK.match(line)
        if match:
            return "ours" if _digest("\n".join(lines[index + 1 :])) == match[2] else "edited"
    return "foreign"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class _File:
    """A file as it must be; remembers whether it was this step that made it."""

    def __init__(
        self, path: str, content: Given[str], permissions: facts.Permissions, mark: str
    ) -> None:
        self._path = path
        self._content = content
        self._permissions = permissions
        self._mark = mark
        self._created = False

    def look(self, c: Host) -> Seen:
        """Looks whether the file is exactly so: content, mode and owner."""
        wanted, stands = self._text(c), facts.text(c, self._path)
        if stands is None:
            return Seen(False, f"{self._path} is not there")
        if stands != wanted:
            return Seen(False, f"{self._path} is {mark_state(stands)} and has other content")
        found = facts.permissions(c, self._path)
        if found != self._permissions:
            return Seen(False, f"{self._path} is {found}, not {self._permissions}")
        digest = _digest(stands)
        text = f"{self._path} {digest[:12]}, {found}"
        return Seen(True, text, facts={f"installed:{self._path}": digest})

    def change(self, c: Host) -> None:
        """Writes the file, unless what stands there is not ours."""
        wanted, stands = self._text(c), facts.text(c, self._path)
        _must_be_ours(c, self._path, stands)
        self._created = self._created or stands is None
        found = self._permissions
        c.put(self._path, wanted.encode(), mode=found.mode, owner=found.owner)

    def undo(self, c: Host) -> None:
        """Removes a file that was not there before, while it is as it was written."""
        if self._created and facts.text(c, self._path) == self._text(c):
            c.change("rm", "-f", "--", self._path)

    def _text(self, c: Host) -> str:
        return marked(self._mark, given(c, self._content))


def _must_be_ours(c: Host, path: str, stands: str | None) -> None:
    state = "ours" if stands is None else mark_state(stands)
    if state != "ours":
        why = "was edited by hand" if state == "edited" else "was not put there by a runbook"
        raise Refusal(f"{path} {why}: it is not overwritten", f"ssh {c.name} cat {path}")


def directory(name: str, path: Given[str], *, volume: Given[str] = "", host: str = "") -> Step:
    """Returns the step that makes a directory, and its parents.

    It is made only while `volume`, when one is named, is mounted: what is written below a mount
    point that has nothing mounted fills another disk.
    """

    def look(c: Host) -> Seen:
        wanted = given(c, path)
        fault = facts.listing(c, [wanted]).faults.get(wanted)
        return Seen(fault is None, f"{wanted}: {fault or 'is there'}")

    def change(c: Host) -> None:
        needed = given(c, volume)
        fault = facts.mount_fault(c, needed) if needed else ""
        if fault:
            raise Refusal(fault, f"ssh {c.name} findmnt")
        c.change("mkdir", "-p", "--", given(c, path))

    return Step(name, look, change, host=host, again=True)
