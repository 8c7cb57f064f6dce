"""Whatever a document looks like: bytes outside the change stay, and it means what was meant."""

from __future__ import annotations

from pathlib import Path
from statistics import median

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loopkit.loop.change import SetPhaseStatus
from loopkit.loop.edit.writer import rewrite
from loopkit.loop.model import PhaseStatus
from loopkit.loop.parse.layout import StatusForm
from loopkit.loop.parse.reader import LoopFile, read
from loopkit.markdown.source import Source
from tests.loop.shapes import ALL, diff, loop_file

DOCS = Path(__file__).parents[2].parent / "shared" / "corpus" / "docs"
STATUSES = sorted(PhaseStatus)

# ── Tables of any spelling ───────────────────────────────────────────────────

WORDS = st.sampled_from(
    [
        "look",
        r"a \| b",
        "`x\\|y`",
        "👩‍👩‍👧 team",
        "日本語",
        "é",
        "ＷＩＤＥ",
        "a  b",
        "**bold**",
        "LOOP",
        "c:\\d",
        "–",
    ]
)
PADS = st.sampled_from(["", " ", "  ", "\t", " \t "])
OLD = st.sampled_from(["pending", "**done**", "DONE", "PENDING (by hand)", "", "in progress", "✅"])


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, int]:
    """Returns a document with a phases table spelled at random, and how many rows it has."""
    outer = draw(st.sampled_from(["both", "none", "left", "right"]))
    newline = draw(st.sampled_from(["\n", "\r\n"]))

    def row(*cells: str) -> str:
        inner = "|".join(f"{draw(PADS)}{cell}{draw(PADS)}" for cell in cells)
        left = "|" if outer in ("both", "left") else ""
        inner = inner if left else inner.lstrip()  # a tab before a row would make it code
        right = "|" if outer in ("both", "right") else ""
        return f"{left}{inner}{right}{draw(st.sampled_from(['', '', ' ']))}"

    count = draw(st.integers(1, 4))
    dashes = [draw(st.sampled_from(["---", ":---", "---:", ":-:", "-----"])) for _ in range(4)]
    rows = [row(f"P{n}", draw(WORDS), draw(WORDS), draw(OLD)) for n in range(count)]
    lines = ["# LOOP-A-20260301", "", "> **Status:** open", "", "## Phases", ""]
    lines += [row("Phase", "Scope", "Owner", "Status"), row(*dashes), *rows]
    tail = draw(st.sampled_from([[""], [], ["", "## Notes", "", "Some | text.", ""]]))
    start = draw(st.sampled_from(["", "\ufeff"]))
    return start + newline.join([*lines, *tail]), count


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(tables(), st.data())
def test_a_status_changes_nothing_outside_its_cell(
    made: tuple[str, int], data: st.DataObject
) -> None:
    text, count = made
    file = loop_file(text)
    assert [phase.id for phase in file.loop.phases] == [f"P{n}" for n in range(count)]
    at = data.draw(st.integers(0, count - 1))
    status = data.draw(st.sampled_from(STATUSES))
    note = data.draw(st.sampled_from(["", "a | b", "run 3f9c", "`x"]))
    after = rewrite(file, [SetPhaseStatus(f"P{at}", status, note)])
    row = file.layout.phases[at].row  # type: ignore[union-attr]
    start, end = row.cells[-1].span.start if len(row.cells) > 3 else row.span.end, row.span.end
    assert after.source.text.startswith(text[: start - 1])
    assert after.source.text.endswith(text[end:])
    assert after.loop.phases[at].status is status


# ── Every phase of every document ────────────────────────────────────────────


def spellings(text: str) -> dict[str, str]:
    """Returns a document as other editors would have saved it."""
    return {
        "as it is": text,
        "CRLF": text.replace("\n", "\r\n"),
        "byte order mark": f"\ufeff{text}",
        "no last newline": text.rstrip("\n"),
        "tabs": text.replace("| ", "|\t"),
    }


def advanced(file: LoopFile) -> list[int]:
    """Advances every phase alone; returns how many lines each changed."""
    counts = []
    for phase, entry in zip(file.loop.phases, file.layout.phases, strict=True):
        status = PhaseStatus.DONE if phase.status is not PhaseStatus.DONE else PhaseStatus.BLOCKED
        after = rewrite(file, [SetPhaseStatus(phase.id, status)])
        came = [line for line in diff(file.source.text, after.source.text) if line[0] == "+"]
        boxes = entry.status is not None and entry.status.form is StatusForm.CHECKBOXES
        if not boxes:
            assert len(came) <= 3, (file.loop.path, phase.id)
            counts.append(len(came))
    return counts


@pytest.mark.parametrize("shape", ALL)
def test_every_phase_of_every_shape_advances_in_any_spelling(shape: str) -> None:
    for name, text in spellings(ALL[shape]).items():
        assert len(advanced(loop_file(text, name))) >= 1


@pytest.mark.skipif(not DOCS.is_dir(), reason="needs ../shared beside the checkout")
def test_every_phase_of_every_real_document_advances_and_changes_one_line() -> None:
    counts = []
    for path in sorted(DOCS.iterdir()):
        text = path.read_bytes().decode()
        file = read(Source(text, path.name), path.name)
        assert rewrite(file, []).source.text == text
        counts += advanced(file)
    assert median(counts) == 1
    assert max(counts) <= 3


@pytest.mark.skipif(not DOCS.is_dir(), reason="needs ../shared beside the checkout")
@pytest.mark.parametrize("spelling", ["CRLF", "byte order mark", "no last newline"])
def test_how_a_real_document_was_saved_changes_nothing_of_the_edit(spelling: str) -> None:
    for path in sorted(DOCS.iterdir())[::4]:
        text = path.read_bytes().decode()
        plain = read(Source(text, path.name), path.name)
        other = read(Source(spellings(text)[spelling], path.name), path.name)
        for phase in plain.loop.phases[:1]:
            change = SetPhaseStatus(phase.id, PhaseStatus.BLOCKED, "by a test")
            expected = spellings(rewrite(plain, [change]).source.text)[spelling]
            assert rewrite(other, [change]).source.text == expected
