"""Attempts on the Non-Goals: each is stopped before a change, and the job stays as it was.

Someone does something to a host after the audit; then P1 is run. Most are seen as a reading of
what is in effect, some already as a jobs.cfg that is not the audited one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from loopkit.loop.outcome import Result
from tests.runbooks.bench import Bench, bench, results, trouble

JOBS, STORAGE = "/etc/pve/jobs.cfg", "/etc/pve/storage.cfg"
OTHER_CRON, SCRIPT = "/etc/cron.d/zfs-scrub", "/usr/local/bin/mirror.sh"


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with bench(tmp_path_factory.mktemp("invariants") / "work") as made:
        made.put("pve", OTHER_CRON, "24 0 8-14 * * root /usr/lib/zfs-linux/scrub\n")
        made.put("pve", SCRIPT, "#!/bin/sh\nexit 0\n", mode=0o755)
        assert made.run("P0").result is Result.OK
        yield made


def retention(lab: Bench) -> None:
    lab.edit("pve", STORAGE, lambda text: text.replace("keep-all=1", "keep-last=2"))


def schedule(lab: Bench) -> None:
    lab.edit("pve", JOBS, lambda text: text.replace("schedule 02:00", "schedule 04:00"))


def zone(lab: Bench) -> None:
    lab.send("pve", "ln", "-sfn", "/usr/share/zoneinfo/America/New_York", "/etc/localtime")


def disabled(lab: Bench) -> None:
    lab.edit("pve", JOBS, lambda text: text.replace("enabled 1", "enabled 0"))


def shrink(lab: Bench) -> None:
    lab.edit("pve", JOBS, lambda text: text.replace("200,201,", "201,"))


def foreign_vmid(lab: Bench) -> None:
    lab.edit("pve", JOBS, lambda text: text.replace("vmid 200,", "vmid 200,999,"))


def template(lab: Bench) -> None:
    lab.edit("pve", JOBS, lambda text: text.replace("vmid 200,", "vmid 200,9000,"))


def closed_gate(lab: Bench) -> None:
    lab.edit("pve", JOBS, lambda text: text.replace("vmid 200,", "vmid 200,209,"))


def delete(lab: Bench) -> None:
    lab.edit("pve", SCRIPT, lambda text: text + "rsync -a --delete /tank/ /mnt/usb/\n")


def second_target(lab: Bench) -> None:
    lab.edit("pve", SCRIPT, lambda text: text + "rsync -a /tank/ backup@elsewhere:/tank/\n")


def foreign_cron(lab: Bench) -> None:
    lab.edit("pve", OTHER_CRON, lambda text: text.replace("24 0", "24 1"))


def another_section(lab: Bench) -> None:
    lab.edit("pve", JOBS, lambda text: text + "realm-sync: ldap\n\tschedule daily\n\n")


ATTEMPTS: tuple[tuple[Callable[[Bench], None], str], ...] = (
    (retention, "retention"),
    (schedule, "schedule"),
    (zone, "zone"),
    (disabled, "enabled"),
    (shrink, "not as the last phase left it"),
    (foreign_vmid, "999"),
    (template, "9000"),
    (closed_gate, "209"),
    (delete, "--delete"),
    (second_target, "backup@elsewhere:"),
    (foreign_cron, OTHER_CRON),
    (another_section, "not as the last phase left it"),
)


@pytest.mark.parametrize(
    ("attempt", "named"), ATTEMPTS, ids=[attempt.__name__ for attempt, _ in ATTEMPTS]
)
def test_an_attempt_is_named_and_stops_the_change(
    audited: Bench, attempt: Callable[[Bench], None], named: str
) -> None:
    saved = {path: audited.read("pve", path) for path in (JOBS, STORAGE, OTHER_CRON, SCRIPT)}
    attempt(audited)
    before = audited.read("pve", JOBS)
    try:
        outcome = audited.run("P1")
        after = audited.read("pve", JOBS)
    finally:
        restore(audited, saved)
    step = trouble(outcome)
    assert outcome.result not in (Result.OK, Result.CHANGED)
    assert Result.CHANGED not in results(outcome).values()
    assert named in f"{step.name} {step.seen} {step.reason}"
    assert after == before


def restore(lab: Bench, saved: dict[str, str]) -> None:
    for path, text in saved.items():
        lab.edit("pve", path, partial(_as_saved, text))
    lab.send("pve", "ln", "-sfn", "/usr/share/zoneinfo/America/Adak", "/etc/localtime")


def _as_saved(text: str, _now: str) -> str:
    return text


def test_with_all_as_it_was_the_change_goes_through(tmp_path: Path) -> None:
    with bench(tmp_path / "work") as lab:
        lab.run("P0")
        assert lab.run("P1").result is Result.CHANGED
