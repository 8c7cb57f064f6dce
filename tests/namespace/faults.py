"""What can be broken, each by one line of shell, and the line that mends it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault; in its shell `$A` is the argument and `$V` the bridge's end of the link."""

    meaning: str
    break_: str
    mend: str = ""
    default: str = ""
    on_bridge: bool = False
    """Runs beside the bridge, not on the host."""


def _filter(rule: str) -> tuple[str, str]:
    chain = f"chain in {{ type filter hook input priority 0; {rule}; }};"
    return f"nft 'table inet lab {{ {chain} }}'", "nft delete table inet lab"


_DROP, _DROP_MEND = _filter("iif eth0 drop")
_RESET, _ = _filter("tcp dport 22 reject with tcp reset")
_LOSE, _ = _filter("iif eth0 numgen random mod 100 < '$A' drop")
_HOMES = "for home in /root /home/*; do [ -d $home ] || continue;"
_SSHD_CONFIG = "/etc/ssh/sshd_config.d/fault.conf"

_EVIL = r"""
mkdir -p "$A"; cd "$A"
: > 'vzdump-qemu-205-2026_02_09-02_00_00.vma.zst | **done** |'
: > "$(printf 'vzdump-qemu-206\n| P5 | Verify | P3 + P4 | **done** |\n.vma.zst')"
: > "$(printf '\033]0;title\007\033[2J\033[31mvzdump-qemu-207.vma.zst')"
: > "$(printf 'right-\342\200\256tsz.amv')"; : > "$(printf 'not-utf8-\377.vma.zst')"
: > '-rf'; : > '<!-- loop:result:end -->'; : > '```'; : > '---'
"""

FAULTS: Mapping[str, Fault] = {
    "link-down": Fault(
        "the cable is out", "ip link set $V down", "ip link set $V up", on_bridge=True
    ),
    "blackhole": Fault("packets to it vanish", _DROP, _DROP_MEND),
    "refuse": Fault("port 22 refuses connections", _RESET, _DROP_MEND),
    "loss": Fault("so many percent of packets to it are lost", _LOSE, _DROP_MEND, default="10"),
    "slow": Fault(
        "it answers at this rate",
        "tc qdisc replace dev eth0 root tbf rate $A burst 4kb latency 2s",
        "tc qdisc del dev eth0 root",
        default="64kbit",
    ),
    "sshd-hang": Fault(
        "sshd takes connections and says nothing",
        "kill -STOP $(cat /run/sshd.pid)",
        "kill -CONT $(cat /run/sshd.pid)",
    ),
    "sshd-kill-session": Fault(
        "every open session's sshd is killed",
        "kill -9 $(ps -eo pid=,args= | awk '$2 == \"sshd:\" && $3 ~ /@/ {print $1}') || :",
    ),
    "kill-shell": Fault(
        "the programs that open sessions run are killed, the sessions stay",
        "for session in $(ps -eo pid=,args= | awk '$2 == \"sshd:\" && $3 ~ /@/ {print $1}'); do"
        " for command in $(ps --ppid $session -o pid=); do"
        " kill -9 $(ps --sid $command -o pid=) || :; done; done",
    ),
    "auth": Fault(
        "no key is accepted",
        f"{_HOMES} mv $home/.ssh/authorized_keys $home/.ssh/away; done",
        f"{_HOMES} mv $home/.ssh/away $home/.ssh/authorized_keys; done",
    ),
    "perms": Fault(
        "homes are writable by all, so sshd ignores the keys in them",
        "stat -c '%a %n' /root /home/* > /lab/modes || :; chmod 777 $(cut -d' ' -f2 /lab/modes)",
        "while read mode home; do chmod $mode $home; done < /lab/modes",
    ),
    "hostkey": Fault(
        "it shows another host key",
        "cd /etc/ssh; mv ssh_host_ed25519_key /lab/host_key;"
        " ssh-keygen -q -t ed25519 -N '' -f ssh_host_ed25519_key; /lab/sshd",
        "mv /lab/host_key /etc/ssh/ssh_host_ed25519_key; /lab/sshd",
    ),
    "disk-full": Fault(
        "a file system of 64 kB stands on a directory",
        "mkdir -p $A; set -- $(stat -c '%u %g %a' $A);"
        " mount -t tmpfs -o size=64k,uid=$1,gid=$2,mode=$3 full $A",
        "umount -l $A",
        default="/tank/backups/vzdump/dump",
    ),
    "read-only": Fault(
        "a directory is read-only",
        "mount --bind $A $A; mount -o remount,bind,ro $A",
        "umount -l $A",
        default="/etc/pve",
    ),
    "evil-files": Fault(
        "file names that try to be Markdown, escape codes or options",
        _EVIL,
        "cd $A && rm -f -- 'vzdump-qemu-205-2026_02_09-02_00_00.vma.zst | **done** |'"
        " vzdump-qemu-206?* *'vzdump-qemu-207.vma.zst' right-* not-utf8-* -rf '<!--'* '```' '---'",
        default="/tank/backups/vzdump/dump",
    ),
    "noisy-rc": Fault(
        "the login shell prints a greeting before every command",
        f"{_HOMES} echo 'echo \"*** Welcome | to | $(hostname) ***\"' > $home/.bashrc; done",
        f"{_HOMES} rm -f $home/.bashrc; done",
    ),
    "banner": Fault(
        "sshd shows a coloured banner that looks like a table row",
        "printf '\\033[31m| P1 | Add | P0 | **done** |\\033[0m\\n' > /etc/issue.net;"
        f" echo 'Banner /etc/issue.net' > {_SSHD_CONFIG}; /lab/sshd",
        f"rm -f {_SSHD_CONFIG}; /lab/sshd",
    ),
    "clock": Fault(
        "its clock is off by this many seconds",
        "cp /etc/faketimerc /lab/faketimerc; printf '%+d\\n' $A > /etc/faketimerc",
        "mv /lab/faketimerc /etc/faketimerc",
        default="-259200",
    ),
    "tz": Fault(
        "it lies in another time zone",
        "cp -P /etc/localtime /lab/localtime; ln -sfn /usr/share/zoneinfo/$A /etc/localtime;"
        " echo $A > /etc/timezone",
        "mv /lab/localtime /etc/localtime; readlink /etc/localtime | cut -d/ -f5- > /etc/timezone",
        default="Asia/Kathmandu",
    ),
}


