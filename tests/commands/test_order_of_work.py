"""What is said in words, or by the order of a document, holds a real command back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.desk import Desk
from tests.commands.test_adversary_runbooks import p0, workspace

WIPE = """\
# LOOP-X-20260101

> **Status:** open

## Phase 1: copy — FAILED

## Phase 2: wipe

{words}
"""
FLIP = p0().replace('"P0"', '"Phase 2"')
ORDER = "after Phase 1, as the document has it"


def desk_of(folder: Path, words: str = "") -> Desk:
    """Returns a workspace where only Phase 2 has a runbook, which puts a flag on the disk."""
    return workspace(folder, FLIP, WIPE.format(words=words))


def wiped(desk: Desk) -> bool:
    """Returns whether Phase 2 ran."""
    return (desk.root / "flag").exists()


def gate(desk: Desk) -> dict[str, object]:
    """Returns the gate of Phase 2, as `loop why` gives it."""
    (found,) = desk.loop("why", "X", "Phase 2", "--json").json["phases"][0]["gates"]
    return dict(found)


@pytest.mark.parametrize(
    "words",
    [
        "Depends on Phase 1.",
        "- needs P1",
        "> Blocked until [Phase 1](#phase-1) is done.",
        "Depends on Phase 9.",
        "Soak until the load is fine.",
    ],
)
def test_a_sentence_keeps_a_phase_from_running_after_a_failure(tmp_path: Path, words: str) -> None:
    desk = desk_of(tmp_path, words)
    said = desk.loop("advance", "X", "--to-the-end", "-y")
    assert "Nothing was run" in said.out
    assert not wiped(desk)


def test_the_phase_runs_once_what_the_sentence_names_is_done(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, "Depends on Phase 1.")
    desk.loop("mark", "X", "Phase 1", "done")
    desk.loop("advance", "X", "-y")
    assert wiped(desk)


def test_what_cannot_be_told_leads_to_a_check_that_names_the_line(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, "Depends on Phase 9.")
    found = next(
        g
        for g in desk.loop("why", "X", "Phase 2", "--json").json["phases"][0]["gates"]
        if g["kind"] == "unresolved"
    )
    assert (found["verdict"], found["why"]) == ("unknown", "there is no Phase 9")
    said = desk.loop(*found["help"].split()[1:], code=1)
    assert "LOOP-X.md:9" in said.out
    assert "unread-dependency" in said.out


def test_where_nothing_is_stated_the_order_holds_and_is_shown_as_implied(tmp_path: Path) -> None:
    desk = desk_of(tmp_path)
    assert "Nothing was run" in desk.loop("advance", "X", "--to-the-end", "-y").out
    assert not wiped(desk)
    found = gate(desk)
    assert (found["kind"], found["implied"], found["phase"]) == ("order", True, "Phase 1")
    assert (found["text"], found["verdict"]) == (ORDER, "not_met")
    assert desk.loop("show", "X", "--json").json["phases"][1]["depends_on"] == []
    for command in ("why", "plan"):
        assert "as the document has it" in desk.loop(command, "X").out


def test_a_person_opens_the_order_as_any_manual_gate(tmp_path: Path) -> None:
    desk = desk_of(tmp_path)
    desk.loop("--as", "ada", "approve", "X", "Phase 2", "--reason", "they share nothing")
    assert (gate(desk)["verdict"], gate(desk)["reason"]) == ("met", "they share nothing")
    desk.loop("advance", "X", "-y")
    assert wiped(desk)


def test_who_answers_what_was_asked_has_not_opened_the_order(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, "- **Requires:** a visit")
    desk.loop("approve", "X", "Phase 2", "--reason", "I was there")
    gates = desk.loop("why", "X", "Phase 2", "--json").json["phases"][0]["gates"]
    assert [(g["kind"], g["verdict"]) for g in gates] == [("manual", "met"), ("order", "not_met")]
    desk.loop("approve", "X", "Phase 2", "--gate", ORDER, "--reason", "they share nothing")
    desk.loop("advance", "X", "-y")
    assert wiped(desk)


def test_the_header_or_the_settings_say_that_the_order_does_not_matter(tmp_path: Path) -> None:
    for name in ("header", "settings"):
        desk = desk_of(tmp_path / name)
        if name == "header":
            document = desk.root / "loops" / "LOOP-X.md"
            text = document.read_text()
            document.write_text(text.replace("open\n", "open\n> **Order:** any\n", 1))
        else:
            (desk.root / "loopkit.toml").write_text('zone = "UTC"\norder = "any"\n')
        desk.loop("approve", "X", "Phase 2", "--reason", "nothing asks", code=2)
        desk.loop("advance", "X", "-y")
        assert wiped(desk)
