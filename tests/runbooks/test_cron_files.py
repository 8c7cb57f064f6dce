"""Files of /etc/cron.d, by the rules of Debian's cron."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopkit import facts
from loopkit.operations import daily

GOOD = "MAILTO=root\n50 2 * * * root /usr/local/bin/infisical-backup.sh\n"


def faults(name: str = "infisical-backup", text: str = GOOD, **more: Any) -> str:
    return "; ".join(facts.cron_faults(name, text, **more))


def test_a_good_file_has_no_fault() -> None:
    assert faults() == ""


@pytest.mark.parametrize("name", ["infisical.sh", "backup~", "x.bak", "", "a b"])
def test_a_name_that_cron_ignores_in_silence_is_a_fault(name: str) -> None:
    assert "ignored" in faults(name)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (GOOD.rstrip("\n"), "no newline"),
        (GOOD.replace("\n", "\r\n"), "CRLF"),
        ("50 2 * * * /usr/local/bin/x\n", "user or its command"),
        ("50 2 * * * root echo $(date +%H)\n", "unescaped %"),
        ("61 2 * * * root /bin/x\n", "no minute"),
        ("1 2 * * 8 root /bin/x\n", "no weekday"),
        ("@fortnightly root /bin/x\n", "no time"),
    ],
)
def test_what_cron_would_not_run_as_meant_is_a_fault(text: str, word: str) -> None:
    assert word in faults(text=text)


@pytest.mark.parametrize(
    "line",
    [
        "*/5 0-6/2 1,15 jan mon-fri root /bin/x",
        "@daily root /bin/x",
        "0 2 * * 7 root date +\\%F",
        "# 61 99 is a comment",
    ],
)
def test_what_cron_runs_is_no_fault(line: str) -> None:
    assert faults(text=line + "\n") == ""


@pytest.mark.parametrize(
    ("mode", "owner"), [(0o666, "root:root"), (0o664, "root:root"), (0o644, "ubuntu:ubuntu")]
)
def test_a_file_that_others_can_write_is_a_fault(mode: int, owner: str) -> None:
    assert "only root's" in faults(mode=mode, owner=owner)


def test_a_command_with_a_percent_sign_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="unescaped %"):
        daily(2, 50, "echo $(date +%F)", about="x")


@given(st.text(max_size=80))
def test_any_text_is_read_without_raising(text: str) -> None:
    assert isinstance(facts.cron_faults("name", text), tuple)


@given(st.integers(0, 23), st.integers(0, 59))
def test_a_daily_file_has_its_one_entry_and_no_fault(hour: int, minute: int) -> None:
    text = daily(hour, minute, "/usr/local/bin/x.sh", about="Runs x.")
    assert facts.cron_faults("x", text) == ()
    (entry,) = facts.cron_entries(text)
    assert (entry.when, entry.user) == (f"{minute} {hour} * * *", "root")
