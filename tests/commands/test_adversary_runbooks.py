"""Runbooks that raise, exit and answer anything: none of it is ever taken for done."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from tests.commands.desk import Desk

LOOP = """\
# LOOP-X-20260101

> **Status:** open
> **Owner:** @ops
> **Created:** 2026-01-01

## Phases

| Phase | Scope | Dependency | Status |
|-------|-------|------------|--------|
| P0 | Flip | None | pending |
| P1 | Look | None | pending |
"""

RUNBOOK = """
import os, sys
from pathlib import Path
from loopkit.runbook import *

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "loops" / "LOOP-X.md"


def so(c):
    return Seen((ROOT / "flag").exists(), "the flag")


def put(c):
    c.files.write("flag", b"on")


def rewrite(old, new):
    DOCUMENT.write_text(DOCUMENT.read_text().replace(old, new))
"""


def p0(look: str = "so", change: str = "put", before: str = "") -> str:
    return f"""
{before}

@phase("LOOP-X", "P0", host="local")
def flip(c):
    return [Step("flag is on", look={look}, change={change})]
"""


def workspace(folder: Path, runbook: str, document: str = LOOP) -> Desk:
    root = folder / "work"
    for name in ("loops", "runbooks"):
        (root / name).mkdir(parents=True)
    (folder / "home").mkdir()
    (root / "loops" / "LOOP-X.md").write_text(document)
    (root / "runbooks" / "flip.py").write_text(RUNBOOK + runbook)
    (root / "runbooks" / "hosts.yaml").write_text("hosts: {}\n")
    (root / "loopkit.toml").write_text('zone = "UTC"\n')
    return Desk(root)


def cells(desk: Desk) -> dict[str, str]:
    text = (desk.root / "loops" / "LOOP-X.md").read_text()
    rows = (line.split("|") for line in text.splitlines() if line.startswith(("| P0", "| P1")))
    return {row[1].strip(): row[4].strip() for row in rows}


@pytest.mark.parametrize(
    "look",
    [
        "lambda c: sys.exit(0)",
        "lambda c: (_ for _ in ()).throw(GeneratorExit)",
        "lambda c: Seen('no', 'x')",
        "lambda c: Seen(1, 'x')",
        "lambda c: Seen(float('nan'), 'x')",
        "lambda c: Seen(True, None)",
        "lambda c: Seen(True, 'x', facts=5)",
        "lambda c: Seen(True, 'x', facts={'a': 10**5000})",
        "lambda c: Seen(True, 'x', facts=ROUND)",
        "lambda c: Seen(True, 'x', blocks=('text',))",
        "lambda c: Seen(True, 'x', updates=({},))",
        "lambda c: True",
    ],
)
def test_a_look_that_exits_or_gives_no_answer_is_unknown(tmp_path: Path, look: str) -> None:
    round_ = "ROUND = {}\nROUND['a'] = ROUND"
    desk = workspace(tmp_path, p0(look, before=round_))
    said = desk.loop("advance", "X", "--phase", "P0", "-y", code=4)
    assert "Traceback" not in said.err
    assert cells(desk)["P0"].startswith("blocked")
    assert not (desk.root / "flag").exists()
    assert [e["result"] for e in desk.loop("log", "X", "--json").json["entries"]] == ["unknown"]


def test_a_runbook_that_rewrites_itself_is_sealed_as_it_ran(tmp_path: Path) -> None:
    desk = workspace(tmp_path, p0(before="Path(__file__).write_text('another program')"))
    code = (desk.root / "runbooks" / "flip.py").read_bytes()
    said = desk.loop("advance", "X", "--phase", "P0", "-y", "--json")
    receipt = json.loads((desk.root / said.json["ran"][0]["receipt"]).read_text())
    assert receipt["runbook_sha256"] == sha256(code).hexdigest()
    assert (desk.root / "runbooks" / "flip.py").read_text() == "another program"


def test_a_change_that_exits_is_looked_at_and_does_not_end_the_run(tmp_path: Path) -> None:
    desk = workspace(tmp_path, p0(change="lambda c: (put(c), sys.exit(0))"))
    said = desk.loop("advance", "X", "--phase", "P0", "-y")
    assert "although: the runbook raised SystemExit" in said.out
    assert cells(desk)["P0"] == "done"


@pytest.mark.parametrize(
    "runbook",
    [
        "sys.exit(0)",
        "@phase('LOOP-X', 'P0', host='local')\ndef flip(c):\n    sys.exit(0)",
        "@phase('LOOP-X', 'P0', host='local')\ndef flip(c):\n    yield Step('x', look=so)",
        "@phase('LOOP-X', 'P0', host='local')\ndef flip(c):\n    return [Step(5, look=so)]",
        "@phase('LOOP-X', 'P0', host='local')\ndef flip(c):\n    return [Step('x', look=None)]",
    ],
)
def test_a_runbook_that_gives_no_steps_is_named_and_runs_nothing(
    tmp_path: Path, runbook: str
) -> None:
    desk = workspace(tmp_path, runbook)
    said = desk.loop("advance", "X", "-y", code=2)
    assert "flip.py:" in said.err
    assert "Traceback" not in said.err
    assert cells(desk) == {"P0": "pending", "P1": "pending"}


@pytest.mark.parametrize(
    "answer",
    [
        "sys.exit(0)",
        "1 / 0",
        "5",
        "Report(())",
        "Report((Row('a', 'OK', 'b', 'no'),))",
        "Report(('a',))",
    ],
)
def test_a_capability_without_a_sound_report_is_unknown(tmp_path: Path, answer: str) -> None:
    desk = workspace(tmp_path, f"@capability('a.b')\ndef ab(c):\n    return {answer}\n")
    said = desk.loop("cap", "run", "a.b", "--json", code=4)
    assert said.json["ok"] is None
    assert "Traceback" not in said.err
    assert desk.loop("cap", "run", "a.b", "--nagios", code=3).out.startswith("a.b UNKNOWN")


def test_a_number_that_json_lacks_leaves_a_receipt_that_any_reader_reads(tmp_path: Path) -> None:
    look = "lambda c: Seen(True, 'x', facts={'load': float('nan')})"
    desk = workspace(tmp_path, p0(look))
    said = desk.loop("advance", "X", "--phase", "P0", "-y", "--json")
    receipt = (desk.root / said.json["ran"][0]["receipt"]).read_text()

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    assert json.loads(receipt, parse_constant=refuse)["steps"][0]["facts"] == {"load": "nan"}


def test_a_megabyte_seen_fills_neither_the_document_nor_the_receipt(tmp_path: Path) -> None:
    desk = workspace(tmp_path, p0("lambda c: Seen(True, 'A' * 1_000_000)"))
    said = desk.loop("advance", "X", "--phase", "P0", "-y", "--json")
    step = json.loads((desk.root / said.json["ran"][0]["receipt"]).read_text())["steps"][0]
    assert step["seen"].endswith("(1000000 characters)")
    assert len((desk.root / "loops" / "LOOP-X.md").read_text()) < 10_000
    assert len(said.out) < 20_000


def test_what_runbooks_print_never_mixes_with_the_json(tmp_path: Path) -> None:
    noise = "print('at import'); os.system('echo from a child')"
    look = "lambda c: (print('in a look'), so(c))[1]"
    desk = workspace(tmp_path, p0(look, before=noise))
    said = desk.loop("advance", "X", "--phase", "P0", "-y", "--json", "-v")
    assert said.json["ran"][0]["result"] == "changed"
    assert all(word in said.err for word in ("at import", "from a child", "in a look"))


def test_a_phase_whose_gate_shuts_while_another_runs_does_not_run(tmp_path: Path) -> None:
    shut = "lambda c: (put(c), rewrite('Look | None | pending', 'Look | None | blocked'))"
    second = """
