"""Everything that gates are decided on: other loops, receipts, approvals, git and the clock.

Receipts and git are asked only when a gate asks for what they know: most loops have no gate that
does, and a list of hundreds must not start git for each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar, overload

from loopkit.effects.evidence.approvals import approvals
from loopkit.effects.evidence.histories import Histories
from loopkit.effects.evidence.receipt import Receipt
from loopkit.effects.git import changed_at
from loopkit.effects.workspace import Workspace
from loopkit.errors import AmbiguousLoop, UnknownLoop
from loopkit.loop.index import Index, cited_loops
from loopkit.loop.model import Loop, Phase
from loopkit.loop.outcome import target_name
from loopkit.loop.snapshot import Approval, Snapshot, When

Said = TypeVar("Said")


def gather(
    workspace: Workspace, loop: Loop | None = None, histories: Histories | None = None
) -> Snapshot:
    """Returns what the gates of one loop are decided on, or, without it, those of all loops.

    For one loop only the documents that it may cite are read; it may stand elsewhere itself. The
    time is shown in the zone that the settings name. Receipts that `histories` has read are not
    read again.
    """
    names = None if loop is None else (loop.id, *cited_loops(loop))
    files, unreadable = workspace.read_all(names)
    own = {loop.path: loop} if loop is not None else {}
    index = Index({path: file.loop for path, file in files.items()} | own)
    known = histories or Histories(workspace)
    return Snapshot(
        now=workspace.now().astimezone(workspace.settings.zone),
        loops=index,
        unreadable=unreadable,
        finished=Finished(index, known, Rows(workspace)),
        approvals=Approvals(index, known),
        lab_only=LabOnly(index, known),
        damaged=Damaged(index, known),
        any_order=workspace.settings.any_order,
    )


@dataclass(frozen=True)
class Rows:
    """When lines of documents were last changed, by git."""

    workspace: Workspace
    known: dict[str, Mapping[int, When]] = field(default_factory=dict)

    def changed(self, loop: Loop, line: int) -> When:
        """Returns when a line was last changed; git is asked once for all of a document."""
        if loop.path not in self.known:
            lines = sorted({line, *(p.place.line for p in loop.phases)})
            self.known[loop.path] = changed_at(self.workspace.resolve(loop.path), lines)
        return self.known[loop.path][line]


class ByPhase(Mapping[tuple[str, str], Said]):
    """What is said of each phase, by (loop id, phase id); found out when asked."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def __iter__(self) -> Iterator[tuple[str, str]]:
        loops = self._index.values()
        return ((loop.id, phase.id) for loop in loops for phase in loop.phases)

    def __len__(self) -> int:
        return sum(len(loop.phases) for loop in self._index.values())


class Finished(ByPhase[When]):
    """When each phase was finished."""

    def __init__(self, index: Index, histories: Histories, rows: Rows) -> None:
        super().__init__(index)
        self._histories = histories
        self._rows = rows

    def __getitem__(self, key: tuple[str, str]) -> When:
        loop_id, phase_id = key
        try:
            loop = self._index.resolve(loop_id)
        except UnknownLoop:
            raise KeyError(key) from None
        except AmbiguousLoop as error:
            return When(None, f"{error.what}: {error.why}")
        phase = loop.phase(phase_id)
        if phase is None:
            raise KeyError(key)
        return self._finished(loop, phase)

    def _finished(self, loop: Loop, phase: Phase) -> When:
        history = self._histories.as_found(loop.id)
        if history.damaged:
            return When(None, history.damaged[0].claim)
        elsewhere = history.done_elsewhere(phase)
        if elsewhere:
            item, receipt = next(iter(elsewhere.items()))
            return When(None, f"run {receipt.run_id} {_elsewhere(phase, item, receipt)}")
        last = history.last_word(phase)
        if last is not None and last.says_done:
            return When(last.ended, f"receipt {last.run_id}")
        return self._rows.changed(loop, phase.place.line)


class LabOnly(ByPhase[tuple[str, ...]]):
    """What a lab alone has shown to be done, asked on real hosts; nothing is, within a lab."""

    def __init__(self, index: Index, histories: Histories) -> None:
        super().__init__(index)
        self._histories = histories

    def __getitem__(self, key: tuple[str, str]) -> tuple[str, ...]:
        loop_id, phase_id = key
        history = self._histories.as_found(loop_id)
        if history.in_lab or history.damaged:  # what cannot be read is in `Damaged`
            raise KeyError(key)
        if not phase_id and history.closed_elsewhere():
            return ()
        # Two documents may have one id, and two phases of a document too: any of them counts.
        for loop in self._index.cited(loop_id):
            for phase in self._index.phases(loop).get(phase_id.casefold(), ()):
                found = history.done_elsewhere(phase)
                if found:
                    return tuple(item for item in found if item)
        raise KeyError(key)


class Damaged(Mapping[str, str]):
    """Why a receipt of a loop cannot be read, by loop id; found out when asked."""

    def __init__(self, index: Index, histories: Histories) -> None:
        self._index = index
        self._histories = histories

    def __getitem__(self, loop_id: str) -> str:
        damaged = self._histories.as_found(loop_id).damaged
        if not damaged:
            raise KeyError(loop_id)
        return damaged[0].claim

    def __iter__(self) -> Iterator[str]:
        return (id for id in _ids(self._index) if id in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Approvals(Sequence[Approval]):
    """Every answer to a manual gate that holds now, read when a manual gate asks."""

    def __init__(self, index: Index, histories: Histories) -> None:
        self._index = index
        self._histories = histories

    @overload
    def __getitem__(self, at: int) -> Approval: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Approval]: ...
    def __getitem__(self, at: int | slice) -> Approval | Sequence[Approval]:
        return self._all[at]

    def __len__(self) -> int:
        return len(self._all)

    @cached_property
    def _all(self) -> tuple[Approval, ...]:
        now = self._histories.home.now()
        found = map(self._histories.as_found, _ids(self._index))
        # With a receipt that cannot be read nothing counts as approved: it may be a rejection.
        return tuple(a for history in found if not history.damaged for a in approvals(history, now))


def _ids(index: Index) -> list[str]:
    return sorted({loop.id for loop in index.values()})


def _elsewhere(phase: Phase, item: str, receipt: Receipt) -> str:
    if not receipt.lab:
        return "was on real hosts"
    what = target_name(phase.id, item) if item else "it"
    return f"finished {what} in a lab ({receipt.lab}) only"
