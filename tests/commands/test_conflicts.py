"""What a person writes while a phase runs, who may run it, and what leaks."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.commands.desk import Desk, Said

RUNBOOK = '''
from __future__ import annotations

import time
from pathlib import Path

from loopkit.runbook import Host, Seen, Step, phase

HERE = Path(__file__).parent


def _flag(c: Host) -> bool:
    return c.files.read("runbooks/flag") == b"on\\n"


def _look(c: Host) -> Seen:
    return Seen(_flag(c), "the flag is on" if _flag(c) else "the flag is off, PASSWORD_HERE")


def _change(c: Host) -> None:
    (HERE / "changing").write_text("")
    while not (HERE / "go").exists():
        time.sleep(0.01)
    c.files.write("runbooks/flag", b"on\\n")


@phase("LOOP-X", "P0", host="local")
def flip(c: Host) -> list[Step]:
    """Turns the flag on."""
    return [Step("flag is on", look=_look, change=_change)]
'''

LOOP = """\
# LOOP-X-20260101

> **Status:** open
> **Owner:** @ops
> **Created:** 2026-01-01

## Phases

| Phase | Scope | Dependency | Status |
|-------|-------|------------|--------|
| P0 | Flip | None | pending |
| P1 | Look | P0 | pending |

Some prose.
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    root = tmp_path / "work"
    for folder in ("loops", "runbooks"):
        (root / folder).mkdir(parents=True)
    (tmp_path / "home").mkdir()
    (root / "loops" / "LOOP-X.md").write_text(LOOP)
    (root / "runbooks" / "flip.py").write_text(RUNBOOK)
    (root / "runbooks" / "flag").write_bytes(b"off\n")
    (root / "runbooks" / "hosts.yaml").write_text("hosts: {}\n")
    (root / "loopkit.toml").write_text('zone = "UTC"\nsecrets = ["DEMO_SECRET"]\n')
    desk = Desk(root)
    desk.git("init", "-q", "-b", "main")
    desk.git("config", "user.name", "ada")
    desk.git("config", "user.email", "ada@localhost")
    (root / ".gitignore").write_text("__pycache__/\n/runbooks/go\n/runbooks/changing\n")
    desk.git("add", ".")
    desk.git("commit", "-q", "-m", "Begin")
    yield desk
    (root / "runbooks" / "go").touch()


