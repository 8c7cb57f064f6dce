"""Long work: started once, whoever looks and how often; real processes, real kills."""

from __future__ import annotations

import os
import select
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from loopkit.effects.evidence.approvals import record_mark
from loopkit.effects.evidence.receipt import Kind
from loopkit.effects.run.job import FOLDER, LAUNCHER, job_id, read_state
from loopkit.loop.outcome import PhaseOutcome, Result
from loopkit.runbook import Host, Job
from tests.effects.local_hosts import local_hosts
from tests.effects.stage import LOOP_ID, Garden, holds

# A job that waits for a named pipe runs until the test says go: no test sleeps.
WAITS = ("sh", "-c", "echo begun >>count; read go <gate; echo ripe >bed")


@pytest.fixture
def garden(tmp_path: Path) -> Garden:
    found = Garden(tmp_path)
    os.mkfifo(found.file("gate"))
    return found


def ripening(argv: tuple[str, ...] = WAITS, name: str = "ripen") -> Job:
    def progress(c: Host) -> str:
        return f"{len(c.read('cat', 'count', ok=(0, 1)).lines)} begun"

    return Job(name, holds("bed", "ripe"), argv, progress=progress, timeout=60)


def finish(garden: Garden) -> None:
    """Opens the gate, and waits for the job's own process to end."""
    pid, *_ = only_job(garden).joinpath("process").read_text().split()
    handle = os.pidfd_open(int(pid))
    garden.file("gate").write_text("go\n")

    assert select.select([handle], [], [], 20)[0], "the job did not end"
    os.close(handle)


def only_job(garden: Garden) -> Path:
    (folder,) = garden.file(FOLDER).iterdir()
    return folder


def count(garden: Garden) -> int:
    return garden.file("count").read_text().count("begun")


def test_a_job_is_started_and_the_phase_waits_with_progress(garden: Garden) -> None:
    outcome = garden.advance(ripening())
    assert (outcome.result, outcome.exit_code) == (Result.WAITING, 0)
    (step,) = outcome.steps
    assert step.seen.endswith("begun")
    assert step.facts["job"] == only_job(garden).name
    finish(garden)


def test_later_runs_take_it_up_and_start_nothing(garden: Garden) -> None:
    for _ in range(3):
        assert garden.advance(ripening()).result is Result.WAITING
    finish(garden)
    assert garden.advance(ripening()).result is Result.CHANGED
    assert garden.advance(ripening()).result is Result.OK
    assert count(garden) == 1


def test_a_launch_whose_answer_is_lost_starts_nothing_twice(garden: Garden) -> None:
    garden.wire().cut_after = "loopkit-job"
    lost = garden.advance(ripening())
    assert (lost.result, lost.exit_code) == (Result.UNKNOWN, 5)
    garden.wire().cut_after = ""
    assert garden.advance(ripening()).result is Result.WAITING
    finish(garden)
    assert garden.advance(ripening()).result is Result.CHANGED
    assert count(garden) == 1


def test_a_launch_that_never_arrived_is_sent_again(garden: Garden) -> None:
    garden.wire().cut_before = "loopkit-job"
    assert garden.advance(ripening()).exit_code == 5
    garden.wire().cut_before = ""
    assert garden.advance(ripening()).result is Result.WAITING
    finish(garden)


def test_of_many_launches_at_once_one_starts_the_job(garden: Garden) -> None:
    folder = garden.file("x").parent
    argv = ["sh", "-s", "--", "loopkit-job", "00112233aabbccdd", "60", *WAITS]
    started = [
        subprocess.Popen(argv, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(12)
    ]
    said = sorted(p.communicate(LAUNCHER)[0] for p in started)
    assert said == [b"attached\n"] * 11 + [b"started\n"]
    finish(garden)
    assert count(garden) == 1


def test_a_job_that_fails_is_failed_with_what_it_said(garden: Garden) -> None:
    job = ripening(("sh", "-c", "echo begun >>count; echo no rain >&2; exit 3"))
    outcome = until_ended(garden, job)
    assert (outcome.result, outcome.exit_code) == (Result.FAILED, 1)
    assert "exit status 3" in outcome.steps[0].reason
    assert "no rain" in outcome.steps[0].reason


def until_ended(garden: Garden, job: Job) -> PhaseOutcome:
    """Advances until the job is no longer waiting: each turn is a real look."""
    for _ in range(500):
        outcome = garden.advance(job)
        if outcome.result is not Result.WAITING:
            return outcome
    raise AssertionError("the job never ended")


def test_a_job_that_failed_for_certain_is_started_anew_by_the_next_run(garden: Garden) -> None:
    fails = ripening(("sh", "-c", "echo begun >>count; exit 1"))
    assert until_ended(garden, fails).result is Result.FAILED
    works = ripening(("sh", "-c", "echo begun >>count; echo ripe >bed"))
    assert until_ended(garden, works).result in (Result.CHANGED, Result.OK)
    assert count(garden) == 2


def test_a_job_that_was_killed_is_unknown_until_a_person_says_what_became_of_it(
    garden: Garden,
) -> None:
    garden.advance(ripening())
    pid = int(only_job(garden).joinpath("process").read_text().split()[0])
    handle = os.pidfd_open(pid)
    os.killpg(pid, signal.SIGKILL)

    select.select([handle], [], [], 20)
    for _ in range(2):
        outcome = garden.advance(ripening())
        assert (outcome.result, outcome.exit_code) == (Result.UNKNOWN, 5)
        assert "left no exit status" in outcome.steps[0].reason
        assert outcome.steps[0].help.startswith("loop resolve")
    record_mark(
        garden.histories,
        LOOP_ID,
        "P1",
        "pending",
        who="ann",
        reason="it is gone",
        kind=Kind.RESOLVE,
    )
    assert garden.advance(ripening()).result is Result.WAITING
    garden.file("gate").write_text("go\n")


def test_a_job_ends_by_itself_at_its_deadline(garden: Garden) -> None:
    job = replace(ripening(("sleep", "600")), timeout=1)
    garden.advance(job)
    pid = int(only_job(garden).joinpath("process").read_text().split()[0])
    handle = os.pidfd_open(pid)

    assert select.select([handle], [], [], 30)[0], "the deadline did not hold"
    outcome = garden.advance(job)
    assert outcome.result is Result.FAILED
    assert "exit status 124" in outcome.steps[0].reason


def test_another_process_with_its_number_is_not_taken_for_the_job(garden: Garden) -> None:
    folder = garden.file(FOLDER) / "00112233aabbccdd"
    folder.mkdir(parents=True)
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    (folder / "process").write_text(f"{os.getpid()} 1 {boot}\n")
    host = local_hosts(garden.root / "hosts")["shed"]
    assert read_state(host, folder.name).word == "lost"
    (folder / "process").write_text(f"{os.getpid()} 1 of-another-boot\n")
    assert read_state(host, folder.name).word == "lost"


def test_a_job_has_the_same_id_on_every_machine_and_another_for_every_item() -> None:
    ids = {job_id(LOOP_ID, "P4", item, "sync", n) for item in (None, "204") for n in (0, 1)}
    assert len(ids) == 4
    assert job_id(LOOP_ID, "P4", None, "sync", 0) == job_id(LOOP_ID, "p4", None, "sync", 0)


def test_words_of_a_job_reach_its_program_as_they_are(garden: Garden) -> None:
    odd = "a b'c\"d $HOME `id` \\ *"
    job = ripening(("sh", "-c", 'printf %s "$1" >said; echo ripe >bed', "x", odd))
    until_ended(garden, job)
    assert garden.file("said").read_text() == odd
