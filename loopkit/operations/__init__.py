"""What makes steps of a phase; what a runbook may use is `__all__`.

    from loopkit.operations import cron_file, daily

    @phase(LOOP, "P1", host="infra-core")
    def install_report(c: Host) -> list[Step]:
        text = daily(6, 30, "/usr/bin/df -h /", about="Reports how full the disk is.")
        return [cron_file("the report's cron file", "disk-report", text)]

The first argument names the step. Whatever is only known once a host can be asked, or once an
earlier step has run, may be given as a function of the host (`Given`): it is called by the look,
and again by the change. The look of a step is a look like any other: a criterion may return
`step.look(c)`. How each is used: docs/operations.md.
"""

from __future__ import annotations

from loopkit.operations.cron import as_cron, cron_file, cron_path, daily
from loopkit.operations.files import OWNER, directory, file, mark_state, marked
from loopkit.operations.given import Given, given
from loopkit.operations.hosts import identity, mounted
from loopkit.operations.postgres import PostgresDump, postgres_dump
from loopkit.operations.rsync import Newest, RsyncPush, rsync_push
from loopkit.operations.scripts import (
    SEND,
    Destination,
    plain_words,
    script,
    script_head,
    script_path,
    shell_word,
    table_names,
)
from loopkit.operations.sqlite import SqliteBackup, sqlite_backup

__all__ = [
    "OWNER",
    "SEND",
    "Destination",
    "Given",
    "Newest",
    "PostgresDump",
    "RsyncPush",
    "SqliteBackup",
    "as_cron",
    "cron_file",
    "cron_path",
    "daily",
    "directory",
    "file",
    "given",
    "identity",
    "mark_state",
    "marked",
    "mounted",
    "plain_words",
    "postgres_dump",
    "rsync_push",
    "script",
    "script_head",
    "script_path",
    "shell_word",
    "sqlite_backup",
    "table_names",
]
