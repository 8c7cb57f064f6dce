"""A nightly copy of finished vzdump files to another host: explicit VMIDs, nothing deleted."""

from __future__ import annotations

from collections.abc import Iterable

from loopkit.operations import Destination, Newest, RsyncPush

_NEWEST_DUMP = """\
# The newest dump of a VM whose own log says that it finished without an error.
newest_dump() {
    for log in $(ls -1 "$source" | grep -E "^vzdump-(qemu|lxc)-$1-[0-9_-]+[.]log\\$" | sort -r); do
        if grep -F -e "Finished Backup of VM $1 " "$source/$log" > /dev/null &&
            ! grep -F -e 'ERROR:' "$source/$log" > /dev/null &&
            [ -f "$source/${log%.log}.vma.zst" ]; then
            echo "${log%.log}.vma.zst"
            return 0
        fi
    done
    return 1
}"""
_DUMPS = Newest(
    function=_NEWEST_DUMP, what="dump", each="vmid", kind="VM", beside="${file%.vma.zst}.log"
)


def dump_push(source: str, to: Destination, vmids: Iterable[int], bandwidth: int) -> RsyncPush:
    """Returns the copy of the newest finished dump of each VM, with its log."""
    names = [str(vmid) for vmid in sorted(vmids)]
    about = (
        f"Copies the newest finished dump of VM {' '.join(names)} to {to.address}; deletes nothing."
    )
    return RsyncPush(source, names, to, bandwidth, _DUMPS, about)
