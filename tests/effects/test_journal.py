"""The journal: what a crash leaves is read, and nothing is lost."""

from __future__ import annotations

import json
import os
import resource
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loopkit.effects.evidence.journal import (
    Run,
    applied,
    journals,
    pending,
    recover,
    runs_folder,
    unfinished,
)
from loopkit.effects.evidence.receipt import Output, Receipt
from loopkit.effects.evidence.replay import read_journal
from loopkit.effects.evidence.store import receipt_path
from loopkit.effects.evidence.trace import OUTSIDE
from loopkit.effects.run.hosts import Hosts
from loopkit.effects.run.phase import run_phase
from loopkit.effects.run.step import RunContext, StepRunner
from loopkit.errors import RecordFailed
from loopkit.loop.outcome import PhaseOutcome, Result, StepOutcome
from loopkit.registry import Registry
from loopkit.runbook import Host
from tests.effects.stage import LOOP_ID, Garden, a_loop, a_phase, bound, invariant, planting

BEFORE, AFTER = "b" * 64, "a" * 64
NOTHING = Output(0, sha256(b"").hexdigest())


@pytest.fixture
def garden(tmp_path: Path) -> Garden:
    return Garden(tmp_path)


def journal_file(garden: Garden) -> Path:
    (path,) = runs_folder(garden, LOOP_ID).glob("*.jsonl")
    return path


def one_change(run: Run, *, replied: bool = True, ended: bool = True) -> None:
    step = run.began("beans", "shed")
    number = run.intent(step, "shed", ("tee", "bed"), changing=True)
    if replied:
        run.replied(number, 0, NOTHING, NOTHING, 0.1)
    if ended:
        run.ended(step, StepOutcome("beans", "shed", Result.CHANGED, "planted"))


def done(result: Result = Result.CHANGED) -> PhaseOutcome:
    return PhaseOutcome("P1", result, ())


def test_a_change_is_on_the_disk_before_it_is_sent(garden: Garden) -> None:
    run = garden.begin()
    step = run.began("beans", "shed")
    run.intent(step, "shed", ("tee", "bed"), changing=True)
    last = json.loads(journal_file(garden).read_bytes().splitlines()[-1])
    assert (last["event"], last["argv"], last["changing"]) == ("intent", ["tee", "bed"], True)


def test_a_run_that_ended_leaves_its_receipt_and_no_journal(garden: Garden) -> None:
    garden.advance(planting())
    assert list(runs_folder(garden, LOOP_ID).iterdir()) == []
    assert len(garden.receipts()) == 1
    assert unfinished(garden.histories, LOOP_ID) == ()
    assert recover(garden.histories, LOOP_ID) == ()


def test_a_kill_after_the_intent_leaves_the_step_unknown(garden: Garden) -> None:
    one_change(garden.begin(), replied=False, ended=False)
    (receipt,) = recover(garden.histories, LOOP_ID)
    assert (receipt.result, receipt.exit_code) == (Result.UNKNOWN, 5)
    (record,) = receipt.steps
    assert (record.outcome.result, record.outcome.sent) == (Result.UNKNOWN, True)
    assert "tee bed on shed" in record.outcome.reason
    assert record.commands[0].exited is None


def test_a_kill_before_the_second_look_leaves_the_step_unknown_too(garden: Garden) -> None:
    one_change(garden.begin(), ended=False)
    (receipt,) = recover(garden.histories, LOOP_ID)
    assert receipt.steps[0].outcome.sent is True
    assert "before the step looked again" in receipt.steps[0].outcome.reason


def test_a_kill_while_looking_leaves_nothing_in_doubt(garden: Garden) -> None:
    run = garden.begin()
    step = run.began("beans", "shed")
    run.intent(step, "shed", ("cat", "bed"), changing=False)
    (receipt,) = recover(garden.histories, LOOP_ID)
    assert (receipt.result, receipt.exit_code) == (Result.UNKNOWN, 4)
    assert receipt.steps[0].outcome.sent is False


def test_a_kill_between_two_steps_keeps_the_first(garden: Garden) -> None:
    one_change(garden.begin())
    (receipt,) = recover(garden.histories, LOOP_ID)
    assert [r.outcome.result for r in receipt.steps] == [Result.CHANGED]
    assert receipt.result is Result.UNKNOWN
    assert "cut short" in receipt.reason


