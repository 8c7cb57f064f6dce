#!/bin/sh
# loopkit-runbook: infisical-backup sha256=b5d00d41091ac6c31c35f232389ba27b299e0bdac95b03b80081ffdd3db7f91d
# Dumps database infisical, proves it complete, copies it to ronadmin@nas.
set -eu
umask 077
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
name=infisical-backup
address=ronadmin@nas
target=/volume1/backups/apps/infisical
state=/var/lib/loopkit/infisical-backup.stamp
work=/var/lib/loopkit/infisical-backup.work
remote='ssh -o BatchMode=yes -o StrictHostKeyChecking=yes'

fail() {
    echo "$name: $1" >&2
    exit 1
}

exec 9>"/run/lock/$name.lock"
flock -n 9 || fail "another run holds the lock"
mkdir -p "$work"

# Copies $work/$file to the other side, and says so only when the hash there is the same.
send() {
    sync "$work/$file"
    sum=$(sha256sum "$work/$file")
    sum=${sum%% *}
    bytes=$(wc -c < "$work/$file")
    rsync -a --partial-dir=.rsync-partial --timeout=120 -e "$remote" \
        "$work/$file" "$address:$target/"
    there=$($remote "$address" sha256sum -- "$target/$file")
    [ "${there%% *}" = "$sum" ] || fail "the copy of $file on $address differs"
    printf '%s\t%s\t%s\t%s\n' "$file" "$bytes" "$sum" "$(date +%s)" > "$state.part"
    mv "$state.part" "$state"
    rm -f "$work/$file"
}

run=''
host=/run/postgresql
database=infisical

admin() {
    $run psql -h "$host" -U postgres -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

# A pipe into gzip would hide that pg_dump failed, so the dump is whole before it is packed. Its
# last words are looked for in ten lines, as newer releases write a few more after them.
dump() {
    file=infisical-$(date -u +%Y%m%dT%H%M%SZ).sql.gz
    part=$work/dump.sql
    rm -f "$part" "$part.gz"
    $run pg_dump -h "$host" -U infisical -d "$database" > "$part"
    tail -n 10 "$part" | grep -F -e '-- PostgreSQL database dump complete' > /dev/null || fail "the dump is not complete"
    gzip -6 "$part"
    gzip -t "$part.gz"
    mv "$part.gz" "$work/$file"
    send
}

# Restores the copy that the stamp names, as it came back from the other side.
restore_test() {
    read -r file rest < "$state"
    rsync -a --timeout=120 -e "$remote" "$address:$target/$file" "$work/$file"
    gzip -dc "$work/$file" > "$work/restore.sql"
    admin -d postgres -c 'DROP DATABASE IF EXISTS loopkit_restore_test'
    admin -d postgres -c 'CREATE DATABASE loopkit_restore_test'
    admin -d loopkit_restore_test < "$work/restore.sql" > /dev/null
    printf '%s\n' "$file" > "$counts.part"
    for table in secrets; do
        live=$(admin -d "$database" -c "SELECT count(*) FROM $table")
        restored=$(admin -d loopkit_restore_test -c "SELECT count(*) FROM $table")
        printf '%s\t%s\t%s\n' "$table" "$live" "$restored" >> "$counts.part"
    done
    admin -d postgres -c 'DROP DATABASE loopkit_restore_test'
    rm -f "$work/$file" "$work/restore.sql"
    mv "$counts.part" "$counts"
}

counts=/var/lib/loopkit/infisical-backup.restored
case "${1:-dump}" in
    dump) dump ;;
    restore-test) restore_test ;;
    *) fail "it knows dump and restore-test" ;;
esac
