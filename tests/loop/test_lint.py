"""What `loop check` finds, in one document and between several, and what it mends."""

from __future__ import annotations

import pytest

from loopkit.loop.lint import lint_all, mechanical_fixes
from loopkit.loop.model import Finding, Loop
from loopkit.loop.parse.reader import read
from loopkit.markdown.source import Source

TABLE = "## Phases\n\n| Phase | Scope | Dependency | Status |\n|---|---|---|---|\n"
OPEN = "> **Status:** open\n\n"


def loop_of(text: str, id: str = "LOOP-KILN-20260301", folder: str = "loops") -> Loop:
    return read(Source(text), f"{folder}/{id}.md").loop


def found(text: str) -> list[Finding]:
    return [f for f in loop_of(text).findings if f.severity != "info"]


def codes(text: str) -> list[tuple[int, str]]:
    return [(f.line, f.code) for f in found(text)]


def test_a_sound_document_has_no_findings() -> None:
    assert (
        loop_of(f"{OPEN}{TABLE}| P0 | x | None | done |\n| P1 | y | P0 | open |\n").findings == ()
    )


def test_headers_that_disagree_name_both_lines_and_the_line_that_mends_it() -> None:
    (finding,) = found("---\nstatus: closed\n---\n\n> **Status:** **open** (still)\n")
    assert (finding.line, finding.column, finding.code) == (5, 15, "header-conflict")
    assert finding.message == "this header says open (still), line 2 says closed"
    assert finding.mend == "> **Status:** closed"


def test_headers_that_agree_in_other_words_do_not_conflict() -> None:
    assert codes("---\nstatus: active\n---\n\n> **Status:** in progress\n") == []


@pytest.mark.parametrize(
    ("status", "count"), [("pending", 1), ("done", 0), ("deferred", 0), ("", 0)]
)
def test_a_closed_loop_has_no_phase_that_says_it_is_open(status: str, count: int) -> None:
    text = f"> **Status:** closed\n\n{TABLE}| P0 | x | None | {status} |\n"
    assert codes(text) == [(1, "closed-with-open-phases")] * count


def test_a_phase_is_not_done_before_what_it_waits_for() -> None:
    text = f"{OPEN}{TABLE}| P0 | x | None | pending |\n| P1 | y | P0 | done |\n"
    assert codes(text) == [(8, "done-before-dependency")]


def test_a_dependency_on_no_phase_dangles() -> None:
    (finding,) = found(f"{OPEN}{TABLE}| P0 | x | P7 | pending |\n")
    assert (finding.line, finding.column, finding.code) == (7, 12, "dangling-dependency")
    assert finding.mend == "name one of P0"


def test_phases_that_wait_for_one_another_are_named_in_a_circle() -> None:
    text = (
        f"{OPEN}{TABLE}| P0 | x | P2 | |\n| P1 | y | P0 | |\n| P2 | z | P1 | |\n| P3 | q | P3 | |\n"
    )
    messages = [f.message for f in found(text)]
    assert messages == [
        "phases wait for one another: P0 -> P2 -> P1 -> P0",
        "phases wait for one another: P3 -> P3",
    ]


def test_an_id_stands_for_one_phase() -> None:
    text = f"{OPEN}{TABLE}| P0 | x | None | done |\n| p0 | y | None | done |\n"
    assert codes(text) == [(8, "duplicate-phase-id")]


def test_details_say_what_the_row_says() -> None:
    text = f"{OPEN}{TABLE}| P0 | x | None | **DONE** |\n\n## P0: Fire (PENDING)\n"
    (finding,) = found(text)
    assert (finding.line, finding.code) == (9, "status-conflict")
    assert finding.mend == "## P0: Fire (DONE)"
    assert codes(text.replace("PENDING", "complete")) == []


def test_a_row_has_as_many_cells_as_its_table_has_columns() -> None:
    text = f"{OPEN}{TABLE}| P0 | x | None |\n| P1 | y | P0 | open | more |\n"
    short, wide = found(text)
    assert (short.line, short.code, short.severity) == (7, "ragged-row", "warning")
    assert short.mend == "| P0 | x | None |  |"
    assert (wide.line, wide.mend) == (8, "")


def test_a_status_that_is_no_word_for_one_is_a_warning() -> None:
    text = f"> **Status:** authoritative\n\n{TABLE}| P0 | x | None | see below |\n"
    assert codes(text) == [(1, "unknown-status"), (7, "unknown-status")]


def test_front_matter_that_is_never_closed_is_reported() -> None:
    assert codes("---\nstatus: open\n\n# A\n") == [(1, "open-front-matter")]


