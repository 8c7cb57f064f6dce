"""The results of looks, changes and steps: what an error means, and the worst of several."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from loopkit.effects.evidence.store import told
from loopkit.effects.run.answers import blame
from loopkit.errors import CommandFailed, HostError, LoopkitError, OutcomeUnknown
from loopkit.loop.outcome import Result, StepOutcome
from loopkit.runbook import Refusal


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a look or a change did not do its part, and the result that this has."""

    result: Result
    reason: str
    help: str = ""


def trouble_of_look(error: BaseException) -> Trouble:
    """Returns what an error means that a look raised.

    A host that fails to answer says nothing of itself, so whatever went wrong there is unknown.
    """
    match error:
        case Refusal():
            return Trouble(Result.REFUSED, str(error.reason), str(error.help))
        case HostError() | OutcomeUnknown() | CommandFailed():
            return Trouble(Result.UNKNOWN, told(error), error.help)
        case LoopkitError():
            return Trouble(Result.REFUSED, told(error), error.help)
        case _:
            return Trouble(Result.UNKNOWN, blame(error))


def trouble_of_change(error: BaseException) -> Trouble:
    """Returns what an error means that a change raised.

    A command that ended badly, or a runbook that broke, has certainly failed; a second look
    tells whether the change is in place all the same.
    """
    match error:
        case Refusal():
            return Trouble(Result.REFUSED, str(error.reason), str(error.help))
        case HostError() | OutcomeUnknown():
            return Trouble(Result.UNKNOWN, told(error), error.help)
        case CommandFailed():
            return Trouble(Result.FAILED, told(error), error.help)
        case LoopkitError():
            return Trouble(Result.REFUSED, told(error), error.help)
        case _:
            return Trouble(Result.FAILED, blame(error))


# A failure is certain and names what to mend, so it goes before what is only not known.
_WORST_FIRST = (
    (Result.FAILED, 1),
    (Result.REFUSED, 1),
    (Result.UNKNOWN, 4),
    (Result.WAITING, 0),
    (Result.CHANGED, 0),
    (Result.OK, 0),
)


def result_of(outcomes: Iterable[StepOutcome]) -> tuple[Result, int]:
    """Returns the result of several steps together, and its exit status.

    A change that was sent and not seen outweighs everything: before anything else is done, it
    must be looked at. No steps at all are unknown, and no success.
    """
    found = tuple(outcomes)
    results = {outcome.result for outcome in found}
    if any(outcome.sent for outcome in found):
        return Result.UNKNOWN, 5
    for result, code in _WORST_FIRST:
        if result in results:
            return result, code
    return Result.UNKNOWN, 4
