"""How people say in German that one thing waits for another."""

from __future__ import annotations

from loopkit.loop.words.waiting.language import DAY, HOUR, MINUTE, SECOND, WEEK, Waiting

GERMAN = Waiting(
    needs=r"(?:ist |sind )?abhängig von|hängt(?: ab)? von|hängen(?: ab)? von"
    r"|abhängigkeit(?:en)?(?=:)"
    r"|benötigt|benötigen|braucht|brauchen|erfordert|erfordern|setzt|setzen|voraussetzung(?:en)?"
    r"(?: ist| sind)?|(?:blockiert|gesperrt) (?:durch|von)|wartet auf|warten auf|folgt auf",
    after=r"(?:erst )?nach|sobald|frühestens nach|im anschluss an",
    when=r"(?:erst )?wenn|nachdem",
    until=r"bis",
    holds=r"blockiert|gesperrt|wartet|warten|nicht|kein|keine|zurückgestellt|pausiert",
    behind=r"(?:muss|müssen|soll|sollen) (?:zuerst |erst |vorher )?(?:fertig|erledigt|abge"
    r"schlossen"
    r"|beendet)|voraus(?:gesetzt)?(?=\s*(?:$|[.,;!]))|(?:ist"
    r"|sind) (?:eine )?voraussetzung|vorher(?=\s*(?:$|[.,;!]))|zuerst(?=\s*(?:$|[.,;!]))",
    negations=r"nicht(?: mehr)?|kein\w*|nie|niemals|ohne|weder|noch",
    done=r"(?:ist|sind|wurde|wurden|war)?\s*(?:fertig|erledigt|abgeschlossen|beendet|geprüft)"
    r"(?: ist| sind| wurde| wurden)?",
    auxiliary=r"kann|können|darf|dürfen|muss|müssen|soll|sollen|wird|werden|erst|nur|nicht|auch"
    r"|dann|beginnt|beginnen|startet|starten|läuft|laufen|ist|sind|folgt",
    inner=r"der|die|das|den|dem|des|alle|allen|von|aus|in|abschluss|abschluss von|ende von|beiden"
    r"|erfolgreichem|fertigstellung|fertigstellung von|zur|zum",
    this=r"dies(?:e|er|em|es)?(?: phase| schritt)?",
    previous=r"(?:der|die|den|dem)? ?(?:vorherig|vorig|vorhergehend|vorangehend)\w*"
    r"(?: (?:phase|schritt|etappe|stufe))?",
    all_previous=r"allen? (?:vorherig|vorig|vorhergehend|vorangehend)\w*(?: (?:phasen|schr"
    r"itten?))?",
    either=r"entweder|eine[rs]? von|eine[rs]? der",
    joined=r"und|sowie",
    parted=r"oder",
    waits=r"warten|wartet|warte|wartezeit|pause",
    soaks=r"einlaufen|einlaufzeit|abkühlen|beobachtungszeit|ruhezeit",
    vague=r"eine weile|ein wenig|etwas|einige|ein paar|mehrere|lange genug|über nacht|übers"
    r" wochenende|morgen|bald|später|nächste\w*|minuten?|stunden?|tage?n?|wochen?|monate?n?"
    r"|werktage?n?|arbeitstage?n?",
    numbers="ein/eine/einen|zwei|drei|vier|fünf|sechs|sieben",
    units={
        SECOND: "sek|sekunde|sekunden",
        MINUTE: "minute|minuten",
        HOUR: "std|stunde|stunden",
        DAY: "tag|tage|tagen",
        WEEK: "woche|wochen",
    },
)
