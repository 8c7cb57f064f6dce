"""Programs about who, where and how: hostname, id, sudo, env, flock, nice, logger, kill."""

from __future__ import annotations

import io
import re
from dataclasses import replace

from loopkit.lab.machine import NOT_EMULATED, PATH, Call, Program, Trouble
from loopkit.lab.options import read_options


def true(call: Call) -> int:
    """Ends with 0."""
    return 0


def false(call: Call) -> int:
    """Ends with 1."""
    return 1


def hostname(call: Call) -> int:
    """Prints the host's name: -s, -f."""
    read_options(call.args, "sf")
    call.out(call.files.text("/etc/hostname").strip() + "\n")
    return 0


def whoami(call: Call) -> int:
    """Prints the user's name."""
    call.out(call.user.name + "\n")
    return 0


def id_(call: Call) -> int:
    """Prints the user: -u -g -n -un -gn."""
    options = read_options(call.args, "ugnG")
    user, number = call.user.name, call.user.number
    if options.has("u", "g", "G"):
        call.out(f"{user if options.has('n') else number}\n")
    else:
        call.out(f"uid={number}({user}) gid={number}({user}) groups={number}({user})\n")
    return 0


def uname(call: Call) -> int:
    """Prints the system: -s -n -r -m -a."""
    options = read_options(call.args, "snrma")
    name = call.files.text("/etc/hostname").strip()
    values = {"s": "Linux", "n": name, "r": "6.14.8-lab", "m": "x86_64"}
    chosen = values if options.has("a") else {k: v for k, v in values.items() if options.has(k)}
    call.out(" ".join(chosen.values() or ["Linux"]) + "\n")
    return 0


def sudo(call: Call) -> int:
    """Runs a program as root, or as -u USER, without a password: -n -H -E -S."""
    options = read_options(call.args, "nHES", "up", interspersed=False)
    user = call.machine.user(options.value("u", default="root"))
    if not options.words:
        raise Trouble("a command is required")
    return call.run(*options.words, user=user, env={"HOME": user.home, "PATH": PATH})


def env(call: Call) -> int:
    """Runs a program in another environment: -i, -u NAME, NAME=value; or prints it."""
    options = read_options(call.args, "i", "u", interspersed=False)
    words = options.words
    values = {} if options.has("i") or call.args[:1] == ["-"] else dict(call.env)
    for name in options.every("u"):
        values.pop(name, None)
    while words and re.match(r"[A-Za-z_]\w*=", words[0]):
        name, _, value = words.pop(0).partition("=")
        values[name] = value
    if words:
        return call.run(*words, env=values)
    call.out("".join(f"{name}={value}\n" for name, value in values.items()))
    return 0


def _wrapper(flags: str, valued: str) -> Program:
    def program(call: Call) -> int:
        options = read_options(call.args, flags, valued, interspersed=False)
        return call.run(*options.words)

    program.__doc__ = "Runs a program with another priority, which the lab has no use for."
    return program


def setsid(call: Call) -> int:
    """Runs a program in a session of its own: -f, -w."""
    options = read_options(call.args, "fw", interspersed=False)
    return call.run(*options.words)


def flock(call: Call) -> int:
    """Holds a lock while a program runs, or on a descriptor: -n -x -w SECONDS -E STATUS -c TEXT."""
    options = read_options(
        call.args, ("n", "x", "e", "u", "s"), ("w", "E"), interspersed=False,
        same={"nonblock": "n", "nb": "n", "exclusive": "x", "timeout": "w", "unlock": "u"},
    )  # fmt: skip
    target, *argv = options.words
    refused = int(options.value("E", default="1"))
    if not argv:
        return _lock_descriptor(call, target, refused, release=options.has("u"))
    if argv[0] == "-c":
        argv = ["sh", *argv]
    place = call.path(target)
    if not call.files.exists(place):
        call.write(target, b"")
    lock = call.machine.lock(place)
    if not lock.acquire(timeout=0 if options.has("n") else float(options.value("w", default="60"))):
        return refused
    try:
        return call.run(*argv)
    finally:
        lock.release()


def _lock_descriptor(call: Call, target: str, refused: int, *, release: bool) -> int:
    """Locks the file behind an open descriptor, until the shell that opened it closes it."""
    stream = call.streams.get(int(target)) if target.isdigit() else None
    if stream is None or not hasattr(stream, "lock"):
        raise Trouble(f"{target}: Bad file descriptor", 65)
    if release:
        stream.release()
        return 0
    return 0 if stream.lock() else refused


def logger(call: Call) -> int:
    """Adds a line to /var/log/syslog: -t TAG, -p PRIORITY, -s is not known."""
    options = read_options(call.args, "i", "tp", same={"tag": "t", "priority": "p"})
    text = " ".join(options.words) or call.input().decode("utf-8", "surrogateescape").strip()
    when = call.machine.local_time().strftime("%Y-%m-%dT%H:%M:%S%z")
    tag = options.value("t", default=call.user.name)
    line = f"{when} {call.machine.name} {tag}: {text}\n"
    call.files.write("/var/log/syslog", line.encode("utf-8", "surrogateescape"), append=True)
    return 0


def kill(call: Call) -> int:
    """Tells with -0 whether a background process still runs; sends no signal."""
    options = read_options([word for word in call.args if word != "-0"])
    if "-0" not in call.args:
        raise Trouble(f"signals: {NOT_EMULATED}", 2)
    alive = [call.machine.processes.get(int(word)) for word in options.words]
    return 0 if all(thread and thread.is_alive() for thread in alive) else 1


def xargs(call: Call) -> int:
    """Runs a program with the words of standard input: -0 -r -n N, -I is not known."""
    options = read_options(call.args, "0r", "n", interspersed=False)
    text = call.input().decode("utf-8", "surrogateescape")
    words = [word for word in text.split("\0") if word] if options.has("0") else text.split()
    if not words and options.has("r"):
        return 0
    size = int(options.value("n", default="0")) or max(len(words), 1)
    groups = [words[at : at + size] for at in range(0, len(words), size)] or [[]]
    statuses = [
        replace(call, streams={**call.streams, 0: io.BytesIO()}).run(*options.words, *group)
        for group in groups
    ]
    return 123 if any(statuses) else 0


def which(call: Call) -> int:
    """Prints where programs are."""
    status = 0
    for name in call.args:
        at = [f"{folder}/{name}" for folder in PATH.split(":")]
        found = next((path for path in at if call.files.is_file(path)), "")
        if not found and name in call.machine.programs:
            found = f"/usr/bin/{name}"
        if found:
            call.out(found + "\n")
        else:
            status = 1
    return status


PROGRAMS: dict[str, Program] = {
    "env": env,
    "false": false,
    "flock": flock,
    "hostname": hostname,
    "id": id_,
    "ionice": _wrapper("t", "cn"),
    "kill": kill,
    "logger": logger,
    "nice": _wrapper("", "n"),
    "nohup": _wrapper("", ""),
    "setsid": setsid,
    "stdbuf": _wrapper("", "oei"),
    "sudo": sudo,
    "true": true,
    "uname": uname,
    "whoami": whoami,
    "which": which,
    "xargs": xargs,
}
