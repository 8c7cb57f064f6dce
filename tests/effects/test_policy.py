"""Only what is known to read can be sent in a look."""

from __future__ import annotations

import shlex

import pytest

from loopkit.effects.run.policy import _ARCHIVE_WRITES, Policy
from loopkit.errors import RunbookError
from loopkit.registry import Registry

READS = """\
cat /etc/pve/jobs.cfg
ls -la -- /tank
stat -c %Y /x
find /tank -maxdepth 1 -name '*.zst' -printf '%f\\n'
sha256sum -- /x
date +%s
date -u -d @0 +%F
date --date 2026-01-01 +%s
date -r /x +%s
date --reference /x +%s
head -c 100 /x
tail -n 5 /x
wc -c /x
grep -c x /y
df -B1 /tank
du -sb /tank
hostname
hostname -f
hostname --fqdn
hostname -s
hostname --short
hostname -i
hostname -I
hostname -d
hostname -A
id -u
test -d /volume1
findmnt -no SOURCE /volume1
timedatectl show -p Timezone
systemctl show -p ActiveState cron
systemctl --no-pager list-timers --all
systemctl is-active cron
crontab -l
crontab -u ann -l
crontab -l -u ann
journalctl -u cron -n 5
gzip -t /x.gz
gzip -tv /x.gz
zstd -tq /x.zst
zstd --test -T0 /x.zst
zstd -t -- /x.zst
sqlite3 -readonly /x.db 'PRAGMA integrity_check'
sqlite3 -readonly -csv /x.db .tables
sqlite3 --readonly /x.db 'SELECT .5'
pg_restore --list /x.dump
pg_restore -l /x.dump
pg_restore -f /dev/null /x.dump
pg_restore --file=/dev/null /x.dump
pg_restore --file /dev/null /x.dump
pg_restore -l -f - /x.dump
pg_restore -l --format=c /x.dump
pg_restore -f - -f /dev/null /x.dump
rsync -an --stats /a/ nas:/b/
rsync --dry-run -a /a/ /b/
docker ps --format json
sort /x
sort -n -- /x
mount
nice -n 19 ionice -c 3 zstd -t /x
nice -n19 ionice -c3 cat /x
timeout -k 5 60 cat /x
sudo -n -- cat /etc/shadow
sudo -u postgres cat /x
env LC_ALL=C TZ=UTC ls -l
env PGPASSFILE=/root/.pgpass pg_restore -l /x
"""

WRITES = """\
rm -rf /tank
touch /x
sh -c 'cat /x'
bash -c true
/bin/cat /x
tee /x
dd if=/x of=/y
find /tank -delete
find /tank -name x -exec rm {} +
find /tank -fprintf /x y
find /tank -okdir rm {} +
date -s 2026-01-01
date --set=2026-01-01
date --se=2026-01-01
date -s@0
date 010203042026
hostname evil
hostname -f evil
hostnamectl hostname evil
hostnamectl hostname
uniq /x /y
hostname -F /x
timedatectl set-time 12:00
timedatectl
systemctl stop cron
systemctl --root show stop
systemctl restart show
crontab -r
crontab /x
crontab -u -l /x
crontab -u ann /x -l
crontab -l -u
journalctl --vacuum-time=1s
journalctl --vacuum-t=1s
gzip /x
gzip -d /x
gzip -t -d /x
zstd /x
zstd -t --rm /x
zstd -t -o /y /x
zstd -D -t /x
gzip -S -t /x
gzip -S --test /x
sqlite3 /x.db 'DELETE FROM users'
sqlite3 -readonly /x.db '.shell rm x'
sqlite3 -readonly /x.db "VACUUM INTO '/y'"
sqlite3 -readonly -init /x /x.db
sqlite3 -separator -readonly /x.db 'DELETE FROM users'
sqlite3 /x.db -readonly
sqlite3 -readonly -A --extract /x
pg_restore -d db /x
pg_restore --dbname=db -l /x
pg_restore -d db -l /x
pg_restore -ld db /x
pg_restore -f /x /y
pg_restore -f /dev/null -f /x /y
pg_restore --file=/x=/dev/null /y
pg_restore --file /x /y
pg_restore --fil /x /y
pg_restore -l --fi=/x /y
pg_restore -lf /x /y
pg_restore -l -f/x /y
pg_restore /x
rsync -a /a/ /b/
rsync -an -e 'sh -c x' /a/ b:/b/
rsync -an --no-dry-run /a/ /b/
rsync -an --daemon
rsync -an --server . /b/
rsync -an -M--log-file=/x /a/ b:/b/
rsync -a --exclude -n /a/ /b/
rsync -fn /a/ /b/
rsync -an --log-file=/x /a/ /b/
rsync -ane 'sh' a b:c
docker exec x cat /y
docker -H tcp://x rm y
sort -o /x /y
sort --outp=/x /y
sort --o=/x /y
mount /dev/sda1 /mnt
pvesh get /cluster/backup
qm list
sudo rm /x
sudo -s
sudo -n -- sh -c 'rm /x'
env LD_PRELOAD=/x ls
env PATH=/x ls
env -S 'rm /x'
env RSYNC_RSH=/x rsync -n a b:c
env PGPASSWORD=x cat y
nice rm /x
nice TZ=UTC ls
nice --adjustmentX ls
timeout 5 rm /x
timeout 5 timeout 5 rm /x
-rf
''
"""


