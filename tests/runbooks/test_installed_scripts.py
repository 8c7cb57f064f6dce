"""The scripts that a runbook installs: marked by hash, plain sh, and nothing unquoted in them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.runbooks.books import ROOT, module

installed = module("generic.installed")
postgres = module("generic.postgres")
rsync = module("generic.rsync")
scripts = module("generic.scripts")
sqlite = module("generic.sqlite")
TO = scripts.Destination("ronadmin@nas", "/volume1/backups/apps/infisical")
APPS = yaml.safe_load((ROOT / "runbooks/hosts.yaml").read_text())["hosts"]["infra-core"]
TEXTS = {
    "postgres": postgres.backup_script("infisical-backup", "infisical", APPS["infisical"], TO),
    "sqlite": sqlite.backup_script("vaultwarden-backup", "vaultwarden", APPS["vaultwarden"], TO),
    "offsite": rsync.sync_script("vzdump-offsite-sync", "/tank/dump", TO, [204, 200], 1500),
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_script_is_plain_sh(text: str, tmp_path: Path) -> None:
    script = tmp_path / "script.sh"
    script.write_text(installed.marked("x", text))
    assert subprocess.run(["sh", "-n", script], capture_output=True).stderr == b""


def test_a_mark_says_ours_until_a_hand_edits_it() -> None:
    text = installed.marked("infisical-backup", TEXTS["postgres"])
    assert text.startswith("#!/bin/sh\n# loopkit-runbook: infisical-backup sha256=")
    assert installed.state_of(text) == "ours"
    assert installed.state_of(text.replace("gzip -6", "gzip -9")) == "edited"
    assert installed.state_of(TEXTS["postgres"]) == "foreign"


@given(st.text(max_size=200))
def test_any_marked_text_is_ours_and_any_other_is_foreign(text: str) -> None:
    assert installed.state_of(installed.marked("x", text)) == "ours"
    assert installed.state_of(text) == "foreign"


def test_a_setting_cannot_run_anything() -> None:
    facts = {**APPS["infisical"], "database": "x; rm -rf /", "exec": "docker exec -i 'a b'"}
    text = postgres.backup_script("n", "n", facts, TO)
    assert "\ndatabase='x; rm -rf /'\n" in text


@pytest.mark.parametrize("table", ["users; DROP TABLE users", "a b", "", "$(id)"])
def test_a_table_that_is_no_plain_name_is_refused(table: str) -> None:
    with pytest.raises(ValueError, match="no plain name"):
        postgres.backup_script("n", "n", {**APPS["infisical"], "tables": [table]}, TO)


@pytest.mark.parametrize(
    ("address", "path"),
    [("nas", "/x"), ("a@b;id", "/x"), ("a@b", "relative"), ("a@b", "/x y"), ("a@b", "/$(id)")],
)
def test_a_destination_is_a_plain_address_and_path(address: str, path: str) -> None:
    with pytest.raises(ValueError, match="no plain address"):
        scripts.Destination(address, path)


def test_no_script_deletes_what_was_copied() -> None:
    for text in TEXTS.values():
        assert "--delete" not in text
        assert all("$target" not in line for line in text.split("\n") if "rm " in line)


def test_stamps_are_read_and_half_a_line_is_not() -> None:
    digest = "a" * 64
    text = f"one.sql.gz\t120\t{digest}\t1770000000\ntwo.sql.gz\t12"
    assert scripts.parse_stamps(text) == (scripts.Stamp("one.sql.gz", 120, digest, 1770000000),)


def test_row_counts_are_read_beside_the_name_of_their_file() -> None:
    text = "infisical-20260209T075000Z.sql.gz\nsecrets\t5000\t5000\n"
    assert scripts.parse_counts(text) == {"secrets": (5000, 5000)}
