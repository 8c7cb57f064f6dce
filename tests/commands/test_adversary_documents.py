"""Documents and folders that are not what they seem, from advance to close."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands.test_adversary_runbooks import LOOP, p0, workspace

P1 = """
@phase("LOOP-X", "P1", host="local")
def look(c):
    return [Step("flag is still on", look=so)]
"""
HEAD = LOOP.partition("## Phases")[0]
SHAPES = {
    "table without status": "## Phases\n\n| Phase | Scope | Dependency |\n|---|---|---|\n"
    "| P0 | Flip | None |\n| P1 | Look | P0 |\n",
    "list": "## Phases\n\n- P0: flip\n- P1: look\n",
    "checkboxes": "## Phases\n\n- [ ] P0 flip\n- [ ] P1 look\n",
    "headings": "## P0 — flip\n\nx\n\n## P1 — look\n\ny\n",
    "paragraphs": "## Phases\n\nP0 Flip (local): x\n\nP1 Look (local): y\n",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_document_of_any_shape_goes_from_advance_to_close(tmp_path: Path, shape: str) -> None:
    desk = workspace(tmp_path, p0() + P1, HEAD + SHAPES[shape])
    desk.loop("advance", "X", "-y")
    desk.loop("advance", "X", "-y")
    desk.loop("close", "X")
    shown = desk.loop("show", "X", "--json").json
    assert [phase["status"] for phase in shown["phases"]] == ["done", "done"]
    assert (shown["status"], shown["findings"]) == ("closed", [])


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", "\r").encode(),
    ],
    ids=["CRLF after a BOM", "CR"],
)
def test_the_ends_of_lines_stay_as_their_author_wrote_them(
    tmp_path: Path, encode: Callable[[str], bytes]
) -> None:
    desk = workspace(tmp_path, p0() + P1)
    document = desk.root / "loops" / "LOOP-X.md"
    document.write_bytes(encode(LOOP))
    desk.loop("advance", "X", "-y", "--to-the-end")
    desk.loop("close", "X")
    after = document.read_bytes()
    assert after == encode(after.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n"))
    assert desk.loop("show", "X", "--json").json["status"] == "closed"


@pytest.mark.parametrize("name", [".loopkit", ".loopkit/.gitignore", "loops/receipts"])
def test_nothing_is_written_through_a_link_that_leads_out(tmp_path: Path, name: str) -> None:
    desk = workspace(tmp_path, p0())
    outside = tmp_path / "outside"
    outside.mkdir()
    link = desk.root / name
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(outside if link.suffix == "" and "git" not in name else outside / "new")
    desk.loop("advance", "X", "--phase", "P0", "-y", code=None)
    assert list(outside.iterdir()) == []


def test_hostile_cells_and_names_reach_no_terminal_raw(tmp_path: Path) -> None:
    evil = "\x1b]0;x\x07\x1b[31m\u202e\x9b"
    desk = workspace(tmp_path, p0(), LOOP.replace("Flip", evil).replace("@ops", evil))
    (desk.root / "loops" / "\udcff\x1b[31m.md").write_text("# x\n")
    for command in (
        ["list"],
        ["show", "X"],
        ["plan", "X"],
        ["check", "-v"],
        ["advance", "X", "-y"],
    ):
        said = desk.loop(*command, code=None)
        assert not set(said.out + said.err) & set("\x1b\x07\u202e\x9b")
        assert "loopkit failed" not in said.err


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"])
@pytest.mark.parametrize("until", ["9999-12-31T23:59Z", "0001-01-01T00:00Z"])
def test_a_time_at_the_end_of_the_calendar_stops_no_listing(
    tmp_path: Path, zone: str, until: str
) -> None:
    desk = workspace(
        tmp_path, p0(), LOOP.replace("| Look | None |", f"| Look | hold until {until} |")
    )
    (desk.root / "loopkit.toml").write_text(f'zone = "{zone}"\n')
    gate = desk.loop("why", "X", "P1", "--json").json["phases"][0]["gates"][0]
    assert gate["verdict"] == ("not_met" if until.startswith("9") else "met")
    assert "P1" in desk.loop("why", "X").out
    assert desk.loop("list").code == 0


def test_a_wait_that_counts_from_the_end_of_the_calendar_is_not_over(tmp_path: Path) -> None:
    waits = LOOP.replace("| Look | None |", "| Look | P0 + wait 24h |")
    desk = workspace(tmp_path, p0(), waits)
    desk.loop("mark", "X", "P0", "done", "--at", "9999-12-31")
    gates = desk.loop("why", "X", "P1", "--json").json["phases"][0]["gates"]
    assert [gate["verdict"] for gate in gates] == ["met", "not_met"]
