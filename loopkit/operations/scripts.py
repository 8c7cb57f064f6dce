"""Scripts on a host, and what those that send files share: one run at a time, a proved copy.

They are plain POSIX sh. A stamp is written only after the copy on the other side had the same
hash: `FILE TAB BYTES TAB SHA256 TAB EPOCH`, one line a file (`facts.stamps` reads them).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from loopkit import facts
from loopkit.operations.files import file
from loopkit.operations.given import Given
from loopkit.runbook import Step

_SAFE_PATH = re.compile(r"/[A-Za-z0-9_./-]+\Z")
_SAFE_ADDRESS = re.compile(r"[A-Za-z0-9_.-]+@[A-Za-z0-9_.-]+\Z")
_PLAIN_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*\Z")
_TABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")

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
"""The shell function `send`, for a script that has a head: it copies $work/$file and stamps it."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a script copies to: `user@host`, and a directory there."""

    address: str
    path: str

    def __post_init__(self) -> None:
        if not _SAFE_ADDRESS.match(self.address) or not _SAFE_PATH.match(self.path):
            raise ValueError(f"{self.address}:{self.path} is no plain address and path")


def script(name: str, job: str, content: Given[str], *, host: str = "") -> Step:
    """Returns the step that installs a script of a job, to be run by root."""
    return file(name, script_path(job), content, mode=0o755, mark=job, host=host)


def script_path(job: str) -> str:
    """Returns where a job's script lies."""
    return f"/usr/local/bin/{job}.sh"


def script_head(job: str, about: str, to: Destination) -> str:
    """Returns the beginning of a script that sends files: its settings, `fail`, and its lock.

    Raises:
        ValueError: the job's name is no plain word.
    """
    return _HEAD.format(
        about=" ".join(about.split()),
        name=plain_words([job]),
        address=to.address,
        target=to.path,
        state=facts.stamp_path(job),
        work=f"{facts.STATE_DIRECTORY}/{job}.work",
    )


def plain_words(names: Iterable[str]) -> str:
    """Returns names for a shell list.

    Raises:
        ValueError: one has other characters than letters, digits, `_`, `.` and `-`.
    """
    return _listed(names, _PLAIN_WORD, "no plain name")


def table_names(names: Iterable[str]) -> str:
    """Returns names of tables for a shell list.

    Raises:
        ValueError: one has other characters than letters, digits and `_`.
    """
    return _listed(names, _TABLE, "no plain name of a table")


def _listed(names: Iterable[str], pattern: re.Pattern[str], fault: str) -> str:
    found = [names] if isinstance(names, str) else list(names)
    wrong = [name for name in found if not pattern.match(name)]
    if wrong:
        raise ValueError(f"{', '.join(map(repr, wrong))}: {fault}")
    return " ".join(found)


def shell_word(setting: object) -> str:
    """Returns a setting as one word of the shell."""
    return shlex.quote(str(setting))
