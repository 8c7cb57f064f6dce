"""Runs the whole demo at many beginnings, and prints which passed.

    python tests/demo_hours.py                  every half hour of every kind of day: 288 demos
    python tests/demo_hours.py --every 240      every fourth hour
    python tests/demo_hours.py --day "leap day" --jobs 2
    python tests/demo_hours.py 2026-03-08T12:05+00:00 2026-11-01T11:59:50+00:00

A demo takes some ten seconds. Each has a folder of its own; that of one that failed stays, with all
it printed in `said`. Exits with 1 when one failed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import rmtree
from zoneinfo import ZoneInfo

# Days in UTC: both zones change their clocks within them, at 06:00 or 07:00 in New York and at
# 11:00 or 12:00 on pve.
DAYS = {
    "winter": "2026-01-14",
    "summer": "2026-07-15",
    "the clocks go forward": "2026-03-08",
    "the clocks go back": "2026-11-01",
    "year end": "2026-12-31",
    "leap day": "2028-02-29",
}
ZONES = (ZoneInfo("America/New_York"), ZoneInfo("America/Adak"))


def moments(day: str, every: int = 30) -> Iterator[datetime]:
    """Yields the moments of a day of DAYS, so many minutes apart."""
    first = datetime.fromisoformat(DAYS[day]).replace(tzinfo=UTC)
    for minutes in range(0, 24 * 60, every):
        yield first + timedelta(minutes=minutes)


@dataclass(frozen=True)
class Ran:
    """One demo: when it began, what it ended with, and how long it took."""

    begin: datetime
    folder: Path
    code: int
    seconds: float

    def __str__(self) -> str:
        places = "  ".join(f"{self.begin.astimezone(zone):%H:%M %Z}" for zone in ZONES)
        word = "passed" if self.code == 0 else f"FAILED  {self.folder / 'said'}"
        return f"{self.begin:%Y-%m-%d %H:%M} UTC  {places:<20}  {self.seconds:5.1f}s  {word}"


def run(begin: datetime, folder: Path) -> Ran:
    """Runs one demo, and ends its lab."""
    folder.mkdir()
    loop = [sys.executable, "-m", "loopkit.ui.cli", "-C", str(folder)]
    began = time.monotonic()
    with (folder / "said").open("wb") as said:
        demo = [*loop, "demo", "work", "--begin", begin.isoformat()]
        code = subprocess.run(demo, stdout=said, stderr=said, check=False).returncode
    work = str(folder / "work")
    subprocess.run([*loop[:-1], work, "lab", "down"], capture_output=True, check=False)
    if code == 0:
        rmtree(folder)
    return Ran(begin, folder, code, time.monotonic() - began)


def main() -> int:
    """Runs what the command line asks for."""
    parser = argparse.ArgumentParser(description="Runs the whole demo at many beginnings.")
    parser.add_argument("moments", metavar="MOMENT", nargs="*", type=datetime.fromisoformat)
    parser.add_argument("--day", choices=DAYS, action="append", help="only this kind of day")
    parser.add_argument("--every", metavar="MINUTES", type=int, default=30)
    parser.add_argument("--jobs", metavar="N", type=int, default=1, help="so many at a time")
    asked = parser.parse_args()
    begins = asked.moments or [m for d in asked.day or DAYS for m in moments(d, asked.every)]
    top = Path(tempfile.mkdtemp(prefix="demo-hours-"))
    passed = 0
    with ThreadPoolExecutor(asked.jobs) as pool:
        folders = (top / str(number) for number in range(len(begins)))
        for ran in pool.map(run, begins, folders):
            print(ran, flush=True)
            passed += ran.code == 0
    print(f"{passed} of {len(begins)} passed")
    if passed == len(begins):
        rmtree(top)
    return 0 if passed == len(begins) else 1


if __name__ == "__main__":
    sys.exit(main())
