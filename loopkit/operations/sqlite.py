"""A nightly snapshot of an application on SQLite: the database by SQLite itself, then its files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from loopkit import facts
from loopkit.operations.given import Given, given
from loopkit.operations.scripts import (
    SEND,
    Destination,
    plain_words,
    script,
    script_head,
    shell_word,
    table_names,
)
from loopkit.runbook import Step

_BODY = """
data={data}
tree=$work/tree
rm -rf "$tree"
mkdir -p "$tree"

# A tar of the live directory may tear the database from its -wal. The snapshot comes first: what
# the database then speaks of is in the files that are copied after it.
sqlite3 "$data/{database}" ".backup '$tree/{database}'"
check=$(sqlite3 "$tree/{database}" 'PRAGMA integrity_check')
[ "$check" = ok ] || fail "the snapshot is damaged: $check"
: > "$counts.part"
for table in {tables}; do
    rows=$(sqlite3 "$tree/{database}" "SELECT count(*) FROM $table")
    printf '%s\\t%s\\n' "$table" "$rows" >> "$counts.part"
done
rm -f "$tree/{database}-wal" "$tree/{database}-shm"
for extra in {extras}; do
    if [ -e "$data/$extra" ]; then
        cp -a "$data/$extra" "$tree/$extra"
    fi
done

file={app}-$(date -u +%Y%m%dT%H%M%SZ).tar.gz
tar -C "$tree" -czf "$work/$file" .
tar -tzf "$work/$file" > "$work/list"
grep -F -e {database} "$work/list" > /dev/null || fail "the archive lacks the database"
send
rm -rf "$tree" "$work/list"
mv "$counts.part" "$counts"
"""


@dataclass(frozen=True, slots=True)
class SqliteBackup:
    """An application's directory `data`, what of it is kept, and where the archives go.

    `database` is a file there, in which each of `tables` is counted; `files` are further files
    and directories there, kept when they exist.
    """

    app: str
    to: Destination
    data: str
    database: str
    tables: Sequence[str]
    files: Sequence[str] = ()

    def script(self, job: str) -> str:
        """Returns the script.

        Raises:
            ValueError: the app, the database, a table or a file has no plain name.
        """
        about = f"Snapshots {self.app}, proves it sound, copies it to {self.to.address}."
        body = _BODY.format(
            data=shell_word(self.data),
            database=plain_words([self.database]),
            tables=table_names(self.tables),
            extras=plain_words(self.files),
            app=plain_words([self.app]),
        )
        counts = f"counts={facts.counts_path(job)}\n"
        return script_head(job, about, self.to) + counts + SEND + body


def sqlite_backup(name: str, job: str, backup: Given[SqliteBackup], *, host: str = "") -> Step:
    """Returns the step that installs the script of a nightly snapshot."""
    return script(name, job, lambda c: given(c, backup).script(job), host=host)
