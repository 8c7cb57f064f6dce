"""Programs that look at files, and make, move and remove them."""

from __future__ import annotations

import errno
import os
import re
import stat as bits

from loopkit.lab.filesystem import Attributes, Status, base_name, join, parent
from loopkit.lab.machine import NOT_EMULATED, Call, Program, Trouble
from loopkit.lab.options import Options, read_options


def mkdir(call: Call) -> int:
    """Makes directories: -p, -m MODE, -v is not known."""
    options = read_options(call.args, "p", "m", same={"parents": "p", "mode": "m"})
    mode = _octal(options.value("m")) if options.has("m") else 0o777 & ~call.umask
    for path in options.words:
        place = call.path(path)
        with Named(path):
            if options.has("p"):
                call.files.make_directories(place, mode=mode, owner=call.user.name)
            else:
                call.files.make_directory(place, mode=mode, owner=call.user.name)
    return 0


def _octal(text: str) -> int:
    if not re.fullmatch("[0-7]{3,4}", text):
        raise Trouble(f"mode {text}: {NOT_EMULATED}", 2)
    return int(text, 8)


def rmdir(call: Call) -> int:
    """Removes empty directories."""
    for path in read_options(call.args).words:
        with Named(path):
            call.files.remove_directory(call.path(path))
    return 0


def rm(call: Call) -> int:
    """Removes files: -r, -f; the root of a host is never removed."""
    options = read_options(call.args, "rRf", same={"R": "r", "recursive": "r", "force": "f"})
    status = 0
    for path in options.words:
        place = call.path(path)
        if not call.files.exists(place, follow=False):
            if not options.has("f"):
                call.err(f"cannot remove '{path}': No such file or directory")
                status = 1
        elif call.files.status(place, follow=False).is_dir:
            if not options.has("r"):
                call.err(f"cannot remove '{path}': Is a directory")
                status = 1
            else:
                call.files.remove_tree(place)
        else:
            call.files.remove(place)
    return status


def mv(call: Call) -> int:
    """Renames: -f, -n, -T, and into a directory."""
    options = read_options(call.args, ("f", "n", "T", "no-target-directory"), ("t",))
    *sources, target = _sources(call, options)
    into = call.files.is_dir(call.path(target)) and not options.has("T", "no-target-directory")
    for source in sources:
        goal = join(call.path(target), base_name(source)) if into else call.path(target)
        if options.has("n") and call.files.exists(goal):
            continue
        with Named(source):
            call.files.rename(call.path(source), goal)
    return 0


def cp(call: Call) -> int:
    """Copies: -a, -p, -r, -f, -n, -T, --preserve[=…], --reflink=auto."""
    options = read_options(
        call.args,
        ("a", "p", "r", "R", "f", "n", "T", "d"),
        ("reflink", "preserve"),
        same={"archive": "a", "recursive": "r"},
    )
    *sources, target = _sources(call, options)
    into = call.files.is_dir(call.path(target)) and not options.has("T")
    keep = options.has("a", "p", "preserve")
    for source in sources:
        goal = join(call.path(target), base_name(source)) if into else call.path(target)
        if options.has("n") and call.files.exists(goal):
            continue
        with Named(source):
            _copy(call, call.path(source), goal, keep=keep, deep=options.has("a", "r", "R"))
    return 0


def _sources(call: Call, options: Options) -> list[str]:
    if options.has("t"):
        return [*options.words, options.value("t")]
    if len(options.words) < 2:
        raise Trouble("missing destination file operand")
    return options.words


def _copy(call: Call, source: str, goal: str, *, keep: bool, deep: bool) -> None:
    files = call.files
    found = files.status(source, follow=not deep)
    if found.is_link:
        files.make_link(files.link_target(source), goal)
        return
    if found.is_dir:
        if not deep:
            raise Trouble(f"-r not specified; omitting directory '{source}'")
        if not files.is_dir(goal):
            files.make_directory(goal)
        for name in files.names(source):
            _copy(call, join(source, name), join(goal, name), keep=keep, deep=deep)
    else:
        mode = found.mode & ~call.umask
        files.write(goal, files.read(source), mode=mode, owner=call.user.name)
    if keep:
        files.set_attributes(goal, Attributes(found.mode, found.user, found.group))
        files.touch(goal, found.mtime)


