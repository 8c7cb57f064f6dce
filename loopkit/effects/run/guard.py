"""What a step may send now: always what only reads, and changes when it is their turn."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from loopkit.effects.run.policy import Policy
from loopkit.errors import NotReadOnly

_OWNER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?")


@dataclass
class Guard:
    """What one step may send now.

    Each step has its own: while one changes its host, a look of another still only looks.
    """

    policy: Policy
    read_only: bool = False
    """Of a whole phase: nothing in it may change a host."""
    reader: str = "a look"
    """Who is refused a change, for people."""
    changing: bool = False

    @contextmanager
    def changes(self) -> Iterator[None]:
        """Lets changes be sent.

        Raises:
            NotReadOnly: the phase is said to only read.
        """
        if self.read_only:
            raise NotReadOnly("a read-only phase has a step that changes something")
        # Put back to what it was, and not to False: a change may call another one.
        before, self.changing = self.changing, True
        try:
            yield
        finally:
            self.changing = before

    def check_read(self, host: str, argv: Sequence[str], *, stdin: bool) -> None:
        """Refuses what is not known to only read.

        Raises:
            NotReadOnly: says why it is not known.
        """
        why = self.policy.refuses(argv, stdin=stdin)
        if why:
            raise NotReadOnly(
                f"{shlex.join(argv)} is not known to only read",
                where=host,
                why=f"{why}; if it does only read, the runbook says so by "
                f"read_only({', '.join(map(repr, argv[:2]))})",
            )

    def check_change(self, host: str, argv: Sequence[str]) -> None:
        """Refuses a change in a look, a check, or a read-only phase.

        Raises:
            NotReadOnly: it is one of these.
        """
        if not self.changing:
            reader = "a read-only phase" if self.read_only else self.reader
            raise NotReadOnly(
                f"{shlex.join(argv)} may change {host}", where=host, why=f"{reader} only reads"
            )


def refuse_put(path: str, mode: int, owner: str) -> str:
    """Returns why a file cannot be put there, empty when it can."""
    if not path.startswith("/") or posixpath.normpath(path) != path or "\n" in path:
        return f"{path!r} is no absolute path without `..`"
    # Root reads such files as its own, cron and systemd among them.
    if mode & ~0o7777 or mode & 0o002:
        return f"mode {mode:o} would let anyone write it"
    if owner and not _OWNER.fullmatch(owner):
        return f"{owner!r} is no user:group"
    return ""
