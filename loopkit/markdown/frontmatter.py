"""Front matter: YAML by its events where it is valid, line by line where it is not; and TOML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from loopkit.markdown.pieces import Field, FrontMatter
from loopkit.markdown.scan import Piece, line_bounds, piece
from loopkit.markdown.source import Source, Span

_KEY = re.compile(r"([A-Za-z_][\w.()/-]*(?: [\w.()/-]+)*)[ \t]*:(?=[ \t]|$)")
_TOML_KEY = re.compile(r"[ \t]*(?:([A-Za-z_][\w-]*)|\"([^\"]+)\")[ \t]*=[ \t]*")
_TOML_TABLE = re.compile(r"[ \t]*\[")
_TOML_STRING = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'[^']*'")
_TOML_PLACE = re.compile(r"[ ]*\(at line (\d+), column \d+\)$")
_ENTRY = re.compile(r"[ \t]*-(?=[ \t]|$)")
_COMMENT = re.compile(r"(?:^|[ \t])#")
_QUOTED = re.compile(r"""[ \t]*("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')""")

# libyaml takes quadratic time over open brackets, and nobody writes front matter of this size.
_MOST_CHARACTERS = 100_000
_MOST_BRACKETS = 1_000


def read_front_matter(source: Source) -> FrontMatter | None:
    """Returns the front matter, None where the document begins without one."""
    start, end = line_bounds(source, 1)
    mark = source.text[start:end].rstrip(" \t")
    ends = {"---": ("---", "..."), "+++": ("+++",)}.get(mark)
    last = _last_line(source, ends) if ends else None
    if last is None:
        return None
    by_line = tuple((_fields_by_line if mark == "---" else _toml_fields)(source, last))
    if not by_line:
        return None  # a rule at the top, and another one further down
    span = Span(source.starts[1], source.starts[last - 1])
    if mark == "+++":
        return FrontMatter(by_line, (1, last), *_toml_fault(source.cut(span)), syntax="TOML")
    text = source.cut(span)
    if len(text) > _MOST_CHARACTERS or text.count("[") + text.count("{") > _MOST_BRACKETS:
        return FrontMatter(by_line, (1, last), "it is too large to be read as YAML", 1)
    return _by_events(source, span, last, by_line)


def _last_line(source: Source, ends: tuple[str, ...]) -> int | None:
    for line in range(2, source.line_count + 1):
        if source.line_text(line).rstrip(" \t") in ends:
            return line
    return None


def _by_events(source: Source, span: Span, last: int, by_line: tuple[Field, ...]) -> FrontMatter:
    import yaml

    # Events, not nodes: they resolve no alias and need no recursion, so nothing can blow up.
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        fields = tuple(_fields(source, span, yaml.parse(source.cut(span), Loader=loader)))
    except yaml.YAMLError as error:
        return FrontMatter(by_line, (1, last), *_fault(source, span, error))
    return FrontMatter(fields, (1, last))


def _fault(source: Source, span: Span, error: Exception) -> tuple[str, int]:
    mark = getattr(error, "problem_mark", None)
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "it is not YAML"
    offset = mark.index if mark else getattr(error, "position", 0)
    return str(reason), source.line_of(span.start + min(offset, len(span)))


def _fields(source: Source, span: Span, events: Iterator[Any]) -> Iterator[Field]:
    """Yields the scalars of the top mapping, and those of a list directly under a key."""
    open_kinds: list[str] = []
    key: Piece | None = None
    for event in events:
        kind = type(event).__name__.removesuffix("Event")
        if kind in ("MappingStart", "SequenceStart"):
            open_kinds.append(kind)
        elif kind in ("MappingEnd", "SequenceEnd"):
            open_kinds.pop()
            key = None if len(open_kinds) == 1 else key
        elif kind in ("Scalar", "Alias"):
            here = _scalar(source, span, event)
            if open_kinds == ["MappingStart"] and key is None:
                key = here
            elif open_kinds in (["MappingStart"], ["MappingStart", "SequenceStart"]) and key:
                yield _field(key, here)
                key = None if len(open_kinds) == 1 else key


def _scalar(source: Source, span: Span, event: Any) -> Piece:
    start, end = span.start + event.start_mark.index, span.start + event.end_mark.index
    text = source.text[start:end].rstrip()
    if not text and source.text[start : start + 1] == " ":
        start += 1
    return Piece(text, Span(start, start + len(text)), source.line_of(start))


def _field(key: Piece, value: Piece) -> Field:
    return Field(key.text.strip("\"'"), value, "yaml", key.line, key.span)


def _fields_by_line(source: Source, last: int) -> Iterator[Field]:
    key: Piece | None = None
    for line in range(2, last):
        start, end = line_bounds(source, line)
        if found := _KEY.match(source.text, start, end):
            key = Piece(found[1], Span(*found.span(1)), line)
            value = _value(source, found.end(), end, line)
            if value.text or not _opens_list(source, line + 1, last):
                yield _field(key, value)
        elif key and (entry := _ENTRY.match(source.text, start, end)):
            yield _field(key, _value(source, entry.end(), end, line))


def _opens_list(source: Source, line: int, last: int) -> bool:
    return line < last and _ENTRY.match(source.line_text(line)) is not None


def _value(source: Source, start: int, end: int, line: int) -> Piece:
    if quoted := _QUOTED.match(source.text, start, end):
        return piece(source, quoted.start(1), quoted.end(1), line)
    comment = _COMMENT.search(source.text, start, end)
    return piece(source, start, comment.start() if comment else end, line)


# ── TOML ─────────────────────────────────────────────────────────────────────


def _toml_fields(source: Source, last: int) -> Iterator[Field]:
    """Yields the values of the top table, and the strings of a list directly under a key."""
    for line in range(2, last):
        start, end = line_bounds(source, line)
        if _TOML_TABLE.match(source.text, start, end) or start > _MOST_CHARACTERS:
            return
        found = _TOML_KEY.match(source.text, start, end)
        if found is None:
            continue
        group = 1 if found[1] else 2
        key = Piece(found[group], Span(*found.span(group)), line)
        if source.text.startswith("[", found.end()):
            for each in _TOML_STRING.finditer(source.text, found.end(), end):
                yield _field(key, piece(source, *each.span(), line))
        else:
            yield _field(key, _value(source, found.end(), end, line))


def _toml_fault(text: str) -> tuple[str, int]:
    """Returns why a text is not TOML and in which line of the file; empty where it is."""
    import tomllib

    if len(text) > _MOST_CHARACTERS:
        return "it is too large to be read as TOML", 1
    try:
        tomllib.loads(text.replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = _TOML_PLACE.search(str(error))
        reason = _TOML_PLACE.sub("", str(error)) or "it is not TOML"
        return reason, int(place[1]) + 1 if place else 1
    return "", 0
