"""The scene of the crash: a workspace, a host with a counter, and one advance of its loop.

Every change appends its name to a file on the host, so a change that ran twice stands there
twice. Nothing else remembers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from loopkit.commands.advance import AdvanceRequest, advance
from loopkit.commands.by_hand import ResolveRequest, resolve
from loopkit.commands.session import Actor, Session
from loopkit.effects.evidence.histories import Histories
from loopkit.effects.evidence.receipt import Receipt
from loopkit.effects.settings import Settings
from loopkit.effects.workspace import Workspace
from loopkit.loop.model import PhaseStatus
from loopkit.loop.outcome import PhaseOutcome, Result
from tests.effects.sshd import Sshd, running

OPERATOR = Actor("crash", lock_timeout=30)
LOOP = "LOOP-COUNTER-20260301"
PHASES = ("P1", "P2", "P3")
STEPS = ("a", "b", "c", "d", "e", "job")
DONE = (Result.OK, Result.CHANGED)

_TEXT = f"""\
# {LOOP}

> **Status:** open

## Phases

| Phase | Scope | Dependency | Status |
|-------|-------|------------|--------|
| P1 | Count a, b and c | None | pending |
| P2 | Count d and e | P1 | pending |
| P3 | Count at length | P2 | pending |
"""

_RUNBOOK = '''\
"""Counts: every change appends its name once."""

from loopkit.runbook import Job, Seen, Step, phase

LOOP = "LOOP-COUNTER"


def counted(name):
    def look(c):
        lines = c.read("cat", c.facts["counter"], ok=(0, 1)).lines
        return Seen(name in lines, f"{len(lines)} counted")

    return look


def count(name):
    def change(c):
        c.change("tee", "-a", c.facts["counter"], stdin=f"{name}\\n".encode())

    return change


def step(name):
    return Step(f"count {name}", counted(name), count(name))


@phase(LOOP, "P1", host="pve")
def first(c):
    return [step("a"), step("b"), step("c")]


@phase(LOOP, "P2", host="pve")
def second(c):
    return [step("d"), step("e")]


@phase(LOOP, "P3", host="pve")
def third(c):
    argv = ("sh", "-c", 'echo job >>"$1"', "x", c.facts["counter"])
    return [Job("count job", counted("job"), argv)]
'''


# A job stands below the folder that a login begins in; here that is the scene's own.
AT_HOME = 'ForceCommand cd "$(cat {home})" && eval "$SSH_ORIGINAL_COMMAND"'


@contextmanager
def server_at_home(folder: Path) -> Iterator[Sshd]:
    """Runs a server whose logins begin in the host folder of the scene that was built last."""
    with running(folder, AT_HOME.format(home=folder / "login")) as server:
        yield server


@dataclass(frozen=True)
class Scene:
    """One workspace and its host's counter, in a folder of their own."""

    folder: Path
    server: Sshd

    def build(self) -> Scene:
        """Writes everything that the loop needs, and returns itself."""
        for name in ("loops", "runbooks", "host"):
            (self.folder / name).mkdir(parents=True)
        (self.server.folder / "login").write_text(str(self.folder / "host"))
        (self.folder / "loops" / f"{LOOP}.md").write_text(_TEXT)
        (self.folder / "runbooks" / "counter.py").write_text(_RUNBOOK)
        (self.folder / "hosts.yaml").write_text(
            f"hosts:\n  pve: {{counter: {self.folder / 'host' / 'counter'}}}\n"
        )
        (self.folder / "known_hosts").write_text(
            f"[127.0.0.1]:{self.server.port} {self.server.public_key}\n"
        )
        (self.folder / "ssh_config").write_text(
            f"Host pve\n  HostName 127.0.0.1\n  Port {self.server.port}\n  User root\n"
            f"  IdentityFile {self.server.folder / 'id'}\n  IdentitiesOnly yes\n"
        )
        return self

    @property
    def workspace(self) -> Workspace:
        """Returns the workspace, with settings that name no file outside of it."""
        here = self.folder
        settings = Settings(
            root=here,
            loops=here / "loops",
            runbooks=here / "runbooks",
            receipts=here / "loops" / "receipts",
            hosts=here / "hosts.yaml",
            ssh_config=here / "ssh_config",
            known_hosts=(here / "known_hosts",),
        )
        return Workspace(settings, here)

    @property
    def counted(self) -> Counter[str]:
        """Returns how often each change ran on the host."""
        try:
            return Counter((self.folder / "host" / "counter").read_text().split())
        except FileNotFoundError:
            return Counter()

    @property
    def said(self) -> str:
        """Returns what the last advance that ended came to."""
        path = self.folder / "outcome"
        return path.read_text() if path.exists() else "it said nothing"

    @property
    def done(self) -> tuple[str, ...]:
        """Returns the phases that the document says are done.

        Raises:
            AssertionError: the document is torn: it does not read as the loop that it is.
        """
        loop = self.workspace.load(LOOP).loop
        assert tuple(phase.id for phase in loop.phases) == PHASES, "the document is torn"
        assert not [f for f in loop.findings if f.severity == "error"], loop.findings
        return tuple(p.id for p in loop.phases if p.status is PhaseStatus.DONE)

    def receipts(self) -> tuple[Receipt, ...]:
        """Returns the loop's receipts."""
        return Histories(self.workspace).of(LOOP).receipts

    def advance(self) -> tuple[PhaseOutcome, ...]:
        """Does what `loop advance --to-the-end -y` does."""
        request = AdvanceRequest(LOOP, to_the_end=True, yes=True)
        ran = advance(Session(self.workspace, OPERATOR), request).ran
        return tuple(phase.outcome for phase in ran)

    def resolve(self, phase: str) -> None:
        """Says, as a person who looked at the host would, that what is unknown did not run."""
        reason = "the counter says that it did not run"
        request = ResolveRequest(LOOP, phase, "not-run", reason)
        resolve(Session(self.workspace, OPERATOR), request)
