"""What runbooks bind, how it is found again, and what plain Fabric may do with it."""

from __future__ import annotations

import ast
import os
import py_compile
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from threading import Barrier

import pytest

from loopkit.effects.runbooks import load, reference_for, references
from loopkit.errors import RunbookError
from loopkit.loop.model import NonGoal, Place
from loopkit.registry import BoundPhase, Registry
from loopkit.runbook import Report, Row, phase

ROOT = Path(__file__).resolve().parent.parent
LOOP = "LOOP-PAINT-20260101"

AUDIT = '''\
"""A runbook of two phases."""
from loopkit.runbook import Host, Item, Seen, Step, capability, criterion, invariant, phase
from loopkit.runbook import read_only
from .parts.tools import seen

NAME = "LOOP-PAINT"
read_only("paint", "show")


@phase(NAME, "P0", host="pve", read_only=True)
def audit(c: Host) -> list[Step]:
    """Looks at the wall.

    Twice.
    """
    return [Step("the wall", look=seen)]


@phase(loop=NAME, id="P1", host="nas")
def paint(c: Host, item: Item) -> list[Step]:
    """Paints one wall."""
    return [Step(item, look=seen, change=lambda c: None)]


@capability("wall.status")
def status(c: Host):
    """Says which walls are wet."""


@criterion("All walls", loop=NAME, host="pve")
def walls(c: Host) -> Seen:
    return seen(c)


@criterion("All walls painted", loop=NAME, host="pve")
def painted(c: Host) -> Seen:
    return seen(c)


@invariant("Do NOT change the colour", loop=NAME, host="pve")
def colour(c: Host) -> str:
    return "red"
'''

TOOLS = '''\
from loopkit.runbook import Host, Seen


def seen(c: Host) -> Seen:
    """Sees."""
    return Seen(True, "wet")
'''

SWEEP = """\
from loopkit.runbook import phase


@phase('LOOP-SWEEP', 'P0', host='x')
def sweep(c):
    '''Sweeps.'''
"""

FABFILE = """\
from pathlib import Path

from loopkit.effects.runbooks import fab_namespace

ns = fab_namespace(Path(__file__).parent)
"""


@pytest.fixture
def runbooks(tmp_path: Path) -> Path:
    folder = tmp_path / "runbooks"
    (folder / "parts").mkdir(parents=True)
    (folder / "paint.py").write_text(AUDIT)
    (folder / "parts" / "tools.py").write_text(TOOLS)
    (folder / "fabfile.py").write_text(FABFILE)
    return folder


def test_a_phase_is_found_with_or_without_the_date_and_says_where_it_stands(
    runbooks: Path,
) -> None:
    bound = load(runbooks).phase_for(LOOP, "p0")
    assert bound is not None
    assert (bound.host, bound.read_only, bound.takes_item) == ("pve", True, False)
    assert (bound.reference, bound.where) == ("paint:audit", "runbooks/paint.py:10")
    assert bound.doc == "Looks at the wall.\n\nTwice."
    assert [step.name for step in bound.function(None)] == ["the wall"]
    assert load(runbooks).phase_for("LOOP-PAINT", "P1").takes_item  # type: ignore[union-attr]
    assert load(runbooks).phase_for("LOOP-PAINTING-20260101", "P0") is None
    assert load(runbooks).phase_for(LOOP, "P2") is None


def test_a_criterion_is_answered_by_the_longest_text_it_begins_with(runbooks: Path) -> None:
    bound = load(runbooks)
    found = bound.criterion_for(LOOP, "**All walls** painted, `twice`")
    assert found is not None
    assert found.text == "All walls painted"
    assert bound.criterion_for(LOOP, "all  walls dry").text == "All walls"  # type: ignore[union-attr]
    assert bound.criterion_for(LOOP, "Some walls") is None


def test_an_invariant_without_its_line_in_the_document_is_never_passed_over(
    runbooks: Path,
) -> None:
    bound = load(runbooks)
    stated = NonGoal("Do **NOT** change the colour of it", Place(3))
    found = bound.invariants_for(LOOP, [stated])
    assert [i.non_goal for i in found] == ["Do NOT change the colour"]
    assert bound.invariants_for("LOOP-OTHER", []) == ()
    with pytest.raises(RunbookError, match="no Non-Goal") as caught:
        bound.invariants_for(LOOP, [NonGoal("Do NOT run", Place(3))])
    assert caught.value.where == "runbooks/paint.py:40"


