"""Puts a file on a host: written beside its place, synced, and renamed over it."""

from __future__ import annotations

import posixpath
from typing import Protocol

from loopkit.errors import LoopkitError, OutcomeUnknown, RunbookError
from loopkit.runbook import Reply


class Send(Protocol):
    """Sends one command; other exit statuses than those in `ok` raise CommandFailed."""

    def __call__(
        self, *argv: str, ok: tuple[int, ...] = (0,), stdin: bytes | None = None
    ) -> Reply: ...


def put_file(send: Send, path: str, content: bytes, mode: int, owner: str) -> None:
    """Writes a file; the new one has its mode and owner before it has its name.

    The temporary file is made by `mktemp`, so that nobody else can read it, and its name begins
    with a dot, so that cron and most other readers of folders pass it over.
    """
    if not owner:
        stood = send("stat", "-c", "%u:%g", "--", path, ok=(0, 1))
        owner = stood.stdout.strip() if stood.ok else ""
    folder, name = posixpath.split(path)
    made = send("mktemp", "--", posixpath.join(folder, f".{name}.XXXXXXXX")).stdout
    temporary = made.removesuffix("\n")
    if posixpath.dirname(temporary) != folder:
        raise RunbookError(f"mktemp answered {temporary!r}", where=path)
    # SFTP would write over the old file in place, so that a reader sees half of the new one, or a
    # lost connection leaves it: fabric/transfer.py puts plainly, and sets the mode last.
    try:
        send("dd", f"of={temporary}", "bs=64k", "conv=fsync", "status=none", stdin=content)
        if owner:
            send("chown", owner, "--", temporary)
        send("chmod", f"{mode:o}", "--", temporary)
        # -T: a directory that stands at `path` is an error, not a place to move the file into.
        send("mv", "-fT", "--", temporary, path)
        send("sync", "--", path)
    except OutcomeUnknown:
        # Whether the connection will carry another command is not known either.
        raise
    except LoopkitError:
        send("rm", "-f", "--", temporary)
        raise
