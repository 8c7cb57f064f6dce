"""What stands below a phase: its fields, its boxes, its tables, its own words."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from loopkit.loop.model import PhaseStatus
from loopkit.loop.parse.candidates import Container
from loopkit.loop.parse.drafts import Draft, draft_of, field_says
from loopkit.loop.parse.header import WAITING, fields_under, meaning
from loopkit.loop.parse.inline_status import Stated
from loopkit.loop.parse.layout import HeadingEntry, Meaning, StatusForm, StatusSite
from loopkit.loop.parse.outline import Section, deep
from loopkit.loop.words.labels import label_in
from loopkit.loop.words.language import Topic
from loopkit.loop.words.status import read_box
from loopkit.loop.words.vocabulary import topics_named
from loopkit.markdown.document import (
    Field,
    Heading,
    ListBlock,
    ListItem,
    Node,
    Paragraph,
    Piece,
    Quote,
    Table,
)
from loopkit.markdown.pieces import prose

_NOT_WORK = frozenset({Topic.CRITERIA, Topic.NON_GOALS, Topic.EVIDENCE})
_SETTLED = (PhaseStatus.DONE, PhaseStatus.SKIPPED)
_LABELS_WHAT_FOLLOWS = re.compile(r"[:：][ \t]*[*_]*$|^(?:\*\*|__)[^*]+(?:\*\*|__)[:：]?$")


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
        for node in self.work:
            if isinstance(node, ListBlock):
                yield from _working_items(node)

    @property
    def only_boxes(self) -> bool:
        """Returns whether every item of its lists has a checkbox."""
        return all(item.checkbox for item in self._items() if item.depth == 0)

    def fields(self) -> Iterator[Field]:
        """Yields the fields of the phase's own text."""
        return fields_under(self.own)

    def texts(self) -> Iterator[Piece]:
        """Yields the lines of the phase's own text that are no criteria."""
        yield from prose(_work(self.own, every=True))


def body_of(section: Section, others: Sequence[int]) -> Body:
    """Returns the blocks of a section; `others` are the lines of headings that are phases."""
    first = bisect_left(others, section.line + 1)
    inside = others[first : bisect_left(others, section.last_line + 1)]
    if not inside:
        return Body(section.body, section.whole)
    kept, until = [], 0
    for node in section.whole:
        if isinstance(node, Heading):
            if node.lines[0] in inside:
                until = node.level
            elif until and node.level <= until:
                until = 0
        if not until:
            kept.append(node)
    return Body(section.body, tuple(kept))


def _work(nodes: Iterable[Node], *, every: bool = False) -> Iterator[Node]:
    """Yields lists and tables, or `every` block, but what is under a label like Acceptance."""
    aside, level = False, 0
    for node in nodes:
        match node:
            case Heading():
                if not aside or not level or node.level <= level:
                    aside = not label_in(node.text.text) and _is_aside(node.text.text)
                    level = node.level if aside else 0
            case Paragraph() if not level:
                last = node.pieces[-1].text
                if _LABELS_WHAT_FOLLOWS.search(last):
                    aside = _is_aside(last)
        if aside:
            continue
        if isinstance(node, Quote):
            yield from _work(node.nodes, every=every)
        elif every or isinstance(node, ListBlock | Table):
            yield node
            if isinstance(node, ListBlock):
                inner = (block for item in _working_items(node) for block in item.inner)
                yield from (block for block in deep(inner) if isinstance(block, Table))


def _is_aside(text: str) -> bool:
    return bool(topics_named(text) & _NOT_WORK)


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
    draft = draft.saying(*(field_says(value) for value in stating[:1]))
    if not isinstance(draft.entry, HeadingEntry):
        return draft
    boxes = body.boxes
    if boxes:
        draft = replace(draft, entry=replace(draft.entry, checkboxes=boxes))
    if draft.site is not None:
        return draft
    if boxes and body.only_boxes and (first := boxes[0].checkbox):
        statuses = [read_box(box.mark or " ") for box in boxes]
        ticked = sum(status in _SETTLED for status in statuses)
        site = StatusSite(first, StatusForm.CHECKBOXES)
        text = f"checkboxes {ticked}/{len(boxes)}"
        return replace(draft, text=text).saying(Stated(draft.title, site, all_say(statuses)))
    return _by_rows(draft, body, tables)


def _by_rows(draft: Draft, body: Body, tables: dict[int, Container]) -> Draft:
    """Returns a phase with the status that the rows of its tables make, if they state one."""
    found = [tables[id(node)] for node in body.work if id(node) in tables]
    rows = [
        draft_of(member, container)
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
    if all(status in _SETTLED for status in statuses):
        return PhaseStatus.DONE if PhaseStatus.DONE in statuses else PhaseStatus.SKIPPED
    if PhaseStatus.UNKNOWN in statuses:
        return PhaseStatus.UNKNOWN
    if all(status is PhaseStatus.PENDING for status in statuses):
        return PhaseStatus.PENDING
    return PhaseStatus.IN_PROGRESS
