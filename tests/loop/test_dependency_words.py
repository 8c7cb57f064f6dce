"""What a phase waits for, said in words: sentences, bullets, notes, odd references, waits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from loopkit.loop.model import (
    AnyDone,
    Gate,
    Loop,
    LoopClosed,
    LoopReached,
    Manual,
    PhaseDone,
    TimePassed,
    Unresolved,
)
from loopkit.loop.parse.reader import read
from loopkit.loop.words.durations import duration
from loopkit.markdown.source import Source

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def loop_of(text: str) -> Loop:
    """Returns what a document means."""
    return read(Source(text), "loops/LOOP-X.md").loop


def short(gate: Gate) -> object:
    """Returns a gate as the tables below write it: `?` a person, `!` unresolved."""
    match gate:
        case PhaseDone():
            return gate.phase
        case AnyDone():
            return gate.phases
        case LoopClosed():
            return f"{gate.loop} closed"
        case LoopReached():
            return f"{gate.loop} {gate.phase}"
        case TimePassed():
            return gate.wait or gate.until
        case Manual():
            return f"?{gate.text}"
        case Unresolved():
            return f"!{gate.text}"
        case _:
            return gate


def waits(loop: Loop, id: str) -> list[object]:
    """Returns what a phase of a loop waits for."""
    return [short(gate) for gate in loop.require_phase(id).gates]


HEADINGS = """\
# Move

**Status:** open

## Phase 1: Copy

## Phase 2: Check

## Phase 3: Wipe

{text}

