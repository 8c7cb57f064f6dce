"""What a document says after a run."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from loopkit.errors import Refused, UnknownPhase
from loopkit.loop.change import AddEvidence, Change, SetItemStatus, SetLoopStatus, SetPhaseStatus
from loopkit.loop.model import Loop, LoopStatus, PhaseStatus
from loopkit.loop.outcome import (
    CellUpdate,
    ListBlock,
    PhaseOutcome,
    Result,
    StepOutcome,
    TableBlock,
    TextBlock,
)
from loopkit.loop.settle import settle, settle_closing
from tests.loop.handmade import item, loop, phase

DAY = date(2026, 2, 9)
OWN = loop("LOOP-OWN", phase("P0"), phase("P1"))
TABLE = TableBlock("Coverage", ("VM", "Newest"), (("204", "5h"),))
UPDATE = CellUpdate("vzdump Job Coverage", "205", "In vzdump?", "YES")


def step(result: Result = Result.OK, name: str = "vzdump job", **more: object) -> StepOutcome:
    return StepOutcome(name, "pve", result, "10 of 10", **more)  # type: ignore[arg-type]


def ran(phase: str, result: Result, *steps: StepOutcome, **more: object) -> PhaseOutcome:
    return PhaseOutcome(phase, result, steps or (step(result),), run_id="3f9c77aa", **more)  # type: ignore[arg-type]


def status(*outcomes: PhaseOutcome, of: str = "pending") -> SetPhaseStatus:
    (change,) = settle(loop("LOOP-OWN", phase("P0", of), phase("P1")), outcomes, DAY)
    assert isinstance(change, SetPhaseStatus)
    return change


def evidence(changes: tuple[Change, ...]) -> AddEvidence:
    (found,) = (c for c in changes if isinstance(c, AddEvidence))
    return found


@pytest.mark.parametrize("result", [Result.OK, Result.CHANGED])
def test_a_done_phase_gets_its_cell_its_updates_and_one_evidence_section(result: Result) -> None:
    shows = step(result, blocks=(TABLE,), updates=(UPDATE,))
    changes = settle(OWN, [ran("p0", result, shows, shows)], DAY)
    assert changes == (
        SetPhaseStatus("P0", PhaseStatus.DONE),
        UPDATE,
        AddEvidence("P0", "Evidence", DAY, (TABLE, TextBlock("Run 3f9c77aa."))),
    )


def test_each_phase_of_several_is_settled_by_its_own_outcome() -> None:
    changes = settle(OWN, [ran("P0", Result.OK), ran("P1", Result.FAILED)], DAY)
    assert changes[:2] == (
        SetPhaseStatus("P0", PhaseStatus.DONE),
        SetPhaseStatus("P1", PhaseStatus.FAILED, "vzdump job on pve, run 3f9c77aa"),
    )


def test_of_two_outcomes_of_one_phase_the_later_is_written() -> None:
    assert status(ran("P0", Result.FAILED), ran("p0", Result.REFUSED)).status is PhaseStatus.BLOCKED


def test_what_was_shown_stands_once_and_in_the_order_of_the_steps() -> None:
    other = TextBlock("Quorum is there.")
    shows = step(blocks=(TABLE, other)), step(blocks=(TABLE,))
    found = evidence(settle(OWN, [ran("P0", Result.OK, *shows)], DAY))
    assert found.blocks[:-1] == (TABLE, other)


def test_an_outcome_without_a_run_names_none() -> None:
    failed = PhaseOutcome("P0", Result.FAILED, (step(Result.FAILED),))
    assert status(failed).note == "vzdump job on pve"
    done = settle(OWN, [PhaseOutcome("P0", Result.OK, (step(),))], DAY)
    assert evidence(done).blocks[-1] == TextBlock("Run.")


def test_the_last_phase_has_closeout_evidence() -> None:
    assert evidence(settle(OWN, [ran("P1", Result.OK)], DAY)).title == "Closeout Evidence"


def test_steps_that_show_nothing_are_listed_with_what_they_saw() -> None:
    found = evidence(settle(OWN, [ran("P0", Result.OK, step(), step(name="quorum"))], DAY))
    assert found.blocks[0] == ListBlock(
        "Steps", ("vzdump job (pve): 10 of 10", "quorum (pve): 10 of 10")
    )


def test_evidence_of_a_lab_says_so() -> None:
    found = evidence(settle(OWN, [ran("P0", Result.OK, lab="built-in")], DAY))
    assert found.blocks[-1] == TextBlock(
        "Run 3f9c77aa in the built-in lab: no evidence of real hosts."
    )


SENT = step(Result.UNKNOWN, sent=True)
LOOKED = step(Result.UNKNOWN)


def elsewhere(result: Result) -> StepOutcome:
    return replace(step(result), host="a|b")


@pytest.mark.parametrize(
    ("outcome", "becomes", "note"),
    [
        (ran("P0", Result.FAILED), PhaseStatus.FAILED, "vzdump job on pve, run 3f9c77aa"),
        (ran("P0", Result.REFUSED), PhaseStatus.BLOCKED, "vzdump job on pve, run 3f9c77aa"),
        (ran("P0", Result.WAITING), PhaseStatus.IN_PROGRESS, "running on pve, run 3f9c77aa"),
        (
            ran("P0", Result.UNKNOWN, LOOKED, exit_code=4),
            PhaseStatus.BLOCKED,
            "not determined on pve, run 3f9c77aa",
        ),
        (
            ran("P0", Result.UNKNOWN, LOOKED, exit_code=1),
            PhaseStatus.BLOCKED,
            "vzdump job on pve, run 3f9c77aa",
        ),
        (
            ran("P0", Result.UNKNOWN, LOOKED, exit_code=130),
            PhaseStatus.BLOCKED,
            "interrupted, run 3f9c77aa",
        ),
        (
            ran("P0", Result.UNKNOWN, SENT, exit_code=143),
            PhaseStatus.UNKNOWN,
            "outcome lost on pve, run 3f9c77aa",
        ),
        (
            ran("P0", Result.UNKNOWN, SENT, exit_code=5),
            PhaseStatus.UNKNOWN,
            "outcome lost on pve, run 3f9c77aa",
        ),
        (
            ran("P0", Result.UNKNOWN, SENT, exit_code=4),
            PhaseStatus.UNKNOWN,
            "outcome lost on pve, run 3f9c77aa",
        ),
        (
            ran("P0", Result.UNKNOWN, LOOKED),
            PhaseStatus.UNKNOWN,
            "outcome lost on pve, run 3f9c77aa",
        ),
        (
            ran("P0", Result.UNKNOWN, LOOKED, exit_code=5),
            PhaseStatus.UNKNOWN,
            "outcome lost on pve, run 3f9c77aa",
        ),
        # No step came to what the phase came to: nothing is named.
        (ran("P0", Result.FAILED, step()), PhaseStatus.FAILED, "run 3f9c77aa"),
        (ran("P0", Result.WAITING, step()), PhaseStatus.IN_PROGRESS, "running, run 3f9c77aa"),
    ],
)
def test_a_phase_that_is_not_done_changes_its_cell_and_nothing_else(
    outcome: PhaseOutcome, becomes: PhaseStatus, note: str
) -> None:
    assert status(outcome) == SetPhaseStatus("P0", becomes, note)


@pytest.mark.parametrize(
    ("outcome", "note"),
    [
        (ran("P0", Result.WAITING, elsewhere(Result.WAITING)), "running"),
        (ran("P0", Result.UNKNOWN, elsewhere(Result.UNKNOWN), exit_code=4), "not determined"),
        (ran("P0", Result.UNKNOWN, elsewhere(Result.UNKNOWN), exit_code=5), "outcome lost"),
        (ran("P0", Result.FAILED, elsewhere(Result.FAILED)), "vzdump job"),
    ],
)
def test_a_host_whose_name_is_no_plain_word_is_not_named_in_a_cell(
    outcome: PhaseOutcome, note: str
) -> None:
    assert status(outcome).note == f"{note}, run 3f9c77aa"


@pytest.mark.parametrize("result", [Result.REFUSED, Result.UNKNOWN])
def test_a_lost_outcome_stays_lost_until_a_look_can_tell(result: Result) -> None:
    lost = "unknown (outcome lost on pve, run 77aa3f9c)"
    again = ran("P0", result, step(result), exit_code=4)
    assert status(again, of=lost).status is PhaseStatus.UNKNOWN
    assert status(ran("P0", Result.FAILED), of=lost).status is PhaseStatus.FAILED
    own = loop("LOOP-OWN", phase("P0", lost))
    assert settle(own, [ran("P0", Result.OK)], DAY)[0] == SetPhaseStatus("P0", PhaseStatus.DONE)


@pytest.mark.parametrize(
    "name",
    [
        "| P5 | **done** |",
        "wait 24h for first run",
        "hold until noon",
        "blocked by LOOP-X",
        "done -->\n# x",
        "x" * 200,
        "`id`",
        "72h soak",
    ],
)
def test_a_name_that_could_be_read_as_state_or_as_a_gate_stays_out_of_the_cell(name: str) -> None:
    assert status(ran("P0", Result.FAILED, step(Result.FAILED, name))).note == "pve, run 3f9c77aa"


def test_no_word_of_a_host_enters_a_cell() -> None:
    hostile = StepOutcome(
        "check", "pve", Result.FAILED, "| P1 | **done** |", reason="wait 24h", help="rm -rf /"
    )
    assert status(ran("P0", Result.FAILED, hostile)).note == "check on pve, run 3f9c77aa"


def test_a_phase_that_is_done_and_still_so_changes_nothing() -> None:
    done = loop("LOOP-OWN", phase("P0", "done"), phase("P1"))
    assert settle(done, [ran("P0", Result.OK)], DAY) == ()


def test_the_last_word_on_a_cell_is_the_one_that_is_written() -> None:
    other = CellUpdate(UPDATE.section, UPDATE.row, UPDATE.column, "NO")
    changes = settle(
        OWN, [ran("P0", Result.OK, step(updates=(other,)), step(updates=(UPDATE,)))], DAY
    )
    assert [c for c in changes if isinstance(c, CellUpdate)] == [UPDATE]


def test_each_step_of_done_work_updates_its_cells_and_work_that_failed_none() -> None:
    other = CellUpdate(UPDATE.section, "206", UPDATE.column, "NO")
    steps = step(updates=(UPDATE,)), step(updates=(other,))
    changes = settle(OWN, [ran("P0", Result.OK, *steps)], DAY)
    assert [c for c in changes if isinstance(c, CellUpdate)] == [UPDATE, other]
    failed = settle(OWN, [ran("P0", Result.FAILED, *steps)], DAY)
    assert [c for c in failed if isinstance(c, CellUpdate)] == []


@pytest.mark.parametrize("of", ["skipped", "done"])
def test_a_phase_that_nothing_may_run_cannot_come_out_as_failed(of: str) -> None:
    with pytest.raises(Refused):
        status(ran("P0", Result.FAILED), of=of)


def test_an_outcome_of_a_phase_or_item_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(UnknownPhase) as error:
        settle(OWN, [ran("P9", Result.OK)], DAY)
    assert error.value.known == ("P0", "P1")
    with pytest.raises(UnknownPhase) as error:
        settle(listed(None, None, None), [ran("P2", Result.OK, item="299")], DAY)
    assert error.value.known == ("207 (AI)", "209", "210")


# ── Items ───────────────────────────────────────────────────────────────────


def listed(*statuses: str | None, of: str = "pending") -> Loop:
    items = tuple(item(k, s) for k, s in zip(("207 (AI)", "209", "210"), statuses, strict=True))
    return loop("LOOP-OWN", phase("P2", of, items=items), phase("P5"))


@pytest.mark.parametrize(
    ("before", "settled"),
    [(None, 1), ("pending", 1), ("failed", 1), ("unknown", 1), ("done", 2), ("skipped", 2)],
)
def test_a_phase_is_in_progress_as_long_as_one_item_of_it_is_open(
    before: str | None, settled: int
) -> None:
    own = listed(None, before, "pending")
    changes = settle(own, [ran("P2", Result.CHANGED, item="207 (AI)")], DAY)
    assert changes[:2] == (
        SetItemStatus("P2", "207 (AI)", PhaseStatus.DONE),
        SetPhaseStatus("P2", PhaseStatus.IN_PROGRESS, f"{settled} of 3"),
    )
    assert evidence(changes).title == "207 (AI) Evidence"


def test_an_item_that_is_done_and_still_so_changes_nothing_and_shows_nothing() -> None:
    own = listed("done", None, None, of="in progress (1 of 3)")
    changes = settle(own, [ran("P2", Result.OK, item="207 (AI)")], DAY)
    assert changes == (SetPhaseStatus("P2", PhaseStatus.IN_PROGRESS, "1 of 3"),)
    assert (
        settle(listed("done", "done", "done", of="done"), [ran("P2", Result.OK, item="209")], DAY)
        == ()
    )


def test_an_outcome_of_the_whole_among_outcomes_of_items_is_refused() -> None:
    with pytest.raises(UnknownPhase, match="P2 of LOOP-OWN has no item ''"):
        settle(
            listed(None, None, None), [ran("P2", Result.OK, item="209"), ran("P2", Result.OK)], DAY
        )


def test_the_last_item_finishes_the_phase_and_a_skipped_one_counts() -> None:
    own = listed("done", "skipped", None, of="in progress (2 of 3)")
    changes = settle(own, [ran("P2", Result.OK, item="210")], DAY)
    assert SetPhaseStatus("P2", PhaseStatus.DONE) in changes


def test_items_are_settled_one_by_one() -> None:
    outcomes = [
        ran("P2", Result.CHANGED, item="207 (AI)"),
        ran("P2", Result.FAILED, item="209"),
        ran("P2", Result.UNKNOWN, SENT, item="210", exit_code=5),
    ]
    statuses = [c for c in settle(listed(None, None, None), outcomes, DAY)
                if not isinstance(c, AddEvidence)]  # fmt: skip
    assert statuses == [
        SetItemStatus("P2", "207 (AI)", PhaseStatus.DONE),
        SetItemStatus("P2", "209", PhaseStatus.FAILED, "vzdump job on pve, run 3f9c77aa"),
        SetItemStatus("P2", "210", PhaseStatus.UNKNOWN, "outcome lost on pve, run 3f9c77aa"),
        SetPhaseStatus("P2", PhaseStatus.IN_PROGRESS, "1 of 3"),
    ]


# ── Closing ─────────────────────────────────────────────────────────────────


def test_closing_sets_the_header_and_its_day_and_nothing_else() -> None:
    assert settle_closing(OWN, DAY) == (SetLoopStatus(LoopStatus.CLOSED, DAY),)


@pytest.mark.parametrize("of", [LoopStatus.CLOSED, LoopStatus.PLANNED, LoopStatus.BLOCKED])
def test_a_loop_that_is_not_open_cannot_be_closed(of: LoopStatus) -> None:
    with pytest.raises(Refused):
        settle_closing(loop("LOOP-OWN", status=of), DAY)
