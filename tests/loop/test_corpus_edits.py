"""What people changed by hand in real documents, made again as changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpus_edits import BODY, HEADER, replay_all

ROOT = Path(__file__).parents[2]
CORPUS = ROOT.parent / "shared" / "corpus"


@pytest.mark.skipif(not CORPUS.is_dir(), reason="needs ../shared beside the checkout")
def test_edits_cannot_be_told_from_those_that_people_made() -> None:
    results = [result for result in replay_all(CORPUS) if result.identical is not None]
    body = [result for result in results if result.kind == BODY]
    alone = [result for result in results if result.kind == HEADER and result.one_line]
    assert [result for result in alone if not result.identical] == []
    assert sum(bool(result.identical) for result in body) >= 0.95 * len(body) > 0
