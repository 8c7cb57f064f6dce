"""Snapshot: from receipts, else from git, else unknown; a lab's never for real hosts."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from loopkit.effects import git
from loopkit.effects.evidence.approvals import record_approval, record_mark
from loopkit.effects.evidence.receipt import Kind, Receipt
from loopkit.effects.evidence.store import receipt_path, write_receipt
from loopkit.effects.gather import gather
from loopkit.effects.workspace import Workspace, find_workspace
from loopkit.loop.index import Index
from loopkit.loop.model import Answer, Loop, LoopStatus
from loopkit.loop.outcome import Result
from loopkit.loop.plan import make_plan

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
    return write_receipt(workspace, Receipt(Kind.RUN, ID, "Mira", at, at, phase, lab=lab, **said))  # type: ignore[arg-type]


def own(workspace: Workspace) -> Loop:
    return workspace.load(ID).loop


def answers(workspace: Workspace, phase: str) -> list[Answer]:
    plan = make_plan(own(workspace), gather(workspace))
    return next([v.answer for v in p.verdicts] for p in plan.phases if p.phase.id == phase)


def in_git(workspace: Workspace, at: datetime) -> None:
    for argv in (["init", "-q"], ["config", "user.name", "Mira"], ["config", "user.email", "m@x"]):
        subprocess.run(["git", *argv], cwd=workspace.root, check=True)
    git.commit(workspace.root, [PATH], "Begin", at=at)


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
    record_mark(workspace, ID, "P3", "done", who="Mira", reason="", at=LONG_AGO)
    assert answers(workspace, "P5") == [Answer.MET, Answer.MET]


def test_a_receipt_speaks_before_git_and_a_phase_taken_up_again_asks_git(
    workspace: Workspace,
) -> None:
    in_git(workspace, LONG_AGO + timedelta(days=1))
    ran(workspace)
    assert gather(workspace).finished[ID, "P3"].at == LONG_AGO
    record_mark(workspace, ID, "P3", "pending", who="Mira", reason="", kind=Kind.REOPEN)
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
    record_mark(workspace, ID, "P3", "done", who="Mira", reason="seen", at=LONG_AGO)
    assert (ID, "P3") not in gather(workspace).lab_only
    assert answers(workspace, "P5") == [Answer.MET, Answer.MET]


def test_within_a_lab_its_own_receipts_count(tmp_path: Path) -> None:
    workspace = in_lab(tmp_path)
    ran(workspace, lab="built-in")
    assert (ID, "P3") not in gather(workspace).lab_only
    assert gather(workspace).finished[ID, "P3"].at == LONG_AGO
    assert answers(workspace, "P5") == [Answer.MET, Answer.MET]


def test_a_loop_that_was_closed_in_a_lab_closes_nothing_real(workspace: Workspace) -> None:
    closed = Receipt(
        Kind.CLOSE, ID, "Mira", LONG_AGO, LONG_AGO, status=LoopStatus.CLOSED.value, lab="built-in"
    )
    write_receipt(workspace, closed)
    assert (ID, "") in gather(workspace).lab_only
    assert (ID, "P3") not in gather(workspace).lab_only


# ── People ──────────────────────────────────────────────────────────────────


def test_an_approval_opens_its_gate_until_a_later_word_shuts_it(workspace: Workspace) -> None:
    def answer(approved: bool) -> list[Answer]:
        record_approval(workspace, ID, "P4", approved=approved, who="Mira", reason="I was there")
        return answers(workspace, "P4")

    assert answers(workspace, "P4") == [Answer.NOT_MET]
    assert answer(True) == [Answer.MET]
    assert answer(False) == [Answer.NOT_MET]
    assert len(gather(workspace).approvals) == 1
    assert gather(workspace).approvals[0].who == "Mira"


def test_git_is_asked_only_when_a_wait_asks(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_git(workspace, LONG_AGO)
    monkeypatch.setenv("PATH", "")
    facts = gather(workspace)
    plan = make_plan(own(workspace), facts)
    assert [v.answer for v in plan.phases[1].verdicts] == [Answer.NOT_MET]
    assert facts.finished[ID, "P3"].at is None
