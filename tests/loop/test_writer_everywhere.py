"""Every phase of every document we have, marked: what an edit may change, and what it may not.

What may change is worked out from the lines alone: those where the document states the phase's
status, and one new line below its heading. What is a criterion is worked out by the words above it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

import pytest

from loopkit.errors import Refused
from loopkit.loop.change import SetPhaseStatus
from loopkit.loop.edit.writer import rewrite
from loopkit.loop.model import PhaseStatus
from loopkit.loop.parse.layout import HeadingEntry, ListEntry, PhaseEntry, StatusForm, TableEntry
from loopkit.loop.parse.reader import LoopFile, read
from loopkit.markdown.source import Source
from tests.loop.shapes import ALL, loop_file
from tests.mutated_documents import DAMAGES, plan

TESTS = Path(__file__).parents[1]
SHARED = TESTS.parent.parent / "shared"
STATUSES = (PhaseStatus.DONE, PhaseStatus.PENDING, PhaseStatus.SKIPPED)

_BOX = re.compile(r"^[\s>]*(?:[-*+]|\d+[.)])\s+\[[^\]]\]")
_CRITERIA = re.compile(
    r"(?i)[\s>#*\d.]*(success|acceptance|go ?/ ?no-?go|verification|definition of done|exit)\b"
)
_LABEL = re.compile(r"^[\s>]*(?:#{1,6}\s.*|\*\*[^*]+\*\*:?|[^\s|>*#-][^|]*:(?:\*\*)?)\s*$")


def file_of(path: Path) -> LoopFile:
    return read(Source.decode(path.read_bytes(), path.name), path.name)


def criteria(lines: list[str]) -> list[str]:
    """Returns the boxes under a heading or a label that names criteria."""
    found, inside = [], False
    for line in lines:
        if _LABEL.match(line):
            inside = _CRITERIA.match(line) is not None
        elif inside and _BOX.match(line):
            found.append(line)
    return found


def changes(before: list[str], after: list[str]) -> Iterator[tuple[set[int], int]]:
    """Yields each run of lines that an edit touches, counted from 1, and how many lines it adds."""
    for tag, first, last, start, end in SequenceMatcher(None, before, after, False).get_opcodes():
        if tag != "equal":
            yield set(range(first + 1, last + 1)) or {first}, (end - start) - (last - first)


def stating(file: LoopFile, at: int) -> set[int]:
    """Returns the lines that state the status of a phase, or that get one where none does."""
    entry = file.layout.phases[at]
    echoes = file.layout.echoes[at] if file.layout.echoes else ()
    places = [site.piece.line for site in (entry.status, *echoes) if site]
    return {*places, *_own_lines(entry), *_box_lines(entry), *_new_column(entry)}


def _own_lines(entry: PhaseEntry) -> set[int]:
    match entry:
        case TableEntry():
            return {entry.row.line}
        case ListEntry():
            return {entry.item.text.line}
        case HeadingEntry():
            # A blank line and a field go below a heading.
            first, last = entry.heading.lines
            return set(range(first, last + 2))
    return {piece.line for piece in entry.paragraph.pieces}


def _box_lines(entry: PhaseEntry) -> set[int]:
    """Returns the lines of the boxes that are all that a heading has to state its status."""
    if not isinstance(entry, HeadingEntry) or entry.status is None:
        return set()
    if entry.status.form is not StatusForm.CHECKBOXES:
        return set()
    return {box.text.line for box in entry.checkboxes}


def _new_column(entry: PhaseEntry) -> set[int]:
    if not isinstance(entry, TableEntry) or entry.status_column is not None:
        return set()
    return {entry.table.header.line, entry.table.delimiter.line}


def faults(file: LoopFile, at: int, status: PhaseStatus) -> Iterator[str]:
    """Yields what is wrong with an edit of one phase."""
    phase = file.loop.phases[at]
    after = rewrite(file, [SetPhaseStatus(phase.id, status)])
    before, now = (each.source.text.split("\n") for each in (file, after))
    if after.loop.phases[at].status is not status:
        yield f"it reads back as {after.loop.phases[at].status}"
    if rewrite(after, [SetPhaseStatus(phase.id, status)]).source != after.source:
        yield "the second time changes something"
    if criteria(now) != criteria(before):
        yield "it changes a criterion"
    allowed = stating(file, at)
    for lines, added in changes(before, now):
        if lines - allowed or added > 2:
            yield f"it touches {sorted(lines - allowed)}, {added} new"


def all_faults(file: LoopFile) -> list[str]:
    """Returns what is wrong with the edits of every phase; one that stands twice is refused."""
    found = []
    for at, phase in enumerate(file.loop.phases):
        for status in STATUSES:
            try:
                wrong = list(faults(file, at, status))
            except Refused:
                wrong = [] if is_doubtful(file, phase.id) else ["it is refused"]
            found += [f"{file.loop.path} {phase.id} {status}: {fault}" for fault in wrong]
    return found


def is_doubtful(file: LoopFile, id: str) -> bool:
    """Returns whether a document is torn, or says an id twice."""
    ids = [phase.id.casefold() for phase in file.loop.phases]
    return "<<<<<<<" in file.source.text or ids.count(id.casefold()) > 1


STYLES = sorted((TESTS / "styles").glob("*.md"))


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.stem)
def test_an_edit_of_a_plan_in_any_style_touches_what_states_its_phase(path: Path) -> None:
    file = file_of(path)
    assert file.loop.phases
    assert all_faults(file) == []


@pytest.mark.parametrize("shape", ALL)
def test_an_edit_of_each_shape_touches_what_states_its_phase(shape: str) -> None:
    assert all_faults(loop_file(ALL[shape])) == []


@pytest.mark.parametrize("seed", range(60))
def test_an_edit_of_a_plan_that_was_damaged_touches_what_states_its_phase(seed: int) -> None:
    chance = random.Random(seed)
    written = plan(chance)
    phases = list(written.phases)
    at = chance.randrange(len(phases))
    phases[at] = DAMAGES[chance.choice(sorted(DAMAGES))](phases[at], chance)
    assert all_faults(read(Source(written.text(phases)), "plan.md")) == []


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared beside the checkout")
@pytest.mark.parametrize("folder", ["corpus-wild", "corpus/docs"])
def test_an_edit_of_each_real_document_touches_what_states_its_phase(folder: str) -> None:
    files = [file_of(path) for path in sorted((SHARED / folder).glob("*.md"))]
    assert sum(len(file.loop.phases) for file in files) > 100
    assert [fault for file in files for fault in all_faults(file)] == []


@pytest.mark.parametrize("label", ["**Success criteria:**", "#### Definition of Done", "Go/No-Go:"])
def test_what_is_a_criterion_is_seen_by_the_words_above_it(label: str) -> None:
    boxes = ["- [ ] it answers", "- [x] it is fast"]
    assert criteria(["## Phase 1: Move", "- [ ] pack", label, "", *boxes]) == boxes
    assert criteria([label, "## Phase 2: Verification of racks", *boxes]) == []
