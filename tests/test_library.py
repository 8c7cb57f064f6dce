"""loopkit in a program: what it costs to import, what is public, and that it covers the verbs."""

from __future__ import annotations

import inspect
import io
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import fields
from pathlib import Path

import pytest

import loopkit
from loopkit.commands.advance import AdvanceRequest
from loopkit.commands.by_hand import MarkRequest
from loopkit.ui.call import Command, Verb
from loopkit.ui.verbs import VERBS
from tests.commands.desk import Desk
from tests.commands.test_adversary_runbooks import cells, p0, workspace

HEAVY = {"fabric", "rich", "markdown_it", "yaml", "transitions", "asyncssh"}
# Not of a workspace's loops: git's own door, and the lab.
ELSEWHERE = {"cap", "merge-driver", "lab", "demo"}


def loaded(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_importing_loopkit_loads_nothing_that_costs() -> None:
    assert not loaded("import loopkit") & {*HEAVY, "dataclasses", "argparse"}
    assert not loaded("import loopkit; loopkit.open, loopkit.LoopkitError") & HEAVY


def test_every_public_name_is_there_and_no_other_is() -> None:
    assert loopkit.__all__ == sorted(loopkit.__all__)
    assert all(getattr(loopkit, name) for name in loopkit.__all__)
    assert set(loopkit.__all__) <= set(dir(loopkit))
    with pytest.raises(AttributeError, match="has no attribute 'PhasePlan'"):
        loopkit.PhasePlan  # noqa: B018


COVERED = [verb for verb in VERBS if verb.name not in ELSEWHERE]
WITH_WORDS_OF_THEIR_OWN = {"advance": AdvanceRequest, "mark": MarkRequest}


@pytest.mark.parametrize("verb", COVERED, ids=lambda verb: verb.name)
def test_every_verb_is_a_call_with_the_fields_of_its_request(verb: Verb) -> None:
    given = set(inspect.signature(getattr(loopkit.Loops, verb.name)).parameters) - {"self"}
    request, fixed = WITH_WORDS_OF_THEIR_OWN.get(verb.name), frozenset[str]()
    if isinstance(verb.call, Command):
        request, fixed = verb.call.load()[1], frozenset(verb.call.fixed)
    assert request is not None
    assert given == {field.name for field in fields(request)} - fixed


def test_a_loop_is_run_from_a_program_without_a_word_on_the_terminal(tmp_path: Path) -> None:
    desk = workspace(tmp_path, p0())
    out, err = io.StringIO(), io.StringIO()
    events: list[object] = []
    loops = loopkit.open(desk.root, who="ada", tell=events.append)
    with redirect_stdout(out), redirect_stderr(err), loops:
        assert loops.plan("X").phases[0].diff
        done = loops.advance("X", phase="P0", yes=True)
        skipped = loops.skip("X", "P1", reason="not here")
        with pytest.raises(loopkit.Refused):
            loops.advance("X", phase="P0")
        closed = loops.close("X")
        entries = loops.log("X").entries
    assert (out.getvalue(), err.getvalue()) == ("", "")
    assert [ran.outcome.result for ran in done.ran] == [loopkit.Result.CHANGED]
    assert cells(desk)["P0"] == "done"
    assert skipped.what.endswith("P1 skipped: not here")
    assert isinstance(closed, loopkit.Written)
    assert [(e.kind, e.who) for e in entries] == [("run", "ada"), ("mark", "ada"), ("close", "ada")]
    assert events


def test_each_call_sees_the_world_as_it_is_then(tmp_path: Path) -> None:
    desk = workspace(tmp_path, p0())
    document = desk.root / "loops" / "LOOP-X.md"
    with loopkit.open(desk.root, who="ada") as loops:
        assert [phase.phase.id for phase in loops.why("X").phases if phase.ready] == ["P0", "P1"]
        document.write_text(document.read_text().replace("| Look | None |", "| Look | P0 |"))
        assert [phase.phase.id for phase in loops.why("X").phases if phase.ready] == ["P0"]
        assert desk.loop("skip", "X", "P0", "--reason", "no").code == 0
        assert [phase.phase.id for phase in loops.why("X").phases if phase.ready] == ["P1"]


def test_a_person_is_asked_with_what_would_run_and_gates_are_decided_again(tmp_path: Path) -> None:
    desk = workspace(tmp_path, p0())
    document = desk.root / "loops" / "LOOP-X.md"
    asked = []

    def ask(question: loopkit.Question) -> bool:
        asked.append(question)
        text = document.read_text()
        document.write_text(text.replace("| None | pending |", "| None | blocked |"))
        return True

    with loopkit.open(desk.root, who="ada", ask=ask) as loops:
        done = loops.advance("X", phase="P0")
    assert [question.about.hosts for question in asked if question.about] == [("local",)]
    assert done.ran == ()
    assert not (desk.root / "flag").exists()


def test_what_is_wrong_is_raised_with_all_that_the_command_would_say(tmp_path: Path) -> None:
    with pytest.raises(loopkit.SettingsError, match="there is no workspace here"):
        loopkit.open(tmp_path)
    loops = loopkit.open(workspace(tmp_path, p0()).root)
    with pytest.raises(loopkit.UnknownLoop) as found:
        loops.why("NOPE")
    assert (found.value.exit_code, found.value.help) == (2, "loop list")
    with pytest.raises(loopkit.UnknownPhase, match="has no phase 'P9'"):
        loops.advance("X", phase="P9")


def test_a_lock_that_is_held_is_an_error_and_not_a_wait(tmp_path: Path) -> None:
    desk: Desk = workspace(tmp_path, p0())
    told = []

    def tell(event: object) -> None:
        with pytest.raises(loopkit.Locked) as found:
            loopkit.open(desk.root, who="bob").skip("X", "P1", reason="no")
        told.append(found.value.holder)

    loopkit.open(desk.root, who="ada", tell=tell).advance("X", phase="P0", yes=True)
    assert told
    assert all(holder.startswith("held by ada, pid ") for holder in told)


def test_an_item_is_approved_under_the_name_that_the_document_has_for_it(tmp_path: Path) -> None:
    desk = Desk.fresh(tmp_path)
    with loopkit.open(desk.root, who="ada") as loops:
        with pytest.raises(loopkit.UnknownPhase, match="has no item '999'"):
            loops.approve("BACKUP", "P2", item="999", reason="x")
        with pytest.raises(loopkit.Refused, match="P2 has no manual gate"):
            loops.approve("BACKUP", "p2", item="207 (ai)", reason="x")
