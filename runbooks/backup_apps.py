"""P3 of the backup loop: applications keep dumps of their own on the NAS, proved and restored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from loopkit import facts
from loopkit.errors import CommandFailed
from loopkit.operations import (
    Destination,
    PostgresDump,
    SqliteBackup,
    as_cron,
    cron_file,
    cron_path,
    daily,
    directory,
    identity,
    mounted,
    postgres_dump,
    script_path,
    sqlite_backup,
)
from loopkit.runbook import (
    CellUpdate,
    Host,
    Refusal,
    Seen,
    Step,
    TableBlock,
    TextBlock,
    phase,
    read_only,
)

from .backup_inventory import Target, enable
from .backup_targets import INVENTORY, inventory

LOOP = "LOOP-BACKUP-STABILIZATION"
GAPS = "App-Level Backup Gaps"
_PSQL = ("psql", "-X", "-A", "-t", "-F|", "-U", "postgres", "-d", "postgres")
_DATABASES = (
    *_PSQL,
    "-c",
    "/* loopkit:databases */ SELECT datname, pg_database_size(datname) "
    "FROM pg_database WHERE NOT datistemplate ORDER BY datname",
)
_IN_CONTAINER = ("docker", "exec", "mint-postgres")
_VAULTWARDEN = (
    "attachments",
    "sends",
    "config.json",
    "rsa_key.pem",
    "rsa_key.pub.pem",
    "rsa_key.der",
)

# The whole command, to its last word: psql with another query could write.
read_only(*_DATABASES)
read_only(*_IN_CONTAINER, *_DATABASES)


@dataclass(frozen=True, slots=True)
class App:
    """An application with a nightly dump: its target, and the hour and minute of its cron."""

    name: str
    hour: int
    minute: int
    script: Callable[[App], Step]
    """Gives the step that installs its script."""

    @property
    def job(self) -> str:
        """Returns what its script, cron file and stamp are called."""
        return f"{self.name}-backup"

    @property
    def target(self) -> str:
        """Returns the name of its target in the inventory."""
        return f"app-{self.name}"


def _dump_script(app: App) -> Step:
    def dump(c: Host) -> PostgresDump:
        return PostgresDump(app.name, _destination(c, app), **c.facts[app.name])

    return postgres_dump(f"{app.name}: script", app.job, dump)


def _vaultwarden_script(app: App) -> Step:
    def backup(c: Host) -> SqliteBackup:
        stated = c.facts[app.name]
        return SqliteBackup(
            app.name, _destination(c, app), database="db.sqlite3", files=_VAULTWARDEN, **stated
        )

    return sqlite_backup(f"{app.name}: script", app.job, backup)


INFISICAL = App("infisical", 2, 50, _dump_script)
VAULTWARDEN = App("vaultwarden", 2, 45, _vaultwarden_script)


@phase(LOOP, "P3", host="infra-core")
def back_up_applications(c: Host) -> list[Step]:
    """Gives infisical and vaultwarden nightly dumps on the NAS; mint-postgres is looked at."""
    return [
        identity("infra-core"),
        identity("nas"),
        mounted("the volume of the NAS is mounted", volume, host="nas"),
        *app_steps(VAULTWARDEN),
        *app_steps(INFISICAL),
        Step("infisical restored into a scratch database", restored, restore, again=True),
        Step("infisical enabled in the inventory", enabled, enable_infisical),
        Step("mint-postgres evaluated", mint_postgres, host="docker-host"),
    ]


def app_steps(app: App) -> list[Step]:
    """Returns the steps of one application, from the directory on the NAS to a proved copy."""
    return [
        directory(
            f"{app.name}: directory on the NAS",
            lambda c: _target(c, app).path,
            volume=volume,
            host="nas",
        ),
        app.script(app),
        cron_of(app),
        Step(f"{app.name}: first dump on the NAS", _dumped(app), _run(app), again=True),
    ]


def volume(c: Host) -> str:
    """Returns the volume of a host, which must be a mount point of its own."""
    return str(c.facts["volume"])


def _target(c: Host, app: App) -> Target:
    found = inventory(c).target(app.target)
    if found is None:
        raise Refusal(f"{INVENTORY} has no target {app.target}")
    return found


def _destination(c: Host, app: App) -> Destination:
    return Destination(str(inventory(c).offsite["address"]), _target(c, app).path)


def cron_of(app: App) -> Step:
    """Returns the step that installs its cron file."""
    about = f"Runs the nightly backup of {app.name}."
    text = daily(app.hour, app.minute, script_path(app.job), about=about)
    return cron_file(f"{app.name}: cron file", app.job, text)


def _run(app: App) -> Callable[[Host], None]:
    def run(c: Host) -> None:
        c.change(*as_cron(script_path(app.job)), timeout=3600)

    return run


def _dumped(app: App) -> Callable[[Host], Seen]:
    def look(c: Host) -> Seen:
        stamp = stamp_of(c, app.job)
        if stamp is None:
            return Seen(False, f"{app.job} has not run yet")
        if not on_the_nas(c, _target(c, app).path, stamp):
            return Seen(False, f"{stamp.file} is not on the NAS as it was sent")
        rows = (
            ("file", stamp.file),
            ("bytes", str(stamp.bytes)),
            ("SHA-256, same on both sides", stamp.sha256),
            ("cron", f"`{cron_path(app.job)}` daily {app.hour:02d}:{app.minute:02d}"),
        )
        update = CellUpdate(GAPS, app.target, "Actual Status", _daily(app))
        dump = {f"dump:{app.name}": {"file": stamp.file, "sha256": stamp.sha256}}
        table = TableBlock(f"{app.name.capitalize()} dump", ("Fact", "Seen"), rows)
        text = f"{stamp.file}, {facts.size_text(stamp.bytes)}, hash equal on both sides"
        return Seen(True, text, (table,), (update,), dump)

    return look


def _daily(app: App) -> str:
    return f"On the NAS daily {app.hour:02d}:{app.minute:02d}, verified"


def stamp_of(c: Host, job: str) -> facts.Stamp | None:
    """Returns the last proved copy of a script, None when it never had one."""
    return next(iter(facts.stamps(c, job)), None)


def on_the_nas(c: Host, path: str, stamp: facts.Stamp) -> bool:
    """Returns whether the file of a stamp lies on the NAS with the same hash."""
    return bool(facts.proved([stamp], c.peer("nas"), path))


def restored(c: Host) -> Seen:
    """Looks whether the copy on the NAS was restored, and how many rows came back."""
    stamp = stamp_of(c, INFISICAL.job)
    text = facts.text(c, facts.restored_path(INFISICAL.job)) or ""
    counts = facts.parse_counts(text)
    wanted = list(c.facts[INFISICAL.name]["tables"])
    if stamp is None or not text.strip():
        return Seen(False, "no restore was tried yet")
    empty = [table for table in wanted if counts.get(table, (0, 0))[-1] == 0]
    if empty:
        return Seen(False, f"the restored copy has no rows in {', '.join(empty)}")
    rows = tuple((table, str(n[0]), str(n[-1])) for table, n in sorted(counts.items()))
    table = TableBlock("Restore test", ("Table", "Rows live", "Rows restored"), rows)
    text = ", ".join(f"{name} {back} of {live} rows" for name, live, back in rows)
    return Seen(True, text, (table,), facts={"restored": {r[0]: r[2] for r in rows}})


def restore(c: Host) -> None:
    """Restores the newest copy of infisical into a scratch database, and drops that again."""
    c.change(*as_cron(script_path(INFISICAL.job), "restore-test"), timeout=3600)


def enabled(c: Host) -> Seen:
    """Looks whether the inventory asks for infisical's dump from now on."""
    on = _target(c, INFISICAL).enabled
    update = CellUpdate(GAPS, INFISICAL.target, "Binding Status", "enabled")
    text = f"{INFISICAL.target} is {'enabled' if on else 'disabled'} in {INVENTORY}"
    return Seen(on, text, updates=(update,) if on else ())


