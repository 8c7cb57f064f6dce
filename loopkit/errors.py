"""Every error that loopkit raises, as one tree.

    LoopkitError                     exit
    ├── UsageError                   2     a name, option or request that cannot be meant
    │   ├── UnknownLoop                    no loop has this name
    │   ├── AmbiguousLoop                  several loops have it
    │   ├── UnknownPhase                   the loop has no such phase
    │   └── Refused                        a request that the rules do not allow
    ├── DocumentError                2     the document cannot be read or edited safely
    │   ├── NotUtf8
    │   ├── ReadBackFailed                 the new bytes would not mean the intended loop
    │   └── NotWritten                     the disk did not take the new bytes
    ├── SettingsError                2     settings, hosts.yaml or the workspace are wrong
    ├── RunbookError                 2     cannot be loaded, or breaks the rules it runs under
    │   └── NotReadOnly                    a look sent a command that may change a host
    ├── Conflict                     3     nothing was written
    │   ├── Locked                         someone else holds the loop
    │   └── DocumentChanged                the document changed under us
    ├── HostError                    4     not determined: no answer, or not trusted
    │   ├── HostUnreachable
    │   ├── HostKeyUnknown
    │   ├── HostKeyChanged
    │   ├── HostKeyRevoked
    │   └── AuthenticationFailed
    ├── OutcomeUnknown               5     something may have run
    │   ├── ConnectionLost
    │   ├── CommandTimedOut
    │   └── CommandKilled
    └── Failed                       1     a command, check or criterion failed
        ├── CommandFailed
        └── RecordFailed                   the journal or a receipt could not be written

A shut gate or a failed check is a value, not an error (see loop/gates.py and loop/model.py).
"""

from __future__ import annotations


class LoopkitError(Exception):
    """Says what is wrong, where, why, and one command that helps."""

    exit_code = 2

    def __init__(self, what: str, *, where: str = "", why: str = "", help: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.why = why
        self.help = help

    def __str__(self) -> str:
        head = f"{self.where}: {self.what}" if self.where else self.what
        return f"{head}\n  why   {self.why}" if self.why else head


class UsageError(LoopkitError):
    """A name, option or request that cannot be meant."""


class UnknownLoop(UsageError):
    """No loop has this name."""


class AmbiguousLoop(UsageError):
    """Several loops have this name; `candidates` are their ids or paths."""

    def __init__(self, what: str, *, candidates: tuple[str, ...], help: str = "") -> None:
        super().__init__(what, why="it could be " + ", ".join(candidates), help=help)
        self.candidates = candidates


class UnknownPhase(UsageError):
    """The loop has no phase of this id; `known` are the ids it has."""

    def __init__(
        self, what: str, *, known: tuple[str, ...], where: str = "", help: str = ""
    ) -> None:
        super().__init__(what, where=where, why="it has " + (", ".join(known) or "none"), help=help)
        self.known = known


class Refused(UsageError):
    """The request is understood, and the rules do not allow it."""


class DocumentError(LoopkitError):
    """The document cannot be read, or cannot be edited safely."""


class NotUtf8(DocumentError):
    """The file is not valid UTF-8; `offset` is the first wrong byte."""

    def __init__(self, what: str, *, where: str, offset: int) -> None:
        super().__init__(what, where=where, why="a loop document is UTF-8 text")
        self.offset = offset


class ReadBackFailed(DocumentError):
    """The edited bytes do not mean exactly the intended loop, so nothing is written."""


class NotWritten(DocumentError):
    """The disk did not take the new bytes (full, read-only, gone); the old ones stand."""


class SettingsError(LoopkitError):
    """Settings, hosts.yaml or the shape of the workspace are wrong."""


class RunbookError(LoopkitError):
    """A runbook cannot be loaded, or breaks the rules it runs under."""


class NotReadOnly(RunbookError):
    """A look, or a read-only phase, tried to send a command that may change a host."""


class Conflict(LoopkitError):
    """Someone else is at work; nothing was written."""

    exit_code = 3


class Locked(Conflict):
    """Someone holds the loop's lock; `holder` is the line that says who, where and since when."""

    def __init__(self, what: str, *, holder: str, help: str = "") -> None:
        super().__init__(what, why=holder, help=help)
        self.holder = holder


class DocumentChanged(Conflict):
    """The document says something else than when it was read; `ours` and `theirs` differ."""

    def __init__(
        self, what: str, *, where: str = "", ours: str = "", theirs: str = "", help: str = ""
    ) -> None:
        super().__init__(what, where=where, why=f"ours: {ours!r}, theirs: {theirs!r}", help=help)
        self.ours = ours
        self.theirs = theirs


class HostError(LoopkitError):
    """A host could not be reached or trusted: what was asked of it is not determined."""

    exit_code = 4

    def __init__(
        self, what: str, *, host: str, where: str = "", why: str = "", help: str = ""
    ) -> None:
        super().__init__(what, where=where, why=why, help=help)
        self.host = host


class HostUnreachable(HostError):
    """No SSH session could be opened in the time allowed."""


class HostKeyUnknown(HostError):
    """known_hosts has no key for this host."""


class HostKeyChanged(HostError):
    """The host shows another key than known_hosts has."""


class HostKeyRevoked(HostError):
    """The host shows a key that known_hosts marks as revoked."""


class AuthenticationFailed(HostError):
    """The host refused every key that ssh_config names."""


class OutcomeUnknown(LoopkitError):
    """A command was sent and its end was not seen: it may or may not have run."""

    exit_code = 5

    def __init__(
        self, what: str, *, host: str, where: str = "", why: str = "", help: str = ""
    ) -> None:
        super().__init__(what, where=where, why=why, help=help)
        self.host = host


class ConnectionLost(OutcomeUnknown):
    """The connection ended while a command ran."""


class CommandTimedOut(OutcomeUnknown):
    """The command was still running at its deadline."""


class CommandKilled(OutcomeUnknown):
    """A signal on the host ended the command; how far it had come was not seen."""


class Failed(LoopkitError):
    """A command, check or criterion failed."""

    exit_code = 1


class CommandFailed(Failed):
    """A command ended with another exit status than was allowed."""

    def __init__(self, what: str, *, host: str, exited: int, stderr: str, help: str = "") -> None:
        super().__init__(what, where=host, why=stderr, help=help)
        self.host = host
        self.exited = exited
        self.stderr = stderr


class RecordFailed(Failed):
    """The journal or a receipt could not be written, so nothing more is sent."""
