"""`sh` on a lab host: a line that was sent, a script file, or text given with `-c`."""

from __future__ import annotations

from collections.abc import Sequence

from loopkit.lab import machine as host
from loopkit.lab.builtins import BUILTINS
from loopkit.lab.machine import Call, Killed, Program, Trouble
from loopkit.lab.shell import Shell
from loopkit.lab.syntax import parse
from loopkit.lab.tree import Refused


def start(call: Call, name: str, arguments: Sequence[str], options: Sequence[str] = ()) -> Shell:
    """Returns a fresh shell in the place of a call."""
    variables = {"HOME": call.user.home, "USER": call.user.name, "PATH": host.PATH, **call.env}
    return Shell(
        call=call,
        builtins=BUILTINS,
        name=name,
        arguments=list(arguments),
        cwd=call.cwd,
        variables={**variables, "PWD": call.cwd},
        exported=set(variables),
        options=set(options),
        umask=call.umask,
    )


def run_text(
    call: Call,
    text: str,
    *,
    name: str = "sh",
    arguments: Sequence[str] = (),
    options: Sequence[str] = (),
    strict: bool = False,
) -> int:
    """Runs a line or script, and returns its exit status; one that is refused ends with 2."""
    try:
        script = parse(text, strict=strict)
    except Refused as why:
        call.streams[2].write(f"{name}: {why}\n".encode("utf-8", "surrogateescape"))
        return 2
    return start(call, name, arguments, options).run_to_end(script, dict(call.streams))


def run_guarded(call: Call, text: str, *, strict: bool = False) -> int | None:
    """Runs a line whose caller must have an answer; None when it was killed."""
    try:
        return run_text(call, text, strict=strict)
    except Killed:
        return None
    except Exception as error:
        # A mistake of the lab's own may not leave a client, or a night, without an answer.
        words = f"lab: {type(error).__name__} in the emulation: {error}\n"
        call.streams[2].write(words.encode("utf-8", "replace"))
        return 125


def sh(call: Call) -> int:
    """`sh`, `bash`, `dash`: `-c TEXT`, `-s`, or a script file, with -e, -u, -x and -o pipefail."""
    args, options = call.args, []
    text: str | None = None
    reads_input = False
    while args and args[0].startswith("-") and args[0] != "-":
        word = args.pop(0)
        if word in ("--", "--noprofile", "--norc", "-l"):
            if word == "--":
                break
            continue
        for letter in word[1:]:
            if letter == "c":
                text = ""
            elif letter == "s":
                reads_input = True
            elif letter == "o":
                options.append(args.pop(0))
            elif letter in "eul":
                options.append(letter)
            else:
                raise Trouble(f"{word}: {host.NOT_EMULATED}", 2)
    if text is not None:
        if not args:
            raise Trouble("-c requires an argument", 2)
        text = args.pop(0)
        name = args.pop(0) if args else call.argv[0]
    elif reads_input or not args:
        text, name = call.input().decode("utf-8", "surrogateescape"), call.argv[0]
    else:
        name = args.pop(0)
        text = call.read(name).decode("utf-8", "surrogateescape")
    return run_text(call, text, name=name, arguments=args, options=options)


PROGRAMS: dict[str, Program] = {"sh": sh, "bash": sh, "dash": sh}
