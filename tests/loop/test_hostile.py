"""Hostile host output, a small count of it; `python -m tests.hostile` runs the large one."""

from __future__ import annotations

from tests.hostile import DOCUMENTS, run


def test_no_host_output_changes_what_a_document_means() -> None:
    figures = run(count=400, seed=7)
    assert figures.wrong == []
    assert figures.refused == []
    assert figures.written == 400
    assert set(figures.shapes) == set(DOCUMENTS)
