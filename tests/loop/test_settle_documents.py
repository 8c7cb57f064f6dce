"""What settling does to a document, byte for byte: small ones here, and the shared seed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from loopkit.loop.edit.writer import rewrite
from loopkit.loop.model import PhaseStatus
from loopkit.loop.outcome import PhaseOutcome, Result, StepOutcome, TableBlock
from loopkit.loop.parse.reader import LoopFile, read
from loopkit.loop.plan import make_plan
from loopkit.loop.settle import settle, settle_closing
from loopkit.loop.snapshot import Snapshot
from loopkit.markdown.source import Source

SEED = Path(__file__).parents[3] / "shared" / "seed" / "LOOP-BACKUP-STABILIZATION-20260208.md"
DAY = date(2026, 2, 9)

DOCUMENT = """# LOOP-OWN-20260208

> **Status:** open

## Phases

| Phase | Scope | Dependency | Status |
|-------|-------|------------|--------|
| P1 | Look around | None | **done** |
| P2 | Add the guests | P1 | pending |
| P3 | Copy | P1 | pending |

## Phase Details

### P2 — Add the guests

| VM | Condition | Actions |
|----|-----------|---------|
| 207 (AI) | LOOP-AI reaches P1+ | Add |
| 209 | LOOP-MEDIA reaches P2+ | Add |

_Created: 2026-02-08_
"""


def parsed(text: str) -> LoopFile:
    return read(Source(text, "loops/own.md"), "loops/own.md")


def step(result: Result, **more: object) -> StepOutcome:
    return StepOutcome("guest in job", "pve", result, "seen", **more)  # type: ignore[arg-type]


def settled(file: LoopFile, *outcomes: PhaseOutcome) -> LoopFile:
    return rewrite(file, settle(file.loop, outcomes, DAY))


def changed(before: LoopFile, after: LoopFile) -> list[str]:
    """Returns the lines that are in only one of two documents, in the order of the second."""
    old, new = before.source.text.split("\n"), after.source.text.split("\n")
    return [f"-{x}" for x in old if x not in new] + [f"+{x}" for x in new if x not in old]


LOST = PhaseOutcome(
    "P2", Result.UNKNOWN, (step(Result.UNKNOWN, sent=True),), "207 (AI)", "3f9c77aa", exit_code=5
)


def test_a_lost_item_is_written_as_unknown_and_read_back_as_one_to_look_at() -> None:
    before = parsed(DOCUMENT)
    after = settled(before, LOST)
    assert (
        "| 207 (AI) | LOOP-AI reaches P1+ | Add | unknown (outcome lost on pve, run 3f9c77aa) |"
        in (after.source.text)
    )
    assert "| P2 | Add the guests | P1 | **in progress** (0 of 2) |" in after.source.text
    items = after.loop.phases[1].items
    assert [i.status for i in items] == [PhaseStatus.UNKNOWN, PhaseStatus.UNKNOWN]
    plan = make_plan(after.loop, Snapshot(datetime(2026, 2, 9, tzinfo=UTC), {"own.md": after.loop}))
    notes = " ".join(plan.phases[1].notes)
    assert "207 (AI): its outcome is not known" in notes
    assert "209" not in notes


@pytest.mark.parametrize(
    ("outcome", "cell"),
    [
        (
            PhaseOutcome(
                "P3", Result.UNKNOWN, (step(Result.UNKNOWN),), None, "3f9c77aa", exit_code=4
            ),
            "**blocked** (not determined on pve, run 3f9c77aa)",
        ),
        (
            PhaseOutcome(
                "P3", Result.FAILED, (step(Result.FAILED),), None, "3f9c77aa", exit_code=1
            ),
            "**failed** (guest in job on pve, run 3f9c77aa)",
        ),
    ],
)
def test_what_is_not_done_changes_one_line_and_may_be_tried_again(
    outcome: PhaseOutcome, cell: str
) -> None:
    before = parsed(DOCUMENT)
    after = settled(before, outcome)
    assert changed(before, after) == [
        "-| P3 | Copy | P1 | pending |",
        f"+| P3 | Copy | P1 | {cell} |",
    ]
    plan = make_plan(after.loop, Snapshot(datetime(2026, 2, 9, tzinfo=UTC), {"own.md": after.loop}))
    assert plan.phases[2].ready


def test_the_same_outcome_settled_twice_changes_the_document_once() -> None:
    failed = PhaseOutcome(
        "P3", Result.FAILED, (step(Result.FAILED),), None, "3f9c77aa", exit_code=1
    )
    once = settled(parsed(DOCUMENT), failed)
    assert settled(once, failed).source == once.source


@pytest.mark.skipif(not SEED.is_file(), reason=f"the shared seed is not at {SEED}")
def test_the_seeds_last_phase_and_closing_change_only_what_a_person_changed() -> None:
    before = parsed(SEED.read_text(encoding="utf-8"))
    table = TableBlock("vzdump coverage", ("VM", "Newest"), (("204", "5h"),))
    done = PhaseOutcome("P5", Result.OK, (step(Result.OK, blocks=(table,)),), None, "3f9c77aa")
    after = settled(before, done)
    closed = rewrite(after, settle_closing(after.loop, DAY))
    assert changed(before, closed) == [
        "-> **Status:** open",
        "-| P5 | Verify + closeout | P3 + P4 | pending (wait 24h for first run) |",
        "+> **Status:** closed",
        "+> **Closed:** 2026-02-09",
        "+| P5 | Verify + closeout | P3 + P4 | **done** |",
        "+## P5 — Closeout Evidence (2026-02-09)",
        "+### vzdump coverage",
        "+| VM | Newest |",
        "+|----|--------|",
        "+| 204 | 5h |",
        "+Run 3f9c77aa.",
        "+_Closed: 2026-02-09_",
    ]
