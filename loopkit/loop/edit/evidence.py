"""Where evidence goes: a section of its own before the footer, ruled off as the document does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from loopkit.loop.change import AddEvidence
from loopkit.loop.edit.blocks import (
    Guard,
    Part,
    joined,
    part_key,
    parts,
    section,
    section_heading,
)
from loopkit.loop.parse.reader import LoopFile
from loopkit.markdown.document import Heading, Node, Paragraph, Rule
from loopkit.markdown.source import Edit, Source, Span

Edits = tuple[Edit, ...]

_ITALIC = re.compile(r"([_*])(?![_*\s]).*\1\s*\\?$")
_SECTION = 2


def evidence_ways(file: LoopFile, change: AddEvidence) -> Iterator[Edits]:
    """Yields edits that add a section, or extend the one that this phase has."""
    heading = own_heading(file, change)
    for guard in Guard:
        if heading is not None:
            yield _extended(file, heading, change, guard)
        else:
            yield (_added(file, section(change, guard)),)


def own_heading(file: LoopFile, change: AddEvidence) -> Heading | None:
    """Returns the heading of this phase's section of this title, whatever its date."""
    wanted = section_heading(change).lstrip("# ").rsplit(" (", 1)[0].casefold()
    return next(
        (h for h in _sections(file) if h.text.text.casefold().rsplit(" (", 1)[0] == wanted), None
    )


def _sections(file: LoopFile) -> list[Heading]:
    return [n for n in file.document.nodes if isinstance(n, Heading) and n.level == _SECTION]


# ── A new section ────────────────────────────────────────────────────────────


def _added(file: LoopFile, lines: list[str]) -> Edit:
    nodes, source = file.document.nodes, file.source
    at = _place(file)
    ruled = _is_ruled(nodes)
    if at == len(nodes):
        return _at_end(source, joined(["---"] if ruled and nodes else [], lines))
    before = nodes[at - 1] if at else None
    if isinstance(before, Rule) and not ruled:
        return _before(source, before.lines[0], lines)
    above = [] if isinstance(before, Rule) or not ruled else ["---"]
    return _before(source, nodes[at].lines[0], joined(above, lines, ["---"] if ruled else []))


def _place(file: LoopFile) -> int:
    """Returns the index of the node that comes after: what follows the last evidence, or the
    footer, or the end."""
    nodes = file.document.nodes
    footer = _footer(nodes)
    ids = {phase.id.casefold() for phase in file.loop.phases}
    last = max(
        (i for i, node in enumerate(nodes[:footer]) if _is_evidence(node, ids)), default=None
    )
    if last is None:
        return footer
    return next((i for i in range(last + 1, footer) if _begins_section(nodes[i])), footer)


def _footer(nodes: tuple[Node, ...]) -> int:
    """Returns the index where the lines in italics begin that end a document."""
    at = len(nodes)
    while at and _is_footer(nodes[at - 1]):
        at -= 1
    return at


def _is_footer(node: Node) -> bool:
    return isinstance(node, Paragraph) and all(_ITALIC.match(p.text) for p in node.pieces)


def _is_evidence(node: Node, ids: set[str]) -> bool:
    """Returns whether this heads the evidence of one phase: `## P3 Evidence`."""
    if not isinstance(node, Heading) or node.level != _SECTION:
        return False
    text = node.text.text.casefold()
    return "evidence" in text and any(re.match(rf"{re.escape(id)}\b", text) for id in ids)


def _begins_section(node: Node) -> bool:
    return isinstance(node, Heading) and node.level <= _SECTION


def _is_ruled(nodes: tuple[Node, ...]) -> bool:
    """Returns whether most sections after the first begin below a rule."""
    after = [nodes[i - 1] for i, n in enumerate(nodes) if i and _begins_section(n)]
    sections = after[1:] or after
    return 2 * sum(isinstance(node, Rule) for node in sections) > len(sections) > 0


def _before(source: Source, line: int, lines: list[str]) -> Edit:
    at = source.starts[line - 1]
    above = [] if line == 1 or not source.line_text(line - 1).strip() else [""]
    text = "".join(f"{part}{source.newline}" for part in (*above, *lines, ""))
    return Edit(Span(at, at), text)


def _at_end(source: Source, lines: list[str]) -> Edit:
    """Returns the edit that ends the file with these lines, a final newline only if it had one."""
    end, newline = len(source.text), source.newline
    ended = source.text.endswith(("\n", "\r")) or not source.text
    blank = not source.text or not source.line_text(source.line_count).strip()
    lead = ([] if ended else [""]) + ([] if blank else [""])
    text = newline.join((*lead, *lines))
    return Edit(Span(end, end), text + newline if ended else text)


# ── A section that is there ──────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Standing:
    """A part of a section as it stands: lines counted from 1, blank ones at its end left out."""

    key: str
    first: int
    last: int


def _extended(file: LoopFile, heading: Heading, change: AddEvidence, guard: Guard) -> Edits:
    """Returns edits that replace the parts which the evidence has anew, and add the others."""
    source = file.source
    standing = _standing(file, heading)
    by_key = {part.key: part for part in reversed(standing)}
    edits = [_dated(heading, change)]
    added: list[Part] = []
    for part in parts(change, guard):
        old = by_key.get(part.key)
        if old is None or not part.title:
            added += [] if _is_there(source, standing, part) else [part]
        else:
            edits.append(_replaced(source, old, part))
    last = standing[-1].last if standing else heading.lines[1]
    text = joined(*(part.lines for part in added))
    if text:
        at = source.line_span(last).end
        edits.append(Edit(Span(at, at), "".join(f"{source.newline}{t}" for t in ("", *text))))
    return tuple(e for e in edits if source.cut(e.span) != e.text)


def _dated(heading: Heading, change: AddEvidence) -> Edit:
    return Edit(heading.text.span, section_heading(change).lstrip("# "))


def _replaced(source: Source, old: _Standing, part: Part) -> Edit:
    span = Span(source.starts[old.first - 1], source.line_span(old.last).end)
    same = [source.line_text(n) for n in range(old.first, old.last + 1)] == [*part.lines]
    return Edit(span, source.cut(span) if same else source.newline.join(part.lines))


def _is_there(source: Source, standing: list[_Standing], part: Part) -> bool:
    """Returns whether a part without a title stands in the section already, line by line."""
    if not standing:
        return False
    first, last = standing[0].first, standing[-1].last
    lines = [source.line_text(n) for n in range(first, last + 1)]
    size = len(part.lines)
    return any(lines[i : i + size] == [*part.lines] for i in range(len(lines) - size + 1))


def _standing(file: LoopFile, heading: Heading) -> list[_Standing]:
    nodes = file.document.nodes
    at = nodes.index(heading) + 1
    end = next((i for i in range(at, len(nodes)) if _begins_section(nodes[i])), _footer(nodes))
    inside = list(nodes[at:end])
    if inside and isinstance(inside[-1], Rule):
        inside.pop()
    found: list[_Standing] = []
    for node in inside:
        if isinstance(node, Heading) or not found:
            key = part_key(node.text.text) if isinstance(node, Heading) else ""
            found.append(_Standing(key, node.lines[0], node.lines[1]))
        else:
            found[-1] = _Standing(found[-1].key, found[-1].first, node.lines[1])
    return found