@pytest.mark.parametrize("command", READS.splitlines())
def test_a_command_that_only_reads_may_be_sent_in_a_look(command: str) -> None:
    assert Policy().refuses(shlex.split(command)) == ""


@pytest.mark.parametrize("command", WRITES.splitlines())
def test_a_command_that_is_not_known_to_only_read_may_not(command: str) -> None:
    assert Policy().refuses(shlex.split(command))


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("sudo - ls", "sudo - is not understood"),
        ("nice -x ls", "nice -x is not understood"),
        ("env LD_PRELOAD=a=b TZ=UTC ls", "env LD_PRELOAD=… may change what runs"),
        ("sudo", "it names no program"),
        ("/bin/cat /x", "/bin/cat is named by its path: name it alone, or declare it by read_only"),
        ("qm list", "nothing says that qm only reads"),
        ("docker --debug exec x", "docker --debug is not known to only read"),
        ("timedatectl --all", "timedatectl alone is not known to only read"),
        ("gzip -t --rm -d /x", f"gzip with one of {', '.join(_ARCHIVE_WRITES.split())} writes"),
        ("gzip -q -t /x", "gzip reads only with -t or --test or -l or --list, before all else"),
        ("sort -o /x", "sort would write"),
        ("crontab /x", "crontab reads only as crontab -l, of a user or of oneself"),
        ("find /x -exec rm", "find -exec does more than find"),
        ("date 0102", "date with a time sets the clock"),
        ("hostname x", "hostname with a name sets it"),
        ("mount /x", "mount with an argument mounts"),
        ("pg_restore -d x", "pg_restore into a database changes it"),
        ("pg_restore -f - -f /x", "pg_restore writes /x"),
        ("pg_restore -l -f", "pg_restore writes -f"),
        ("pg_restore -lf /x", "pg_restore writes -lf"),
        ("pg_restore x", "pg_restore reads only with --list or -f /dev/null"),
        ("sqlite3 x", "sqlite3 reads only with -readonly, before all else"),
        (f"sqlite3 -readonly /x .{'x' * 50}", f"sqlite3 '.{'x' * 39}' may write"),
        (
            "rsync -a",
            "rsync reads only with --dry-run first, and without -e, --rsync-path or a log",
        ),
    ],
)
def test_a_refusal_says_what_of_the_command_is_not_known_to_read(command: str, why: str) -> None:
    assert Policy().refuses(shlex.split(command)) == why


def test_a_dot_command_on_any_line_of_an_argument_is_seen() -> None:
    argv = ["sqlite3", "-readonly", "/x.db", "SELECT 1;\n .shell rm /x"]
    assert Policy().refuses(argv) == "sqlite3 '.shell rm /x' may write"


def test_a_runbook_declares_what_else_reads_by_its_first_words() -> None:
    policy = Policy(frozenset({("pvesh", "get"), ("qm", "list")}))
    assert policy.refuses(["pvesh", "get", "/cluster/backup", "--output-format", "json"]) == ""
    assert policy.refuses(["sudo", "-n", "--", "qm", "list"]) == ""
    assert policy.refuses(["pvesh", "set", "/cluster/backup/x"])
    assert policy.refuses(["qm"])
    assert policy.refuses(["qm", "listsnapshot", "200"])


def test_a_program_that_does_what_its_input_says_is_given_none() -> None:
    argv = ["sqlite3", "-readonly", "/x.db"]
    assert Policy().refuses(argv) == ""
    assert "input" in Policy().refuses(argv, stdin=True)
    assert Policy().refuses(["sha256sum"], stdin=True) == ""


@pytest.mark.parametrize("argv", [(), ("",), ("sh",), ("/bin/bash", "-c"), ("sudo",), ("xargs",)])
def test_a_declaration_that_would_allow_anything_is_refused(argv: tuple[str, ...]) -> None:
    with pytest.raises(RunbookError, match="allow any command") as caught:
        Registry().declare(argv, "/w/runbooks/x.py", 7)
    assert caught.value.where == "/w/runbooks/x.py:7"
