"""The loops of a workspace, for programs: each method is a command, and answers with its result.

Nothing is printed and nothing exits; what is wrong is raised as a LoopkitError.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType

from loopkit.commands.advance import AdvanceRequest, advance
from loopkit.commands.approve import DecideRequest, decide
from loopkit.commands.attest import AttestRequest, attest
from loopkit.commands.by_hand import (
    MarkRequest,
    ReopenRequest,
    ResolveRequest,
    SkipRequest,
    mark,
    reopen,
    resolve,
    skip,
)
from loopkit.commands.close import CloseRequest, close
from loopkit.commands.inspect.cap import (
    CapabilityListRequest,
    CapabilityRequest,
    list_capabilities,
    run_capability,
)
from loopkit.commands.inspect.check import CheckRequest, check
from loopkit.commands.inspect.list import ListRequest, list_loops
from loopkit.commands.inspect.log import LogRequest, log
from loopkit.commands.inspect.show import ShowRequest, show_loop
from loopkit.commands.inspect.why import WhyRequest, explain
from loopkit.commands.mend.apply import ApplyRequest, apply
from loopkit.commands.mend.unlock import UnlockRequest, unlock
from loopkit.commands.plan import PlanRequest, plan_loop
from loopkit.commands.results import (
    Advanced,
    CapabilityList,
    CapabilityRun,
    Checked,
    Explained,
    Listing,
    Logged,
    Message,
    Planned,
    Shown,
    Verified,
    Written,
)
from loopkit.commands.session import Actor, Ask, Session, Tell
from loopkit.commands.verify import VerifyRequest, verify
from loopkit.effects.run.events import quiet
from loopkit.effects.workspace import Workspace, find_workspace


def open(
    folder: str | Path = ".",
    *,
    who: str = "",
    lock_timeout: float = 0.0,
    ask: Ask | None = None,
    tell: Tell = quiet,
) -> Loops:
    """Opens the workspace that a folder lies in.

    `who` is recorded as who acts, git's user.name without it; `lock_timeout` is in seconds. `ask`
    is called with a question before a phase that changes hosts, unless a call says yes; `tell`
    with each event while a phase runs.

    Raises:
        SettingsError: no folder upward is a workspace, or its settings are wrong.
    """
    return Loops(find_workspace(Path(folder)), Actor(who, lock_timeout, ask, tell))


class Loops:
    """The loops of one workspace; each call sees the world as it is then.

    A loop is named by a unique part of its id, or by the path of its document.
    """

    def __init__(self, workspace: Workspace, actor: Actor) -> None:
        self._workspace = workspace
        self._actor = actor

    def __enter__(self) -> Loops:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Lets go of the documents that were read."""
        self._workspace.forget()

    # ── Reading ──────────────────────────────────────────────────────────

    def list(self, state: str | None = None, *, open_only: bool = False) -> Listing:
        """Returns one row a loop: all, those of one state, or only those that are open."""
        return list_loops(self._session(), ListRequest(state, open_only))

    def show(self, loop: str, phase: str | None = None) -> Shown:
        """Returns a loop as it was read, or one phase of it."""
        return show_loop(self._session(), ShowRequest(loop, phase))

    def why(self, loop: str, phase: str | None = None) -> Explained:
        """Returns every gate with its answer, what was seen, and what opens it."""
        return explain(self._session(), WhyRequest(loop, phase))

    def plan(self, loop: str, *, probe: bool = False) -> Planned:
        """Returns what `advance` would do; with `probe` read-only connections are opened."""
        return plan_loop(self._session(), PlanRequest(loop, probe))

    def log(self, loop: str) -> Logged:
        """Returns every run: who, when, outcome, evidence."""
        return log(self._session(), LogRequest(loop))

    def check(
        self,
        paths: Sequence[str] = (),
        *,
        fix: bool = False,
        evidence: bool = False,
        explain: bool = False,
    ) -> Checked:
        """Returns the contradictions in documents, and, with `evidence`, in receipts.

        With `explain` one document comes line by line, with who owns each.
        """
        return check(self._session(), CheckRequest(paths, fix, evidence, explain))

    def capabilities(self) -> CapabilityList:
        """Returns the read-only capabilities that the runbooks offer."""
        return list_capabilities(self._session(), CapabilityListRequest())

    def capability(self, name: str, *, nagios: bool = False) -> CapabilityRun:
        """Runs a capability; with `nagios` the exit code is that of a monitoring plugin."""
        return run_capability(self._session(), CapabilityRequest(name, nagios))

    # ── Running ──────────────────────────────────────────────────────────

    def advance(
        self,
        loop: str,
        *,
        phase: str | None = None,
        item: str | None = None,
        host: str | None = None,
        to_the_end: bool = False,
        yes: bool = False,
        commit: bool = False,
    ) -> Advanced:
        """Runs the phases that are ready, and writes their outcome into the document.

        Raises:
            Locked: someone else is at work on this loop.
            Refused: the phase or item that was asked for may not run now.
            DocumentChanged: a person changed the very cell that a run wanted to write; the
                outcome is kept in its receipt.
        """
        request = AdvanceRequest(loop, phase, item, host, to_the_end, yes, commit)
        return advance(self._session(), request)

    def verify(self, loop: str, *, record: bool = False) -> Verified:
        """Checks success criteria and done phases again, read-only."""
        return verify(self._session(), VerifyRequest(loop, record))

    # ── Deciding ─────────────────────────────────────────────────────────

    def approve(
        self,
        loop: str,
        phase: str,
        *,
        reason: str,
        item: str | None = None,
        gate: str = "",
        plan: str = "",
        until: datetime | str | None = None,
        commit: bool = False,
    ) -> Written:
        """Opens a manual gate, or, with the hash of a plan, allows just that plan once.

        Raises:
            Refused: the phase has no such gate, or its plan is another one now.
        """
        request = DecideRequest(loop, phase, True, reason, item, gate, plan, until, commit)
        return decide(self._session(), request)

    def reject(
        self,
        loop: str,
        phase: str,
        *,
        reason: str,
        item: str | None = None,
        gate: str = "",
        plan: str = "",
        until: datetime | str | None = None,
        commit: bool = False,
    ) -> Written:
        """Shuts a manual gate, or forbids a plan.

        Raises:
            Refused: the phase has no such gate, or its plan is another one now.
        """
        request = DecideRequest(loop, phase, False, reason, item, gate, plan, until, commit)
        return decide(self._session(), request)

    def attest(self, loop: str, criterion: str, *, reason: str, commit: bool = False) -> Written:
        """Vouches for a criterion that no check can judge, by its text as it stands now.

        Raises:
            Refused: the loop has no such criterion, or a check answers it.
        """
        return attest(self._session(), AttestRequest(loop, criterion, reason, commit))

    def close(
        self, loop: str, *, waive: Sequence[str] = (), reason: str = "", commit: bool = False
    ) -> Written | Verified:
        """Closes a loop; returns the verdicts instead when a criterion is not met.

        Raises:
            Refused: a phase is still open, or the loop is closed already.
        """
        return close(self._session(), CloseRequest(loop, waive, reason, commit))

    # ── By hand ──────────────────────────────────────────────────────────

    def mark(
        self,
        loop: str,
        phase: str | None,
        status: str,
        *,
        item: str | None = None,
        note: str = "",
        at: datetime | str | None = None,
        commit: bool = False,
    ) -> Written:
        """States a status by hand, of the loop itself where the phase is None."""
        request = MarkRequest(loop, phase, status, item, note, at, commit)
        return mark(self._session(), request)

    def skip(self, loop: str, phase: str, *, reason: str, commit: bool = False) -> Written:
        """Leaves a phase out."""
        return skip(self._session(), SkipRequest(loop, phase, reason, commit))

    def reopen(
        self, loop: str, phase: str | None = None, *, reason: str, commit: bool = False
    ) -> Written:
        """Takes a phase, or a closed loop, up again."""
        return reopen(self._session(), ReopenRequest(loop, phase, reason, commit))

    def resolve(
        self,
        loop: str,
        phase: str,
        resolution: str,
        *,
        reason: str,
        item: str | None = None,
        commit: bool = False,
    ) -> Written:
        """Says what an unknown outcome came to: `done`, `failed` or `not-run`."""
        request = ResolveRequest(loop, phase, resolution, reason, item, commit)
        return resolve(self._session(), request)

    # ── Putting things right ─────────────────────────────────────────────

    def apply(self, receipt: str, *, commit: bool = False) -> Written:
        """Writes into the document what a receipt says, when that could not be done then."""
        return apply(self._session(), ApplyRequest(receipt, commit))

    def unlock(self, loop: str) -> Message:
        """Takes a lock away whose holder is gone; one that is not is asked about first."""
        return unlock(self._session(), UnlockRequest(loop))

    def _session(self) -> Session:
        """Returns a new session: one command, one look at the world."""
        return Session(self._workspace, self._actor)
