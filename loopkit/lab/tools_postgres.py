"""psql and pg_dump over tables kept as JSON: the statements that backups need."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from loopkit.lab.machine import NOT_EMULATED, Call, Program, Trouble
from loopkit.lab.options import Options, read_options

CLUSTER = "/var/lib/postgresql/lab-cluster.json"
_SOCKET = '"/run/postgresql/.s.PGSQL.5432"'
_VERSION = "16.9"
_BYTES_A_DATABASE = 7_500_000
Database = dict[str, Any]
"""`{"tables": {name: {"columns": [[name, type], …], "rows": [[…], …]}}}`."""


class _SqlError(Exception):
    """The server refuses a statement."""


@dataclass(slots=True)
class _Cluster:
    """The databases of a host's PostgreSQL server."""

    call: Call
    databases: dict[str, Database]
    roles: list[str]

    def save(self) -> None:
        """Writes what a statement changed."""
        content = {"databases": self.databases, "roles": self.roles}
        self.call.files.write(CLUSTER, json.dumps(content, indent=1).encode())


def _connect(call: Call, options: Options, name: str) -> _Cluster:
    where = options.value("h")
    is_local = where[:1] in ("", "/")
    server = f"on socket {_SOCKET}" if is_local else f'at "{where}" (127.0.0.1), port 5432'
    failed = f"error: connection to server {server} failed: "
    if not call.files.is_file(CLUSTER):
        asks = "Is the server running locally and accepting connections on that socket?"
        raise Trouble(f"{failed}No such file or directory\n\t{asks}", 2)
    cluster = _Cluster(call, **json.loads(call.files.text(CLUSTER)))
    role = options.value("U", default=call.user.name)
    if role not in cluster.roles:
        raise Trouble(f'{failed}FATAL:  role "{role}" does not exist', 2)
    if name not in cluster.databases:
        raise Trouble(f'{failed}FATAL:  database "{name}" does not exist', 2)
    return cluster


_PSQL_SAME = {
    "host": "h", "username": "U", "dbname": "d", "port": "p", "command": "c", "file": "f",
    "no-psqlrc": "X", "quiet": "q", "no-align": "A", "tuples-only": "t", "set": "v",
    "field-separator": "F", "no-password": "w", "output": "o", "single-transaction": "1",
}  # fmt: skip


def psql(call: Call) -> int:
    """Runs statements: -c, -f, standard input; -h -U -d -X -q -A -t -F -v; unaligned only."""
    options = read_options(call.args, "XqAtw1", "hUdpcfvFo", same=_PSQL_SAME)
    name = options.value("d") or (options.words[0] if options.words else "postgres")
    cluster = _connect(call, options, name)
    texts = [text + ";" for text in options.every("c")]
    texts += [call.read(path).decode("utf-8", "surrogateescape") for path in options.every("f")]
    if not options.has("c", "f"):
        texts.append(call.input().decode("utf-8", "surrogateescape"))
    stops = "ON_ERROR_STOP=1" in options.every("v") or not options.has("f")
    status = 0
    for text in texts:
        for statement, rows in _statements(text):
            try:
                _answer(call, options, _execute(cluster, name, statement, rows))
            except _SqlError as error:
                text = f"psql: ERROR:  {error}\n"
                call.streams[2].write(text.encode("utf-8", "surrogateescape"))
                if stops:
                    cluster.save()
                    return 3 if options.has("f") else 1
                status = 0
    cluster.save()
    return status


def _answer(call: Call, options: Options, answer: str | list[list[str]]) -> None:
    if isinstance(answer, str):
        if answer and not options.has("q"):
            call.out(answer + "\n")
        return
    if not (options.has("A") and options.has("t")):
        raise Trouble(f"aligned output (use -A -t): {NOT_EMULATED}", 1)
    separator = options.value("F", default="|")
    call.out("".join(separator.join(row) + "\n" for row in answer))


