"""The four hosts: their addresses, people and clocks, and the files that make each a host."""

from __future__ import annotations

import grp
import json
import os
import pwd
import shutil
from dataclasses import dataclass
from pathlib import Path

from loopkit.lab.pve import data

HERE = Path(__file__).resolve().parent
PYTHONPATH = str(HERE.parents[1])
CONTROLLER = "10.213.7.1"
_USER_ID = 1000


@dataclass(frozen=True, slots=True)
class HostSpec:
    """One host; `trusts` are hosts whose root may log in as its user."""

    name: str
    address: str
    user: str
    zone: str
    trusts: tuple[str, ...] = ()

    @property
    def home(self) -> str:
        """Returns the home directory of the user that operators log in as."""
        return "/root" if self.user == "root" else f"/home/{self.user}"


HOSTS = {
    spec.name: spec
    for spec in (
        HostSpec("pve", "10.213.7.11", "root", "America/Adak"),
        HostSpec(
            "nas", "10.213.7.12", "ronadmin", "America/New_York", trusts=("pve", "infra-core")
        ),
        HostSpec("infra-core", "10.213.7.13", "ubuntu", "America/New_York"),
        HostSpec("docker-host", "10.213.7.14", "docker-host", "America/New_York"),
    )
}

_STAND_IN = """\
#!/bin/sh
PYTHONPATH=/usr/local/lib/labpve exec /usr/bin/python3 -m pve "${0##*/}" "$@"
"""
_SSHD = """\
HostKey /etc/ssh/ssh_host_ed25519_key
UsePAM no
PermitRootLogin prohibit-password
PasswordAuthentication no
UseDNS no
PrintMotd no
StrictModes yes
MaxStartups 100:30:200
PidFile /run/sshd.pid
Subsystem sftp internal-sftp
SetEnv LD_PRELOAD={faketime} NO_FAKE_STAT=1 DONT_FAKE_MONOTONIC=1
Include /etc/ssh/sshd_config.d/*.conf
"""

# sudo drops LD_PRELOAD on its way in; the file gives it to the command again.
_SUDOERS = "Defaults !fqdn, env_file=/etc/environment\nroot ALL=(ALL) NOPASSWD: ALL\n"
_PAM = "".join(f"{kind} sufficient pam_permit.so\n" for kind in ("auth", "account", "session"))

# Read by programs in /usr; everything else of the machine's own /etc stays out of sight.
_FROM_THE_MACHINE = (
    "alternatives",
    "bash.bashrc",
    "crontab",
    "debian_version",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "login.defs",
    "nftables.conf",
    "os-release",
    "perl",
    "postgresql-common",
    "profile",
    "protocols",
    "security",
    "services",
)


def plant(spec: HostSpec, root: Path, keys: Path) -> None:
    """Writes /etc, the homes and the host's own files of `hosts/NAME/` below `root`."""
    _copy_from_the_machine(root / "etc")
    _people(spec, root / "etc")
    _system(spec, root / "etc")
    _ssh(spec, root, keys)
    for tree in (HERE / "hosts" / "all", HERE / "hosts" / spec.name):
        shutil.copytree(tree, root, dirs_exist_ok=True, symlinks=True)
    if spec.name == "pve":
        _proxmox(root)
    for path in [root / spec.home[1:], *(root / spec.home[1:]).rglob("*")]:
        os.chown(path, *_owner(spec))


def _proxmox(root: Path) -> None:
    # Only Proxmox's own programs are stand-ins, the same as the built-in lab's.
    programs = root / "lab/local"
    shutil.copytree(Path(data.__file__).parent, programs / "lib/labpve/pve")
    for name in ("pvecm", "pvesh", "pvesm", "pveversion", "qm", "vzdump"):
        write(programs / "bin" / name, _STAND_IN, 0o755)
    write(root / data.JOBS_FILE[1:], data.JOBS_CFG, 0o640)
    write(root / data.STORAGE_FILE[1:], data.STORAGE_CFG, 0o640)
    write(root / data.VZDUMP_FILE[1:], data.VZDUMP_CONF)
    write(root / data.GUESTS_FILE[1:], json.dumps(data.GUESTS))
    (root / "etc/pve/priv/lock").mkdir(parents=True)


