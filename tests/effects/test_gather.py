"""Snapshot: from receipts, else from git, else unknown; a lab's never for real hosts."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from loopkit.effects import git
from loopkit.effects.evidence.approvals import record_approval, record_mark
from loopkit.effects.evidence.audit import check_chain
from loopkit.effects.evidence.histories import Histories
from loopkit.effects.evidence.receipt import Kind, Receipt
from loopkit.effects.evidence.store import receipt_path
from loopkit.effects.gather import gather
from loopkit.effects.workspace import Workspace, find_workspace
from loopkit.loop.index import Index
from loopkit.loop.model import Loop, LoopStatus, PhaseStatus
from loopkit.loop.outcome import Result
from loopkit.loop.plan import make_plan
from loopkit.loop.snapshot import Answer, Verdict
from tests.effects.reading import readings

ID = "LOOP-OWN-20260208"
PATH = f"loops/{ID}.md"
DOCUMENT = f"""# {ID}

> **Status:** open

## Phases

| Phase | Scope | Dependency | Status |
|-------|-------|------------|--------|
| P3 | Copy | None | **done** |
| P4 | Look around | Physical visit | pending |
| P5 | Verify | P3 | pending (wait 24h for first run) |
"""
LONG_AGO = datetime(2026, 2, 8, 17, 42, tzinfo=UTC)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return made(tmp_path, "")


def made(root: Path, settings: str) -> Workspace:
    (root / "loops").mkdir()
    (root / PATH).write_text(DOCUMENT)
    (root / "loopkit.toml").write_text('zone = "America/New_York"\n' + settings)
    return find_workspace(root)


def in_lab(root: Path) -> Workspace:
    workspace = made(root, 'lab = "lab"\n')
    (root / "lab").mkdir()
    (root / "lab" / "lab.json").write_text('{"kind": "built-in"}')
    return workspace


def ran(workspace: Workspace, phase: str = "P3", lab: str = "", **more: object) -> Receipt:
    at = LONG_AGO
    said = {"result": Result.CHANGED, "run_id": "3f9c", "path": PATH, **more}
    receipt = Receipt(Kind.RUN, ID, "Mira", at, at, phase, lab=lab, **said)  # type: ignore[arg-type]
    return Histories(workspace).append(receipt)


def own(workspace: Workspace) -> Loop:
    return workspace.load(ID).loop


def answers(workspace: Workspace, phase: str) -> list[Answer]:
    plan = make_plan(own(workspace), gather(workspace))
    return next([v.answer for v in p.verdicts] for p in plan.phases if p.phase.id == phase)


def in_git(workspace: Workspace, at: datetime, path: str = PATH) -> None:
    for argv in (["init", "-q"], ["config", "user.name", "Mira"], ["config", "user.email", "m@x"]):
        subprocess.run(["git", *argv], cwd=workspace.root, check=True)
    git.commit(workspace.root, [path], "Begin", at=at)


def test_facts_hold_every_loop_what_is_unreadable_and_the_time_in_the_zone(
    workspace: Workspace,
) -> None:
    (workspace.root / "loops" / "LOOP-BAD.md").write_bytes(b"\xff")
    facts = gather(workspace)
    assert isinstance(facts.loops, Index)
    assert list(facts.loops) == [PATH]
    assert list(facts.unreadable) == ["loops/LOOP-BAD.md"]
    assert facts.now.tzinfo == workspace.settings.zone
    assert abs(facts.now - datetime.now(UTC)) < timedelta(seconds=10)


def test_a_phase_was_finished_when_its_receipt_says(workspace: Workspace) -> None:
    ran(workspace)
    when = gather(workspace).finished[ID, "P3"]
    assert (when.at, when.source) == (LONG_AGO, "receipt 3f9c")
    assert answers(workspace, "P5") == [Answer.MET, Answer.MET]


def test_without_a_receipt_it_was_finished_when_git_says(workspace: Workspace) -> None:
    in_git(workspace, LONG_AGO)
    when = gather(workspace).finished[ID, "P3"]
    assert when.at == LONG_AGO
    assert when.source.startswith("commit ")
    assert answers(workspace, "P5") == [Answer.MET, Answer.MET]


def test_without_either_it_is_unknown_and_the_gate_says_how_to_state_it(
    workspace: Workspace,
) -> None:
    plan = make_plan(own(workspace), gather(workspace))
    wait = plan.phases[2].verdicts[-1]
    assert wait.answer is Answer.UNKNOWN
    assert f"loop mark {ID} P3 done --at" in wait.help
    record_mark(Histories(workspace), ID, "P3", "done", who="Mira", reason="", at=LONG_AGO)
    assert answers(workspace, "P5") == [Answer.MET, Answer.MET]


def test_a_receipt_speaks_before_git_and_a_phase_taken_up_again_asks_git(
    workspace: Workspace,
) -> None:
    in_git(workspace, LONG_AGO + timedelta(days=1))
    ran(workspace)
    assert gather(workspace).finished[ID, "P3"].at == LONG_AGO
    record_mark(Histories(workspace), ID, "P3", "pending", who="Mira", reason="", kind=Kind.REOPEN)
    assert gather(workspace).finished[ID, "P3"].at == LONG_AGO + timedelta(days=1)


@pytest.mark.parametrize("result", [Result.FAILED, Result.UNKNOWN, Result.WAITING, Result.REFUSED])
def test_a_run_that_did_not_finish_finishes_nothing(workspace: Workspace, result: Result) -> None:
    ran(workspace, result=result)
    assert gather(workspace).finished[ID, "P3"].at is None


def test_a_receipt_that_cannot_be_read_is_never_taken_for_absent(workspace: Workspace) -> None:
    in_git(workspace, LONG_AGO)
    receipt_path(workspace, ran(workspace)).write_text("{torn")
    when = gather(workspace).finished[ID, "P3"]
    assert when.at is None
    assert "cannot be read" in when.source


def test_two_documents_of_one_id_leave_its_times_unknown(workspace: Workspace) -> None:
    (workspace.root / "loops" / "copy.md").write_text(DOCUMENT)
    in_git(workspace, LONG_AGO)
    assert gather(workspace).finished[ID, "P3"].at is None


def test_a_phase_or_loop_that_is_not_there_has_no_time(workspace: Workspace) -> None:
    finished = gather(workspace).finished
    assert ("LOOP-X", "P3") not in finished
    assert finished.get((ID, "P9")) is None
    assert list(finished) == [(ID, "P3"), (ID, "P4"), (ID, "P5")]
    assert len(finished) == 3


# ── A lab ───────────────────────────────────────────────────────────────────


def test_what_a_lab_has_shown_opens_no_gate_on_real_hosts(workspace: Workspace) -> None:
    in_git(workspace, LONG_AGO)
    ran(workspace, lab="built-in")
    facts = gather(workspace)
    assert (ID, "P3") in facts.lab_only
    assert facts.finished[ID, "P3"].at is None
    assert "in a lab (built-in) only" in facts.finished[ID, "P3"].source
    assert answers(workspace, "P5") == [Answer.NOT_MET, Answer.UNKNOWN]


def test_a_real_run_or_a_persons_word_after_it_does(workspace: Workspace) -> None:
    ran(workspace, lab="built-in")
    record_mark(Histories(workspace), ID, "P3", "done", who="Mira", reason="seen", at=LONG_AGO)
    assert (ID, "P3") not in gather(workspace).lab_only
    assert answers(workspace, "P5") == [Answer.MET, Answer.MET]


def test_within_a_lab_its_own_receipts_count(tmp_path: Path) -> None:
    workspace = in_lab(tmp_path)
    ran(workspace, lab="built-in")
    assert (ID, "P3") not in gather(workspace).lab_only
    assert gather(workspace).finished[ID, "P3"].at == LONG_AGO
    assert answers(workspace, "P5") == [Answer.MET, Answer.MET]


def test_what_real_hosts_have_shown_is_no_labs_word(tmp_path: Path) -> None:
    workspace = in_lab(tmp_path)
    ran(workspace)
    assert (ID, "P3") not in gather(workspace).lab_only
    when = gather(workspace).finished[ID, "P3"]
    assert (when.at, when.source) == (None, "run 3f9c was on real hosts")


def test_a_loop_that_was_closed_in_a_lab_closes_nothing_real(workspace: Workspace) -> None:
    closed = Receipt(
        Kind.CLOSE, ID, "Mira", LONG_AGO, LONG_AGO, status=LoopStatus.CLOSED.value, lab="built-in"
    )
    Histories(workspace).append(closed)
    assert (ID, "") in gather(workspace).lab_only
    assert (ID, "P3") not in gather(workspace).lab_only


# ── A checklist ─────────────────────────────────────────────────────────────

LIST_ID = "LOOP-LIST-20260208"
CHECKLIST = f"""# {LIST_ID}

