"""Programs between hosts: ssh and rsync, as function calls on the other host's files."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from loopkit.lab import sh
from loopkit.lab.filesystem import Attributes, Filesystem, base_name, join, parent
from loopkit.lab.machine import NOT_EMULATED, Call, Machine, Program, Trouble, User
from loopkit.lab.options import Options, read_options

_SSH_FLAGS = "nTtqvxaC46"
_SSH_VALUED = "iopl"
HOST_KEY = "/etc/ssh/ssh_host_ed25519_key.pub"


class _NoSession(Trouble):
    """No session could be opened; the text is ssh's own line, without a name before it."""


def ssh(call: Call) -> int:
    """Runs a command on another host: -o -i -p -l -n -T -q; keys and known_hosts are checked."""
    options = read_options(call.args, _SSH_FLAGS, _SSH_VALUED, interspersed=False)
    if len(options.words) < 2:
        raise Trouble(f"a session without a command: {NOT_EMULATED}", 255)
    target, *words = options.words
    try:
        peer, user = open_session(call, target, options)
    except _NoSession as why:
        call.streams[2].write(f"{why.text}\n".encode())
        return 255
    there = replace(
        call,
        machine=peer,
        argv=("sh",),
        user=user,
        cwd=user.home if peer.files.is_dir(user.home) else "/",
        env={},
        umask=0o022,
    )
    return sh.run_text(there, " ".join(words))


def open_session(call: Call, target: str, options: Options) -> tuple[Machine, User]:
    """Returns the host and account that a target leads to, once keys and link allow it.

    Raises:
        Trouble: with ssh's own words, and status 255.
    """
    login, _, name = target.rpartition("@")
    peer = call.machine.neighbours.get(name)
    if peer is None:
        raise _NoSession(f"ssh: Could not resolve hostname {name}: Name or service not known")
    if peer.faults.unreachable:
        raise _NoSession(peer.faults.unreachable)
    _check_host_key(call, name, peer, options)
    user = peer.users.get(login or options.value("l") or call.user.name)
    if user is None or not _accepts(call, peer, user, options):
        raise _NoSession(f"{login or call.user.name}@{name}: Permission denied (publickey).")
    return peer, user


def _check_host_key(call: Call, name: str, peer: Machine, options: Options) -> None:
    settings = dict(part.partition("=")[::2] for part in options.every("o"))
    if settings.get("StrictHostKeyChecking") == "no":
        return
    default = join(call.user.home, ".ssh/known_hosts")
    paths = (settings.get("UserKnownHostsFile", default), "/etc/ssh/ssh_known_hosts")
    known = "".join(_text(call.files, path) for path in paths)
    keys = [words[1:3] for line in known.splitlines()
            if (words := line.split()) and name in words[0].split(",")]  # fmt: skip
    if _text(peer.files, HOST_KEY).split()[:2] not in keys:
        raise _NoSession("Host key verification failed.")


def _accepts(call: Call, peer: Machine, user: User, options: Options) -> bool:
    identity = options.value("i", default=join(call.user.home, ".ssh/id_ed25519"))
    public = _text(call.files, f"{call.path(identity)}.pub").split()[:2]
    allowed = _text(peer.files, join(user.home, ".ssh/authorized_keys"))
    for line in allowed.splitlines():
        if len(public) == 2 and " ".join(public) in line:
            if not line.startswith(public[0]):
                raise _NoSession(f"key options in authorized_keys: {NOT_EMULATED}")
            return True
    return False


def _text(files: Filesystem, path: str) -> str:
    return files.text(path) if files.is_file(path) else ""


# rsync

_FLAGS = {
    "a": "archive", "r": "recursive", "t": "times", "p": "perms", "o": "owner", "g": "group",
    "l": "links", "D": "devices", "v": "verbose", "q": "quiet", "z": "compress", "n": "dry-run",
    "c": "checksum", "W": "whole-file", "i": "itemize-changes", "h": "human-readable",
}  # fmt: skip
_MORE_FLAGS = (
    *("partial", "ignore-existing", "existing", "mkpath", "fsync", "inplace"),
    *("no-owner", "no-group", "no-whole-file", "size-only", "protect-args", "delay-updates"),
)
_VALUED = (
    *("partial-dir", "timeout", "contimeout", "bwlimit", "chmod", "exclude", "include", "rsh"),
)


class _Failure(Exception):
    """rsync ends: its lines on standard error, and its exit status."""

    def __init__(self, text: str, why: str, status: int) -> None:
        super().__init__(text)
        self.text = text
        self.why = why
        self.status = status


@dataclass(frozen=True, slots=True)
class _End:
    """One end of a transfer."""

    files: Filesystem
    user: User
    path: str


def rsync(call: Call) -> int:
    """Copies files between hosts, as `-a` and the safe options do; nothing is ever deleted."""
    options = read_options(
        call.args, (*_FLAGS.values(), *_MORE_FLAGS), _VALUED, same={**_FLAGS, "e": "rsh"}
    )
    if len(options.words) < 2:
        raise Trouble("syntax or usage error (code 1)", 1)
    *sources, target = options.words
    call.wait(call.machine.faults.slow_jobs)
    status = 0
    try:
        goal = _end(call, target, options)
        for source in sources:
            status = _send(call, _end(call, source, options), goal, options, len(sources)) or status
    except _Failure as failure:
        if failure.text:
            call.streams[2].write(f"{failure.text}\n".encode("utf-8", "surrogateescape"))
        return _end_with(call, failure.why, failure.status)
    if status == 23:
        _end_with(call, "some files/attrs were not transferred (see previous errors)", 23)
    return status


