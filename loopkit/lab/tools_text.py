"""Programs that read and print text: cat, head, tail, grep, wc, sort, sed is not among them."""

from __future__ import annotations

import base64 as base64_code
import hashlib
import re
from collections.abc import Callable

from loopkit.lab.filesystem import base_name
from loopkit.lab.machine import NOT_EMULATED, Call, Program, Trouble
from loopkit.lab.options import read_options


def cat(call: Call) -> int:
    """Prints files, or standard input."""
    status = 0
    for path in read_options(call.args, "u").words or ["-"]:
        try:
            call.out(call.read(path))
        except OSError as error:
            call.err(f"{path}: {error.strerror}")
            status = 1
    return status


def echo(call: Call) -> int:
    """Prints its words: -n."""
    words = call.args
    if any("\\" in word for word in words):
        # One shell's echo takes escapes, another's prints them.
        raise Trouble(f"a backslash (use printf): {NOT_EMULATED}", 2)
    is_open = words[:1] == ["-n"]
    call.out(" ".join(words[is_open:]) + ("" if is_open else "\n"))
    return 0


def printf(call: Call) -> int:
    """Prints a format with its words, again while words are left: %s %d %b %%, escapes."""
    form, *words = call.args[1:] if call.args[:1] == ["--"] else call.args
    while True:
        text, words, used = _printed(form, words)
        call.out(text)
        if not words or not used:
            return 0


_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "a": "\a", "b": "\b", "f": "\f", '"': '"'}


def escaped(text: str) -> str:
    r"""Returns text with `\n`, `\t`, `\0NN` and the like replaced."""

    def one(found: re.Match[str]) -> str:
        word = found.group(1)
        if word[0] in _ESCAPES:
            return _ESCAPES[word[0]]
        number = int(word[1:], 16) if word[0] == "x" else int(word, 8)
        return bytes([number & 255]).decode("utf-8", "surrogateescape")

    return re.sub(r'\\([ntr\\abf"]|[0-7]{1,4}|x[0-9a-fA-F]{1,2})', one, text)


def _printed(form: str, words: list[str]) -> tuple[str, list[str], bool]:
    rest = list(words)

    def one(found: re.Match[str]) -> str:
        width, kind = found.groups()
        if kind == "%":
            return "%"
        word = rest.pop(0) if rest else ""
        if kind == "b":
            word = escaped(word)
        if kind in "diuxo":
            return f"%{width}{kind}" % int(word or 0)
        if kind not in "sb":
            raise Trouble(f"%{kind}: {NOT_EMULATED}", 2)
        return f"%{width}s" % word

    text = re.sub(r"%([-0-9.]*)(.)", one, escaped(form))
    return text, rest, len(rest) < len(words)


def head(call: Call) -> int:
    """Prints the first lines or bytes: -n, -c, -N."""
    options = read_options(_old_count(call.args), "q", "nc", same={"lines": "n", "bytes": "c"})
    for path in options.words or ["-"]:
        if options.has("c"):
            size = int(options.value("c"))
            is_zero = path == "/dev/zero"
            call.out(bytes(size) if is_zero else call.read(path)[:size])
        else:
            lines = call.read(path).splitlines(keepends=True)
            call.out(b"".join(lines[: int(options.value("n", default="10"))]))
    return 0


def tail(call: Call) -> int:
    """Prints the last lines or bytes: -n, -n +N, -c, -N."""
    options = read_options(_old_count(call.args), "q", "nc", same={"lines": "n", "bytes": "c"})
    for path in options.words or ["-"]:
        content = call.read(path)
        if options.has("c"):
            size = options.value("c")
            call.out(content[int(size) - 1 :] if size[0] == "+" else content[-int(size) :])
            continue
        lines = content.splitlines(keepends=True)
        count = options.value("n", default="10")
        start = int(count) - 1 if count[0] == "+" else max(len(lines) - int(count), 0)
        call.out(b"".join(lines[start:]))
    return 0


