"""The namespace lab's controls, the same as the built-in lab's.

python3 -m tests.namespace.lab up DIRECTORY
… run DIRECTORY [--on HOST] -- COMMAND…     on the controller's side, or on a host as root
… fault|heal|clock|status|down DIRECTORY …
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from tests.namespace import faults, kernel, nights, postgres
from tests.namespace.hosts import HOSTS, PYTHONPATH, faketime, known_hosts, write

T = TypeVar("T")

_NEEDED = {
    "openssh-server": "/usr/sbin/sshd",
    "rsync": "/usr/bin/rsync",
    "cron": "/usr/sbin/cron",
    "nftables": "/usr/sbin/nft",
    "sqlite3": "/usr/bin/sqlite3",
    "zstd": "/usr/bin/zstd",
    "sudo": "/usr/bin/sudo",
    "procps": "/usr/bin/ps",
    "iproute2": "/usr/sbin/ip",
    "python3": "/usr/bin/python3",
}


def why_not() -> str:
    """Returns why a lab cannot stand here, empty when it can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "the namespace lab needs Linux and root"
    missing = [name for name, program in _NEEDED.items() if not Path(program).exists()]
    missing += ["faketime"] if not faketime() else []
    missing += ["postgresql"] if not postgres.version() else []
    if missing:
        return "the namespace lab needs: apt-get install " + " ".join(missing)
    probe = subprocess.run(["unshare", "-mnp", "--fork", "true"], capture_output=True, text=True)
    return f"no namespaces here: {probe.stderr.strip()}" if probe.returncode else ""


def up(directory: Path, *, stay: bool = True) -> subprocess.Popen[str]:
    """Starts the four hosts; with `stay` until `down`, else they end with this process.

    Returns the process that was started: the supervisor, or what left it behind and has ended.
    """
    if directory.exists():
        raise FileExistsError(f"{directory} exists: is a lab up? `down` first")
    (directory / "run").mkdir(parents=True)
    _keys(directory / "keys")
    _ssh_client(directory)
    owner = "0" if stay else str(os.getpid())
    argv = [sys.executable, "-m", "tests.namespace.supervisor", str(directory)]
    with (directory / "supervisor.log").open("w") as log:
        supervisor = subprocess.Popen(
            [*argv, str(postgres.templates()), owner],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": PYTHONPATH},
        )
    _await_ready(supervisor, directory)
    if stay:
        supervisor.wait()
    return supervisor


def _await_ready(supervisor: subprocess.Popen[str], directory: Path) -> None:
    assert supervisor.stdout
    with supervisor.stdout as said:
        if said.readline() == "ready\n":
            return
    supervisor.kill()
    supervisor.wait()
    logs = {log.name: log.read_text() for log in directory.glob("*.log")}
    raise RuntimeError("\n".join(f"{name}: {text[-800:]}" for name, text in logs.items()))


def down(directory: Path) -> None:
    """Ends the lab and removes its directory; nothing else of it is left."""
    if (directory / "lab.json").exists():
        lab = status(directory)
        hosts = [host["pid"] for host in lab["hosts"].values()]
        kernel.end(lab["pid"], "tests.namespace.supervisor", hosts)
    shutil.rmtree(directory, ignore_errors=True)


def status(directory: Path) -> dict[str, Any]:
    """Returns what `lab.json` says: the kind, the supervisor and the hosts, with their pids."""
    described: dict[str, Any] = json.loads((directory / "lab.json").read_text())
    return described


def run(
    directory: Path, argv: Sequence[str | Path], *, on: str = "", **options: Any
) -> subprocess.CompletedProcess[str]:
    """Runs a command on a host as root, or on the controller's side when `on` is empty."""
    options = {"text": True, "capture_output": True, "timeout": 120, **options}
    return subprocess.run([*_entry(directory, on), *argv], **options)


def start(
    directory: Path, argv: Sequence[str | Path], *, on: str = "", **options: Any
) -> subprocess.Popen[str]:
    """Starts a command as `run` does, and does not wait for it."""
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    return subprocess.Popen([*_entry(directory, on), *argv], text=True, **{**pipes, **options})


def inside(directory: Path, work: Callable[[], T]) -> T:
    """Returns what `work` returns, called where the hosts can be reached."""
    return kernel.in_network(status(directory)["pid"], work)


def fault(directory: Path, host: str, name: str, arg: str = "") -> None:
    """Breaks one thing of a host; `faults.FAULTS` names and describes them all."""
    faults.inject(status(directory), directory, host, name, arg)


def heal(directory: Path, host: str) -> None:
    """Mends all that `fault` broke, the last first; the host's own files stay as they are."""
    faults.heal(status(directory), directory, host)


def clock(directory: Path, seconds_forward: float) -> None:
    """Lets time pass for the hosts and the controller: due cron entries and vzdump jobs run."""
    nights.pass_time(directory, status(directory), seconds_forward)


def _entry(directory: Path, host: str) -> list[str]:
    lab = status(directory)
    if host:
        return ["nsenter", f"--target={lab['hosts'][host]['pid']}", "--all", "--wd", "--"]
    return ["nsenter", f"--target={lab['pid']}", "--net", "--"]


def _keys(keys: Path) -> None:
    keys.mkdir(mode=0o700)
    names = ["controller", *(f"{role}-{host}" for role in ("host", "root") for host in HOSTS)]
    running = [
        subprocess.Popen(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", keys / name]
        )
        for name in names
    ]
    if any(process.wait() for process in running):
        raise RuntimeError("ssh-keygen failed")


def _ssh_client(directory: Path) -> None:
    common = (
        f"  IdentityFile {directory}/keys/controller\n  IdentitiesOnly yes\n"
        f"  UserKnownHostsFile {directory}/known_hosts\n  StrictHostKeyChecking yes\n"
    )
    write(
        directory / "ssh_config",
        "".join(
            f"Host {spec.name}\n  HostName {spec.address}\n  User {spec.user}\n{common}\n"
            for spec in HOSTS.values()
        ),
    )
    write(directory / "known_hosts", known_hosts(directory / "keys"))
    write(directory / "clock", "0\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one control from the command line."""
    parser = argparse.ArgumentParser(prog="tests.namespace.lab", description=__doc__)
    parser.add_argument("verb", choices=("up", "down", "status", "run", "fault", "heal", "clock"))
    parser.add_argument("directory", type=lambda text: Path(text).resolve())
    parser.add_argument("--on", default="", metavar="HOST")
    parser.add_argument("rest", nargs="*")
    given = parser.parse_intermixed_args(arguments)
    directory, rest = given.directory, given.rest
    match given.verb:
        case "up":
            up(directory)
        case "down":
            down(directory)
        case "status":
            print(json.dumps(status(directory), indent=2))
        case "run":
            os.execvp("nsenter", [*_entry(directory, given.on), *rest])
        case "fault":
            fault(directory, *rest)
        case "heal":
            heal(directory, *rest)
        case "clock":
            clock(directory, float(rest[0]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
