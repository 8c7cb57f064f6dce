"""The scripts that a runbook installs: marked by hash, plain sh, and nothing unquoted in them."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from loopkit.facts import Stamp, parse_counts, parse_stamps
from loopkit.operations import (
    SEND,
    Destination,
    Newest,
    PostgresDump,
    RsyncPush,
    SqliteBackup,
    mark_state,
    marked,
    script_head,
)
from tests.runbooks.books import ROOT, module

TO = Destination("ronadmin@nas", "/volume1/backups/apps/infisical")

APPS = yaml.safe_load((ROOT / "runbooks/hosts.yaml").read_text())["hosts"]["infra-core"]
DUMP = PostgresDump("infisical", TO, **APPS["infisical"])
SNAPSHOT = SqliteBackup("vaultwarden", TO, database="db.sqlite3", **APPS["vaultwarden"])
PUSH = RsyncPush("/var/reports", ["disk", "net"], TO)
DUMPS = module("pve.dump_push").dump_push("/tank/dump", TO, [204, 200], 1500)
TEXTS = {
    "postgres": DUMP.script("infisical-backup"),
    "sqlite": SNAPSHOT.script("vaultwarden-backup"),
    "sqlite without files": replace(SNAPSHOT, files=[]).script("vaultwarden-backup"),
    "rsync": PUSH.script("report-copy"),
    "dumps": DUMPS.script("vzdump-offsite-sync"),
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_script_is_plain_sh(text: str, tmp_path: Path) -> None:
    script = tmp_path / "script.sh"
    script.write_text(marked("x", text))
    assert subprocess.run(["sh", "-n", script], capture_output=True).stderr == b""


def test_a_mark_says_ours_until_a_hand_edits_it() -> None:
    text = marked("infisical-backup", TEXTS["postgres"])
    assert text.startswith("#!/bin/sh\n# loopkit-runbook: infisical-backup sha256=")
    assert mark_state(text) == "ours"
    assert mark_state(text.replace("gzip -6", "gzip -9")) == "edited"
    assert mark_state(TEXTS["postgres"]) == "foreign"


@given(st.text(max_size=200))
def test_any_marked_text_is_ours_and_any_other_is_foreign(text: str) -> None:
    assert mark_state(marked("x", text)) == "ours"
    assert mark_state(text) == "foreign"


def test_a_name_that_is_no_word_cannot_be_in_a_mark() -> None:
    for name in ("", "two words", "line\nend"):
        with pytest.raises(ValueError, match="it is one word"):
            marked(name, "text\n")


def test_a_setting_cannot_run_anything() -> None:
    dump = replace(DUMP, database="x; rm -rf /", exec="docker exec -i 'a b'")
    assert "\ndatabase='x; rm -rf /'\n" in dump.script("n")


def test_a_line_end_in_a_setting_does_not_end_the_comment_that_names_it(tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    text = replace(DUMP, database=f"x\ntouch {touched}\n").script("n")
    head = text[: text.index("exec 9>")]
    subprocess.run(["sh", "-c", head], check=True)
    assert not touched.exists()


@pytest.mark.parametrize("table", ["users; DROP TABLE users", "a b", "", "$(id)", "a--b"])
def test_a_table_that_is_no_plain_name_is_refused(table: str) -> None:
    for spec in (DUMP, SNAPSHOT):
        with pytest.raises(ValueError, match="no plain name"):
            replace(spec, tables=[table]).script("n")


@pytest.mark.parametrize("name", ["a b", "", "$(id)", "-rf", "../x", "a;b", "a\n"])
def test_a_name_that_is_not_plain_is_refused(name: str) -> None:
    for spec in (
        replace(DUMP, app=name),
        replace(SNAPSHOT, app=name),
        replace(SNAPSHOT, database=name),
        replace(SNAPSHOT, files=[name]),
        replace(PUSH, names=["disk", name]),
        replace(PUSH, newest=Newest(what=name)),
    ):
        with pytest.raises(ValueError, match="no plain name"):
            spec.script("n")
    with pytest.raises(ValueError, match="no plain name"):
        script_head(name, "about", TO)


@pytest.mark.parametrize("each", ["name", "file", "target"])
def test_a_word_that_the_script_uses_itself_is_refused(each: str) -> None:
    with pytest.raises(ValueError, match="already means something else"):
        Newest(each=each)


@pytest.mark.parametrize("nothing", ["", None])
def test_without_words_before_them_the_programs_are_run_as_they_are(nothing: Any) -> None:
    assert "\nrun=''\n" in replace(DUMP, exec=nothing).script("n")


def test_one_table_may_be_stated_without_a_list() -> None:
    assert replace(DUMP, tables="secrets").script("n") == replace(DUMP, tables=["secrets"]).script(
        "n"
    )


def newest(folder: Path, name: str) -> str:
    """Returns what the script's own function finds, run by a real shell."""
    text = PUSH.script("report-copy")
    function = text[text.index("newest_file() {") : text.index("\n}\n", text.index("newest_")) + 3]
    script = f'source={folder}\n{function}newest_file "$1"'
    done = subprocess.run(["sh", "-c", script, "sh", name], capture_output=True, text=True)
    return done.stdout


def test_the_newest_file_of_a_name_is_its_own_and_no_directory(tmp_path: Path) -> None:
    for name in ("disk-20260208.gz", "disk-20260209.gz", "disk-io-20260210.gz", "disk-new"):
        (tmp_path / name).touch()
    (tmp_path / "disk-20990101").mkdir()
    os.utime(tmp_path / "disk-20260208.gz")
    assert newest(tmp_path, "disk") == "disk-20260209.gz\n"
    assert newest(tmp_path, "disk-io") == "disk-io-20260210.gz\n"
    assert newest(tmp_path, "d.sk") == ""


def test_a_script_of_your_own_takes_the_head_and_send() -> None:
    text = script_head("report", "Sends a report.", TO) + SEND + "file=report\nsend\n"
    assert text.startswith("#!/bin/sh\n# Sends a report.\nset -eu\n")
    assert "state=/var/lib/loopkit/report.stamp\n" in text
    assert subprocess.run(["sh", "-n"], input=text, text=True, capture_output=True).stderr == ""


@pytest.mark.parametrize(
    ("address", "path"),
    [("nas", "/x"), ("a@b;id", "/x"), ("a@b", "relative"), ("a@b", "/x y"), ("a@b", "/$(id)")],
)
def test_a_destination_is_a_plain_address_and_path(address: str, path: str) -> None:
    with pytest.raises(ValueError, match="no plain address"):
        Destination(address, path)


def test_no_script_deletes_what_was_copied() -> None:
    for text in TEXTS.values():
        assert "--delete" not in text
        assert all("$target" not in line for line in text.split("\n") if "rm " in line)


def test_stamps_are_read_and_half_a_line_is_not() -> None:
    digest = "a" * 64
    text = f"one.sql.gz\t120\t{digest}\t1770000000\ntwo.sql.gz\t12"
    assert parse_stamps(text) == (Stamp("one.sql.gz", 120, digest, 1770000000),)


def test_row_counts_are_read_beside_the_name_of_their_file() -> None:
    text = "infisical-20260209T075000Z.sql.gz\nsecrets\t5000\t5000\n"
    assert parse_counts(text) == {"secrets": (5000, 5000)}
