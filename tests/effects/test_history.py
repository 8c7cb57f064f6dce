"""What the receipts of a loop say, asked of receipts as they are: no file is read here."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from loopkit.effects.evidence.history import NO_HISTORY, Damaged, History
from loopkit.effects.evidence.receipt import Kind, Receipt, StepRecord
from loopkit.errors import DocumentError
from loopkit.loop.model import Item, Phase, PhaseStatus, Place
from loopkit.loop.outcome import Result, StepOutcome
from tests.effects.stage import LOOP_ID, a_phase

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LAB: dict[str, Any] = {"lab": "built-in"}
_hours = count()


def listed(*keys: str) -> Phase:
    """Returns phase P2 with a checklist."""
    items = (Item(key, key, PhaseStatus.DONE, "done", (), Place(20)) for key in keys)
    return replace(a_phase("P2"), items=tuple(items))


def ran(item: str | None = None, result: Result = Result.CHANGED, **more: Any) -> Receipt:
    """Returns the receipt of a run of P2, an hour after the one before."""
    at = NOON + timedelta(hours=next(_hours))
    said = {"phase": "P2", "item": item, "result": result, "started": at, "ended": at} | more
    name = f"{at:%d%H}-{item}"
    return Receipt(Kind.RUN, LOOP_ID, "ann", name=name, run_id=name, **said)


def marked(status: str, item: str | None = None, **more: Any) -> Receipt:
    """Returns the receipt of a status of P2 that a person set."""
    return replace(ran(item, status=status, **more), kind=Kind.MARK, result=None)


def history(*receipts: Receipt, in_lab: bool = False) -> History:
    return History(LOOP_ID, receipts, in_lab=in_lab)


def step(result: Result, *, sent: bool = False, name: str = "dig", **facts: object) -> StepRecord:
    return StepRecord(StepOutcome(name, "shed", result, "seen", sent=sent, facts=facts))


# ── What one receipt says ───────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("receipt", "done"),
    [
        (ran(), True),
        (ran(result=Result.OK), True),
        (ran(result=Result.WAITING), False),
        (ran(result=Result.UNKNOWN), False),
        (marked("done"), True),
        (marked("pending"), False),
        (marked("skipped"), False),
        (replace(marked("done"), kind=Kind.RESOLVE, result=Result.CHANGED), True),
        (replace(marked("failed"), kind=Kind.RESOLVE, result=Result.FAILED), False),
        (replace(marked("pending"), kind=Kind.REOPEN), False),
        (replace(ran(), kind=Kind.VERIFY), False),
        (replace(marked("done"), kind=Kind.APPROVAL), False),
    ],
)
def test_a_receipt_says_done_by_a_good_run_or_by_a_persons_word(
    receipt: Receipt, done: bool
) -> None:
    assert receipt.says_done is done


def test_only_a_word_on_the_loop_itself_closes_it() -> None:
    closing = replace(marked("closed"), kind=Kind.CLOSE)
    assert closing.says_closed is False
    assert replace(closing, phase="").says_closed is True
    assert replace(closing, phase="", status="open").says_closed is False


# ── The last word ───────────────────────────────────────────────────────────


def test_the_last_word_on_a_phase_without_a_checklist_is_the_last_receipt_of_the_whole() -> None:
    first, second, elsewhere = ran(), ran(result=Result.FAILED), ran("207")
    found = history(first, second, elsewhere)
    assert found.last_word(listed()) == second
    assert found.last_word_on("p2") == second
    assert NO_HISTORY.last_word(listed()) is None


def test_approvals_and_looks_are_no_word_on_a_status() -> None:
    word = ran()
    approval, look = replace(ran(), kind=Kind.APPROVAL), replace(ran(), kind=Kind.VERIFY)
    assert history(word, approval, look).last_word(listed()) == word


def test_a_checklist_is_done_when_its_last_item_was() -> None:
    early, late = ran("209"), ran("207")
    again = history(early, late)
    assert again.last_word(listed("207", "209")) == late
    assert again.last_word(listed("209", "207")) == late


def test_the_item_that_is_behind_speaks_for_its_phase() -> None:
    failed, done = ran("207", Result.FAILED), ran("209")
    assert history(failed, done).last_word(listed("207", "209")) == failed


def test_an_item_that_nobody_speaks_of_leaves_its_phase_without_a_word() -> None:
    assert history(ran("207")).last_word(listed("207", "209")) is None


def test_an_item_that_a_person_left_out_holds_up_nobody() -> None:
    left_out = marked("skipped", "209")
    done = ran("207")
    assert history(done, left_out).last_word(listed("207", "209")) == done
    assert history(left_out, done).last_word(listed("207", "209")) == done
    assert history(left_out).last_word(listed("209")) == left_out


def test_what_is_said_of_the_whole_is_said_of_each_item() -> None:
    item, whole = ran("207"), marked("pending")
    found = history(item, whole)
    assert found.last_word(listed("207", "209")) == whole
    assert found.last_word_on("P2", "207") == whole
    assert found.last_word_on("P2", "209") == whole
    assert history(whole, item).last_word_on("P2", "207") == item
    assert history(whole, item).last_word_on("P2") == whole


def test_the_letter_case_of_a_phase_and_of_an_item_does_not_matter() -> None:
    word = ran("AI", phase="p2")
    assert history(word).last_word_on("P2", "ai") == word
    assert history(word).last_word_on("P2", "207") is None


# ── Elsewhere ───────────────────────────────────────────────────────────────


def test_what_happened_elsewhere_is_no_word_here() -> None:
    lab, real = ran(**LAB), ran(result=Result.FAILED)
    assert history(lab, real).receipts == (real,)
    assert history(lab, real, in_lab=True).receipts == (lab,)
    assert history(lab).last_word(listed()) is None
    assert history(lab).ever_done("P2") is False
    assert history(lab, in_lab=True).ever_done("P2") is True


def test_a_phase_was_ever_done_if_any_receipt_says_so_also_of_an_item() -> None:
    assert history(ran("207"), marked("pending")).ever_done("p2") is True
    assert history(ran(result=Result.FAILED), marked("pending")).ever_done("P2") is False
    assert history(ran()).ever_done("P3") is False


def test_a_lab_alone_has_shown_what_no_later_receipt_speaks_of() -> None:
    both, one = (ran("207", **LAB), ran("209", **LAB)), ran("209")
    phase = listed("207", "209")
    assert history(*both).done_elsewhere(phase) == {"": both[0]}
    assert history(*both, one).done_elsewhere(phase) == {"207": both[0]}
    assert history(*both, one, ran("207")).done_elsewhere(phase) == {}


def test_a_persons_word_on_the_whole_stands_for_each_item() -> None:
    both = (ran("207", **LAB), ran("209", **LAB))
    assert history(*both, marked("done")).done_elsewhere(listed("207", "209")) == {}


def test_a_run_in_a_lab_after_one_on_real_hosts_leaves_it_to_the_lab() -> None:
    lab = ran(**LAB)
    assert history(ran(), lab).done_elsewhere(listed()) == {"": lab}
    assert history(ran(), ran(result=Result.FAILED, **LAB)).done_elsewhere(listed()) == {}
    items, again = (ran("207"), ran("209")), ran("209", **LAB)
    assert history(*items, again).done_elsewhere(listed("207", "209")) == {"209": again}


def test_a_checklist_that_was_written_anew_does_not_lose_sight_of_what_a_lab_did() -> None:
    lab = (ran("207", **LAB), ran("209", **LAB))
    renamed = listed("207 (AI)", "209")
    assert history(*lab).done_elsewhere(listed()) == {"": lab[0]}
    assert history(ran(), lab[1]).done_elsewhere(listed()) == {"209": lab[1]}
    whole = ran(**LAB)
    assert history(whole, ran("209")).done_elsewhere(listed()) == {"": whole}
    assert history(*lab, ran("209")).done_elsewhere(renamed) == {"207": lab[0]}
    assert history(*lab, ran("209"), ran("207 (AI)")).done_elsewhere(renamed) == {}


def test_an_item_that_a_lab_did_is_named_once_whatever_the_case_of_its_letters() -> None:
    lab = ran("ai", **LAB)
    found = history(lab, ran("209")).done_elsewhere(listed("AI", "209", "210"))
    assert found == {"ai": lab}


def test_within_a_lab_it_is_real_hosts_that_are_elsewhere() -> None:
    real = ran()
    assert history(real, in_lab=True).done_elsewhere(listed()) == {"": real}


def test_a_loop_was_closed_elsewhere_if_that_is_the_last_word_on_it() -> None:
    closing = replace(marked("closed", **LAB), kind=Kind.CLOSE, phase="")
    assert history(closing).closed_elsewhere() == closing
    assert history(closing, replace(closing, lab="")).closed_elsewhere() is None
    assert history(closing, in_lab=True).closed_elsewhere() is None
    reopened = replace(closing, kind=Kind.REOPEN, status="open")
    assert history(closing, reopened).closed_elsewhere() is None


# ── Runs ────────────────────────────────────────────────────────────────────


def test_a_change_is_in_doubt_until_its_end_is_seen_or_a_person_says_what_it_came_to() -> None:
    lost = ran(result=Result.UNKNOWN, steps=(step(Result.UNKNOWN, sent=True),))
    seen = ran(result=Result.OK, steps=(step(Result.OK),))
    blind = ran(result=Result.UNKNOWN, steps=(step(Result.UNKNOWN),))
    doubt = {("dig", "shed"): lost.run_id}
    assert history(lost).doubts("p2", None) == doubt
    assert history(lost, blind).doubts("P2", None) == doubt
    again = replace(lost, run_id="again")
    failed = ran(result=Result.FAILED, steps=(step(Result.FAILED),))
    assert history(lost, again).doubts("P2", None) == doubt
    assert history(lost, seen).doubts("P2", None) == {}
    assert history(seen, lost, seen).doubts("P2", None) == {}
    assert history(lost, failed).doubts("P2", None) == {}
    for kind in (Kind.MARK, Kind.RESOLVE, Kind.REOPEN):
        said = replace(marked("pending"), kind=kind)
        assert history(lost, said).doubts("P2", None) == {}
        assert history(lost, said, again).doubts("P2", None) == {("dig", "shed"): "again"}
    assert history(lost).doubts("P3", None) == {}
    assert history(replace(lost, **LAB)).doubts("P2", None) == {}


def test_a_doubt_about_the_whole_is_one_about_each_item_and_not_the_other_way_round() -> None:
    whole = ran(result=Result.UNKNOWN, steps=(step(Result.UNKNOWN, sent=True),))
    item = replace(whole, item="207", run_id="one")
    assert list(history(whole).doubts("P2", "207").values()) == [whole.run_id]
    assert list(history(item).doubts("P2", "207").values()) == ["one"]
    assert history(item).doubts("P2", "209") == {}
    assert history(item).doubts("P2", None) == {}


def test_a_job_was_settled_once_for_each_certain_end() -> None:
    ended = ran("207", steps=(step(Result.CHANGED),))
    failed = ran("207", Result.FAILED, steps=(step(Result.FAILED),))
    waiting = ran("207", Result.WAITING, steps=(step(Result.WAITING),))
    resolved = replace(marked("pending", "207"), kind=Kind.RESOLVE)
    reopened = replace(marked("pending", "207"), kind=Kind.REOPEN)
    by_hand, whole = marked("pending", "207"), replace(ended, item=None)
    found = history(ended, failed, waiting, resolved, reopened, by_hand, whole)
    assert found.times_settled("P2", "207", "dig") == 4
    assert found.times_settled("P2", "207", "rake") == 2
    assert found.times_settled("P2", "209", "dig") == 0
    assert found.times_settled("P2", None, "dig") == 1


def test_facts_are_those_of_good_runs_the_latest_of_each() -> None:
    first = ran(steps=(step(Result.OK, size=1, vmids=[200]),))
    second = ran(steps=(step(Result.CHANGED, size=2),))
    failed = ran(result=Result.FAILED, steps=(step(Result.OK, size=3),))
    assert history(first, second, failed).facts == {"size": 2, "vmids": [200]}


def test_the_baseline_is_what_the_first_run_read_whatever_it_came_to() -> None:
    first = ran(result=Result.FAILED, steps=(step(Result.OK, invariant="size", value=1),))
    broken = ran(steps=(step(Result.FAILED, invariant="files", value=0),))
    later = ran(steps=(step(Result.OK, invariant="size", value=2),))
    look = replace(first, kind=Kind.VERIFY)
    assert history(look, first, broken, later).baseline == {"size": 1}
    assert history(look).baseline == {}


def test_an_approval_that_a_run_names_is_used() -> None:
    used = ran(result=Result.FAILED, uses=("a.json",))
    assert history(used, ran(uses=("b.json",))).used_approvals == {"a.json", "b.json"}
    assert history(replace(used, **LAB)).used_approvals == frozenset()


# ── Whole ───────────────────────────────────────────────────────────────────


def test_a_history_with_a_damaged_receipt_is_not_whole() -> None:
    torn = replace(history(ran()), damaged=(Damaged("a.json", "loops/receipts/L/a.json", "torn"),))
    with pytest.raises(DocumentError) as raised:
        torn.require_whole()
    assert raised.value.what == "this receipt cannot be read"
    assert (raised.value.where, raised.value.why) == ("loops/receipts/L/a.json", "torn")
    assert raised.value.help == "git checkout -- loops/receipts/L/a.json"
    assert torn.names == {torn.everything[0].name, "a.json"}
    whole = history(ran())
    assert whole.require_whole() is whole


def test_one_more_receipt_stands_where_its_chain_puts_it() -> None:
    late = ran()
    early = replace(ran(), ended=late.ended - timedelta(days=1))
    assert history(late).including(early).everything == (early, late)
