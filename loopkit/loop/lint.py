"""Findings between documents, beside each document's own; and what can be mended mechanically."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import partial

from loopkit.loop.index import Index
from loopkit.loop.model import (
    Finding,
    Gate,
    Loop,
    LoopClosed,
    LoopReached,
    LoopStatus,
    PhaseStatus,
    Place,
)
from loopkit.loop.parse.findings import padded
from loopkit.loop.parse.reader import LoopFile
from loopkit.markdown.document import Row, Table
from loopkit.markdown.source import Edit, Source, Span
from loopkit.markdown.yamlfix import quoted

START = Place(1)


def lint_all(
    loops: Mapping[str, Loop], receipts: Collection[tuple[str, str]] | None = None
) -> Mapping[str, tuple[Finding, ...]]:
    """Returns every finding by path: each document's own, and those between documents.

    `receipts` are the (loop id, phase id) that a receipt says are done; without it no phase is
    asked for one.
    """
    index = Index(loops)
    circles = _circles(index)
    found = {}
    for path, loop in loops.items():
        findings = [
            *loop.findings,
            *_twins(index, loop),
            *_citations(index, loop),
            *circles.get(path, ()),
            *(_without_receipt(loop, receipts) if receipts is not None else ()),
        ]
        found[path] = tuple(sorted(findings, key=lambda f: (f.line, f.column, f.code)))
    return found


def mechanical_fixes(file: LoopFile) -> tuple[Edit, ...]:
    """Returns the edits that mend what needs no judgement: short rows, and unquoted YAML values.

    A status that contradicts another is never mended here: which of them is true, only a person
    or a run can tell.
    """
    front = file.document.front_matter
    edits = list(quoted(file.source, front)) if front and front.fault else []
    for table in file.layout.tables:
        edits += _padding(file.source, table)
    return tuple(edits)


def _padding(source: Source, table: Table) -> Iterator[Edit]:
    wanted = len(table.header.cells)
    for row in table.rows:
        missing = wanted - len(row.cells)
        if missing > 0:
            yield _pad(source, row, missing)


def _pad(source: Source, row: Row, missing: int) -> Edit:
    added = padded(source, row, missing).removeprefix(source.cut(row.span))
    return Edit(Span(row.span.end, row.span.end), added)


# ── Between documents ────────────────────────────────────────────────────────


def _twins(index: Index, loop: Loop) -> Iterator[Finding]:
    others = [o for o in index.cited(loop.id) if o.id.casefold() == loop.id.casefold()]
    paths = sorted(other.path for other in others if other.path != loop.path)
    if paths:
        place = loop.status_place or START
        message = f"{loop.id} is also {', '.join(paths)}"
        mend = "give one of them another id, or remove it"
        yield Finding(place.line, "duplicate-loop-id", message, place.column, mend=mend)


def _citations(index: Index, loop: Loop) -> Iterator[Finding]:
    """Yields the gates on loops that cannot be told; only a warning where nothing waits for it."""
    for gate in (*loop.blocked_by, *loop.holds):
        yield from _citation(index, gate, loop.status is not LoopStatus.CLOSED)
    for phase in loop.phases:
        waits = loop.status is not LoopStatus.CLOSED and phase.status is not PhaseStatus.DONE
        for gate in (*phase.gates, *(g for item in phase.items for g in item.gates)):
            yield from _citation(index, gate, waits)


def _citation(index: Index, gate: Gate, waits: bool) -> Iterator[Finding]:
    if not isinstance(gate, LoopClosed | LoopReached):
        return
    severity = "error" if waits else "warning"
    finding = partial(Finding, line=gate.place.line, column=gate.place.column, severity=severity)
    cited = index.cited(gate.loop)
    if not cited:
        message = f"there is no {gate.loop}"
        yield finding(code="unknown-loop", message=message, mend="cite a loop that is there")
    elif len(cited) > 1:
        names = ", ".join(sorted({f"{o.id} ({o.path})" for o in cited}))
        message = f"{gate.loop} could be {names}"
        yield finding(code="ambiguous-loop", message=message, mend="cite it with its date")
    elif isinstance(gate, LoopReached) and cited[0].phase(gate.phase) is None:
        known = ", ".join(phase.id for phase in cited[0].phases) or "no phases"
        message = f"{cited[0].id} has no {gate.phase}: it has {known}"
        yield finding(code="unknown-phase", message=message, mend=f"name one of {known}")


def _circles(index: Index) -> Mapping[str, tuple[Finding, ...]]:
    """Returns the circles that run through several loops, at the loop where each begins."""
    paths = {loop.id: path for path, loop in index.items()}
    found: dict[str, tuple[Finding, ...]] = {}
    for chain in index.cycles():
        ids = {_loop_of(name, paths) for name in chain}
        if len(ids) < 2:
            continue
        message = "loops wait for one another: " + " -> ".join(chain)
        for id in sorted(ids & paths.keys()):
            place = index[paths[id]].status_place or START
            mend = "take one of these gates away"
            finding = Finding(place.line, "loop-cycle", message, place.column, mend=mend)
            found[paths[id]] = (*found.get(paths[id], ()), finding)
    return found


def _loop_of(name: str, paths: Mapping[str, str]) -> str:
    return name if name in paths else name.split(" ")[0]


def _without_receipt(loop: Loop, receipts: Collection[tuple[str, str]]) -> Iterator[Finding]:
    for phase in loop.phases:
        if phase.status is PhaseStatus.DONE and (loop.id, phase.id) not in receipts:
            message = f"{phase.id} is done, and no receipt says how"
            mend = f"loop verify {loop.id} --record"
            place = phase.place
            yield Finding(place.line, "no-receipt", message, place.column, "info", mend)
