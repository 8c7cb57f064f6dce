"""Runs a stand-in on a host of its own: `python3 -m pve pvesh get /cluster/backup …`.

The package stands alone: copied anywhere on Python's path, it needs nothing of loopkit.
"""

from __future__ import annotations

import sys

from .commands import COMMANDS, run
from .node import real_node

if __name__ == "__main__":
    if sys.argv[1:2] == [] or sys.argv[1] not in COMMANDS:
        sys.exit(f"usage: python3 -m pve {'|'.join(COMMANDS)} [ARGUMENT…]")
    sys.exit(run(real_node(), sys.argv[1:]))
