"""One holder a loop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from loopkit.effects.lock import holder, lock, process_started, take_away
from loopkit.effects.workspace import Workspace, find_workspace
from loopkit.errors import Locked, NotWritten

LOOP = "LOOP-A-20260101"

# Says what it got, then keeps it until its standard input is closed.
CONTENDER = """
import sys
from pathlib import Path
from loopkit.effects.lock import lock
from loopkit.effects.workspace import find_workspace
from loopkit.errors import Locked
workspace = find_workspace(Path(sys.argv[1]))
print("here", flush=True)
sys.stdin.readline()
try:
    with lock(workspace, sys.argv[2], sys.argv[3], float(sys.argv[4])):
        print("won", flush=True)
        sys.stdin.read()
except Locked as error:
    print("lost", error.why, "|", error.help, "|", error.exit_code, flush=True)
"""


# 64 processes that all wait for one gate, so that starting Python is done before; the winner keeps
# the lock until standard input is closed.
CROWD = """
import os, sys
from pathlib import Path
from loopkit.effects.lock import lock
from loopkit.effects.workspace import find_workspace
from loopkit.errors import Locked
workspace = find_workspace(Path(sys.argv[1]))
children = []
gate, opener = os.pipe()
for n in range(64):
    if not (pid := os.fork()):
        os.close(opener)
        os.read(gate, 1)
        try:
            with lock(workspace, sys.argv[2], f"runner-{n}"):
                os.write(1, f"won {n} {os.getpid()}\\n".encode())
                os.read(0, 1)
        except Locked as error:
            os.write(1, f"lost {error.why} | {error.help} | {error.exit_code}\\n".encode())
        os._exit(0)
    children.append(pid)
os.close(opener)
for pid in children:
    os.waitpid(pid, 0)
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "loops").mkdir()
    return find_workspace(tmp_path)


def start(workspace: Workspace, who: str = "Mira", timeout: float = 0) -> subprocess.Popen[str]:
    argv = [sys.executable, "-c", CONTENDER, str(workspace.root), LOOP, who, str(timeout)]
    pipe = subprocess.PIPE
    found = subprocess.Popen(argv, stdin=pipe, stdout=pipe, text=True)
    assert line(found) == "here"
    return found


def go(contender: subprocess.Popen[str]) -> None:
    assert contender.stdin
    contender.stdin.write("go\n")
    contender.stdin.flush()


def line(contender: subprocess.Popen[str]) -> str:
    assert contender.stdout
    return contender.stdout.readline().strip()


def end(contender: subprocess.Popen[str]) -> None:
    contender.communicate()
    assert contender.returncode == 0


def record(workspace: Workspace) -> Path:
    return workspace.root / ".loopkit" / "lock" / f"{LOOP}.lock"


def test_of_64_processes_at_once_one_holds_the_loop_and_63_say_who_does(
    workspace: Workspace,
) -> None:
    argv = [sys.executable, "-c", CROWD, str(workspace.root), LOOP]
    crowd = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    said = [line(crowd) for _ in range(64)]
    won = [text.split() for text in said if text.startswith("won")]
    lost = [text for text in said if text.startswith("lost")]
    assert (len(won), len(lost)) == (1, 63)
    _, number, pid = won[0]
    for text in lost:
        assert f"held by runner-{number}, pid {pid} on " in text
        assert text.endswith(f"| loop unlock {LOOP} | 3")
    end(crowd)
    assert holder(workspace, LOOP) is None


def test_the_next_one_gets_it_once_it_is_let_go_and_nothing_is_left(workspace: Workspace) -> None:
    for who in ("Mira", "Tom"):
        with lock(workspace, LOOP, who) as mine:
            found = holder(workspace, LOOP)
            assert found == mine
            assert (found.who, found.pid, found.is_alive) == (who, os.getpid(), True)
        assert holder(workspace, LOOP) is None


def test_an_error_inside_lets_go_too(workspace: Workspace) -> None:
    with pytest.raises(KeyError), lock(workspace, LOOP, "Mira"):
        raise KeyError
    with lock(workspace, LOOP, "Tom"):
        assert holder(workspace, LOOP) is not None


def test_the_same_process_does_not_get_it_twice(workspace: Workspace) -> None:
    with lock(workspace, LOOP, "Mira"), pytest.raises(Locked, match=f"pid {os.getpid()}"):
        lock(workspace, LOOP, "Mira").__enter__()


def test_different_loops_are_held_side_by_side(workspace: Workspace) -> None:
    with lock(workspace, LOOP, "Mira"), lock(workspace, "LOOP-B", "Tom"):
        assert holder(workspace, "LOOP-B") is not None


def test_a_holder_that_was_killed_is_told_as_gone_and_its_lock_is_free(
    workspace: Workspace,
) -> None:
    killed = start(workspace)
    go(killed)
    assert line(killed) == "won"
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    found = holder(workspace, LOOP)
    assert found is not None
    assert found.is_alive is False
    assert "which is gone" in str(found)
    with lock(workspace, LOOP, "Tom") as mine:
        assert holder(workspace, LOOP) == mine


