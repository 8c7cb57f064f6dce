"""Whether a document may be changed at all: nothing is written, run or recorded where it may not.

A document that holds both sides of a merge says two things, and so does an id that stands twice:
whichever place a change were written into, the other would say something else.
"""

from __future__ import annotations

from collections.abc import Iterable
from shlex import quote

from loopkit.errors import Refused
from loopkit.loop.model import Place, UnreadKind
from loopkit.loop.parse.reader import LoopFile


def check_writable(file: LoopFile, phase_id: str = "", item_key: str = "") -> None:
    """Refuses a change of a document, and of a phase or an item of it, that would be a guess.

    Raises:
        Refused: a merge in it is not settled, or the id or key stands twice.
    """
    torn = next((u for u in file.loop.unread if u.kind is UnreadKind.CONFLICT), None)
    if torn is not None:
        raise Refused(
            f"{file.loop.id} holds a merge that nobody settled",
            where=_where(file, torn.place),
            why=f"lines {torn.line} to {torn.last_line} are between conflict markers, "
            "and what is there says two things",
            help=_help(file),
        )
    named = [p for p in file.loop.phases if p.id.casefold() == phase_id.casefold()]
    _check_single(file, f"the phase {phase_id}", (phase.place for phase in named))
    items = [i for p in named[:1] for i in p.items if i.key.casefold() == item_key.casefold()]
    _check_single(file, f"{item_key} in {phase_id}", (item.place for item in items))


def _check_single(file: LoopFile, what: str, places: Iterable[Place]) -> None:
    found = [_where(file, place) for place in places]
    if len(found) > 1:
        raise Refused(
            f"{what} stands {len(found)} times in {file.loop.id}",
            where=found[0],
            why=f"it stands at {' and at '.join(found)}, and either may be meant",
            help=_help(file),
        )


def _where(file: LoopFile, place: Place) -> str:
    return f"{file.loop.path}:{place.line}"


def _help(file: LoopFile) -> str:
    return f"loop check {quote(file.loop.path)}"