def _statements(text: str) -> list[tuple[str, list[str]]]:
    """Returns the statements of a script, each COPY with the lines that follow it."""
    found: list[tuple[str, list[str]]] = []
    gathered = ""
    lines = iter(text.split("\n"))
    for line in lines:
        if not gathered and (not line.strip() or line.startswith(("--", "\\"))):
            continue
        gathered += line + "\n"
        if not line.rstrip().endswith(";"):
            continue
        statement, gathered = gathered.strip().rstrip(";"), ""
        rows: list[str] = []
        if re.match(r"COPY .* FROM stdin$", statement, re.DOTALL):
            for row in lines:
                if row == "\\.":
                    break
                rows.append(row)
            else:
                statement += " -- cut"
        found.append((statement, rows))
    if gathered.strip():
        found.append((gathered.strip(), []))
    return found


_IGNORED = ("SET ", "SELECT pg_catalog.set_config", "ALTER ", "CREATE INDEX", "COMMENT ", "GRANT ",
            "REVOKE ", "CREATE EXTENSION", "CREATE UNIQUE INDEX")  # fmt: skip


def _execute(
    cluster: _Cluster, name: str, statement: str, rows: list[str]
) -> str | list[list[str]]:
    tables = cluster.databases[name]["tables"]
    plain = re.sub(r"/\*.*?\*/", "", statement, flags=re.DOTALL).strip().rstrip(";").strip()
    if plain.startswith(_IGNORED):
        return plain.split()[0]
    if found := re.fullmatch(r"(?i)(CREATE|DROP) DATABASE (IF EXISTS )?(\S+)( .*)?", plain):
        return _change_database(
            cluster, found.group(1).upper(), found.group(3), bool(found.group(2))
        )
    if found := re.fullmatch(r"CREATE TABLE (?:public\.)?(\w+) \((.*)\)", plain, re.DOTALL):
        return _create(tables, found.group(1), found.group(2))
    if found := re.fullmatch(r"COPY (?:public\.)?(\w+) \(([^)]*)\) FROM stdin( -- cut)?", plain):
        return _copy(tables, found.group(1), rows, is_cut=bool(found.group(3)))
    return _select(cluster, tables, plain)


def _change_database(cluster: _Cluster, verb: str, name: str, tolerant: bool) -> str:
    name = name.strip('"')
    exists = name in cluster.databases
    if verb == "CREATE":
        if exists:
            raise _SqlError(f'database "{name}" already exists')
        cluster.databases[name] = {"tables": {}}
    elif exists:
        del cluster.databases[name]
    elif not tolerant:
        raise _SqlError(f'database "{name}" does not exist')
    return f"{verb} DATABASE"


def _create(tables: dict[str, Any], name: str, columns: str) -> str:
    if name in tables:
        raise _SqlError(f'relation "{name}" already exists')
    rows = [line.strip().rstrip(",").split(" ", 1) for line in columns.strip().split("\n")]
    tables[name] = {"columns": rows, "rows": []}
    return "CREATE TABLE"


def _copy(tables: dict[str, Any], name: str, rows: list[str], *, is_cut: bool) -> str:
    if is_cut:
        raise _SqlError("unexpected end of COPY data")
    if name not in tables:
        raise _SqlError(f'relation "public.{name}" does not exist')
    tables[name]["rows"] += [row.split("\t") for row in rows]
    return f"COPY {len(rows)}"