def started(desk: Desk) -> subprocess.Popen[str]:
    """Starts an advance and waits until its change has begun."""
    argv = [sys.executable, "-m", "loopkit.ui.cli", "advance", "X", "-y"]
    env = {"HOME": str(desk.root.parent / "home"), "PATH": "/usr/bin:/bin"}
    run = subprocess.Popen(
        argv, cwd=desk.root, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while not (desk.root / "runbooks" / "changing").exists():
        assert run.poll() is None, run.communicate()
    return run


def finished(desk: Desk, run: subprocess.Popen[str]) -> Said:
    (desk.root / "runbooks" / "go").touch()
    out, err = run.communicate()
    return Said(run.returncode, out, err)


def document(desk: Desk) -> Path:
    return desk.root / "loops" / "LOOP-X.md"


def edit(desk: Desk, old: str, new: str) -> None:
    text = document(desk).read_text()
    assert old in text
    document(desk).write_text(text.replace(old, new))


def test_what_a_person_writes_elsewhere_meanwhile_is_kept(desk: Desk) -> None:
    run = started(desk)
    edit(desk, "Some prose.", "Better prose.")
    said = finished(desk, run)
    assert said.code == 0, said.err
    text = document(desk).read_text()
    assert "Better prose." in text
    assert "| P0 | Flip | None | done |" in text


def test_a_change_of_the_same_cell_is_a_conflict_that_can_be_applied_later(desk: Desk) -> None:
    run = started(desk)
    edit(desk, "| P0 | Flip | None | pending |", "| P0 | Flip | None | blocked |")
    said = finished(desk, run)
    assert said.code == 3
    assert "blocked" in said.err
    assert "done" in said.err
    help = next(x for x in said.err.splitlines() if x.strip().startswith("try"))
    assert "| P0 | Flip | None | blocked |" in document(desk).read_text()
    edit(desk, "| P0 | Flip | None | blocked |", "| P0 | Flip | None | pending |")
    words = help.split()[1:]
    assert words[:2] == ["loop", "apply"]
    desk.loop(*words[1:])
    assert "| P0 | Flip | None | done |" in document(desk).read_text()
    assert desk.loop("advance", "X", "-y", "--json").json["ran"] == []


def test_only_one_of_many_advances_runs_and_the_others_say_who_does(desk: Desk) -> None:
    run = started(desk)
    with ThreadPoolExecutor(4) as pool:
        others = list(pool.map(lambda _: desk.loop("advance", "X", "-y", code=None), range(8)))
    assert {said.code for said in others} == {3}
    assert all(f"pid {run.pid}" in said.err for said in others)
    assert "loop unlock" in others[0].err
    assert finished(desk, run).code == 0


def test_a_run_killed_before_it_sent_anything_is_recorded_and_run_again(desk: Desk) -> None:
    run = started(desk)
    run.kill()
    run.communicate()
    (desk.root / "runbooks" / "go").touch()
    said = desk.loop("advance", "X", "-y", "--json").json
    assert len(said["recovered"]) == 1
    assert (desk.root / "runbooks" / "flag").read_bytes() == b"on\n"
    assert "| P0 | Flip | None | done |" in document(desk).read_text()
    kinds = [entry["result"] for entry in desk.loop("log", "X", "--json").json["entries"]]
    assert kinds == ["unknown", "changed"]


def test_a_secret_named_in_the_settings_reaches_no_surface(desk: Desk) -> None:
    secret = "hunter2-correct-horse"
    runbook = desk.root / "runbooks" / "flip.py"
    runbook.write_text(RUNBOOK.replace("PASSWORD_HERE", f"it is {secret}"))
    (desk.root / "runbooks" / "go").touch()
    (desk.root / "runbooks" / "flag").write_bytes(b"off\n")
    said = desk.loop("advance", "X", "-y", DEMO_SECRET=secret)
    probed = desk.loop("log", "X", "--json", DEMO_SECRET=secret)
    texts = [said.out, said.err, probed.out, document(desk).read_text()]
    texts += [p.read_text() for p in (desk.root / "loops" / "receipts").rglob("*.json")]
    texts += [p.read_text() for p in (desk.root / ".loopkit").rglob("*") if p.is_file()]
    assert not [text for text in texts if secret in text]
    assert any("[redacted]" in text for text in (said.out, said.err, *texts))


def test_four_eyes_refuse_the_one_who_runs_and_an_approval_serves_once(desk: Desk) -> None:
    (desk.root / "loopkit.toml").write_text('zone = "UTC"\nfour_eyes = true\n')
    (desk.root / "runbooks" / "go").touch()
    plan = desk.loop("plan", "X", "--json").json["phases"][0]["hash"]
    refused = desk.loop("advance", "X", "-y", code=2)
    assert plan in refused.err
    approve = ("approve", "X", "P0", "--plan", plan, "--reason", "read it")
    desk.loop("--as", "ada", *approve)
    assert "two people" in desk.loop("--as", "ada", "advance", "X", "-y", code=2).err
    desk.loop("--as", "grace", *approve)
    runbook = desk.root / "runbooks" / "flip.py"
    text = runbook.read_text()
    runbook.write_text(text + "\n# changed\n")
    assert "the plan is now" in desk.loop("--as", "ada", "advance", "X", "-y", code=2).err
    runbook.write_text(text)
    said = desk.loop("--as", "ada", "advance", "X", "-y", "--json").json
    receipt = json.loads((desk.root / said["ran"][0]["receipt"]).read_text())
    assert receipt["uses"]
    desk.loop("reopen", "X", "P0", "--reason", "once more")
    assert "serves once" in desk.loop("--as", "ada", "advance", "X", "-y", code=2).err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_is_recorded_first(
    desk: Desk, number: signal.Signals, code: int
) -> None:
    run = started(desk)
    run.send_signal(number)
    out, err = run.communicate()
    assert run.returncode == code, out + err
    entries = desk.loop("log", "X", "--json").json["entries"]
    assert [entry["result"] for entry in entries] == ["unknown"]
    assert "Evidence" in out


def test_a_commit_takes_the_signature_of_its_receipt_along(desk: Desk) -> None:
    key = desk.root.parent / "home" / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    (desk.root / "loopkit.toml").write_text(f'zone = "UTC"\nsigning_key = "{key}"\n')
    (desk.root / "runbooks" / "go").touch()
    desk.loop("advance", "X", "-y", "--commit")
    committed = desk.git("show", "--name-only", "--format=", "HEAD").split()
    assert [Path(name).suffix for name in sorted(committed)] == [".md", ".json", ".sig", ""]