def _end_with(call: Call, why: str, status: int) -> int:
    call.streams[2].write(f"rsync error: {why} (code {status})\n".encode())
    return status


def _end(call: Call, text: str, options: Options) -> _End:
    found = re.match(r"([^/:]+):(.*)$", text, re.DOTALL)
    if not found:
        return _End(call.files, call.user, call.path(text) + ("/" if text.endswith("/") else ""))
    words = shlex.split(options.value("rsh", default="ssh"))
    try:
        settings = read_options(words[1:], _SSH_FLAGS, _SSH_VALUED)
        peer, user = open_session(call, found.group(1), settings)
    except _NoSession as why:
        lost = "rsync: connection unexpectedly closed (0 bytes received so far) [sender]"
        raise _Failure(f"{why.text}\n{lost}", "unexplained error", 255) from None
    return _End(peer.files, user, join(user.home, found.group(2)))


def _send(call: Call, source: _End, goal: _End, options: Options, count: int) -> int:
    if not source.files.exists(source.path.rstrip("/") or "/"):
        text = f'link_stat "{source.path}" failed: No such file or directory (2)'
        call.streams[2].write(f"rsync: [sender] {text}\n".encode("utf-8", "surrogateescape"))
        return 23
    into = count > 1 or goal.path.endswith("/") or goal.files.is_dir(goal.path)
    _make_goal(goal, into, options)
    deep = options.has("archive", "recursive")
    if source.files.is_dir(source.path) and not deep:
        call.out(f"skipping directory {base_name(source.path)}\n")
        return 0
    top = source.path.rstrip("/")
    if source.files.is_file(top):
        _file(
            call, source, goal, options, top, join(goal.path, base_name(top)) if into else goal.path
        )
        return 0
    whole = join(goal.path, base_name(top)) if not source.path.endswith("/") else goal.path
    for path in source.files.walk(top):
        place = whole.rstrip("/") + path.removeprefix(top)
        if source.files.is_dir(path):
            if not options.has("dry-run") and not goal.files.is_dir(place):
                goal.files.make_directories(place, owner=goal.user.name)
        else:
            _file(call, source, goal, options, path, place)
    return 0


def _make_goal(goal: _End, into: bool, options: Options) -> None:
    folder = goal.path.rstrip("/") if into else parent(goal.path)
    if options.has("dry-run") or goal.files.is_dir(folder or "/"):
        return
    try:
        if options.has("mkpath"):
            goal.files.make_directories(folder, owner=goal.user.name)
        else:
            goal.files.make_directory(folder, owner=goal.user.name)
    except OSError as error:
        text = f'rsync: [Receiver] mkdir "{folder}" failed: {error.strerror} ({error.errno})'
        raise _Failure(text, "error in file IO", 11) from None


def _file(call: Call, source: _End, goal: _End, options: Options, path: str, place: str) -> None:
    if not _is_wanted(base_name(path), options) or _is_same(source, goal, options, path, place):
        return
    if options.has("verbose", "itemize-changes"):
        mark = ">f+++++++++ " if options.has("itemize-changes") else ""
        call.out(f"{mark}{base_name(path)}\n")
    if options.has("dry-run"):
        return
    found = source.files.status(path)
    try:
        goal.files.write(place, source.files.read(path), owner=goal.user.name)
    except OSError as error:
        text = f'rsync: [receiver] write failed on "{place}": {error.strerror} ({error.errno})'
        raise _Failure(text, "error in file IO", 11) from None
    keeps_owner = goal.user.name == "root" and options.has("archive", "owner")
    keeps_owner = keeps_owner and not options.has("no-owner")
    goal.files.set_attributes(
        place,
        Attributes(
            _mode(found.mode, options),
            found.user if keeps_owner else goal.user.name,
            found.group if keeps_owner else goal.user.name,
        ),
    )
    if options.has("archive", "times"):
        goal.files.touch(place, found.mtime)


def _mode(mode: int, options: Options) -> int:
    for part in options.value("chmod").split(","):
        found = re.fullmatch(r"F?=?(\d{3,4})", part)
        if found:
            return int(found.group(1), 8)
        if part and not part.startswith("D"):
            raise Trouble(f"--chmod={part}: {NOT_EMULATED}", 1)
    return mode


def _is_wanted(name: str, options: Options) -> bool:
    if any(fnmatchcase(name, each) for each in options.every("include")):
        return True
    return not any(fnmatchcase(name, each) for each in options.every("exclude"))


def _is_same(source: _End, goal: _End, options: Options, path: str, place: str) -> bool:
    if not goal.files.exists(place):
        return options.has("existing")
    if options.has("ignore-existing"):
        return True
    ours, theirs = source.files.status(path), goal.files.status(place)
    if ours.size != theirs.size:
        return False
    if options.has("checksum"):
        return source.files.read(path) == goal.files.read(place)
    return options.has("size-only") or int(ours.mtime) == int(theirs.mtime)


PROGRAMS: dict[str, Program] = {"rsync": rsync, "ssh": ssh}
