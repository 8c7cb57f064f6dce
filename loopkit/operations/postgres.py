"""A nightly PostgreSQL dump: complete or not kept, copied and proved, restored for a test."""

from __future__ import annotations

import shlex
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

_SCRATCH = "loopkit_restore_test"
_COMPLETE = "-- PostgreSQL database dump complete"

_BODY = """
run={exec}
host={host}
database={database}

admin() {{
    $run psql -h "$host" -U {admin} -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}}

# A pipe into gzip would hide that pg_dump failed, so the dump is whole before it is packed. Its
# last words are looked for in ten lines, as newer releases write a few more after them.
dump() {{
    file={app}-$(date -u +%Y%m%dT%H%M%SZ).sql.gz
    part=$work/dump.sql
    rm -f "$part" "$part.gz"
    $run pg_dump -h "$host" -U {user} -d "$database" > "$part"
    tail -n 10 "$part" | grep -F -e '{complete}' > /dev/null || fail "the dump is not complete"
    gzip -6 "$part"
    gzip -t "$part.gz"
    mv "$part.gz" "$work/$file"
    send
}}

# Restores the copy that the stamp names, as it came back from the other side.
restore_test() {{
    read -r file rest < "$state"
    rsync -a --timeout=120 -e "$remote" "$address:$target/$file" "$work/$file"
    gzip -dc "$work/$file" > "$work/restore.sql"
    admin -d postgres -c 'DROP DATABASE IF EXISTS {scratch}'
    admin -d postgres -c 'CREATE DATABASE {scratch}'
    admin -d {scratch} < "$work/restore.sql" > /dev/null
    printf '%s\\n' "$file" > "$counts.part"
    for table in {tables}; do
        live=$(admin -d "$database" -c "SELECT count(*) FROM $table")
        restored=$(admin -d {scratch} -c "SELECT count(*) FROM $table")
        printf '%s\\t%s\\t%s\\n' "$table" "$live" "$restored" >> "$counts.part"
    done
    admin -d postgres -c 'DROP DATABASE {scratch}'
    rm -f "$work/$file" "$work/restore.sql"
    mv "$counts.part" "$counts"
}}

counts={counts}
case "${{1:-dump}}" in
    dump) dump ;;
    restore-test) restore_test ;;
    *) fail "it knows dump and restore-test" ;;
esac
"""


@dataclass(frozen=True, slots=True)
class PostgresDump:
    """A database, who may read it, and where its dumps go.

    `admin` may create the scratch database of a restore test, in which each of `tables` is
    counted. `exec` are words before pg_dump and psql, such as `docker exec -i some-db`. A
    password, if one is needed, is in PGPASSFILE or ~/.pgpass: never among the arguments.
    """

    app: str
    to: Destination
    database: str
    user: str
    admin: str
    host: str
    tables: Sequence[str]
    exec: str = ""

    def script(self, job: str) -> str:
        """Returns the script; `dump` and `restore-test` are its words.

        Raises:
            ValueError: the app or a table has no plain name.
        """
        about = (
            f"Dumps database {self.database}, proves it complete, copies it to {self.to.address}."
        )
        body = _BODY.format(
            exec=shell_word(shlex.join(shlex.split(self.exec or ""))),
            host=shell_word(self.host),
            database=shell_word(self.database),
            user=shell_word(self.user),
            admin=shell_word(self.admin),
            complete=_COMPLETE,
            scratch=_SCRATCH,
            tables=table_names(self.tables),
            counts=facts.restored_path(job),
            app=plain_words([self.app]),
        )
        return script_head(job, about, self.to) + SEND + body


def postgres_dump(name: str, job: str, dump: Given[PostgresDump], *, host: str = "") -> Step:
    """Returns the step that installs the script of a nightly dump."""
    return script(name, job, lambda c: given(c, dump).script(job), host=host)
