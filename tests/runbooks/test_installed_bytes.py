"""What the backup loop's phases install on hosts: the bytes of every script and cron file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.runbooks.indoors import House

GOLDEN = Path(__file__).parent / "installed"
FILES = [path.relative_to(GOLDEN) for path in sorted(GOLDEN.rglob("*")) if path.is_file()]
FIND = ("find", "/usr/local/bin", "/etc/cron.d", "-type", "f")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    made = House.at(tmp_path_factory.mktemp("bytes") / "work")
    for phase in ("P0", "P1", "P3", "P4"):
        made.does(phase)
    return made


@pytest.mark.parametrize("file", FILES, ids=str)
def test_an_installed_file_has_the_bytes_and_the_mode_that_it_always_had(
    house: House, file: Path
) -> None:
    host, path = file.parts[0], "/" + "/".join(file.parts[1:])
    mode = "755" if path.endswith(".sh") else "644"
    assert house.host(host).read("cat", path).stdout == (GOLDEN / file).read_text()
    assert house.host(host).read("stat", "-c", "%U:%G %a", path).stdout == f"root:root {mode}\n"


@pytest.mark.parametrize("host", ["pve", "infra-core"])
def test_nothing_else_is_installed(house: House, tmp_path: Path, host: str) -> None:
    before = House.at(tmp_path / "work").host(host).read(*FIND, ok=(0, 1)).lines
    installed = {f"/{'/'.join(file.parts[1:])}" for file in FILES if file.parts[0] == host}
    assert set(house.host(host).read(*FIND).lines) - set(before) == installed
