"""What the fuzzer begins with, and what it found: every document is edited, or refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from loopkit.errors import ReadBackFailed
from loopkit.loop.change import Change, SetLoopStatus, SetPhaseStatus
from loopkit.loop.edit.writer import rewrite
from loopkit.loop.model import LoopStatus, PhaseStatus
from loopkit.loop.parse.reader import read
from loopkit.markdown.source import Source

SEEDS = sorted((Path(__file__).parent.parent / "fuzz" / "seeds").glob("*"))


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.name)
def test_each_edit_is_made_once_or_refused(path: Path) -> None:
    file = read(Source.decode(path.read_bytes(), path.name), path.name)
    note = file.source.text.split("\n")[0][:40]
    changes: list[Change] = [SetLoopStatus(LoopStatus.CLOSED, date(2026, 3, 14))]
    changes += [SetPhaseStatus(p.id, PhaseStatus.DONE, note) for p in file.loop.phases]
    for change in changes:
        try:
            after = rewrite(file, [change])
        except ReadBackFailed:
            continue
        assert rewrite(after, [change]).source == after.source
