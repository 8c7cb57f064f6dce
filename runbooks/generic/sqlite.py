"""A nightly snapshot of an application on SQLite: the database by SQLite itself, then its files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .scripts import SEND, STATE_DIRECTORY, Destination, head, quoted, words

_BODY = """
data={data}
tree=$work/tree
rm -rf "$tree"
mkdir -p "$tree"

# A tar of the live directory may tear the database from its -wal. The snapshot comes first: what
# the database then speaks of is in the files that are copied after it.
sqlite3 "$data/db.sqlite3" ".backup '$tree/db.sqlite3'"
check=$(sqlite3 "$tree/db.sqlite3" 'PRAGMA integrity_check')
[ "$check" = ok ] || fail "the snapshot is damaged: $check"
: > "$counts.part"
for table in {tables}; do
    rows=$(sqlite3 "$tree/db.sqlite3" "SELECT count(*) FROM $table")
    printf '%s\\t%s\\n' "$table" "$rows" >> "$counts.part"
done
rm -f "$tree/db.sqlite3-wal" "$tree/db.sqlite3-shm"
for extra in {extras}; do
    if [ -e "$data/$extra" ]; then
        cp -a "$data/$extra" "$tree/$extra"
    fi
done

file={app}-$(date -u +%Y%m%dT%H%M%SZ).tar.gz
tar -C "$tree" -czf "$work/$file" .
tar -tzf "$work/$file" > "$work/list"
grep -F -e db.sqlite3 "$work/list" > /dev/null || fail "the archive lacks the database"
send
rm -rf "$tree" "$work/list"
mv "$counts.part" "$counts"
"""
_EXTRAS = "attachments sends config.json rsa_key.pem rsa_key.pub.pem rsa_key.der"


def backup_script(name: str, app: str, facts: Mapping[str, Any], to: Destination) -> str:
    """Returns the script that keeps one application; `facts` are those of hosts.yaml."""
    about = f"Snapshots {app}, proves it sound, copies it to {to.address}."
    body = _BODY.format(
        data=quoted(facts["data"]), tables=words(list(facts["tables"])), extras=_EXTRAS, app=app
    )
    return head(name, about, to) + f"counts={counts_path(name)}\n" + SEND + body


def counts_path(name: str) -> str:
    """Returns where the row counts of the last snapshot lie, a line a table."""
    return f"{STATE_DIRECTORY}/{name}.counts"
