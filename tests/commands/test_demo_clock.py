"""The demo does not know what time it is: by a machine whose clock says something else."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest

from loopkit.lab import control

FAKETIME = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))


@pytest.mark.skipif(not FAKETIME, reason="faketime is not installed")
@pytest.mark.parametrize("machine", ["2026-11-25T11:15+00:00", "2031-07-01T15:00+00:00"])
def test_the_demo_is_the_same_whatever_the_machine_takes_for_the_time(
    tmp_path: Path, machine: str
) -> None:
    pytest.importorskip("asyncssh", reason="the lab extra is not installed")
    ahead = datetime.fromisoformat(machine).timestamp() - time.time()
    faked = {"LD_PRELOAD": str(FAKETIME[0]), "FAKETIME": f"{ahead:+.0f}", "NO_FAKE_STAT": "1"}
    said = subprocess.run(
        [sys.executable, "-m", "loopkit.ui.cli", "demo", "work"],
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", **faked},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    control.down(tmp_path / "work" / ".loopkit" / "lab")
    assert said.returncode == 0, said.stdout[-3000:] + said.stderr[-3000:]
    assert machine[:10] not in said.stdout + said.stderr
    assert "The lab's time is 2026-02-09 10:30 EST." in said.stdout
