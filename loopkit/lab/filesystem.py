"""The files of one lab host: a folder that no path, however written, leads out of.

Owners, modes and times are kept beside the files: the lab runs as whoever started it, and its
clock is not the machine's.
"""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

_MAX_LINKS = 40
_NULL = "/dev/null"


@dataclass(frozen=True, slots=True)
class Attributes:
    """Who owns a file, and its permission bits."""

    mode: int
    user: str = "root"
    group: str = "root"


@dataclass(frozen=True, slots=True)
class Status:
    """What `stat` says of one file; times are seconds since 1970 by the host's clock."""

    kind: str
    """One of `-`, `d` and `l`, as the first letter of `ls -l`."""
    size: int
    mtime: float
    mode: int
    user: str
    group: str
    inode: int
    links: int

    @property
    def is_dir(self) -> bool:
        """Returns whether it is a directory."""
        return self.kind == "d"

    @property
    def is_file(self) -> bool:
        """Returns whether it is a plain file."""
        return self.kind == "-"

    @property
    def is_link(self) -> bool:
        """Returns whether it is a symbolic link."""
        return self.kind == "l"


class Filesystem:
    """One host's tree. Paths are absolute lab paths; OSError carries the lab path it is about."""

    def __init__(self, root: Path, table: Path, now: Callable[[], float]) -> None:
        self.root = root.resolve()
        self._table = table
        self._now = now
        self._attributes = _load(table)
        self._is_changed = False
        self.read_only: tuple[str, ...] = ()
        self.full: tuple[str, ...] = ()

    # Where a path leads

    def real(self, path: str, *, follow: bool = True) -> Path:
        """Returns the real place of a lab path, resolved one component at a time.

        The system is never asked to follow a link: an absolute one starts again at the root of
        the host, and `..` stops there. `follow` says whether a link in last place is followed.
        """
        if "\0" in path:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), path)
        pending = _parts(path)[::-1]
        found = [str(self.root)]
        hops = 0
        while pending:
            name = pending.pop()
            if name == "..":
                found = found[:-1] or found
                continue
            here = f"{found[-1]}/{name}"
            if (follow or pending) and os.path.islink(here):
                hops += 1
                if hops > _MAX_LINKS:
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
                target = os.readlink(here)
                found = found[:1] if target.startswith("/") else found
                pending += _parts(target)[::-1]
                continue
            found.append(here)
        return Path(found[-1])

    def canonical(self, path: str, *, follow: bool = True) -> str:
        """Returns the lab path with every link resolved."""
        inside = self.real(path, follow=follow).relative_to(self.root)
        return "/" + "/".join(inside.parts)

    # Reading

    def status(self, path: str, *, follow: bool = True) -> Status:
        """Returns what `stat` says; raises OSError when there is nothing."""
        with _about(path):
            found = os.lstat(self.real(path, follow=follow))
        kept = self._attributes.get(found.st_ino) or Attributes(stat.S_IMODE(found.st_mode))
        kind = "d" if stat.S_ISDIR(found.st_mode) else "l" if stat.S_ISLNK(found.st_mode) else "-"
        return Status(
            kind=kind,
            size=found.st_size,
            mtime=found.st_mtime_ns / 1e9,
            mode=kept.mode,
            user=kept.user,
            group=kept.group,
            inode=found.st_ino,
            links=found.st_nlink,
        )

    def exists(self, path: str, *, follow: bool = True) -> bool:
        """Returns whether something stands at a path."""
        try:
            self.status(path, follow=follow)
        except OSError:
            return False
        return True

    def is_dir(self, path: str) -> bool:
        """Returns whether a path leads to a directory."""
        return self.exists(path) and self.status(path).is_dir

    def is_file(self, path: str) -> bool:
        """Returns whether a path leads to a plain file."""
        return self.exists(path) and self.status(path).is_file

    def read(self, path: str) -> bytes:
        """Returns a file's bytes."""
        with _about(path):
            return self.real(path).read_bytes()

    def text(self, path: str) -> str:
        """Returns a file's text, wrong bytes kept as surrogates."""
        return self.read(path).decode("utf-8", "surrogateescape")

    def names(self, path: str) -> list[str]:
        """Returns the names in a directory, sorted."""
        with _about(path):
            return sorted(os.listdir(self.real(path)))

    def link_target(self, path: str) -> str:
        """Returns what a symbolic link says."""
        with _about(path):
            return os.readlink(self.real(path, follow=False))

    # Writing

    def write(
        self,
        path: str,
        content: bytes,
        *,
        append: bool = False,
        mode: int = 0o644,
        owner: str = "root",
    ) -> None:
        """Writes a file; one that stood there keeps its mode and owner."""
        if self.canonical(path) == _NULL:
            return
        self.may_write(path, adding=len(content))
        with _about(path):
            real = self.real(path)
            is_new = not real.exists()
            with open(real, "ab" if append else "wb") as stream:
                stream.write(content)
        if is_new:
            self.set_attributes(path, Attributes(mode, owner, owner))
        self.touch(path)

    def make_directory(self, path: str, *, mode: int = 0o755, owner: str = "root") -> None:
        """Makes one directory whose parent exists."""
        self.may_write(path)
        with _about(path):
            self.real(path, follow=False).mkdir()
        self.set_attributes(path, Attributes(mode, owner, owner))
        self.touch(path)

    def make_directories(self, path: str, *, mode: int = 0o755, owner: str = "root") -> None:
        """Makes a directory and the parents it lacks."""
        so_far = ""
        for part in _parts(path):
            so_far += "/" + part
            if not self.exists(so_far):
                self.make_directory(so_far, mode=mode, owner=owner)
        if not self.is_dir(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)

    def make_link(self, target: str, path: str) -> None:
        """Makes a symbolic link; the target is kept as written."""
        self.may_write(path)
        with _about(path):
            os.symlink(target, self.real(path, follow=False))

    def make_hard_link(self, target: str, path: str) -> None:
        """Gives a file a second name."""
        self.may_write(path)
        with _about(path):
            os.link(self.real(target), self.real(path, follow=False))

    def rename(self, old: str, new: str) -> None:
        """Renames within the host, over a file that stands there."""
        self.may_write(old)
        self.may_write(new)
        with _about(old):
            os.replace(self.real(old, follow=False), self.real(new, follow=False))

    def remove(self, path: str) -> None:
        """Removes a file or link."""
        self.may_write(path)
        with _about(path):
            os.unlink(self.real(path, follow=False))

    def remove_directory(self, path: str) -> None:
        """Removes an empty directory."""
        self.may_write(path)
        with _about(path):
            os.rmdir(self.real(path, follow=False))

    def remove_tree(self, path: str) -> None:
        """Removes a directory and all that is in it; the host's root is never removed."""
        self.may_write(path)
        real = self.real(path, follow=False)
        if real == self.root:
            raise PermissionError(errno.EPERM, "refusing to remove the root", path)
        for each in reversed(list(self.walk(path))):
            remove = os.rmdir if self.status(each, follow=False).is_dir else os.unlink
            with _about(each):
                remove(self.real(each, follow=False))

    def touch(self, path: str, mtime: float | None = None, *, follow: bool = True) -> None:
        """Sets a file's time, by default to the host's clock."""
        if mtime is not None:
            self.may_write(path)
        when = self._now() if mtime is None else mtime
        nanoseconds = round(when * 1e9)
        with _about(path):
            real = self.real(path, follow=follow)
            if not real.is_symlink():
                os.utime(real, ns=(nanoseconds, nanoseconds))

    def set_attributes(self, path: str, attributes: Attributes) -> None:
        """Records a file's mode and owner."""
        with _about(path):
            self._attributes[os.lstat(self.real(path)).st_ino] = attributes
        self._is_changed = True

    def change_mode(self, path: str, mode: int) -> None:
        """Sets the permission bits, as chmod does."""
        self.may_write(path)
        now = self.status(path)
        self.set_attributes(path, Attributes(mode, now.user, now.group))

    def change_owner(self, path: str, user: str, group: str) -> None:
        """Sets owner and group, as chown does; an empty name keeps what is."""
        self.may_write(path)
        now = self.status(path)
        self.set_attributes(path, Attributes(now.mode, user or now.user, group or now.group))

    def may_write(self, path: str, *, adding: int = 0) -> None:
        """Raises OSError while a fault makes the place read-only, or full."""
        place = self.canonical(path, follow=False)
        if any(_is_under(place, top) for top in self.read_only):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)
        if adding and any(_is_under(place, top) for top in self.full):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)

    def walk(self, path: str) -> Iterator[str]:
        """Yields a path and everything below it, parents first, links not followed."""
        yield path
        if self.status(path, follow=False).is_dir:
            for name in self.names(path):
                yield from self.walk(join(path, name))

    def usage(self, path: str) -> int:
        """Returns the bytes of all files below a path."""
        return sum(self.status(each, follow=False).size for each in self.walk(path))

    def save(self) -> None:
        """Writes owners and modes to their table, when any changed since."""
        if not self._is_changed:
            return
        self._is_changed = False
        rows = {str(inode): asdict(kept) for inode, kept in tuple(self._attributes.items())}
        scratch = self._table.with_name(self._table.name + ".new")
        scratch.write_text(json.dumps(rows))
        os.replace(scratch, self._table)


class _about:
    """Names the lab path in an OSError, in place of the real one."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            number = error.errno or errno.EIO
            raise OSError(number, os.strerror(number), self._path) from None


def join(directory: str, name: str) -> str:
    """Returns the path of a name in a directory; an absolute name stands for itself."""
    if name.startswith("/"):
        return name
    return directory.rstrip("/") + "/" + name


def base_name(path: str) -> str:
    """Returns the last component of a path."""
    return path.rstrip("/").rpartition("/")[2]


def parent(path: str) -> str:
    """Returns the directory that a path is in."""
    return path.rstrip("/").rpartition("/")[0] or "/"


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]


def _is_under(place: str, top: str) -> bool:
    return place == top or place.startswith(top.rstrip("/") + "/")


def _load(table: Path) -> dict[int, Attributes]:
    if not table.exists():
        return {}
    rows = json.loads(table.read_text())
    return {int(inode): Attributes(**kept) for inode, kept in rows.items()}