def test_what_ended_stands_in_a_receipt_before_what_was_under_way(garden: Garden) -> None:
    run = garden.begin()
    run.began("peas", "shed")
    one_change(run)
    run.began("leeks", "shed")
    (receipt,) = recover(garden.histories, LOOP_ID)
    assert [record.outcome.name for record in receipt.steps] == ["beans", "peas", "leeks"]


def test_a_kill_after_the_last_step_keeps_the_success(garden: Garden) -> None:
    run = garden.begin(document=BEFORE)
    one_change(run)
    run.finish(done())
    remove_receipts(garden)
    (receipt,) = recover(garden.histories, LOOP_ID)
    assert receipt.result is Result.CHANGED
    assert [r.run_id for r in pending(garden.histories, LOOP_ID, BEFORE)] == [run.run_id]


def remove_receipts(garden: Garden) -> None:
    """Leaves what a run that was killed right before its receipt leaves."""
    for receipt in garden.receipts():
        receipt_path(garden, receipt).unlink()


def test_what_was_recovered_is_recovered_once(garden: Garden) -> None:
    one_change(garden.begin(), ended=False)
    assert len(recover(garden.histories, LOOP_ID)) == 1
    assert recover(garden.histories, LOOP_ID) == ()
    assert len(garden.receipts()) == 1


def test_a_kill_after_the_receipt_gives_no_second_receipt(garden: Garden) -> None:
    run = garden.begin()
    one_change(run)
    run.finish(done())
    assert recover(garden.histories, LOOP_ID) == ()
    assert len(garden.receipts()) == 1


def test_journals_of_other_loops_are_left_alone(garden: Garden) -> None:
    one_change(garden.begin(), replied=False, ended=False)
    assert recover(garden.histories, "LOOP-OTHER-20260301") == ()
    assert len(unfinished(garden.histories, LOOP_ID)) == 1


def test_a_run_that_never_began_a_step_leaves_nothing(garden: Garden) -> None:
    run = garden.begin()
    run.close()
    assert list(runs_folder(garden, LOOP_ID).iterdir()) == []
    assert recover(garden.histories, LOOP_ID) == ()


# ── Steps side by side ──────────────────────────────────────────────────────


def test_a_command_is_filed_under_the_step_that_sent_it(garden: Garden) -> None:
    run = garden.begin()
    dig, rake = run.began("dig", "h1"), run.began("rake", "h2")
    run.intent(dig, "h1", ("dig",), changing=True)
    assert (run.changes_sent(dig), run.changes_sent(rake), run.changes_sent()) == (1, 0, 1)
    run.ended(rake, StepOutcome("rake", "h2", Result.OK, "raked"))
    run.ended(dig, StepOutcome("dig", "h1", Result.CHANGED, "dug"))
    receipt = run.finish(done())
    assert filed(receipt) == {"rake": [], "dig": ["h1"]}


def filed(receipt: Receipt) -> dict[str, list[str]]:
    """Returns the hosts that each step's commands went to, by the step's name."""
    return {r.outcome.name: [command.host for command in r.commands] for r in receipt.steps}


def test_an_invariant_that_is_read_within_a_step_has_its_own_commands(garden: Garden) -> None:
    garden.file("bed").write_text("soil\n")
    read = invariant("the bed stays", lambda c: c.read("wc", "-l", "bed").exited)
    loop = a_loop(non_goals=["the bed stays"])
    garden.advance(planting(), loop=loop, invariants=[read])
    commands = [
        (record.outcome.name, [command.argv[0] for command in record.commands])
        for record in garden.receipts()[0].steps
    ]
    assert commands == [
        ("Non-Goal: the bed stays", ["wc"]),
        ("beans in bed", ["cat", "tee", "cat"]),
        ("Non-Goal: the bed stays", ["wc"]),
    ]


class Touch(StepRunner):
    """Reads five times and changes once, each time at the same moment as the other hosts do."""

    def __init__(self, context: RunContext, host: str, together: Barrier) -> None:
        super().__init__(context, f"touch {host}", host)
        self.together = together

    def attempt(self) -> StepOutcome:
        for _ in range(5):
            self.together.wait(60)
            self.host.read("true")
        self.together.wait(60)
        assert self.change(self._touch) is None
        return StepOutcome(self.name, self.host_name, Result.CHANGED, "touched")

    def _touch(self, host: Host) -> None:
        self.together.wait(60)
        host.change("touch", self.host_name)


