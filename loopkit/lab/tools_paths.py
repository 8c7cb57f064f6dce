"""Programs about names, links, owners and modes: ln, readlink, mktemp, chmod, chown."""

from __future__ import annotations

import os
import re

from loopkit.lab.filesystem import Status, base_name, join
from loopkit.lab.machine import NOT_EMULATED, Call, Program, Trouble
from loopkit.lab.options import read_options
from loopkit.lab.tools_files import Named


def ln(call: Call) -> int:
    """Links: -s, -f, -n, -T."""
    options = read_options(call.args, "sfnT", same={"symbolic": "s", "force": "f"})
    if len(options.words) != 2:
        raise Trouble(f"exactly one target and one name: other forms are {NOT_EMULATED}", 2)
    target, name = options.words
    goal = call.path(name)
    if call.files.is_dir(goal) and not options.has("n", "T"):
        goal = join(goal, base_name(target))
    if options.has("f") and call.files.exists(goal, follow=False):
        call.files.remove(goal)
    with Named(name):
        if options.has("s"):
            call.files.make_link(target, goal)
        else:
            call.files.make_hard_link(call.path(target), goal)
    return 0


def chmod(call: Call) -> int:
    """Sets permission bits: an octal mode, or u+x and the like; -R."""
    words = [word for word in call.args if word not in ("-R", "--")]
    mode, *paths = words
    for path in _each(call, paths, deep="-R" in call.args):
        now = call.files.status(path).mode
        call.files.change_mode(path, _new_mode(now, mode))
    return 0


def _new_mode(now: int, text: str) -> int:
    if text.isdigit():
        return int(text, 8)
    for part in text.split(","):
        found = re.fullmatch(r"([ugoa]*)([-+=])([rwxst]*)", part)
        if not found:
            raise Trouble(f"invalid mode: '{text}'")
        who, action, what = found.groups()
        shifts = [{"u": 6, "g": 3, "o": 0}[w] for w in (who.replace("a", "ugo") or "ugo")]
        mask = sum(
            {"r": 4, "w": 2, "x": 1}.get(letter, 0) << shift for letter in what for shift in shifts
        )
        clear = sum(7 << shift for shift in shifts) if action == "=" else 0
        now = now & ~mask if action == "-" else now & ~clear | mask
    return now


def chown(call: Call) -> int:
    """Sets owner and group: USER, USER:GROUP, :GROUP; -R, -h."""
    owner, *paths = [word for word in call.args if word not in ("-R", "-h", "--")]
    user, colon, group = owner.partition(":")
    if colon and user and not group:
        group = user
    for path in _each(call, paths, deep="-R" in call.args):
        call.files.change_owner(path, user, group)
    return 0


def chgrp(call: Call) -> int:
    """Sets the group: -R."""
    group, *paths = [word for word in call.args if word not in ("-R", "--")]
    for path in _each(call, paths, deep="-R" in call.args):
        call.files.change_owner(path, "", group)
    return 0


def _each(call: Call, paths: list[str], *, deep: bool) -> list[str]:
    places = [call.path(path) for path in paths]
    if not deep:
        return places
    return [each for place in places for each in call.files.walk(place)]


def readlink(call: Call) -> int:
    """Prints what links say: -f, -e, -n, -m."""
    options = read_options(call.args, "femn", same={"canonicalize": "f"})
    status = 0
    for path in options.words:
        place = call.path(path)
        if options.has("f", "e", "m"):
            if options.has("e") and not call.files.exists(place):
                status = 1
                continue
            found = call.files.canonical(place)
        elif call.files.exists(place, follow=False) and _lstat(call, place).is_link:
            found = call.files.link_target(place)
        else:
            status = 1
            continue
        call.out(found + ("" if options.has("n") else "\n"))
    return status


def realpath(call: Call) -> int:
    """Prints paths with every link resolved: -e, -m, -s is not known."""
    status = 0
    options = read_options(call.args, "em")
    for path in options.words:
        if not options.has("m") and not call.files.exists(call.path(path)):
            call.err(f"{path}: No such file or directory")
            status = 1
        else:
            call.out(call.files.canonical(call.path(path)) + "\n")
    return status


def _lstat(call: Call, place: str) -> Status:
    return call.files.status(place, follow=False)


def mktemp(call: Call) -> int:
    """Makes a new file or directory: -d, -p DIR, -t, a template that ends in X's, -u."""
    options = read_options(call.args, "dtuq", "p", same={"tmpdir": "p", "directory": "d"})
    template = options.words[0] if options.words else "tmp.XXXXXXXXXX"
    if not options.words or options.has("p", "t"):
        template = join(options.value("p", default="/tmp"), template)  # noqa: S108
    stem = template.rstrip("X")
    count = len(template) - len(stem)
    if count < 3:
        raise Trouble(f"too few X's in template '{template}'")
    path = stem + os.urandom(count).hex()[:count]
    if not options.has("u"):
        if options.has("d"):
            call.files.make_directory(call.path(path), mode=0o700, owner=call.user.name)
        else:
            call.write(path, b"", mode=0o600)
    call.out(path + "\n")
    return 0


PROGRAMS: dict[str, Program] = {
    "chgrp": chgrp,
    "chmod": chmod,
    "chown": chown,
    "ln": ln,
    "mktemp": mktemp,
    "readlink": readlink,
    "realpath": realpath,
}
