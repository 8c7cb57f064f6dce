"""The lab starts no process and touches nothing outside its folder, whatever it is sent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zoneinfo
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopkit.lab import control
from loopkit.lab.lab import Lab, run_line
from tests.lab.hosts import Standing

WATCHED_SERVER = """
import json, sys
directory, log = sys.argv[1], open(sys.argv[2], "a")

def watch(event, args):
    if event.split(".")[0] in ("subprocess", "pty") or event in (
        "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn",
        "os.startfile", "ctypes.dlopen",
    ):
        log.write(json.dumps(["process", event, repr(args)]) + "\\n")
    elif event in PATHS:
        for at in PATHS[event]:
            if isinstance(args[at], (str, bytes)) or hasattr(args[at], "__fspath__"):
                log.write(json.dumps(["path", event, str(args[at])]) + "\\n")
    log.flush()

PATHS = {
    "open": [0], "os.remove": [0], "os.rename": [0, 1], "os.mkdir": [0], "os.rmdir": [0],
    "os.link": [0, 1], "os.symlink": [1], "os.chmod": [0], "os.chown": [0], "os.utime": [0],
    "os.truncate": [0], "os.listdir": [0], "os.scandir": [0], "shutil.rmtree": [0],
    "shutil.copyfile": [0, 1], "shutil.move": [0, 1], "sqlite3.connect": [0], "os.chdir": [0],
}
sys.argv = ["server", directory, "2026-02-09T10:30-05:00"]
import loopkit.lab.server
sys.addaudithook(watch)
loopkit.lab.server.main()
"""

ATTACKS = (
    "cat /etc/hostname /../../../../../../etc/hostname",
    "cat ../../../../../../../../etc/passwd",
    "ln -s /etc /root/evil; cat /root/evil/hostname; ls /root/evil/",
    "ln -s / /root/top; find /root/top/ -maxdepth 2 -name passwd; rm -rf /root/top/etc/none",
    "ln -s ../../../../../../../../tmp /root/up; echo planted > /root/up/planted-by-the-lab",
    "cp -a /etc /tmp/copy; mv /tmp/copy /../../../../tmp/moved; tar -C / -czf /tmp/all.tgz etc",
    "sh -c 'x=$(cat /etc/shadow); echo $x; cd /; cd ..; pwd'",
    "/bin/sh -c id; /usr/bin/python3 -c 'print(1)'; python3 -c 'print(1)'; perl -e 1; bash -i",
    "sqlite3 /tmp/x.db \"ATTACH '/tmp/attached-by-the-lab.db' AS y; CREATE TABLE y.t (a)\"",
    "sqlite3 /tmp/x.db \"SELECT load_extension('/tmp/evil')\"",
    'sqlite3 /tmp/x.db "CREATE TABLE t (a)" ".backup \'/../../../tmp/backed-up-by-the-lab.db\'"',
    "sqlite3 /tmp/x.db '.shell id' '.system id' '.read /etc/passwd' '.output /etc/passwd'",
    "curl http://192.0.2.1/; nc 192.0.2.1 80; wget x; ssh root@localhost id; ssh nas id",
    "rsync -a /etc/ ronadmin@nas:/../../../../../tmp/; rsync -a ronadmin@nas:/etc/ /tmp/nas/",
    "dd if=/dev/sda of=/dev/null; dd if=/etc/passwd of=/proc/self/mem",
    "install -D -m 4755 /etc/hostname /../usr/local/bin/owned; /usr/local/bin/owned",
    "vzdump 204 --dumpdir /../../../../../tmp; pvesh get /../../etc/passwd --output-format json",
    "kill -9 1; env -i PATH=/bin /bin/true; nohup sleep 0 &",
    "rm -rf /",
    "rm -rf /tank /volume1 /home",
    "find / -mindepth 1 -delete",
    "rm -rf /*",
    "touch $(printf '/tmp/a\\0b'); cat '/tmp/a",
)


def allowed_roots(directory: Path) -> list[str]:
    python = [sys.prefix, sys.base_prefix, *sysconfig.get_paths().values()]
    package = Path(control.__file__).parents[2]
    return [str(directory), *python, str(package), *zoneinfo.TZPATH]


def is_inside(path: str, roots: list[str]) -> bool:
    place = os.path.realpath(os.path.dirname(path.removeprefix("file:")) or "/")
    place = os.path.join(place, os.path.basename(path))
    return any(place == root or place.startswith(f"{root.rstrip('/')}/") for root in roots)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[tuple[Standing, Path]]:
    log = tmp_path / "events"
    directory = (tmp_path / "lab").resolve()
    directory.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", WATCHED_SERVER, str(directory), str(log)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield Standing(directory), log
        assert process.stdin is not None
        process.stdin.close()
        process.wait(10)


def test_no_attack_starts_a_process_or_leaves_the_folder(watched: tuple[Standing, Path]) -> None:
    lab, log = watched
    control.fault(lab.directory, "nas", "unmount", "/volume1")
    control.heal(lab.directory, "nas")
    for host in ("nas", "pve"):
        with lab.connect(host) as connection:
            for attack in ATTACKS:
                connection.run(attack, hide=True, warn=True, timeout=20)
    with lab.connect("infra-core") as connection:
        connection.run("ln -s /etc out; ln -s / /home/ubuntu/top", hide=True)
        sftp = connection.sftp()
        for path in ("out/hostname", "top/etc/hostname", "/../../../../etc/hostname"):
            with sftp.open(path) as stream:
                assert stream.read() == b"infra-core\n"
        sftp.close()
    control.clock(lab.directory, 86400)
    seen = [json.loads(line) for line in log.read_text().splitlines()]
    processes = [entry for entry in seen if entry[0] == "process"]
    roots = allowed_roots(lab.directory)
    outside = [entry for entry in seen if entry[0] == "path" and not is_inside(entry[2], roots)]
    assert processes == []
    assert outside == []
    assert sum(entry[0] == "path" for entry in seen) > 100, "the hook saw the lab at work"


def test_the_audit_hook_would_have_seen_it(tmp_path: Path) -> None:
    roots = allowed_roots(tmp_path)
    assert is_inside(str(tmp_path / "hosts/pve/etc/hostname"), roots)
    assert not is_inside("/etc/hostname", roots)
    (tmp_path / "link").symlink_to("/etc")
    assert not is_inside(str(tmp_path / "link/hostname"), roots)


def test_no_link_leads_out_of_a_host(hosts: Lab) -> None:
    pve = hosts.machines["pve"]
    run_line(pve, "root", "ln -s /etc a; ln -s a/.. b; ln -s ../../../../../.. c; ln -s d d")
    for path in ("a/hostname", "b/etc/hostname", "c/etc/hostname", "c/../root/c/etc/hostname"):
        assert run_line(pve, "root", f"cat {path}")[1] == b"pve\n", path
    status, _, complaint = run_line(pve, "root", "cat d")
    assert status == 1
    assert b"Too many levels of symbolic links" in complaint


NAMES = st.sampled_from(["a", "b", "..", ".", "", "etc", "root", "link"])


@given(
    links=st.lists(st.tuples(NAMES, st.lists(NAMES, max_size=6), st.booleans()), max_size=4),
    path=st.lists(NAMES, min_size=1, max_size=10),
)
def test_every_path_resolves_inside_the_root(
    tmp_path_factory: pytest.TempPathFactory,
    links: list[tuple[str, list[str], bool]],
    path: list[str],
) -> None:
    from loopkit.lab.filesystem import Filesystem

    top = tmp_path_factory.mktemp("root")
    root = top / "host"
    (root / "etc").mkdir(parents=True)
    for name, target, absolute in links:
        if name not in ("..", ".", "", "etc") and not (root / name).is_symlink():
            (root / name).symlink_to(("/" if absolute else "") + "/".join(target) or ".")
    files = Filesystem(root, top / "table", lambda: 0.0)
    try:
        real = files.real("/" + "/".join(path))
    except OSError:
        return
    assert root == real or root in real.parents
    assert not any(
        parent.is_symlink() for parent in (real, *real.parents) if root in parent.parents
    )


def test_the_root_of_a_host_is_never_removed(hosts: Lab) -> None:
    status, _, complaint = run_line(hosts.machines["pve"], "root", "rm -rf /")
    assert status == 1
    assert complaint == b"rm: /: refusing to remove the root\n"
    assert run_line(hosts.machines["pve"], "root", "cat /etc/hostname")[1] == b"pve\n"


@pytest.mark.parametrize(
    ("line", "status", "words"),
    [
        ("terraform apply", 127, "terraform: not emulated in this lab"),
        ("echo $HOME", 2, "expansions are not emulated in this lab"),
        ("echo $(id)", 2, "expansions are not emulated in this lab"),
        ("echo `id`", 2, "expansions are not emulated in this lab"),
        ('echo "${HOME}"', 2, "expansions are not emulated in this lab"),
        ("cp --sparse=always a b", 2, "option --sparse=always: not emulated in this lab"),
        ("find / -exec rm {} ;", 1, "-exec: not emulated in this lab"),
        ("/opt/none", 127, "No such file or directory"),
        ("/etc/hostname", 126, "Permission denied"),
        ("echo 'open", 2, "unterminated quoted string"),
        ("psql -c 'SELECT 1'", 127, "command not found"),
    ],
)
def test_what_is_not_emulated_is_refused_by_name(
    hosts: Lab, line: str, status: int, words: str
) -> None:
    ended, printed, complaint = run_line(hosts.machines["pve"], "root", line)
    assert (ended, printed) == (status, b"")
    assert words in complaint.decode()


def test_a_dollar_that_is_quoted_is_no_expansion(hosts: Lab) -> None:
    assert run_line(hosts.machines["pve"], "root", "echo '$HOME $(id)'")[1] == b"$HOME $(id)\n"
