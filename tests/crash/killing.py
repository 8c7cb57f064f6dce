"""Advances that are killed: at a random instant, at a point of the journal, or by a cut link."""

from __future__ import annotations

import os
import random
import select
import signal
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from loopkit.effects.evidence import store
from loopkit.effects.evidence.journal import Run
from loopkit.effects.workspace import Workspace
from tests.crash.scene import DONE, PHASES, STEPS, Scene
from tests.effects.sshd import Sshd

FINISHED, UNKNOWN, WAITING, OTHER = 0, 5, 7, 1
INTERRUPTED = 130


@dataclass
class Figures:
    """What came of all the crashes."""

    crashes: int = 0
    survived: int = 0
    """Advances that ended before the blow fell."""
    unknown: int = 0
    """Changes that were reported unknown, and settled by a person."""
    points: Counter[str] = field(default_factory=Counter)
    """How many changes had run when a blow fell."""
    seconds: float = 0.0

    def __str__(self) -> str:
        spread = ", ".join(f"{name}: {n}" for name, n in sorted(self.points.items()))
        return (
            f"{self.crashes} blows ({self.survived} came too late) in {self.seconds:.0f} s; "
            f"every change ran exactly once, {self.unknown} were reported unknown first; "
            f"changes already made when the blow fell: {spread}"
        )


@dataclass
class Pace:
    """How long an advance takes on this machine now, so that blows fall while it runs."""

    chance: random.Random
    span: float

    def await_blow(self, scene: Scene, pid: int) -> None:
        """Waits a random part of an advance's time, or until this one has ended by itself."""
        fresh = not scene.done
        began = time.monotonic()
        handle = os.pidfd_open(pid)
        ended, _, _ = select.select([handle], [], [], self.chance.uniform(0, self.span))
        os.close(handle)
        if ended and fresh:
            self.span = (self.span + time.monotonic() - began) / 2


def kill_at_random(folder: Path, server: Sshd, kills: int, seed: int) -> Figures:
    """Kills an advance, and the ones after it, at random instants."""
    pace = Pace(random.Random(seed), _undisturbed(folder / "calm", server))
    return _strike(folder, server, kills, partial(_kill_after, pace))


def kill_at_points(folder: Path, server: Sshd, every: int = 1) -> Figures:
    """Kills an advance before and after everything it writes: journal, receipt, document."""
    figures, number, began = Figures(), 0, time.monotonic()
    while True:
        scene = Scene(folder / str(number), server).build()
        if _wait(_fork(scene, partial(_die_at, number))) is not None:
            figures.seconds = time.monotonic() - began
            return figures
        _note(figures, scene)
        _converge(scene, figures)
        number += every


def cut_links(folder: Path, server: Sshd, cuts: int, seed: int) -> Figures:
    """Cuts the link of an advance at random instants: the server's sessions are killed."""
    pace = Pace(random.Random(seed), _undisturbed(folder / "calm", server))
    return _strike(folder, server, cuts, partial(_cut_after, pace))


def interrupt_at_random(folder: Path, server: Sshd, times: int, seed: int) -> Figures:
    """Presses Ctrl-C at random instants of an advance: what runs is recorded first."""
    pace = Pace(random.Random(seed), _undisturbed(folder / "calm", server))
    return _strike(folder, server, times, partial(_interrupt_after, pace))


def _strike(
    folder: Path, server: Sshd, blows: int, strike: Callable[[Scene], int | None]
) -> Figures:
    figures, number, began = Figures(), 0, time.monotonic()
    while figures.crashes < blows:
        scene = Scene(folder / str(number), server).build()
        while len(scene.done) < len(PHASES) and figures.crashes < blows:
            ended = strike(scene)
            if ended == FINISHED:
                figures.survived += 1
            else:
                _note(figures, scene)
                _settle(scene, ended, figures)
            _check(scene)
        _converge(scene, figures)
        number += 1
    figures.seconds = time.monotonic() - began
    return figures


def _converge(scene: Scene, figures: Figures) -> None:
    """Advances undisturbed until every phase is done, and checks that nothing ran twice."""
    for _ in range(200):
        if len(scene.done) == len(PHASES):
            break
        ended = _wait(_fork(scene))
        assert ended in (FINISHED, UNKNOWN, WAITING), f"undisturbed: {ended}\n{scene.said}"
        _settle(scene, ended, figures)
        _check(scene)
    assert scene.done == PHASES, f"only {scene.done} after many runs"
    assert _wait(_fork(scene)) == FINISHED
    assert scene.counted == Counter(STEPS), f"on the host: {scene.counted}"
    assert list((scene.folder / ".loopkit" / "runs").rglob("*.jsonl")) == []


