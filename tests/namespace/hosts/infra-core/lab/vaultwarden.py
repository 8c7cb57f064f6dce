"""Stands for vaultwarden: an open SQLite database, whose last rows are in the WAL alone."""

import secrets
import sqlite3
import time
from pathlib import Path

DATA = Path("/opt/stacks/vaultwarden/vw-data")


def main() -> None:
    """Fills the database, keeps it open, and waits to be ended."""
    database = sqlite3.connect(DATA / "db.sqlite3", isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA wal_autocheckpoint = 0")
    database.execute("CREATE TABLE users(uuid TEXT PRIMARY KEY, email TEXT NOT NULL)")
    database.execute("CREATE TABLE ciphers(uuid TEXT PRIMARY KEY, data TEXT NOT NULL)")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.execute("BEGIN")
    users = [(f"user-{n}", f"user-{n}@example.test") for n in range(3)]
    database.executemany("INSERT INTO users VALUES (?, ?)", users)
    ciphers = [(f"cipher-{n}", secrets.token_hex(64)) for n in range(500)]
    database.executemany("INSERT INTO ciphers VALUES (?, ?)", ciphers)
    database.execute("COMMIT")
    (DATA / "rsa_key.pem").write_text("not a key\n")
    (DATA / "config.json").write_text("{}\n")
    (DATA / "attachments" / "note.txt").write_text("an attachment\n")
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    main()
