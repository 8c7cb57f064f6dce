"""Two branches that say different things merge; two that claim the same thing do not."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopkit.loop.change import Change, SetLoopStatus, SetPhaseStatus
from loopkit.loop.merge import MergeConflict, merge
from loopkit.loop.model import LoopStatus, PhaseStatus
from loopkit.markdown.diff3 import hunks, regions
from loopkit.markdown.source import Source
from tests.loop.shapes import ALL, DAY, QUOTE, YAML, evidence, loop_file, rewritten

SHARED = Path(__file__).parents[2].parent / "shared"
DONE, BLOCKED = PhaseStatus.DONE, PhaseStatus.BLOCKED


def merged(base: str, ours: list[Change], theirs: list[Change]) -> str | MergeConflict:
    """Returns the merge of two branches that each made changes to a document."""
    sides = (base, rewritten(base, *ours), rewritten(base, *theirs))
    result = merge(*(Source(side, "loops/LOOP-X.md") for side in sides))
    return result.text if isinstance(result, Source) else result


def finished(phase: str) -> list[Change]:
    """Returns what a branch changes that finishes a phase."""
    return [SetPhaseStatus(phase, DONE), evidence(phase)]


def test_neighbouring_phases_finished_on_two_branches_are_both_done() -> None:
    text = merged(QUOTE, finished("P2"), finished("P3"))
    assert text == rewritten(QUOTE, *finished("P2"), *finished("P3"))
    assert text == merged(QUOTE, finished("P3"), finished("P2"))


@pytest.mark.parametrize("ending", ["\n", ""])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_evidence_at_the_end_of_a_file_merges_whatever_ends_it(ending: str, newline: str) -> None:
    base = (YAML.removesuffix("\n") + ending).replace("\n", newline)
    text = merged(base, finished("Step 2"), finished("Step 3"))
    assert text == rewritten(base, *finished("Step 2"), *finished("Step 3"))


@pytest.mark.parametrize("shape", ["yaml", "both", "headings"])
def test_two_phases_merge_in_any_shape(shape: str) -> None:
    one, other = [p.id for p in loop_file(ALL[shape]).loop.phases if p.status is not DONE][-2:]
    text = merged(ALL[shape], finished(one), finished(other))
    assert text == rewritten(ALL[shape], *finished(one), *finished(other))


def test_a_row_that_both_sides_changed_in_other_cells_keeps_both() -> None:
    theirs = QUOTE.replace("Check and close", "Check all and close")
    result = merge(Source(QUOTE), Source(rewritten(QUOTE, *finished("P3"))), Source(theirs))
    assert isinstance(result, Source)
    assert result.text == rewritten(theirs, *finished("P3"))


def test_closing_on_one_branch_and_prose_on_the_other_merge() -> None:
    theirs = QUOTE.replace("Do NOT buy anything", "Do NOT buy a thing")
    closing = [*finished("P3"), SetLoopStatus(LoopStatus.CLOSED, DAY)]
    result = merge(Source(QUOTE), Source(rewritten(QUOTE, *closing)), Source(theirs))
    assert isinstance(result, Source)
    assert result.text == rewritten(theirs, *closing)


def test_two_claims_about_one_phase_conflict_and_both_are_told() -> None:
    result = merged(QUOTE, [SetPhaseStatus("P2", DONE)], [SetPhaseStatus("P2", BLOCKED, "no key")])
    assert isinstance(result, MergeConflict)
    assert result.reasons[0] == ("P2: ours says '**done**', theirs says '**blocked** (no key)'")
    marked = result.source.text
    assert "<<<<<<< ours\n| P2 | Move the switch | P1 | **done** |\n=======\n" in marked


def test_evidence_of_one_phase_on_both_sides_conflicts() -> None:
    ours = finished("P2")
    theirs = rewritten(QUOTE, *finished("P2")).replace("dual |\n", "one |\n")
    result = merge(Source(QUOTE), Source(rewritten(QUOTE, *ours)), Source(theirs))
    assert isinstance(result, MergeConflict)


def test_the_same_change_on_both_sides_is_made_once() -> None:
    assert merged(QUOTE, finished("P2"), finished("P2")) == rewritten(QUOTE, *finished("P2"))


def test_a_merge_that_would_lose_a_status_is_a_conflict() -> None:
    ours = QUOTE.replace("| P2 | Move the switch | P1 | pending (wait 24h after labels) |\n", "")
    result = merge(Source(QUOTE), Source(ours), Source(rewritten(QUOTE, *finished("P2"))))
    assert isinstance(result, MergeConflict)


def test_unchanged_sides_give_the_other() -> None:
    after = rewritten(QUOTE, *finished("P2"))
    assert merge(Source(QUOTE), Source(QUOTE), Source(after)) == Source(after)
    assert merge(Source(QUOTE), Source(after), Source(QUOTE)) == Source(after)


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared beside the checkout")
@pytest.mark.parametrize(("one", "other"), [*combinations(["P0", "P1", "P2", "P3", "P4", "P5"], 2)])
def test_every_pair_of_phases_of_the_seed_merges_clean_and_means_both(one: str, other: str) -> None:
    seed = (SHARED / "seed" / "LOOP-BACKUP-STABILIZATION-20260208.md").read_text()
    base = seed.replace("| **done** (prior session) |", "| pending |")
    base = base.replace("| **done** |", "| pending |")
    text = merged(base, finished(one), finished(other))
    assert isinstance(text, str)
    phases = loop_file(text).loop.phases
    assert [p.id for p in phases if p.status is DONE] == [one, other]
    assert text == merged(base, finished(other), finished(one))
    assert text.count(f"## {one} — Evidence") == text.count(f"## {other} — Evidence") == 1


LINES = st.lists(st.sampled_from(["a\n", "b\n", "\n", "---\n", "# h\n"]), max_size=12)


@given(LINES, LINES, LINES)
def test_regions_hold_every_line_of_each_version(
    base: list[str], ours: list[str], theirs: list[str]
) -> None:
    found = list(regions(base, hunks(base, ours), hunks(base, theirs)))
    assert [line for region in found for line in region.base] == base
    assert [line for region in found for line in region.ours] == ours
    assert [line for region in found for line in region.theirs] == theirs