> **Status:** open

## Phases

| Phase | Scope | Dependency | Status |
|-------|-------|------------|--------|
| P2 | Enrol | None | **done** |
| P4 | Verify | P2 | pending |
| P5 | Soak | P2 | pending (wait 24h for first run) |

## Phase Details

### P2: Enrol

Gating checklist:

| VM | Condition | Status |
|----|-----------|--------|
| 207 | Manual | done |
| 209 | Manual | done |
"""


def on_item(workspace: Workspace, item: str | None, lab: str = "", **more: object) -> Receipt:
    """Records a run of P2, or of one item of it."""
    at = LONG_AGO
    said = {"result": Result.CHANGED, "item": item, "lab": lab, "started": at, "ended": at, **more}
    run_id = f"{item}{lab}{said['ended']:%H%M%S}"
    receipt = Receipt(Kind.RUN, LIST_ID, "Mira", phase="P2", run_id=run_id, **said)  # type: ignore[arg-type]
    return Histories(workspace).append(receipt)


@pytest.fixture
def checklist(workspace: Workspace) -> Workspace:
    (workspace.root / f"loops/{LIST_ID}.md").write_text(CHECKLIST)
    (enrol,) = (p for p in workspace.load(LIST_ID).loop.phases if p.id == "P2")
    assert [(item.key, item.status) for item in enrol.items] == [
        ("207", PhaseStatus.DONE),
        ("209", PhaseStatus.DONE),
    ]
    return workspace


def gate_on_enrol(workspace: Workspace) -> Verdict:
    loop = workspace.load(LIST_ID).loop
    plan = make_plan(loop, gather(workspace, loop))
    return next(p.verdicts[0] for p in plan.phases if p.phase.id == "P4")


def test_one_item_done_on_real_hosts_does_not_speak_for_what_a_lab_did_of_the_others(
    checklist: Workspace,
) -> None:
    on_item(checklist, "207", "built-in")
    on_item(checklist, "209", "built-in")
    on_item(checklist, "209", ended=LONG_AGO + timedelta(hours=1))
    found = gate_on_enrol(checklist)
    assert found.answer is Answer.NOT_MET
    assert found.reason == "P2 207 was done in a lab only, which opens no real gate"
    when = gather(checklist).finished[LIST_ID, "P2"]
    assert (when.at, when.source[-40:]) == (None, "finished P2 207 in a lab (built-in) only")


def test_a_checklist_is_done_once_each_item_was_done_on_real_hosts(checklist: Workspace) -> None:
    for item in ("207", "209"):
        on_item(checklist, item, "built-in")
    assert gate_on_enrol(checklist).reason.startswith("P2 was done in a lab only")
    last = on_item(checklist, "209", ended=LONG_AGO + timedelta(hours=5))
    on_item(checklist, "207", ended=LONG_AGO + timedelta(hours=1))
    assert gate_on_enrol(checklist).answer is Answer.MET
    when = gather(checklist).finished[LIST_ID, "P2"]
    assert (when.at, when.source) == (last.ended, f"receipt {last.run_id}")


def test_an_item_that_nobody_recorded_leaves_the_time_of_its_phase_to_git(
    checklist: Workspace,
) -> None:
    on_item(checklist, "209")
    in_git(checklist, LONG_AGO + timedelta(days=1), f"loops/{LIST_ID}.md")
    when = gather(checklist).finished[LIST_ID, "P2"]
    assert when.at == LONG_AGO + timedelta(days=1)
    assert when.source.startswith("commit ")


def test_an_item_that_a_person_left_out_does_not_hide_when_the_others_were_done(
    checklist: Workspace,
) -> None:
    done = on_item(checklist, "207")
    said = {"who": "Mira", "reason": "gone", "item": "209"}
    record_mark(Histories(checklist), LIST_ID, "P2", "skipped", **said)  # type: ignore[arg-type]
    assert gather(checklist).finished[LIST_ID, "P2"].at == done.ended
    enrolled = checklist.load(LIST_ID).loop
    assert check_chain(Histories(checklist), enrolled) == ()


def test_a_persons_word_on_the_whole_opens_what_a_lab_held_shut(checklist: Workspace) -> None:
    on_item(checklist, "207", "built-in")
    assert gate_on_enrol(checklist).answer is Answer.NOT_MET
    record_mark(Histories(checklist), LIST_ID, "P2", "done", who="Mira", reason="I looked")
    assert gate_on_enrol(checklist).answer is Answer.MET


def test_another_document_of_the_same_id_opens_nothing_on_a_labs_word(
    checklist: Workspace,
) -> None:
    shorter = CHECKLIST.replace("| 207 | Manual | done |\n", "")
    (checklist.root / "loops" / "A.md").write_text(shorter)
    assert [len(loop.phases[0].items) for loop in gather(checklist).loops.values()] == [1, 2, 0]
    on_item(checklist, "207", "built-in")
    on_item(checklist, "209")
    assert gather(checklist).lab_only[LIST_ID, "P2"] == ("207",)


def test_of_two_phases_of_one_id_neither_opens_on_a_labs_word(checklist: Workspace) -> None:
    loop = checklist.load(LIST_ID).loop
    enrol = loop.phases[0]
    halves = [replace(enrol, items=(item,)) for item in reversed(enrol.items)]
    on_item(checklist, "207", "built-in")
    on_item(checklist, "209")
    twice = replace(loop, phases=(*halves, *loop.phases[1:]))
    assert (LIST_ID, "P2") in gather(checklist, twice).lab_only


def test_receipts_of_a_loop_are_read_once_for_all_its_gates(checklist: Workspace) -> None:
    on_item(checklist, "207")
    on_item(checklist, "209")
    histories, loop = Histories(checklist), checklist.load(LIST_ID).loop
    with readings(checklist.settings.receipts / LIST_ID) as found:
        make_plan(loop, gather(checklist, loop, histories))
        make_plan(loop, gather(checklist, loop, histories))
    assert (found.listed, found.opened) == (1, 2)


# ── People ──────────────────────────────────────────────────────────────────


def test_an_approval_opens_its_gate_until_a_later_word_shuts_it(workspace: Workspace) -> None:
    def answer(approved: bool) -> list[Answer]:
        record_approval(
            Histories(workspace), ID, "P4", approved=approved, who="Mira", reason="I was there"
        )
        return answers(workspace, "P4")

    assert answers(workspace, "P4") == [Answer.NOT_MET]
    assert answer(True) == [Answer.MET]
    assert answer(False) == [Answer.NOT_MET]
    assert len(gather(workspace).approvals) == 1
    assert gather(workspace).approvals[0].who == "Mira"


def test_beside_a_receipt_that_cannot_be_read_nothing_counts_as_approved(
    workspace: Workspace,
) -> None:
    record_approval(Histories(workspace), ID, "P4", approved=True, who="Mira", reason="I was there")
    receipt_path(workspace, ran(workspace)).write_text("{torn")
    assert list(gather(workspace).approvals) == []
    assert answers(workspace, "P4") == [Answer.NOT_MET]


def test_git_is_asked_only_when_a_wait_asks(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_git(workspace, LONG_AGO)
    monkeypatch.setenv("PATH", "")
    facts = gather(workspace)
    plan = make_plan(own(workspace), facts)
    assert [v.answer for v in plan.phases[1].verdicts] == [Answer.NOT_MET]
    assert facts.finished[ID, "P3"].at is None