# ── Between documents ────────────────────────────────────────────────────────


def between(*loops: Loop) -> list[tuple[str, int, str, str]]:
    linted = lint_all({loop.path: loop for loop in loops})
    return [
        (path, f.line, f.severity, f.code)
        for path, findings in sorted(linted.items())
        for f in findings
        if f.severity != "info"
    ]


A = "LOOP-A-20260101"
B = "LOOP-B-20260101"


def test_a_cited_loop_must_be_there() -> None:
    loop = loop_of(f"{OPEN}{TABLE}| P0 | x | LOOP-GONE | pending |\n", A)
    assert between(loop) == [(loop.path, 7, "error", "unknown-loop")]


def test_what_a_done_phase_cited_is_only_a_warning() -> None:
    loop = loop_of(f"{OPEN}{TABLE}| P0 | x | LOOP-GONE | done |\n", A)
    assert between(loop) == [(loop.path, 7, "warning", "unknown-loop")]


def test_a_loop_may_be_cited_without_its_date_when_that_is_unique() -> None:
    citing = loop_of(f"{OPEN}{TABLE}| P0 | x | LOOP-B reaches P0+ | pending |\n", A)
    cited = loop_of(f"{OPEN}{TABLE}| P0 | x | None | done |\n", B)
    assert between(citing, cited) == []
    twin = loop_of(OPEN, "LOOP-B-20260202")
    assert between(citing, cited, twin) == [(citing.path, 7, "error", "ambiguous-loop")]


def test_a_cited_phase_must_be_there() -> None:
    citing = loop_of(f"{OPEN}{TABLE}| P0 | x | LOOP-B reaches P9+ | pending |\n", A)
    cited = loop_of(f"{OPEN}{TABLE}| P0 | x | None | done |\n", B)
    assert between(citing, cited) == [(citing.path, 7, "error", "unknown-phase")]


def test_two_documents_of_one_id_are_both_reported() -> None:
    first, second = loop_of(OPEN, A), loop_of("> **Status:** closed\n", A, "old")
    assert between(first, second) == [
        (first.path, 1, "error", "duplicate-loop-id"),
        (second.path, 1, "error", "duplicate-loop-id"),
    ]


def test_loops_that_wait_for_one_another_are_reported_in_each() -> None:
    first = loop_of(f"{OPEN}{TABLE}| P0 | x | LOOP-B | pending |\n", A)
    second = loop_of(f"{OPEN}{TABLE}| P0 | x | LOOP-A reaches P0 | pending |\n", B)
    assert {(path, code) for path, _, _, code in between(first, second)} == {
        (first.path, "loop-cycle"), (second.path, "loop-cycle"),
    }  # fmt: skip


def test_a_done_phase_without_receipt_is_information() -> None:
    loop = loop_of(f"{OPEN}{TABLE}| P0 | x | None | done |\n| P1 | x | None | done |\n", A)
    (finding,) = lint_all({loop.path: loop}, {(A, "P0")})[loop.path]
    assert (finding.line, finding.severity, finding.code) == (8, "info", "no-receipt")
    assert lint_all({loop.path: loop})[loop.path] == ()


# ── Mends ────────────────────────────────────────────────────────────────────


def mended(text: str) -> str:
    file = read(Source(text), "loops/LOOP-A-20260101.md")
    return file.source.splice(mechanical_fixes(file)).text


def test_short_rows_get_the_cells_they_lack() -> None:
    text = f"{OPEN}{TABLE}| P0 | x | None |\nP1 | y\n| P2 | z | P0 | open |\n"
    after = mended(text)
    assert after == text.replace("| None |\n", "| None |  |\n").replace(
        "P1 | y\n", "P1 | y |  |  |\n"
    )
    assert codes(after) == []
    assert mended(after) == after


def test_values_that_break_the_yaml_are_quoted_and_nothing_else() -> None:
    text = '---\nstatus: open\nowner: @mira # her\ngoal: a: "b" \\ c\n---\n# A\n'
    after = mended(text)
    assert after == text.replace("@mira", '"@mira"').replace('a: "b" \\ c', '"a: \\"b\\" \\\\ c"')
    assert codes(after) == []


def test_what_quoting_does_not_mend_is_left() -> None:
    text = "---\nstatus: open\n\tx: y: z\nbad: [\n---\n"
    assert mended(text) == text


def test_no_status_is_ever_mended() -> None:
    text = f"---\nstatus: closed\n---\n> **Status:** open\n\n{TABLE}| P0 | x | P1 | done |\n"
    assert found(text)
    assert mended(text) == text
