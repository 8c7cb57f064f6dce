"""A status is written as the author of the document would write it: word, sign, language, place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from loopkit.loop.change import SetItemStatus, SetLoopStatus, SetPhaseStatus
from loopkit.loop.edit.writer import rewrite
from loopkit.loop.model import LoopStatus, PhaseStatus
from loopkit.loop.parse.layout import StatusForm, StatusSite
from loopkit.loop.parse.reader import LoopFile, read
from loopkit.markdown.document import Piece
from loopkit.markdown.source import Source, Span

DONE = PhaseStatus.DONE


def file_of(text: str) -> LoopFile:
    return read(Source.decode(text.encode(), "kiln.md"), "kiln.md")


def lines(text: str, change: SetPhaseStatus | SetItemStatus | SetLoopStatus) -> list[str]:
    """Returns the lines that a change adds to a document, or alters in it."""
    after = rewrite(file_of(text), [change]).source.text
    return [line for line in after.split("\n") if line not in text.split("\n")]


def table(*statuses: str, header: str = "open") -> str:
    rows = "\n".join(f"| P{i} | x{i} | {status} |" for i, status in enumerate(statuses))
    return (
        f"> **Status:** {header}\n\n## Phases\n\n| Phase | Scope | Status |\n|--|--|--|\n{rows}\n"
    )


@pytest.mark.parametrize(
    ("statuses", "status", "written"),
    [
        (("erledigt", "in Arbeit"), DONE, "erledigt"),
        (("Erledigt", "offen"), DONE, "Erledigt"),
        (("**fertig** (2026-02-03)", "offen"), DONE, "**fertig**"),
        (("offen", "offen"), DONE, "erledigt"),
        (("Offen", "Offen"), DONE, "Erledigt"),
        (("offen", "offen"), PhaseStatus.IN_PROGRESS, "in Arbeit"),
        (("OFFEN", "OFFEN"), PhaseStatus.BLOCKED, "BLOCKIERT"),
        (("à faire", "à faire"), DONE, "terminé"),
        (("pendiente", "pendiente"), DONE, "hecho"),
        (("não iniciado", "não iniciado"), DONE, "concluído"),
        (("未开始", "未开始"), DONE, "已完成"),
        (("未着手", "未着手"), DONE, "完了"),
        (("Не начато", "Не начато"), DONE, "Готово"),
        (("done", "pending"), PhaseStatus.BLOCKED, "blocked"),
        (("✅ Completed", "🚧 In Progress"), DONE, "✅ Completed"),
        (("✅ Completed", "🚧 In Progress"), PhaseStatus.BLOCKED, "⛔ Blocked"),
        (("✅", "⬜"), DONE, "✅"),
        (("✅", "⬜"), PhaseStatus.IN_PROGRESS, "🚧"),
        ((":white_check_mark:", ":x:"), DONE, ":white_check_mark:"),
        (("Deployed", "Backlog"), DONE, "Deployed"),
    ],
)
def test_a_cell_gets_the_word_of_its_own_language_and_kin(
    statuses: tuple[str, ...], status: PhaseStatus, written: str
) -> None:
    assert lines(table(*statuses), SetPhaseStatus("P1", status)) == [f"| P1 | x1 | {written} |"]


@pytest.mark.parametrize(
    ("word", "status", "written"),
    [
        ("parked", PhaseStatus.BLOCKED, "Parked"),
        ("60%", PhaseStatus.IN_PROGRESS, "60%"),
        ("verified", DONE, "Verified"),
    ],
)
def test_a_word_that_a_person_chose_is_kept(word: str, status: PhaseStatus, written: str) -> None:
    change = SetPhaseStatus("P1", status, word=word)
    assert lines(table("Done", "Open"), change) == [f"| P1 | x1 | {written} |"]


def test_a_chosen_word_is_written_though_the_status_is_the_same() -> None:
    blocked = table("Done", "Blocked")
    change = SetPhaseStatus("P1", PhaseStatus.BLOCKED, word="parked")
    assert lines(blocked, change) == ["| P1 | x1 | Parked |"]
    assert lines(table("Done", "Parked (no stone)"), change) == []
    assert lines(table("Done", "Parked"), SetPhaseStatus("P1", PhaseStatus.BLOCKED)) == []


def test_a_chosen_share_is_kept_beside_a_title() -> None:
    change = SetPhaseStatus("Phase 2", PhaseStatus.IN_PROGRESS, word="60%")
    assert lines(headings("Phase 1: Bench — DONE", "Phase 2: Field"), change) == [
        "## Phase 2: Field — 60%"
    ]


def headings(*phases: str, below: str = "") -> str:
    body = "\n\n".join(f"## {phase}\n{below}" for phase in phases)
    return f"# Kiln\n\n**Status:** open\n\n{body}\n"


@pytest.mark.parametrize(
    ("first", "written"),
    [
        ("Phase 1: Bench ✅", "## Phase 2: Field ✅"),
        ("Phase 1: Bench ✅ Done", "## Phase 2: Field ✅ Done"),
        ("Phase 1: Bench — ✅", "## Phase 2: Field — ✅"),
        ("Phase 1: Bench (DONE)", "## Phase 2: Field (DONE)"),
        ("Phase 1: Bench [done]", "## Phase 2: Field [done]"),
        ("Phase 1: Bench — erledigt", "## Phase 2: Field — erledigt"),
        ("Phase 1: Bench", "## Phase 2: Field — DONE"),
    ],
)
def test_a_heading_gets_the_form_of_its_siblings(first: str, written: str) -> None:
    text = headings(first, "Phase 2: Field")
    assert lines(text, SetPhaseStatus("Phase 2", DONE)) == [written]


def test_a_field_is_written_where_the_siblings_have_one() -> None:
    text = (
        "# Kiln\n\n**Status:** open\n\n## Phase 1: Bench\n\n**Status:** ✅ Done\n\nText.\n\n"
        "## Phase 2: Field\n\nText.\n"
    )
    after = rewrite(file_of(text), [SetPhaseStatus("Phase 2", DONE)]).source.text
    assert after == text.replace(
        "## Phase 2: Field\n", "## Phase 2: Field\n\n**Status:** ✅ Done\n"
    )


BOXES = (
    "# Kiln\n\n**Status:** open\n\n## Phase 1: Bench (DONE)\n\n- [x] sand\n\n"
    "## Phase 2: Field\n\n- [x] plough\n- [ ] sow\n"
)


def test_a_status_that_was_only_derived_is_stated_as_the_siblings_do() -> None:
    assert lines(BOXES, SetPhaseStatus("Phase 2", DONE)) == ["## Phase 2: Field (DONE)"]
    ticked = BOXES.replace("[ ] sow", "[x] sow")
    assert lines(ticked, SetPhaseStatus("Phase 2", DONE)) == ["## Phase 2: Field (DONE)"]
    bare = ticked.replace(" (DONE)", "")
    assert lines(bare, SetPhaseStatus("Phase 2", DONE)) == []


def test_a_box_is_ticked_as_the_author_ticks() -> None:
    text = "> **Status:** open\n\n## Phases\n\n* [X] P0: Hull\n* [X] P1: Deck\n* [ ] P2: Mast\n"
    assert lines(text, SetPhaseStatus("P2", DONE)) == ["* [X] P2: Mast"]
    assert lines(text.replace("[X]", "[x]"), SetPhaseStatus("P2", DONE)) == ["* [x] P2: Mast"]
    assert lines(text, SetPhaseStatus("P1", PhaseStatus.PENDING)) == ["* [ ] P1: Deck"]


@pytest.mark.parametrize(
    ("header", "status", "written"),
    [
        ("offen", LoopStatus.CLOSED, "geschlossen"),
        ("**Offen**", LoopStatus.CLOSED, "**Geschlossen**"),
        ("🟡 In Progress", LoopStatus.CLOSED, "✅ Closed"),
        ("✅ COMPLETE", LoopStatus.OPEN, "OPEN"),
        ("🚧 进行中", LoopStatus.CLOSED, "✅ 已关闭"),
        ("В работе", LoopStatus.BLOCKED, "Заблокировано"),
        ("open (two left)", LoopStatus.CLOSED, "closed"),
    ],
)
def test_a_header_keeps_its_language_its_case_and_its_sign(
    header: str, status: LoopStatus, written: str
) -> None:
    text = table("done", header=header)
    assert lines(text, SetLoopStatus(status)) == [f"> **Status:** {written}"]


TWICE = (
    "# Kiln\n\n**Status:** open\n\n## Phases\n\n| Phase | Scope | Status |\n|--|--|--|\n"
    "| P0 | Press | ✅ Completed |\n| P1 | Fold | 🚧 In Progress |\n\n"
    "## P0: Press ✅\n\n## P1: Fold 🚧\n"
)


def echoed(text: str) -> LoopFile:
    """Returns a file whose headings are known as the other places that state a status."""
    file = file_of(text)
    sites = []
    for at, line in enumerate(text.split("\n"), 1):
        if line.startswith("## P0") or line.startswith("## P1"):
            start = text.index(line) + line.rindex(" ") + 1
            piece = Piece(
                line[line.rindex(" ") + 1 :], Span(start, text.index(line) + len(line)), at
            )
            sites.append((StatusSite(piece, StatusForm.SUFFIX),))
    return replace(file, layout=replace(file.layout, echoes=tuple(sites)))


def test_a_status_that_stands_in_two_places_is_written_in_both() -> None:
    after = rewrite(echoed(TWICE), [SetPhaseStatus("P1", DONE)]).source.text
    assert after == TWICE.replace("🚧 In Progress", "✅ Completed").replace("Fold 🚧", "Fold ✅")


def test_a_place_that_lags_behind_is_brought_up_alone() -> None:
    lagging = TWICE.replace("🚧 In Progress", "✅ Completed (twice)")
    after = rewrite(echoed(lagging), [SetPhaseStatus("P1", DONE)]).source.text
    assert after == lagging.replace("Fold 🚧", "Fold ✅")