def enable_infisical(c: Host) -> None:
    """Enables the target, last of all: it must be OK from then on."""
    if not restored(c).so:
        raise Refusal("its restore is not proved, so its target is not enabled")
    c.files.write(INVENTORY, enable(c.files.read(INVENTORY), INFISICAL.target))


def mint_postgres(c: Host) -> Seen:
    """Looks whether a PostgreSQL still runs there; a person decides whether it needs a backup."""
    found = _databases(c)
    rows = tuple((name, facts.size_text(size)) for name, size in found.items())
    table = TableBlock("mint-postgres on docker-host", ("Database", "Size"), rows)
    advice = TextBlock(
        "Decision pending, by a person: wire a dump for app-mint-postgres, or remove that target "
        f"from {INVENTORY}. It stays disabled until then."
    )
    value = "Evaluated, decision pending: a person"
    update = CellUpdate(GAPS, "app-mint-postgres", "Actual Status", value)
    seen = f"{len(found)} databases" if found else "no PostgreSQL answers"
    blocks = (table, advice) if rows else (advice,)
    text = f"{seen}; decision pending: a person"
    return Seen(True, text, blocks, (update,), facts={"mint_postgres": found})


def _databases(c: Host) -> dict[str, int]:
    prefix = _IN_CONTAINER if c.facts.get("postgres", {}).get("docker") else ()
    reply = c.read(*prefix, *_DATABASES, ok=(0, 1, 2, 127))
    if not reply.ok and not _says_no_server(reply.stderr, reply.exited):
        raise CommandFailed(
            "psql could not tell which databases there are",
            host=c.name,
            exited=reply.exited,
            stderr=reply.stderr,
            help=f"ssh {c.name} psql -l",
        )
    pairs = (line.split("|") for line in reply.lines)
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdecimal()}


def _says_no_server(stderr: str, exited: int) -> bool:
    quiet = ("No such container", "Connection refused", "No such file", "not running")
    return exited == 127 or any(words in stderr for words in quiet)
