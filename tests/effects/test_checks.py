"""What only looks: capabilities, criteria, Non-Goals on their own, and a plan's probe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loopkit.effects.evidence.journal import begin
from loopkit.effects.evidence.receipt import Kind
from loopkit.effects.run.checks import check_invariants, probe, run_capability, run_criteria
from loopkit.effects.run.results import result_of
from loopkit.errors import HostUnreachable, UsageError
from loopkit.loop.model import Criterion, Place
from loopkit.loop.outcome import PhaseOutcome, Result, StepOutcome
from loopkit.registry import BoundCapability, BoundCriterion, Registry
from loopkit.runbook import Host, Job, Report, Row, Seen, Step
from tests.effects.stage import LOOP_ID, Garden, a_loop, a_phase, bound, holds, invariant, planting

WHERE = ("", "garden:check", "runbooks/garden.py:20", "")


@pytest.fixture
def garden(tmp_path: Path) -> Garden:
    return Garden(tmp_path)


# ── Capabilities ────────────────────────────────────────────────────────────


def capability(garden: Garden, function: Callable[[Host], Report], **more: Any) -> Report:
    registry = Registry(
        capabilities={"bed.status": BoundCapability(function, *WHERE, "bed.status", "shed")}
    )
    return run_capability(
        garden, "bed.status", registry=registry, transport=garden.transport(), **more
    )


def test_a_capability_reports_what_it_saw(garden: Garden) -> None:
    garden.file("bed").write_text("beans\n")

    def look(c: Host) -> Report:
        return Report((Row("bed", "OK", c.read("cat", "bed").stdout.strip(), True),))

    assert capability(garden, look).rows == (Row("bed", "OK", "beans", True),)


def test_a_host_that_does_not_answer_is_unknown_and_never_missing(garden: Garden) -> None:
    def look(c: Host) -> Report:
        raise HostUnreachable("barn does not answer", host="barn", why="no route")

    report = capability(garden, look)
    assert report.ok is None
    assert report.rows == (Row("barn", "UNKNOWN", "barn does not answer: no route", None),)


def test_a_capability_tells_no_secret(garden: Garden) -> None:
    report = capability(
        garden,
        lambda c: Report((Row("hunter2", "OK", "hunter2", True),)),
        redact=lambda text: text.replace("hunter2", "***"),
    )
    assert report.rows == (Row("***", "OK", "***", True),)


def test_a_name_that_no_capability_has_lists_those_there_are(garden: Garden) -> None:
    registry = Registry(
        capabilities={"a.b": BoundCapability(lambda c: Report(()), *WHERE, "a.b", "")}
    )
    with pytest.raises(UsageError) as raised:
        run_capability(garden, "nothing", registry=registry, transport=garden.transport())
    assert raised.value.why == "there are a.b"


# ── Criteria ────────────────────────────────────────────────────────────────


def criteria(garden: Garden, **looks: Callable[[Host], Seen]) -> dict[str, StepOutcome]:
    texts = ["Beans grow", "Peas grow", "Nobody asked"]
    loop = replace(a_loop(), criteria=tuple(Criterion(t, "", Place(40)) for t in texts))
    registry = Registry(
        criteria=[
            BoundCriterion(look, *WHERE, LOOP_ID, name.capitalize(), "shed")
            for name, look in looks.items()
        ]
    )
    found = run_criteria(garden, loop, registry=registry, transport=garden.transport())
    assert [c.text for c, _ in found] == texts
    return {criterion.text: outcome for criterion, outcome in found}


def test_every_criterion_has_one_verdict(garden: Garden) -> None:
    garden.file("bed").write_text("beans\n")
    found = criteria(garden, beans=holds("bed", "beans"), peas=holds("bed", "peas"))
    assert [o.result for o in found.values()] == [Result.OK, Result.FAILED, Result.UNKNOWN]


def test_a_criterion_that_nobody_bound_a_check_to_is_unknown(garden: Garden) -> None:
    outcome = criteria(garden)["Nobody asked"]
    assert outcome.result is Result.UNKNOWN
    assert outcome.seen == "nobody bound a check to it"


def test_a_criterion_whose_host_is_gone_is_unknown(garden: Garden) -> None:
    garden.wire().unreachable = True
    assert criteria(garden, beans=holds("bed", "beans"))["Beans grow"].result is Result.UNKNOWN


def test_a_criterion_may_not_change_anything(garden: Garden) -> None:
    def look(c: Host) -> Seen:
        c.change("touch", "bed")
        return Seen(True, "touched")

    assert criteria(garden, beans=look)["Beans grow"].result is Result.REFUSED
    assert not garden.file("bed").exists()


def test_checks_that_are_recorded_leave_a_receipt_with_their_commands(garden: Garden) -> None:
    loop = replace(a_loop(), criteria=(Criterion("Beans grow", "", Place(40)),))
    registry = Registry(
        criteria=[BoundCriterion(holds("bed", "beans"), *WHERE, LOOP_ID, "Beans", "shed")]
    )
    run = begin(garden.histories, LOOP_ID, "", who="ann", kind=Kind.VERIFY)
    run_criteria(garden, loop, registry=registry, transport=garden.transport(), run=run)
    result, exit_code = result_of(run.outcomes())
    run.finish(PhaseOutcome("", result, run.outcomes(), exit_code=exit_code))
    (receipt,) = garden.receipts()
    assert (receipt.kind, receipt.exit_code) == (Kind.VERIFY, 1)
    assert receipt.steps[0].commands[0].argv == ("cat", "bed")


# ── Non-Goals, probes ───────────────────────────────────────────────────────


def test_non_goals_are_compared_with_the_first_run(garden: Garden) -> None:
    garden.file("fence").write_text("north\n")
    goals = a_loop(a_phase(), non_goals=["Do NOT move the fence"])
    own = [invariant("Do NOT move", lambda c: c.read("cat", "fence").stdout)]
    garden.advance(planting(), loop=goals, invariants=own)

    def check() -> Result:
        (outcome,) = check_invariants(
            garden,
            goals,
            registry=Registry(invariants=own),
            earlier=garden.history(),
            transport=garden.transport(),
        )
        return outcome.result

    assert check() is Result.OK
    garden.file("fence").write_text("south\n")
    assert check() is Result.FAILED


def test_a_probe_says_how_each_step_stands_and_does_nothing(garden: Garden) -> None:
    garden.file("bed").write_text("beans\n")
    steps: list[Step | Job] = [
        planting("beans"),
        planting("peas"),
        Step("sun", lambda c: Seen(False, "it rains")),
        Step("fog", lambda c: Seen(None, "fog")),
        Job("ripen", holds("bed", "ripe"), ("true",)),
    ]
    found = probe(garden, bound(steps), None, registry=Registry(), transport=garden.transport())
    assert [(p.name, p.so) for p in found] == [
        ("beans in bed", True),
        ("peas in bed", False),
        ("sun", False),
        ("fog", None),
        ("ripen", False),
    ]
    assert garden.file("bed").read_text() == "beans\n"
    assert not (garden.root / ".loopkit").exists()


def test_a_probe_of_a_host_that_is_gone_is_unknown(garden: Garden) -> None:
    garden.wire().unreachable = True
    found = probe(
        garden, bound([planting()]), None, registry=Registry(), transport=garden.transport()
    )
    assert [(p.so, p.help) for p in found] == [(None, "ssh -v")]
