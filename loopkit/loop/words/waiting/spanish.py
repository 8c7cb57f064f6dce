"""How people say in Spanish that one thing waits for another."""

from __future__ import annotations

from loopkit.loop.words.waiting.language import DAY, HOUR, MINUTE, SECOND, WEEK, Waiting

SPANISH = Waiting(
    needs=r"depende(?:n)? de(?:l)?|dependencias?(?=:)|requiere(?:n)?|necesita(?:n)?"
    r"|bloquead[oa]s? por|espera(?:n)? a|a la espera de|requisitos? previos?(?=:)"
    r"|prerrequisitos?(?=:)",
    after=r"después de(?:l)?|tras|una vez|en cuanto|no antes de",
    when=r"cuando",
    until=r"hasta(?: que)?",
    holds=r"bloquead[oa]s?|espera|esperar|en espera|suspendid[oa]s?|no|nunca",
    behind=r"debe(?:n)? (?:estar|haber) (?:terminad|completad|acabad|finalizad)[oa]s?"
    r"|(?:es|son) (?:un )?(?:requisitos?|necesari[oa]s?)(?: previos?)?|primero(?=\s*(?:$|[.,;!]))",
    negations=r"no|nunca|sin|ning[uú]n\w*|ni|ya no",
    done=r"(?:est[eéá]n?|haya|hayan|sea|sean)?\s*(?:terminad[oa]s?|completad[oa]s?|acabad[oa]s?"
    r"|finalizad[oa]s?|list[oa]s?|hech[oa]s?|termine|termina)",
    auxiliary=r"puede|pueden|debe|deben|solo|sólo|no|se|es|son|está|empieza|comienza|empezar"
    r"|comenzar|inicia|iniciar|también|siempre",
    inner=r"la|el|las|los|de|del|que|todas?|todos|ambas|fin de|el fin de|finalización de|a|en",
    this=r"est[ae](?: fase| paso| etapa)?|esto",
    previous=r"(?:la |el )?(?:fase|etapa|paso) anterior|(?:la |el |lo )?anterior",
    all_previous=r"tod[ao]s l[ao]s (?:fases|etapas|pasos) anteriores",
    either=r"una de|uno de|cualquiera de",
    joined=r"y|e|así como",
    parted=r"o|u",
    waits=r"esperar|espere|espera(?: de)?|pausa(?: de)?",
    soaks=r"rodaje|observación|estabilización",
    vague=r"un rato|un poco|un tiempo|unos|unas|algunos|algunas|varios|varias|bastante|mañana"
    r"|pronto|más tarde|minutos?|horas?|días?|semanas?|mes(?:es)?|días hábiles|toda la noche",
    numbers="un/una/uno|dos|tres|cuatro|cinco|seis|siete",
    units={
        SECOND: "segundo|segundos",
        MINUTE: "minuto|minutos",
        HOUR: "hora|horas",
        DAY: "día|días|dia|dias",
        WEEK: "semana|semanas",
    },
)
