"""Non-Goals: read before and after, compared with the first run, and what breaks one taken back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loopkit.errors import CommandFailed, RunbookError
from loopkit.loop.model import Loop
from loopkit.loop.outcome import PhaseOutcome, Result, StepOutcome
from loopkit.runbook import Host, Seen, Step
from tests.effects.stage import Garden, a_loop, a_phase, append, holds, invariant, planting

FENCE = "Do NOT move the fence"


@pytest.fixture
def garden(tmp_path: Path) -> Garden:
    found = Garden(tmp_path)
    found.file("fence").write_text("north\n")
    return found


def fence(c: Host) -> Any:
    return tuple(c.read("cat", "fence").lines)


def loop() -> Loop:
    return a_loop(a_phase(), non_goals=["Do NOT dig", f"{FENCE} (keep it where it is)"])


def advance(garden: Garden, *steps: Step, **more: Any) -> PhaseOutcome:
    return garden.advance(*steps, loop=loop(), invariants=[invariant(FENCE, fence)], **more)


def moving(undo: bool = True) -> Step:
    """Returns a step that plants beans, and moves the fence on the way."""

    def change(c: Host) -> None:
        append("bed", "beans")(c)
        append("fence", "east")(c)

    def back(c: Host) -> None:
        c.change("rm", "bed")
        c.change("sed", "-i", "/east/d", "fence")

    return Step("beans", holds("bed", "beans"), change, back if undo else None)


def named(outcome: PhaseOutcome, name: str) -> list[StepOutcome]:
    return [step for step in outcome.steps if step.name.startswith(name)]


def test_what_stays_as_it_is_breaks_nothing(garden: Garden) -> None:
    outcome = advance(garden, planting())
    assert outcome.result is Result.CHANGED
    assert [s.result for s in named(outcome, "Non-Goal")] == [Result.OK, Result.OK]


def test_a_run_that_changes_nothing_reads_them_once(garden: Garden) -> None:
    garden.file("bed").write_text("beans\n")
    outcome = advance(garden, planting())
    assert outcome.result is Result.OK
    assert len(named(outcome, "Non-Goal")) == 1


def test_what_breaks_a_non_goal_is_taken_back_the_last_first(garden: Garden) -> None:
    outcome = advance(garden, planting("peas", "row", undo=lambda c: wipe(c)), moving())
    assert (outcome.result, outcome.exit_code) == (Result.FAILED, 1)
    assert garden.file("fence").read_text() == "north\n"
    assert not garden.file("bed").exists()
    taken = [s.name for s in named(outcome, "take back")]
    assert taken == ["take back: beans", "take back: peas in row"]
    assert [s.result for s in named(outcome, "Non-Goal")] == [
        Result.OK,
        Result.FAILED,
        Result.OK,
    ]


def wipe(c: Host) -> None:
    c.change("rm", "row")


def test_the_reason_names_the_line_of_the_non_goal(garden: Garden) -> None:
    outcome = advance(garden, moving())
    (broken,) = [s for s in named(outcome, "Non-Goal") if s.result is Result.FAILED]
    assert broken.reason == (
        "loops/garden.md:31: 'Do NOT move the fence (keep it where it is)' is broken: "
        "it was ['north'] and is ['north', 'east']"
    )


def test_what_has_no_undo_is_said_to_stand(garden: Garden) -> None:
    outcome = advance(garden, moving(undo=False))
    (stands,) = named(outcome, "take back")
    assert (stands.result, stands.seen) == (Result.FAILED, "it stands")
    assert "no undo is written" in stands.reason


def test_an_undo_that_fails_is_not_called_done(garden: Garden) -> None:
    def cannot(c: Host) -> None:
        c.change("rm", "no-such-thing")

    outcome = advance(garden, replace(moving(), undo=cannot))
    (kept,) = named(outcome, "take back")
    assert kept.result is Result.FAILED
    assert "no-such-thing" in kept.reason


def test_a_host_that_cannot_be_asked_lets_nothing_be_changed(garden: Garden) -> None:
    def gone(c: Host) -> Any:
        raise CommandFailed("cat ended with 1", host=c.name, exited=1, stderr="no such file")

    outcome = garden.advance(planting(), loop=loop(), invariants=[invariant(FENCE, gone)])
    assert (outcome.result, outcome.exit_code) == (Result.UNKNOWN, 4)
    assert "nothing was changed" in named(outcome, "beans")[0].reason
    assert garden.wire().sent == []


def test_what_is_broken_before_lets_nothing_be_changed(garden: Garden) -> None:
    advance(garden, Step("audit", lambda c: Seen(True, "fine")), read_only=True)
    garden.file("fence").write_text("west\n")
    outcome = advance(garden, planting())
    assert outcome.exit_code == 1
    assert named(outcome, "beans")[0].result is Result.REFUSED
    assert garden.wire().sent == []


def test_the_first_run_of_the_loop_is_what_all_later_ones_are_compared_with(
    garden: Garden,
) -> None:
    advance(garden, Step("audit", lambda c: Seen(True, "fine")), read_only=True)
    assert advance(garden, planting()).result is Result.CHANGED
    garden.file("fence").write_text("east\n")
    outcome = advance(garden, Step("verify", lambda c: Seen(True, "fine")), read_only=True)
    assert outcome.result is Result.FAILED
    assert "it was ['north'] and is ['east']" in named(outcome, "Non-Goal")[0].reason


def test_a_change_that_was_lost_is_compared_when_it_turns_out_to_be_so(garden: Garden) -> None:
    advance(garden, Step("audit", lambda c: Seen(True, "fine")), read_only=True)
    garden.wire().cut_after = "fence"
    step = moving()
    assert advance(garden, Step("look", lambda c: Seen(True, "fine")), step).exit_code in (4, 5)
    garden.wire().cut_after = ""
    garden.file("fence").write_text("north\neast\n")
    garden.file("bed").write_text("beans\n")
    assert advance(garden, step).result is Result.FAILED


def test_a_difference_may_be_allowed_with_a_reason_against_others(garden: Garden) -> None:
    def grow_only(before: Any, after: Any) -> str:
        return "" if set(before) <= set(after) else f"{set(before) - set(after)} is gone"

    bound = [invariant(FENCE, fence, grow_only)]
    assert garden.advance(moving(), loop=loop(), invariants=bound).result is Result.CHANGED
    garden.file("fence").write_text("east\n")
    outcome = garden.advance(planting("peas"), loop=loop(), invariants=bound)
    assert "{'north'} is gone" in named(outcome, "Non-Goal")[0].reason


def test_a_comparison_that_breaks_allows_nothing(garden: Garden) -> None:
    def bad(before: Any, after: Any) -> str:
        raise TypeError("cannot compare")

    outcome = garden.advance(moving(), loop=loop(), invariants=[invariant(FENCE, fence, bad)])
    assert outcome.result is Result.FAILED
    assert garden.file("fence").read_text() == "north\n"


def test_an_invariant_whose_line_was_reworded_is_not_left_unchecked(garden: Garden) -> None:
    with pytest.raises(RunbookError, match="begins with"):
        garden.advance(planting(), loop=a_loop(), invariants=[invariant(FENCE, fence)])
    assert garden.wire().sent == []
