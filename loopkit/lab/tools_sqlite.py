"""sqlite3 over real database files of the host, kept to the file it was given."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

from loopkit.lab.filesystem import Attributes, parent
from loopkit.lab.machine import NOT_EMULATED, Call, Program, Trouble


def sqlite(call: Call) -> int:
    """Runs statements on a database file: .backup, VACUUM INTO, any SQL but ATTACH; list output."""
    words = [word for word in call.args if word not in ("-batch", "-bail", "-noheader", "-list")]
    is_read_only = "-readonly" in words
    words = [word for word in words if word != "-readonly"]
    if not words or words[0].startswith("-"):
        raise Trouble(f"{words[:1]}: {NOT_EMULATED}", 1)
    path, *commands = words
    commands = commands or [call.input().decode("utf-8", "surrogateescape")]
    place = call.path(path)
    is_new = not call.files.exists(place)
    if is_new and not call.files.is_dir(parent(place)):
        raise Trouble(f'Error: unable to open database "{path}": unable to open database file')
    before = None if is_new else call.files.status(place).mtime
    try:
        with closing(_open_sqlite(call, place, read_only=is_read_only)) as connection:
            for command in commands:
                _sqlite_command(call, connection, command)
            connection.commit()
    except sqlite3.Error as error:
        call.streams[2].write(f"Error: {error}\n".encode("utf-8", "surrogateescape"))
        return 1
    finally:
        _settle_file(call, place, before)
    return 0


def _open_sqlite(call: Call, place: str, *, read_only: bool = False) -> sqlite3.Connection:
    real = call.files.real(place)
    if call.files.exists(place) and read_only:
        return _guarded(sqlite3.connect(f"{real.as_uri()}?mode=ro", uri=True))
    call.files.may_write(place, adding=1)
    return _guarded(sqlite3.connect(real))


def _guarded(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Keeps a connection to its own file: no other is attached, nothing is loaded."""
    connection.execute("PRAGMA temp_store = MEMORY")

    def decide(action: int, first: str | None, *_: object) -> int:
        refused = action == sqlite3.SQLITE_ATTACH and first not in ("", None)
        loads = action == sqlite3.SQLITE_FUNCTION and _ and _[0] == "load_extension"
        return sqlite3.SQLITE_DENY if refused or loads else sqlite3.SQLITE_OK

    connection.set_authorizer(decide)
    return connection


def _sqlite_command(call: Call, connection: sqlite3.Connection, command: str) -> None:
    command = command.strip()
    copy = re.fullmatch(r"\.backup (?:main )?['\"]?([^'\"]+)['\"]?", command) or re.fullmatch(
        r"(?i)VACUUM INTO '([^']+)';?", command
    )
    if copy:
        _sqlite_copy(call, connection, call.path(copy.group(1)))
    elif command.startswith("."):
        if not re.match(r"\.timeout \d+$", command):
            raise sqlite3.OperationalError(f"{command}: {NOT_EMULATED}")
    else:
        _sqlite_statements(call, connection, command)


def _sqlite_copy(call: Call, connection: sqlite3.Connection, place: str) -> None:
    before = call.files.status(place).mtime if call.files.exists(place) else None
    with closing(_open_sqlite(call, place)) as target:
        connection.backup(target)
    _settle_file(call, place, before)


def _sqlite_statements(call: Call, connection: sqlite3.Connection, text: str) -> None:
    gathered = ""
    for piece in re.split(r"(?<=;)", text):
        gathered += piece
        if gathered.strip() and (sqlite3.complete_statement(gathered) or piece == ""):
            _sqlite_rows(call, connection, gathered)
            gathered = ""
    if gathered.strip():
        _sqlite_rows(call, connection, gathered)


def _sqlite_rows(call: Call, connection: sqlite3.Connection, statement: str) -> None:
    for row in connection.execute(statement):
        call.out("|".join("" if value is None else str(value) for value in row) + "\n")


def _settle_file(call: Call, place: str, before: float | None) -> None:
    """Gives a file that SQLite wrote the lab's time and owner; drops one it only opened."""
    if not call.files.exists(place):
        return
    found = call.files.status(place)
    if before is None and not found.size:
        call.files.remove(place)
    elif before is None:
        owner = call.user.name
        call.files.set_attributes(place, Attributes(0o666 & ~call.umask, owner, owner))
        call.files.touch(place)
    elif found.mtime != before:
        call.files.touch(place)


PROGRAMS: dict[str, Program] = {"sqlite3": sqlite}
