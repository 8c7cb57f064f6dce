"""Everything that gates are decided on: other loops, receipts, approvals, git and the clock.

Receipts and git are asked only when a gate asks for what they know: most loops have no gate that
does, and a list of hundreds must not start git for each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import overload

from loopkit.effects.evidence.approvals import approvals
from loopkit.effects.evidence.receipt import Kind, Receipt
from loopkit.effects.evidence.store import folder, read_receipts
from loopkit.effects.git import changed_at
from loopkit.effects.workspace import Workspace
from loopkit.errors import AmbiguousLoop, DocumentError, UnknownLoop
from loopkit.loop.index import Index, cited_loops
from loopkit.loop.model import Loop, PhaseStatus
from loopkit.loop.snapshot import Approval, Snapshot, When


def gather(workspace: Workspace, loop: Loop | None = None) -> Snapshot:
    """Returns what the gates of one loop are decided on, or, without it, those of all loops.

    For one loop only the documents that it may cite are read; it may stand elsewhere itself. The
    time is shown in the zone that the settings name.
    """
    names = None if loop is None else (loop.id, *cited_loops(loop))
    files, unreadable = workspace.read_all(names)
    own = {loop.path: loop} if loop is not None else {}
    index = Index({path: file.loop for path, file in files.items()} | own)
    history = History(workspace, index)
    return Snapshot(
        now=workspace.now().astimezone(workspace.settings.zone),
        loops=index,
        unreadable=unreadable,
        finished=Finished(history),
        approvals=Approvals(workspace, index),
        lab_only=LabOnly(history),
        damaged=Damaged(history),
        any_order=workspace.settings.any_order,
    )


class History:
    """What receipts and git say of each phase, read once."""

    def __init__(self, workspace: Workspace, index: Index) -> None:
        self.workspace = workspace
        self.index = index
        self._receipts: dict[str, tuple[tuple[Receipt, ...], Mapping[str, str]]] = {}
        self._rows: dict[str, Mapping[int, When]] = {}

    def last_word(self, loop: str, phase: str) -> Receipt | None:
        """Returns the receipt that changed a phase's status last; the loop's own for phase "".

        Raises:
            DocumentError: a receipt cannot be read, and may be the one.
        """
        found, damaged = self._of(loop)
        if damaged:
            name, why = next(iter(damaged.items()))
            raise DocumentError(f"receipt {name} cannot be read", why=why)
        same = (r for r in found if r.phase.casefold() == phase.casefold())
        return next((r for r in reversed(list(same)) if _changes_status(r)), None)

    def damaged(self, loop: str) -> Mapping[str, str]:
        """Returns why receipts of a loop cannot be read, by their names."""
        return self._of(loop)[1]

    def row(self, loop: Loop, line: int) -> When:
        """Returns when a line of a loop's document was last changed; git is asked once for all."""
        if loop.path not in self._rows:
            lines = sorted({line, *(p.place.line for p in loop.phases)})
            self._rows[loop.path] = changed_at(self.workspace.resolve(loop.path), lines)
        return self._rows[loop.path][line]

    def _of(self, loop: str) -> tuple[tuple[Receipt, ...], Mapping[str, str]]:
        if loop not in self._receipts:
            self._receipts[loop] = read_receipts(self.workspace, loop)
        return self._receipts[loop]


class Finished(Mapping[tuple[str, str], When]):
    """When each phase was finished, by (loop id, phase id); found out when asked."""

    def __init__(self, history: History) -> None:
        self._history = history

    def __getitem__(self, key: tuple[str, str]) -> When:
        loop_id, phase_id = key
        try:
            loop = self._history.index.resolve(loop_id)
            last = self._history.last_word(loop_id, phase_id)
        except UnknownLoop:
            raise KeyError(key) from None
        except (AmbiguousLoop, DocumentError) as error:
            return When(None, f"{error.what}: {error.why}")
        if last is not None and is_done(last) and bool(last.lab) != self._in_lab:
            return When(None, f"run {last.run_id} {_elsewhere(last)}")
        if last is not None and is_done(last):
            return When(last.ended, f"receipt {last.run_id}")
        phase = loop.phase(phase_id)
        if phase is None:
            raise KeyError(key)
        return self._history.row(loop, phase.place.line)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        loops = self._history.index.values()
        return ((loop.id, phase.id) for loop in loops for phase in loop.phases)

    def __len__(self) -> int:
        return sum(len(loop.phases) for loop in self._history.index.values())

    @property
    def _in_lab(self) -> bool:
        return bool(self._history.workspace.lab_kind)


class LabOnly:
    """What a lab alone has shown to be done, by (loop id, phase id); nothing is, within a lab."""

    def __init__(self, history: History) -> None:
        self._history = history

    def __contains__(self, key: object) -> bool:
        if not isinstance(key, tuple) or self._history.workspace.lab_kind:
            return False
        try:
            last = self._history.last_word(*key)
        except DocumentError:
            return False  # what cannot be read is in `damaged`
        return last is not None and bool(last.lab) and (is_done(last) or is_closing(last))


class Damaged(Mapping[str, str]):
    """Why a receipt of a loop cannot be read, by loop id; found out when asked."""

    def __init__(self, history: History) -> None:
        self._history = history

    def __getitem__(self, loop_id: str) -> str:
        name, why = next(iter(self._history.damaged(loop_id).items()), ("", ""))
        if not name:
            raise KeyError(loop_id)
        return f"receipt {name} cannot be read: {why}"

    def __iter__(self) -> Iterator[str]:
        ids = {loop.id for loop in self._history.index.values()}
        return (id for id in sorted(ids) if self._history.damaged(id))

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Approvals(Sequence[Approval]):
    """Every answer to a manual gate that holds now, read when a manual gate asks."""

    def __init__(self, workspace: Workspace, index: Index) -> None:
        self._workspace = workspace
        self._index = index

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
        ids = {loop.id for loop in self._index.values()}
        return tuple(a for id in sorted(ids) for a in self._of(id))

    def _of(self, loop_id: str) -> tuple[Approval, ...]:
        if not folder(self._workspace, loop_id).is_dir():
            return ()
        try:
            return approvals(self._workspace, loop_id)
        except DocumentError:
            return ()  # with a receipt that cannot be read nothing counts as approved


def is_done(receipt: Receipt) -> bool:
    """Returns whether a receipt says that its phase is done."""
    if receipt.kind is Kind.RUN:
        return receipt.is_good
    return receipt.status == PhaseStatus.DONE


def is_closing(receipt: Receipt) -> bool:
    """Returns whether a receipt says that its loop is closed."""
    return not receipt.phase and receipt.status == "closed"


def _changes_status(receipt: Receipt) -> bool:
    return receipt.kind not in (Kind.VERIFY, Kind.APPROVAL)


def _elsewhere(receipt: Receipt) -> str:
    return f"finished it in a lab ({receipt.lab}) only" if receipt.lab else "was on real hosts"
