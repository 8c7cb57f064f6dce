"""The scene of the crash: a workspace, a host with a counter, and one advance of its loop.

Every change appends its name to a file on the host, so a change that ran twice stands there
twice. Nothing else remembers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from effects.sshd import Sshd, running

from loopkit.effects.approvals import record_mark
from loopkit.effects.execute import run_phase
from loopkit.effects.journal import applied, begin, pending, recover
from loopkit.effects.lock import lock
from loopkit.effects.receipt import Kind, Receipt
from loopkit.effects.receipts import receipts
from loopkit.effects.runbooks import load
from loopkit.effects.settings import Settings
from loopkit.effects.workspace import Workspace
from loopkit.loop.model import Loop, LoopStatus, Phase, PhaseOutcome, PhaseStatus, Place, Result

LOOP = "LOOP-COUNTER-20260301"
DOCUMENT = f"loops/{LOOP}.md"
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
        (self.folder / DOCUMENT).write_text(_TEXT)
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
    def text(self) -> str:
        """Returns the document as it stands."""
        return (self.folder / DOCUMENT).read_text()

    @property
    def done(self) -> tuple[str, ...]:
        """Returns the phases that the document says are done.

        Raises:
            AssertionError: the document is neither an old nor a new one.
        """
        done = tuple(id for id in PHASES if _row(self.text, id).endswith("| done |"))
        assert self.text == written(_TEXT, *done), "the document is torn"
        return done

    def receipts(self) -> tuple[Receipt, ...]:
        """Returns the loop's receipts."""
        return receipts(self.workspace, LOOP)

    def resolve(self) -> None:
        """Says, as a person who looked at the host would, what became of what is unknown."""
        last = self.receipts()[-1]
        record_mark(
            self.workspace,
            LOOP,
            last.phase,
            "pending",
            who="crash",
            reason="the counter says that it did not run",
            kind=Kind.RESOLVE,
        )


def written(text: str, *done: str) -> str:
    """Returns the document with these phases done: what a person would change, and no more."""
    for id in done:
        row = _row(text, id)
        text = text.replace(row, row.replace("| pending |", "| done |"))
    return text


def _row(text: str, id: str) -> str:
    return next(line for line in text.split("\n") if line.startswith(f"| {id} "))


def advance(scene: Scene) -> tuple[PhaseOutcome, ...]:
    """Does what `loop advance --to-the-end` does with this loop: recover, apply, run, write."""
    workspace = scene.workspace
    outcomes: list[PhaseOutcome] = []
    with lock(workspace, LOOP, "crash", timeout=20):
        recover(workspace, LOOP)
        for receipt in pending(workspace, LOOP, _hash(scene.text)):
            _write(scene, receipt.phase)
            applied(workspace, receipt)
        for id in PHASES:
            if id not in scene.done:
                outcomes.append(_run(scene, id))
                if outcomes[-1].result not in DONE:
                    break
    return tuple(outcomes)


def _run(scene: Scene, id: str) -> PhaseOutcome:
    workspace, registry = scene.workspace, load(scene.folder / "runbooks")
    before, after = scene.text, written(scene.text, id)
    bound = registry.phase_for(LOOP, id)
    assert bound is not None
    loop, earlier = _loop(), receipts(workspace, LOOP)
    run = begin(workspace, LOOP, id, who="crash", path=DOCUMENT, document=_hash(before))
    try:
        phase = loop.phases[PHASES.index(id)]
        outcome = run_phase(
            workspace, loop, phase, None, bound, run, registry=registry, earlier=earlier
        )
        so = outcome.result in DONE
        run.finish(outcome, document_after=_hash(after if so else before))
        if so:
            _write(scene, id)
        run.recorded()
    finally:
        run.close()
    return outcome


def _write(scene: Scene, id: str) -> None:
    before = scene.text
    scene.workspace.write(DOCUMENT, before.encode(), written(before, id).encode())


def _loop() -> Loop:
    place = Place(3)
    phases = tuple(Phase(id, id, PhaseStatus.PENDING, None, (), place) for id in PHASES)
    unsaid = (None,) * 4
    return Loop(LOOP, DOCUMENT, LOOP, LoopStatus.OPEN, "open", place, *unsaid, (), phases)


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
