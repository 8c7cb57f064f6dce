"""Prints every file that the host keeps, one a line: mode, owner, time, hash, path.

What only says that time went by is left out: logs, run-time state, PostgreSQL's own pages, and
the bytecode of Proxmox's stand-ins.
"""

import hashlib
import os
import stat

LEFT_OUT = {
    *("/proc", "/sys", "/dev", "/run", "/lab", "/usr", "/usr/local/lib/labpve"),
    *("/var/log", "/var/lib/postgresql"),
}
ROOTS = ("/", "/usr/local")


def main() -> None:
    """Walks the host, in one order."""
    for root in ROOTS:
        for folder, names, files in os.walk(root):
            names[:] = sorted(n for n in names if os.path.join(folder, n) not in LEFT_OUT)
            for name in sorted(files + names):
                print(line(os.path.join(folder, name)))


def line(path: str) -> str:
    """Describes one file or directory."""
    seen = os.lstat(path)
    content, when = "-", f"{seen.st_mtime:.6f}"
    if stat.S_ISLNK(seen.st_mode):
        content = os.readlink(path)
    elif stat.S_ISREG(seen.st_mode):
        with open(path, "rb") as stream:
            content = hashlib.sha256(stream.read()).hexdigest()
    elif stat.S_ISDIR(seen.st_mode):
        when = "-"  # a temporary file that came and went leaves no trace but this
    return f"{seen.st_mode:o} {seen.st_uid}:{seen.st_gid} {when} {content} {path!r}"


if __name__ == "__main__":
    main()
