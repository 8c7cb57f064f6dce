"""The reader on plans of other authors: those beside the checkout, and twenty of our own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpus_wild import cases
from tests.styles_measure import expected, wrong

WILD = Path(__file__).parent.parent.parent.parent / "shared" / "corpus-wild"


@pytest.mark.skipif(
    not WILD.is_dir(), reason="the plans of other authors (../shared/corpus-wild) are not here"
)
def test_plans_of_other_authors_are_read_and_edited_as_a_careful_person_does() -> None:
    found = list(cases(WILD))
    otherwise = [case for case in found if not case.is_right]
    assert len(found) - len(otherwise) >= 49, otherwise


@pytest.mark.parametrize("name", expected())
def test_a_plan_in_any_style_is_read_as_a_careful_person_does(name: str) -> None:
    found = wrong(name, expected()[name])
    assert [fault for fault in found if not fault.startswith("marking")] == []


@pytest.mark.parametrize("name", expected())
def test_a_plan_in_any_style_is_marked_as_its_author_would(name: str) -> None:
    found = wrong(name, expected()[name])
    assert [fault for fault in found if fault.startswith("marking")] == []