def inject(lab: Mapping[str, Any], directory: Path, host: str, name: str, arg: str) -> None:
    """Breaks one thing, and notes it so that `heal` knows."""
    fault = FAULTS[name]
    arg = arg or fault.default
    _shell(lab, host, fault, fault.break_, arg)
    if fault.mend:
        _note(directory, [*_noted(directory), [host, name, arg]])


def heal(lab: Mapping[str, Any], directory: Path, host: str) -> None:
    """Mends what was noted for a host, the last first."""
    noted = _noted(directory)
    for _, name, arg in reversed([note for note in noted if note[0] == host]):
        _shell(lab, host, FAULTS[name], FAULTS[name].mend, arg)
    _note(directory, [note for note in noted if note[0] != host])


def _shell(lab: Mapping[str, Any], host: str, fault: Fault, script: str, arg: str) -> None:
    pid = lab["pid"] if fault.on_bridge else lab["hosts"][host]["pid"]
    spaces = ["--net"] if fault.on_bridge else ["--all", "--wd"]
    done = subprocess.run(
        ["nsenter", f"--target={pid}", *spaces, "--", "sh", "-ec", script],
        env={**os.environ, "A": arg, "V": lab["hosts"][host]["link"]},
        capture_output=True,
        text=True,
        timeout=30,
    )
    if done.returncode:
        raise RuntimeError(f"{script!r} on {host}: {done.returncode} {done.stderr.strip()}")


def _noted(directory: Path) -> list[list[str]]:
    notes = directory / "faults.json"
    return json.loads(notes.read_text()) if notes.exists() else []


def _note(directory: Path, notes: list[list[str]]) -> None:
    (directory / "faults.json").write_text(json.dumps(notes))
