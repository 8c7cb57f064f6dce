"""Backups that look like backups: each is found, by name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.runbooks.bench import Bench, bench

DUMPS = "/tank/backups/vzdump/dump"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with bench(tmp_path_factory.mktemp("files") / "work") as made:
        yield made


def newest(lab: Bench, vmid: int, end: str = ".vma.zst") -> str:
    names = lab.send("pve", "ls", "-1", DUMPS).split("\n")
    return max(n for n in names if n.startswith(f"vzdump-qemu-{vmid}-") and n.endswith(end))


def shell(lab: Bench, script: str) -> None:
    lab.send("pve", "sh", "-c", f"cd {DUMPS} && {script}")


def seen(lab: Bench, target: str) -> tuple[str, str]:
    row = next(row for row in lab.capability("backup.status").rows if row.name == target)
    return row.state, row.text


def test_a_dump_cut_short_is_read_to_its_end_and_named(lab: Bench) -> None:
    name = newest(lab, 204)
    shell(lab, f"cp -p {name} keep && head -c 9000 keep > {name} && touch -r keep {name}")
    try:
        outcome = lab.run("P5")
    finally:
        shell(lab, f"mv keep {name}")
    coverage = next(s for s in outcome.steps if s.name == "vzdump coverage")
    assert f"{DUMPS}/{name} is damaged" in coverage.seen + coverage.reason


def test_a_dump_whose_log_has_an_error_is_no_backup(lab: Bench) -> None:
    log = newest(lab, 203, ".log")
    line = "2026-02-09 02:00:00 ERROR: Backup of VM 203 failed - no space left on device"
    shell(lab, f"cp -p {log} keep && echo '{line}' >> {log}")
    try:
        state, text = seen(lab, "vm-203-legacy")
    finally:
        shell(lab, f"mv keep {log}")
    assert state == "ERROR"
    assert "no space left" in text


def test_a_dump_without_its_log_is_no_backup(lab: Bench) -> None:
    log = newest(lab, 202, ".log")
    shell(lab, f"mv {log} keep")
    try:
        assert seen(lab, "vm-202-legacy") == ("ERROR", f"{newest(lab, 202)}: it has no log")
    finally:
        shell(lab, f"mv keep {log}")


def test_an_empty_dump_is_an_error(lab: Bench) -> None:
    name = newest(lab, 203)
    shell(lab, f"cp -p {name} keep && : > {name} && touch -r keep {name}")
    try:
        state, text = seen(lab, "vm-203-legacy")
    finally:
        shell(lab, f"mv keep {name}")
    assert state == "ERROR"
    assert "only 0 bytes" in text


def test_a_file_time_in_the_future_is_an_error(lab: Bench) -> None:
    name = newest(lab, 203)
    shell(lab, f"cp -p {name} keep && touch -d 2040-01-01 {name}")
    try:
        state, text = seen(lab, "vm-203-legacy")
    finally:
        shell(lab, f"mv keep {name}")
    assert state == "ERROR"
    assert "in the future" in text


def test_what_a_crashed_run_left_behind_is_told_and_never_counted(lab: Bench) -> None:
    left = "vzdump-qemu-204-2099_01_01-02_00_00.vma.dat"
    shell(lab, f": > {left}")
    try:
        state, text = seen(lab, "vm-204-infra-core")
    finally:
        shell(lab, f"rm -f {left}")
    assert state == "OK"
    assert f"unfinished: {left}" in text


def test_names_made_to_deceive_are_no_dumps(lab: Bench) -> None:
    before = lab.states("backup.status")
    lab.fault("pve", "evil-files", DUMPS)
    assert lab.states("backup.status") == before


def test_a_host_whose_clock_is_wrong_can_tell_no_age(lab: Bench) -> None:
    lab.fault("pve", "skew", "3600")
    try:
        state, text = seen(lab, "vm-200-docker-host")
    finally:
        lab.heal("pve")
    assert state == "ERROR"
    assert "the clock of pve is" in text