def _old_count(args: list[str]) -> list[str]:
    return [f"-n{word[1:]}" if re.fullmatch(r"-\d+", word) else word for word in args]


def wc(call: Call) -> int:
    """Counts: -c, -l, -w, -m."""
    options = read_options(call.args, "clwm")
    counts: dict[str, Callable[[bytes], int]] = {
        "l": lambda data: data.count(b"\n"),
        "w": lambda data: len(data.split()),
        "m": lambda data: len(data.decode("utf-8", "replace")),
        "c": len,
    }
    chosen = [letter for letter in counts if options.has(letter)] or ["l", "w", "c"]
    for path in options.words or ["-"]:
        content = call.read(path)
        shown = " ".join(str(counts[letter](content)) for letter in chosen)
        call.out(shown + (f" {path}" if path != "-" else "") + "\n")
    return 0


def _sum_program(name: str) -> Program:
    def program(call: Call) -> int:
        options = read_options(call.args, ("b", "c", "check", "status", "quiet"))
        if options.has("c", "check"):
            return _check_sums(call, name, options.words, quiet=options.has("status"))
        status = 0
        for path in options.words or ["-"]:
            try:
                digest = hashlib.new(name, call.read(path)).hexdigest()
            except OSError as error:
                call.err(f"{path}: {error.strerror}")
                status = 1
                continue
            call.out(_sum_line(digest, path))
        return status

    program.__doc__ = f"Prints or checks (-c) {name} sums."
    return program


def _sum_line(digest: str, path: str) -> str:
    # GNU marks a name with a newline or backslash by a leading backslash.
    if "\n" in path or "\\" in path:
        return f"\\{digest}  " + path.replace("\\", "\\\\").replace("\n", "\\n") + "\n"
    return f"{digest}  {path}\n"


def _check_sums(call: Call, name: str, paths: list[str], *, quiet: bool) -> int:
    failed = 0
    for path in paths or ["-"]:
        for line in call.read(path).decode("utf-8", "surrogateescape").splitlines():
            digest, _, target = line.partition(" ")
            is_same = hashlib.new(name, call.read(target[1:])).hexdigest() == digest
            failed += not is_same
            if not quiet:
                call.out(f"{target[1:]}: {'OK' if is_same else 'FAILED'}\n")
    return 1 if failed else 0


def base64(call: Call) -> int:
    """Encodes or decodes (-d): -w COLUMNS."""
    options = read_options(call.args, "d", "w", same={"decode": "d", "wrap": "w"})
    content = call.read(options.words[0] if options.words else "-")
    if options.has("d"):
        try:
            call.out(base64_code.b64decode(b"".join(content.split()), validate=True))
        except ValueError:
            raise Trouble("invalid input") from None
        return 0
    text = base64_code.b64encode(content)
    width = int(options.value("w", default="76")) or len(text) or 1
    lines = [text[at : at + width] for at in range(0, len(text), width)]
    call.out(b"\n".join(lines) + (b"\n" if options.value("w") != "0" else b""))
    return 0


# Archives


def basename(call: Call) -> int:
    """Prints the last component of a path."""
    name = base_name(call.args[0])
    suffix = call.args[1] if len(call.args) > 1 else ""
    call.out((name.removesuffix(suffix) if name != suffix else name) + "\n")
    return 0


def dirname(call: Call) -> int:
    """Prints a path without its last component."""
    head_part, slash, _ = call.args[0].rstrip("/").rpartition("/")
    call.out((head_part or ("/" if slash else ".")) + "\n")
    return 0


PROGRAMS: dict[str, Program] = {
    "base64": base64,
    "basename": basename,
    "cat": cat,
    "dirname": dirname,
    "echo": echo,
    "head": head,
    "md5sum": _sum_program("md5"),
    "printf": printf,
    "sha1sum": _sum_program("sha1"),
    "sha256sum": _sum_program("sha256"),
    "tail": tail,
    "wc": wc,
}
