"""The loop's runbooks on the built-in lab in this process: no server, no SSH, so time is cheap."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from loopkit.commands.lab.demo import acts
from loopkit.effects.files import WorkspaceFiles
from loopkit.errors import CommandFailed
from loopkit.lab.filesystem import Attributes
from loopkit.lab.lab import Lab, open_lab, run_line
from loopkit.lab.world import BEGINS
from loopkit.loop.parse.reader import read
from loopkit.markdown.source import Source
from loopkit.runbook import Job, Refusal, Reply, Report, Seen
from tests.runbooks.books import REGISTRY, ROOT

LOOP = "LOOP-BACKUP-STABILIZATION-20260208"
DOCUMENT = f"loops/{LOOP}.md"
FACTS = yaml.safe_load((ROOT / "runbooks/hosts.yaml").read_text())["hosts"]
HOUR = 3600


@dataclass
class House:
    """A workspace and its lab; `facts` are what phases recorded so far."""

    root: Path
    lab: Lab
    facts: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def at(cls, folder: Path, begin: datetime = BEGINS) -> House:
        for name in ("loops", "runbooks"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("*.py*"))
        # Time passes here only when a test says so, however long the machine takes.
        return cls(folder, open_lab(folder / "lab", begin, real=lambda: 0.0))

    def host(self, name: str) -> Indoors:
        return Indoors(name, self)

    def now(self) -> datetime:
        return self.lab.machines["pve"].local_time()

    def passes(self, hours: float) -> None:
        """Lets time pass: cron and the vzdump job run as they are due."""
        self.lab.night.move(hours * HOUR)

    def report(self, capability: str) -> Report:
        bound = REGISTRY.capabilities[capability]
        found = bound.function(self.host(bound.host or "local"))
        assert isinstance(found, Report)
        return found

    def wrong(self, capability: str) -> list[str]:
        """Returns the rows of a capability that are not OK."""
        rows = self.report(capability).rows
        return [f"{row.name} {row.state}: {row.text}" for row in rows if row.ok is not True]

    def steps(self, phase_id: str, item: str = "") -> list[tuple[str, Any]]:
        """Returns the steps of a phase, each with the host that it is for."""
        bound = REGISTRY.phase_for(LOOP, phase_id)
        assert bound is not None
        file = read(Source.decode((self.root / DOCUMENT).read_bytes(), LOOP), LOOP)
        phase = file.loop.phase(phase_id)
        assert phase is not None
        found = next((one for one in phase.items if one.key.startswith(item)), None)
        arguments = (self.host(bound.host), *([found] if bound.takes_item else []))
        return [(step.host or bound.host, step) for step in bound.function(*arguments)]

    def does(self, phase_id: str, item: str = "") -> None:
        """Runs a phase: looks, changes, looks again; every step must come out so."""
        for host, step in self.steps(phase_id, item):
            seen: Seen = step.look(self.host(host))
            if not seen.so:
                self._change(host, step, seen)
                seen = step.look(self.host(host))
            assert seen.so, f"{phase_id} {step.name}: {seen.text}"
            self.facts.update(seen.facts)

    def not_so(self, phase_id: str, item: str = "") -> list[str]:
        """Returns the steps of a phase that a look finds undone, as `loop verify` does."""
        found = []
        for host, step in self.steps(phase_id, item):
            try:
                seen: Seen = step.look(self.host(host))
            except Refusal as refused:
                seen = Seen(False, refused.reason)
            if not seen.so:
                found.append(f"{phase_id} {step.name}: {seen.text}")
        return found

    def _change(self, host: str, step: Any, seen: Seen) -> None:
        if isinstance(step, Job):
            self.host(host).change(*step.argv)
            return
        assert step.change is not None, f"{step.name}: {seen.text}"
        step.change(self.host(host))

    def marks(self, old: str, new: str) -> None:
        """Edits the loop document, as a finished phase does."""
        path = self.root / DOCUMENT
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def closes_the_loop(self) -> None:
        """Does every phase as the demo does, and lets as much time pass between them."""
        spans = [act.argv[2] for act in acts(self.now()) if act.argv[:2] == ("lab", "clock")]
        *before, day, another = [float(span.removesuffix("h")) for span in spans]
        self.passes(sum(before))
        for phase in ("P0", "P1", "P3", "P4"):
            self.does(phase)
        self.does("P2", "207")
        self.passes(day)
        self.does("P2", "209")
        self.does("P2", "210")
        self.marks("| pending |", "| done |")
        self.passes(another)
        self.does("P5")
        self.marks("| pending (wait 24h for first run) |", "| done |")


@dataclass(frozen=True)
class Indoors:
    """A host as a look or a change sees it; `local` has the files of the workspace alone."""

    name: str
    house: House

    @property
    def facts(self) -> Mapping[str, Any]:
        return dict(FACTS[self.name])

    def read(
        self,
        *argv: str,
        ok: Sequence[int] = (0,),
        stdin: bytes | None = None,
        timeout: float | None = None,
    ) -> Reply:
        machine = self.house.lab.machines[self.name]
        code, out, err = run_line(machine, "root", shlex.join(argv), stdin or b"")
        reply = Reply(argv, code, out.decode(), err.decode())
        if code not in ok:
            raise CommandFailed(
                f"{argv[0]} ended with {code}", host=self.name, exited=code, stderr=reply.stderr
            )
        return reply

    change = read

    def put(self, path: str, content: bytes, mode: int = 0o644, owner: str = "") -> None:
        files = self.house.lab.machines[self.name].files
        files.write(path, content)
        files.set_attributes(path, Attributes(mode, *(owner or "root:root").split(":")))

    def peer(self, name: str) -> Indoors:
        return Indoors(name, self.house)

    @property
    def files(self) -> WorkspaceFiles:
        return WorkspaceFiles(self.house.root, lambda: True, lambda argv: lambda: None, {})

    def baseline(self, key: str) -> Any:
        return self.house.facts.get(key)

    def now(self) -> float:
        return self.house.lab.clock.now()
