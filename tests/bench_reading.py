"""Measures how long reading takes, beside an older checkout where one is given: a command.

    python -m tests.bench_reading [OLD_CHECKOUT]

Reads 299 documents: the labelled ones beside the checkout, or else our own plans, again and again
until there are so many. The old and the new take turns, so that what else the machine does falls on
both alike; the ratio is that of the medians.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
LABELLED = ROOT.parent / "shared" / "corpus" / "docs"
DOCUMENTS = 299
ROUNDS = 9
PASSES = 3


def texts(folder: Path) -> list[tuple[str, bytes]]:
    """Returns so many documents of a folder, from its beginning again where it has fewer."""
    files = sorted(folder.glob("*.md"))
    return [
        (files[i % len(files)].name, files[i % len(files)].read_bytes()) for i in range(DOCUMENTS)
    ]


def least(folder: Path) -> float:
    """Returns the least processor time of a few passes over the documents."""
    from loopkit.loop.parse.reader import read
    from loopkit.markdown.source import Source

    documents, times = texts(folder), []
    for _ in range(PASSES):
        begun = time.process_time()
        for name, raw in documents:
            read(Source.decode(raw, name), name)
        times.append(time.process_time() - begun)
    return min(times)


def seconds(checkout: Path, folder: Path) -> float:
    """Returns what a checkout takes, in a process of its own."""
    argv = [sys.executable, str(Path(__file__).resolve()), "--once", str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout)


def main(arguments: Sequence[str]) -> int:
    """Prints the time of this checkout, and its ratio to another's."""
    if arguments[:1] == ["--once"]:
        print(least(Path(arguments[1])))
        return 0
    folder = LABELLED if LABELLED.is_dir() else ROOT / "tests" / "styles"
    checkouts = [*(Path(each).resolve() for each in arguments), ROOT]
    times: dict[Path, list[float]] = {checkout: [] for checkout in checkouts}
    for _ in range(ROUNDS):
        for checkout in checkouts:
            times[checkout].append(seconds(checkout, folder))
    for checkout, found in times.items():
        print(f"{median(found) * 1000:7.1f} ms  {checkout}")
    if len(checkouts) > 1:
        print(f"the new takes {median(times[ROOT]) / median(times[checkouts[0]]):.2f} of the old")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