def known_hosts(keys: Path) -> str:
    """Returns the known_hosts of the whole lab, names and addresses."""
    return "".join(
        f"{spec.address},{spec.name} {_public(keys / f'host-{spec.name}')}\n"
        for spec in HOSTS.values()
    )


def write(path: Path, text: str, mode: int = 0o644) -> None:
    """Writes a file, and the directories that it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def _copy_from_the_machine(etc: Path) -> None:
    for name in _FROM_THE_MACHINE:
        source = Path("/etc", name)
        if source.is_dir():
            shutil.copytree(source, etc / name, symlinks=True)
        elif source.exists():
            shutil.copy2(source, etc / name)


def _people(spec: HostSpec, etc: Path) -> None:
    # Programs of /usr are owned by the machine's system accounts, so these keep their numbers.
    users = [user for user in pwd.getpwall() if user.pw_uid < _USER_ID or user.pw_uid > 60000]
    lines = [f"{u.pw_name}:x:{u.pw_uid}:{u.pw_gid}::{u.pw_dir}:{u.pw_shell}" for u in users]
    groups = [f"{g.gr_name}:x:{g.gr_gid}:" for g in grp.getgrall() if g.gr_gid < _USER_ID]
    groups.append("nogroup:x:65534:")
    if spec.user != "root":
        lines.append(f"{spec.user}:x:{_USER_ID}:{_USER_ID}::{spec.home}:/bin/bash")
        groups.append(f"{spec.user}:x:{_USER_ID}:")
    write(etc / "passwd", "\n".join(lines) + "\n")
    write(etc / "group", "\n".join(groups) + "\n")
    names = (line.split(":")[0] for line in lines)
    write(etc / "shadow", "".join(f"{name}:*:19000:0:99999:7:::\n" for name in names), 0o640)


def _system(spec: HostSpec, etc: Path) -> None:
    names = "".join(f"{other.address} {other.name}\n" for other in HOSTS.values())
    write(etc / "hosts", "127.0.0.1 localhost\n" + names)
    write(etc / "hostname", spec.name + "\n")
    write(etc / "machine-id", spec.name.encode().hex().ljust(32, "0")[:32] + "\n")
    write(etc / "nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files\n")
    write(etc / "timezone", spec.zone + "\n")
    (etc / "localtime").symlink_to(f"/usr/share/zoneinfo/{spec.zone}")
    (etc / "mtab").symlink_to("/proc/self/mounts")
    write(etc / "environment", f"LD_PRELOAD={faketime()}\nNO_FAKE_STAT=1\nDONT_FAKE_MONOTONIC=1\n")
    write(etc / "faketimerc", "+0\n")
    other = "" if spec.user == "root" else f"{spec.user} ALL=(ALL) NOPASSWD: ALL\n"
    write(etc / "sudoers", _SUDOERS + other, 0o440)
    for service in ("cron", "sudo", "sudo-i", "su", "other"):
        write(etc / "pam.d" / service, _PAM)
    (etc / "cron.d").mkdir()


def _ssh(spec: HostSpec, root: Path, keys: Path) -> None:
    etc = root / "etc/ssh"
    write(etc / "sshd_config", _SSHD.format(faketime=faketime()))
    (etc / "sshd_config.d").mkdir()
    write(etc / "ssh_host_ed25519_key", (keys / f"host-{spec.name}").read_text(), 0o600)
    write(etc / "ssh_known_hosts", known_hosts(keys))
    write(etc / "ssh_config", "Host *\n  StrictHostKeyChecking yes\n")
    write(root / "root/.ssh/id_ed25519", (keys / f"root-{spec.name}").read_text(), 0o600)
    allowed = ["controller", *(f"root-{name}" for name in spec.trusts)]
    lines = "".join(_public(keys / name) + "\n" for name in allowed)
    write(root / spec.home[1:] / ".ssh/authorized_keys", lines, 0o600)
    for home in {"root", spec.home[1:]}:
        (root / home / ".ssh").chmod(0o700)


def faketime() -> str:
    """Returns the library that moves the clock of the programs it is loaded into."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    return str(found[0]) if found else ""


def _public(key: Path) -> str:
    return " ".join(key.with_suffix(".pub").read_text().split()[:2])


def _owner(spec: HostSpec) -> tuple[int, int]:
    return (0, 0) if spec.user == "root" else (_USER_ID, _USER_ID)
