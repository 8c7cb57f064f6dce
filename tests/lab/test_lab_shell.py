"""The lab's shell and programs give what the real ones give: each script runs on both."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from loopkit.lab.lab import Lab, first_call, run_line
from loopkit.lab.machine import Call, Streams
from loopkit.lab.sh import run_text

FILES = {
    "words": b"pear\napple\nfig\napple\n",
    "table": b"b:2:x\na:10:y\nc:1:z\n",
    "log": b"INFO: Starting Backup of VM 204\nERROR: disk\nINFO: Finished Backup of VM 204\n",
    "bare": b"no newline at the end",
    "with space": b"spaced\n",
    ".hidden": b"dot\n",
}

# ruff: noqa: E501
SCRIPTS = r"""
echo one; echo two && echo three || echo four
false && echo no || echo yes; echo $?
! false; echo $?
echo a b   c 'd  e' "f  g"
x=1; y=$x$x; echo "$y" ${y}z
x='a   b'; echo $x; echo "$x"; set -- $x; echo $# $1
unset x; echo "${x:-none}" "${x-gone}" "[${x:+set}]"; x=v; echo "${x:+set}"
f=vzdump-qemu-204.vma.zst; echo ${f%.vma.zst} ${f#*-} ${f##*-} ${f%%.*} ${#f}
echo $((2 + 3 * 4)) $((7 / 2)) $((-7 / 2)) $((-7 % 3)) $((3 > 2))
n=5; n=$((n - 1)); echo $n
for i in a b c; do echo -n $i; done; echo
for i in 1 2 3; do [ $i = 2 ] && continue; [ $i = 3 ] && break; echo $i; done
i=0; while [ $i -lt 3 ]; do i=$((i + 1)); echo $i; done
until [ -n "$z" ]; do z=1; echo once; done
case abc.gz in *.zst) echo zst ;; *.gz | *.bz2) echo packed ;; *) echo other ;; esac
case "a*" in "a*") echo literal ;; esac; case ab in "a*") echo glob ;; *) echo no ;; esac
greet() { echo "hello $1"; return 3; }; greet you; echo $?
f() { local_x=$1; echo "$@" $#; }; f 'a b' c
if grep -q apple words; then echo found; elif true; then echo never; else echo no; fi
cat words | sort | uniq -c
cat < words | head -n 2 | tail -n 1
echo out > o; echo more >> o; cat o; echo err >&2
{ echo grouped; echo twice; } > g; cat g; (cd /; echo sub; exit 4); echo $?
x=outer; (x=inner; echo $x); echo $x
echo $(echo nested $(echo deep)) "$(printf 'a\nb\n')"
cat <<END
value $((1 + 1)) $(echo sub) \$kept
END
cat <<'END'
raw $x $(no)
END
set -e; false || true; if false; then :; fi; ! true; echo still; false; echo never
set -u; echo ${x:-ok}; echo $missing; echo never
set -eu; f() { false; echo inside; }; if f; then echo cond; fi; f; echo never
trap 'echo bye' EXIT; echo working; exit 5
read -r a b < table; echo "$a|$b"; printf 'x y z\n' | { read -r p q; echo "$q"; }
while read -r line; do echo "[$line]"; done < words
IFS=:; set -- $(head -n 1 table); echo $2
printf '%s\t%s\n' a b c d; printf '%05d %x %%\n' 42 255; printf 'no newline'
printf '%s\n' *; echo *.zst; echo w*s "w*s"
printf '%s\n' 'it'\''s' "a\"b" a\ b \$x "\$x" "a\b"
echo "tab	in" '#' a#b # comment
true &
wait; echo waited
command -v no-such-program; echo $?
no_such_function_here 2> /dev/null; echo $?
test -f words -a -s words && echo both; test -e none; echo $?; [ a != b ]; echo $?
[ 2 -gt 10 ]; echo $?; [ "" ]; echo $?; test -d . && echo dir
exec 3> three; echo to-three >&3; cat three
echo both > b 2>&1; ls none > e 2>&1; wc -l < e
set -- a b c; shift; echo $1 $#; shift 2; echo $#; shift; echo never
for x in "$@"; do echo "arg $x"; done
eval_free=1; echo ${eval_free}
umask 077; : > private; stat -c %a private
a=1 b=2; echo $a$b; a=3 env | grep '^a='
head -c 5 words; tail -c 4 words; tail -n +3 words; wc -c words
wc -l < bare; wc -w < log; head -n 1 bare
sort -r words; sort -n words
sort -u words; cut -d: -f2 table; cut -d: -f1,3 table; cut -c1-2 words
grep -c apple words; grep -n fig words; grep -v apple words; grep -F -e 'ERROR:' log; grep x words
grep -E '^(INFO|WARN): (Start|Fin)' log; grep -o 'VM [0-9]*' log; grep -i error log; grep -l fig words log
grep -q nothing words none 2> /dev/null; echo $?; grep -H -E -e 'Fin' -- log
tr a-z A-Z < words; tr -d '\n' < words; echo; basename /a/b.sh .sh; dirname /a/b.sh; dirname b
sha256sum words bare; sha1sum < words; md5sum words; sha256sum none 2> /dev/null; echo $?
sha256sum words > sums; sha256sum -c sums
base64 log; base64 -w0 words; echo; base64 words | base64 -d
mkdir -p a/b/c; mkdir a 2> /dev/null; echo $?; rmdir a/b/c; ls a
cp words copy; mv copy moved; cat moved; rm moved; rm moved 2> /dev/null; echo $?; rm -f moved; echo $?
mkdir d; cp words d; mv d/words d/renamed; ls d; rm -r d; ls d 2> /dev/null; echo $?
ln -s words link; readlink link; cat link; rm link; test -L link; echo $?
chmod 640 words; stat -c '%a %s %n %F' words; chmod u+x,g-r words; stat -c %a words
install -m 0755 words installed; stat -c %a installed; tee t1 t2 < bare; cat t2
find . -maxdepth 1 -type f -name 'w*' | sort; find . -maxdepth 1 -name 't*' -printf '%f %s %y\n'
touch -d @1700000000 old; stat -c %Y old; find . -newermt 2023-01-01 -name old -printf '%T@\n'
find . -maxdepth 1 -type f ! -newermt @1700000001 -printf '%f\n'; test words -nt old; echo $?
date -u -d @1700000000 +%Y-%m-%dT%H:%M:%SZ; date -u -d '2024-02-29 12:00:00' +%s; date -u -r old +%F
date -u -d '2026-01-02T03:04:05Z' '+%a %b %e %j %H %I %p %y %%'
gzip -c words | gzip -dc; gzip -k words; gzip -t words.gz; echo $?; gzip -t bare 2> /dev/null; echo $?
tar -czf a.tgz words log; tar -tzf a.tgz; mkdir x; tar -xzf a.tgz -C x; cat x/words
echo a b c | xargs -n 1 echo; printf 'a\0b\0' | xargs -0 echo; env -i A=1 env
timeout 5 echo in-time; timeout 0.2 sleep 5; echo $?; nice -n 19 echo nice; true | false; echo $?
dd of=out bs=64k conv=fsync status=none < words; cat out; cat words - < bare; cat none 2> /dev/null; echo $?
seq=1; echo "${seq}st" "$seq"nd; x=; echo "${x:=set}" $x; echo ${x:?must}; echo ${gone:?must be set}; echo no
ls; ls -a; ls -1 words table; ls none 2> /dev/null; echo $?; ls -d .; ls -r
""".strip("\n")


def scripts() -> list[str]:
    """Returns the scripts: one a line, but for here-documents and what follows `&`."""
    text = re.sub(
        r"(<<'?END'?\n(?:.*\n)*?END)\n", lambda m: m[1].replace("\n", "\v") + "\n", SCRIPTS
    )
    text = text.replace("true &\n", "true &\v")
    return [line.replace("\v", "\n") for line in text.split("\n")]


def run_for_real(script: str, folder: Path) -> tuple[int, bytes]:
    ran = subprocess.run(
        [shutil.which("dash") or "/bin/sh", "-c", script, "sh"],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=False,
        umask=0o022,
    )
    return ran.returncode, ran.stdout


def run_in_lab(script: str, hosts: Lab) -> tuple[int, bytes]:
    machine = hosts.machines["nas"]
    streams: Streams = {0: io.BytesIO(), 1: io.BytesIO(), 2: io.BytesIO()}
    machine.files.make_directories("/jobs")
    for name, content in FILES.items():
        machine.files.write(f"/jobs/{name}", content)
    call = first_call(machine, machine.user("root"), streams)
    status = run_text(replace(call, cwd="/jobs"), script)
    return status, streams[1].getvalue()


@pytest.mark.parametrize("script", scripts())
def test_a_script_prints_and_ends_as_under_the_real_shell(
    script: str, hosts: Lab, tmp_path: Path
) -> None:
    if not shutil.which("dash"):
        pytest.skip("dash is not installed: there is nothing to compare with")
    folder = tmp_path / "real"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    real = run_for_real(script, folder)
    assert run_in_lab(script, hosts) == real


@pytest.mark.parametrize(
    "script",
    [
        "set -o pipefail; false | true; echo $?",
        "set -euo pipefail; false | cat; echo never",
        "set -o pipefail; true | (exit 3) | true; echo $?",
    ],
)
def test_pipefail_is_as_in_bash(script: str, hosts: Lab) -> None:
    if not shutil.which("bash"):
        pytest.skip("bash is not installed: there is nothing to compare with")
    real = subprocess.run(["bash", "-c", script], capture_output=True, check=False)
    assert run_in_lab(script, hosts) == (real.returncode, real.stdout)


def test_a_lock_keeps_a_second_run_out(hosts: Lab) -> None:
    script = (
        "exec 9> /run/lock/x; flock -n 9 || echo busy; "
        "sh -c 'exec 9> /run/lock/x; flock -n 9 || echo second is busy'; "
        "flock -n /run/lock/x echo never || echo third is busy"
    )
    assert run_in_lab(script, hosts)[1] == b"second is busy\nthird is busy\n"
    assert run_in_lab("flock -n /run/lock/x echo free again", hosts)[1] == b"free again\n"


def test_an_installed_script_runs_by_its_path_and_under_sudo(hosts: Lab) -> None:
    machine = hosts.machines["infra-core"]
    body = b'#!/bin/sh\nset -eu\necho $(whoami) "$1" in $PWD as $0\n'
    assert run_line(machine, "ubuntu", "sudo -n -- tee /usr/local/bin/tell", body)[0] == 0
    assert run_line(machine, "ubuntu", "tell x")[0] == 126
    run_line(machine, "ubuntu", "sudo -n -- chmod 755 /usr/local/bin/tell")
    ran = run_line(machine, "ubuntu", "tell x; sudo -n -- /usr/local/bin/tell 'a b'")
    assert ran[1] == (
        b"ubuntu x in /home/ubuntu as /usr/local/bin/tell\n"
        b"root a b in /home/ubuntu as /usr/local/bin/tell\n"
    )


def test_the_frame_of_the_connection_is_understood(hosts: Lab) -> None:
    line = (
        r"printf '%s%s\n' aa bb; printf '%s%s\n' aa bb >&2; "
        "exec sudo -n -- timeout -k 5 20 stat -c '%U:%G %a' -- /etc/hostname"
    )
    ran = run_line(hosts.machines["infra-core"], "ubuntu", line)
    assert ran == (0, b"aabb\nroot:root 644\n", b"aabb\n")


def test_a_mistake_of_the_emulation_is_an_answer_and_no_silence(hosts: Lab) -> None:
    def mistaken(call: Call) -> int:
        raise IndexError("in the middle")

    machine = hosts.machines["nas"]
    broken = replace(machine, programs={**machine.programs, "broken": mistaken})
    status, _, complaint = run_line(broken, "root", "broken; echo never")
    assert (status, complaint) == (125, b"lab: IndexError in the emulation: in the middle\n")
