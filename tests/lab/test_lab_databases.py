"""Databases of the lab, and links between its hosts: dumps restore, snapshots see the -wal."""

from __future__ import annotations

import pytest

from loopkit.lab.lab import Lab, run_line
from loopkit.lab.machine import Machine

VAULT = "/opt/stacks/vaultwarden/vw-data/db.sqlite3"


@pytest.fixture
def infra(hosts: Lab) -> Machine:
    return hosts.machines["infra-core"]


def out(machine: Machine, line: str) -> str:
    status, printed, complaint = run_line(machine, "root", line)
    assert status == 0, complaint
    return printed.decode()


def count(machine: Machine, database: str, table: str) -> str:
    query = f"psql -X -A -t -U postgres -d {database} -c 'SELECT count(*) FROM {table}'"
    return out(machine, query).strip()


def test_a_dump_restores_into_a_scratch_database_row_by_row(infra: Machine) -> None:
    out(infra, "pg_dump -h /run/postgresql -U infisical -d infisical -f /tmp/x.sql")
    out(infra, "psql -U postgres -q -c 'CREATE DATABASE scratch'")
    out(infra, "psql -U postgres -q -X -v ON_ERROR_STOP=1 -d scratch -f /tmp/x.sql")
    for table in ("secrets", "users", "projects"):
        assert count(infra, "scratch", table) == count(infra, "infisical", table) != "0"
    out(infra, "psql -U postgres -q -c 'DROP DATABASE scratch'")
    assert run_line(infra, "root", "psql -U postgres -A -t -d scratch -c 'SELECT 1'")[0] == 2


def test_the_completion_marker_is_near_the_end_and_not_the_last_line(infra: Machine) -> None:
    text = out(infra, "pg_dump -U postgres infisical | tail -n 10")
    assert "-- PostgreSQL database dump complete\n" in text
    assert not text.rstrip().endswith("dump complete")


def test_a_dump_that_was_cut_does_not_restore(infra: Machine) -> None:
    out(infra, "pg_dump -U postgres infisical > /tmp/x.sql; head -c 1200 /tmp/x.sql > /tmp/cut.sql")
    out(infra, "psql -U postgres -q -c 'CREATE DATABASE scratch'")
    status, _, complaint = run_line(
        infra, "root", "psql -U postgres -q -v ON_ERROR_STOP=1 -d scratch -f /tmp/cut.sql"
    )
    assert status == 3
    assert b"ERROR:" in complaint


def test_no_server_no_role_and_no_database_are_told_apart(hosts: Lab) -> None:
    infra, docker = hosts.machines["infra-core"], hosts.machines["docker-host"]
    for machine, line, words in (
        (infra, "psql -U nobody -c 'SELECT 1'", 'role "nobody" does not exist'),
        (infra, "psql -U postgres -d none -c 'SELECT 1'", 'database "none" does not exist'),
    ):
        status, _, complaint = run_line(machine, "root", line)
        assert (status, words in complaint.decode()) == (2, True)
    docker.files.remove("/var/lib/postgresql/lab-cluster.json")
    status, _, complaint = run_line(docker, "root", "psql -U postgres -c 'SELECT 1'")
    assert status == 2
    assert b"Is the server running" in complaint


def test_a_statement_that_is_not_known_is_no_guess(infra: Machine) -> None:
    status, printed, complaint = run_line(
        infra, "root", "psql -U postgres -A -t -d infisical -c 'SELECT path FROM secrets'"
    )
    assert (status, printed) == (1, b"")
    assert b"not emulated in this lab" in complaint


def test_a_snapshot_holds_what_a_copy_of_the_file_alone_lacks(infra: Machine) -> None:
    out(infra, f"cp {VAULT} /tmp/torn.db; sqlite3 {VAULT} \".backup '/tmp/whole.db'\"")
    assert out(infra, "sqlite3 /tmp/whole.db 'PRAGMA integrity_check'") == "ok\n"
    assert out(infra, "sqlite3 /tmp/whole.db 'SELECT count(*) FROM ciphers'") == "37\n"
    torn = run_line(infra, "root", "sqlite3 /tmp/torn.db 'SELECT count(*) FROM ciphers'")
    assert torn[1] != b"37\n"


def test_sqlite_reports_what_is_wrong(infra: Machine) -> None:
    infra.files.write("/tmp/broken.db", b"no database at all, only text of some length " * 40)
    status, _, complaint = run_line(infra, "root", "sqlite3 /tmp/broken.db 'SELECT 1 FROM users'")
    assert status == 1
    assert b"file is not a database" in complaint
    status, _, complaint = run_line(infra, "root", "sqlite3 /none/x.db 'SELECT 1'")
    assert status == 1
    assert b"unable to open database" in complaint


def test_rsync_copies_once_keeps_times_and_never_half(hosts: Lab) -> None:
    pve, nas = hosts.machines["pve"], hosts.machines["nas"]
    source = "/etc/pve/jobs.cfg"
    line = f"rsync -ai --mkpath {source} ronadmin@nas:/volume1/backups/x/"
    assert out(pve, line) == ">f+++++++++ jobs.cfg\n"
    assert out(pve, line) == "", "nothing to do the second time"
    copied = nas.files.status("/volume1/backups/x/jobs.cfg")
    assert (copied.user, int(copied.mtime)) == ("ronadmin", int(pve.files.status(source).mtime))
    nas.files.full = ("/volume1",)
    pve.files.write(source, b"changed\n")
    status, _, complaint = run_line(pve, "root", line)
    assert status == 11
    assert b"No space left on device" in complaint
    assert nas.files.read("/volume1/backups/x/jobs.cfg") != b"changed\n"


@pytest.mark.parametrize(
    ("line", "status", "words"),
    [
        ("rsync -a /none ronadmin@nas:/volume1/", 23, "link_stat"),
        ("rsync -a /etc/hostname ronadmin@nas:/volume1/a/b/c/", 11, "mkdir"),
        ("rsync -a --delete /etc/ ronadmin@nas:/volume1/", 2, "not emulated in this lab"),
        ("ssh nobody@nas id", 255, "Permission denied (publickey)"),
        ("ssh root@elsewhere id", 255, "Could not resolve hostname elsewhere"),
        ("ssh ubuntu@infra-core id", 255, "Host key verification failed"),
    ],
)
def test_what_fails_between_hosts_fails_as_it_really_does(
    hosts: Lab, line: str, status: int, words: str
) -> None:
    ended, _, complaint = run_line(hosts.machines["pve"], "root", line)
    assert ended == status
    assert words in complaint.decode()


def test_a_changed_host_key_of_the_peer_is_noticed(hosts: Lab) -> None:
    pve, nas = hosts.machines["pve"], hosts.machines["nas"]
    assert out(pve, "ssh -o BatchMode=yes ronadmin@nas hostname") == "nas\n"
    nas.files.write("/etc/ssh/ssh_host_ed25519_key.pub", b"ssh-ed25519 AAAA another\n")
    status, _, complaint = run_line(pve, "root", "ssh -o BatchMode=yes ronadmin@nas hostname")
    assert (status, complaint) == (255, b"Host key verification failed.\n")
