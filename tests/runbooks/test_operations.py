"""What operations do on a host: once, never over another's file, and back only what is theirs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from loopkit import facts
from loopkit.operations import (
    Destination,
    RsyncPush,
    cron_file,
    daily,
    directory,
    file,
    identity,
    marked,
    mounted,
    rsync_push,
    script,
    script_path,
)
from loopkit.runbook import Host, Refusal, Step
from tests.runbooks.books import Recorded
from tests.runbooks.indoors import House, Indoors

PATH = "/etc/report.conf"
STEP: Any = file("report settings", PATH, "disks: all\n")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House.at(tmp_path / "work")


@pytest.fixture
def c(house: House) -> Indoors:
    return house.host("infra-core")


def play(step: Step, c: Indoors) -> str:
    """Runs a step that is to change something, and returns what its last look saw."""
    assert step.change is not None
    assert step.look(c).so is False
    step.change(c)
    seen = step.look(c)
    assert seen.so, seen.text
    return seen.text


def test_a_file_is_made_once_with_its_mark_its_owner_and_its_mode(c: Indoors) -> None:
    step = file("report settings", PATH, "disks: all\n", mode=0o600, owner="ubuntu:ubuntu")
    assert play(step, c).endswith(", ubuntu:ubuntu 600")
    assert facts.text(c, PATH) == marked("report.conf", "disks: all\n")


@pytest.mark.parametrize(
    ("stands", "why"),
    [
        ("disks: some\n", "was not put there by a runbook"),
        (marked("report.conf", "disks: all\n") + "disks: none\n", "was edited by hand"),
    ],
)
def test_a_file_of_others_or_with_a_hand_edit_is_not_overwritten(
    c: Indoors, stands: str, why: str
) -> None:
    c.put(PATH, stands.encode())
    assert STEP.look(c).so is False
    with pytest.raises(Refusal, match=f"{why}: it is not overwritten"):
        STEP.change(c)
    assert facts.text(c, PATH) == stands


def test_an_older_file_of_ours_is_replaced_and_undo_leaves_it(c: Indoors) -> None:
    play(file("report settings", PATH, "disks: some\n"), c)
    play(STEP, c)
    STEP.undo(c)
    assert STEP.look(c).so


def test_undo_takes_a_new_file_away_and_leaves_one_that_was_edited_since(c: Indoors) -> None:
    for edit in ("", "by hand\n"):
        step: Any = file("report settings", PATH, "disks: all\n")
        play(step, c)
        c.put(PATH, ((facts.text(c, PATH) or "") + edit).encode())
        step.undo(c)
        assert (facts.text(c, PATH) is None) == (edit == "")


def test_a_mode_that_someone_changed_is_seen_and_set_again(c: Indoors) -> None:
    play(STEP, c)
    c.change("chmod", "666", PATH)
    assert STEP.look(c).text == f"{PATH} is root:root 666, not root:root 644"
    play(STEP, c)


def test_what_a_function_of_the_host_gives_is_asked_for_when_the_step_is(c: Indoors) -> None:
    def content(c: Host) -> str:
        return f"host: {c.name}, {c.facts['role']}\n"

    play(file("report settings", PATH, content), c)
    assert "host: infra-core, applications\n" in (facts.text(c, PATH) or "")


@pytest.mark.parametrize(
    ("job", "content", "why"),
    [
        ("report.daily", daily(6, 30, "/bin/true", about="Reports."), "may only have letters"),
        ("report", "30 6 * * * /bin/true\n", "lacks its user or its command"),
        ("report", "30 6 * * * root /bin/true", "no newline"),
    ],
)
def test_a_cron_file_that_cron_would_ignore_in_silence_is_refused(
    c: Indoors, job: str, content: str, why: str
) -> None:
    step = cron_file("the report's cron file", job, content)
    for act in (step.look, step.change):
        assert act is not None
        with pytest.raises(Refusal, match=why):
            act(c)
    assert facts.text(c, f"/etc/cron.d/{job}") is None


UNMOUNTED: Any = Recorded(
    [
        {
            "command": ["findmnt", "-n", "-o", "TARGET,SOURCE,FSTYPE", "-T", "/volume1"],
            "stdout": "/      /dev/md0 ext4\n",
        }
    ],
    name="nas",
    facts={"volume": "/volume1"},
)


def test_a_directory_is_made_on_its_volume_and_nowhere_else(house: House) -> None:
    nas = house.host("nas")
    step: Any = directory("reports on the NAS", "/volume1/reports", volume="/volume1")
    with pytest.raises(Refusal, match="/volume1 is not mounted: it is on /"):
        step.change(UNMOUNTED)
    assert play(step, nas) == "/volume1/reports: is there"
    play(directory("plain", "/srv/a/b"), nas)


def test_a_volume_that_is_not_mounted_is_said_with_a_command_that_shows_it(house: House) -> None:
    nas = house.host("nas")
    step = mounted("the volume", lambda c: str(c.facts["volume"]), host="nas")
    assert step.look(nas).facts == {"free:nas:/volume1": facts.space(nas, "/volume1").free}
    seen = step.look(UNMOUNTED)
    assert (seen.so, seen.help) == (False, "ssh nas findmnt /volume1")


def test_a_host_that_is_not_the_one_meant_is_named(house: House) -> None:
    assert identity("nas").look(house.host("nas")).text == "nas"
    other: Any = Recorded(
        [{"command": ["hostname"], "stdout": "other\n"}], facts={"identity": {"hostname": "nas"}}
    )
    seen = identity("nas").look(other)
    assert (seen.so, seen.text) == (False, "its hostname is 'other', and hosts.yaml says 'nas'")


def test_a_push_copies_the_newest_file_of_each_name_and_stamps_what_is_proved(
    house: House,
) -> None:
    c, nas = house.host("infra-core"), house.host("nas")
    for name in ("disk-20260208.txt", "disk-20260209.txt", "net-20260209.txt"):
        c.change("mkdir", "-p", "/var/reports")
        c.put(f"/var/reports/{name}", name.encode())
    there = Destination("ronadmin@nas", "/volume1/backups/apps")
    play(rsync_push("push", "report-copy", RsyncPush("/var/reports", ["disk", "net"], there)), c)
    c.change(script_path("report-copy"))
    proved = facts.proved(facts.stamps(c, "report-copy"), nas, there.path)
    assert [stamp.file for stamp in proved] == ["disk-20260209.txt", "net-20260209.txt"]
    c.change("rm", "/var/reports/net-20260209.txt")
    reply = c.change(script_path("report-copy"), ok=(1,))
    assert reply.stderr == "report-copy: no proved copy of net\n"
    assert [stamp.file for stamp in facts.stamps(c, "report-copy")] == ["disk-20260209.txt"]


def test_a_script_is_roots_and_may_be_run(c: Indoors) -> None:
    play(script("report script", "report", "#!/bin/sh\necho full\n"), c)
    assert c.change(script_path("report")).stdout == "full\n"
