#!/bin/sh
# loopkit-runbook: vaultwarden-backup sha256=10b0c28f9dbe84063fda8af054aa7924d2b19413371c6ad6f112c534e13b10fa
# Snapshots vaultwarden, proves it sound, copies it to ronadmin@nas.
set -eu
umask 077
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
name=vaultwarden-backup
address=ronadmin@nas
target=/volume1/backups/apps/vaultwarden
state=/var/lib/loopkit/vaultwarden-backup.stamp
work=/var/lib/loopkit/vaultwarden-backup.work
remote='ssh -o BatchMode=yes -o StrictHostKeyChecking=yes'

fail() {
    echo "$name: $1" >&2
    exit 1
}

exec 9>"/run/lock/$name.lock"
flock -n 9 || fail "another run holds the lock"
mkdir -p "$work"
counts=/var/lib/loopkit/vaultwarden-backup.counts

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

data=/opt/stacks/vaultwarden/vw-data
tree=$work/tree
rm -rf "$tree"
mkdir -p "$tree"

# A tar of the live directory may tear the database from its -wal. The snapshot comes first: what
# the database then speaks of is in the files that are copied after it.
sqlite3 "$data/db.sqlite3" ".backup '$tree/db.sqlite3'"
check=$(sqlite3 "$tree/db.sqlite3" 'PRAGMA integrity_check')
[ "$check" = ok ] || fail "the snapshot is damaged: $check"
: > "$counts.part"
for table in users ciphers; do
    rows=$(sqlite3 "$tree/db.sqlite3" "SELECT count(*) FROM $table")
    printf '%s\t%s\n' "$table" "$rows" >> "$counts.part"
done
rm -f "$tree/db.sqlite3-wal" "$tree/db.sqlite3-shm"
for extra in attachments sends config.json rsa_key.pem rsa_key.pub.pem rsa_key.der; do
    if [ -e "$data/$extra" ]; then
        cp -a "$data/$extra" "$tree/$extra"
    fi
done

file=vaultwarden-$(date -u +%Y%m%dT%H%M%SZ).tar.gz
tar -C "$tree" -czf "$work/$file" .
tar -tzf "$work/$file" > "$work/list"
grep -F -e db.sqlite3 "$work/list" > /dev/null || fail "the archive lacks the database"
send
rm -rf "$tree" "$work/list"
mv "$counts.part" "$counts"
