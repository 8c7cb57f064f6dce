"""Measures the connection against a real OpenSSH server on loopback.

python -m tests.bench_connection
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.effects.sshd import MISSING, Bench, running


def main() -> int:
    """Prints one figure a line."""
    if MISSING:
        print(f"cannot measure: {MISSING}")
        return 1
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "sshd") as server:
        _measure(Bench(Path(folder) / "workspace", server))
    return 0


def _measure(bench: Bench) -> None:
    size = 100 * 2**20
    fresh = _median(15, lambda: _first_command(bench))
    with bench.hosts() as hosts:
        pve = hosts["pve"]
        pve.read("true")
        command = _median(200, lambda: pve.read("true"))
        big = _median(3, lambda: pve.read("head", "-c", str(size), "/dev/zero"))
        given = b"x" * (20 * 2**20)
        sent = _median(3, lambda: pve.read("wc", "-c", stdin=given))
    print(f"first command on a fresh connection   {fresh * 1000:8.1f} ms")
    print(f"one command on an open connection     {command * 1000:8.1f} ms")
    print(f"100 MB of output, hashed, 8 MB kept   {big:8.2f} s")
    print(f"20 MB of standard input               {sent:8.2f} s")


def _first_command(bench: Bench) -> None:
    with bench.hosts() as hosts:
        hosts["pve"].read("true")


def _median(times: int, act: Callable[[], object]) -> float:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        took.append(time.perf_counter() - began)
    return statistics.median(took)


if __name__ == "__main__":
    sys.exit(main())