def test_a_stopped_holder_is_alive_however_long_it_holds(workspace: Workspace) -> None:
    stopped = start(workspace)
    go(stopped)
    assert line(stopped) == "won"
    stopped.send_signal(signal.SIGSTOP)
    try:
        signed = json.loads(record(workspace).read_bytes())
        record(workspace).write_text(json.dumps({**signed, "since": "1999-01-01T00:00:00+00:00"}))
        found = holder(workspace, LOOP)
        assert found is not None
        assert found.is_alive
        with pytest.raises(Locked, match="since 1999"):
            lock(workspace, LOOP, "Tom").__enter__()
        with pytest.raises(Locked) as error:
            take_away(workspace, LOOP, found)
        assert error.value.help == f"kill {stopped.pid}"
    finally:
        stopped.send_signal(signal.SIGCONT)
    end(stopped)


def signed_by(workspace: Workspace, **said: object) -> None:
    record(workspace).unlink(missing_ok=True)
    with lock(workspace, LOOP, "Ghost"):
        mine = json.loads(record(workspace).read_bytes())
    record(workspace).write_text(json.dumps({**mine, **said}))


@pytest.mark.parametrize(
    "said",
    [
        {"started": "1"},  # the pid was given again, to another process
        {"pid": 2**22 + 1},  # more than any pid
        {"boot": "an earlier one"},
    ],
)
def test_a_record_of_this_machine_whose_process_is_gone_is_stale(
    workspace: Workspace, said: dict[str, object]
) -> None:
    signed_by(workspace, **said)
    found = holder(workspace, LOOP)
    assert found is not None
    assert found.is_alive is False
    with lock(workspace, LOOP, "Tom", timeout=0) as mine:
        assert mine.who == "Tom"


ELSEWHERE = {"machine": "another", "boot": "another", "host": "elsewhere", "pid": 7}


def test_a_holder_on_another_machine_is_never_taken_for_gone_but_a_person_may_free_it(
    workspace: Workspace,
) -> None:
    signed_by(workspace, **ELSEWHERE)
    found = holder(workspace, LOOP)
    assert found is not None
    assert found.is_alive
    with pytest.raises(Locked, match="Ghost, pid 7 on elsewhere"):
        lock(workspace, LOOP, "Tom").__enter__()
    take_away(workspace, LOOP, found)
    with lock(workspace, LOOP, "Tom"):
        pass


def test_a_lock_is_not_taken_away_from_another_than_was_shown(workspace: Workspace) -> None:
    signed_by(workspace, **ELSEWHERE)
    shown = holder(workspace, LOOP)
    assert shown is not None
    signed_by(workspace, **{**ELSEWHERE, "pid": 8})
    with pytest.raises(Locked, match="pid 8"):
        take_away(workspace, LOOP, shown)
    assert holder(workspace, LOOP) is not None


def test_a_torn_record_is_nobodys(workspace: Workspace) -> None:
    with lock(workspace, LOOP, "Mira"):
        pass
    record(workspace).write_bytes(b'{"who": "Mi')
    assert holder(workspace, LOOP) is None
    with lock(workspace, LOOP, "Tom") as mine:
        assert holder(workspace, LOOP) == mine


def test_whoever_waits_gets_it_when_it_is_let_go(workspace: Workspace) -> None:
    first, second = start(workspace, "Mira"), start(workspace, "Tom", timeout=30)
    go(first)
    assert line(first) == "won"
    go(second)
    end(first)
    assert line(second) == "won"
    end(second)


def test_nobody_waits_longer_than_asked(workspace: Workspace) -> None:
    with lock(workspace, LOOP, "Mira"):
        began = time.monotonic()
        with pytest.raises(Locked):
            lock(workspace, LOOP, "Tom", timeout=0.2).__enter__()
        assert 0.2 <= time.monotonic() - began < 10


@pytest.mark.parametrize(
    "id", ["../../x", "/etc/passwd", "a\0b", "-rf", "", "L" * 5000, "Schleife/ä"]
)
def test_an_id_that_is_no_file_name_stays_in_the_lock_folder(workspace: Workspace, id: str) -> None:
    with lock(workspace, id, "Mira"):
        pass
    folder = workspace.root / ".loopkit"
    assert sorted(p.name for p in folder.iterdir()) == [".gitignore", "lock"]
    assert len(list((folder / "lock").iterdir())) == 1
    assert sorted(p.name for p in workspace.root.iterdir()) == [".loopkit", "loops"]


def test_git_never_sees_the_lock(workspace: Workspace) -> None:
    subprocess.run(["git", "init", "-q"], cwd=workspace.root, check=True)
    with lock(workspace, LOOP, "Mira"):
        said = subprocess.run(
            ["git", "status", "--porcelain"], cwd=workspace.root, capture_output=True, check=True
        )
    assert said.stdout == b""


def test_a_lock_folder_that_cannot_be_made_is_said(workspace: Workspace) -> None:
    (workspace.root / ".loopkit").write_text("a file")
    with pytest.raises(NotWritten, match="lock cannot be taken"):
        lock(workspace, LOOP, "Mira").__enter__()


def test_a_process_has_a_start_and_one_that_is_not_there_has_none() -> None:
    assert process_started(os.getpid()) == process_started(os.getpid()) != ""
    assert process_started(2**22 + 1) == ""
