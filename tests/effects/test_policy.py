"""Only what is known to read can be sent in a look."""

from __future__ import annotations

import shlex

import pytest

from loopkit.effects.run.policy import Policy
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
head -c 100 /x
tail -n 5 /x
wc -c /x
grep -c x /y
df -B1 /tank
du -sb /tank
hostname
hostname -f
id -u
test -d /volume1
findmnt -no SOURCE /volume1
timedatectl show -p Timezone
systemctl show -p ActiveState cron
systemctl --no-pager list-timers --all
systemctl is-active cron
crontab -l
crontab -u ann -l
journalctl -u cron -n 5
gzip -t /x.gz
gzip -tv /x.gz
zstd -tq /x.zst
zstd --test -T0 /x.zst
sqlite3 -readonly /x.db 'PRAGMA integrity_check'
sqlite3 -readonly -csv /x.db .tables
pg_restore --list /x.dump
pg_restore -l /x.dump
pg_restore -f /dev/null /x.dump
pg_restore --file=/dev/null /x.dump
rsync -an --stats /a/ nas:/b/
rsync --dry-run -a /a/ /b/
docker ps --format json
sort /x
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
date 010203042026
hostname evil
hostname -F /x
timedatectl set-time 12:00
timedatectl
systemctl stop cron
systemctl --root show stop
systemctl restart show
crontab -r
crontab /x
journalctl --vacuum-time=1s
journalctl --vacuum-t=1s
gzip /x
gzip -d /x
gzip -t -d /x
zstd /x
zstd -t --rm /x
zstd -t -o /y /x
sqlite3 /x.db 'DELETE FROM users'
sqlite3 -readonly /x.db '.shell rm x'
sqlite3 -readonly /x.db "VACUUM INTO '/y'"
sqlite3 -readonly -init /x /x.db
sqlite3 -readonly -A --extract /x
pg_restore -d db /x
pg_restore --dbname=db -l /x
pg_restore -f /x /y
pg_restore /x
rsync -a /a/ /b/
rsync -an -e 'sh -c x' /a/ b:/b/
rsync -an --no-dry-run /a/ /b/
rsync -an --log-file=/x /a/ /b/
rsync -ane 'sh' a b:c
docker exec x cat /y
docker -H tcp://x rm y
sort -o /x /y
sort --outp=/x /y
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
