"""What every installed backup script shares: one run at a time, a proved copy, a stamp at the end.

The scripts are plain POSIX sh. A stamp is written only after the copy on the other side had the
same hash: `FILE TAB BYTES TAB SHA256 TAB EPOCH`, one line a file.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

STATE_DIRECTORY = "/var/lib/loopkit"
_SAFE_PATH = re.compile(r"/[A-Za-z0-9_./-]+\Z")
_SAFE_ADDRESS = re.compile(r"[A-Za-z0-9_.-]+@[A-Za-z0-9_.-]+\Z")
_SAFE_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")

_HEAD = """\
#!/bin/sh
# {about}
set -eu
umask 077
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
name={name}
address={address}
target={target}
state={state}
work={work}
remote='ssh -o BatchMode=yes -o StrictHostKeyChecking=yes'

fail() {{
    echo "$name: $1" >&2
    exit 1
}}

exec 9>"/run/lock/$name.lock"
flock -n 9 || fail "another run holds the lock"
mkdir -p "$work"
"""

SEND = """
# Copies $work/$file to the other side, and says so only when the hash there is the same.
send() {
    sync "$work/$file"
    sum=$(sha256sum "$work/$file")
    sum=${sum%% *}
    bytes=$(wc -c < "$work/$file")
    rsync -a --partial-dir=.rsync-partial --timeout=120 -e "$remote" \\
        "$work/$file" "$address:$target/"
    there=$($remote "$address" sha256sum -- "$target/$file")
    [ "${there%% *}" = "$sum" ] || fail "the copy of $file on $address differs"
    printf '%s\\t%s\\t%s\\t%s\\n' "$file" "$bytes" "$sum" "$(date +%s)" > "$state.part"
    mv "$state.part" "$state"
    rm -f "$work/$file"
}
"""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a script copies to: `user@host`, and a directory there."""

    address: str
    path: str

    def __post_init__(self) -> None:
        if not _SAFE_ADDRESS.match(self.address) or not _SAFE_PATH.match(self.path):
            raise ValueError(f"{self.address}:{self.path} is no plain address and path")


@dataclass(frozen=True, slots=True)
class Stamp:
    """One line that a script leaves after a proved copy; `at` is in seconds since 1970."""

    file: str
    bytes: int
    sha256: str
    at: int


def head(name: str, about: str, to: Destination) -> str:
    """Returns the beginning of a script."""
    return _HEAD.format(
        about=about,
        name=name,
        address=to.address,
        target=to.path,
        state=stamp_path(name),
        work=f"{STATE_DIRECTORY}/{name}.work",
    )


def script_path(name: str) -> str:
    """Returns where a script lies."""
    return f"/usr/local/bin/{name}.sh"


def cron_path(name: str) -> str:
    """Returns where its cron file lies; a dot in that name would make cron ignore it."""
    return f"/etc/cron.d/{name}"


def stamp_path(name: str) -> str:
    """Returns where its stamp lies."""
    return f"{STATE_DIRECTORY}/{name}.stamp"


def parse_stamps(text: str) -> tuple[Stamp, ...]:
    """Reads the stamps of a script; a line that is none is left out."""
    rows = (line.split("\t") for line in text.split("\n"))
    return tuple(
        Stamp(row[0], int(row[1]), row[2], int(row[3]))
        for row in rows
        if len(row) == 4 and row[1].strip().isdecimal() and row[3].isdecimal()
    )


def parse_counts(text: str) -> dict[str, tuple[int, ...]]:
    """Reads lines of a name and whole numbers, such as row counts: `TABLE TAB LIVE TAB COPY`."""
    rows = (line.split("\t") for line in text.split("\n"))
    return {
        row[0]: tuple(int(n) for n in row[1:])
        for row in rows
        if len(row) > 1 and all(n.strip().isdecimal() for n in row[1:])
    }


def words(names: list[str]) -> str:
    """Returns table names for a shell list.

    Raises:
        ValueError: one of them is no plain word.
    """
    wrong = [name for name in names if not _SAFE_WORD.match(name)]
    if wrong:
        raise ValueError(f"{', '.join(map(repr, wrong))}: no plain name of a table")
    return " ".join(names)


def quoted(text: object) -> str:
    """Returns a setting as one shell word."""
    return shlex.quote(str(text))
