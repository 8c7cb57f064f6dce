"""A nightly PostgreSQL dump: complete or not kept, copied and proved, restored for a test."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from .scripts import SEND, STATE_DIRECTORY, Destination, head, quoted, words

SCRATCH = "loopkit_restore_test"
COMPLETE = "-- PostgreSQL database dump complete"
DATABASES = (
    "/* loopkit:databases */ SELECT datname, pg_database_size(datname) "
    "FROM pg_database WHERE NOT datistemplate ORDER BY datname"
)

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


def backup_script(name: str, app: str, facts: Mapping[str, Any], to: Destination) -> str:
    """Returns the script that dumps one database; `facts` are those of hosts.yaml.

    It takes its password, if one is needed, from PGPASSFILE or ~/.pgpass: never from its argv.
    """
    about = f"Dumps database {facts['database']}, proves it complete, copies it to {to.address}."
    body = _BODY.format(
        exec=quoted(shlex.join(shlex.split(str(facts.get("exec", ""))))),
        host=quoted(facts["host"]),
        database=quoted(facts["database"]),
        user=quoted(facts["user"]),
        admin=quoted(facts["admin"]),
        complete=COMPLETE,
        scratch=SCRATCH,
        tables=words(list(facts["tables"])),
        counts=counts_path(name),
        app=app,
    )
    return head(name, about, to) + SEND + body


def counts_path(name: str) -> str:
    """Returns where the row counts of the last restore test lie: its file, then a line a table."""
    return f"{STATE_DIRECTORY}/{name}.restored"
