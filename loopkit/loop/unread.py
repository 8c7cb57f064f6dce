"""What was not read of a loop, and what cannot rest on such a reading."""

from __future__ import annotations

from dataclasses import replace
from shlex import quote

from loopkit.loop.model import Loop, Phase, Unread, UnreadKind
from loopkit.loop.snapshot import Answer, Verdict

# What may be a phase, or hold one.
_PHASES = (UnreadKind.PHASE, UnreadKind.CONFLICT)


def left_unread(loop: Loop) -> tuple[Unread, ...]:
    """Returns what was not read and may be work: a loop with any of it is not known to be done."""
    return tuple(each for each in loop.unread if each.is_work)


def unread_phases(loop: Loop, before: Phase | None = None) -> tuple[Unread, ...]:
    """Returns what may be phases and was not read; with `before`, what stands above that one."""
    last = before.place.line if before else None
    found = (each for each in loop.unread if each.kind in _PHASES)
    return tuple(each for each in found if last is None or each.line < last)


def is_torn(loop: Loop) -> bool:
    """Returns whether the document holds a merge that nobody settled."""
    return any(each.kind is UnreadKind.CONFLICT for each in loop.unread)


def doubted(verdict: Verdict, of: Loop, unread: tuple[Unread, ...]) -> Verdict:
    """Returns a verdict as unknown where passages that were not read may contradict it."""
    if not unread:
        return verdict
    reason = f"{verdict.reason}, as far as {of.path} was read: {_told(of, unread)}"
    help, where = f"loop check {quote(of.path)}", f"{of.path}:{unread[0].line}"
    return replace(verdict, answer=Answer.UNKNOWN, reason=reason, help=help, where=where)


def _told(loop: Loop, unread: tuple[Unread, ...]) -> str:
    """Returns where passages stand and what they say, in one line: at most three of them."""
    shown = ", ".join(f"{loop.path}:{each.line} {each.text!r}" for each in unread[:3])
    more = f" and {len(unread) - 3} more" if len(unread) > 3 else ""
    return f"{shown}{more} {'was' if len(unread) == 1 else 'were'} not read"
