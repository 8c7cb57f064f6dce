"""Long work: started once on its host, detached, and looked at by every later run.

A job's id follows from its loop, phase, item, step and how often it was settled before, so any
run on any machine that has the same receipts finds the same job. Making its folder is the lock:
of two launches one starts it and the other finds it started.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256

from loopkit.effects.run.step import Guard, Stage, Trouble, not_so, settled_by, troubled
from loopkit.loop.outcome import Result, StepOutcome
from loopkit.runbook import Host, Job, Refusal, Seen

FOLDER = ".loopkit-jobs"

# The folder is made before anything is started, and the process is on record before this ends;
# `status` comes by rename, so it is whole or not there. SECONDS is enforced on the host.
LAUNCHER = b"""\
set -eu
umask 077
id=$2 seconds=$3
shift 3
mkdir -p .loopkit-jobs
cd .loopkit-jobs
mkdir "$id" 2>/dev/null || { echo attached; exit 0; }
cd "$id"
here=$PWD
cd ../..
setsid sh -c '
  here=$1 seconds=$2
  shift 2
  code=0
  timeout -k 30 "$seconds" "$@" >"$here/out" 2>"$here/err" </dev/null || code=$?
  echo "$code" >"$here/status.part"
  sync "$here/status.part" 2>/dev/null || sync
  mv "$here/status.part" "$here/status"
' loopkit-job "$here" "$seconds" "$@" >/dev/null 2>&1 </dev/null &
pid=$!
boot=$(cat /proc/sys/kernel/random/boot_id)
start=$(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null | cut -d ' ' -f 20)
echo "$pid ${start:-0} $boot" >"$here/process.part"
mv "$here/process.part" "$here/process"
echo started
"""


@dataclass(frozen=True, slots=True)
class JobState:
    """What is known of a job: `absent`, `running`, `ended` with its exit status, or `lost`."""

    word: str
    exited: int | None = None
    stderr: str = ""


def run_job(stage: Stage, job: Job, host: Host, id: str, guard: Guard) -> StepOutcome:
    """Starts a job, or takes it up where it stands; WAITING while it runs."""
    return stage.perform(job.name, host.name, lambda: _take_up(stage, job, host, id, guard))


def job_id(loop_id: str, phase: str, item: str | None, step: str, settled: int) -> str:
    """Returns the id of a job; `settled` counts the times it came to a certain end before."""
    words = "\0".join((loop_id, phase.casefold(), item or "", step, str(settled)))
    return sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _take_up(stage: Stage, job: Job, host: Host, id: str, guard: Guard) -> StepOutcome:
    seen = stage.look(host, job.look)
    settled = settled_by(seen, job.name, host.name, Result.OK)
    if settled is not None and settled.result is not Result.OK:
        return settled
    state = _state(stage, host, id)
    if isinstance(state, Trouble):
        return troubled(job.name, host.name, state, sent=True)
    if settled is not None and state.word != "running":
        return replace(settled, result=Result.CHANGED) if state.word == "ended" else settled
    if state.word == "absent":
        return _start(stage, job, host, id, guard)
    return _follow(stage, job, host, id, state)


def _start(stage: Stage, job: Job, host: Host, id: str, guard: Guard) -> StepOutcome:
    barrier = guard()
    if barrier is not None:
        return troubled(job.name, host.name, barrier)
    before = stage.run.changes_sent()
    trouble = stage.change(host, partial(_launch, job, id))
    if trouble is not None:
        sent = stage.run.changes_sent() > before
        return troubled(job.name, host.name, trouble, sent=sent)
    state = _state(stage, host, id)
    if isinstance(state, Trouble):
        return _waiting(job, host, id, f"started; not looked at yet: {state.reason}")
    return _follow(stage, job, host, id, state)


def _launch(job: Job, id: str, host: Host) -> None:
    words = ("loopkit-job", id, str(max(1, int(job.timeout))), *job.argv)
    host.change("sh", "-s", "--", *words, stdin=LAUNCHER)


def _follow(stage: Stage, job: Job, host: Host, id: str, state: JobState) -> StepOutcome:
    match state.word:
        case "running":
            return _waiting(job, host, id, _progress(stage, job, host))
        case "ended":
            return _ended(stage, job, host, id, state)
        case _:
            reason = f"job {id} was started, runs no longer, and left no exit status"
            trouble = Trouble(Result.UNKNOWN, reason, stage.resolve)
            return troubled(job.name, host.name, trouble, sent=True)


def _ended(stage: Stage, job: Job, host: Host, id: str, state: JobState) -> StepOutcome:
    seen = stage.look(host, job.look)
    settled = settled_by(seen, job.name, host.name, Result.CHANGED)
    if settled is not None:
        return settled
    assert isinstance(seen, Seen)
    reason = f"job {id} ended with exit status {state.exited}, and it is not so: {state.stderr}"
    return not_so(job.name, host.name, seen, reason.removesuffix(": "))


def _waiting(job: Job, host: Host, id: str, progress: str) -> StepOutcome:
    return StepOutcome(
        name=job.name,
        host=host.name,
        result=Result.WAITING,
        seen=progress,
        reason=f"job {id} runs on {host.name}",
        facts={"job": id},
    )


def _progress(stage: Stage, job: Job, host: Host) -> str:
    asked = job.progress
    if asked is None:
        return "it runs"
    seen = stage.look(host, lambda h: Seen(None, asked(h)))
    return seen.text if isinstance(seen, Seen) else f"it runs; progress unknown: {seen.reason}"


def _state(stage: Stage, host: Host, id: str) -> JobState | Trouble:
    """Returns how a job stands, by plain reads."""
    found: list[JobState] = []

    def read(h: Host) -> Seen:
        found.append(read_state(h, id))
        return Seen(True, found[0].word)

    seen = stage.look(host, read)
    return seen if isinstance(seen, Trouble) else found[0]


def read_state(host: Host, id: str) -> JobState:
    """Reads how a job stands on its host.

    Raises:
        Refusal: what stands there was not written by a job.
    """
    here = f"{FOLDER}/{id}"
    ended = _ended_state(host, here)
    if ended is not None:
        return ended
    if not host.read("test", "-d", here, ok=(0, 1)).ok:
        return JobState("absent")
    process = host.read("cat", f"{here}/process", ok=(0, 1)).stdout.split()
    if len(process) == 3 and _alive(host, *process):
        return JobState("running")
    # It may have ended between the two looks.
    return _ended_state(host, here) or JobState("lost")


def _ended_state(host: Host, here: str) -> JobState | None:
    status = host.read("cat", f"{here}/status", ok=(0, 1))
    if not status.ok:
        return None
    stderr = host.read("tail", "-c", "2000", f"{here}/err", ok=(0, 1)).stdout
    return JobState("ended", _number(status.stdout), stderr.strip())


def _alive(host: Host, pid: str, start: str, boot: str) -> bool:
    """Tells the process from a later one with its number by when it began, and in which boot."""
    if host.read("cat", "/proc/sys/kernel/random/boot_id").stdout.strip() != boot:
        return False
    stat = host.read("cat", f"/proc/{_number(pid)}/stat", ok=(0, 1)).stdout
    fields = stat.rpartition(") ")[2].split()
    return len(fields) > 19 and fields[19] == start and fields[0] != "Z"


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise Refusal(f"{FOLDER} holds something that no job wrote: {text[:80]!r}") from None
