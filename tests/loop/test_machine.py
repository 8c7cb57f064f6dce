"""The machine: every state with every trigger, and the page that shows it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from loopkit.errors import Refused
from loopkit.loop import machine
from loopkit.loop.machine import LoopState, PhaseState, follow, moves
from loopkit.loop.model import Item, LoopStatus, PhaseStatus, Place

PAGE = Path(__file__).parents[2] / "docs" / "machine.md"

EVERY_STEP = [
    (state, trigger)
    for states in (PhaseState, LoopState)
    for state in states
    for trigger in sorted({m.trigger for m in moves(states)} | {"no_such_trigger"})
]

# Written out by hand, so that a change of the table is noticed as a change of the rules.
PHASE_RULES = {
    "pending": "open>ready skip>skipped",
    "ready": "shut>pending start>running skip>skipped",
    "running": "finish>done wait>waiting block>blocked fail>failed lose>unknown",
    "waiting": "open>ready skip>skipped",
    "done": "reopen>pending",
    "failed": "open>ready skip>skipped reopen>pending",
    "unknown": "look>running resolve_done>done resolve_failed>failed resolve_not_run>pending "
    "skip>skipped",
    "blocked": "open>ready skip>skipped reopen>pending",
    "skipped": "reopen>pending",
}
LOOP_RULES = {
    "planned": "open>open block>blocked",
    "open": "block>blocked close>closing",
    "blocked": "unblock>open",
    "closing": "confirm>closed refuse>open",
    "closed": "reopen>open",
}


def expected(state: PhaseState | LoopState) -> dict[str, str]:
    rules = PHASE_RULES if isinstance(state, PhaseState) else LOOP_RULES
    found = dict(rule.split(">") for rule in rules[state].split())
    if state not in (PhaseState.RUNNING, LoopState.CLOSING):
        every = PhaseState if isinstance(state, PhaseState) else LoopState
        stated = [s for s in every if s not in ("ready", "running", "closing")]
        found |= {f"mark_{s}": str(s) for s in stated}
    return found


@pytest.mark.parametrize(("state", "trigger"), EVERY_STEP)
def test_every_trigger_in_every_state_leads_where_the_rules_say_or_is_refused(
    state: Any, trigger: str
) -> None:
    rules = expected(state)
    if trigger in rules:
        assert follow(state, trigger) == rules[trigger]
        assert isinstance(follow(state, trigger), type(state))
    else:
        with pytest.raises(Refused):
            follow(state, trigger)


def test_a_refusal_names_what_is_allowed_instead() -> None:
    with pytest.raises(Refused) as refused:
        follow(PhaseState.UNKNOWN, "start")
    assert "start is not possible while a phase is unknown" in refused.value.what
    for allowed in ("look", "resolve done", "resolve failed", "resolve not run", "skip"):
        assert allowed in refused.value.why
    assert refused.value.help.startswith("loop ")


def test_a_lost_outcome_can_never_be_started_again_without_a_look_or_a_person() -> None:
    assert not machine.may_open(PhaseState.UNKNOWN)
    assert "open" not in machine.allowed(PhaseState.UNKNOWN)
    assert "start" not in machine.allowed(PhaseState.UNKNOWN)


def test_what_may_open_is_what_the_machine_lets_open() -> None:
    for state in PhaseState:
        assert machine.may_open(state) == ("open" in machine.allowed(state))


def test_every_state_that_is_at_rest_is_a_status_and_comes_back_as_itself() -> None:
    for state in PhaseState:
        status = machine.phase_status(state)
        back = machine.phase_state(Item("k", "k", status, str(status), (), Place(1)))
        assert back == state or state in (PhaseState.READY, PhaseState.RUNNING)


@pytest.mark.parametrize("text", [None, "", "—", "  - "])
def test_nothing_stated_is_pending_but_a_written_unknown_stays_unknown(text: str | None) -> None:
    silent = Item("k", "k", PhaseStatus.UNKNOWN, text, (), Place(1))
    lost = Item("k", "k", PhaseStatus.UNKNOWN, "unknown (pve, run 3f9c77aa)", (), Place(1))
    assert machine.phase_state(silent) is PhaseState.PENDING
    assert machine.phase_state(lost) is PhaseState.UNKNOWN


def test_every_loop_status_has_a_state_and_only_put_away_loops_are_closed() -> None:
    closed = {s for s in LoopStatus if machine.loop_state(s) is LoopState.CLOSED}
    assert closed == {LoopStatus.CLOSED, LoopStatus.DEFERRED, LoopStatus.SUPERSEDED}
    for state in LoopState:
        back = machine.loop_state(machine.loop_status(state))
        assert back == state or state is LoopState.CLOSING


def test_the_page_in_docs_is_the_one_that_the_machine_draws() -> None:
    assert PAGE.read_text(encoding="utf-8") == machine.page()


def test_a_command_that_makes_no_move_does_not_import_transitions() -> None:
    code = (
        "import sys, loopkit.loop.plan, loopkit.loop.machine as m;"
        "m.may_open(m.PhaseState.PENDING); assert 'transitions' not in sys.modules;"
        "m.follow(m.PhaseState.PENDING, 'open'); assert 'transitions' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
