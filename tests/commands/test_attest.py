"""A criterion that only a person can judge is attested by one, by name, and nothing else counts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import loopkit
from tests.commands.desk import Desk

LOOP = """\
# LOOP-X-20260101

> **Status:** open

## Phases

| Phase | Scope | Status |
|---|---|---|
| P0 | Look | done |
| P1 | Do | done |

## Success Criteria

- [x] operators find it clear
- [ ] the page answers

## Non-Goals

- no new hosts
- the ports stay as they are

_Created: 2026-01-01_
"""
CLEAR, ANSWERS = "operators find it clear", "the page answers"
RUNBOOK = '''
from loopkit.runbook import Host, Seen, criterion, invariant


@criterion("the page answers", loop="LOOP-X", host="local")
def answers(c: Host) -> Seen:
    """Asks the page."""
    return Seen({so}, "it said {so}")


@invariant("the ports stay", loop="LOOP-X", host="local")
def ports(c: Host) -> str:
    """Reads the ports."""
    return "22"
'''


def desk_with(root: Path, so: bool | None = True, text: str = LOOP) -> Desk:
    for folder in ("loops", "runbooks", "home"):
        (root / folder).mkdir(parents=True)
    (root / "loopkit.toml").write_text('zone = "UTC"\n')
    (root / "loops/x.md").write_text(text)
    (root / "runbooks/x.py").write_text(RUNBOOK.format(so=so))
    (root / "runbooks/hosts.yaml").write_text("hosts: {}\n")
    return Desk(root)


def criteria(desk: Desk, code: int = 0) -> dict[str, Any]:
    said = desk.loop("verify", "X", "--json", code=code).json
    return {each["text"]: each for each in said["criteria"]}


def attest(desk: Desk, text: str = CLEAR, code: int = 0) -> Any:
    return desk.loop(
        "--as", "mira", "attest", "X", text, "--reason", "asked five of them", code=code
    )


def test_a_tick_of_the_author_proves_nothing(tmp_path: Path) -> None:
    desk = desk_with(tmp_path)
    found = criteria(desk, code=4)[CLEAR]
    assert (found["verdict"], found["how"]) == ("unknown", "nobody looked")
    assert "ticked" in found["seen"]
    assert (
        f"loop attest LOOP-X-20260101 '{CLEAR}' --reason TEXT"
        in desk.loop("verify", "X", code=4).out
    )
    desk.loop("close", "X", code=4)
    assert (desk.root / "loops/x.md").read_text() == LOOP


def test_what_a_person_attests_counts_with_who_and_when_and_why(tmp_path: Path) -> None:
    desk = desk_with(tmp_path)
    said = attest(desk)
    assert (desk.root / "loops/x.md").read_text() == LOOP
    assert "attested by mira" in said.out
    found = criteria(desk)
    assert found[CLEAR]["how"] == "attested"
    assert found[CLEAR]["verdict"] == "met"
    assert found[CLEAR]["attested"]["who"] == "mira"
    assert found[CLEAR]["attested"]["reason"] == "asked five of them"
    assert found[CLEAR]["attested"]["at"].startswith("20")
    assert found[ANSWERS]["how"] == "checked"
    out = desk.loop("verify", "X").out
    assert "attested" in out
    assert "mira" in out


def test_an_attestation_is_a_receipt_in_the_chain(tmp_path: Path) -> None:
    desk = desk_with(tmp_path)
    attest(desk)
    attest(desk)
    one, two = sorted((desk.root / "loops/receipts").rglob("*.json"), key=_previous)
    assert json.loads(one.read_text())["kind"] == "attest"
    assert json.loads(one.read_text())["criterion"] == CLEAR
    assert [link["name"] for link in json.loads(two.read_text())["previous"]] == [one.name]
    entries = desk.loop("log", "X", "--json").json["entries"]
    assert {(e["kind"], e["result"], e["who"]) for e in entries} == {("attest", "attested", "mira")}
    assert CLEAR in entries[0]["what"]
    one.write_text(one.read_text().replace("mira", "nobody"))
    assert "evidence-altered" in desk.loop("check", "--evidence", code=1).out


def _previous(path: Path) -> int:
    return len(json.loads(path.read_text())["previous"])


def test_an_attestation_says_nothing_of_how_the_loop_stands(tmp_path: Path) -> None:
    desk = desk_with(tmp_path)
    desk.loop("mark", "X", "--status", "planned")
    attest(desk)
    desk.loop("mark", "X", "--status", "open")
    assert desk.loop("list", "--json").json["loops"][0]["status"] == "open"
    desk.loop("close", "X")


def test_a_criterion_that_was_reworded_is_attested_no_more(tmp_path: Path) -> None:
    desk = desk_with(tmp_path)
    attest(desk)
    path = desk.root / "loops/x.md"
    path.write_text(path.read_text().replace(CLEAR, "all operators find it clear"))
    assert criteria(desk, code=4)["all operators find it clear"]["how"] == "nobody looked"
    path.write_text(path.read_text().replace("all operators find it clear", CLEAR))
    assert criteria(desk)[CLEAR]["how"] == "attested"


def test_a_tick_that_is_set_later_leaves_an_attestation_as_it_is(tmp_path: Path) -> None:
    desk = desk_with(tmp_path)
    attest(desk)
    path = desk.root / "loops/x.md"
    path.write_text(path.read_text().replace("[x] operators", "[ ] operators"))
    assert criteria(desk)[CLEAR]["how"] == "attested"


@pytest.mark.parametrize("so", [False, None])
def test_what_a_check_answers_no_person_can_attest(tmp_path: Path, so: bool | None) -> None:
    desk = desk_with(tmp_path, so)
    assert "a check is bound to it" in attest(desk, ANSWERS, code=2).err
    assert not list(desk.root.rglob("receipts/**/*.json"))


def test_a_check_that_is_bound_later_has_the_word(tmp_path: Path) -> None:
    desk = desk_with(tmp_path, so=False)
    runbook = (desk.root / "runbooks/x.py").read_text()
    (desk.root / "runbooks/x.py").unlink()
    attest(desk, ANSWERS)
    (desk.root / "runbooks/x.py").write_text(runbook)
    found = criteria(desk, code=1)[ANSWERS]
    assert (found["verdict"], found["how"]) == ("not_met", "checked")


def test_a_criterion_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    desk = desk_with(tmp_path)
    said = attest(desk, "it is fast", code=2)
    assert CLEAR in said.err
    assert "loops/x.md" in said.err


def test_a_reason_is_needed_and_so_is_a_place_to_keep_it(tmp_path: Path) -> None:
    desk = desk_with(tmp_path / "work")
    desk.loop("attest", "X", CLEAR, code=2)
    desk.loop("attest", "X", CLEAR, "--reason", " ", code=2)
    with pytest.raises(loopkit.Refused):
        loopkit.open(desk.root, who="mira").attest("X", CLEAR, reason=" ")
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / "x.md").write_text(LOOP)
    said = Desk(alone).loop("attest", "x.md", CLEAR, "--reason", "asked", code=2)
    assert "no receipts" in said.err
    assert [p.name for p in alone.iterdir()] == ["x.md"]


def test_a_closing_says_of_each_criterion_who_vouches_for_it(tmp_path: Path) -> None:
    desk = desk_with(tmp_path, so=False)
    attest(desk)
    refused = desk.loop("close", "X", code=1)
    assert "not met" in refused.out
    closed = desk.loop(
        *("--as", "ada", "close", "X", "--json"), *("--waive", ANSWERS, "--reason", "moved away")
    ).json
    how = {each["text"]: each["how"] for each in closed["criteria"]}
    assert how == {CLEAR: "attested", ANSWERS: "waived"}
    text = (desk.root / "loops/x.md").read_text()
    assert "## P1 — Closeout Evidence (" in text
    assert f"{CLEAR}: attested by mira" in text
    assert f"{ANSWERS}: waived by ada: moved away" in text
    assert "no new hosts: not checked" in text
    assert text.index("Closeout Evidence") < text.index("_Created: 2026-01-01_")
    receipt = json.loads((desk.root / closed["receipt"]).read_text())
    assert any(note.startswith(f"{CLEAR}: attested by mira") for note in receipt["notes"])
    assert "no new hosts: not checked" in receipt["notes"]
    again = desk.loop("show", "X", "--json").json
    assert [c["text"] for c in again["criteria"]] == [CLEAR, ANSWERS]
    assert again["unread"] == []
    assert [p["id"] for p in again["phases"]] == ["P0", "P1"]


def test_a_closing_that_checks_vouch_for_adds_no_section(tmp_path: Path) -> None:
    text = LOOP.replace(f"- [x] {CLEAR}\n", "")
    desk = desk_with(tmp_path, text=text)
    said = desk.loop("close", "X")
    assert "not checked" in said.out
    assert "no new hosts" in said.out
    assert "Evidence (" not in (desk.root / "loops/x.md").read_text()


def test_a_non_goal_without_an_invariant_is_never_silently_kept(tmp_path: Path) -> None:
    desk = desk_with(tmp_path)
    attest(desk)
    for verb in ("plan", "verify"):
        said = desk.loop(verb, "X")
        assert "not checked  no new hosts" in said.out
        assert "not checked  the ports" not in said.out
        goals = desk.loop(verb, "X", "--json").json["non_goals"]
        assert [(g["text"], g["checked"]) for g in goals] == [
            ("no new hosts", False),
            ("the ports stay as they are", True),
        ]
    closed = desk.loop("close", "X", "--json").json
    assert [g["checked"] for g in closed["non_goals"]] == [False, True]


def test_a_program_attests_as_a_person_does(tmp_path: Path) -> None:
    desk = desk_with(tmp_path)
    loops = loopkit.open(desk.root, who="mira")
    assert loops.attest("X", CLEAR, reason="asked").receipt
    assert [c.how for c in loops.verify("X").criteria] == ["attested", "checked"]


def test_a_receipt_written_before_there_were_attestations_is_still_read(tmp_path: Path) -> None:
    desk = desk_with(tmp_path)
    desk.loop("mark", "X", "P0", "pending")
    receipt = next((desk.root / "loops/receipts").rglob("*.json"))
    assert "criterion" not in json.loads(receipt.read_text())
    assert desk.loop("log", "X", "--json").json["entries"][0]["kind"] == "mark"
