"""Hosts as steps see them: connections shared, guards and files apart."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from loopkit.effects.run.hosts import Hosts
from loopkit.effects.run.invariants import Invariants
from loopkit.effects.run.recorder import StepRecorder
from loopkit.effects.run.step import CheckAndApply, RunContext
from loopkit.errors import ConnectionLost, DocumentChanged, NotReadOnly, RunbookError
from loopkit.loop.outcome import Result
from loopkit.runbook import Host
from tests.effects.local_hosts import Folder, LocalTransport, Wire
from tests.effects.stage import Garden, a_loop, a_phase, invariant, planting


def hosts_of(root: Path, *, wires: dict[str, Wire] | None = None) -> Hosts:
    return Hosts(Folder(root), LocalTransport(root / "hosts", wires or {}))


def test_threads_that_ask_for_one_host_share_its_connection(tmp_path: Path) -> None:
    transport = LocalTransport(tmp_path)
    start = Barrier(8)

    def ask(_: int) -> object:
        start.wait(60)
        return hosts.connection("shed")

    with Hosts(Folder(tmp_path), transport) as hosts, ThreadPoolExecutor(8) as pool:
        assert len({id(found) for found in pool.map(ask, range(8))}) == 1
        assert transport.open == 1
    assert transport.open == 0


def test_a_host_that_was_lost_comes_with_a_new_connection(tmp_path: Path) -> None:
    wire = Wire(cut_after="true")
    with hosts_of(tmp_path, wires={"shed": wire}) as hosts:
        step = hosts.for_step(StepRecorder())
        before = hosts.connection("shed")
        with pytest.raises(ConnectionLost):
            step["shed"].read("true")
        assert hosts.connection("shed") is not before
        wire.cut_after = ""
        assert step["shed"].read("true").ok


def test_a_step_that_may_change_its_host_lets_no_other_step_change_one(tmp_path: Path) -> None:
    with hosts_of(tmp_path) as hosts:
        one, other = (hosts.for_step(StepRecorder()) for _ in range(2))
        with one.changing():
            assert one["shed"].change("touch", "x").ok
            assert one["shed"].peer("barn").change("touch", "x").ok
            with pytest.raises(NotReadOnly, match="a look only reads"):
                other["shed"].change("touch", "y")
            with pytest.raises(NotReadOnly):
                other["local"].files.write("y", b"")
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["x", "x"]


def test_a_file_that_another_step_wrote_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "inventory").write_text("old")
    with hosts_of(tmp_path) as hosts:
        one, other = (hosts.for_step(StepRecorder()) for _ in range(2))
        assert one.files.read("inventory") == b"old"
        assert other.files.read("inventory") == b"old"
        with one.changing(), other.changing():
            other.files.write("inventory", b"theirs")
            with pytest.raises(DocumentChanged):
                one.files.write("inventory", b"ours")
    assert (tmp_path / "inventory").read_text() == "theirs"


def test_a_file_that_a_person_changed_since_an_earlier_step_read_it_is_not_written_over(
    tmp_path: Path,
) -> None:
    (tmp_path / "inventory").write_text("old")
    with hosts_of(tmp_path) as hosts:
        hosts.for_step(StepRecorder()).files.read("inventory")
        (tmp_path / "inventory").write_text("a person's")
        later = hosts.for_step(StepRecorder())
        with later.changing(), pytest.raises(DocumentChanged):
            later.files.write("inventory", b"ours")
    assert (tmp_path / "inventory").read_text() == "a person's"


@pytest.mark.parametrize("way", ["run", "sudo", "local", "get", "cd", "prefix", "shell", "sftp"])
def test_fabrics_own_words_lead_past_no_guard_whatever_the_transport(
    tmp_path: Path, way: str
) -> None:
    host = hosts_of(tmp_path).for_step(StepRecorder())["shed"]
    with pytest.raises(RunbookError, match="read, change and put"):
        getattr(host, way)("id")


# ── Steps side by side and the Non-Goals of their loop ───────────────────────────────────────


def side_by_side(garden: Garden, fence: str) -> tuple[list[Result], list[str]]:
    """Returns the results of steps on two hosts at once, and what each reading saw.

    The fence must stay as it was first read; both steps come to their change at one moment.
    """
    read: list[str] = []

    def reading(c: Host) -> str:
        read.append(c.read("cat", "fence").stdout)
        return read[-1]

    garden.file("fence").write_text(fence)
    together = Barrier(2)
    loop = a_loop(a_phase(), non_goals=["Do NOT move the fence"])
    with Hosts(garden, garden.transport()) as hosts, ThreadPoolExecutor(2) as pool:
        context = RunContext(hosts, garden.begin())
        bound = [invariant("Do NOT move", reading)]
        kept = Invariants(context, loop, bound, {"do not move": "north\n"})

        def run(host: str) -> Result:
            def barrier() -> object:
                together.wait(60)
                return kept.barrier()

            return CheckAndApply(context, planting(), host, "", barrier).run().result  # type: ignore[arg-type]

        return list(pool.map(run, ("shed", "barn"))), read


def test_two_steps_that_change_at_once_read_each_invariant_once(tmp_path: Path) -> None:
    results, read = side_by_side(Garden(tmp_path), "north\n")
    assert results == [Result.CHANGED, Result.CHANGED]
    assert read == ["north\n"]


def test_an_invariant_that_is_broken_holds_every_step_and_not_the_first_alone(
    tmp_path: Path,
) -> None:
    garden = Garden(tmp_path)
    results, read = side_by_side(garden, "south\n")
    assert results == [Result.REFUSED, Result.REFUSED]
    assert read == ["south\n"]
    assert garden.wire("shed").sent == garden.wire("barn").sent == []
