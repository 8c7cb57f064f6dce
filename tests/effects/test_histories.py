"""The histories that one command rests on: read once, never stale where a receipt is chained."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from loopkit.effects.evidence.approvals import record_approval, record_mark
from loopkit.effects.evidence.audit import check_chain
from loopkit.effects.evidence.histories import Histories
from loopkit.effects.evidence.journal import begin, pending, recover
from loopkit.effects.evidence.receipt import Receipt
from loopkit.effects.evidence.store import FolderStore
from loopkit.effects.run.phase import run_phase
from loopkit.errors import DocumentError, RecordFailed
from loopkit.registry import Registry
from tests.effects.reading import readings
from tests.effects.stage import LOOP_ID, Garden, a_loop, a_phase, bound, planting


@pytest.fixture
def garden(tmp_path: Path) -> Garden:
    return Garden(tmp_path)


def folder(garden: Garden) -> Path:
    return garden.settings.receipts / LOOP_ID


def mark(histories: Histories, phase: str = "P1", status: str = "done") -> Receipt:
    return record_mark(histories, LOOP_ID, phase, status, who="ann", reason="I looked")


def links(receipt: Receipt) -> set[str]:
    return {link.name for link in receipt.previous}


# ── Read once ───────────────────────────────────────────────────────────────


def test_a_loops_receipts_are_read_once_and_again_when_forgotten(garden: Garden) -> None:
    mark(garden.histories)
    mark(garden.histories)
    histories = garden.histories
    with readings(folder(garden)) as found:
        assert histories.of(LOOP_ID) is histories.as_found(LOOP_ID)
        assert (found.listed, found.opened) == (1, 2)
        histories.forget(LOOP_ID)
        assert len(histories.of(LOOP_ID).receipts) == 2
        assert (found.listed, found.opened) == (2, 4)


def test_a_receipt_that_is_appended_is_known_without_reading_the_others_again(
    garden: Garden,
) -> None:
    earlier = mark(garden.histories)
    histories = garden.histories
    histories.of(LOOP_ID)
    with readings(folder(garden)) as found:
        written = mark(histories, status="pending")
        assert histories.of(LOOP_ID).receipts == (earlier, written)
        assert histories.of(LOOP_ID).receipts[-1].sha256 == written.sha256
        assert (found.listed, found.opened) == (1, 0)
    assert garden.receipts() == histories.of(LOOP_ID).receipts


def test_a_loop_without_receipts_is_read_once_too(garden: Garden) -> None:
    histories = garden.histories
    with readings(folder(garden)) as found:
        assert histories.of(LOOP_ID).receipts == ()
        assert histories.of(LOOP_ID).receipts == ()
        assert found.listed == 1


def test_a_phase_that_runs_costs_one_reading_of_its_receipts_and_one_look_at_their_names(
    garden: Garden,
) -> None:
    for phase in ("P0", "P1"):
        mark(garden.histories, phase, "pending")
    histories, loop = garden.histories, a_loop()
    with readings(folder(garden)) as found:
        assert recover(histories, LOOP_ID) == ()
        assert pending(histories, LOOP_ID, "d" * 64) == ()
        run = begin(histories, LOOP_ID, "P1", who="ann")
        outcome = run_phase(
            garden,
            loop,
            loop.phases[0],
            None,
            bound([planting()]),
            run,
            registry=Registry(),
            earlier=histories.of(LOOP_ID),
            transport=garden.transport(),
        )
        written = run.finish(outcome)
        run.recorded()
        assert histories.of(LOOP_ID).last_word(a_phase()) == written
        assert (found.listed, found.opened) == (2, 2)
    assert check_chain(garden.histories, loop) == ()


# ── Never stale where it counts ─────────────────────────────────────────────


def test_a_receipt_is_chained_to_those_that_stand_when_it_is_written(garden: Garden) -> None:
    first = mark(garden.histories)
    histories = garden.histories
    histories.of(LOOP_ID)
    brought = mark(garden.histories, status="pending")
    written = mark(histories)
    assert links(written) == {brought.name}
    assert histories.of(LOOP_ID).receipts == (first, brought, written)


def test_a_receipt_follows_none_that_git_took_away_meanwhile(garden: Garden) -> None:
    mark(garden.histories)
    histories = garden.histories
    histories.of(LOOP_ID)
    shutil.rmtree(folder(garden))
    written = mark(histories)
    assert written.previous == ()
    assert histories.of(LOOP_ID).receipts == (written,)


def test_a_receipt_that_was_mended_meanwhile_is_followed(garden: Garden) -> None:
    first = mark(garden.histories)
    path = folder(garden) / first.name
    whole = path.read_bytes()
    path.write_bytes(b"{torn")
    histories = garden.histories
    assert [each.name for each in histories.as_found(LOOP_ID).damaged] == [first.name]
    path.write_bytes(whole)
    assert links(mark(histories)) == {first.name}
    assert histories.of(LOOP_ID).damaged == ()


def test_what_could_not_be_written_is_not_known(garden: Garden) -> None:
    mark(garden.histories)
    histories = garden.histories
    known = histories.of(LOOP_ID)
    folder(garden).rename(folder(garden).with_name("away"))
    folder(garden).write_text("a file where the folder belongs")
    with pytest.raises(RecordFailed):
        mark(histories)
    with pytest.raises(DocumentError):
        histories.of(LOOP_ID)
    folder(garden).unlink()
    folder(garden).with_name("away").rename(folder(garden))
    histories.forget(LOOP_ID)
    assert histories.of(LOOP_ID) == known


# ── The folder ──────────────────────────────────────────────────────────────


def test_a_folder_that_cannot_be_read_is_no_empty_one(garden: Garden) -> None:
    garden.settings.receipts.mkdir(parents=True)
    folder(garden).write_text("a file where the folder belongs")
    (damaged,) = garden.histories.as_found(LOOP_ID).damaged
    assert (damaged.name, damaged.where) == (LOOP_ID, f"loops/receipts/{LOOP_ID}")
    with pytest.raises(DocumentError, match="cannot be read"):
        garden.history()


def test_other_files_in_the_folder_are_no_receipts(garden: Garden) -> None:
    written = mark(garden.histories)
    (folder(garden) / "notes.txt").write_text("beans")
    (folder(garden) / f"{written.name}.sig").write_text("signed")
    assert garden.receipts() == (written,)
    assert FolderStore(garden).names(LOOP_ID) == {written.name}


def test_a_folder_named_like_a_receipt_is_a_damaged_one(garden: Garden) -> None:
    (folder(garden) / "a.json").mkdir(parents=True)
    (damaged,) = garden.histories.as_found(LOOP_ID).damaged
    assert (damaged.name, damaged.why) == ("a.json", "Is a directory")


def test_what_happened_in_a_lab_is_another_history(garden: Garden) -> None:
    garden.lab_kind = "built-in"
    record_approval(garden.histories, LOOP_ID, "P1", approved=True, who="ann", reason="yes")
    assert len(garden.history().receipts) == 1
    garden.lab_kind = ""
    assert garden.history().receipts == ()
    assert len(garden.history().everything) == 1
    assert links(mark(garden.histories)) == {garden.history().everything[0].name}
