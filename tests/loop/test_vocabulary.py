"""The vocabulary is data: each language says everything, and no word says two things."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from loopkit.loop.model import LoopStatus, PhaseStatus
from loopkit.loop.words import reference
from loopkit.loop.words.grammar import says_nothing
from loopkit.loop.words.language import Column, Language, Meaning, Topic
from loopkit.loop.words.phrases import Phrases, fold, key, tokens
from loopkit.loop.words.signs import BOXES, SHORT_CODES, SIGN_STATUS
from loopkit.loop.words.vocabulary import (
    answer,
    columns_named,
    dependency_words,
    is_total,
    label_words,
    languages,
    meaning_named,
    number_named,
    split,
    topics_named,
    wait_words,
)

EVERY = pytest.mark.parametrize("language", languages(), ids=lambda language: language.name)


@EVERY
def test_a_language_leaves_nothing_unsaid(language: Language) -> None:
    optional = {"shy", "mild", "firm"}
    empty = [name for name in Language._fields if not getattr(language, name)]
    assert set(empty) <= optional
    assert set(language.phases) == set(PhaseStatus)
    assert set(language.loops) == set(LoopStatus)
    assert set(language.columns) == set(Column)
    assert set(language.topics) == set(Topic)
    assert set(Meaning) - {Meaning.OTHER} == set(language.fields)


@EVERY
def test_no_status_word_of_a_language_means_two_things(language: Language) -> None:
    for table in (language.phases, language.loops):
        meant: dict[str, set[str]] = defaultdict(set)
        for status, words in table.items():
            for word in split(words):
                meant[fold(word)].add(status)
        assert {word for word, said in meant.items() if len(said) > 1} == set()


def test_no_status_word_means_another_thing_in_another_language() -> None:
    for name in ("phases", "loops"):
        meant: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for language in languages():
            for status, words in getattr(language, name).items():
                for word in split(words):
                    meant[tuple(token.word for token in tokens(word))].add(status)
        assert {word: said for word, said in meant.items() if len(said) > 1} == {}


def test_no_number_word_says_two_numbers() -> None:
    said: dict[str, set[int]] = defaultdict(set)
    for language in languages():
        for value, forms in enumerate(split(language.numbers)):
            for form in forms.split("/"):
                said[fold(form)].add(value)
    assert {word for word, values in said.items() if len(values) > 1} == set()


def test_every_phrase_has_a_word_in_it() -> None:
    for language in languages():
        for name in Language._fields:
            value = getattr(language, name)
            texts = value.values() if isinstance(value, dict) else [value]
            for text in texts if name not in ("name", "columns") else ():
                assert [word for word in split(text) if not tokens(word)] == [], name


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Phase 1", "english"),
        ("Schritt 2", "german"),
        ("Étape 3", "french"),
        ("etape 3", "french"),
        ("Paso 1", "spanish"),
        ("Marco 4", "portuguese"),
        ("阶段 0：准备", "chinese"),
        ("フェーズ1", "japanese"),
        ("Этап 1. Подготовка", "russian"),
    ],
)
def test_what_a_phase_is_called_is_known_in_every_language(text: str, label: str) -> None:
    found = label_words().search(text)
    assert found is not None
    assert (found.start, found.value) == (0, label)


def test_numbers_are_read_as_words() -> None:
    written = ["One", "zwei", "Trois", "cuatro", "cinco", "六", "七", "восемь", "nine"]
    assert [number_named(word) for word in written] == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert number_named("many") is None


def test_columns_are_found_by_what_people_call_them() -> None:
    assert Column.STATUS in columns_named("**Status**")
    assert Column.STATUS in columns_named("状态")
    assert Column.DEPENDS in columns_named("Depends-On:")
    assert Column.DEPENDS in columns_named("Abhängigkeit")
    assert Column.DONE in columns_named("Done?")
    assert columns_named("Task") == {Column.PHASE, Column.TITLE}
    assert columns_named("Colour") == frozenset()


def test_fields_are_found_by_what_people_call_them() -> None:
    called = [
        "creation-date",
        "created_date",
        "Erstellt",
        "Lead",
        "Ответственный",
        "状態",
        "Colour",
    ]
    assert [meaning_named(name) for name in called] == [
        Meaning.CREATED,
        Meaning.CREATED,
        Meaning.CREATED,
        Meaning.OWNER,
        Meaning.OWNER,
        Meaning.STATUS,
        Meaning.OTHER,
    ]


def test_headings_say_what_their_section_is_about() -> None:
    assert Topic.CRITERIA in topics_named("Definition of Done")
    assert Topic.CRITERIA in topics_named("Go/No-Go")
    assert Topic.NON_GOALS in topics_named("Won’t do")
    assert Topic.NON_GOALS in topics_named("Out of scope (for now)")
    assert Topic.PHASES in topics_named("任务清单")
    assert topics_named("Greetings") == frozenset()


def test_dependency_and_wait_words_are_found_inside_a_sentence() -> None:
    found = dependency_words().search("It depends on Phase 1.")
    assert found is not None
    assert "It depends on Phase 1."[found.start : found.end] == "depends on"
    assert dependency_words().search("Hängt ab von P1") is not None
    assert wait_words().search("Soak 24h") is not None
    assert wait_words().search("nothing here") is None


def test_yes_no_and_totals_are_whole_cells() -> None:
    assert [answer(cell) for cell in ("**Yes**", "нет", "maybe", "yes, mostly")] == [
        True,
        False,
        None,
        None,
    ]
    assert is_total("**Total**")
    assert not is_total("Total rebuild")


@pytest.mark.parametrize(
    "cell", ["None", "none (remote)", "_(none — LOOP-A closed)_", "—", "", "keine", "Keine (lokal)",
             "aucune", "ninguna", "nenhuma", "无", "無し", "нет", "N/A"]
)  # fmt: skip
def test_a_cell_that_names_nothing_waits_for_nothing(cell: str) -> None:
    assert says_nothing(cell)


@pytest.mark.parametrize(
    "cell", ["none of the beds", "keine Freigabe", "нет доступа", "aucun accès", "无人值守", "P1"]
)
def test_a_cell_that_names_what_is_lacking_waits_for_it(cell: str) -> None:
    assert not says_nothing(cell)


def test_phrases_are_found_whole_and_the_longest_first() -> None:
    entries = [("not started", 1), ("started", 2), ("未完成", 3), ("完成", 4)]
    phrases = Phrases((key(words), value) for words, value in entries)
    text = "Not-Started, **not** started; not, started; unstarted 未完成 完成"
    assert [found.value for found in phrases.find(text)] == [1, 1, 2, 3, 4]


def test_accents_and_case_make_no_other_word() -> None:
    assert fold("TERMINÉE") == fold("terminee") == fold("termine\u0301e")
    assert fold("Завершён") == fold("завершен")
    assert [token.word for token in tokens("termine\u0301e d’ici")] == ["terminee", "d'ici"]


def test_signs_and_short_codes_agree() -> None:
    assert set(SHORT_CODES.values()) <= set(SIGN_STATUS)
    assert BOXES["x"] is SIGN_STATUS["✅"] is PhaseStatus.DONE


def test_no_language_is_loaded_before_it_is_asked_for() -> None:
    code = (
        "import sys, loopkit.loop.parse.reader\n"
        "loaded = [m for m in sys.modules if m.startswith('loopkit.loop.words.languages.')]\n"
        "print(loaded)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_words_in_the_docs_are_those_that_are_read() -> None:
    page = Path(__file__).parents[2] / "docs" / "format.md"
    assert page.read_text("utf-8").endswith(reference.page() + "\n")
