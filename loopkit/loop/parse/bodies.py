"""What stands below a phase: its fields, its boxes, its tables, its own words."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf

from loopkit.loop.model import PhaseStatus
from loopkit.loop.parse.candidates import Container
from loopkit.loop.parse.drafts import Draft, draft_of, field_says, read_box
from loopkit.loop.parse.header import WAITING, fields_in, fields_under, meaning
from loopkit.loop.parse.inline_status import Stated, stated_in_title
from loopkit.loop.parse.layout import (
    HeadingEntry,
    ListEntry,
    Meaning,
    ParagraphEntry,
    StatusForm,
    StatusSite,
    TableEntry,
)
from loopkit.loop.parse.outline import Section, deep, may_be_heading, topics_of
from loopkit.loop.words.columns import names
from loopkit.loop.words.labels import label_in
from loopkit.loop.words.language import Column, Topic
from loopkit.loop.words.remembered import remembered
from loopkit.loop.words.vocabulary import columns_named
from loopkit.markdown.document import (
    Field,
    Heading,
    ListBlock,
    ListItem,
    Node,
    Opaque,
    OpaqueKind,
    Paragraph,
    Piece,
    Quote,
    Table,
)
from loopkit.markdown.source import Source, Span

_NOT_WORK = frozenset({Topic.CRITERIA, Topic.NON_GOALS, Topic.EVIDENCE})
_NOT_SAID = _NOT_WORK | {Topic.ASIDE}
_LABELS_WHAT_FOLLOWS = re.compile(r"[:：][ \t]*[*_]*$|^[*_]{2,3}[^*]+[*_]{2,3}[:：]?$")
_SUMMARY = re.compile(r"<summary>(.*?)</summary>", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Body:
    """The blocks of one phase, without those of the phases that stand below it.

    `own` are the blocks right under its heading, where its fields are.
    """

    own: tuple[Node, ...]
    nodes: tuple[Node, ...]

    @cached_property
    def work(self) -> tuple[Node, ...]:
        """Returns its lists and tables that are no criteria and no evidence."""
        return tuple(_work(self.nodes))

    @cached_property
    def boxes(self) -> tuple[ListItem, ...]:
        """Returns its items with a checkbox, nested ones too, but no criterion."""
        return tuple(item for item in self._items() if item.checkbox)

    def _items(self) -> Iterator[ListItem]:
        lists = (node for node in self.work if isinstance(node, ListBlock))
        return (item for node in lists for item in _working_items(node))

    @property
    def only_boxes(self) -> bool:
        """Returns whether every item of its lists has a checkbox."""
        return all(item.checkbox for item in self._items() if item.depth == 0)

    def fields(self) -> Iterator[Field]:
        """Yields the fields of the phase's own text."""
        return fields_under(self.own)

    @property
    def first_table(self) -> float:
        """Returns its first line of a table: a status below that may be of what the rows name."""
        return next((n.lines[0] for n in self.own if isinstance(n, Table)), inf)

    def texts(self, source: Source) -> Iterator[Prose]:
        """Yields the phase's running text, without what is about criteria or evidence."""
        for node in _work(self.nodes, every=True):
            yield from _texts_in(source, node)


def body_of(source: Source, section: Section, others: Sequence[int]) -> Body:
    """Returns the blocks of a section; `others` are the lines of headings that are phases."""
    first = bisect_left(others, section.line + 1)
    inside = others[first : bisect_left(others, section.last_line + 1)]
    kept, until = [], 0
    for node in _unfolded(source, section.whole):
        if isinstance(node, Heading):
            if node.lines[0] in inside:
                until = node.level
            elif until and node.level <= until:
                until = 0
        elif may_be_heading(source, node):
            break
        if not until:
            kept.append(node)
    own = section.body if len(kept) >= len(section.body) else tuple(kept)
    return Body(own, tuple(kept))


def _unfolded(source: Source, nodes: Iterable[Node]) -> Iterator[Node]:
    """Yields blocks, but none of a fold whose summary names criteria or evidence."""
    folded = False
    for node in nodes:
        if isinstance(node, Opaque) and node.kind is OpaqueKind.HTML:
            first, last = node.lines
            text = source.text[source.starts[first - 1] : source.ends[last - 1]]
            summary = _SUMMARY.search(text)
            stays = folded and "</details" not in text.casefold()
            folded = _is_aside(summary[1]) if summary else stays
            yield node
        elif not folded:
            yield node


