"""The words of plans in German."""

from __future__ import annotations

from loopkit.loop.model import LoopStatus, PhaseStatus
from loopkit.loop.words.language import Column, Language, Meaning, Topic

LANGUAGE = Language(
    name="german",
    labels=(
        "phase|schritt|stufe|etappe|meilenstein|welle|aufgabe|abschnitt|spur|ebene|teil|woche"
        "|arbeitspaket"
    ),
    numbers="null|eins/ein/eine|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf",
    columns={
        Column.PHASE: (
            "phase|phasen|schritt|schritte|stufe|etappe|meilenstein|meilensteine|aufgabe|aufgaben"
            "|welle|arbeitspaket"
        ),
        Column.NUMBER: "nr|nummer",
        Column.TITLE: (
            "titel|beschreibung|aufgabe|inhalt|was|ziel|tätigkeit|name|umfang|bezeichnung|maßnahme"
            "|thema"
        ),
        Column.STATUS: "status|stand|zustand|fortschritt",
        Column.DONE: "erledigt|erledigt?|fertig|fertig?|abgeschlossen|abgeschlossen?",
        Column.DEPENDS: (
            "abhängigkeit|abhängigkeiten|abhängig von|hängt ab von|voraussetzung|voraussetzungen"
            "|benötigt|braucht|nach|blockiert von|blockiert durch|wartet auf|vorgänger"
        ),
        Column.CONDITION: "bedingung|bedingungen|voraussetzung|voraussetzungen|freigabe",
        Column.NOTES: "notiz|notizen|anmerkung|anmerkungen|bemerkung|bemerkungen|kommentar|hinweis",
        Column.OWNER: "verantwortlich|wer|zuständig|verantwortlicher|verantwortliche|leitung",
        Column.DATE: "datum|termin|frist|wann|fällig|beginn|ende|dauer|zeitraum",
        Column.EFFORT: "aufwand|stunden|tage|schätzung|größe|priorität|risiko|punkte",
    },
    fields={
        Meaning.ID: "kennung",
        Meaning.TITLE: "titel",
        Meaning.STATUS: "status|stand|zustand",
        Meaning.OWNER: "verantwortlich|verantwortliche|verantwortlicher|zuständig|leitung",
        Meaning.SEVERITY: "schweregrad|schwere",
        Meaning.CREATED: "erstellt|erstellt am|angelegt|angelegt am|eröffnet|datum",
        Meaning.CLOSED: "geschlossen|geschlossen am|abgeschlossen|abgeschlossen am|erledigt am",
        Meaning.BLOCKED_BY: "blockiert von|blockiert durch",
        Meaning.DEPENDS_ON: (
            "abhängig von|abhängigkeit|abhängigkeiten|hängt ab von|voraussetzung|voraussetzungen"
            "|benötigt|wartet auf"
        ),
        Meaning.ORDER: "reihenfolge",
    },
    topics={
        Topic.PHASES: (
            "phasen|schritte|etappen|stufen|aufgaben|meilensteine|wellen|ablauf|plan|fahrplan"
            "|zeitplan|ablaufplan|projektplan|arbeitspakete"
        ),
        Topic.HEADER: "überblick|übersicht|status|stand|metadaten|allgemeines",
        Topic.CRITERIA: (
            "erfolgskriterien|abnahmekriterien|abnahme|kriterien|fertig wenn|erledigt wenn|prüfung"
        ),
        Topic.NON_GOALS: "nichtziele|nicht ziele|keine ziele|nicht im umfang|abgrenzung",
        Topic.EVIDENCE: "nachweis|nachweise|belege|ergebnis|ergebnisse|protokoll|bericht",
        Topic.ASIDE: (
            "voraussetzungen|voraussetzung|anforderungen|entscheidungen|risiken|anhang|inhalt"
            "|inhaltsverzeichnis|verweise|änderungen|historie|notizen|glossar|offene fragen"
        ),
    },
    phases={
        PhaseStatus.DONE: (
            "erledigt|fertig|abgeschlossen|umgesetzt|beendet|geschlossen|behoben|gelöst|geprüft"
            "|verifiziert|ausgeliefert|ausgerollt|bestanden|vollendet|fertiggestellt|getan"
            "|fertig gestellt"
        ),
        PhaseStatus.PENDING: (
            "offen|ausstehend|geplant|nicht begonnen|noch nicht begonnen|nicht gestartet"
            "|noch nicht gestartet|noch offen|steht aus|bereit|vorgesehen|zu tun|wartend|anstehend"
            "|unerledigt|unvollständig|unfertig|wieder offen|demnächst|nicht mehr blockiert|wartet"
            "|wieder geöffnet|ausstehende|offene|zu erledigen|noch zu erledigen"
        ),
        PhaseStatus.IN_PROGRESS: (
            "in Arbeit|laufend|läuft|begonnen|angefangen|gestartet|aktiv|in bearbeitung|im gange"
            "|in umsetzung|in prüfung|im test|teilweise|wird bearbeitet|teilweise fertig"
        ),
        PhaseStatus.BLOCKED: (
            "blockiert|pausiert|angehalten|gesperrt|ruht|ausgesetzt|geblockt|auf eis"
        ),
        PhaseStatus.FAILED: "fehlgeschlagen|gescheitert|misslungen|kaputt",
        PhaseStatus.SKIPPED: (
            "entfällt|zurückgestellt|verschoben|übersprungen|abgebrochen|entfallen|gestrichen"
            "|hinfällig|nicht nötig|nicht mehr nötig|nicht erforderlich|nicht geplant|ersetzt"
            "|verworfen|obsolet|wird nicht gemacht|aufgegeben"
        ),
        PhaseStatus.UNKNOWN: "unbekannt",
    },
    loops={
        LoopStatus.OPEN: (
            "offen|in Arbeit|laufend|läuft|aktiv|begonnen|gestartet|in bearbeitung|im gange"
            "|wieder offen|in umsetzung"
        ),
        LoopStatus.PLANNED: (
            "geplant|entwurf|in planung|vorgeschlagen|ausstehend|bereit|vorgesehen|nicht begonnen"
            "|noch nicht begonnen"
        ),
        LoopStatus.BLOCKED: "blockiert|pausiert|angehalten|gesperrt|ruht|ausgesetzt",
        LoopStatus.CLOSED: (
            "geschlossen|erledigt|abgeschlossen|fertig|beendet|gelöst|umgesetzt|fertiggestellt"
        ),
        LoopStatus.DEFERRED: (
            "zurückgestellt|verschoben|abgebrochen|verworfen|aufgegeben|entfällt|gestrichen"
        ),
        LoopStatus.SUPERSEDED: "ersetzt|abgelöst|hinfällig|obsolet",
        LoopStatus.UNKNOWN: "unbekannt",
    },
    negations="nicht|noch nicht|nie|kein|keine|keinen|keiner|keines|nein|niemals|un|keineswegs",
    parts=(
        "fast|teilweise|größtenteils|weitgehend|beinahe|nahezu|halb|zum teil|teils|überwiegend"
        "|im wesentlichen|nicht ganz|nicht alles|nicht vollständig|nicht alle|nur|annähernd"
        "|so gut wie|zur hälfte|hauptsächlich|in teilen|quasi|praktisch"
    ),
    not_yet=(
        "bis|bis zum|wenn|sobald|falls|soll|sollte|sollten|wird|werden|würde|muss|müsste|kann"
        "|könnte|zu sein|morgen|bald|später|demnächst|nächste woche|nächsten monat|voraussichtlich"
        "|vermutlich|wahrscheinlich|angeblich|hoffentlich|erwartet|fällig|geplant für|ziel"
        "|vielleicht|wöchentlich|täglich|monatlich|erst wenn|erst nach|bevor|ehe|sofern|darf|möchte"
        "|heute abend|für"
    ),
    take_backs=(
        "fehlt|fehlen|fehlend|fehlende|außer|ausser|ausgenommen|bis auf|mit fehlern|mit fehler"
        "|fehlerhaft|fehler|zurückgerollt|rückgängig|zurückgenommen|zurückgesetzt|rückfall"
        "|nacharbeit|nacharbeiten|noch zu|übrig|verbleibend|restlich|ungeprüft|ungetestet|noch"
        "|probleme|probelauf"
    ),
    nones="kein|keine|keinen|keiner|ohne|nichts|null",
    past="war|waren|zuvor|früher|vorher|ehemals|ursprünglich|wurde",
    neutral=(
        "alle|alles|ganz|voll|vollständig|komplett|erfolgreich|endlich|jetzt|nun|schon|bereits|ist"
        "|sind|hat|haben|worden|es|das|die|der|dies|diese|beide|phase|schritt|aufgabe|aufgaben"
        "|arbeit|status|stand|auch|wieder|insgesamt|gesamt|restlos|zeitweise|derzeit|aktuell"
        "|vorläufig|ausdrücklich"
    ),
    after="im|in|seit|laut|um|nach|wegen|zu|zum|zur|in produktion",
    places="am|auf|an|bei|unter|vom",
    of="von",
    joins="und|per|mittels|siehe|durch|von|via|sowie|oder",
    contrasts="aber|jedoch|allerdings|obwohl|während|doch|dagegen|dann|danach|und dann",
    dates=(
        "januar|jänner|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember"
        "|jan|feb|mär|apr|jun|jul|aug|sep|okt|nov|dez|montag|dienstag|mittwoch|donnerstag|freitag"
        "|samstag|sonntag|mo|di|mi|do|fr|sa|so|heute|gestern|vorgestern|letzte woche|letzten monat"
        "|uhr"
    ),
    depends=(
        "hängt ab von|abhängig von|hängt von|abhängigkeit|abhängigkeiten|nach|benötigt|braucht"
        "|erfordert|setzt voraus|voraussetzung|blockiert durch|blockiert von|blockiert bis"
        "|wartet auf|warten auf|sobald|erst nach|nicht vor|erst wenn"
    ),
    waits="warten|wartet|warte|wartezeit|einlaufen|beobachten|halten|abwarten|nicht vor",
    nothing="keine|keiner|keines|kein|nichts|entfällt",
    yes="ja|j",
    no="nein|n",
    totals="summe|gesamt|gesamtsumme|insgesamt|zwischensumme",
    shy="fast|un|die|war|do|so|null|in|am|mit|an|unter|auf",
    mild="läuft|bereit|aktiv|gestartet|wartet",
    firm=(
        "in Arbeit|nicht begonnen|noch nicht begonnen|blockiert|offen|ausstehend|entfällt"
        "|zurückgestellt"
    ),
    vague="aktiv|laufend|im test",
)
