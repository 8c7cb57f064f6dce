"""The moves of a person, refused in the words of the loop that they are asked of."""

from __future__ import annotations

from loopkit.errors import Refused
from loopkit.loop.machine import LoopState, PhaseState, follow, loop_state, phase_state
from loopkit.loop.model import Item, Loop, LoopStatus, Phase, target_name

# What a move makes of a thing, and of what it can be made.
_MOVES = {
    "skip": ("left out", "only what is not done yet can be left out"),
    "reopen": ("reopened", "only what is done, skipped, failed or blocked can be reopened"),
    "resolve": ("resolved", "only an outcome that is unknown needs a person's word"),
    "close": ("closed", "only a loop that is open can be closed"),
}


def move_phase(loop: Loop, phase: Phase, trigger: str, item: Item | None = None) -> PhaseState:
    """Returns the state that a move leads a phase to, or an item of it.

    Raises:
        Refused: it may not move so from where it stands.
    """
    target = item or phase
    try:
        return follow(phase_state(target), trigger)
    except Refused as error:
        made, why = _MOVES[trigger.partition("_")[0]]
        name = target_name(phase.id, item.key if item else None)
        raise Refused(
            f"{name} is {phase_state(target)}, so it cannot be {made}",
            where=f"{loop.path}:{target.place.line}",
            why=why,
            help=f"loop why {loop.id} {phase.id}",
        ) from error


def move_loop(loop: Loop, trigger: str) -> LoopState:
    """Returns the state that a move leads a loop to.

    Raises:
        Refused: it may not move so from where it stands.
    """
    try:
        return follow(loop_state(loop.status), trigger)
    except Refused as error:
        made, why = _MOVES[trigger]
        state = loop_state(loop.status)
        raise Refused(
            f"{loop.id} is closed already"
            if state == made
            else f"{loop.id} is {state}, so it cannot be {made}",
            where=loop.path,
            why="only a closed loop can be reopened" if trigger == "reopen" else why,
            help=f"loop log {loop.id}"
            if loop.status is LoopStatus.CLOSED
            else f"loop why {loop.id}",
        ) from error
