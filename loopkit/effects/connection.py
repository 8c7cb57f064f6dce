"""The hosts of one run, as looks and changes see them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, Protocol

from loopkit.effects.receipt import Output
from loopkit.runbook import Files, Host


class Recorder(Protocol):
    """Where each command is written down; `effects.journal.Run` is one."""

    def intent(self, host: str, argv: Sequence[str], *, changing: bool) -> int:
        """Records a command about to be sent; a change is on the disk when this returns.

        It is called with the channel open, so that what fails before it was certainly not sent.
        """
        ...

    def replied(
        self, number: int, exited: int, stdout: Output, stderr: Output, seconds: float
    ) -> None:
        """Records its end; a command that is lost, killed or late gets no such record."""
        ...


class Mode(StrEnum):
    """What may be sent now."""

    LOOK = "look"
    CHANGE = "change"


class Hosts:
    """The hosts of one run: a connection each, opened when first used, all closed at the end.

    with Hosts(…) as hosts:
        step.look(hosts["pve"])
        with hosts.changing():
            step.change(hosts["pve"])

    One thread at a time; what runs side by side has a Hosts of its own.
    """

    mode: Mode = Mode.LOOK

    def __init__(
        self,
        workspace: Any,
        *,
        recorder: Recorder | None = None,
        baseline: Callable[[str], Any] = lambda key: None,
        files: Files | None = None,
        read_only: bool = False,
        declared: frozenset[tuple[str, ...]] = frozenset(),
    ) -> None:
        raise NotImplementedError

    def __getitem__(self, name: str) -> Host:
        """Returns a host of the inventory, or the controller for `local`; opens nothing yet."""
        raise NotImplementedError

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Lets changes be sent; refused (NotReadOnly) in a read-only run."""
        raise NotImplementedError
        yield

    def close(self) -> None:
        """Closes every connection."""
        raise NotImplementedError
