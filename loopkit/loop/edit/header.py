"""Edits of the header and footer: a value in place, and one line where the kin of it stand."""

from __future__ import annotations

import re
from collections.abc import Iterator

from loopkit.loop.change import SetLoopStatus
from loopkit.loop.edit.style import cased, language_of, loop_text
from loopkit.loop.model import LoopStatus
from loopkit.loop.parse.layout import Meaning
from loopkit.loop.parse.reader import LoopFile
from loopkit.loop.words.grammar import loop_status
from loopkit.markdown.document import Field, Heading
from loopkit.markdown.source import Edit, Source, Span

# A date of its own says that the author names its kind: activated_at, created_at.
_STAMP = re.compile(r".+_at$", re.IGNORECASE)
_LINES = ("quote", "yaml", "bold", "list", "table")

Edits = tuple[Edit, ...]
BOM = "\ufeff"


def header_ways(file: LoopFile, change: SetLoopStatus) -> Iterator[Edits]:
    """Yields edits that may make the header say a status, and its footer with it."""
    status = _status_edits(file, change)
    if change.status is not LoopStatus.CLOSED:
        reopened = file.loop.status is LoopStatus.CLOSED
        yield (*status, *(_closing_removed(file) if reopened else ()))
    elif change.on is None:
        yield status
    else:
        day = change.on.isoformat()
        dated = _closed_edits(file, day)
        if dated or (file.loop.closed or "").startswith(day):
            yield (*status, *dated)
        yield (*status, *_footer_at_end(file, day))


def _status_edits(file: LoopFile, change: SetLoopStatus) -> Edits:
    stated = file.layout.stating(Meaning.STATUS)
    if not stated:
        return _new_status(file, loop_text(change.status, "", change.word, language_of(file)))
    return tuple(
        Edit(field.value.span, _in_place(file, field, change))
        for field in stated
        if not _says(_bare(field.value.text), change)
    )


def _says(text: str, change: SetLoopStatus) -> bool:
    """Returns whether a header's value says a status already, in the word chosen for it."""
    same = loop_status(text) is change.status
    return same and change.word.casefold() in text.casefold()


def _in_place(file: LoopFile, field: Field, change: SetLoopStatus) -> str:
    """Returns the new value with the quotes of the old one."""
    old = field.value.text
    quote = old[0] if field.style == "yaml" and old[:1] in ("'", '"') else ""
    text = loop_text(change.status, _bare(old), change.word, language_of(file))
    return f"{quote}{text}{quote}"


def _bare(text: str) -> str:
    return text.strip("'\"")


def _new_status(file: LoopFile, text: str) -> Edits:
    """Returns the edits that give a header a status: beside its other fields, else a new one."""
    kin = _first_said(file)
    if kin is not None:
        return (_beside(file, kin, "status", text),)
    newline = file.source.newline
    first = file.document.nodes[0] if file.document.nodes else None
    if not isinstance(first, Heading):
        at = len(BOM) if file.source.text.startswith(BOM) else 0
        return (Edit(Span(at, at), f"> **Status:** {text}{newline}{newline}"),)
    at = file.source.line_span(first.lines[1]).end
    return (Edit(Span(at, at), f"{newline}{newline}> **Status:** {text}"),)


# ── The day it was closed ────────────────────────────────────────────────────


def _closed_edits(file: LoopFile, day: str) -> Edits:
    stated = file.layout.stating(Meaning.CLOSED)
    changed = [
        Edit(field.value.span, _quoted_like(field, day))
        for field in stated
        if not _bare(field.value.text).startswith(day)
    ]
    added = [] if any(f.style != "footer" for f in stated) else _header_closed(file, day)
    footer = [] if any(f.style == "footer" for f in stated) else _footer_closed(file, day)
    return (*changed, *added, *footer)


def _header_closed(file: LoopFile, day: str) -> list[Edit]:
    anchor = _anchor(file)
    if anchor is None:
        return []
    dates = file.layout.stating(Meaning.CREATED)
    model = next((field for field in dates if field.style == anchor.style), anchor)
    name, value = _closed_name(file, anchor), _quoted_like(model, day)
    return [_beside(file, anchor, name, value)]


