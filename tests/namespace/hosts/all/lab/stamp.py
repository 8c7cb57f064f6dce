"""Moves the times of files that were written since SINCE forward by AHEAD seconds.

A file whose time was set on purpose (rsync -t, touch -d) is left: its ctime tells.
"""

import os
import sys

TREES = ("/tank", "/volume1", "/var", "/root", "/home", "/opt", "/srv", "/etc")
LEFT_ALONE = "/var/lib/postgresql"


def main(since: float, ahead: float) -> None:
    """Walks what a job may write."""
    for tree in TREES:
        for directory, names, files in os.walk(tree):
            names[:] = [n for n in names if os.path.join(directory, n) != LEFT_ALONE]
            for name in files:
                stamp(os.path.join(directory, name), since, ahead)


def stamp(path: str, since: float, ahead: float) -> None:
    """Moves one file's time, when the kernel set it."""
    try:
        seen = os.lstat(path)
        if seen.st_ctime >= since - 0.1 and abs(seen.st_ctime - seen.st_mtime) < 2:
            moved = seen.st_mtime + ahead
            os.utime(path, (moved, moved), follow_symlinks=False)
    except FileNotFoundError:
        return


if __name__ == "__main__":
    main(float(sys.argv[1]), float(sys.argv[2]))
