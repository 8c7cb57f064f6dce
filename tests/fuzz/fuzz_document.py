"""A coverage-guided fuzzer of the reader and the writer: a command.

    pip install atheris
    python -m tests.fuzz.fuzz_document [CORPUS] [-max_total_time=600] [any libFuzzer option]

A document is anything; its first line is also the evidence that is written into it. Inputs that
reach new code are kept in CORPUS, a new folder unless one is named; `seeds/` has a small document
of each shape to begin with.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import date
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["loopkit", "markdown_it", "yaml"]):
    from loopkit.errors import NotUtf8, ReadBackFailed
    from loopkit.loop.change import AddEvidence, Change, SetLoopStatus, SetPhaseStatus
    from loopkit.loop.edit.writer import rewrite
    from loopkit.loop.merge import merge
    from loopkit.loop.model import LoopStatus, PhaseStatus
    from loopkit.loop.outcome import ListBlock, TableBlock, TextBlock
    from loopkit.loop.parse.reader import LoopFile, read
    from loopkit.markdown.source import Source

ON = date(2026, 3, 14)
HERE = Path(__file__).parent


def one_input(data: bytes) -> None:
    """Reads one document, edits it in every way, and checks what must always hold."""
    try:
        source = Source.decode(data, "fuzzed.md")
    except NotUtf8:
        return
    file = read(source, "fuzzed.md")
    if rewrite(file, []) is not file or source.encode() != data:
        raise AssertionError("bytes that nobody changed are not the same")
    for change in _changes(file, source.text.split("\n")[0]):
        _edited(file, change)


def _changes(file: LoopFile, hostile: str) -> list[Change]:
    changes: list[Change] = [SetLoopStatus(LoopStatus.CLOSED, ON)]
    for phase in file.loop.phases[:2]:
        changes += [SetPhaseStatus(phase.id, PhaseStatus.DONE, hostile[:40])]
        blocks = (
            TableBlock(hostile, (hostile,), ((hostile, "x"),)),
            TextBlock(hostile),
            ListBlock("", (hostile,)),
        )
        changes.append(AddEvidence(phase.id, "Evidence", ON, blocks))
    return changes


def _edited(file: LoopFile, change: Change) -> None:
    """Makes a change; a refusal is right, anything else must hold what was meant."""
    try:
        after = rewrite(file, [change])
    except ReadBackFailed:
        return
    if rewrite(after, [change]).source != after.source:
        raise AssertionError(f"made twice, {change!r} gives other bytes")
    if merge(file.source, after.source, file.source) != after.source:
        raise AssertionError(f"merged with nothing, {change!r} is lost")


def main() -> None:
    """Runs libFuzzer on the corpus that the command names, else on one of its own."""
    named = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    options = [argument for argument in sys.argv[1:] if argument.startswith("-")]
    inputs = named or [tempfile.mkdtemp(prefix="loopkit-fuzz-")]
    if not Path(inputs[0]).is_file():  # a file is one input to be tried again
        print(f"corpus: {inputs[0]}")
        inputs.append(str(HERE / "seeds"))
    atheris.Setup([sys.argv[0], *inputs, *options], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
