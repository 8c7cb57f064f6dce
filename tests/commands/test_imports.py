"""What a command makes Python import: who only reads does not wait for what reaches hosts."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.desk import Desk

REACHES_HOSTS = {"fabric", "invoke", "paramiko"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk.fresh(tmp_path_factory.mktemp("imports"))


def imported(desk: Desk, *argv: str) -> set[str]:
    """Returns the modules that Python says a command imported."""
    said = desk.loop(*argv, code=None, PYTHONPROFILEIMPORTTIME="1").err
    return set(re.findall(r"^import time:\s*\d+ \|\s*\d+ \|\s*(\S+)$", said, re.MULTILINE))


@pytest.mark.parametrize("verb", ["list", "show", "why", "check", "log"])
def test_a_verb_that_only_reads_imports_nothing_that_reaches_hosts(desk: Desk, verb: str) -> None:
    names = () if verb in ("list", "check") else ("BACKUP",)
    found = imported(desk, verb, *names)
    assert "loopkit.effects.workspace" in found
    assert found & REACHES_HOSTS == set()
    assert [name for name in found if name.startswith("loopkit.effects.ssh")] == []


def test_a_verb_that_reaches_hosts_is_seen_to_import_what_it_takes(desk: Desk) -> None:
    assert imported(desk, "cap", "run", "backup.status") >= REACHES_HOSTS


def test_a_transport_that_reached_no_host_has_imported_nothing_that_would(tmp_path: Path) -> None:
    names = sorted(REACHES_HOSTS)
    program = (
        "import sys; from pathlib import Path\n"
        "from loopkit.effects.settings import default_settings\n"
        "from loopkit.effects.ssh.transport import SshTransport\n"
        f"SshTransport(default_settings(Path({str(tmp_path)!r})))\n"
        f"print([name for name in {names} if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.stdout == "[]\n", ran.stderr