def test_hosts_side_by_side_are_recorded_each_under_its_own_step(garden: Garden) -> None:
    run, names = garden.begin(), ("h1", "h2", "h3", "h4")
    together = Barrier(len(names))

    transport = garden.transport()
    with Hosts(garden, transport) as hosts, ThreadPoolExecutor(len(names)) as pool:
        context = RunContext(hosts, run)
        outcomes = list(pool.map(lambda name: Touch(context, name, together).run(), names))
    assert [outcome.host for outcome in outcomes] == list(names)
    assert transport.open == 0
    assert run.changes_sent() == len(names)
    journal = read_journal(journal_file(garden))
    receipt = run.finish(done())
    assert filed(receipt) == {f"touch {name}": [name] * 6 for name in names}
    assert all(c.exited == 0 for step in receipt.steps for c in step.commands)
    assert journal is not None
    assert journal.receipt(receipt.ended).steps == receipt.steps


def test_a_journal_from_before_steps_had_numbers_is_read_as_it_was_meant(garden: Garden) -> None:
    run = garden.begin()
    outer = run.began("beans", "shed")
    run.replied(run.intent(outer, "shed", ("cat", "bed"), changing=False), 0, NOTHING, NOTHING, 0.1)
    inner = run.began("Non-Goal: peace", "shed")
    run.intent(inner, "shed", ("wc", "bed"), changing=False)
    run.ended(inner, StepOutcome("Non-Goal: peace", "shed", Result.OK, "read"))
    run.intent(outer, "shed", ("tee", "bed"), changing=True)
    now = read_journal(journal_file(garden))
    lines = [json.loads(line) for line in journal_file(garden).read_bytes().splitlines()]
    without = [{key: value for key, value in line.items() if key != "step"} for line in lines]
    old = garden.root / "old.jsonl"
    old.write_text("".join(json.dumps(line) + "\n" for line in without))
    before = read_journal(old)
    assert now is not None
    assert before is not None
    assert [line for line in lines if "step" in line] != []
    assert before.receipt(garden.at) == now.receipt(garden.at)
    assert filed(before.receipt(garden.at)) == {"Non-Goal: peace": ["shed"], "beans": ["shed"] * 2}


def test_what_a_phases_function_sends_is_of_no_step(garden: Garden) -> None:
    run = garden.begin()
    run.intent(OUTSIDE, "shed", ("cat", "bed"), changing=False)
    run.ended(run.began("beans", "shed"), StepOutcome("beans", "shed", Result.OK, "planted"))
    assert filed(run.finish(done())) == {"beans": [], "outside any step": ["shed"]}


# ── The document was not written ────────────────────────────────────────────


def finished(garden: Garden, result: Result = Result.CHANGED) -> Run:
    run = garden.begin(document=BEFORE)
    one_change(run)
    run.finish(done(result), document_after=AFTER)
    return run


def test_a_kill_before_the_document_is_written_is_pending(garden: Garden) -> None:
    run = finished(garden)
    assert recover(garden.histories, LOOP_ID) == ()
    assert [r.run_id for r in pending(garden.histories, LOOP_ID, BEFORE)] == [run.run_id]


def test_it_stays_pending_while_a_person_edits_the_document(garden: Garden) -> None:
    run = finished(garden)
    assert [r.run_id for r in pending(garden.histories, LOOP_ID, "e" * 64)] == [run.run_id]


def test_it_is_not_pending_once_it_was_applied(garden: Garden) -> None:
    finished(garden)
    (receipt,) = pending(garden.histories, LOOP_ID, BEFORE)
    applied(garden, receipt)
    assert pending(garden.histories, LOOP_ID, "e" * 64) == ()


def test_it_is_not_pending_when_the_document_says_so_and_its_journal_goes(garden: Garden) -> None:
    (garden.root / "garden.md").write_bytes(b"done")
    after = sha256(b"done").hexdigest()
    run = garden.begin(document=BEFORE, path="garden.md")
    run.finish(done(), document_after=after)
    assert pending(garden.histories, LOOP_ID, after) == ()
    assert recover(garden.histories, LOOP_ID) == ()
    assert journals(garden, LOOP_ID) == ()


def test_a_later_word_on_the_phase_takes_its_place(garden: Garden) -> None:
    from loopkit.effects.evidence.approvals import record_mark

    finished(garden)
    record_mark(garden.histories, LOOP_ID, "P1", "pending", who="ann", reason="again please")
    assert pending(garden.histories, LOOP_ID, BEFORE) == ()


