"""Receipts: the file, the chain, what is kept apart, and approvals."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loopkit.effects.evidence.approvals import (
    approval_of_plan,
    approvals,
    record_approval,
    record_mark,
)
from loopkit.effects.evidence.audit import check_chain
from loopkit.effects.evidence.codec import from_bytes, is_sealed, to_bytes
from loopkit.effects.evidence.receipt import (
    Command,
    Kind,
    Output,
    Receipt,
    StepRecord,
    VerdictRecord,
)
from loopkit.effects.evidence.store import receipt_path, safe_name
from loopkit.errors import DocumentError, RecordFailed, Refused
from loopkit.loop.model import Item, Loop, PhaseStatus, Place
from loopkit.loop.outcome import (
    CellUpdate,
    ListBlock,
    PhaseOutcome,
    Result,
    StepOutcome,
    TableBlock,
    TextBlock,
)
from loopkit.loop.snapshot import Approval
from tests.effects.stage import LOOP_ID, Garden, a_loop, a_phase, planting

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def garden(tmp_path: Path) -> Garden:
    return Garden(tmp_path)


def full_receipt(text: str = "10 of 10") -> Receipt:
    outcome = StepOutcome(
        name=text,
        host="pve",
        result=Result.CHANGED,
        seen=text,
        reason=text,
        help=text,
        seconds=1.5,
        blocks=(TableBlock(text, (text,), ((text,),)), ListBlock(text, (text,)), TextBlock(text)),
        updates=(CellUpdate(text, text, text, text),),
        facts={"vmids": [200, 204], text: text},
        sent=True,
    )
    command = Command("pve", ("echo", text), True, 0, Output(3, "ab"), Output(0, "cd"), 0.25)
    return Receipt(
        kind=Kind.RUN,
        loop=LOOP_ID,
        who=text,
        started=NOON,
        ended=NOON + timedelta(seconds=3),
        phase="P1",
        item=text,
        result=Result.CHANGED,
        expires=NOON,
        approved=True,
        run_id="3f9c81d2",
        steps=(StepRecord(outcome, (command, replace(command, exited=None, stdout=None))),),
        verdicts=(VerdictRecord(text, "met", text, text, "loops/x.md:4"),),
        uses=(text,),
        notes=(text,),
    )


@settings(deadline=None)
@given(st.text())
def test_a_receipt_reads_back_as_it_was_whatever_a_host_printed(text: str) -> None:
    raw = to_bytes(full_receipt(text))
    assert from_bytes(raw) == full_receipt(text)
    assert is_sealed(raw)
    assert raw.isascii()
    assert all(byte >= 32 or byte == 10 for byte in raw)


def test_the_bytes_of_a_receipt_are_those_of_its_schema_version() -> None:
    kept = (Path(__file__).parent / "golden" / "receipt-1.json").read_bytes()
    assert to_bytes(full_receipt()) == kept
    assert from_bytes(kept) == full_receipt()


def test_a_receipt_gives_back_the_outcome_that_was_written(garden: Garden) -> None:
    outcome = garden.advance(planting())
    assert garden.receipts()[0].outcome() == outcome


def test_a_receipt_is_pretty_sorted_json_named_by_time_phase_and_run(garden: Garden) -> None:
    garden.advance(planting())
    receipt = garden.receipts()[0]
    path = receipt_path(garden, receipt)
    assert path.parent == garden.root / "loops" / "receipts" / LOOP_ID
    assert path.name == f"20260301T080001Z-P1-{receipt.run_id}.json"
    text = path.read_text()
    record = json.loads(text)
    assert text == json.dumps(record, indent=2, sort_keys=True) + "\n"
    assert (record["schema_version"], record["kind"], record["result"]) == (1, "run", "changed")


def test_a_receipt_is_never_writable_by_the_world(garden: Garden) -> None:
    old = os.umask(0)
    try:
        garden.advance(planting())
    finally:
        os.umask(old)
    mode = stat.S_IMODE(receipt_path(garden, garden.receipts()[0]).stat().st_mode)
    assert mode & stat.S_IWOTH == 0


def test_what_happened_in_a_lab_is_no_evidence_elsewhere_and_the_other_way_round(
    garden: Garden,
) -> None:
    garden.lab_kind = "built-in"
    garden.advance(planting())
    assert [r.lab for r in garden.receipts()] == ["built-in"]
    garden.lab_kind = ""
    assert garden.receipts() == ()
    garden.advance(planting())
    garden.lab_kind = "namespace"
    assert [r.lab for r in garden.receipts()] == ["built-in"]


def test_a_receipt_that_cannot_be_read_is_an_error_not_an_absent_one(garden: Garden) -> None:
    garden.advance(planting())
    path = receipt_path(garden, garden.receipts()[0])
    path.write_text("<<<<<<< ours\n")
    with pytest.raises(DocumentError) as raised:
        garden.receipts()
    assert raised.value.where == str(path.relative_to(garden.root))
    assert raised.value.help.startswith("git checkout -- loops/receipts/")


def test_a_version_that_is_not_known_is_not_guessed_at(garden: Garden) -> None:
    raw = to_bytes(full_receipt()).replace(b'"schema_version": 1', b'"schema_version": 2')
    with pytest.raises(ValueError, match="schema_version 2"):
        from_bytes(raw)


@pytest.mark.parametrize(
    "name", ["../../etc", "/etc/passwd", "a/b", ".hidden", "-rf", "a\0b", "", "é", "x" * 300, ".."]
)
def test_an_id_never_becomes_a_path(name: str) -> None:
    safe = safe_name(name)
    assert safe == Path(safe).name
    assert safe[0] not in ".-"
    assert len(safe) < 130
    assert safe != safe_name(name + " ")


def test_a_plain_id_is_its_own_name() -> None:
    assert safe_name(LOOP_ID) == LOOP_ID


def test_receipts_that_would_leave_the_workspace_are_not_written(
    garden: Garden, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (garden.root / "loops").mkdir()
    (garden.root / "loops" / "receipts").symlink_to(outside)
    with pytest.raises(RecordFailed, match="leads out of the workspace"):
        garden.histories.append(full_receipt())
    assert list(outside.iterdir()) == []


# ── The chain ───────────────────────────────────────────────────────────────

DONE = PhaseStatus.DONE


def two_phases_done() -> Loop:
    return a_loop(a_phase("P0", status=DONE), a_phase("P1", "P0", status=DONE))


def honest(garden: Garden) -> Loop:
    for phase in ("P0", "P1"):
        garden.advance(planting(phase), loop=a_loop(a_phase(phase)))
    return two_phases_done()


def codes(garden: Garden, loop: Loop) -> list[str]:
    return [finding.code for finding in check_chain(garden.histories, loop)]


def test_an_honest_history_has_no_finding(garden: Garden) -> None:
    loop = honest(garden)
    record_approval(garden.histories, LOOP_ID, "P1", approved=True, who="ann", reason="yes")
    record_mark(garden.histories, LOOP_ID, "P1", "done", who="ann", reason="by hand", at=NOON)
    assert check_chain(garden.histories, loop) == ()


def test_each_receipt_names_the_one_before_it(garden: Garden) -> None:
    honest(garden)
    first, second = garden.receipts()
    assert first.previous == ()
    assert [(link.name, link.sha256) for link in second.previous] == [(first.name, first.sha256)]


def test_a_done_phase_without_a_receipt_is_named(garden: Garden) -> None:
    garden.advance(planting(), loop=a_loop(a_phase("P0")))
    findings = check_chain(garden.histories, two_phases_done())
    assert [(f.code, f.line) for f in findings] == [("evidence-missing", 10)]
    assert findings[0].message.startswith("P1 is done")


def test_a_phase_that_failed_last_and_says_done_contradicts_its_receipt(garden: Garden) -> None:
    loop = honest(garden)
    garden.wire().unreachable = True
    garden.advance(planting("P1"), loop=a_loop(a_phase("P1")))
    assert codes(garden, loop) == ["evidence-contradicts"]


@pytest.mark.parametrize("which", [0, 1])
def test_an_altered_receipt_is_named(garden: Garden, which: int) -> None:
    loop = honest(garden)
    receipt = garden.receipts()[which]
    path = receipt_path(garden, receipt)
    path.write_bytes(path.read_bytes().replace(b'"gardener"', b'"somebody"'))
    findings = check_chain(garden.histories, loop)
    assert {f.code for f in findings} == {"evidence-altered"}
    assert all(receipt.name in f.message for f in findings)


def test_an_altered_receipt_that_was_sealed_again_is_named_by_the_one_after(garden: Garden) -> None:
    loop = honest(garden)
    first = garden.receipts()[0]
    receipt_path(garden, first).write_bytes(to_bytes(replace(first, who="somebody")))
    findings = check_chain(garden.histories, loop)
    assert [f.code for f in findings] == ["evidence-altered"]
    assert first.name in findings[0].message


def test_a_lost_receipt_is_named(garden: Garden) -> None:
    loop = honest(garden)
    first = garden.receipts()[0]
    receipt_path(garden, first).unlink()
    assert codes(garden, loop) == ["evidence-lost", "evidence-missing"]


def test_a_damaged_receipt_is_named(garden: Garden) -> None:
    loop = honest(garden)
    first = garden.receipts()[0]
    receipt_path(garden, first).write_bytes(b"\0\0\0")
    assert codes(garden, loop) == ["evidence-damaged", "evidence-missing"]


def test_a_receipt_of_another_loop_proves_nothing_here(garden: Garden) -> None:
    loop = honest(garden)
    other = garden.histories.append(replace(full_receipt(), loop="LOOP-OTHER-20260301"))
    copy = receipt_path(garden, garden.receipts()[0]).parent / other.name
    copy.write_bytes(receipt_path(garden, other).read_bytes())
    assert "evidence-altered" in codes(garden, loop)


def test_a_receipt_older_than_what_it_depends_on_is_named(garden: Garden) -> None:
    loop = honest(garden)
    garden.file("bed").unlink()
    garden.advance(planting("P0"), loop=a_loop(a_phase("P0")))
    findings = check_chain(garden.histories, loop)
    assert [f.code for f in findings] == ["evidence-older"]
    assert findings[0].mend == f"loop reopen {LOOP_ID} P1"


def test_two_branches_that_git_merged_are_an_honest_history(garden: Garden) -> None:
    base = garden.advance(planting("P0"), loop=a_loop(a_phase("P0")))
    folder = receipt_path(garden, garden.receipts()[0]).parent
    garden.advance(planting("P1"), loop=a_loop(a_phase("P1")))
    ours = next(p for p in folder.iterdir() if base.run_id not in p.name)
    kept = ours.read_bytes()
    ours.unlink()
    garden.advance(planting("P2"), loop=a_loop(a_phase("P2")))
    ours.write_bytes(kept)
    assert [len(r.previous) for r in garden.receipts()] == [0, 1, 1]
    garden.advance(planting("P3"), loop=a_loop(a_phase("P3")))
    assert len(garden.receipts()[-1].previous) == 2
    loop = a_loop(*(a_phase(id, status=DONE) for id in ("P0", "P1", "P2", "P3")))
    assert check_chain(garden.histories, loop) == ()


def test_the_chain_orders_receipts_when_a_clock_was_set_back(garden: Garden) -> None:
    garden.advance(planting("P0"), loop=a_loop(a_phase("P0")))
    garden.at -= timedelta(days=2)
    garden.advance(planting("P1"), loop=a_loop(a_phase("P1")))
    garden.at += timedelta(days=1)
    garden.advance(planting("P2"), loop=a_loop(a_phase("P2")))
    assert [r.phase for r in garden.receipts()] == ["P0", "P1", "P2"]


# ── Approvals ───────────────────────────────────────────────────────────────


def approve(garden: Garden, plan: str = "", **more: object) -> Receipt:
    given = {"approved": True, "who": "ann", "reason": "looked at it", "plan_hash": plan}
    return record_approval(garden.histories, LOOP_ID, "P1", **(given | more))  # type: ignore[arg-type]


def standing(garden: Garden) -> tuple[Approval, ...]:
    """Returns the answers to gates that hold now."""
    return approvals(garden.history(), garden.now())


def test_an_approval_says_who_when_and_why_and_survives_a_restart(garden: Garden) -> None:
    approve(garden, gate="Physical visit")
    again = Garden(garden.root, at=garden.at)
    (approval,) = approvals(again.history(), again.at)
    assert (approval.who, approval.reason, approval.approved) == ("ann", "looked at it", True)
    assert approval.gate == "Physical visit"
    assert approval.at == datetime(2026, 3, 1, 8, 0, 2, tzinfo=UTC)


def test_the_last_word_on_a_gate_holds(garden: Garden) -> None:
    approve(garden)
    approve(garden, approved=False, reason="it rains")
    assert [(a.approved, a.reason) for a in standing(garden)] == [(False, "it rains")]


def test_an_approval_serves_once(garden: Garden) -> None:
    approve(garden)
    approve(garden, item="207")
    garden.wire().unreachable = True
    garden.advance(planting())
    assert len(standing(garden)) == 2
    garden.wire().unreachable = False
    garden.advance(planting())
    assert standing(garden) == ()


def test_an_item_that_is_done_does_not_use_up_the_approval_of_the_whole(garden: Garden) -> None:
    approve(garden)
    approve(garden, item="207")
    item = Item("207", "207", PhaseStatus.PENDING, None, (), Place(1))
    garden.advance(planting(), item=item)
    assert [approval.item for approval in standing(garden)] == [None]


def garden_outcome() -> PhaseOutcome:
    return PhaseOutcome("P1", Result.OK, ())


def test_an_approval_expires(garden: Garden) -> None:
    approve(garden, expires=garden.at + timedelta(hours=1))
    assert len(standing(garden)) == 1
    garden.at += timedelta(hours=1)
    assert standing(garden) == ()


def test_an_approval_of_nobody_or_of_the_past_is_refused(garden: Garden) -> None:
    with pytest.raises(Refused, match="who gave it"):
        approve(garden, who=" ")
    with pytest.raises(Refused, match="expired already"):
        approve(garden, expires=garden.at)
    assert garden.receipts() == ()


def usable(garden: Garden, plan: str = "aa11", runner: str = "bob", four: bool = True) -> Receipt:
    return approval_of_plan(
        garden.history(), "p1", plan, garden.now(), runner=runner, four_eyes=four
    )


def test_a_plan_runs_on_the_approval_of_exactly_that_plan(garden: Garden) -> None:
    assert usable_name(garden) == ""
    given = approve(garden, "aa11")
    assert usable(garden).name == given.name


def usable_name(garden: Garden) -> str:
    try:
        return usable(garden).name
    except Refused:
        return ""


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda g: approve(g, "bb22"), "the plan is now aa11"),
        (lambda g: approve(g, "aa11", approved=False, reason="no"), "rejected it: no"),
        (lambda g: approve(g, "aa11", who="bob"), "ask for two people"),
    ],
)
def test_another_answer_lets_no_plan_run(garden: Garden, change, why: str) -> None:  # type: ignore[no-untyped-def]
    change(garden)
    with pytest.raises(Refused) as raised:
        usable(garden)
    assert why in raised.value.why
    assert raised.value.help.startswith(f"loop approve {LOOP_ID} p1")


def test_an_approved_plan_runs_once_and_not_after_its_time(garden: Garden) -> None:
    given = approve(garden, "aa11", expires=garden.at + timedelta(hours=1))
    garden.begin(uses=(given.name,)).finish(garden_outcome())
    with pytest.raises(Refused, match="serves once"):
        usable(garden)
    approve(garden, "aa11", expires=garden.at + timedelta(hours=1))
    garden.at += timedelta(hours=2)
    with pytest.raises(Refused, match="good until"):
        usable(garden)


def test_an_approval_of_a_plan_opens_no_gate(garden: Garden) -> None:
    approve(garden, "aa11")
    assert standing(garden) == ()


def test_the_same_person_may_approve_and_run_where_settings_do_not_mind(garden: Garden) -> None:
    approve(garden, "aa11", who="bob")
    assert usable(garden, four=False).who == "bob"


def test_a_status_by_hand_is_recorded_as_made_by_hand(garden: Garden) -> None:
    record_mark(garden.histories, LOOP_ID, "P1", "done", who="ann", reason="saw it", at=NOON)
    (receipt,) = garden.receipts()
    assert (receipt.kind, receipt.status, receipt.ended) == (Kind.MARK, "done", NOON)
    assert (receipt.who, receipt.reason, receipt.result) == ("ann", "saw it", None)
