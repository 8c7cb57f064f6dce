"""The one process that everything in a lab hangs from: its networks, mounts, hosts.

`python3 -m tests.namespace.supervisor DIRECTORY POSTGRES PARENT`, as root. When it ends, however it
ends, the kernel takes the rest away: hosts die with it, and mounts and links with their namespaces.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.namespace import kernel
from tests.namespace.hosts import CONTROLLER, HOSTS, PYTHONPATH

_PYTHON = "/usr/bin/python3"


def main(directory: Path, postgres: Path, parent: int) -> None:
    """Starts the hosts, says so on standard output, and stays until it is ended."""
    if parent:
        kernel.die_with(parent)
    elif os.fork():
        os._exit(0)  # who starts a lab that stays goes on without it
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    kernel.unshare(kernel.NEW_MOUNTS | kernel.NEW_NETWORK)
    kernel.keep_mounts_private()
    kernel.mount("lab", directory / "run", "tmpfs", options="size=2g,mode=755")
    _links("link set lo up", "link add br0 type bridge", f"addr add {CONTROLLER}/24 dev br0")
    _links("link set br0 up")
    hosts = {name: _start(name, directory, postgres) for name in HOSTS}
    pids = {name: int(host.stdout.readline()) for name, host in hosts.items() if host.stdout}
    for number, pid in enumerate(pids.values()):
        _links(
            f"link add v{number} type veth peer name eth0 netns {pid}",
            f"link set v{number} master br0 up",
        )
    _await_ready(hosts, pids)
    _describe(directory, pids)
    print("ready", flush=True)
    for host in hosts.values():
        host.wait()


def _start(name: str, directory: Path, postgres: Path) -> subprocess.Popen[str]:
    argv: list[str | Path] = [_PYTHON, "-m", "tests.namespace.host", name, directory / "run" / name]
    with (directory / f"{name}.log").open("w") as log:
        return subprocess.Popen(
            [*argv, directory / "keys", postgres],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": PYTHONPATH},
        )


def _links(*commands: str) -> None:
    subprocess.run(["ip", "-batch", "-"], input="\n".join(commands), text=True, check=True)


def _await_ready(hosts: dict[str, subprocess.Popen[str]], pids: dict[str, int]) -> None:
    deadline = time.monotonic() + 30
    for name, pid in pids.items():
        while not Path(f"/proc/{pid}/root/lab/ready").exists():
            if hosts[name].poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{name} did not start: see {name}.log")
            time.sleep(0.005)


def _describe(directory: Path, pids: dict[str, int]) -> None:
    hosts = {
        name: {
            "address": spec.address,
            "user": spec.user,
            "pid": pids[name],
            "link": f"v{number}",
        }
        for number, (name, spec) in enumerate(HOSTS.items())
    }
    described = {"kind": "namespace", "pid": os.getpid(), "hosts": hosts}
    (directory / "lab.json").write_text(json.dumps(described, indent=2) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
