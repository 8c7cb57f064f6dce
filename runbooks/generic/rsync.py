"""A nightly copy of finished vzdump files to another host: explicit VMIDs, nothing deleted."""

from __future__ import annotations

from collections.abc import Iterable

from .scripts import Destination, head, quoted

_BODY = """
source={source}
bandwidth={bandwidth}
vmids='{vmids}'

# The newest dump of a VM whose own log says that it finished without an error.
newest_dump() {{
    for log in $(ls -1 "$source" | grep -E "^vzdump-(qemu|lxc)-$1-[0-9_-]+[.]log\\$" | sort -r); do
        if grep -F -e "Finished Backup of VM $1 " "$source/$log" > /dev/null &&
            ! grep -F -e 'ERROR:' "$source/$log" > /dev/null &&
            [ -f "$source/${{log%.log}}.vma.zst" ]; then
            echo "${{log%.log}}.vma.zst"
            return 0
        fi
    done
    return 1
}}

# A name that is complete on this side is never one that is half there: rsync writes beside it.
copy_dump() {{
    file=$(newest_dump "$1") || return 1
    rsync -a --whole-file --partial-dir=.rsync-partial --timeout=120 --bwlimit="$bandwidth" \\
        -e "$remote" "$source/$file" "$source/${{file%.vma.zst}}.log" \\
        "$address:$target/" || return 1
    sum=$(sha256sum "$source/$file") || return 1
    there=$($remote "$address" sha256sum -- "$target/$file") || return 1
    [ "${{there%% *}}" = "${{sum%% *}}" ] || return 1
    bytes=$(wc -c < "$source/$file") || return 1
    printf '%s\\t%s\\t%s\\t%s\\n' "$file" "$bytes" "${{sum%% *}}" "$(date +%s)" >> "$state.part"
}}

failed=''
: > "$state.part"
for vmid in $vmids; do
    copy_dump "$vmid" || failed="$failed $vmid"
done
mv "$state.part" "$state"
[ -z "$failed" ] || fail "no proved copy of VM$failed"
"""


def sync_script(
    name: str, source: str, to: Destination, vmids: Iterable[int], bandwidth_kbytes: int
) -> str:
    """Returns the script that copies the newest finished dump of each VM, and proves the copy."""
    listed = " ".join(str(vmid) for vmid in sorted(vmids))
    about = f"Copies the newest finished dump of VM {listed} to {to.address}; deletes nothing."
    body = _BODY.format(source=quoted(source), bandwidth=int(bandwidth_kbytes), vmids=listed)
    return head(name, about, to) + body
