"""Quotes the values that keep front matter from being YAML, and nothing else."""

from __future__ import annotations

import re

from loopkit.markdown.document import FrontMatter, parse
from loopkit.markdown.source import Edit, Source

# What a plain scalar may not begin with, and what ends it in its middle.
_UNSAFE = re.compile(r"[@`%&*!|>{}\[\],?]|.*:[ \t]|.*:$|[-?:][ \t]")


def quoted(source: Source, front: FrontMatter) -> tuple[Edit, ...]:
    """Returns the edits that make invalid front matter valid; none where quoting is not enough."""
    edits = tuple(
        Edit(field.value.span, _quote(field.value.text))
        for field in front.fields
        if _UNSAFE.match(field.value.text) and field.value.text[0] not in "\"'"
    )
    if not front.fault or not edits:
        return ()
    mended = parse(_only_front_matter(source, front).splice(edits)).front_matter
    return edits if mended and not mended.fault else ()


def _only_front_matter(source: Source, front: FrontMatter) -> Source:
    last = front.lines[1]
    return Source(source.text[: source.line_span(last).end])


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