def _anchor(file: LoopFile) -> Field | None:
    """Returns the field that Closed goes after: Created, else the status, in the first header.

    In YAML `opened` does not draw it: most that say `opened` put `closed` beside `status`.
    """
    stated = [f for f in file.layout.stating(Meaning.STATUS) if f.style in _LINES]
    fallback = stated[0] if stated else _first_said(file)
    if fallback is None:
        return None
    created = file.layout.stating(Meaning.CREATED)
    near = [f for f in created if f.style != "yaml" or not f.name.casefold().startswith("open")]
    return next((field for field in near if field.style == fallback.style), fallback)


def _first_said(file: LoopFile) -> Field | None:
    """Returns the first field of the header that says something of the loop itself."""
    named = (f for f in file.layout.fields if f.meaning is not Meaning.OTHER)
    return next((f.field for f in named if f.field.style in _LINES), None)


def _closed_name(file: LoopFile, anchor: Field) -> str:
    kin = [f.field.name for f in file.layout.fields if f.field.style == anchor.style]
    stamped = anchor.style == "yaml" and any(_STAMP.match(name) for name in kin)
    return "closed_at" if stamped else "closed"


def _footer_closed(file: LoopFile, day: str) -> list[Edit]:
    created = [f for f in file.layout.stating(Meaning.CREATED) if f.style == "footer"]
    return [_line_like(file.source, field, "closed", day) for field in created[-1:]]


def _footer_at_end(file: LoopFile, day: str) -> Edits:
    """Returns a footer of its own, for a header that has no line to put it beside."""
    source, newline = file.source, file.source.newline
    end = len(source.text)
    ended = source.text.endswith(("\n", "\r"))
    before, after = (newline, newline) if ended else (newline * 2, "")
    return (Edit(Span(end, end), f"{before}_Closed: {day}_{after}"),)


def _closing_removed(file: LoopFile) -> Edits:
    """Returns the edits that take away what said when a loop was closed."""
    dated = [f for f in file.layout.stating(Meaning.CLOSED) if f.style != "heading"]
    return tuple(Edit(_whole(file, field), "") for field in dated)


def _whole(file: LoopFile, field: Field) -> Span:
    """Returns the span of a field with what leads to it: its line, where it is alone in that."""
    shared = _in_line_of(file, field)
    at = shared.index(field)
    if at:
        return Span(shared[at - 1].value.span.end, field.value.span.end)
    return field.value.span if len(shared) > 1 else _whole_line(file.source, field.line)


# ── Lines ────────────────────────────────────────────────────────────────────


def _beside(file: LoopFile, field: Field, name: str, value: str) -> Edit:
    """Returns the edit that puts a field after another, in its line if that holds several."""
    shared = _in_line_of(file, field)
    if len(shared) < 2:
        return _line_like(file.source, field, name, value)
    left, right = shared[0], shared[1]
    text = file.source.text
    lead = text[left.value.span.end : right.name_span.start]
    between = text[right.name_span.end : right.value.span.start]
    at = field.value.span.end
    return Edit(Span(at, at), f"{lead}{_named_like(file.source, right, name)}{between}{value}")


def _in_line_of(file: LoopFile, field: Field) -> list[Field]:
    fields = [f.field for f in file.layout.fields]
    return [f for f in fields if f.line == field.line and f.style == field.style]


def _line_like(source: Source, field: Field, name: str, value: str) -> Edit:
    """Returns the edit that puts a line after a field's, the same but for name and value."""
    line = source.line_span(field.line)
    before = source.text[line.start : field.name_span.start]
    between = source.text[field.name_span.end : field.value.span.start]
    # What follows a value in YAML is a comment on that value.
    after = "" if field.style == "yaml" else source.text[field.value.span.end : line.end]
    text = f"{before}{_named_like(source, field, name)}{between}{value}{after}"
    return Edit(Span(line.end, line.end), f"{source.newline}{text}")


def _named_like(source: Source, field: Field, name: str) -> str:
    """Returns a name in the case, and with the marks, of another."""
    return source.cut(field.name_span).replace(field.name, cased(name, field.name))


def _quoted_like(field: Field, value: str) -> str:
    old = field.value.text
    quote = old[0] if field.style == "yaml" and old[:1] in ("'", '"') else ""
    return f"{quote}{value}{quote}"


def _whole_line(source: Source, line: int) -> Span:
    if line < len(source.starts):
        return Span(source.starts[line - 1], source.starts[line])
    end_of_previous = source.line_span(line - 1).end if line > 1 else 0
    return Span(end_of_previous, len(source.text))
