"""Prints the figures: python -m tests.crash --kills 500 --cuts 200 --interrupts 100."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.crash.killing import cut_links, interrupt_at_random, kill_at_points, kill_at_random
from tests.crash.scene import server_at_home
from tests.effects.sshd import MISSING


def main() -> None:
    """Runs the four series and prints a line for each; an assertion ends it."""
    options = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    options.add_argument("--kills", type=int, default=500)
    options.add_argument("--cuts", type=int, default=200)
    options.add_argument("--interrupts", type=int, default=100)
    options.add_argument("--seed", type=int, default=1)
    asked = options.parse_args()
    if MISSING:
        sys.exit(MISSING)
    with tempfile.TemporaryDirectory() as name, server_at_home(Path(name) / "sshd") as server:
        folder = Path(name)
        print("SIGKILL at every point: ", kill_at_points(folder / "points", server), flush=True)
        kills = kill_at_random(folder / "kills", server, asked.kills, asked.seed)
        print("SIGKILL at random:      ", kills, flush=True)
        cuts = cut_links(folder / "cuts", server, asked.cuts, asked.seed)
        print("link cut at random:     ", cuts, flush=True)
        presses = interrupt_at_random(folder / "presses", server, asked.interrupts, asked.seed)
        print("Ctrl-C at random:       ", presses)


main()
