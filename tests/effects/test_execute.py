"""The executor: five outcomes, never guessed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from loopkit.effects.evidence.approvals import record_mark
from loopkit.effects.evidence.receipt import Kind
from loopkit.effects.redact import Redactor
from loopkit.effects.run.events import (
    PhaseEnded,
    PhaseStarted,
    StepChanging,
    StepEnded,
    StepStarted,
)
from loopkit.effects.run.phase import run_phase, steps_of
from loopkit.errors import NotReadOnly, RecordFailed, RunbookError, SettingsError
from loopkit.loop.model import Item, PhaseStatus, Place
from loopkit.loop.outcome import Result, TextBlock
from loopkit.registry import Registry
from loopkit.runbook import Host, Refusal, Seen, Step
from tests.effects.local_hosts import local_hosts
from tests.effects.stage import (
    LOOP_ID,
    Garden,
    a_loop,
    a_phase,
    append,
    bound,
    holds,
    invariant,
    planting,
)


@pytest.fixture
def garden(tmp_path: Path) -> Garden:
    return Garden(tmp_path)


def raising(error: BaseException) -> Callable[[Host], None]:
    def act(c: Host) -> None:
        raise error

    return act


def seeing(so: bool | None, text: str = "seen") -> Callable[[Host], Seen]:
    return lambda c: Seen(so, text)


def test_what_is_so_already_is_ok_and_nothing_is_sent(garden: Garden) -> None:
    garden.file("bed").write_text("beans\n")
    outcome = garden.advance(planting())
    assert (outcome.result, outcome.exit_code) == (Result.OK, 0)
    assert garden.wire().sent == []


def test_what_is_not_so_is_changed_once_and_seen_again(garden: Garden) -> None:
    outcome = garden.advance(planting())
    assert [step.result for step in outcome.steps] == [Result.CHANGED]
    assert garden.file("bed").read_text() == "beans\n"


def test_a_second_run_changes_nothing(garden: Garden) -> None:
    garden.advance(planting())
    again = garden.advance(planting())
    assert again.result is Result.OK
    assert garden.file("bed").read_text() == "beans\n"


def test_a_check_that_is_not_so_fails_and_stops_what_follows(garden: Garden) -> None:
    outcome = garden.advance(Step("sun", seeing(False, "it rains")), planting())
    assert [(s.name, s.result) for s in outcome.steps] == [("sun", Result.FAILED)]
    assert (outcome.result, outcome.exit_code) == (Result.FAILED, 1)
    assert outcome.steps[0].reason == "it rains"
    assert not garden.file("bed").exists()


def test_a_look_that_cannot_tell_never_leads_to_a_change(garden: Garden) -> None:
    outcome = garden.advance(Step("bed", seeing(None, "fog"), append("bed", "beans")))
    assert (outcome.result, outcome.exit_code) == (Result.UNKNOWN, 4)
    assert outcome.steps[0].sent is False
    assert not garden.file("bed").exists()


def test_a_look_whose_command_fails_is_unknown_not_absent(garden: Garden) -> None:
    def look(c: Host) -> Seen:
        return Seen(bool(c.read("cat", "nothing-here").lines), "read")

    outcome = garden.advance(Step("bed", look, append("bed", "beans")))
    assert outcome.result is Result.UNKNOWN
    assert "ended with 1" in outcome.steps[0].reason
    assert not garden.file("bed").exists()


def test_a_look_that_forgets_to_say_what_it_saw_is_unknown(garden: Garden) -> None:
    outcome = garden.advance(Step("bed", lambda c: None, append("bed", "beans")))  # type: ignore[arg-type, return-value]
    assert outcome.result is Result.UNKNOWN
    assert "NoneType, not Seen" in outcome.steps[0].reason


def test_a_host_that_does_not_answer_is_exit_4_with_its_help(garden: Garden) -> None:
    garden.wire().unreachable = True
    outcome = garden.advance(planting())
    assert (outcome.result, outcome.exit_code) == (Result.UNKNOWN, 4)
    assert outcome.steps[0].help == "ssh -v"
    assert outcome.steps[0].sent is False


def test_a_read_only_phase_runs_every_check_so_that_a_person_sees_all(garden: Garden) -> None:
    garden.wire("barn").unreachable = True
    steps = [Step("sun", seeing(False)), Step("barn", holds("x", "y"), host="barn")]
    outcome = garden.advance(*steps, Step("soil", seeing(True)), read_only=True)
    assert [s.result for s in outcome.steps] == [Result.FAILED, Result.UNKNOWN, Result.OK]
    assert outcome.exit_code == 1


def test_a_change_that_is_made_and_not_seen_is_failed(garden: Garden) -> None:
    outcome = garden.advance(Step("bed", seeing(False, "empty"), append("bed", "beans")))
    assert (outcome.result, outcome.exit_code) == (Result.FAILED, 1)
    assert "still not in place" in outcome.steps[0].reason


def test_a_command_that_fails_is_looked_at_again(garden: Garden) -> None:
    def change(c: Host) -> None:
        c.change("cp", "no-such-file", "bed")

    outcome = garden.advance(Step("bed", holds("bed", "beans"), change))
    assert outcome.result is Result.FAILED
    assert "no-such-file" in outcome.steps[0].reason


def test_a_command_that_fails_after_it_did_its_work_is_changed_with_a_note(garden: Garden) -> None:
    def change(c: Host) -> None:
        append("bed", "beans")(c)
        c.change("false")

    outcome = garden.advance(Step("bed", holds("bed", "beans"), change))
    assert outcome.result is Result.CHANGED
    assert "although: false ended with 1" in outcome.steps[0].seen


@pytest.mark.parametrize("where", ["look", "change"])
def test_a_refusal_is_refused_with_its_reason_and_help(garden: Garden, where: str) -> None:
    refusal = Refusal("frost is near", help="loop why GARDEN")
    look = raising(refusal) if where == "look" else seeing(False)
    outcome = garden.advance(Step("bed", look, raising(refusal)))  # type: ignore[arg-type]
    assert (outcome.result, outcome.exit_code) == (Result.REFUSED, 1)
    assert (outcome.steps[0].reason, outcome.steps[0].help) == ("frost is near", "loop why GARDEN")


def test_a_refusal_after_a_change_was_sent_is_not_called_refused(garden: Garden) -> None:
    def change(c: Host) -> None:
        append("bed", "half")(c)
        raise Refusal("the second half may not go on")

    outcome = garden.advance(Step("bed", holds("bed", "beans"), change))
    assert outcome.result is Result.FAILED
    assert "second half" in outcome.steps[0].reason


def test_a_change_in_a_look_is_refused_before_it_is_sent(garden: Garden) -> None:
    def look(c: Host) -> Seen:
        c.change("touch", "bed")
        return Seen(True, "touched")

    outcome = garden.advance(Step("bed", look))
    assert outcome.result is Result.REFUSED
    assert not garden.file("bed").exists()


def test_a_runbook_that_breaks_in_a_look_is_unknown_and_says_where(garden: Garden) -> None:
    outcome = garden.advance(Step("bed", raising(KeyError("vmid")), append("bed", "x")))  # type: ignore[arg-type]
    assert outcome.result is Result.UNKNOWN
    assert "KeyError: 'vmid' (act, line" in outcome.steps[0].reason
    assert not garden.file("bed").exists()


# ── A lost outcome ──────────────────────────────────────────────────────────


def test_an_answer_that_is_lost_is_unknown_and_exit_5(garden: Garden) -> None:
    garden.wire().cut_after = "tee"
    outcome = garden.advance(planting())
    assert (outcome.result, outcome.exit_code) == (Result.UNKNOWN, 5)
    assert outcome.steps[0].sent is True


def test_what_turns_out_to_be_so_is_done_without_sending_it_again(garden: Garden) -> None:
    garden.wire().cut_after = "tee"
    garden.advance(planting())
    garden.wire().cut_after = ""
    outcome = garden.advance(planting())
    assert outcome.result is Result.OK
    assert garden.file("bed").read_text() == "beans\n"


def test_what_turns_out_not_to_be_so_waits_for_a_person(garden: Garden) -> None:
    garden.wire().cut_before = "tee"
    first = garden.advance(planting())
    garden.wire().cut_before = ""
    for _ in range(2):
        outcome = garden.advance(planting())
        assert (outcome.result, outcome.exit_code) == (Result.UNKNOWN, 5)
        assert first.run_id in outcome.steps[0].reason
        assert outcome.steps[0].help.startswith("loop resolve LOOP-GARDEN-20260301 P1 --as")
    assert garden.wire().sent == []


def test_a_step_that_may_be_sent_again_is_sent_again_after_a_look(garden: Garden) -> None:
    garden.wire().cut_before = "tee"
    garden.advance(planting(again=True))
    garden.wire().cut_before = ""
    assert garden.advance(planting(again=True)).result is Result.CHANGED
    assert garden.file("bed").read_text() == "beans\n"


@pytest.mark.parametrize("kind", [Kind.RESOLVE, Kind.REOPEN, Kind.MARK])
def test_a_person_who_says_what_became_of_it_ends_the_doubt(garden: Garden, kind: Kind) -> None:
    garden.wire().cut_before = "tee"
    garden.advance(planting())
    garden.wire().cut_before = ""
    record_mark(garden.histories, LOOP_ID, "P1", "pending", who="ann", reason="I looked", kind=kind)
    assert garden.advance(planting()).result is Result.CHANGED


def test_a_doubt_whose_step_was_renamed_still_waits_for_a_person(garden: Garden) -> None:
    garden.wire().cut_after = "tee"
    first = garden.advance(planting())
    garden.wire().cut_after = ""
    renamed = planting(name="plant the beans")
    outcome = garden.advance(renamed, planting("peas"))
    assert (outcome.result, outcome.exit_code) == (Result.UNKNOWN, 5)
    assert first.run_id in outcome.steps[0].reason
    assert len(outcome.steps) == 1
    record_mark(
        garden.histories, LOOP_ID, "P1", "pending", who="ann", reason="it ran", kind=Kind.RESOLVE
    )
    assert [s.result for s in garden.advance(renamed).steps] == [Result.OK]


def test_an_undo_that_was_lost_waits_for_a_person(garden: Garden) -> None:
    garden.file("fence").write_text("north\n")

    def change(c: Host) -> None:
        append("fence", "east")(c)
        append("bed", "beans")(c)

    step = Step("beans", holds("bed", "beans"), change, undo=lambda c: undo(c))

    def undo(c: Host) -> None:
        c.change("sed", "-i", "/east/d", "fence")

    loop = a_loop(a_phase(), non_goals=["Do NOT move the fence"])
    own = [invariant("Do NOT move", lambda c: c.read("cat", "fence").stdout)]
    garden.wire().cut_after = "sed"
    lost = garden.advance(step, loop=loop, invariants=own)
    assert lost.exit_code == 5
    garden.wire().cut_after = ""
    again = garden.advance(step, loop=loop, invariants=own)
    assert again.exit_code == 5
    assert "take back: beans" in again.steps[0].name


def test_a_lost_look_is_exit_4_and_leaves_no_doubt(garden: Garden) -> None:
    garden.wire().cut_after = "cat"
    outcome = garden.advance(planting())
    assert (outcome.result, outcome.exit_code) == (Result.UNKNOWN, 4)
    garden.wire().cut_after = ""
    assert garden.advance(planting()).result is Result.CHANGED


def test_a_change_whose_second_look_is_lost_is_in_doubt(garden: Garden) -> None:
    looks = []

    def look(c: Host) -> Seen:
        looks.append(1)
        return Seen(False, "bare") if len(looks) == 1 else Seen(None, "fog")

    outcome = garden.advance(Step("bed", look, append("bed", "beans")))
    assert (outcome.result, outcome.exit_code, outcome.steps[0].sent) == (Result.UNKNOWN, 5, True)


def test_steps_after_a_lost_one_are_not_run_and_those_before_stand(garden: Garden) -> None:
    garden.wire("barn").cut_after = "tee"
    steps = [planting("beans"), planting("hay", "loft", host="barn"), planting("peas")]
    outcome = garden.advance(*steps)
    assert [s.result for s in outcome.steps] == [Result.CHANGED, Result.UNKNOWN]
    garden.wire("barn").cut_after = ""
    outcome = garden.advance(*steps)
    assert [s.result for s in outcome.steps] == [Result.OK, Result.OK, Result.CHANGED]
    assert garden.file("bed").read_text() == "beans\npeas\n"
    assert garden.file("loft", "barn").read_text() == "hay\n"


def test_the_doubt_of_one_item_does_not_hold_another(garden: Garden) -> None:
    one, two = (
        Item(key, key, PhaseStatus.PENDING, None, (), Place(1)) for key in ("207 (AI)", "209")
    )
    garden.wire().cut_before = "tee"
    garden.advance(planting(), item=one)
    garden.wire().cut_before = ""
    held = garden.advance(planting(), item=one)
    assert held.result is Result.UNKNOWN
    assert "resolve LOOP-GARDEN-20260301 P1 --item '207 (AI)' --as not-run" in held.steps[0].help
    assert garden.advance(planting(), item=two).result is Result.CHANGED


def test_ctrl_c_is_recorded_first_and_exits_130(garden: Garden) -> None:
    garden.wire().interrupt = "tee"
    outcome = garden.advance(planting(), planting("peas"))
    assert (outcome.result, outcome.exit_code) == (Result.UNKNOWN, 130)
    receipt = garden.receipts()[-1]
    assert receipt.steps[0].outcome.sent is True
    assert receipt.steps[0].commands[-1].exited is None
    garden.wire().interrupt = ""
    again = garden.advance(planting(), planting("peas"))
    assert [s.result for s in again.steps] == [Result.OK, Result.CHANGED]


# ── What is recorded ────────────────────────────────────────────────────────


def test_every_command_stands_in_the_receipt_with_its_answer(garden: Garden) -> None:
    garden.advance(planting())
    record = garden.receipts()[0].steps[0]
    assert [(c.argv[0], c.changing, c.exited) for c in record.commands] == [
        ("cat", False, 1),
        ("tee", True, 0),
        ("cat", False, 0),
    ]
    stdout = record.commands[2].stdout
    assert stdout is not None
    assert stdout.bytes == len("beans\n")


def test_secrets_are_gone_before_events_outcome_journal_and_receipt(garden: Garden) -> None:
    def look(c: Host) -> Seen:
        c.read("echo", "hunter2")
        said = "password is hunter2"
        return Seen(False, said, (TextBlock(said),), facts={"said": [said, {said: (said,)}]})

    step = Step("bed of hunter2", look, raising(Refusal("hunter2", help="hunter2")))
    outcome = garden.advance(step, redact=lambda text: text.replace("hunter2", "***"))
    receipt = next(garden.root.rglob("*.json")).read_text()
    ended = [event for event in garden.events if isinstance(event, StepEnded)]
    changing = [event for event in garden.events if isinstance(event, StepChanging)]
    for surface in (repr(outcome.steps), receipt, repr(ended), repr(changing)):
        assert "***" in surface
        assert "hunter2" not in surface


def test_a_secret_that_only_its_name_gives_away_is_gone_too(garden: Garden) -> None:
    def look(c: Host) -> Seen:
        c.read("echo", "--password", "swordfish", "--table", "beds")
        return Seen(True, "asked", facts={"password": "swordfish", "n": {"api_token": "swordfish"}})

    garden.advance(Step("ask", look), redact=Redactor().clean)
    text = next(garden.root.rglob("*.json")).read_text()
    assert "swordfish" not in text
    argv = garden.receipts()[0].steps[0].commands[0].argv
    assert argv == ("echo", "--password", "[redacted]", "--table", "beds")


def test_a_display_is_told_what_happens_in_order(garden: Garden) -> None:
    garden.advance(planting())
    kinds = [type(event) for event in garden.events]
    assert kinds == [PhaseStarted, StepStarted, StepChanging, StepEnded, PhaseEnded]


def test_facts_of_a_done_run_are_the_baseline_of_the_next(garden: Garden) -> None:
    garden.advance(Step("count", lambda c: Seen(True, "3", facts={"seeds": {3, 1}})))
    outcome = garden.advance(Step("same", lambda c: Seen(True, str(c.baseline("seeds")))))
    assert outcome.steps[0].seen == "[1, 3]"


def test_nothing_is_sent_when_the_intent_cannot_be_written(garden: Garden) -> None:
    def fill(c: Host) -> Seen:
        run.close()  # the journal's descriptor is gone, as on a disk that failed
        return Seen(False, "bare")

    run = garden.begin()
    transport = garden.transport()
    step = Step("bed", fill, append("bed", "beans"))
    loop, phase, none = a_loop(), a_phase(), Registry()
    with pytest.raises(RecordFailed, match="journal"):
        run_phase(garden, loop, phase, None, bound([step]), run, registry=none, transport=transport)
    assert garden.wire().sent == []
    assert transport.open == 0


# ── What a phase may give ───────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        ([], "returned no steps"),
        ([planting(), planting()], "two steps are called"),
        (["a string"], "returned str where a Step"),
    ],
)
def test_a_phase_without_sound_steps_is_not_run(garden: Garden, steps: list, why: str) -> None:  # type: ignore[type-arg]
    with pytest.raises(RunbookError) as raised:
        garden.advance(*steps)
    assert why in str(raised.value)
    assert garden.wire().sent == []


def test_a_read_only_phase_with_a_change_is_not_run(garden: Garden) -> None:
    with pytest.raises(RunbookError, match="read-only"):
        garden.advance(planting(), read_only=True)


def test_a_phase_function_that_breaks_names_the_runbook(garden: Garden) -> None:
    broken = replace(bound([]), function=raising(ValueError("no such bed")))
    with pytest.raises(RunbookError) as raised:
        steps_of(broken, None, local_hosts(garden.root))
    assert raised.value.where == "runbooks/garden.py:1"
    assert raised.value.why == "no such bed"


def test_a_host_that_is_not_there_is_found_before_anything_is_recorded_or_sent(
    garden: Garden,
) -> None:
    garden.missing = frozenset({"barn"})
    with pytest.raises(SettingsError, match="no host is called barn"):
        garden.advance(planting(), planting(host="barn"))
    loop = a_loop(a_phase(), non_goals=["Do NOT burn the barn"])
    kept = replace(invariant("Do NOT burn", lambda c: c.read("ls").stdout), host="barn")
    with pytest.raises(SettingsError, match="no host is called barn"):
        garden.advance(planting(), loop=loop, invariants=[kept])
    assert garden.wire().sent == []
    assert garden.events == []
    journals = garden.root.rglob("*.jsonl")
    assert [len(path.read_bytes().splitlines()) for path in journals] == [1, 1]


def test_a_change_is_sent_by_the_host_that_it_is_given_and_by_no_other(garden: Garden) -> None:
    kept: list[Host] = []
    step = Step("bed", seeing(False), lambda c: append("bed", "beans")(kept[0]))

    def keep(c: Host) -> list[Step]:
        kept.append(c)
        return [step]

    phase = replace(bound([step]), function=keep)
    run, transport = garden.begin(), garden.transport()
    outcome = run_phase(
        garden, a_loop(), a_phase(), None, phase, run, registry=Registry(), transport=transport
    )
    assert outcome.result is Result.REFUSED
    assert "a change is given one of its own" in outcome.steps[0].reason
    assert garden.wire().sent == []


def test_the_same_name_on_two_hosts_is_two_steps(garden: Garden) -> None:
    outcome = garden.advance(planting(), planting(host="barn"))
    assert [s.host for s in outcome.steps] == ["shed", "barn"]


def test_a_mode_that_only_reads_is_the_hosts_own_rule(garden: Garden) -> None:
    with pytest.raises(NotReadOnly):
        local_hosts(garden.root)["shed"].change("touch", "bed")
