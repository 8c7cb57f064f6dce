"""Snapshot as hosts print them: (command, raw output, expected fact), one file a kind of host."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.runbooks.books import Recorded, module

FILES = sorted((Path(__file__).parent / "facts").glob("*.yaml"))
CASES = [case for path in FILES for case in yaml.safe_load(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_fact_is_read_from_what_a_host_printed(case: dict[str, Any]) -> None:
    name, _, function = case["reads"].partition(":")
    host = Recorded(case["exchanges"])
    found = getattr(module(name), function)(host, *case.get("args", ()))
    assert plain(found) == case["fact"]


def plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return value


def test_a_listing_survives_the_names_that_hosts_can_have() -> None:
    hostfacts = module("generic.hostfacts")
    names = ["a\nf\t9\t9\tforged", "b\tc", "| P5 | **done** |", "-rf", "\x1b]0;x\x07"]
    records = ["d\t4096\t1.5\t/d", *(f"f\t7\t2.25\t/d/{name}" for name in names)]
    listing = hostfacts.parse_listing(["/d"], "\0".join(records) + "\0", "")
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
    listing = module("generic.hostfacts").parse_listing(["/d"], stdout, stderr)
    assert fault in listing.faults["/d"]
    assert "/d" not in listing.entries