def _work(nodes: Iterable[Node], *, every: bool = False) -> Iterator[Node]:
    """Yields lists and tables, or `every` block, but what is under a label like Acceptance."""
    aside, level = False, 0
    for node in nodes:
        match node:
            case Heading():
                if not aside or not level or node.level <= level:
                    aside = _heads_aside(node.text.text, every)
                    level = node.level if aside else 0
            case Paragraph() if not level:
                last = node.pieces[-1].text
                if _LABELS_WHAT_FOLLOWS.search(last):
                    aside = _is_aside(last, every)
        if aside:
            continue
        if every:
            yield node
        elif isinstance(node, Quote) and not any(isinstance(n, Heading) for n in node.nodes):
            yield from _work(node.nodes)
        elif isinstance(node, ListBlock | Table):
            yield node
            if isinstance(node, ListBlock):
                inner = (block for item in _working_items(node) for block in item.inner)
                yield from (block for block in deep(inner) if isinstance(block, Table))


def _heads_aside(text: str, prose: bool) -> bool:
    """Returns whether a heading is about criteria or evidence, and not a step that is called so."""
    label = label_in(text)
    rest = text[label.end :].lstrip(" \t\u00a0") if label else text
    named = label is not None and rest[:1] in tuple(":：—–-.")
    return not named and _is_aside(rest, prose)


def _is_aside(text: str, prose: bool = False) -> bool:
    """Returns whether a heading or label is about criteria or evidence; of `prose`, much else."""
    if prose and Column.NOTES in columns_named(text):
        return False
    return bool(topics_of(text) & (_NOT_SAID if prose else _NOT_WORK))


def _working_items(block: ListBlock) -> Iterator[ListItem]:
    """Yields the items of a list, but those below an item like `Acceptance:`."""
    until = len(block.items)  # deeper than any
    for item in block.items:
        if item.depth > until:
            continue
        until = len(block.items)
        if item.text.text.endswith((":", "：", ":**")) and _is_aside(item.text.text):
            until = item.depth
            continue
        yield item


# ── Statuses ─────────────────────────────────────────────────────────────────


def completed(draft: Draft, body: Body, tables: dict[int, Container]) -> Draft:
    """Returns a phase with what its text says of its status, where it does not say it itself."""
    fields = [(meaning(field.name), field.value) for field in body.fields()]
    if not draft.waits and (waits := tuple(v for named, v in fields if named in WAITING)):
        draft = replace(draft, waits=waits)
    stating = [value for named, value in fields if named is Meaning.STATUS and value.text]
    if draft.site:
        stating = [value for value in stating if value.line < body.first_table]
    draft = draft.saying(*(field_says(value) for value in stating[:1]))
    if not isinstance(draft.entry, HeadingEntry):
        return draft
    boxes = body.boxes
    if boxes:
        draft = replace(draft, entry=replace(draft.entry, checkboxes=boxes))
    if draft.site is not None:
        return draft
    if boxes and body.only_boxes and (first := boxes[0].checkbox):
        statuses = [read_box(box.mark) for box in boxes]
        ticked = sum(status.is_settled for status in statuses)
        site = StatusSite(first, StatusForm.CHECKBOXES)
        text = f"checkboxes {ticked}/{len(boxes)}"
        return replace(draft, text=text).saying(Stated(draft.title, site, all_say(statuses)))
    return _by_rows(draft, body, tables)


def _by_rows(draft: Draft, body: Body, tables: dict[int, Container]) -> Draft:
    """Returns a phase with the status that the rows of its tables make, if they state one."""
    found = [tables[id(node)] for node in body.work if id(node) in tables]
    rows = [
        draft_of(member)
        for container in found
        if container.columns and container.columns.states
        for member in container.members
    ]
    sites = [row.site for row in rows if row.site]
    if not sites or len(sites) < len(rows):
        return draft
    site = StatusSite(sites[0].piece, StatusForm.DERIVED)
    return draft.saying(Stated(draft.title, site, all_say([row.status for row in rows])))


def all_say(statuses: Sequence[PhaseStatus]) -> PhaseStatus:
    """Returns what parts say of their whole: done when all are, pending when none is begun."""
    if all(status.is_settled for status in statuses):
        return PhaseStatus.DONE if PhaseStatus.DONE in statuses else PhaseStatus.SKIPPED
    if PhaseStatus.UNKNOWN in statuses:
        return PhaseStatus.UNKNOWN
    if all(status is PhaseStatus.PENDING for status in statuses):
        return PhaseStatus.PENDING
    return PhaseStatus.IN_PROGRESS


