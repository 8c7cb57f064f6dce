"""Programs that pack, unpack and prove archives: gzip, zstd, tar."""

from __future__ import annotations

import gzip as gzip_code
import io
import tarfile
import zlib

from loopkit.lab.filesystem import join
from loopkit.lab.machine import Call, Program, Trouble
from loopkit.lab.options import read_options
from loopkit.lab.pve import zstandard


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


PROGRAMS: dict[str, Program] = {
    "gunzip": gzip,
    "gzip": gzip,
    "tar": tar,
    "zcat": gzip,
    "zstd": zstd,
}
