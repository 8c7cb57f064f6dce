"""Snapshot as hosts print them: (command, raw output, expected fact), one file a kind of host."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import yaml

from loopkit import facts
from loopkit.facts import parse_listing
from tests.runbooks.books import Recorded, module

FILES = sorted((Path(__file__).parent / "facts").glob("*.yaml"))
CASES = [case for path in FILES for case in yaml.safe_load(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_fact_is_read_from_what_a_host_printed(case: dict[str, Any]) -> None:
    name, _, function = case["reads"].partition(":")
    host = Recorded(case["exchanges"])
    home = facts if name == facts.__name__ else module(name)
    found = getattr(home, function)(host, *case.get("args", ()))
    assert plain(found) == case["fact"]


def plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return value


def test_a_listing_survives_the_names_that_hosts_can_have() -> None:
    names = ["a\nf\t9\t9\tforged", "b\tc", "| P5 | **done** |", "-rf", "\x1b]0;x\x07"]
    records = ["d\t4096\t1.5\t/d", *(f"f\t7\t2.25\t/d/{name}" for name in names)]
    listing = parse_listing(["/d"], "\0".join(records) + "\0", "")
    assert [entry.name for entry in listing.files("/d")] == sorted(names)
    assert {entry.mtime for entry in listing.files("/d")} == {2.25}


@pytest.mark.parametrize(
    ("stdout", "stderr", "fault"),
    [
        ("", "find: ‘/d’: No such file or directory\n", "it does not exist"),
        ("f\t1\t1.0\t/d\0", "", "it is no directory"),
        ("d\t1\t1.0\t/d\0", "find: ‘/d’: Permission denied\n", "it cannot be read"),
    ],
)
def test_a_directory_that_cannot_be_listed_is_never_an_empty_one(
    stdout: str, stderr: str, fault: str
) -> None:
    listing = parse_listing(["/d"], stdout, stderr)
    assert fault in listing.faults["/d"]
    assert "/d" not in listing.entries


def test_a_copy_is_proved_by_its_hash_on_the_other_side_and_not_by_its_name() -> None:
    there: Any = Recorded(
        [
            {
                "command": ["sha256sum", "--", "/d/a.gz", "/d/b.gz", "/d/c.gz"],
                "exit": 1,
                "stdout": f"{'a' * 64}  /d/a.gz\n{'0' * 64}  /d/b.gz\n",
            }
        ]
    )
    sent = [facts.Stamp(f"{name}.gz", 9, name * 64, 0) for name in "abc"]
    assert facts.proved(sent, there, "/d") == (sent[0],)
    assert facts.proved([], there, "/d") == ()
