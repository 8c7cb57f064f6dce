"""Every fault against the steps of P1: what the run comes to, and what the next run does.

A row is a fault of pve, a column the moment at which it strikes: before the run; when the change
is due; after it was sent, and before it was made; after it was made, and before the reply; when the
last step looks; when the Non-Goals are read. A cell says what P1 comes to, its exit status, and
which run makes the change: `now`, or the `next` one, on the mended host. Cells are empty where a
fault only concerns new connections, or is to P1 as one above it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from loopkit.commands.advance import AdvanceRequest, advance
from loopkit.commands.results import Advanced
from loopkit.commands.session import Actor, Session
from loopkit.effects.run.events import Event, StepChanging, StepEnded, StepStarted
from loopkit.effects.workspace import Workspace, find_workspace
from loopkit.loop.model import PhaseStatus
from tests.namespace.fixtures import NamespaceLab, stand

LOOP = "LOOP-BACKUP-STABILIZATION"
JOIN = "205 and 206 in the vzdump job"
LEFT_OUT = "no guest that runs is left out unawares"
DEADLINE = 120

TABLE = """
fault             | before         | change         | sent           | lost reply    | left out      | non-goals
link-down         | unknown 4 next | unknown 4 next | unknown 5 next | unknown 5 now | unknown 4 now | unknown 4 now
blackhole         | unknown 4 next |                | unknown 5 next |               |               |
refuse            | unknown 4 next | unknown 4 next |                |               |               |
sshd-hang         | unknown 4 next | changed 0 now  |                |               | changed 0 now |
auth              | unknown 4 next | changed 0 now  |                |               | changed 0 now |
perms             | unknown 4 next | changed 0 now  |                |               |               |
hostkey           | unknown 4 next | changed 0 now  |                |               |               |
sshd-kill-session |                | unknown 4 next | unknown 5 next | unknown 5 now | unknown 4 now |
kill-shell        |                |                | unknown 5 next | unknown 5 now |               |
loss              | changed 0 now  |                |                |               |               |
slow              | changed 0 now  |                |                |               |               |
noisy-rc          | changed 0 now  |                |                |               |               |
banner            | changed 0 now  |                |                |               |               |
evil-files        | changed 0 now  |                |                |               |               |
disk-full         | refused 1 next |                |                |               |               |
read-only         | failed 1 next  |                |                |               |               |
clock             | refused 1 next |                |                |               |               |
tz                | failed 1 next  |                |                |               |               |
"""  # noqa: E501


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the table."""

    fault: str
    moment: str
    result: str
    exit_code: int
    made_by: str


def cells(table: str) -> Iterator[Cell]:
    """Yields the cells that say something."""
    head, *rows = [[c.strip() for c in line.split("|")] for line in table.strip().splitlines()]
    for fault, *row in rows:
        for moment, cell in zip(head[1:], row, strict=True):
            if cell:
                result, exit_code, made_by = cell.split()
                yield Cell(fault, moment, result, int(exit_code), made_by)


# A pvesh that counts what it sets, and stops at a pipe before it does so, or after.
COUNTING = """\
#!/bin/sh
[ "$1" != set ] || [ ! -p /tmp/sent ] || { echo > /tmp/sent; sleep 300; }
PYTHONPATH=/usr/local/lib/labpve /usr/bin/python3 -m pve pvesh "$@" || exit
[ "$1" != set ] || echo "$@" >> /tmp/sets
[ "$1" != set ] || [ ! -p /tmp/made ] || { echo > /tmp/made; sleep 300; }
"""


