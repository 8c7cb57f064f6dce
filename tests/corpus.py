"""Measures the reader on labelled documents: `python -m tests.corpus ../shared/corpus`.

Prints, for header fields, phase ids, titles, statuses, dependencies and gates: how many are right,
wrong, missing and extra. Documents whose label says that careful readers may differ are counted
apart. The edits are measured by `tests/corpus_edits.py`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loopkit.loop.model import Loop, LoopClosed, LoopReached, Manual, Phase, TimePassed
from loopkit.loop.parse.reader import read
from loopkit.markdown.source import Source

HEADER = ("id", "status", "status_text", "owner", "created", "closed", "blocked_by")
PHASE = ("title", "status", "depends_on", "loops", "manual", "time", "line")


@dataclass
class Tally:
    """How many values of one kind are as labelled; `faults` says which are not."""

    right: int = 0
    wrong: int = 0
    missing: int = 0
    extra: int = 0
    faults: list[str] = field(default_factory=list)

    def compare(self, expected: object, seen: object, where: str) -> bool:
        """Counts one value, and returns whether it is right."""
        if expected == seen:
            self.right += 1
            return True
        if not seen:
            self.missing += 1
        elif not expected:
            self.extra += 1
        else:
            self.wrong += 1
        self.faults.append(f"{where}: labelled {expected!r}, read {seen!r}")
        return False


@dataclass
class Score:
    """What was measured over a set of documents."""

    tallies: dict[str, Tally] = field(default_factory=dict)
    phases: int = 0
    phases_right: int = 0
    documents: int = 0

    def tally(self, name: str) -> Tally:
        """Returns the tally of this name, made on its first use."""
        return self.tallies.setdefault(name, Tally())

    @property
    def share(self) -> float:
        """Returns the share of phases that are right in every field."""
        return self.phases_right / self.phases if self.phases else 1.0

    @property
    def headers_wrong(self) -> list[str]:
        """Returns every fault of a header field."""
        return [f for n in HEADER for f in self.tally(f"header {n}").faults]


def labelled(corpus: Path) -> Iterator[tuple[str, Mapping[str, Any], Loop]]:
    """Yields each labelled document: its name, its label and what the reader says."""
    truth = json.loads((corpus / "truth.json").read_text("utf-8"))
    for name, label in sorted(truth.items()):
        raw = (corpus / "docs" / name).read_bytes()
        yield name, label, read(Source.decode(raw, name), name).loop


def measure(corpus: Path, *, ambiguous: bool) -> Score:
    """Returns the score over the documents that are, or are not, labelled ambiguous."""
    score = Score()
    for name, label, loop in labelled(corpus):
        if bool(label.get("ambiguous")) is ambiguous:
            score.documents += 1
            _header(score, name, label, loop)
            _phases(score, name, label["phases"], loop)
    return score


def _header(score: Score, name: str, label: Mapping[str, Any], loop: Loop) -> None:
    expected = (
        label["loop_id"], label["status"], label["status_raw"], label["owner"], label["created"],
        label["closed"], label.get("blocked_by") or [],
    )  # fmt: skip
    blockers = [gate.loop for gate in loop.blocked_by]
    seen = (loop.id, loop.status.value, loop.status_text, loop.owner, loop.created, loop.closed)
    for field_name, wanted, value in zip(HEADER, expected, (*seen, blockers), strict=True):
        score.tally(f"header {field_name}").compare(wanted, value, name)


def _phases(score: Score, name: str, labels: Sequence[Mapping[str, Any]], loop: Loop) -> None:
    expected = {label["id"]: label for label in labels}
    seen = {phase.id: phase for phase in loop.phases}
    for id in [*expected, *(id for id in seen if id not in expected)]:
        where = f"{name} {id}"
        known = id if id in seen else None
        score.phases += 1
        if not score.tally("phase id").compare(id if id in expected else None, known, where):
            continue
        pairs = zip(PHASE, _labelled(expected[id]), _read(seen[id]), strict=True)
        fits = [score.tally(f"phase {n}").compare(w, s, where) for n, w, s in pairs]
        score.phases_right += all(fits)


def _labelled(label: Mapping[str, Any]) -> tuple[object, ...]:
    time = [label["time_gate"]] if "time_gate" in label else []
    return (
        label["title"], label["status"], label["depends_on"], label["external_depends"],
        label["manual_gates"], time, label["line"],
    )  # fmt: skip


def _read(phase: Phase) -> tuple[object, ...]:
    return (
        phase.title,
        phase.status.value,
        list(phase.depends_on),
        [gate.loop for gate in phase.gates if isinstance(gate, LoopClosed | LoopReached)],
        [gate.text for gate in phase.gates if isinstance(gate, Manual)],
        [gate.text for gate in phase.gates if isinstance(gate, TimePassed)],
        phase.place.line,
    )


def report(score: Score, title: str) -> str:
    """Returns a score as lines for people."""
    lines = [f"{title}: {score.documents} documents, {score.phases} phases"]
    lines += [f"  {'':20} {'right':>6} {'wrong':>6} {'missing':>8} {'extra':>6}"]
    for name, tally in score.tallies.items():
        counts = f"{tally.right:6} {tally.wrong:6} {tally.missing:8} {tally.extra:6}"
        lines.append(f"  {name:20} {counts}")
    lines.append(f"  phases right in every field: {score.phases_right} of {score.phases}"
                 f" ({score.share:.1%})")  # fmt: skip
    lines += [f"    {fault}" for tally in score.tallies.values() for fault in tally.faults]
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """Prints both scores, and those of the edits where their measure is there."""
    corpus = Path(arguments[0] if arguments else "../shared/corpus")
    print(report(measure(corpus, ambiguous=False), "unambiguous"))
    print(report(measure(corpus, ambiguous=True), "ambiguous (not counted)"))
    from tests.corpus_edits import replay_all, summary

    print("\n".join(summary(replay_all(corpus))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