def test_a_failure_is_never_pending_and_its_journal_goes(garden: Garden) -> None:
    finished(garden, Result.FAILED)
    assert recover(garden.histories, LOOP_ID) == ()
    assert pending(garden.histories, LOOP_ID, BEFORE) == ()
    assert journals(garden, LOOP_ID) == ()


# ── Torn, unsynced, full ────────────────────────────────────────────────────


def whole_story(garden: Garden) -> bytes:
    run = garden.begin()
    one_change(run)
    sent = run.intent(run.began("peas", "shed"), "shed", ("tee", "-a", "bed"), changing=True)
    run.replied(sent, 0, NOTHING, NOTHING, 0.1)
    return journal_file(garden).read_bytes()


def test_a_journal_cut_at_any_byte_reads_and_never_says_more_than_it_knows(
    tmp_path: Path,
) -> None:
    story = whole_story(Garden(tmp_path / "whole"))
    first = story.index(b"\n") + 1
    cut = tmp_path / "cut.jsonl"
    for end in range(0, len(story) + 1, 5):
        cut.write_bytes(story[:end])
        journal = read_journal(cut)
        if end < first:
            assert journal is None
            continue
        assert journal is not None
        receipt = journal.receipt(journal.begun.started)
        assert receipt.result is Result.UNKNOWN
        sent = [c for r in receipt.steps for c in r.commands if c.changing]
        assert (len(sent) == story[:end].count(b"}\n") and False) or len(sent) <= 2
        in_doubt = [r for r in receipt.steps if r.outcome.sent]
        open_changes = [r for r in receipt.steps if r.outcome.result is Result.UNKNOWN]
        assert in_doubt == [r for r in open_changes if any(c.changing for c in r.commands)]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a whole journal, in a file that a test may write anew."""
    path = tmp_path_factory.mktemp("story") / "torn.jsonl"
    path.write_bytes(whole_story(Garden(path.parent / "garden")))
    return path


@settings(deadline=None)
@given(tail=st.binary(max_size=40))
def test_garbage_after_the_last_whole_line_changes_nothing(story: Path, tail: bytes) -> None:
    whole = story.read_bytes()
    clean = read_journal(story)
    story.write_bytes(whole + b"\0" + tail)
    try:
        torn = read_journal(story)
    finally:
        story.write_bytes(whole)
    assert clean is not None
    assert torn == clean


def test_an_empty_journal_says_that_nothing_was_sent_and_goes(garden: Garden) -> None:
    runs_folder(garden, LOOP_ID).mkdir(parents=True)
    (runs_folder(garden, LOOP_ID) / "0a.jsonl").write_bytes(b"")
    assert unfinished(garden.histories, LOOP_ID) == ()
    assert recover(garden.histories, LOOP_ID) == ()
    assert list(runs_folder(garden, LOOP_ID).iterdir()) == []


@contextmanager
def full_disk(limit: int) -> Iterator[None]:
    """Lets no file grow beyond a size, as a disk that is full."""
    import signal

    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, handler)


def advance(garden: Garden) -> PhaseOutcome:
    loop = a_loop()
    run = garden.begin()
    try:
        steps = [planting(str(number)) for number in range(5)]
        outcome = run_phase(
            garden,
            loop,
            a_phase(),
            None,
            bound(steps),
            run,
            registry=Registry(),
            earlier=garden.history(),
            transport=garden.transport(),
        )
        run.finish(outcome)
        run.recorded()
    finally:
        run.close()
    return outcome


def test_a_disk_that_fills_up_at_any_point_loses_nothing_and_repeats_nothing(
    tmp_path: Path,
) -> None:
    stopped = 0
    for limit in range(600, 9000, 900):
        garden = Garden(tmp_path / str(limit))
        garden.file("bed").touch()
        with full_disk(limit):
            try:
                advance(garden)
            except RecordFailed:
                stopped += 1
        recover(garden.histories, LOOP_ID)
        outcome = advance(garden)
        lines = garden.file("bed").read_text().splitlines()
        assert lines == [str(number) for number in range(5)]
        assert outcome.result in (Result.OK, Result.CHANGED)
    assert stopped > 5


def test_a_folder_that_vanishes_stops_the_run_before_the_next_change(garden: Garden) -> None:
    os.makedirs(garden.root / ".loopkit")
    (garden.root / ".loopkit" / "runs").write_text("a file where the folder belongs")
    with pytest.raises(RecordFailed, match="nothing is run"):
        garden.begin()
