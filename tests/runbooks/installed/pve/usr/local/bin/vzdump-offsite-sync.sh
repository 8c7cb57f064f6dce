#!/bin/sh
# loopkit-runbook: vzdump-offsite-sync sha256=6c5a666f68e2f6890fa3d01ab1150da4b84aab77cc1697fe48369fa211894fae
# Copies the newest finished dump of VM 200 204 to ronadmin@nas; deletes nothing.
set -eu
umask 077
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
name=vzdump-offsite-sync
address=ronadmin@nas
target=/volume1/backups/proxmox/vzdump
state=/var/lib/loopkit/vzdump-offsite-sync.stamp
work=/var/lib/loopkit/vzdump-offsite-sync.work
remote='ssh -o BatchMode=yes -o StrictHostKeyChecking=yes'

fail() {
    echo "$name: $1" >&2
    exit 1
}

exec 9>"/run/lock/$name.lock"
flock -n 9 || fail "another run holds the lock"
mkdir -p "$work"

source=/tank/backups/vzdump/dump
bandwidth=1500
vmids='200 204'

# The newest dump of a VM whose own log says that it finished without an error.
newest_dump() {
    for log in $(ls -1 "$source" | grep -E "^vzdump-(qemu|lxc)-$1-[0-9_-]+[.]log\$" | sort -r); do
        if grep -F -e "Finished Backup of VM $1 " "$source/$log" > /dev/null &&
            ! grep -F -e 'ERROR:' "$source/$log" > /dev/null &&
            [ -f "$source/${log%.log}.vma.zst" ]; then
            echo "${log%.log}.vma.zst"
            return 0
        fi
    done
    return 1
}

# A name that is complete on this side is never one that is half there: rsync writes beside it.
copy_dump() {
    file=$(newest_dump "$1") || return 1
    rsync -a --whole-file --partial-dir=.rsync-partial --timeout=120 --bwlimit="$bandwidth" \
        -e "$remote" "$source/$file" "$source/${file%.vma.zst}.log" \
        "$address:$target/" || return 1
    sum=$(sha256sum "$source/$file") || return 1
    there=$($remote "$address" sha256sum -- "$target/$file") || return 1
    [ "${there%% *}" = "${sum%% *}" ] || return 1
    bytes=$(wc -c < "$source/$file") || return 1
    printf '%s\t%s\t%s\t%s\n' "$file" "$bytes" "${sum%% *}" "$(date +%s)" >> "$state.part"
}

failed=''
: > "$state.part"
for vmid in $vmids; do
    copy_dump "$vmid" || failed="$failed $vmid"
done
mv "$state.part" "$state"
[ -z "$failed" ] || fail "no proved copy of VM$failed"
