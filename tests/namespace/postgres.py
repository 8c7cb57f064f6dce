"""Clusters made once and kept: each lab lays its own changes over them."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.namespace.hosts import HERE

_PROGRAMS = Path("/usr/lib/postgresql")
_SETTINGS = """\
data_directory = '/var/lib/postgresql/{version}/main'
hba_file = '/etc/postgresql/{version}/main/pg_hba.conf'
ident_file = '/etc/postgresql/{version}/main/pg_ident.conf'
external_pid_file = '/run/postgresql/{version}-main.pid'
unix_socket_directories = '/run/postgresql'
listen_addresses = '127.0.0.1'
port = 5432
fsync = off
shared_buffers = 16MB
"""
# An application logs in with its password; the host's own people are postgres without one.
_ACCESS = """\
local {name} {name} scram-sha-256
local all postgres peer map=operators
host all all 127.0.0.1/32 scram-sha-256
"""
_OPERATORS = "".join(f"operators {user} postgres\n" for user in ("postgres", "root", "docker-host"))
_CREATE = "CREATE ROLE {name} LOGIN PASSWORD '{password}';\n\nCREATE DATABASE {name} OWNER {name};"


def templates() -> Path:
    """Returns the directory that holds a cluster a host, by the host's name; made when missing.

    A host has one for each database that `hosts/NAME/lab/postgres/DATABASE.sql` fills.
    """
    scripts = sorted((HERE / "hosts").glob("*/lab/postgres/*.sql"))
    known = hashlib.sha256(Path(__file__).read_bytes())
    for script in scripts:
        known.update(str(script.relative_to(HERE)).encode() + script.read_bytes())
    kept = Path(tempfile.gettempdir(), f"loopkit-lab-{version()}-{known.hexdigest()[:12]}")
    if kept.is_dir() and kept.stat().st_uid == 0:
        return kept
    made = Path(tempfile.mkdtemp(prefix="loopkit-lab-"))
    made.chmod(0o755)
    for script in scripts:
        _make(made / script.parts[-4], script)
    return _keep(made, kept)


def version() -> str:
    """Returns the newest PostgreSQL that is installed, empty when none is."""
    found = [path.name for path in _PROGRAMS.glob("*") if (path / "bin/initdb").exists()]
    return max(found, key=int, default="")


def _keep(made: Path, kept: Path) -> Path:
    try:
        return made.rename(kept)
    except OSError:  # another lab was quicker
        shutil.rmtree(made)
        return kept


def _make(home: Path, script: Path) -> None:
    data = home / version() / "main"
    data.mkdir(parents=True)
    for path in (home, data.parent, data):
        shutil.chown(path, "postgres", "postgres")
    _as_postgres("initdb", "-N", "-A", "peer", "-E", "UTF8", "--locale=C", "-D", str(data))
    name, password = script.stem, secrets.token_hex(16)
    _load(data, "postgres", _CREATE.format(name=name, password=password))
    _load(data, name, script.read_text())
    (home / "pgpass").write_text(f"*:*:{name}:{name}:{password}\n")
    (data / "postgresql.conf").write_text(_SETTINGS.format(version=version()))
    (data / "pg_hba.conf").write_text(_ACCESS.format(name=name))
    (data / "pg_ident.conf").write_text(_OPERATORS)


def _load(data: Path, database: str, sql: str) -> None:
    # A single-user server takes a statement that ends with a semicolon and an empty line.
    told = _as_postgres("postgres", "--single", "-j", "-D", str(data), database, sql=sql + "\n\n")
    if "ERROR" in told:  # such a server goes on after one
        raise RuntimeError(told)


def _as_postgres(program: str, *arguments: str, sql: str = "") -> str:
    path = _PROGRAMS / version() / "bin" / program
    done = subprocess.run(
        ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", path, *arguments],
        input=sql,
        text=True,
        check=True,
        capture_output=True,
        cwd="/",
        env={"PATH": os.defpath, "LC_ALL": "C"},
    )
    return done.stderr
