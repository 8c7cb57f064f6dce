"""`loop unlock`: shows who holds a loop before it takes the lock away."""

from __future__ import annotations

from collections.abc import Callable

from loopkit.commands.results import Message
from loopkit.effects.lock import Holder, holder, take_away
from loopkit.effects.workspace import Workspace


def unlock(workspace: Workspace, name: str, ask: Callable[[str], bool] | None) -> Message:
    """Takes a lock away whose holder is gone, or, when a person says so, one that is not."""
    loop = workspace.load(name).loop
    found = holder(workspace, loop.id)
    if found is None:
        return _told(f"{loop.id} is not locked.", None, freed=False)
    if found.is_alive and (ask is None or not ask(f"{loop.id} is held by {found}. Unlock it?")):
        return _told(f"{loop.id} is held by {found}, and stays so.", found, freed=False, code=3)
    take_away(workspace, loop.id, found)
    return _told(f"{loop.id} was held by {found}; it is free now.", found, freed=True)


def _told(line: str, found: Holder | None, *, freed: bool, code: int = 0) -> Message:
    data = {"holder": str(found) if found else None, "freed": freed}
    return Message("unlock", (line,), data, exit_code=code)
