"""A workspace with the built-in lab, in which phases are run one by one, past their gates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from loopkit.commands.lab.demo import make_workspace
from loopkit.effects.evidence.histories import Histories
from loopkit.effects.evidence.journal import begin
from loopkit.effects.run.hosts import Hosts, StepHosts
from loopkit.effects.run.phase import run_phase
from loopkit.effects.run.recorder import StepRecorder
from loopkit.effects.runbooks import load
from loopkit.effects.ssh.transport import SshTransport
from loopkit.effects.workspace import Workspace, find_workspace
from loopkit.lab import control
from loopkit.loop.outcome import PhaseOutcome, Result, StepOutcome
from loopkit.registry import Registry
from loopkit.runbook import Report

LOOP = "LOOP-BACKUP-STABILIZATION-20260208"
HOSTS = ("pve", "nas", "infra-core", "docker-host")


@dataclass(frozen=True)
class Bench:
    """The workspace; `item` keys are those of P2's checklist."""

    root: Path

    @property
    def lab(self) -> Path:
        return self.root / ".loopkit/lab"

    @property
    def workspace(self) -> Workspace:
        return find_workspace(self.root)

    @property
    def transport(self) -> SshTransport:
        return SshTransport(self.workspace.settings)

    @property
    def registry(self) -> Registry:
        return load(self.root / "runbooks")

    def run(self, phase_id: str, item: str | None = None) -> PhaseOutcome:
        """Runs a phase and leaves its receipt, without touching the document."""
        loop = self.workspace.load(LOOP).loop
        phase = loop.phase(phase_id)
        bound = self.registry.phase_for(loop.id, phase_id)
        assert phase is not None
        assert bound is not None
        found = next((one for one in phase.items if one.key == item), None)
        histories = Histories(self.workspace)
        earlier = histories.of(loop.id)
        run = begin(histories, loop.id, phase_id, who="a test", item=item)
        try:
            outcome = run_phase(
                self.workspace, loop, phase, found, bound, run,
                registry=self.registry, transport=self.transport, earlier=earlier,
            )  # fmt: skip
            run.finish(outcome)
        finally:
            run.close()
        return outcome

    def capability(self, name: str) -> Report:
        """Returns what a capability reports."""
        bound = self.registry.capabilities[name]
        with self.hosts() as hosts:
            report = bound.function(hosts[bound.host or "local"])
        assert isinstance(report, Report)
        return report

    def states(self, name: str) -> dict[str, str]:
        """Returns the state of each row of a capability."""
        return {row.name: row.state for row in self.capability(name).rows}

    @contextmanager
    def hosts(self) -> Iterator[StepHosts]:
        """Opens the hosts for a test's own commands, which may change them."""
        declared = frozenset(self.registry.read_only)
        with Hosts(self.workspace, self.transport, declared=declared) as opened:
            hosts = opened.for_step(StepRecorder())
            with hosts.changing():
                yield hosts

    def send(self, host: str, *argv: str) -> str:
        """Returns what a command prints on a host, as someone else would send it."""
        with self.hosts() as hosts:
            return str(hosts[host].change(*argv).stdout)

    def read(self, host: str, path: str) -> str:
        return self.send(host, "cat", path)

    def edit(self, host: str, path: str, change: Callable[[str], str]) -> None:
        """Changes a file of a host, as someone at its console would; keeps its mode."""
        with self.hosts() as hosts:
            mode = int(hosts[host].read("stat", "-c", "%a", "--", path).stdout, 8)
            text = hosts[host].read("cat", path).stdout
            hosts[host].put(path, change(text).encode(), mode=mode)

    def put(self, host: str, path: str, text: str, mode: int = 0o644) -> None:
        with self.hosts() as hosts:
            hosts[host].put(path, text.encode(), mode=mode, owner="root:root")

    def clock(self, hours: float) -> None:
        """Lets time pass: cron and the vzdump job run as they are due."""
        control.clock(self.lab, hours * 3600)

    def fault(self, host: str, name: str, arg: str = "") -> None:
        control.fault(self.lab, host, name, arg)

    def heal(self, host: str) -> None:
        control.heal(self.lab, host)

    def trees(self) -> Mapping[str, str]:
        """Returns, for each host, a hash of every file but the jobs' own records."""
        find = ("find", "/etc", "/tank", "/volume1", "/usr/local/bin", "/var/lib/loopkit")
        with self.hosts() as hosts:
            found = {}
            for name in HOSTS:
                listed = hosts[name].read(*find, "-type", "f", ok=(0, 1)).lines
                sums = hosts[name].read("sha256sum", "--", *sorted(listed)) if listed else None
                found[name] = "" if sums is None else sums.stdout
        return found


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    """Makes a workspace, starts its lab, and ends it again."""
    made = Bench(folder)
    make_workspace(folder)
    server = control.up(made.lab, stay=False)
    assert server is not None
    try:
        yield made
    finally:
        # It ends with its standard input, as when this process ends.
        server.communicate(timeout=10)


def results(outcome: PhaseOutcome) -> dict[str, Result]:
    """Returns the result of each step by its name."""
    return {step.name: step.result for step in outcome.steps}


def trouble(outcome: PhaseOutcome) -> StepOutcome:
    """Returns the first step that did not come to a good end."""
    return next(s for s in outcome.steps if s.result not in (Result.OK, Result.CHANGED))
