"""Done is said whole: what a status says, in eight languages, both ways."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loopkit.loop.model import LoopStatus, PhaseStatus
from loopkit.loop.parse.inline_status import stated_in_title
from loopkit.loop.words.language import Language
from loopkit.loop.words.status import read_loop_status, read_status
from loopkit.loop.words.vocabulary import languages, split
from loopkit.markdown.document import Piece
from loopkit.markdown.source import Span

DONE = PhaseStatus.DONE
PENDING = PhaseStatus.PENDING
BEGUN = PhaseStatus.IN_PROGRESS
BLOCKED = PhaseStatus.BLOCKED
FAILED = PhaseStatus.FAILED
SKIPPED = PhaseStatus.SKIPPED
UNCLEAR = PhaseStatus.UNKNOWN

ENGLISH = {
    DONE: """
        done
        DONE
        **done**
        `done`
        "done"
        _Done._
        done!
        **done** (prior session)
        Done 2026-02-03
        done on 2026-02-03T10:15Z
        Done Feb 3
        Completed 3 February 2026
        done yesterday
        done by @kaj
        Done — @kaj
        done in #12
        Done in [#12](https://example.org/12)
        [Done](p1.md)
        Done (see [the log](log.md))
        done, see https://example.org/not-started
        DONE — destroyed 2026-02-10, pools removed
        DONE - 10/10 containers healthy
        VERIFIED — soak passed 2026-02-10, ready for decom
        done; next: P3
        Done and verified
        Completed & closed
        Complete (live on VM 214)
        DONE (6/6 files valid)
        done (no errors, nothing missing)
        done without errors
        done (was blocked on the vendor)
        all done
        fully complete
        All tasks completed
        Phase complete
        Status: done
        5/5
        5 of 5 done
        100%
        100 % done
        ✅
        ✔️ Done
        ✅ Complete
        ☑
        :white_check_mark:
        :heavy_check_mark: Done
        [x]
        [X] done
        ~~pending~~ done
        <del>open</del> done
        done <!-- pending until Friday -->
        Implemented
        Deployed to production
        merged to main in bbe30a3
        completed in-session
        DONE (no actionable gaps: superseded proposal ids were stale)
        done (one host deferred to LOOP-ROOF)
        done (service running)
    """,
    BEGUN: """
        in progress
        in-progress
        IN_PROGRESS
        Active
        wip
        80%
        80% done
        done: 80%
        Nearly complete
        almost done
        Mostly done
        half done
        partially complete (two of five beds moved)
        Partially
        DONE (partial)
        done (mostly)
        not fully done
        3/5
        done 3/5
        2/7 COMPLETE
        **2/7 COMPLETE**
        2 of 5 done
        two of five done
        done (3 of 5)
        ⚠️ CLI done, API open
        Design complete (9 July), build not started
        Code complete, not deployed
        Done, build not started
        done (P3 pending)
        ✅ design, ⏳ build
        ✅ in progress
        🚧
        🔄 Running
        🟡 In Progress
        [/]
        [~] done
        In review
        Testing
        ~~done~~ in progress
        ⚠️ done
    """,
    PENDING: """
        pending
        open
        To do
        todo
        ready
        not started
        **NOT STARTED**
        not-yet-started
        Not yet
        not done
        not yet done
        isn't done
        Not complete
        hasn't been completed
        incomplete
        undone
        unfinished
        never completed
        to be done
        0%
        0 of 5
        0/5 done
        none done
        nothing done yet
        ✅ Ready to start
        ✅ Unblocked
        Unblocked
        ❌ Not started
        ⏳
        ⌛ waiting
        🔜
        ⬜
        [ ]
        :x: Not started
        READY once P6 and P9 complete
        pending (wait 24h for the glue)
        reopened (was done)
        ~~done~~ reopened
        Backlog
        Future
        TBD
        pending, P1 is done
        not verified
    """,
    BLOCKED: """
        blocked
        parked
        on hold
        partially blocked
        Blocked until Phase 1 is done
        active (blocked on the vendor)
        ❌ Blocked (no SIM card)
        ⛔
        🔴 blocked
        BLOCKED — 100% of it
        [!]
    """,
    FAILED: "failed\n❌\n❌ (no power)\nfailed twice, done by hand",
    SKIPPED: """
        skipped
        deferred
        Deferred to LOOP-ROOF
        deferred until Q3
        superseded
        n/a
        no longer applicable
        no longer needed
        not planned
        ❌ Cancelled
        Resolved: not planned
        Closed (superseded by P4)
        explicitly deferred
        deferred (blocked on the vendor)
        skipped: failed twice
        deferred, waiting for parts
        won't do
        won’t fix
        [-]
        ⏭️
    """,
    UNCLEAR: """
        Done by Friday
        complete by Q3
        done by the vendor next week
        done when P3 is done
        done once the disk is in
        done if the vendor agrees
        done until the next reboot
        Verified weekly
        done?
        Done?? (ask Kaj)
        should be done
        will be completed
        must be done
        would be done
        needs to be done
        to be verified
        supposedly done
        probably done
        done soon
        done tomorrow
        expected done
        cannot be completed
        definition of done
        was done
        Done, then rolled back
        done, rolled back
        done (rolled back on 2026-02-03)
        done except docs
        done (docs missing)
        done with errors
        Done — 3 errors
        done, but not tested
        done (not on VM 3)
        done, tests outstanding
        Design complete
        CLI done
        all hosts but one done
        Done for staging
        done-ish
        ❌ done
        ⏳ done
        done in theory
        not blocked
        not skipped
        should be skipped
        deferred, now in progress
        skipped, reopened
        done, then cancelled
        Skipped the tests
        skipped?
        Dropped the old table
        ~~done~~
        unknown
        complete the audit
        Import — done when the disk is in
    """,
}

OTHERS = {
    "german": {
        DONE: "erledigt|Fertig|abgeschlossen am 3. Februar|✅ erledigt (siehe Protokoll)"
        "|vollständig umgesetzt|alle Aufgaben erledigt|erledigt ohne Fehler|Erledigt von @jana",
        BEGUN: "in Arbeit|läuft|fast fertig|teilweise erledigt|Größtenteils abgeschlossen"
        "|nicht vollständig erledigt|erledigt (teilweise)|3 von 5 erledigt|zu 80% fertig"
        "|Entwurf fertig, Bau nicht begonnen",
        PENDING: "offen|noch nicht fertig|nicht erledigt|Nicht begonnen|geplant|ausstehend",
        BLOCKED: "blockiert|blockiert bis P1 erledigt ist|pausiert",
        FAILED: "fehlgeschlagen|gescheitert",
        SKIPPED: "entfällt|zurückgestellt|nicht mehr nötig|verschoben auf Mai",
        UNCLEAR: "bis Freitag erledigt|erledigt bis Freitag|soll erledigt werden|wird erledigt"
        "|erledigt, wenn P3 fertig ist|fertig?|erledigt, aber nicht getestet|erledigt außer Doku"
        "|erledigt (fehlt: Doku)|fertig, dann zurückgerollt|voraussichtlich fertig",
    },
    "french": {
        DONE: "terminé|Terminée le 3 février|fait|✅ achevé|entièrement terminé|terminé sans erreur"
        "|TERMINE|livré (voir le journal)",
        BEGUN: "en cours|presque terminé|partiellement fait|terminé (en partie)|3 sur 5 terminés"
        "|pas entièrement terminé",
        PENDING: "à faire|pas commencé|n’est pas terminé|pas encore terminé|non terminé|en attente",
        BLOCKED: "bloqué|bloquée par le fournisseur|en pause",
        FAILED: "échoué|échec",
        SKIPPED: "annulé|reporté à mai|sans objet",
        UNCLEAR: "terminé d’ici vendredi|terminé quand P3 est fait|doit être terminé"
        "|sera terminé demain|terminé ?|terminé sauf la doc|terminé, mais pas testé"
        "|terminé avec des erreurs|probablement terminé",
    },
    "spanish": {
        DONE: "hecho|COMPLETADA|Completado el 3 de febrero|✅ terminado|totalmente completado"
        "|hecho (ver registro)|listo|finalizado sin errores",
        BEGUN: "en curso|casi terminado|parcialmente hecho|hecho (en parte)|3 de 5 completadas"
        "|no del todo terminado",
        PENDING: "pendiente|no completado|aún no terminado|sin empezar|por hacer"
        "|listo para empezar",
        BLOCKED: "bloqueado|en pausa",
        FAILED: "fallido|falló",
        SKIPPED: "cancelado|aplazado hasta mayo|no aplica",
        UNCLEAR: "hecho hasta el viernes|terminado cuando P3 esté hecho|debe ser terminado"
        "|será completado|¿hecho?|hecho excepto la documentación|hecho, pero falta probar"
        "|terminado con errores|probablemente hecho",
    },
    "portuguese": {
        DONE: "concluído|Concluída em 3 de fevereiro|feito|✅ terminado|totalmente concluído"
        "|concluido|entregue (ver registro)",
        BEGUN: "em andamento|quase concluído|parcialmente feito|feito (em parte)"
        "|3 de 5 concluídas|não totalmente concluído",
        PENDING: "pendente|não concluído|ainda não feito|a fazer|não iniciado",
        BLOCKED: "bloqueado|em pausa",
        FAILED: "falhou",
        SKIPPED: "cancelado|adiado|não se aplica",
        UNCLEAR: "concluído até sexta|feito quando P3 estiver feito|deve ser concluído"
        "|será feito amanhã|feito?|feito exceto a documentação|feito, mas falta testar"
        "|concluído com erros|provavelmente feito",
    },
    "chinese": {
        DONE: "已完成|完成|✅ 已完成|全部完成|已完成（2月3日）|完成了|已上线|顺利完成",
        BEGUN: "进行中|部分完成|基本完成|几乎完成|已完成（部分）|3/5 完成|🚧 进行中",
        PENDING: "未开始|未完成|尚未完成|还没有完成|没有完成|待办|待完成",
        BLOCKED: "阻塞|暂停",
        FAILED: "失败",
        SKIPPED: "已取消|推迟|不适用",
        UNCLEAR: "预计完成|即将完成|应该完成|完成后|下周完成|完成？|已完成，但有错误"
        "|已完成，缺少文档|已完成，后来回滚|设计完成",
    },
    "japanese": {
        DONE: "完了|済み|✅ 完了|すべて完了|完了しました|完了（2月3日）|作業完了|対応済み",
        BEGUN: "進行中|作業中|一部完了|ほぼ完了|部分的に完了|完了（一部）|3/5 完了",
        PENDING: "未着手|未完了|完了していない|完了していません|まだ完了していない|予定|完了予定",
        BLOCKED: "保留|ブロック",
        FAILED: "失敗",
        SKIPPED: "中止|延期|対象外",
        UNCLEAR: "金曜までに完了|完了見込み|完了次第|完了したら|来週完了|完了？"
        "|完了、ただしエラーあり|完了（残りあり）|完了後|設計完了",
    },
    "russian": {
        DONE: "готово|Завершён|сделано|✅ выполнено|полностью готово|завершено 3 февраля|завершен"
        "|готово без ошибок",
        BEGUN: "в работе|почти готово|частично выполнено|готово (частично)|3 из 5 готово"
        "|не полностью готово|готово, но не проверено",
        PENDING: "не начато|не готово|ещё не сделано|не завершено|запланировано",
        BLOCKED: "заблокировано|приостановлено",
        FAILED: "провалено|не удалось",
        SKIPPED: "отменено|отложено до мая|не требуется",
        UNCLEAR: "готово к пятнице|будет готово|должно быть готово|готово, когда P3 сделано"
        "|готово?|готово, кроме документации|готово с ошибками"
        "|вероятно готово|дизайн готов",
    },
}

PHRASES = [
    *((line.strip(), s) for s, text in ENGLISH.items() for line in text.splitlines()),
    *(
        (one, s)
        for table in OTHERS.values()
        for s, text in table.items()
        for one in text.split("|")
    ),
]
TABLE = [(text, status) for text, status in PHRASES if text]


def test_the_table_is_long_and_does_not_contradict_itself() -> None:
    assert len(set(TABLE)) >= 450
    assert len({text for text, _ in TABLE}) == len(set(TABLE))


@pytest.mark.parametrize(("text", "status"), TABLE)
def test_a_status_is_what_the_whole_says(text: str, status: PhaseStatus) -> None:
    said = read_status(text)
    assert (said.status if said else None) is status


@pytest.mark.parametrize(
    "text", ["", "—", "-", "2026-02-03", "two benches", "Kaj", "#12", "P1, P2", "готовить"]
)
def test_what_has_no_status_word_states_none(text: str) -> None:
    assert read_status(text) is None


# ── Whatever stands around it ────────────────────────────────────────────────


def said(text: str) -> PhaseStatus | None:
    found = read_status(text)
    return found.status if found else None


@st.composite
def doubted(draw: st.DrawFn) -> str:
    """A done word with a negation, a part, or a time to come of the same language around it."""
    language = draw(st.sampled_from(languages()))
    done = draw(st.sampled_from(split(language.phases[DONE])))
    words = split(language.negations) + split(language.parts) + split(language.not_yet)
    doubt = draw(st.sampled_from(words))
    form = draw(st.sampled_from(["{0} {1}", "{1} {0}", "{1} ({0})", "{1}, {0}", "{1} — {0}"]))
    cases: list[Callable[[str], str]] = [str, str.upper, str.capitalize]
    return draw(st.sampled_from(cases))(form.format(doubt, done))


@settings(deadline=None)
@given(doubted())
def test_a_done_word_with_a_doubt_around_it_is_never_done(text: str) -> None:
    assert said(text) is not DONE


@st.composite
def taken_back(draw: st.DrawFn) -> str:
    language = draw(st.sampled_from(languages()))
    done = draw(st.sampled_from(split(language.phases[DONE])))
    word = draw(st.sampled_from(split(language.take_backs)))
    return draw(st.sampled_from(["{0}, {1}", "{0} ({1} P3)", "{0} — {1}"])).format(done, word)


@settings(deadline=None)
@given(taken_back())
def test_a_done_word_with_a_note_that_takes_it_back_is_never_done(text: str) -> None:
    assert said(text) is not DONE


@st.composite
def opened(draw: st.DrawFn) -> str:
    language = draw(st.sampled_from(languages()))
    done = draw(st.sampled_from(split(language.phases[DONE])))
    status = draw(st.sampled_from([PENDING, BEGUN, BLOCKED, FAILED]))
    words = [w for w in split(language.phases[status]) if w not in split(language.mild)]
    word = draw(st.sampled_from(words))
    return draw(st.sampled_from(["{0}, {1}", "{1}, {0}", "{0} ({1})", "{1} {0}"])).format(
        done, word
    )


@settings(deadline=None)
@given(opened())
def test_a_done_word_beside_an_open_one_is_never_done(text: str) -> None:
    assert said(text) is not DONE


EVERY = pytest.mark.parametrize("language", languages(), ids=lambda language: language.name)


@EVERY
def test_every_status_word_says_its_status(language: Language) -> None:
    for status, words in language.phases.items():
        assert {word: said(word) for word in split(words)} == dict.fromkeys(split(words), status)


@EVERY
def test_every_word_for_a_loop_says_its_status(language: Language) -> None:
    for status, words in language.loops.items():
        for word in split(words):
            found = read_loop_status(word)
            assert found is not None, word
            assert found.status is status, word


@EVERY
def test_a_negated_done_word_is_pending_or_unknown(language: Language) -> None:
    for negation in split(language.negations):
        for done in split(language.phases[DONE]):
            assert said(f"{negation} {done}") in (PENDING, UNCLEAR, SKIPPED), (negation, done)


@EVERY
def test_a_done_word_with_a_date_is_done(language: Language) -> None:
    for done in split(language.phases[DONE]):
        assert said(f"{done} 2026-02-03") is DONE
        assert said(f"{done} (2026-02-03)") is DONE
        assert said(f"✅ {done}") is DONE


# ── Loops ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("**Open**", LoopStatus.OPEN),
        ("🟡 In Progress", LoopStatus.OPEN),
        ("✅ COMPLETE", LoopStatus.CLOSED),
        ("CLOSED (cutover complete, re-addressing deferred to LOOP-SHOP)", LoopStatus.CLOSED),
        ("closed 2026-02-03", LoopStatus.CLOSED),
        ("done", LoopStatus.CLOSED),
        ("not closed", LoopStatus.OPEN),
        ("nearly done", LoopStatus.OPEN),
        ("3/5 phases complete", LoopStatus.OPEN),
        ("to be closed", LoopStatus.UNKNOWN),
        ("closed?", LoopStatus.UNKNOWN),
        ("closed by Friday", LoopStatus.UNKNOWN),
        ("closed, then rolled back", LoopStatus.UNKNOWN),
        ("reopened (was closed)", LoopStatus.OPEN),
        ("~~closed~~ open", LoopStatus.OPEN),
        ("provisional", LoopStatus.PLANNED),
        ("implementable", LoopStatus.PLANNED),
        ("implemented", LoopStatus.CLOSED),
        ("withdrawn", LoopStatus.DEFERRED),
        ("replaced", LoopStatus.SUPERSEDED),
        ("Planned (next spring)", LoopStatus.PLANNED),
        ("active (blocked on the vendor)", LoopStatus.BLOCKED),
        ("🚧 进行中", LoopStatus.OPEN),
        ("в работе", LoopStatus.OPEN),
        ("authoritative", None),
        ("", None),
    ],
)
def test_a_header_is_read_by_the_same_grammar(text: str, status: LoopStatus | None) -> None:
    found = read_loop_status(text)
    assert (found.status if found else None) is status


# ── Any text ─────────────────────────────────────────────────────────────────

WORDS = st.sampled_from(
    ["done", "not", "nearly", "✅", "(", ")", "[", "]", "~~", "<s>", "</s>", "—", "-", ",", ":",
     "3/5", "80%", "by", "@kaj", "未", "完了", "не", "готово", "<!--", "-->", "[x]", ":x:", "n/a",
     "https://a.example/done", "](x)", "\u0301", "\u00a0", "É", "ﬁ", "İ"]
)  # fmt: skip


@settings(deadline=None)
@given(st.text() | st.lists(WORDS, max_size=12).map(" ".join) | st.lists(WORDS).map("".join))
def test_any_text_is_read_and_quoted_from_where_it_stands(text: str) -> None:
    for found in (read_status(text), read_loop_status(text)):
        assert found is None or 0 <= found.start < found.end <= len(text)


LONG = 1_000_000


@pytest.mark.parametrize(
    "unit",
    ["done ", "(", ")", "~~", "[", "](", "<!--", "<a", ":a", "-", "a-", "a.", "1/", "1 of ", " ",
     "done, ", "not ", "未", "é", "e\u0301", "✅", "\n", "https://", "\\", "'", "a'", "🚧 done; "],
)  # fmt: skip
def test_a_megabyte_is_read_within_a_second_of_processor_time(unit: str) -> None:
    text = unit * (LONG // len(unit))
    begun = time.process_time()
    read_status(text)
    assert time.process_time() - begun < 1


# ── Beside a title ───────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("line", "title", "status"),
    [
        ("Import — DONE", "Import", DONE),
        ("Import — done (all of it)", "Import", DONE),
        ("Import (DONE) (2026-02-03)", "Import", DONE),
        ("Import [done]", "Import", DONE),
        ("Import ✅", "Import", DONE),
        ("Import ✅ Done 2026-02-03", "Import", DONE),
        ("✅ Import", "Import", DONE),
        (":white_check_mark: Import", "Import", DONE),
        ("[DONE] Import", "Import", DONE),
        ("COMPLETE -- Import", "Import", DONE),
        ("准备（已完成）", "准备", DONE),
        ("准备——已完成", "准备", DONE),
        ("Подготовка — готово", "Подготовка", DONE),
        ("Cimientos (COMPLETADA)", "Cimientos", DONE),
        ("Import (mostly done)", "Import", BEGUN),
        ("Import (DONE, tests pending)", "Import", BEGUN),
        ("Import — 60%", "Import", BEGUN),
        ("Mail (to be done)", "Mail", PENDING),
        ("Import — not started", "Import", PENDING),
        ("Import (legacy, no longer applicable)", "Import", SKIPPED),
        ("Import (partially blocked)", "Import", BLOCKED),
        ("BLOCKED (no key) -- Import", "Import", BLOCKED),
        ("Import — pending the vendor", "Import", PENDING),
        ("Import — blocked by rain", "Import", BLOCKED),
    ],
)
def test_a_status_beside_a_title_is_read_and_cut(
    line: str, title: str, status: PhaseStatus
) -> None:
    stated = stated_in_title(Piece(line, Span(0, len(line)), 1))
    assert (stated.title.text, stated.status) == (title, status)
    assert stated.site is not None


@pytest.mark.parametrize(
    "title",
    [
        "Import (done by the vendor next week)",
        "Export (complete by Q3)",
        "Logs — done when the disk is in",
        "Alerts (verified weekly)",
        "Complete the audit",
        "Open the valve",
        "Rollout (100%)",
        "Canary (10%)",
        "Rollout — 100%",
        "Part 2 (2/5)",
        "Testing",
        "Testing: unit and load",
        "Planning — goals and risks",
        "Deploy (done?)",
        "Import — open ports 80 and 443",
        "Build — running costs",
        "Closed-loop cooling",
        "Fix ✅ rendering in the browser",
        "⚠️ Cut-over",
        "🎉 Launch",
        "Design (done for the pilot)",
        "完成",
        "Import (CLI done)",
        "Active-active",
        "Definition of done",
    ],
)
def test_a_title_is_not_mistaken_for_a_status(title: str) -> None:
    stated = stated_in_title(Piece(title, Span(0, len(title)), 1))
    assert (stated.title.text, stated.status, stated.site) == (title, UNCLEAR, None)


@pytest.mark.parametrize("unit", [" - done x", "(", ") ", "✅ x ", " — ", "[done] ", ": ", "a "])
def test_a_megabyte_of_title_is_read_within_a_second_of_processor_time(unit: str) -> None:
    title = unit * (LONG // len(unit))
    begun = time.process_time()
    stated_in_title(Piece(title, Span(0, len(title)), 1))
    assert time.process_time() - begun < 1
