"""What a shell does by itself: cd, set, read, trap and the like."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

from loopkit.lab import machine as host
from loopkit.lab.filesystem import join
from loopkit.lab.flow import Break, Exit, Return
from loopkit.lab.machine import Call, Streams, Trouble
from loopkit.lab.shell import Shell
from loopkit.lab.tree import Refused


def _cd(shell: Shell, args: list[str], streams: Streams) -> int:
    path = join(shell.cwd, args[-1] if args else shell.home)
    if not shell.files.is_dir(path):
        streams[2].write(f"{shell.name}: cd: can't cd to {args[-1]}\n".encode())
        return 2
    shell.cwd = shell.files.canonical(path)
    shell.assign("PWD", shell.cwd)
    return 0


def _exit(shell: Shell, args: list[str], streams: Streams) -> int:
    raise Exit(int(args[0]) & 255 if args else shell.status)


def _return(shell: Shell, args: list[str], streams: Streams) -> int:
    raise Return(int(args[0]) & 255 if args else shell.status)


def _set(shell: Shell, args: list[str], streams: Streams) -> int:
    rest = list(args)
    while rest and rest[0][:1] in "-+" and rest[0] not in ("--", "-", "+"):
        word = rest.pop(0)
        letters = [rest.pop(0)] if word[1:] == "o" and rest else list(word[1:])
        if word[1:].endswith("o") and len(word) > 2 and rest:
            letters = [*word[1:-1], rest.pop(0)]
        names = {"errexit": "e", "nounset": "u"}
        for letter in (names.get(each, each) for each in letters):
            if (word[0], letter) == ("+", "x"):
                continue  # commands are never traced here
            if letter not in ("e", "u", "f", "pipefail", "C"):
                raise Refused(f"set -{letter}: {host.NOT_EMULATED}")
            (shell.options.add if word[0] == "-" else shell.options.discard)(letter)
    if rest:
        shell.arguments = rest[1:] if rest[0] == "--" else rest
    return 0


def _shift(shell: Shell, args: list[str], streams: Streams) -> int:
    count = int(args[0]) if args else 1
    if count > len(shell.arguments):
        streams[2].write(f"{shell.name}: shift: can't shift that many\n".encode())
        raise Exit(2)
    del shell.arguments[:count]
    return 0


def _export(shell: Shell, args: list[str], streams: Streams) -> int:
    for word in args:
        name, equals, value = word.partition("=")
        shell.exported.add(name)
        if equals:
            shell.assign(name, value)
    return 0


def _local(shell: Shell, args: list[str], streams: Streams) -> int:
    for word in args:
        name, equals, value = word.partition("=")
        shell.assign(name, value if equals else "")
    return 0


def _unset(shell: Shell, args: list[str], streams: Streams) -> int:
    for name in args:
        shell.variables.pop(name, None)
        shell.functions.pop(name, None)
    return 0


def _trap(shell: Shell, args: list[str], streams: Streams) -> int:
    for name in args[1:]:
        shell.traps["EXIT" if name == "0" else name] = "" if args[0] == "-" else args[0]
    return 0


def _read(shell: Shell, args: list[str], streams: Streams) -> int:
    names = [word for word in args if word not in ("-r", "--")] or ["REPLY"]
    line: str = streams[0].readline().decode("utf-8", "surrogateescape")
    blanks = shell.variables.get("IFS", " \t\n")
    text = line.removesuffix("\n")
    values = text.strip(blanks).split(None, len(names) - 1) if blanks.strip() == "" else [text]
    if blanks.strip():
        values = text.split(blanks[0], len(names) - 1)
    if not blanks:
        values = [text]
    for name, value in itertools.zip_longest(names, values, fillvalue=""):
        shell.assign(name, value)
    return 0 if line.endswith("\n") else 1


def _umask(shell: Shell, args: list[str], streams: Streams) -> int:
    if not args:
        streams[1].write(f"{shell.umask:04o}\n".encode())
        return 0
    shell.umask = int(args[0], 8)
    return 0


def _wait(shell: Shell, args: list[str], streams: Streams) -> int:
    for thread in shell.background:
        thread.join()
    return 0


def _command(shell: Shell, args: list[str], streams: Streams) -> int:
    if args[:1] != ["-v"]:
        return shell.program(args, streams, {})
    call = replace(shell.call, argv=tuple(args[1:]), cwd=shell.cwd, env=shell.variables)
    try:
        host.find_program(call)
    except Trouble:
        return 127
    streams[1].write(f"{_where(call)}\n".encode())
    return 0


def _where(call: Call) -> str:
    name = call.argv[0]
    if "/" in name or name in BUILTINS:
        return name
    folders = call.env.get("PATH", host.PATH).split(":")
    at = (join(folder, name) for folder in folders)
    return next((path for path in at if call.files.is_file(path)), f"/usr/bin/{name}")


def _break(shell: Shell, args: list[str], streams: Streams) -> int:
    raise Break(again=False)


def _continue(shell: Shell, args: list[str], streams: Streams) -> int:
    raise Break(again=True)


def _nothing(shell: Shell, args: list[str], streams: Streams) -> int:
    return 0


BUILTINS: dict[str, Callable[[Shell, list[str], Streams], int]] = {
    ":": _nothing,
    "break": _break,
    "cd": _cd,
    "command": _command,
    "continue": _continue,
    "exit": _exit,
    "export": _export,
    "local": _local,
    "read": _read,
    "return": _return,
    "set": _set,
    "shift": _shift,
    "trap": _trap,
    "umask": _umask,
    "unset": _unset,
    "wait": _wait,
}