def tells_status(node: Node) -> str:
    """Returns what in a block tells of a status, empty where nothing does."""
    if isinstance(node, Table):
        kinds = [columns_named(name) for name in names(node)]
        if any(kind & {Column.STATUS, Column.DONE} for kind in kinds):
            return "a table with a status column, whose rows are no phases"
    if isinstance(node, ListBlock) and any(item.checkbox for item in node.items):
        return "boxes that are neither phases nor the work or the criteria of one"
    return ""


def states(section: Section) -> bool:
    """Returns whether a section says how far it is: with a field, with boxes, or in its heading."""
    if stated_in_title(section.heading.text).site:
        return True
    if any(meaning(field.name) is Meaning.STATUS for field in fields_under(section.body)):
        return True
    lists = (node for node in section.body if isinstance(node, ListBlock))
    return any(item.checkbox for block in lists for item in block.items)


# ── Words ────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Prose:
    """Running text; `task` says that it is an item with a box, or a counted one: work to do."""

    text: Piece
    task: bool = False


def texts_beside(source: Source, draft: Draft, end: int) -> Iterator[Prose]:
    """Yields the text beside a phase's id: its title, the cells of its row, the items below it.

    `end` is the line of the next phase: a paragraph may hold several.
    """
    yield Prose(draft.title)
    match draft.entry:
        case TableEntry(row=row) if draft.columns:
            taken = {draft.columns.id, draft.columns.status, *draft.columns.waits}
            cells = (c for i, c in enumerate(row.cells) if i not in taken and c != draft.title)
            yield from map(Prose, cells)
        case ListEntry(block, item):
            yield from _texts_of_items(source, _below(block.items, item))
            for node in item.inner:
                yield from _texts_in(source, node)
        case ParagraphEntry(paragraph, title):
            pieces = [p for p in paragraph.pieces if p.line >= title.line]
            yield from _joined(source, [p for p in pieces if not title.line < end <= p.line])


def _below(items: Sequence[ListItem], item: ListItem) -> list[ListItem]:
    """Returns the items below one of their list."""
    first, last = item.lines
    start = bisect_left(items, first, key=lambda other: other.lines[0])
    end = bisect_left(items, last + 1, key=lambda other: other.lines[0])
    return [other for other in items[start:end] if other is not item]


def _texts_in(source: Source, node: Node) -> Iterator[Prose]:
    match node:
        case Paragraph():
            yield from _joined(source, node.pieces)
        case Quote():
            for inner in node.nodes:
                yield from _texts_in(source, inner)
        case ListBlock():
            yield from _texts_of_items(source, tuple(_working_items(node)))


def _texts_of_items(source: Source, items: Iterable[ListItem]) -> Iterator[Prose]:
    """Yields the text of each item with the lines that it goes on in."""
    for item in items:
        if not item.text.text or _is_field(item.text):
            continue
        first = item.inner[0] if item.inner else None
        goes_on = isinstance(first, Paragraph) and first.lines[0] == item.text.line + 1
        more = first.pieces if goes_on and isinstance(first, Paragraph) else ()
        is_task = item.checkbox is not None or item.marker.text[-1:] in (".", ")")
        yield Prose(_whole(source, (item.text, *more)), is_task)
        for node in item.inner[1 if goes_on else 0 :]:
            yield from _texts_in(source, node)


def _joined(source: Source, pieces: Sequence[Piece]) -> Iterator[Prose]:
    """Yields lines as one text, so that a sentence may go on in the next; no fields among them."""
    lines: list[Piece] = []
    for piece in pieces:
        if not _is_field(piece):
            lines.append(piece)
        elif lines:
            yield Prose(_whole(source, lines))
            lines = []
    if lines:
        yield Prose(_whole(source, lines))


def _whole(source: Source, lines: Sequence[Piece]) -> Piece:
    span = Span(lines[0].span.start, lines[-1].span.end)
    return Piece(source.cut(span), span, lines[0].line)


def _is_field(piece: Piece) -> bool:
    return (":" in piece.text or "：" in piece.text) and _is_field_text(piece.text)


@remembered
def _is_field_text(text: str) -> bool:
    piece = Piece(text, Span(0, len(text)), 0)
    return any(meaning(field.name) is not Meaning.OTHER for field in fields_in(piece, "bold"))
