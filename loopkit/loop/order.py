"""The phases of one loop in the order of its document, found by id and by what comes next."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from loopkit.loop.model import InOrder, Phase, PhaseStatus


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
