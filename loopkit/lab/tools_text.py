"""Programs that read and print text: cat, head, tail, grep, wc, sort, sed is not among them."""

from __future__ import annotations

import base64 as base64_code
import gzip as gzip_code
import hashlib
import io
import re
import tarfile
import zlib
from collections.abc import Callable
from typing import Any

from loopkit.lab.filesystem import base_name, join
from loopkit.lab.machine import NOT_EMULATED, Call, Program, Trouble
from loopkit.lab.options import read_options
from loopkit.lab.pve import zstandard


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


def sort(call: Call) -> int:
    """Sorts lines by bytes: -r, -n, -u, -V is not known."""
    options = read_options(call.args, "rnu", same={"reverse": "r", "unique": "u"})
    lines = [line for path in options.words or ["-"] for line in call.read(path).splitlines()]
    if options.has("u"):
        lines = list(dict.fromkeys(sorted(lines)))
    key: Any = _number if options.has("n") else None
    lines.sort(key=key, reverse=options.has("r"))
    call.out(b"".join(line + b"\n" for line in lines))
    return 0


def _number(line: bytes) -> tuple[float, bytes]:
    found = re.match(rb"\s*(-?\d+\.?\d*)", line)
    return (float(found.group(1)) if found else 0.0, line)


def uniq(call: Call) -> int:
    """Drops lines that repeat the one before: -c."""
    options = read_options(call.args, "c")
    lines = call.read(options.words[0] if options.words else "-").splitlines()
    runs: list[list[Any]] = []
    for line in lines:
        if runs and runs[-1][0] == line:
            runs[-1][1] += 1
        else:
            runs.append([line, 1])
    for line, count in runs:
        call.out((b"%7d " % count if options.has("c") else b"") + line + b"\n")
    return 0


def cut(call: Call) -> int:
    """Cuts fields: -d and -f with single fields, lists and ranges."""
    options = read_options(call.args, "s", "dfc")
    sign = options.value("d", default="\t").encode()
    for line in call.read(options.words[0] if options.words else "-").splitlines():
        if options.has("c"):
            call.out(b"".join(bytes([line[at]]) for at in _chosen(options.value("c"), len(line))))
        else:
            fields = line.split(sign)
            if len(fields) == 1:
                call.out(b"" if options.has("s") else line + b"\n")
                continue
            call.out(sign.join(fields[at] for at in _chosen(options.value("f"), len(fields))))
        call.out("\n")
    return 0


def _chosen(text: str, count: int) -> list[int]:
    chosen: list[int] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        low = int(first or 1)
        high = int(last or count) if dash else low
        chosen += range(low - 1, min(high, count))
    return chosen


def tr(call: Call) -> int:
    """Deletes or replaces single characters: -d SET, SET SET."""
    options = read_options(call.args, "d")
    sets = [_set(word) for word in options.words]
    content = call.input()
    if options.has("d"):
        call.out(content.translate(None, sets[0]))
    else:
        second = sets[1].ljust(len(sets[0]), sets[1][-1:])[: len(sets[0])]
        call.out(content.translate(bytes.maketrans(sets[0], second)))
    return 0


def _set(word: str) -> bytes:
    text = escaped(word)
    full = re.sub(
        r"(.)-(.)",
        lambda m: "".join(map(chr, range(ord(m.group(1)), ord(m.group(2)) + 1))),
        text,
    )
    return full.encode()


def grep(call: Call) -> int:
    """Finds lines: -E -F -q -c -v -i -n -H -h -o -x -w -s -l -L -m N -e PATTERN."""
    options = read_options(
        call.args, "EFGqcvinHhoxwslL", "em", same={"regexp": "e", "quiet": "q", "count": "c"}
    )
    patterns = options.every("e") or [options.words.pop(0)]
    wanted = re.compile("|".join(_pattern(each, options.values) for each in patterns).encode(),
                        re.IGNORECASE if options.has("i") else 0)  # fmt: skip
    paths = options.words or ["-"]
    named = options.has("H") or (len(paths) > 1 and not options.has("h"))
    any_found, status = False, 0
    for path in paths:
        try:
            lines = call.read(path).splitlines()
        except OSError as error:
            if not options.has("s"):
                call.err(f"{path}: {error.strerror}")
            status = 2
            continue
        whole = wanted.fullmatch if options.has("x") else wanted.search
        hits = [(at, line) for at, line in enumerate(lines, 1)
                if bool(whole(line)) != options.has("v")]  # fmt: skip
        if options.has("m"):
            hits = hits[: int(options.value("m"))]
        any_found = any_found or bool(hits)
        if not options.has("q"):
            _show_hits(call, path if named else "", path, hits, wanted, set(options.values))
    if any_found and options.has("q"):
        return 0
    return status or (0 if any_found else 1)


def _pattern(text: str, values: dict[str, list[str]]) -> str:
    if "F" in values:
        found = re.escape(text)
    else:
        found = re.sub(r"\[\[:(\w+):\]\]", lambda m: _CLASSES[m.group(1)], text)
        found = re.sub(r"\[:(\w+):\]", lambda m: _CLASSES[m.group(1)][1:-1], found)
        if "E" not in values:
            found = re.sub(r"\\?[+?|(){}]", lambda m: m.group()[-1:] if len(m.group()) > 1
                           else "\\" + m.group(), found)  # fmt: skip
    return rf"\b(?:{found})\b" if "w" in values else f"(?:{found})"


_CLASSES = {"digit": "[0-9]", "space": "[ \\t\\n\\r\\f\\v]", "alpha": "[A-Za-z]",
            "alnum": "[A-Za-z0-9]", "blank": "[ \\t]", "upper": "[A-Z]", "lower": "[a-z]"}  # fmt: skip