def install(call: Call) -> int:
    """Copies with mode and owner: -m, -o, -g, -d, -D, -T, -C, -p; the file is replaced whole."""
    options = read_options(
        call.args,
        ("d", "D", "T", "C", "p"),
        ("m", "o", "g"),
        same={"mode": "m", "owner": "o", "group": "g", "directory": "d"},
    )
    mode = _octal(options.value("m", default="755"))
    owner = options.value("o", default=call.user.name)
    kept = Attributes(mode, owner, options.value("g", default=owner))
    if options.has("d"):
        for path in options.words:
            call.files.make_directories(call.path(path))
            call.files.set_attributes(call.path(path), kept)
        return 0
    *sources, target = _sources(call, options)
    into = call.files.is_dir(call.path(target)) and not options.has("T")
    for source in sources:
        goal = join(call.path(target), base_name(source)) if into else call.path(target)
        if options.has("D"):
            call.files.make_directories(parent(goal))
        content = call.read(source)
        when = call.files.status(call.path(source)).mtime if options.has("p") else None
        with Named(goal):
            call.files.write(goal, content)
        call.files.set_attributes(goal, kept)
        call.files.touch(goal, when)
    return 0


def tee(call: Call) -> int:
    """Copies standard input to files, and on: -a."""
    options = read_options(call.args, "a", same={"append": "a"})
    content = call.input()
    call.out(content)
    for path in options.words:
        with Named(path):
            call.write(path, content, append=options.has("a"))
    return 0


def dd(call: Call) -> int:
    """Copies standard input or if= to of=; block sizes and conv=fsync have no effect here."""
    words = dict(word.partition("=")[::2] for word in call.args)
    if unknown := words.keys() - {"if", "of", "bs", "conv", "status", "count"}:
        raise Trouble(f"{unknown.pop()}=: {NOT_EMULATED}")
    if "count" in words:
        raise Trouble(f"count=: {NOT_EMULATED}")
    content = call.read(words.get("if", "-"))
    if "of" in words:
        with Named(words["of"]):
            call.write(words["of"], content)
    else:
        call.out(content)
    return 0


def touch(call: Call) -> int:
    """Makes a file, or sets its time: -c, -m, -d @SECONDS or an ISO time, -r FILE."""
    options = read_options(call.args, "acm", "dr", same={"date": "d", "reference": "r"})
    when = None
    if options.has("d"):
        from loopkit.lab.tools_time import read_time

        when = read_time(call, options.value("d"))
    if options.has("r"):
        when = call.files.status(call.path(options.value("r"))).mtime
    for path in options.words:
        if not call.files.exists(call.path(path)):
            if options.has("c"):
                continue
            call.write(path, b"")
        call.files.touch(call.path(path), call.machine.now() if when is None else when)
    return 0


def truncate(call: Call) -> int:
    """Cuts or stretches files: -s SIZE."""
    options = read_options(call.args, "c", "s", same={"size": "s"})
    size = int(options.value("s"))
    for path in options.words:
        there = call.read(path) if call.files.exists(call.path(path)) else b""
        call.write(path, there[:size].ljust(size, b"\0"))
    return 0


def sync(call: Call) -> int:
    """Says that files are on disk: what the lab writes is."""
    for path in read_options(call.args, "df", same={"data": "d", "file-system": "f"}).words:
        call.files.status(call.path(path))
    return 0


class Named:
    """Says the path as it was written in an error, in place of the absolute one."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            number = error.errno or errno.EIO
            raise OSError(number, os.strerror(number), self._path) from None


def mode_text(found: Status) -> str:
    """Returns a mode as `ls -l` shows it."""
    kinds = {"d": bits.S_IFDIR, "l": bits.S_IFLNK, "-": bits.S_IFREG}
    return bits.filemode(kinds[found.kind] | found.mode)


PROGRAMS: dict[str, Program] = {
    "cp": cp,
    "dd": dd,
    "install": install,
    "mkdir": mkdir,
    "mv": mv,
    "rm": rm,
    "rmdir": rmdir,
    "sync": sync,
    "tee": tee,
    "touch": touch,
    "truncate": truncate,
}
