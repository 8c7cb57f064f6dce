"""The gates of the shipped documents, asked on the command line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.commands.desk import Desk, verdicts

LOOP = "LOOP-BACKUP-STABILIZATION"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.fresh(tmp_path)


def test_one_vm_is_met_and_two_are_not(desk: Desk) -> None:
    said = desk.loop("why", LOOP, "P2", "--json")
    assert verdicts(said, "P2") == {
        "207 (AI)": "met",
        "209 (download-stack)": "not_met",
        "210 (streaming-stack)": "not_met",
    }


def test_each_verdict_says_the_line_that_was_looked_at(desk: Desk) -> None:
    said = desk.loop("why", LOOP, "P2", "--json")
    gates = [gate for item in said.json["phases"][0]["items"] for gate in item["gates"]]
    for gate in gates:
        path, _, line = gate["where"].rpartition(":")
        row = (desk.root / path).read_text().split("\n")[int(line) - 1]
        assert re.match(rf"\| {gate['phase']} \|", row), row


def test_without_a_status_column_nothing_is_known_and_nothing_runs(desk: Desk) -> None:
    lines = desk.media.read_text().split("\n")
    start = next(i for i, line in enumerate(lines) if line.startswith("| Phase"))
    for i in range(start, len(lines)):
        if not lines[i].startswith("|"):
            break
        lines[i] = lines[i].rstrip().removesuffix("|").rpartition("|")[0] + "|"
    desk.media.write_text("\n".join(lines))
    said = desk.loop("why", LOOP, "P2", "--json")
    assert verdicts(said, "P2")["209 (download-stack)"] == "unknown"
    assert verdicts(said, "P2")["210 (streaming-stack)"] == "unknown"
    desk.loop("approve", LOOP, "P2", "--reason", "a test")
    before = desk.files()
    refused = desk.loop(
        "advance", LOOP, "--phase", "P2", "--item", "209 (download-stack)", "-y", code=2
    )
    assert "209" in refused.err
    assert desk.files() == before


def test_a_missing_loop_is_unknown_with_its_reason(desk: Desk) -> None:
    desk.media.unlink()
    said = desk.loop("why", LOOP, "P2", "--json")
    assert verdicts(said, "P2")["210 (streaming-stack)"] == "unknown"


def test_every_pasted_help_is_a_command_that_works(desk: Desk) -> None:
    said = desk.loop("why", LOOP, "--json")
    gates = [g for p in said.json["phases"] for g in p["gates"] if g["help"]]
    assert gates
    for gate in gates:
        words = gate["help"].replace("TEXT", "because").split()
        if words[0] == "loop" and "'" not in gate["help"] and '"' not in gate["help"]:
            desk.loop(*words[1:], code=None)
