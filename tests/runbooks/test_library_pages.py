"""docs/facts.md and docs/operations.md list every name, and each example does what they say."""

from __future__ import annotations

import ast
import contextlib
import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from loopkit import facts, operations
from loopkit.effects.run.policy import Policy
from loopkit.runbook import Job, Reply, Step
from tests.runbooks.books import ROOT
from tests.runbooks.indoors import House, Indoors

PAGES = {
    "facts": (ROOT / "docs/facts.md").read_text(encoding="utf-8"),
    "operations": (ROOT / "docs/operations.md").read_text(encoding="utf-8"),
}
NAMES = {"facts": facts.__all__, "operations": operations.__all__}
ROW = re.compile(r"^\| `(\w+)` \| [^|]+ \|(?: `([^|]+)` \| `([^|]*)` \|)?$", re.MULTILINE)
BLOCK = re.compile(r"^```python\n(.*?)^```\n\n```text\n(.*?)^```$", re.DOTALL | re.MULTILINE)
EXAMPLES = [row[1:] for row in ROW.findall(PAGES["facts"])]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_lists_every_public_name_once(page: str) -> None:
    assert sorted(row[0] for row in ROW.findall(PAGES[page])) == sorted(NAMES[page])


@pytest.mark.parametrize("page", PAGES)
def test_what_the_modules_define_in_public_is_what_the_package_gives(page: str) -> None:
    found = set()
    for path in (ROOT / "loopkit" / page).glob("[!_]*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            found |= {name for name in defined(node) if not name.startswith("_")}
    assert found == set(NAMES[page])


def defined(node: ast.stmt) -> set[str]:
    match node:
        case ast.FunctionDef() | ast.ClassDef():
            return {node.name}
        case ast.Assign():
            return {target.id for target in node.targets if isinstance(target, ast.Name)}
        case ast.AnnAssign(target=ast.Name(id=name)):
            return {name}
    return set()


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> House:
    return House.at(tmp_path_factory.mktemp("facts") / "work")


class Looked(Indoors):
    """A host in a look that no runbook declared anything for."""

    def read(self, *argv: str, **more: Any) -> Reply:
        assert Policy().refuses(argv) == ""
        return super().read(*argv, **more)


@pytest.mark.parametrize(("example", "gives"), EXAMPLES, ids=[one for one, _ in EXAMPLES])
def test_a_fact_is_what_the_page_says(untouched: House, example: str, gives: str) -> None:
    names = {"facts": facts, "datetime": datetime, "timedelta": timedelta, "UTC": UTC}
    hosts = {"c": "infra-core", "nas": "nas", "pve": "pve"}
    given = {**names, **{name: Looked(host, untouched) for name, host in hosts.items()}}
    assert repr(eval(example, given)) == gives


def test_the_facts_page_begins_with_a_look(untouched: House) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", PAGES["facts"], re.DOTALL)
    given: dict[str, Any] = {}
    exec(block, given)
    assert given["room"](untouched.host("infra-core")).so


def test_every_operation_of_the_page_does_what_the_page_says(tmp_path: Path) -> None:
    house = House.at(tmp_path / "work")
    blocks = BLOCK.findall(PAGES["operations"])
    assert len(blocks) == PAGES["operations"].count("```python")
    for code, said in blocks:
        assert shown(code, house) == said


def shown(code: str, house: House) -> str:
    """Returns what a block prints, then each step that it gives and how it ended, done twice."""
    given: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(code, given)
    host = given.get("HOST", "infra-core")
    steps = given["steps"](house.host(host)) if "steps" in given else []
    lines = [f"{step.name}: {ended(step, house.host(step.host or host))}\n" for step in steps]
    again = [ended(step, house.host(step.host or host)) for step in steps]
    assert again == ["ok"] * len(steps)
    return printed.getvalue() + "".join(lines)


def ended(step: Step | Job, c: Indoors) -> str:
    if step.look(c).so:
        return "ok"
    if isinstance(step, Job):
        c.change(*step.argv)
    else:
        assert step.change is not None
        step.change(c)
    seen = step.look(c)
    assert seen.so, seen.text
    return "changed"


def test_every_public_operation_is_in_an_example() -> None:
    code = "".join(block for block, _ in BLOCK.findall(PAGES["operations"]))
    missing = [name for name in operations.__all__ if not re.search(rf"\b{name}\b", code)]
    assert missing == []
