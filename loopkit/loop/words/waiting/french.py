"""How people say in French that one thing waits for another."""

from __future__ import annotations

from loopkit.loop.words.waiting.language import DAY, HOUR, MINUTE, SECOND, WEEK, Waiting

FRENCH = Waiting(
    needs=r"dépend(?:ent)? d(?:e|es|u)|dépend d'|dépendances?(?=:)|nécessite(?:nt)?|requiert"
    r"|requièrent|exige|a besoin de|bloquée?s? par|attend|attendent|en attente de|prérequis(?=:)"
    r"|préalables?(?=:)",
    after=r"après|à la suite de|une fois|dès que|dès|aussitôt que|pas avant",
    when=r"quand|lorsque",
    until=r"jusqu'à(?: ce que)?|jusqu'au",
    holds=r"bloquée?s?|attendre|attend|en attente|suspendue?s?|pas|ne|jamais",
    behind=r"(?:doit|doivent) (?:d'abord )?être (?:terminée?s?|finie?s?|achevée?s?|complète?s?)"
    r"|(?:est|sont) (?:un )?(?:préalables?|prérequis|requise?s?)|d'abord(?=\s*(?:$|[.,;!]))",
    negations=r"pas|jamais|sans|aucune?|ne|ni|plus",
    done=r"(?:est|sont|soit|soient)?\s*(?:terminée?s?|finie?s?|achevée?s?|complète?s?|validée?s?"
    r"|faite?s?)",
    auxiliary=r"peut|peuvent|doit|doivent|ne|pas|que|seulement|est|sont|sera|commence|commencent"
    r"|démarre|démarrent|commencer|démarrer|aussi|toujours",
    inner=r"la|le|les|l'|de|des|du|d'|fin de|la fin de|achèvement de|que|toutes?|tous|deux|à",
    this=r"celle-ci|celui-ci|cette (?:phase|étape)|ceci",
    previous=r"(?:la |l')?(?:phase|étape) précédente|(?:la |le )?précédente?",
    all_previous=r"toutes les (?:phases|étapes) précédentes",
    either=r"soit|l'une? des|l'une? de|une des",
    joined=r"et|ainsi que",
    parted=r"ou",
    waits=r"attendre|attente(?: de)?|attendez|pause(?: de)?",
    soaks=r"rodage|observation|stabilisation",
    vague=r"un moment|un peu|quelques|plusieurs|assez|toute la nuit|la nuit|demain|bientôt"
    r"|plus tard|minutes?|heures?|jours?|semaines?|mois|jours ouvrés",
    numbers="un/une|deux|trois|quatre|cinq|six|sept",
    units={
        SECOND: "seconde|secondes",
        MINUTE: "minute|minutes",
        HOUR: "heure|heures",
        DAY: "j|jour|jours",
        WEEK: "sem|semaine|semaines",
    },
)