@dataclass(frozen=True, slots=True)
class Bench:
    """A lab whose loop has P0 done, to be broken again and again."""

    lab: NamespaceLab
    kept: Path

    @classmethod
    def prepare(cls, lab: NamespaceLab, kept: Path) -> Bench:
        """Runs P0 and keeps the workspace as it is then."""
        done = lab.loop("advance", LOOP, "--phase", "P0")
        assert done.returncode == 0, done.stdout + done.stderr
        shutil.copytree(lab.root, kept, ignore=shutil.ignore_patterns(".loopkit"))
        lab.shell("pve", "cp -a /etc/pve/jobs.cfg /lab/jobs.cfg")
        lab.shell("pve", "cat > /usr/local/bin/pvesh", input=COUNTING)
        return cls(lab, kept)

    def reset(self) -> None:
        """Puts everything back to P0 done."""
        self.lab.heal()
        for path in self.lab.root.iterdir():
            if path.name != ".loopkit":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.rmtree(self.lab.root / ".loopkit/runs", ignore_errors=True)
        shutil.copytree(self.kept, self.lab.root, dirs_exist_ok=True)
        self.lab.shell("pve", "cp -a /lab/jobs.cfg /etc/pve; rm -f /tmp/sent /tmp/made /tmp/sets")

    def workspace(self) -> Workspace:
        """Returns the workspace."""
        return find_workspace(self.lab.root)

    def run(self, tell: Callable[[Event], None] = lambda event: None) -> Advanced:
        """Advances P1, and fails when that does not come to an end."""
        request = AdvanceRequest(LOOP, phase="P1", yes=True)
        actor = Actor("an operator", tell=tell)

        def advanced() -> Advanced:
            return advance(Session(self.workspace(), actor), request)

        with ThreadPoolExecutor(1) as thread:
            return thread.submit(self.lab.inside, advanced).result(timeout=DEADLINE)

    def run_into(self, fault: str, moment: str) -> Advanced:
        """Advances P1, with the fault at the moment."""
        if moment == "before":
            self.lab.fault("pve", fault)
            return self.run()
        if moment in ("sent", "lost reply"):
            return self._run_into_change(fault, "/tmp/sent" if moment == "sent" else "/tmp/made")
        struck: list[Event] = []

        def tell(event: Event) -> None:
            if not struck and _is(event, moment):
                struck.append(event)
                self.lab.fault("pve", fault)

        done = self.run(tell)
        assert struck, f"{moment} never came"
        return done

    def _run_into_change(self, fault: str, pipe: str) -> Advanced:
        self.lab.shell("pve", f"mkfifo {pipe}")

        def strike() -> None:
            self.lab.shell("pve", f"cat {pipe}; rm {pipe}", timeout=DEADLINE)
            self.lab.fault("pve", fault)

        with ThreadPoolExecutor(1) as breaker:
            struck = breaker.submit(strike)
            done = self.run()
            struck.result(timeout=DEADLINE)
        return done

    def sets(self) -> int:
        """Returns how often the job was really set on the host."""
        return len(self.lab.shell("pve", "cat /tmp/sets 2>/dev/null || :").splitlines())

    def in_job(self) -> bool:
        """Returns whether the guests are in the job, as the file says."""
        return "205,206" in self.lab.shell("pve", "cat /etc/pve/jobs.cfg")

    def status(self) -> PhaseStatus:
        """Returns what the document says of P1."""
        phase = self.workspace().load(LOOP).loop.phase("P1")
        assert phase
        return phase.status


def _is(event: Event, moment: str) -> bool:
    match moment, event:
        case "change", StepChanging():
            return True
        case "left out", StepStarted(name=name):
            return name == LEFT_OUT
        case "non-goals", StepEnded(outcome=outcome):
            return outcome.name == LEFT_OUT
    return False


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    for lab in stand(tmp_path_factory):
        yield Bench.prepare(lab, tmp_path_factory.mktemp("kept") / "work")


@pytest.fixture
def bench(prepared: Bench) -> Iterator[Bench]:
    prepared.reset()
    yield prepared
    prepared.reset()


@pytest.mark.parametrize("cell", list(cells(TABLE)), ids=lambda cell: f"{cell.fault}-{cell.moment}")
def test_p1_under_a_fault(bench: Bench, cell: Cell) -> None:
    first = bench.run_into(cell.fault, cell.moment)
    (ran,) = first.ran
    told = [(s.name, s.result.value, s.reason) for s in ran.outcome.steps if s.reason]
    assert (ran.outcome.result.value, first.exit_code) == (cell.result, cell.exit_code), told
    assert (bench.status() is PhaseStatus.DONE) == (cell.exit_code == 0)
    assert all(step.help for step in ran.outcome.steps if step.reason), told
    assert bench.sets() == (1 if cell.made_by == "now" else 0)

    bench.lab.heal()
    if cell.exit_code != 0:
        second = bench.run()
        told = [(s.name, s.result.value, s.reason) for r in second.ran for s in r.outcome.steps]
        assert second.exit_code == 0, told
    assert bench.status() is PhaseStatus.DONE
    assert bench.in_job()
    assert bench.sets() == 1
