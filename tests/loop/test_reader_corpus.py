"""The reader on real documents, where they are beside the checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpus import measure, report

CORPUS = Path(__file__).parent.parent.parent.parent / "shared" / "corpus"
pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the labelled documents (../shared/corpus) are not here"
)

# Its label has no closing day; its footer, which the rule names, has one.
LABELLED_OTHERWISE = 1


def test_nearly_every_phase_of_an_unambiguous_document_is_right_in_every_field() -> None:
    score = measure(CORPUS, ambiguous=False)
    assert score.share >= 0.97, report(score, "unambiguous")


def test_every_header_field_of_an_unambiguous_document_is_right() -> None:
    wrong = measure(CORPUS, ambiguous=False).headers_wrong
    assert len(wrong) <= LABELLED_OTHERWISE, "\n".join(wrong)
