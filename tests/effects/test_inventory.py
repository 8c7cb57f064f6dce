"""hosts.yaml says what a host is, and nothing in it can surprise."""

from __future__ import annotations

from pathlib import Path

import pytest

from loopkit.effects.ssh.inventory import read_inventory
from loopkit.errors import SettingsError


def inventory(folder: Path, text: str) -> Path:
    """Writes a hosts.yaml."""
    path = folder / "hosts.yaml"
    path.write_text(text)
    return path


def test_a_host_has_facts_and_a_place(tmp_path: Path) -> None:
    path = inventory(tmp_path, "# ours\nhosts:\n  pve: {role: hypervisor, sudo: true}\n  nas:\n")
    found = read_inventory(path)
    assert found.host("pve").facts == {"role": "hypervisor", "sudo": True}
    assert (found.host("pve").sudo, found.host("nas").sudo) == (True, False)
    assert found.host("nas").where == f"{path}:4"
    assert found.host("nas").facts == {}


def test_an_unknown_host_is_answered_with_the_known_ones_and_the_line(tmp_path: Path) -> None:
    path = inventory(tmp_path, "# ours\nhosts:\n  pve:\n  nas:\n")
    with pytest.raises(SettingsError) as caught:
        read_inventory(path).host("nsa")
    assert caught.value.where == f"{path}:2"
    assert caught.value.why == "it has pve, nas"


def test_a_workspace_without_a_file_has_no_hosts(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no host is called pve"):
        read_inventory(tmp_path / "hosts.yaml").host("pve")


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "has no hosts"),
        ("- pve\n", 1, "has no hosts"),
        ("hosts:\n  pve: {role: [}\n", 2, "no valid YAML"),
        ("hosts:\n  pve: {}\n  pve: {}\n", 2, "stands twice"),
        ("hosts:\n  -rf: {}\n", 2, "no name for a host"),
        ("hosts:\n  '../pve': {}\n", 2, "no name for a host"),
        ("hosts:\n  local: {}\n", 2, "no name for a host"),
        ("hosts:\n  pve: hypervisor\n", 2, "names and values"),
        ("hosts:\n  pve: {sudo: maybe}\n", 2, "sudo is true or false"),
        ("hosts:\n  pve: {hostname: 10.0.0.1}\n", 2, "pve has hostname"),
        ("hosts:\n  pve: {x: !!python/object/apply:os.system [id]}\n", 2, "no plain data"),
        ("hosts:\n  a: &a {x: 1}\n  b: *a\n", 2, "uses an alias"),
        ("hosts: {" + "[" * 5000, 1, "YAML"),
        ("hosts:\n  pve: {x: '" + "y" * 300_000 + "'}\n", 1, "too long"),
    ],
)
def test_what_is_no_inventory_is_named_by_its_line(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    path = inventory(tmp_path, text)
    with pytest.raises(SettingsError, match=said) as caught:
        read_inventory(path)
    assert caught.value.where.startswith(f"{path}:{line}")


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "hosts.yaml").write_bytes(b"hosts:\n  \xff: {}\n")
    with pytest.raises(SettingsError, match="cannot be read"):
        read_inventory(tmp_path / "hosts.yaml")
