"""The inventory is read strictly and edited by one word."""

from __future__ import annotations

from datetime import timedelta

import pytest

from loopkit.errors import SettingsError
from tests.runbooks.books import INVENTORY, module

inventory_file = module("backup_inventory")
NAMES = [target.name for target in inventory_file.parse(INVENTORY, "i").targets]


@pytest.mark.parametrize("name", NAMES)
def test_enabling_a_target_changes_one_word_and_keeps_every_comment(name: str) -> None:
    edited = inventory_file.enable(INVENTORY, name)
    old, new = INVENTORY.decode().split("\n"), edited.decode().split("\n")
    changed = [(a, b) for a, b in zip(old, new, strict=True) if a != b]
    assert len(changed) <= 1
    assert all(b == a.replace("enabled: false", "enabled: true") for a, b in changed)
    assert inventory_file.parse(edited, "i").target(name).enabled
    assert inventory_file.enable(edited, name) == edited


def test_line_ends_and_wide_characters_before_the_flag_are_kept() -> None:
    raw = INVENTORY.replace(b"\n", b"\r\n").replace(b"# What", "# Läuft 🛟 what".encode(), 1)
    edited = inventory_file.enable(raw, "vm-207-ai-consolidation")
    assert edited.count(b"\r\n") == raw.count(b"\r\n") == edited.count(b"\n")
    assert len(edited) == len(raw) - 1


def test_classes_give_the_limits() -> None:
    inv = inventory_file.parse(INVENTORY, "i")
    assert inv.target("vm-204-infra-core").limit == timedelta(hours=26)
    assert inv.of_vm(209, "vzdump").limit == timedelta(hours=48)


def test_a_copy_that_leaves_once_a_day_may_be_a_day_older_than_its_class() -> None:
    inv = inventory_file.parse(INVENTORY, "i")
    assert inv.of_vm(204, "offsite").limit == timedelta(hours=26 + 24)
    assert inv.of_vm(200, "offsite").limit == timedelta(hours=48 + 24)


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        (b"enabled: true", b'enabled: "yes"', "true or false"),
        (b"class: critical", b"class: precious", "no threshold"),
        (b"critical: 26h", b"critical: 26", "number of hours"),
        (b"path: /tank", b"path: tank", "not absolute"),
        (b"name: vm-202-legacy", b"name: vm-200-docker-host", "two targets"),
        (b"    glob: ", b"    globe: ", "glob"),
        (b"targets:", b"targets: [", ""),
        (b"offsite:", b"a: &a [1]\nb: *a\noffsite:", "aliases"),
    ],
)
def test_a_wrong_inventory_is_refused_with_the_reason(old: bytes, new: bytes, word: str) -> None:
    with pytest.raises(SettingsError) as refused:
        inventory_file.parse(INVENTORY.replace(old, new, 1), "runbooks/backup.inventory.yaml")
    assert word in str(refused.value)
    assert "runbooks/backup.inventory.yaml" in str(refused.value)


def test_a_target_that_is_not_there_cannot_be_enabled() -> None:
    with pytest.raises(SettingsError, match="vm-999"):
        inventory_file.enable(INVENTORY, "vm-999")