def test_what_only_reads_and_what_probes_are_declared(runbooks: Path) -> None:
    bound = load(runbooks)
    assert bound.read_only == {("paint", "show")}
    assert bound.capability("wall.status").doc == "Says which walls are wet."  # type: ignore[union-attr]
    assert bound.capability("wall") is None


def test_a_reference_is_read_without_importing_anything(runbooks: Path, tmp_path: Path) -> None:
    (runbooks / "broken.py").write_text("import does_not_exist\n")
    (runbooks / "worse.py").write_text("def (:\n")
    found = references(runbooks)
    assert reference_for(found, LOOP, "P0") == "paint:audit"
    assert reference_for(found, "LOOP-PAINT", "p1") == "paint:paint"
    assert reference_for(found, LOOP, "P9") is None
    assert references(tmp_path / "none") == {}


def test_reading_references_loads_neither_fabric_nor_a_runbook(runbooks: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from loopkit.effects.runbooks import references\n"
        f"assert references(Path({str(runbooks)!r}))\n"
        "print([m for m in sys.modules if 'fabric' in m or 'paramiko' in m or 'paint' in m])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.stdout == "[]\n", ran.stderr


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        ("def (:\n", "broken.py:1", "SyntaxError"),
        ("\nimport does_not_exist\n", "broken.py:2", "ModuleNotFoundError"),
        ("x = 1\n\n\nx = 1 / 0\n", "broken.py:4", "ZeroDivisionError"),
        ("from .paint import nothing\n", "broken.py:1", "ImportError"),
        (
            "from loopkit.runbook import phase\n@phase('L', 'P0', host='x')\ndef f(): ...\n",
            "broken.py:2",
            "takes 0 arguments",
        ),
        (
            "from loopkit.runbook import phase\n"
            "@phase('LOOP-PAINT', 'p0', host='x')\ndef f(c): ...\n",
            "paint.py:10",
            "bound twice",
        ),
        (
            "from loopkit.runbook import read_only\nread_only('bash')\n",
            "broken.py:2",
            "any command",
        ),
    ],
)
def test_a_broken_runbook_is_named_by_file_and_line(
    runbooks: Path, text: str, where: str, said: str
) -> None:
    (runbooks / "broken.py").write_text(text)
    with pytest.raises(RunbookError, match=said) as caught:
        load(runbooks)
    assert caught.value.where.endswith(where)