def _select(cluster: _Cluster, tables: dict[str, Any], plain: str) -> list[list[str]]:
    if found := re.fullmatch(r'(?i)SELECT count\(\*\) FROM (?:public\.)?"?(\w+)"?', plain):
        if found.group(1) not in tables:
            raise _SqlError(f'relation "{found.group(1)}" does not exist')
        return [[str(len(tables[found.group(1)]["rows"]))]]
    if re.fullmatch(
        r"(?i)SELECT datname, *pg_database_size\(datname\) FROM pg_database "
        r"WHERE NOT datistemplate ORDER BY datname",
        plain,
    ):
        return [[name, str(_size(found))] for name, found in sorted(cluster.databases.items())]
    if re.fullmatch(
        r"(?i)SELECT (table_name|tablename) FROM (information_schema\.tables|pg_tables) "
        r"WHERE (table_schema|schemaname) = 'public' ORDER BY (1|table_name|tablename)",
        plain,
    ):
        return [[name] for name in sorted(tables)]
    if plain.upper() in ("SELECT 1", "SHOW SERVER_VERSION"):
        return [["1" if plain.upper() == "SELECT 1" else _VERSION]]
    raise _SqlError(f"statement {NOT_EMULATED}: {plain}")


def _size(database: Database) -> int:
    return _BYTES_A_DATABASE + len(json.dumps(database))


_DUMP_SAME = {**_PSQL_SAME, "format": "F", "no-owner": "O", "no-acl": "x", "no-privileges": "x"}


def pg_dump(call: Call) -> int:
    """Dumps one database as plain SQL: -h -U -d -f -O -x -w, -Fp."""
    options = read_options(call.args, "Oxwv", "hUdpfFZ", same=_DUMP_SAME)
    if options.value("F", default="p") not in ("p", "plain"):
        raise Trouble(f"formats but plain: {NOT_EMULATED}", 1)
    name = options.value("d") or (options.words[0] if options.words else call.user.name)
    cluster = _connect(call, options, name)
    content = _dumped(cluster.databases[name]).encode("utf-8", "surrogateescape")
    if options.has("f"):
        call.write(options.value("f"), content)
    else:
        call.out(content)
    return 0


def _dumped(database: Database) -> str:
    parts = [
        "--\n-- PostgreSQL database dump\n--\n",
        "\\restrict lab\n",
        f"-- Dumped from database version {_VERSION}\n-- Dumped by pg_dump version {_VERSION}\n",
        "SET statement_timeout = 0;\nSET client_encoding = 'UTF8';\n",
    ]
    for name, table in database["tables"].items():
        columns = ",\n".join(f"    {column} {kind}" for column, kind in table["columns"])
        names = ", ".join(column for column, _ in table["columns"])
        rows = "".join("\t".join(row) + "\n" for row in table["rows"])
        parts.append(f"CREATE TABLE public.{name} (\n{columns}\n);\n")
        parts.append(f"COPY public.{name} ({names}) FROM stdin;\n{rows}\\.\n")
    # Minor releases put a line after the marker, so it is not the last one.
    parts.append("--\n-- PostgreSQL database dump complete\n--\n")
    parts.append("\\unrestrict lab\n")
    return "\n".join(parts)


def pg_dumpall(call: Call) -> int:
    """Dumps the roles: --globals-only."""
    options = read_options(call.args, ("g", "w"), "hUpf", same={**_PSQL_SAME, "globals-only": "g"})
    if not options.has("g"):
        raise Trouble(f"without --globals-only: {NOT_EMULATED}", 1)
    cluster = _connect(call, options, "postgres")
    text = "".join(f"CREATE ROLE {role};\n" for role in cluster.roles)
    text = f"--\n-- PostgreSQL database cluster dump\n--\n\n{text}\n"
    text += "--\n-- PostgreSQL database cluster dump complete\n--\n"
    if options.has("f"):
        call.write(options.value("f"), text.encode())
    else:
        call.out(text)
    return 0


def pg_isready(call: Call) -> int:
    """Tells whether the server answers: -h -U -d -q."""
    options = read_options(call.args, "q", "hUdp")
    is_up = call.files.is_file(CLUSTER)
    if not options.has("q"):
        call.out(f"/run/postgresql:5432 - {'accepting connections' if is_up else 'no response'}\n")
    return 0 if is_up else 2


PROGRAMS: dict[str, Program] = {
    "pg_dump": pg_dump,
    "pg_dumpall": pg_dumpall,
    "pg_isready": pg_isready,
    "psql": psql,
}
