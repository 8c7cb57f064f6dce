"""What refuses to go by a document of which something cannot be read, or means two things."""

from __future__ import annotations

from collections import defaultdict

from loopkit.commands.session import Session
from loopkit.errors import Refused
from loopkit.loop.model import Loop, Phase, Unread, UnreadKind
from loopkit.loop.unread import left_unread


def require_clear(session: Session, loop: Loop, phase: str | None = None) -> None:
    """Refuses a document with a merge that nobody settled, and a phase whose id stands twice.

    Raises:
        Refused: it is one of these; says which lines.
    """
    torn = [each for each in loop.unread if each.kind is UnreadKind.CONFLICT]
    if torn:
        lines = ", ".join(f"{each.line}-{each.last_line}" for each in torn)
        raise Refused(
            f"{loop.id} holds a merge that nobody settled",
            where=f"{loop.path}:{torn[0].line}",
            why=f"nothing is read between the markers of a conflict, in lines {lines}",
            help=session.naming("check", loop),
        )
    wanted = phase.casefold() if phase is not None else None
    same = _standing(loop).get(wanted or "", [])
    if len(same) > 1:
        raise _twice(session, loop, same)


def require_one_of_each(session: Session, loop: Loop) -> None:
    """Refuses a document in which the id of a phase that is not settled stands twice.

    Raises:
        Refused: one does; says in which lines.
    """
    for same in _standing(loop).values():
        if len(same) > 1 and not all(each.status.is_settled for each in same):
            raise _twice(session, loop, same)


def require_read(session: Session, loop: Loop) -> None:
    """Refuses a document of which something was not read that may be work.

    Raises:
        Refused: says which lines, and what was looked for in each.
    """
    left = left_unread(loop)
    if left:
        were = "1 passage of it was" if len(left) == 1 else f"{len(left)} passages of it were"
        raise Refused(
            f"{loop.id} cannot be closed: {were} not read",
            where=f"{loop.path}:{left[0].line}",
            why="\n".join(_line(loop, each) for each in left),
            help=session.naming("check", loop),
        )


def _line(loop: Loop, unread: Unread) -> str:
    return f"{loop.path}:{unread.line} {unread.text!r}: {unread.why}"


def _standing(loop: Loop) -> dict[str, list[Phase]]:
    found: dict[str, list[Phase]] = defaultdict(list)
    for phase in loop.phases:
        found[phase.id.casefold()].append(phase)
    return found


def _twice(session: Session, loop: Loop, same: list[Phase]) -> Refused:
    lines = " and ".join(f"{loop.path}:{each.place.line}" for each in same)
    return Refused(
        f"{same[0].id} of {loop.id} stands {len(same)} times, and which is meant cannot be told",
        where=f"{loop.path}:{same[0].place.line}",
        why=f"it stands at {lines}; give each phase an id of its own",
        help=session.naming("check", loop),
    )
