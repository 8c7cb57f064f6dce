"""`loop unlock`: shows who holds a loop before it takes the lock away."""

from __future__ import annotations

from dataclasses import dataclass

from loopkit.commands.results import Message
from loopkit.commands.session import Question, Session
from loopkit.effects.lock import Holder, holder, take_away


@dataclass(frozen=True, slots=True)
class UnlockRequest:
    """A loop whose lock is looked at, and taken away."""

    loop: str


def unlock(session: Session, request: UnlockRequest) -> Message:
    """Takes a lock away whose holder is gone, or, when a person says so, one that is not.

    Raises:
        Locked: its process lives on this machine, and only its end frees the lock.
    """
    id = session.file(request.loop).loop.id
    found = holder(session.workspace, id)
    if found is None:
        return _message(f"{id} is not locked.", None, freed=False)
    held = f"{id} is held by {found}"
    if found.is_alive and not session.ask(Question(f"{held}. Unlock it?")):
        return _message(f"{held}, and stays so.", found, freed=False, code=3)
    take_away(session.workspace, id, found)
    return _message(f"{id} was held by {found}; it is free now.", found, freed=True)


def _message(line: str, found: Holder | None, *, freed: bool, code: int = 0) -> Message:
    data = {"holder": str(found) if found else None, "freed": freed}
    return Message("unlock", (line,), data, exit_code=code)