@phase("LOOP-X", "P1", host="local")
def second(c):
    change = lambda c: c.files.write("second", b"")
    return [Step("never", look=lambda c: Seen(False, "x"), change=change)]
"""
    desk = workspace(tmp_path, p0(change=shut) + second)
    said = desk.loop("advance", "X", "-y")
    assert cells(desk) == {"P0": "done", "P1": "blocked"}
    assert not (desk.root / "second").exists()
    assert "P1 was ready and is so no more" in said.out


def test_a_phase_that_goes_while_another_runs_is_told(tmp_path: Path) -> None:
    gone = "lambda c: (put(c), rewrite('| P1 | Look | None | pending |\\n', ''))"
    desk = workspace(tmp_path, p0(change=gone))
    said = desk.loop("advance", "X", "-y")
    assert cells(desk) == {"P0": "done"}
    assert "P1 was ready and is so no more" in said.out


@pytest.mark.parametrize(
    "event",
    [
        "DOCUMENT.unlink()",
        "DOCUMENT.write_bytes(b'\\xff')",
        "rewrite('LOOP-X-20260101', 'LOOP-Y-20260101')",
        "DOCUMENT.parent.rename(ROOT / 'moved')",
    ],
)
def test_a_document_lost_during_a_run_is_a_conflict_and_the_run_can_be_applied(
    tmp_path: Path, event: str
) -> None:
    desk = workspace(tmp_path, p0(change=f"lambda c: (put(c), {event})"))
    said = desk.loop("advance", "X", "--phase", "P0", "-y", code=3)
    help = next(line for line in said.err.splitlines() if line.strip().startswith("try"))
    (desk.root / "loops").mkdir(exist_ok=True)
    (desk.root / "loops" / "LOOP-X.md").write_text(LOOP)
    desk.loop(*help.split()[2:])
    assert cells(desk)["P0"] == "done"


def test_a_phase_that_stands_twice_is_not_run(tmp_path: Path) -> None:
    twice = LOOP.replace("| P1 | Look |", "| P0 | Flip |")
    desk = workspace(tmp_path, p0(), twice)
    said = desk.loop("advance", "X", "-y", "--to-the-end", code=2)
    assert "P0 of LOOP-X-20260101 stands 2 times" in said.err
    assert not (desk.root / "flag").exists()
    assert not list(desk.root.rglob("receipts/**/*.json"))


def test_an_item_without_its_phase_narrows_what_runs(tmp_path: Path) -> None:
    desk = workspace(tmp_path, p0())
    assert "no item '207'" in desk.loop("advance", "X", "-y", "--item", "207", code=2).err
    assert not (desk.root / "flag").exists()


def test_one_phase_to_the_end_is_no_error_once_it_is_done(tmp_path: Path) -> None:
    desk = workspace(tmp_path, p0())
    desk.loop("advance", "X", "-y", "--phase", "P0", "--to-the-end")
    assert cells(desk)["P0"] == "done"


def test_a_host_that_nothing_works_on_is_said_and_nothing_runs(tmp_path: Path) -> None:
    desk = workspace(tmp_path, p0())
    said = desk.loop("advance", "X", "-y", "--host", "nosuch")
    assert "P0 works on local, not nosuch" in said.out
    assert cells(desk)["P0"] == "pending"
