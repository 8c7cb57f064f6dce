"""Many loops: names resolved, references followed, cycles found; in time linear in their size."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from posixpath import basename
from shlex import quote

from loopkit.errors import AmbiguousLoop, UnknownLoop
from loopkit.loop.cycles import Node, find_cycles
from loopkit.loop.model import (
    Gate,
    InOrder,
    Loop,
    LoopClosed,
    LoopReached,
    Phase,
    PhaseDone,
    PhaseStatus,
)
from loopkit.loop.snapshot import Snapshot

# `-20260208`, `-2026-02-16`, and ids that carry their date twice.
_DATE = re.compile(r"(-\d{4}-?\d{2}-?\d{2})+$")


class Index(Mapping[str, Loop]):
    """Loops by path, as they were read, that can also be found by name."""

    def __init__(self, loops: Mapping[str, Loop]) -> None:
        self._loops = loops
        self._orders: dict[str, Order] = {}

    def __getitem__(self, path: str) -> Loop:
        return self._loops[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._loops)

    def __len__(self) -> int:
        return len(self._loops)

    def resolve(self, name: str) -> Loop:
        """Returns the loop that a person means: by id, id without its date, or any unique part.

        Raises:
            UnknownLoop: no loop has this name.
            AmbiguousLoop: several have it, or several documents have one id.
        """
        wanted = name.casefold()
        found = self._named(wanted) or self._containing(wanted)
        if not found:
            raise self._unknown(name)
        return _only(name, found)

    def cited(self, name: str) -> tuple[Loop, ...]:
        """Returns every loop that a document may mean by `name`; one is a sound reference.

        A document cites an id, an id without its date, or the beginning of one.
        """
        wanted = name.casefold()
        return self._named(wanted) or self._beginning(wanted)

    def cycles(self) -> tuple[tuple[str, ...], ...]:
        """Returns each circle of phases and loops that wait for one another, first name last again.

        A phase is named `LOOP-X P1`, a loop that has to close `LOOP-X`.
        """
        found = find_cycles(self._waits)
        return tuple(sorted(tuple(self._label(node) for node in chain) for chain in found))

    def phases(self, loop: Loop) -> Mapping[str, tuple[Phase, ...]]:
        """Returns a loop's phases by id in lower case; one id may stand several times."""
        return self.order(loop).by_id

    def order(self, loop: Loop) -> Order:
        """Returns a loop's phases in their order, read once."""
        order = self._orders.get(loop.path)
        if order is None or order.phases is not loop.phases:
            order = self._orders[loop.path] = Order(loop.phases)
        return order

    def _named(self, wanted: str) -> tuple[Loop, ...]:
        return tuple(self._by_id.get(wanted) or self._by_stem.get(wanted) or ())

    def _containing(self, wanted: str) -> tuple[Loop, ...]:
        if not wanted:
            return ()
        return tuple(x for id, same in self._by_id.items() if wanted in id for x in same)

    def _beginning(self, wanted: str) -> tuple[Loop, ...]:
        found: list[Loop] = []
        at = bisect_left(self._ids, wanted)
        while wanted and at < len(self._ids) and self._ids[at].startswith(wanted):
            found += self._by_id[self._ids[at]]
            at += 1
        return tuple(found)

    def _unknown(self, name: str) -> UnknownLoop:
        near = get_close_matches(name.casefold(), self._ids, n=1, cutoff=0.5)
        ids = sorted(loop.id for loop in self._loops.values())
        what = f"no loop is called {name!r}"
        more = f" and {len(ids) - 5} more" if len(ids) > 5 else ""
        why = f"the loops here are {', '.join(ids[:5])}{more}" if ids else "there are no loops here"
        meant = self._by_id[near[0]][0].id if near else ""
        return UnknownLoop(what, why=why, help=f"loop show {meant}" if meant else "loop list")

    @cached_property
    def _by_id(self) -> dict[str, list[Loop]]:
        found: dict[str, list[Loop]] = defaultdict(list)
        for loop in self._loops.values():
            found[loop.id.casefold()].append(loop)
        return dict(found)

    @cached_property
    def _by_stem(self) -> dict[str, list[Loop]]:
        found: dict[str, list[Loop]] = defaultdict(list)
        for id, loops in self._by_id.items():
            found[without_date(id)] += loops
        return dict(found)

    @cached_property
    def _ids(self) -> list[str]:
        return sorted(self._by_id)

    @cached_property
    def _waits(self) -> dict[Node, list[Node]]:
        """Returns what each phase, and the closing of each loop, waits for."""
        waits: dict[Node, list[Node]] = {}
        for loop in self._loops.values():
            phases = self.phases(loop)
            waits[loop.path, ""] = [(loop.path, id) for id in phases]
            for id, same in phases.items():
                gates = (*loop.header_gates, *(g for phase in same for g in all_gates(phase)))
                waits[loop.path, id] = [t for gate in gates for t in self._targets(loop, gate)]
        return waits

    def _targets(self, loop: Loop, gate: Gate) -> tuple[Node, ...]:
        match gate:
            # What one of several can open, or what nobody states, is no circle.
            case PhaseDone(phase=id):
                return self._phase_node(loop, id)
            case LoopClosed() if other := self._cited_once(gate.loop):
                return ((other.path, ""),)
            case LoopReached() if other := self._cited_once(gate.loop):
                return self._phase_node(other, gate.phase)
            case _:
                return ()

    def _phase_node(self, loop: Loop, id: str) -> tuple[Node, ...]:
        known = id.casefold() in self.phases(loop)
        return ((loop.path, id.casefold()),) if known else ()

    def _cited_once(self, name: str) -> Loop | None:
        others = self.cited(name)
        return others[0] if len(others) == 1 else None

    def _label(self, node: Node) -> str:
        loop = self._loops[node[0]]
        return f"{loop.id} {self.phases(loop)[node[1]][0].id}" if node[1] else loop.id