## Phase 4: Tell
"""


def under_phase_3(text: str) -> list[object]:
    """Returns what Phase 3 waits for when this stands under its heading."""
    return waits(loop_of(HEADINGS.format(text=text)), "Phase 3")


# ── Sentences in a phase's own text ──────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "gates"),
    [
        ("Depends on Phase 1.", ["Phase 1"]),
        ("This depends on **Phase 1** and on the report of Phase 2.", ["Phase 1", "Phase 2"]),
        ("Depends on\nPhase 1.", ["Phase 1"]),
        ("Empty the shelf (after 1) and sweep.", ["Phase 1"]),
        ("Blocked until Phase 2 is done.", ["Phase 2"]),
        ("- needs P1", ["Phase 1"]),
        ("- Carry it out\n  - needs P1", ["Phase 1"]),
        ("- It is heavy, and it needs\n  Phase 1", ["Phase 1"]),
        ("> Requires Phase 1.", ["Phase 1"]),
        ("> Requires\n> Phase 1.", ["Phase 1"]),
        ("requires [P1](#p1)", ["Phase 1"]),
        ("Requires [Phase 1](one.md)[^2].", ["Phase 1"]),
        ("Needs `P1` → P2", ["Phase 1", "Phase 2"]),
        ("Once P2 is done, begin.", ["Phase 2"]),
        ("Do not start until the copy in Phase 1 was checked.", ["Phase 1"]),
        ("Starts when Phase 2 is done.", ["Phase 2"]),
        ("Phase 1 must be done before this starts.", ["Phase 1"]),
        ("Run P1 first.", ["Phase 1"]),
        ("After the previous phase.", ["Phase 2"]),
        ("Requires all previous phases.", ["Phase 1", "Phase 2"]),
        ("Needs P1 or P2.", [("Phase 1", "Phase 2")]),
        ("Needs P1, ✅ P2.", ["Phase 1", "Phase 2"]),
        ("After P1 and P2, start the van.", ["Phase 1", "Phase 2"]),
        ("After Phase 1, Phase 2 and Phase 4, start the van.", ["Phase 1", "Phase 2", "Phase 4"]),
        ("Requires P1 and waits for P2.", ["Phase 1", "Phase 2"]),
        ("Requires ~~P1~~ P2.", ["Phase 2"]),
        ("#### Notes\n\nDepends on Phase 1.", ["Phase 1"]),
        ("Blocked by LOOP-ROOF-20260110.", ["LOOP-ROOF-20260110 closed"]),
        ("Blocked until LOOP-ROOF reaches P2.", ["LOOP-ROOF P2"]),
        ("Starts no sooner than 24h after Phase 1 is done.", ["Phase 1", DAY]),
        ("Wait 24h after the copy.", [DAY]),
        ("Wait 1 day 12 hours.", [1.5 * DAY]),
        ("- Soak 48h", [2 * DAY]),
        ("Wait 24h for the first run.", [DAY]),
    ],
)
def test_a_sentence_with_a_dependency_word_and_an_id_is_a_gate(
    text: str, gates: list[object]
) -> None:
    assert under_phase_3(text) == gates


@pytest.mark.parametrize(
    ("text", "gates"),
    [
        ("Depends on Phase 9.", ["!Depends on Phase 9"]),
        ("Needs P9.", ["!Needs P9"]),
        ("Needs P1 and P2 or P4.", ["!Needs P1 and P2 or P4"]),
        ("Blocked by the NET Phase 2 review.", ["!Blocked by the NET Phase 2 review"]),
        ("Wait a while.", ["!Wait a while"]),
        ("Soak until the load is fine.", ["!Soak until the load is fine"]),
        ("Wait 3 business days.", ["!Wait 3 business days"]),
    ],
)
def test_what_has_the_word_and_cannot_be_told_is_unknown_and_a_finding(
    text: str, gates: list[object]
) -> None:
    loop = loop_of(HEADINGS.format(text=text))
    assert waits(loop, "Phase 3") == gates
    found = [f for f in loop.findings if f.code == "unread-dependency"]
    assert [(f.line, f.severity) for f in found] == [(11, "error")]


def test_more_sentences_than_anybody_writes_are_not_read_and_it_is_said() -> None:
    loop = loop_of(HEADINGS.format(text="Depends on Phase 1. " * 1_000))
    gates = loop.require_phase("Phase 3").gates
    assert [type(gate) for gate in gates] == [PhaseDone, Unresolved]
    assert "unread-dependency" in [f.code for f in loop.findings]


def test_the_phase_before_the_first_is_none_and_so_cannot_be_told() -> None:
    text = "## Phases\n\n### P1: A\n\nAfter the previous phase.\n\n### P2: B\n"
    assert waits(loop_of(text), "P1") == ["!After the previous phase"]


@pytest.mark.parametrize(
    "text",
    [
        "After the reboot, look at the log.",
        "Needs a second pair of hands and 2 disks.",
        "Requires Python 3 and 16 GB.",
        "Once the paint is dry, hang the door.",
        "Depends on the vendor.",
        "Keep the old shelf until Phase 4.",
        "Not blocked by Phase 1.",
        "It does not depend on Phase 1.",
        "It no longer needs Phase 1.",
        "After 2 hours it is warm.",
        "- **2026-02-12 after 03:30 EST**: look for the copies of P1.",
        "See Phase 1 for the list.",
        "Wait 24h, then look whether the copy is there.",
        "1. Stop it\n2. Wait 5 minutes\n3. Start it",
        "- [ ] Wait 24h",
        "Wait 30 seconds for the disk to spin up.",
        "Wait for the service.",
        "Once Phase 3 is done, lock the door.",
        "```\nDepends on Phase 1.\n```",
        "#### Evidence\n\nSeen after Phase 1.",
    ],
)
def test_prose_is_not_full_of_gates(text: str) -> None:
    loop = loop_of(HEADINGS.format(text=text))
    assert waits(loop, "Phase 3") == []
    assert [f.code for f in loop.findings] == []


@pytest.mark.parametrize(
    ("text", "of", "gates"),
    [
        ("Phase 4 depends on this phase.", "Phase 4", ["Phase 3"]),
        ("Phase 4 can start after Phase 2.", "Phase 4", ["Phase 2"]),
        ("Once P3 is done, start P4.", "Phase 4", ["Phase 3"]),
        ("After Phase 1, P4 can start.", "Phase 4", ["Phase 1"]),
        ("P1 must be done before P4 starts.", "Phase 4", ["Phase 1"]),
    ],
)
def test_a_sentence_about_another_phase_is_that_phases_gate(
    text: str, of: str, gates: list[object]
) -> None:
    loop = loop_of(HEADINGS.format(text=text))
    assert (waits(loop, of), waits(loop, "Phase 3")) == (gates, [])


def test_the_details_of_a_row_and_the_notes_beside_it_are_its_own_text() -> None:
    loop = loop_of(
        "## Phases\n\n| Phase | Scope | Notes | Status |\n|---|---|---|---|\n"
        "| P0 | Copy | | done |\n| P1 | Check | needs P0 | pending |\n"
        "| P2 | Wipe (after P1) | | pending |\n| P3 | Tell | | pending |\n\n"
        "## Details\n\n### P3: Tell\n\nDepends on P2.\n"
    )
    assert [waits(loop, id) for id in ("P0", "P1", "P2", "P3")] == [[], ["P0"], ["P1"], ["P2"]]


def test_what_stands_below_an_item_of_a_list_is_its_own_text() -> None:
    loop = loop_of(
        "## Phases\n\n- P0: Copy\n- P1: Check. Depends on P0.\n- P2: Wipe\n"
        "  - with care\n  - after P1\n- P3: Tell\n"
    )
    assert [waits(loop, id) for id in ("P0", "P1", "P2", "P3")] == [[], ["P0"], ["P1"], []]


def test_a_labelled_paragraph_says_what_it_waits_for() -> None:
    loop = loop_of("## Phases\n\nP0 Copy: all of it.\n\nP1 Wipe: needs P0.\n")
    assert (waits(loop, "P0"), waits(loop, "P1")) == ([], ["P0"])


def test_what_two_places_say_is_one_gate() -> None:
    loop = loop_of(
        "## Phases\n\n### P0: A\n\n### P1: B (after P0)\n\n- **Dependency:** P0\n\nNeeds P0.\n"
    )
    assert waits(loop, "P1") == ["P0"]


# ── The other languages ──────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "gates"),
    [
        ("Hängt von Phase 1 ab.", ["Phase 1"]),
        ("Erst nach Phase 2.", ["Phase 2"]),
        ("Benötigt Phase 1 und Phase 2.", ["Phase 1", "Phase 2"]),
        ("Sobald Phase 2 fertig ist.", ["Phase 2"]),
        ("24 Stunden nach Phase 1.", ["Phase 1", DAY]),
        ("Dépend de la Phase 1.", ["Phase 1"]),
        ("Bloquée jusqu'à ce que la Phase 2 soit terminée.", ["Phase 2"]),
        ("Nécessite Phase 1 ou Phase 2.", [("Phase 1", "Phase 2")]),
        ("Después de la Phase 1.", ["Phase 1"]),
        ("Requiere Phase 1 y Phase 2.", ["Phase 1", "Phase 2"]),
        ("Depende da Phase 2.", ["Phase 2"]),
        ("Só começa após a Phase 1.", ["Phase 1"]),
        ("После Phase 1.", ["Phase 1"]),
        ("Зависит от Phase 1 и Phase 2.", ["Phase 1", "Phase 2"]),
        ("依赖 Phase 1。", ["Phase 1"]),
        ("在 Phase 1 完成后开始。", ["Phase 1"]),
        ("Phase 1の完了後に始める。", ["Phase 1"]),
        ("Phase 2に依存する。", ["Phase 2"]),
    ],
)
def test_dependency_words_of_other_languages_are_read(text: str, gates: list[object]) -> None:
    assert under_phase_3(text) == gates


def test_an_id_is_found_in_the_forms_that_its_language_gives_it() -> None:
    table = (
        "## Phases\n\n| Phase | Scope | Depends on | Status |\n|---|---|---|---|\n"
        "| Этап 1 | Копия | | done |\n| Этап 2 | Проверка | после этапа 1 | pending |\n"
    )
    assert waits(loop_of(table), "Этап 2") == ["Этап 1"]


# ── Cells ────────────────────────────────────────────────────────────────────


def cell(text: str, *ids: str) -> list[object]:
    """Returns what the last of some phases waits for, by its Depends on cell."""
    rows = "".join(f"| {id} | x | {text if id == ids[-1] else ''} | pending |\n" for id in ids)
    table = "| Phase | Scope | Depends on | Status |\n|---|---|---|---|\n"
    return waits(loop_of(f"## Phases\n\n{table}{rows}"), ids[-1])


NUMBERED = ("P0", "P1", "P2", "P3")


@pytest.mark.parametrize(
    ("text", "gates"),
    [
        ("[P1](#p1)", ["P1"]),
        ("[P1](p1.md) and [P0](p0.md)", ["P1", "P0"]),
        ("✅ P0, ⏳ P1", ["P0", "P1"]),
        ("P0<br>P1", ["P0", "P1"]),
        ("P0 → P1", ["P0", "P1"]),
        ("→ P1", ["P1"]),
        ("P1[^1]", ["P1"]),
        ("P1*", ["P1"]),
        ("P1 (see notes)", ["P1"]),
        ("Requires P2 and P0", ["P2", "P0"]),
        ("completion of P1", ["P1"]),
        ("P1 complete", ["P1"]),
        ("the previous phase", ["P2"]),
        ("previous", ["P2"]),
        ("~~P0~~", []),
        ("P1 or P2", [("P1", "P2")]),
        ("either P0 or P2", [("P0", "P2")]),
        ("P0, P1 or P2", [("P0", "P1", "P2")]),
        ("P0 and P1 or P2", ["!P0 and P1 or P2"]),
        ("P1 or a visit", ["?P1 or a visit"]),
        ("P0; the licence signed", ["P0", "?the licence signed"]),
        ("P1, sign-off by security", ["P1", "?sign-off by security"]),
        ("sign-off by security, P1", ["?sign-off by security", "P1"]),
        ("sign-off once P1 is done", ["P1", "?sign-off once P1 is done"]),
        ("P1 (all dry) and P2", ["P1", "?all dry", "P2"]),
        ("P1 (all dry), a visit", ["P1", "?all dry", "?a visit"]),
        ("wait 24h after P1", [DAY, "P1"]),
        ("wait until P1 is done", ["P1"]),
        ("NET Phase 2 review", ["?NET Phase 2 review"]),
        ("the vendor", ["?the vendor"]),
        ("wait for the vendor", ["?the vendor"]),
        ("nach P1", ["P1"]),
        ("после P1", ["P1"]),
    ],
)
def test_an_id_in_a_cell_is_that_phase_whatever_surrounds_it(
    text: str, gates: list[object]
) -> None:
    assert cell(text, *NUMBERED) == gates


@pytest.mark.parametrize(
    ("text", "ids", "gates"),
    [
        ("A", ("A", "B", "C"), ["A"]),
        ("A and B", ("A", "B", "C"), ["A", "B"]),
        ("A visit", ("A", "B", "C"), ["?A visit"]),
        ("B, sign-off by security", ("A", "B", "C"), ["B", "?sign-off by security"]),
        ("II", ("I", "II", "III"), ["II"]),
        ("I, II", ("I", "II", "III"), ["I", "II"]),
        ("prep", ("prep", "build", "ship"), ["prep"]),
        ("Prep and build", ("prep", "build", "ship"), ["prep", "build"]),
        ("prep of the hall", ("prep", "build", "ship"), ["?prep of the hall"]),
        ("Phase B", ("A", "B", "C"), ["B"]),
        ("2", ("1", "2", "3"), ["2"]),
        ("2 approvals", ("1", "2", "3"), ["?2 approvals"]),
        ("T-001", ("T-001", "T-002"), ["T-001"]),
        ("P0-licence", NUMBERED, ["?P0-licence"]),
    ],
)
def test_an_existing_id_of_any_form_is_a_phase_and_never_a_person(
    text: str, ids: tuple[str, ...], gates: list[object]
) -> None:
    assert cell(text, *ids) == gates


def test_alternatives_are_among_what_a_phase_depends_on() -> None:
    table = "| Phase | Scope | Depends on |\n|---|---|---|\n| P0 | a | |\n| P1 | b | |\n"
    loop = loop_of(f"## Phases\n\n{table}| P2 | c | P0 or P1 |\n")
    assert loop.require_phase("P2").depends_on == ("P0", "P1")


# ── Waits ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("24h", DAY),
        ("1 day 12 hours", 1.5 * DAY),
        ("1 day, 12 hours", 1.5 * DAY),
        ("1 day and 12 hours", 1.5 * DAY),
        ("2d4h", 2 * DAY + 4 * HOUR),
        ("1h30m", 1.5 * HOUR),
        ("1h30", 1.5 * HOUR),
        ("1.5h", 1.5 * HOUR),
        ("1,5 h", 1.5 * HOUR),
        ("90 min", 1.5 * HOUR),
        ("24-48h", 2 * DAY),
        ("a day", DAY),
        ("two weeks", 14 * DAY),
        ("14-day", 14 * DAY),
        ("2 Tage 4 Stunden", 2 * DAY + 4 * HOUR),
        ("deux jours", 2 * DAY),
        ("1 jour et 12 heures", 1.5 * DAY),
        ("1 día 12 horas", 1.5 * DAY),
        ("três dias", 3 * DAY),
        ("2 дня 4 часа", 2 * DAY + 4 * HOUR),
        ("1天12小时", 1.5 * DAY),
        ("三天", 3 * DAY),
        ("2日4時間", 2 * DAY + 4 * HOUR),
        ("1 day 12 moons", None),
        ("24h and 2 approvals", None),
        ("3 business days", None),
        ("a second approval", None),
        ("5 VMs", None),
    ],
)
def test_the_parts_of_a_duration_are_summed_and_an_unknown_part_makes_it_none(
    text: str, wait: timedelta | None
) -> None:
    assert duration(text) == wait


@pytest.mark.parametrize(
    ("note", "gates"),
    [
        ("pending (soak 1h30m)", [1.5 * HOUR]),
        ("pending (wait 1 day 12 hours)", [1.5 * DAY]),
        ("pending (wait 24h after P0)", [DAY, "P0"]),
        ("pending (soak until the load is fine)", ["!soak until the load is fine"]),
        ("pending: soak until the load is fine", ["!soak until the load is fine"]),
        ("pending (wait a while)", ["!wait a while"]),
        ("pending (hold until Monday)", ["!hold until Monday"]),
        ("pending (hold until 2026-13-45)", ["!hold until 2026-13-45"]),
        ("pending (wait 24h and 2 approvals)", ["!wait 24h and 2 approvals"]),
        ("pending (24 Stunden warten)", [DAY]),
        ("pending (等待24小时)", [DAY]),
        ("pending (P0, sign-off by the owner)", []),
        ("pending (after P0, sign-off by the owner)", ["P0", "?sign-off by the owner"]),
        ("pending (wait for the owner)", ["?the owner"]),
        ("on hold", []),
    ],
)
def test_a_wait_in_a_note_is_read_whole_or_unknown(note: str, gates: list[object]) -> None:
    table = "| Phase | Scope | Status |\n|---|---|---|\n| P0 | a | done |\n"
    assert waits(loop_of(f"## Phases\n\n{table}| P1 | b | {note} |\n"), "P1") == gates


@pytest.mark.parametrize(
    ("heading", "title", "gates"),
    [
        ("### P1: Cool (wait 1h30m)", "Cool", [1.5 * HOUR]),
        ("### P1: Cool (soak until it is fine)", "Cool", ["!soak until it is fine"]),
        ("### P1: Cool — after [P0](#p0)", "Cool", ["P0"]),
        ("### P1: Soak (72h) + remove", "Soak (72h) + remove", [3 * DAY]),
        ("### P1: Cool (by air)", "Cool (by air)", []),
    ],
)
def test_a_title_may_end_with_a_wait(heading: str, title: str, gates: list[object]) -> None:
    loop = loop_of(f"## Phases\n\n### P0: Fire\n\n{heading}\n")
    assert (loop.require_phase("P1").title, waits(loop, "P1")) == (title, gates)


# ── Columns ──────────────────────────────────────────────────────────────────


def test_a_column_of_requirement_ids_is_no_gate() -> None:
    loop = loop_of(
        "## Phases\n\n| Phase | Scope | Requirements | Status |\n|---|---|---|---|\n"
        "| P0 | a | AUTH-01, AUTH-02 | done |\n| P1 | b | NET-01 | pending |\n"
    )
    assert [waits(loop, id) for id in ("P0", "P1")] == [[], []]
    assert loop.in_order


def test_a_column_of_requirements_in_words_is_seen_to_by_a_person() -> None:
    loop = loop_of(
        "## Phases\n\n| Phase | Scope | Requirements | Status |\n|---|---|---|---|\n"
        "| P0 | a | - | done |\n| P1 | b | a visit | pending |\n"
    )
    assert waits(loop, "P1") == ["?a visit"]


def test_a_column_of_requirements_that_names_phases_is_one_of_dependencies() -> None:
    loop = loop_of(
        "## Phases\n\n| Phase | Scope | Requirements | Status |\n|---|---|---|---|\n"
        "| P0 | a | - | done |\n| P1 | b | P0, a visit | pending |\n"
    )
    assert waits(loop, "P1") == ["P0", "?a visit"]
