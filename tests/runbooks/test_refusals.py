"""What P1 refuses on a node that does not admit the change, each with its reason and a command."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from loopkit.loop.outcome import Result
from tests.runbooks.bench import Bench, bench, trouble

JOBS = "/etc/pve/jobs.cfg"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A lab without an audit: what is refused here is refused for its own sake."""
    with bench(tmp_path_factory.mktemp("refusals") / "work") as made:
        yield made


def replaced(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (replaced("\tvmid", "\tall 1\n\tvmid"), "it selects guests by all"),
        (replaced("\tvmid", "\tpool web\n\tvmid"), "it selects guests by pool"),
        (replaced("\tvmid", "\texclude 300\n\tvmid"), "it selects guests by exclude"),
        (replaced("\tmode", "\t# by hand\n\tmode"), "a comment"),
        (replaced("\tmode", "\tcolour blue\n\tmode"), "'colour' is not known"),
        (lambda text: text + "vzdump: second\n\tschedule 03:00\n\tvmid 300\n", "2 vzdump jobs"),
        (lambda text: text.rstrip("\n") + "\nvzdump: lost\n\tvmid 300\n", "no property"),
        (lambda text: "", "0 vzdump jobs"),
        (replaced("storage tank-backups", "storage elsewhere"), "does not have"),
    ],
)
def test_a_job_file_that_a_rewrite_would_change_is_refused(
    lab: Bench, change: Callable[[str], str], reason: str
) -> None:
    saved = lab.read("pve", JOBS)
    lab.edit("pve", JOBS, change)
    before = lab.read("pve", JOBS)
    try:
        outcome = lab.run("P1")
        after = lab.read("pve", JOBS)
    finally:
        lab.edit("pve", JOBS, lambda _: saved)
    assert outcome.result is Result.REFUSED
    assert reason in trouble(outcome).reason
    assert trouble(outcome).help
    assert after == before


def test_nothing_is_changed_without_room_for_the_new_dumps(lab: Bench) -> None:
    lab.fault("pve", "disk-full", "/tank/backups")
    try:
        outcome = lab.run("P1")
    finally:
        lab.heal("pve")
    assert outcome.result is Result.REFUSED
    assert "free" in trouble(outcome).reason