def _show_hits(
    call: Call,
    label: str,
    path: str,
    hits: list[tuple[int, bytes]],
    wanted: re.Pattern[bytes],
    options: set[str],
) -> None:
    prefix = f"{label}:" if label else ""
    if "l" in options or "L" in options:
        if bool(hits) == ("l" in options):
            call.out(f"{path}\n")
    elif "c" in options:
        call.out(f"{prefix}{len(hits)}\n")
    else:
        for number, line in hits:
            shown = [m.group() for m in wanted.finditer(line)] if "o" in options else [line]
            for each in shown:
                call.out(f"{prefix}{f'{number}:' if 'n' in options else ''}")
                call.out(each + b"\n")


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


def gzip(call: Call) -> int:
    """Packs, unpacks (-d) and tests (-t): -c -f -k -n -q -1…-9."""
    options = read_options(call.args, "cdtfknqv123456789", same={"test": "t", "stdout": "c"})
    unpacking = options.has("d") or call.argv[0].endswith(("gunzip", "zcat"))
    to_output = options.has("c") or call.argv[0].endswith("zcat")
    for path in options.words or ["-"]:
        content = call.read(path)
        if options.has("t"):
            _gunzipped(content, path)
            continue
        made = _gunzipped(content, path) if unpacking else _gzipped(call, content)
        if to_output or path == "-":
            call.out(made)
            continue
        goal = path.removesuffix(".gz") if unpacking else path + ".gz"
        kept = call.files.status(call.path(path))
        call.write(goal, made, mode=kept.mode)
        call.files.touch(call.path(goal), kept.mtime)
        if not options.has("k"):
            call.files.remove(call.path(path))
    return 0


def _gzipped(call: Call, content: bytes) -> bytes:
    return gzip_code.compress(content, 6, mtime=call.machine.now())


def _gunzipped(content: bytes, path: str) -> bytes:
    try:
        return gzip_code.decompress(content)
    except EOFError:
        raise Trouble(f"{path}: unexpected end of file") from None
    except (OSError, zlib.error):
        known = content[:2] == b"\x1f\x8b"
        why = "invalid compressed data--crc error" if known else "not in gzip format"
        raise Trouble(f"{path}: {why}") from None


def zstd(call: Call) -> int:
    """Tests (-t), unpacks (-d) and packs frames of raw blocks, each checked by its XXH64."""
    options = read_options(call.args, "tdcqfkT0", same={"test": "t", "quiet": "q", "stdout": "c"})
    status = 0
    for path in options.words or ["-"]:
        content = call.read(path)
        if not options.has("t", "d"):
            made, goal = zstandard.compress(content), path + ".zst"
        else:
            try:
                made, goal = zstandard.decompress(content), path.removesuffix(".zst")
            except zstandard.Corrupt as why:
                call.err(f"{path} : {why}")
                status = 1
                continue
        if options.has("t"):
            continue
        if options.has("c") or path == "-":
            call.out(made)
        else:
            call.write(goal, made)
    return status


def tar(call: Call) -> int:
    """Makes (-c), lists (-t) and unpacks (-x) archives: -f -z -C DIR -p."""
    words = call.args
    if words and not words[0].startswith("-"):
        words[0] = "-" + words[0]
    options = read_options(words, ("c", "t", "x", "z", "v", "p"), ("f", "C"))
    folder = call.path(options.value("C", default="."))
    if options.has("c"):
        made = _packed(call, folder, options.words, gz=options.has("z"))
        if options.value("f", default="-") == "-":
            call.out(made)
        else:
            call.write(options.value("f"), made)
        return 0
    return _unpacked(call, call.read(options.value("f", default="-")), folder, options.has("x"))


def _packed(call: Call, folder: str, names: list[str], *, gz: bool) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz" if gz else "w") as archive:
        for name in names:
            for path in call.files.walk(join(folder, name)):
                found = call.files.status(path, follow=False)
                entry = tarfile.TarInfo(path.removeprefix(folder.rstrip("/") + "/").lstrip("/"))
                entry.mode, entry.mtime = found.mode, int(found.mtime)
                entry.uname, entry.gname = found.user, found.group
                content = b""
                if found.is_dir:
                    entry.type = tarfile.DIRTYPE
                elif found.is_link:
                    entry.type, entry.linkname = tarfile.SYMTYPE, call.files.link_target(path)
                else:
                    content = call.files.read(path)
                    entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def _unpacked(call: Call, content: bytes, folder: str, extracting: bool) -> int:
    try:
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            for entry in archive:
                if not extracting:
                    call.out(entry.name + ("/" if entry.isdir() else "") + "\n")
                elif entry.isdir():
                    call.files.make_directories(join(folder, entry.name), mode=entry.mode)
                elif source := archive.extractfile(entry):
                    call.write(join(folder, entry.name), source.read(), mode=entry.mode)
    except (tarfile.TarError, EOFError, zlib.error):
        raise Trouble("Error is not recoverable: exiting now", 2) from None
    return 0


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
    "cut": cut,
    "dirname": dirname,
    "echo": echo,
    "egrep": lambda call: call.run("grep", "-E", *call.args),
    "grep": grep,
    "gunzip": gzip,
    "gzip": gzip,
    "head": head,
    "md5sum": _sum_program("md5"),
    "printf": printf,
    "sha1sum": _sum_program("sha1"),
    "sha256sum": _sum_program("sha256"),
    "sort": sort,
    "tail": tail,
    "tar": tar,
    "tr": tr,
    "uniq": uniq,
    "wc": wc,
    "zcat": gzip,
    "zstd": zstd,
}