def _settle(scene: Scene, ended: int | None, figures: Figures) -> None:
    """Lets a person resolve what an advance reported unknown, after looking at the host.

    Only what never ran may still be unknown after a look.
    """
    if ended != UNKNOWN:
        return
    last = scene.receipts()[-1]
    doubtful = [record.outcome.name for record in last.steps if record.outcome.sent]
    assert doubtful, "an advance said unknown, and its receipt does not say what"
    figures.unknown += len(doubtful)
    if not any(name.removeprefix("count ") in scene.counted for name in doubtful):
        scene.resolve(last.phase)


def _check(scene: Scene) -> None:
    """Checks what must hold after any blow: no change ran twice, and what is said is so."""
    twice = [name for name, times in scene.counted.items() if times > 1]
    assert not twice, f"ran twice: {twice}"
    needed = {"P1": "abc", "P2": "de", "P3": ("job",)}
    for id in scene.done:
        assert all(name in scene.counted for name in needed[id]), f"{id} is not done, and says so"
    scene.receipts()


def _note(figures: Figures, scene: Scene) -> None:
    figures.crashes += 1
    figures.points[str(sum(scene.counted.values()))] += 1


# ── One process, forked so that 500 of them take minutes ────────────────────


def _fork(scene: Scene, arrange: Callable[[], None] = lambda: None) -> int:
    pid = os.fork()
    if pid == 0:
        code = OTHER
        try:
            os.setpgid(0, 0)
            # A shell that starts this in the background has Ctrl-C ignored, and forks inherit it.
            signal.signal(signal.SIGINT, signal.default_int_handler)
            arrange()
            code = _exit_code(scene)
        except KeyboardInterrupt:
            code = INTERRUPTED
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    return pid


def _exit_code(scene: Scene) -> int:
    outcomes = scene.advance()
    (scene.folder / "outcome").write_text("\n".join(map(repr, outcomes)))
    if all(outcome.result in DONE for outcome in outcomes):
        return FINISHED
    return WAITING if outcomes[-1].exit_code == 0 else outcomes[-1].exit_code


def _wait(pid: int) -> int | None:
    """Returns the exit status of a child, None when it was killed."""
    _, status = os.waitpid(pid, 0)
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else None


def _kill_after(pace: Pace, scene: Scene) -> int | None:
    pid = _fork(scene)
    pace.await_blow(scene, pid)
    os.kill(pid, signal.SIGKILL)
    return _wait(pid)


def _interrupt_after(pace: Pace, scene: Scene) -> int | None:
    pid = _fork(scene)
    pace.await_blow(scene, pid)
    os.kill(pid, signal.SIGINT)
    ended = _wait(pid)
    assert ended in (FINISHED, UNKNOWN, WAITING, INTERRUPTED), f"Ctrl-C: {ended}\n{scene.said}"
    return ended


def _cut_after(pace: Pace, scene: Scene) -> int | None:
    pid = _fork(scene)
    pace.await_blow(scene, pid)
    scene.server.send(signal.SIGKILL)
    ended = _wait(pid)
    # 4: the link was cut while it was dialled or while a step only looked.
    assert ended in (FINISHED, UNKNOWN, WAITING, 4), f"cut: {ended}\n{scene.said}"
    return ended


def _undisturbed(folder: Path, server: Sshd) -> float:
    scene = Scene(folder, server).build()
    began = time.monotonic()
    assert _wait(_fork(scene)) in (FINISHED, WAITING)
    span = time.monotonic() - began
    _converge(scene, Figures())
    return span


def _die_at(point: int) -> None:
    """Kills this process at the point of this number: two around each thing that is written."""
    passed = [0]

    def die() -> None:
        if passed[0] == point:
            os.kill(os.getpid(), signal.SIGKILL)
        passed[0] += 1

    def around(function: Callable[..., object]) -> Callable[..., object]:
        def watched(*args: object, **kwargs: object) -> object:
            die()
            result = function(*args, **kwargs)
            die()
            return result

        return watched

    Run._write = around(Run._write)  # type: ignore[method-assign, assignment]
    Run.recorded = around(Run.recorded)  # type: ignore[method-assign, assignment]
    Workspace.write = around(Workspace.write)  # type: ignore[method-assign, assignment]
    store.replace_file = around(store.replace_file)  # type: ignore[assignment, attr-defined]
