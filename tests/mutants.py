"""Plants faults in the modules that decide what may run, and prints those that no test notices.

    pip install -e '.[test,mutation]'
    python -m tests.mutants [MODULE …]

mutmut changes one thing at a time (`and` to `or`, an argument to None) in a copy of the checkout,
and runs the tests that reach the changed function. A change that leaves every test green survived.
One of texts alone is counted apart, as wording; any other is a decision that no test holds, unless
it is listed here as equivalent. Exit status 1 says that a decision survived, or that the list
names what no longer does.

mutmut leaves decorated functions alone: properties and context managers are not among the figures.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
GUARDS = (
    "loopkit/loop/plan.py",
    "loopkit/loop/settle.py",
    "loopkit/effects/run/policy.py",
    "loopkit/effects/run/guard.py",
    "loopkit/effects/evidence/history.py",
)
TESTS = (
    "tests/loop/test_plan.py",
    "tests/loop/test_settle.py",
    "tests/effects/test_policy.py",
    "tests/effects/test_guard.py",
    "tests/effects/test_history.py",
)
_CONFIGURATION = """
[tool.mutmut]
source_paths = ["loopkit"]
only_mutate = {modules}
pytest_add_cli_args = ["-n", "0"]
pytest_add_cli_args_test_selection = {tests}
also_copy = ["tests", "loops", "runbooks"]
"""
_MUTMUT = (sys.executable, "-m", "mutmut")


@dataclass(frozen=True)
class Equivalent:
    """A change that nobody can see the effect of, by the statements that it changes, and why."""

    module: str
    function: str
    lines: tuple[str, ...]
    why: str


EQUIVALENT = (
    Equivalent(
        "loopkit/loop/plan.py",
        "_said_by_loopkit",
        (
            "-return bool(_RUN.search(of.status_text or ''))",
            "+return bool(_RUN.search(of.status_text or 'XXXX'))",
        ),
        "what stands for a status that is not written names no run either",
    ),
    Equivalent(
        "loopkit/loop/plan.py",
        "_about",
        ("-case _:", "-return ''"),
        "without its last case the match gives None, and a note that is None is none",
    ),
)


@dataclass(frozen=True)
class Mutant:
    """One change: the statements that it takes out and puts in, as Python writes them."""

    module: str
    function: str
    status: str
    lines: tuple[str, ...]
    is_wording: bool

    @property
    def listed(self) -> Equivalent | None:
        """Returns what the list of equivalent changes says of it."""
        own = (self.module, self.function, self.lines)
        return next((e for e in EQUIVALENT if own == (e.module, e.function, e.lines)), None)

    @property
    def kind(self) -> str:
        """Returns the column of the figures that it is counted in."""
        if self.status in ("killed", "timeout", "segfault"):
            return "killed"
        return "wording" if self.is_wording else "equivalent" if self.listed else "alive"


def main(argv: Sequence[str]) -> int:
    """Prints the figures and the survivors, and returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("modules", nargs="*", metavar="MODULE", default=GUARDS)
    modules = parser.parse_args(argv).modules
    with tempfile.TemporaryDirectory() as name:
        run(Path(name), modules)
        mutants = list(planted(Path(name)))
    print(figures(mutants))
    alive = [each for each in mutants if each.kind == "alive"]
    for each in alive:
        print(f"\n{each.module}: {each.function} ({each.status})", *each.lines, sep="\n")
    old = sorted(idle(mutants, modules))
    print(*(f"\nlisted as equivalent, and nothing survived there: {each}" for each in old))
    return 1 if alive or old or not mutants else 0


def run(copy: Path, modules: Sequence[str]) -> None:
    """Runs mutmut in a copy of the checkout, which it leaves its files in."""
    listed = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, copy / name)
    with (copy / "pyproject.toml").open("a") as settings:
        settings.write(_CONFIGURATION.format(modules=list(modules), tests=list(TESTS)))
    done = subprocess.run([*_MUTMUT, "run"], cwd=copy, capture_output=True, text=True, check=False)
    if not (copy / "mutants").is_dir() or done.returncode:
        sys.exit(f"mutmut did not run:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def planted(copy: Path) -> Iterator[Mutant]:
    """Yields every change that mutmut made, with what came of it."""
    results = [*_MUTMUT, "results", "--all", "true"]
    said = subprocess.run(results, cwd=copy, capture_output=True, text=True, check=True).stdout
    for line in said.splitlines():
        name, _, status = line.strip().partition(": ")
        module, _, changed = name.rpartition(".")
        module = module.replace(".", "/") + ".py"
        functions = _functions(copy / "mutants" / module)
        before = functions[changed.partition("__mutmut_")[0] + "__mutmut_orig"]
        after = functions[changed]
        own = changed.partition("__mutmut_")[0].removeprefix("x_").removeprefix("xǁ")
        wording = _without_texts(before) == _without_texts(after)
        yield Mutant(module, own.replace("ǁ", "."), status, _changed(before, after), wording)


@cache
def _functions(path: Path) -> Mapping[str, ast.FunctionDef]:
    """Returns the functions of a file by name: mutmut puts each change beside what it changed."""
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    return {node.name: node for node in nodes if isinstance(node, ast.FunctionDef)}


def _changed(before: ast.FunctionDef, after: ast.FunctionDef) -> tuple[str, ...]:
    marked = difflib.ndiff(_body(before).splitlines(), _body(after).splitlines())
    return tuple(line[0] + line[1:].strip() for line in marked if line[0] in "+-")


def _body(function: ast.FunctionDef) -> str:
    return ast.unparse(ast.Module(function.body, []))


def _without_texts(function: ast.FunctionDef) -> str:
    return ast.dump(_WithoutTexts().visit(ast.parse(_body(function))))


class _WithoutTexts(ast.NodeTransformer):
    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        """Takes out a text that people read: it has a space in it, as no option or key has."""
        is_text = isinstance(node.value, str) and " " in node.value
        return ast.Constant("a text") if is_text else node


def idle(mutants: Sequence[Mutant], modules: Sequence[str]) -> Iterator[str]:
    """Yields what is listed as equivalent though nothing such survived."""
    met = {each.listed for each in mutants if each.kind == "equivalent"}
    for each in EQUIVALENT:
        if each.module in modules and each not in met:
            yield f"{each.module}: {each.function}: {' '.join(each.lines)}"


def figures(mutants: Sequence[Mutant]) -> str:
    """Returns one line a module: how many changes were killed, and how many were not."""
    kinds = ("killed", "alive", "equivalent", "wording")
    counts = {module: Counter[str]() for module in sorted({each.module for each in mutants})}
    for each in mutants:
        counts[each.module][each.kind] += 1
    counts["all"] = sum(counts.values(), Counter())
    rows = [("", *kinds), *((m, *(str(c[kind]) for kind in kinds)) for m, c in counts.items())]
    return "\n".join(f"{row[0]:40}" + "".join(f"{cell:>12}" for cell in row[1:]) for row in rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