def test_a_runbook_outside_the_workspace_is_not_loaded(runbooks: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.py").write_text("raise SystemExit('was run')\n")
    (runbooks / "inside.py").symlink_to(tmp_path / "outside.py")
    with pytest.raises(RunbookError, match="only from the workspace"):
        load(runbooks)


def test_two_workspaces_with_runbooks_of_one_name_do_not_clash(
    runbooks: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other" / "runbooks"
    other.mkdir(parents=True)
    (other / "paint.py").write_text(AUDIT.replace("from .parts.tools import seen", "seen = None"))
    first, second = load(runbooks), load(other)
    one, two = first.phase_for(LOOP, "P0"), second.phase_for(LOOP, "P0")
    assert one is not None
    assert two is not None
    assert one.function is not two.function
    assert one.reference == two.reference == "paint:audit"


# ── What is run is what is hashed, also in a process that lives for long ─────────────────────


def bound_to(folder: Path, phase_id: str) -> BoundPhase:
    found = load(folder).phase_for(LOOP, phase_id)
    assert found is not None
    return found


def first_step(bound: BoundPhase) -> str:
    return str(bound.function(None)[0].name)


def rewrite(file: Path, old: str, new: str) -> None:
    """Changes a file to one of the same size and the same time of change."""
    before, text = file.stat(), file.read_text()
    assert len(old) == len(new)
    assert old in text
    file.write_text(text.replace(old, new))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def at_once(*folders: Path) -> list[Registry]:
    """Returns what each folder binds, loaded by one thread a folder at the same moment."""
    start = Barrier(len(folders))

    def load_together(folder: Path) -> Registry:
        start.wait(60)
        return load(folder)

    with ThreadPoolExecutor(len(folders)) as threads:
        return list(threads.map(load_together, folders))


def test_threads_that_load_one_folder_at_once_all_get_every_phase(runbooks: Path) -> None:
    for number in range(12):
        text = AUDIT.replace("LOOP-PAINT", f"LOOP-PAINT-{number}")
        (runbooks / f"more_{number}.py").write_text(text.replace("wall.s", f"wall{number}.s"))
    loaded = at_once(*[runbooks] * 4)
    assert [(len(each.phases), len(each.capabilities)) for each in loaded] == [(26, 13)] * 4


def test_threads_that_load_other_folders_bind_nothing_into_each_other(
    runbooks: Path, tmp_path: Path
) -> None:
    others = [tmp_path / str(number) / "runbooks" for number in range(3)]
    for folder in others:
        folder.mkdir(parents=True)
        (folder / "only.py").write_text(SWEEP)
    bound = [[phase.reference for phase in each.phases] for each in at_once(runbooks, *others)]
    assert bound == [["paint:audit", "paint:paint"], *[["only:sweep"]] * 3]


def test_a_runbook_that_changed_is_loaded_anew_by_the_same_process(runbooks: Path) -> None:
    assert first_step(bound_to(runbooks, "P0")) == "the wall"
    rewrite(runbooks / "paint.py", '"the wall"', '"the roof"')
    assert first_step(bound_to(runbooks, "P0")) == "the roof"


def test_what_a_runbook_imports_is_loaded_anew_too(runbooks: Path) -> None:
    def seen() -> str:
        return str(bound_to(runbooks, "P0").function(None)[0].look(None).text)

    assert seen() == "wet"
    rewrite(runbooks / "parts" / "tools.py", '"wet"', '"dry"')
    assert seen() == "dry"


def test_runbooks_that_did_not_change_are_loaded_once(runbooks: Path) -> None:
    assert load(runbooks) is load(runbooks)


def test_a_runbook_that_is_gone_binds_nothing_any_more(runbooks: Path) -> None:
    (runbooks / "sweep.py").write_text(SWEEP)
    assert load(runbooks).phase_for("LOOP-SWEEP", "P0") is not None
    (runbooks / "sweep.py").unlink()
    assert load(runbooks).phase_for("LOOP-SWEEP", "P0") is None


def test_the_hash_of_a_binding_is_of_the_bytes_that_run(runbooks: Path) -> None:
    file = runbooks / "paint.py"
    before = file.read_bytes()
    old = bound_to(runbooks, "P0")
    rewrite(file, '"the wall"', '"the roof"')
    assert (old.sha256, first_step(old)) == (sha256(before).hexdigest(), "the wall")
    new = bound_to(runbooks, "P0")
    assert (new.sha256, first_step(new)) == (sha256(file.read_bytes()).hexdigest(), "the roof")


def test_a_runbook_that_rewrites_itself_has_the_hash_of_what_ran(runbooks: Path) -> None:
    code = AUDIT + "\nfrom pathlib import Path\nPath(__file__).write_text('')\n"
    (runbooks / "paint.py").write_text(code)
    assert bound_to(runbooks, "P0").sha256 == sha256(code.encode()).hexdigest()
    assert (runbooks / "paint.py").read_text() == ""


def test_what_python_once_compiled_of_a_runbook_is_not_run(runbooks: Path) -> None:
    file = runbooks / "paint.py"
    rewrite(file, '"the wall"', '"the roof"')
    py_compile.compile(str(file))
    rewrite(file, '"the roof"', '"the wall"')
    assert first_step(bound_to(runbooks, "P0")) == "the wall"


@pytest.mark.parametrize("name", ["paint.py", "parts/tools.py", "parts/__init__.py"])
def test_one_hash_stands_for_all_the_code_that_may_run(runbooks: Path, name: str) -> None:
    before = load(runbooks).sha256
    with (runbooks / name).open("a") as file:
        file.write("# more\n")
    assert load(runbooks).sha256 != before


def test_code_that_is_at_work_imports_what_it_was_loaded_with(runbooks: Path) -> None:
    late = "\n\ndef late():\n    from .late_part import word\n    return word\n"
    (runbooks / "paint.py").write_text(AUDIT + late)
    (runbooks / "late_part.py").write_text("word = 'old'\n")
    at_work = bound_to(runbooks, "P0").function.__globals__["late"]
    rewrite(runbooks / "late_part.py", "old", "new")
    assert bound_to(runbooks, "P0").function.__globals__["late"]() == "new"
    assert at_work() == "old"


def modules_of(package: str) -> list[str]:
    return [name for name in sys.modules if name.partition(".")[0] == package]


def test_no_module_of_what_was_loaded_before_is_left(runbooks: Path) -> None:
    old = load(runbooks).package
    rewrite(runbooks / "paint.py", '"the wall"', '"the roof"')
    new = load(runbooks).package
    assert modules_of(old) == []
    assert f"{new}.paint" in modules_of(new)


def test_no_module_of_a_load_that_failed_is_left(runbooks: Path) -> None:
    (runbooks / "zzz.py").write_text("1 / 0\n")
    before = set(sys.modules)
    with pytest.raises(RunbookError):
        load(runbooks)
    assert [name for name in set(sys.modules) - before if name.startswith("_loopkit")] == []


def test_a_file_that_is_no_runbook_is_not_imported_by_one(runbooks: Path) -> None:
    (runbooks / "broken.py").write_text("from .fabfile import ns\n")
    with pytest.raises(RunbookError, match="ModuleNotFoundError") as caught:
        load(runbooks)
    assert caught.value.where.endswith("broken.py:1")


def test_two_files_that_are_one_module_are_both_named(runbooks: Path) -> None:
    (runbooks / "parts.py").write_text("")
    (runbooks / "parts" / "__init__.py").write_text("")
    with pytest.raises(RunbookError, match="two files") as caught:
        load(runbooks)
    assert "parts.py" in str(caught.value)
    assert "parts/__init__.py" in str(caught.value)


def fab(runbooks: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Runs plain Fabric on a folder of runbooks."""
    program = Path(sys.executable).with_name("fab")
    return subprocess.run(
        [str(program), "-r", str(runbooks), *words],
        capture_output=True,
        text=True,
        cwd=runbooks.parent,
    )


def test_plain_fabric_lists_phases_and_capabilities(runbooks: Path) -> None:
    ran = fab(runbooks, "--list")
    lines = [line.split(maxsplit=1) for line in ran.stdout.splitlines() if line.startswith("  ")]
    assert lines == [
        ["p0", "Looks at the wall."],
        ["p1", "Paints one wall."],
        ["wall.status", "Says which walls are wet."],
    ]
    assert "Twice." in fab(runbooks, "--help", "p0").stdout


@pytest.mark.parametrize(
    ("task", "instead"),
    [
        ("p0", "loop advance LOOP-PAINT --phase P0"),
        ("p1", "loop advance LOOP-PAINT --phase P1"),
        ("wall.status", "loop cap run wall.status"),
    ],
)
def test_plain_fabric_is_refused_past_the_gates(runbooks: Path, task: str, instead: str) -> None:
    ran = fab(runbooks, task)
    assert ran.returncode == 2
    assert f"{task} runs only through its loop" in ran.stderr
    assert instead in ran.stderr
    assert "Traceback" not in ran.stderr


def test_phases_of_one_id_in_two_runbooks_are_listed_by_module(runbooks: Path) -> None:
    (runbooks / "sweep.py").write_text(SWEEP)
    listed = fab(runbooks, "--list").stdout
    assert "paint.p0" in listed
    assert "sweep.p0" in listed
    assert "\n  p1 " in listed


def test_a_module_of_two_words_is_listed_as_invoke_writes_it(runbooks: Path) -> None:
    (runbooks / "floor_sweep.py").write_text(SWEEP)
    assert "floor-sweep.p0" in fab(runbooks, "--list").stdout


def test_called_from_python_a_phase_gives_its_steps() -> None:
    made = phase("LOOP-ALONE", "P7", host="x")(lambda c: [c])
    assert made("a host") == ["a host"]


def test_the_runbooks_that_ship_know_the_meaning_of_loops_through_their_own_door_alone() -> None:
    found = [
        f"{path.name}:{node.lineno}: {node.module}"
        for path in sorted((ROOT / "runbooks").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("loopkit.loop")
    ]
    assert found == []


def test_a_report_is_ok_only_when_every_row_is() -> None:
    def report(*oks: bool | None) -> bool | None:
        return Report(tuple(Row("a", "x", "", ok) for ok in oks)).ok

    assert report(True, True) is True
    assert report(True, None) is None
    assert report(True, None, False) is False
