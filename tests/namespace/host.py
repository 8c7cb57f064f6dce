"""PID 1 of one lab host: makes the host's own root of it, starts its services, reaps its dead.

Run as root by Debian's own Python, in a process that the supervisor started:
`python3 -m tests.namespace.host NAME ROOT KEYS POSTGRES`.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

from tests.namespace import kernel
from tests.namespace.hosts import HOSTS, HostSpec, plant

_DIRECTORIES = (
    *("dev", "etc", "home", "mnt", "opt", "proc", "root", "run", "srv", "sys", "tmp", "usr"),
    *("lab", "old", "run/lock", "run/sshd", "var/backups", "var/lib", "var/log", "var/tmp"),
    "var/spool/cron/crontabs",
)
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def main(name: str, root: str, keys: str, postgres: str) -> None:
    """Becomes the host `name`; returns never."""
    kernel.die_with(os.getppid())
    spec = HOSTS[name]
    kernel.unshare(
        kernel.NEW_NETWORK | kernel.NEW_MOUNTS | kernel.NEW_UTS | kernel.NEW_IPC | kernel.NEW_PIDS
    )
    if child := os.fork():
        print(child, flush=True)
        os.waitpid(child, 0)
        return
    kernel.die_with(0)  # so a parent in another PID namespace looks
    build_root(spec, Path(root), Path(keys), Path(postgres))
    _await_link()
    boot(spec)
    Path("/lab/ready").write_text("")
    reap()


def build_root(spec: HostSpec, root: Path, keys: Path, postgres: Path) -> None:
    """Turns an empty directory into the host's root, and makes it the only one in sight."""
    kernel.keep_mounts_private()
    root.mkdir()
    kernel.bind(root, root)  # pivot_root wants a mount point
    for directory in _DIRECTORIES:
        (root / directory).mkdir(parents=True, exist_ok=True)
    plant(spec, root, keys)
    _usr(root)
    _devices(root / "dev")
    _modes(root)
    if (root / "lab/postgres").exists():
        _postgres(root, postgres / spec.name)
    kernel.mount("proc", root / "proc", "proc")
    os.chdir(root)
    subprocess.run(["pivot_root", ".", "old"], check=True)
    os.chdir("/")
    kernel.unmount(Path("/old"))
    Path("/old").rmdir()


def boot(spec: HostSpec) -> None:
    """Sets the name and address, and runs the host's start script."""
    socket.sethostname(spec.name)
    commands = (
        "link set lo up",
        "link set eth0 up",
        f"addr add {spec.address}/24 dev eth0",
    )
    subprocess.run(["ip", "-batch", "-"], input="\n".join(commands), text=True, check=True)
    os.environ.clear()
    os.environ.update(PATH=_PATH, HOME="/root", LANG="C.UTF-8")
    subprocess.run(["/lab/start", spec.user], check=True)


def reap() -> None:
    """Waits for every orphan, for ever; the host ends when this process is killed."""
    while True:
        try:
            os.wait()
        except ChildProcessError:
            time.sleep(0.2)


def _usr(root: Path) -> None:
    kernel.bind(Path("/usr"), root / "usr", read_only=True)
    local = root / "lab/local"
    local.mkdir(exist_ok=True)
    for name in ("bin", "sbin", "lib"):
        (local / name).mkdir(exist_ok=True)
    kernel.bind(local, root / "usr/local")
    for link in ("bin", "sbin", "lib", "lib64"):
        if Path("/", link).exists():
            (root / link).symlink_to(f"usr/{link}")


def _devices(dev: Path) -> None:
    kernel.mount("lab-dev", dev, "tmpfs", options="size=4m,mode=755")
    for name in _DEVICES:
        (dev / name).touch()
        kernel.bind(Path("/dev", name), dev / name)
    for name in ("pts", "shm"):
        (dev / name).mkdir()
    (dev / "shm").chmod(0o1777)
    options = "newinstance,ptmxmode=0666,mode=620,gid=5"
    kernel.mount("devpts", dev / "pts", "devpts", options=options)
    for link, target in {"ptmx": "pts/ptmx", "fd": "/proc/self/fd"}.items():
        (dev / link).symlink_to(target)


def _modes(root: Path) -> None:
    (root / "root").chmod(0o700)
    for directory in ("tmp", "var/tmp"):
        (root / directory).chmod(0o1777)
    crontabs = root / "var/spool/cron/crontabs"
    shutil.chown(crontabs, group="crontab")
    crontabs.chmod(0o1730)
    (root / "var/run").symlink_to("/run")
    (root / "var/lock").symlink_to("/run/lock")


def _postgres(root: Path, template: Path) -> None:
    upper, work = root / "lab/postgres.upper", root / "lab/postgres.work"
    target = root / "var/lib/postgresql"
    for directory in (upper, work, target):
        directory.mkdir()
    shutil.chown(upper, "postgres", "postgres")
    options = f"lowerdir={template},upperdir={upper},workdir={work}"
    kernel.mount("lab-postgres", target, "overlay", options=options)


def _await_link() -> None:
    deadline = time.monotonic() + 10
    while not Path("/proc/self/net/dev").read_text().count("eth0"):
        if time.monotonic() > deadline:
            raise SystemExit("the supervisor gave no network link in 10 s")
        time.sleep(0.005)


if __name__ == "__main__":
    main(*sys.argv[1:])
