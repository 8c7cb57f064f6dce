"""The Proxmox node as the real loop found it: its job, storage and guests."""

from __future__ import annotations

GUESTS_FILE = "/var/lib/lab/guests.json"
TASKS_FILE = "/var/lib/lab/tasks.json"
JOBS_FILE = "/etc/pve/jobs.cfg"
STORAGE_FILE = "/etc/pve/storage.cfg"
VZDUMP_FILE = "/etc/vzdump.conf"
DUMP_FOLDER = "/tank/backups/vzdump/dump"
VERSION = "9.0.3"

SCHEDULE = "02:00"

# `maxfiles` was a setting of earlier releases; this one drops it with a warning.
JOBS_CFG = f"""vzdump: backup-nightly
\tschedule {SCHEDULE}
\tcompress zstd
\tenabled 1
\tmaxfiles 2
\tmode snapshot
\tnotes-template {{{{guestname}}}}
\tstorage tank-backups
\tvmid 200,201,202,203,204

"""

STORAGE_CFG = """dir: local
\tpath /var/lib/vz
\tcontent iso,vztmpl

zfspool: local-zfs
\tpool rpool/data
\tcontent images,rootdir

dir: tank-backups
\tpath /tank/backups/vzdump
\tcontent backup
\tprune-backups keep-all=1

"""

VZDUMP_CONF = """# vzdump default settings

#tmpdir: DIR
#bwlimit: KBPS
#prune-backups: keep-INTERVAL=N[,...]
"""

_GIGABYTE = 1 << 30


def _guest(
    vmid: int, name: str, status: str, gigabytes: int, template: int = 0
) -> dict[str, object]:
    disk = {"id": "scsi0", "volume": f"local-zfs:vm-{vmid}-disk-0", "gigabytes": gigabytes}
    return {
        "vmid": vmid,
        "name": name,
        "status": status,
        "type": "qemu",
        "node": "pve",
        "template": template,
        "maxdisk": gigabytes * _GIGABYTE,
        "maxmem": 8 * _GIGABYTE,
        "disks": [disk],
    }


GUESTS: tuple[dict[str, object], ...] = (
    _guest(200, "docker-host", "running", 64),
    _guest(201, "media-stack", "stopped", 64),
    _guest(202, "legacy-202", "running", 32),
    _guest(203, "legacy-203", "running", 32),
    _guest(204, "infra-core", "running", 48),
    _guest(205, "observability", "running", 48),
    _guest(206, "dev-tools", "running", 48),
    _guest(207, "ai-consolidation", "running", 64),
    _guest(209, "download-stack", "running", 48),
    _guest(210, "streaming-stack", "running", 48),
    _guest(9000, "ubuntu-2404-template", "stopped", 8, template=1),
)
