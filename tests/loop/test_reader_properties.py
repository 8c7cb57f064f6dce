"""What holds of every document that is read."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from loopkit.loop.model import Place
from loopkit.loop.parse.reader import read
from loopkit.markdown.source import Source, Span
from tests.written_markdown import texts


def without_places(value: Any) -> Any:
    """Returns a record as plain values, its places left out."""
    if isinstance(value, Place | Span):
        return None
    if isinstance(value, tuple):
        return tuple(without_places(part) for part in value)
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: without_places(getattr(value, f.name)) for f in fields(value)}
    return value


@given(st.one_of(texts(), st.text(max_size=200)))
def test_any_text_is_read(text: str) -> None:
    loop = read(Source(text), "LOOP-A-20260101.md").loop
    assert loop.id
    assert all(finding.line >= 1 and finding.column >= 1 for finding in loop.findings)


@given(texts())
def test_the_layout_stands_beside_the_loop_and_cuts_to_its_text(text: str) -> None:
    file = read(Source(text), "LOOP-A-20260101.md")
    assert len(file.layout.phases) == len(file.layout.items) == len(file.loop.phases)
    for phase, entry, items in zip(
        file.loop.phases, file.layout.phases, file.layout.items, strict=True
    ):
        assert len(items) == len(phase.items)
        assert (entry.status is None) == (phase.status_text is None)
        if entry.status:
            assert file.source.cut(entry.status.piece.span) == entry.status.piece.text
    for header in file.layout.fields:
        assert file.source.cut(header.field.value.span) == header.field.value.text
        assert file.source.cut(header.field.name_span).strip("\"'") == header.field.name


@given(texts(ends=("\n",)))
def test_line_ends_do_not_change_the_meaning(text: str) -> None:
    unix = read(Source(text), "LOOP-A-20260101.md").loop
    dos = read(Source(text.replace("\n", "\r\n")), "LOOP-A-20260101.md").loop
    assert without_places(unix) == without_places(dos)