def index_of(snapshot: Snapshot) -> Index:
    """Returns the loops that a snapshot holds, so that they can be found by name."""
    return snapshot.loops if isinstance(snapshot.loops, Index) else Index(snapshot.loops)


def cited_loops(loop: Loop) -> tuple[str, ...]:
    """Returns the names by which a loop's header and gates cite other loops."""
    gates = (*loop.header_gates, *(gate for phase in loop.phases for gate in all_gates(phase)))
    cited = (gate.loop for gate in gates if isinstance(gate, LoopClosed | LoopReached))
    return tuple(dict.fromkeys(cited))


def without_date(id: str) -> str:
    """Returns an id with its date left out."""
    return _DATE.sub("", id)


def all_gates(phase: Phase) -> tuple[Gate, ...]:
    """Returns the gates of a phase, then those of each of its items."""
    return (*phase.gates, *(gate for item in phase.items for gate in item.gates))


def _only(name: str, found: tuple[Loop, ...]) -> Loop:
    if len(found) == 1:
        return found[0]
    same_id = len({loop.id.casefold() for loop in found}) == 1
    candidates = tuple(sorted(loop.path if same_id else loop.id for loop in found))
    what = (
        f"{len(found)} documents have the id {found[0].id}"
        if same_id
        else f"{name!r} is part of {len(found)} ids"
    )
    raise AmbiguousLoop(what, candidates=candidates, help=f"loop show {candidates[0]}")


# ── Another loop, as a document cites it ─────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Found:
    """A loop, or None and why; `where` is the file that was looked at."""

    loop: Loop | None
    seen: str = ""
    reason: str = ""
    help: str = ""
    where: str = ""


def find_loop(name: str, index: Index, unreadable: Mapping[str, str]) -> Found:
    """Returns the loop that a document cites by `name`.

    A document that cannot be read and may be the one that is meant leaves it unknown, unless the
    whole id, or the id without its date, is that of another.
    """
    found = index.cited(name)
    hidden = next((path for path in unreadable if _may_be(path, name)), "")
    if len({loop.id.casefold() for loop in found}) > 1 or len(found) > 1:
        return _several(name, found)
    if found and (not hidden or _is_named(found[0], name)):
        return Found(found[0])
    if hidden:
        reason = f"{hidden} cannot be read: {unreadable[hidden]}"
        return Found(None, "unreadable", reason, f"loop check {quote(hidden)}", f"{hidden}:1")
    return Found(None, "nothing", f"no loop is called {name}", "loop list")


def _several(name: str, found: tuple[Loop, ...]) -> Found:
    candidates = ", ".join(sorted(f"{loop.id} ({loop.path})" for loop in found))
    return Found(
        None,
        f"{len(found)} loops",
        f"{name} could be {candidates}",
        f"loop check {quote(found[0].path)}",
        f"{found[0].path}:1",
    )


def _is_named(loop: Loop, name: str) -> bool:
    return name.casefold() in (loop.id.casefold(), without_date(loop.id).casefold())


def _may_be(path: str, name: str) -> bool:
    return basename(path).casefold().startswith(name.casefold())


# ── The phases of one loop, in the order of its document ─────────────────────


@dataclass(frozen=True)
class Order:
    """Phases in order; a question about one of them does not walk through all the others."""

    phases: tuple[Phase, ...]

    def at(self, phase: Phase) -> int:
        """Returns where a phase stands; the first of its id when it is a copy of one."""
        if id(phase) in self._positions:
            return self._positions[id(phase)]
        return self._positions[id(self.by_id[phase.id.casefold()][0])]

    def of_status_from(self, status: PhaseStatus, at: int) -> Iterator[Phase]:
        """Yields the phases of a status, from a place in the document on."""
        places = self._of_status.get(status, [])
        return (self.phases[n] for n in places[bisect_left(places, at) :])

    def of_status_before(self, status: PhaseStatus, at: int) -> tuple[Phase, ...]:
        """Returns the phases of a status that stand before a place in the document."""
        places = self._of_status.get(status, [])
        return tuple(self.phases[n] for n in places[: bisect_left(places, at)])

    def implied(self, phase: Phase) -> tuple[InOrder, ...]:
        """Returns the gate that the order implies for a phase; the first waits for nothing.

        Its words name the phase right before, so that they stay the same while work goes on, and
        a person's approval of them holds.
        """
        at = self.at(phase)
        if at == 0:
            return ()
        before = self.phases[at - 1].id
        return (InOrder(before, f"after {before}, as the document has it", phase.place),)

    @cached_property
    def by_id(self) -> dict[str, tuple[Phase, ...]]:
        """Returns the phases by id in lower case; one id may stand several times."""
        found: dict[str, list[Phase]] = defaultdict(list)
        for phase in self.phases:
            found[phase.id.casefold()].append(phase)
        return {id: tuple(same) for id, same in found.items()}

    @cached_property
    def first_unsettled(self) -> int:
        """Returns where the first phase that is not settled stands, else where they end."""
        unsettled = (n for n, p in enumerate(self.phases) if not p.status.is_settled)
        return next(unsettled, len(self.phases))

    @cached_property
    def _positions(self) -> dict[int, int]:
        return {id(phase): n for n, phase in enumerate(self.phases)}

    @cached_property
    def _of_status(self) -> dict[PhaseStatus, list[int]]:
        found: dict[PhaseStatus, list[int]] = defaultdict(list)
        for n, phase in enumerate(self.phases):
            found[phase.status].append(n)
        return dict(found)
