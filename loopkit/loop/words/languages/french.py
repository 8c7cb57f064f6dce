"""The words of plans in French."""

from __future__ import annotations

from loopkit.loop.model import LoopStatus, PhaseStatus
from loopkit.loop.words.language import Column, Language, Meaning, Topic

LANGUAGE = Language(
    name="french",
    labels="phase|étape|jalon|tâche|vague|lot|volet|palier|semaine|chantier|itération",
    numbers="zéro|un/une|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze",
    columns={
        Column.PHASE: (
            "phase|phases|étape|étapes|tâche|tâches|jalon|jalons|vague|vagues|lot|lots|palier"
        ),
        Column.NUMBER: "n°|no|numéro",
        Column.TITLE: (
            "titre|description|tâche|quoi|objectif|nom|contenu|action|travail|périmètre|intitulé"
            "|sujet"
        ),
        Column.STATUS: "statut|état|avancement|progression",
        Column.DONE: "fait|fait?|terminé|terminé?|fini|fini?|achevé",
        Column.DEPENDS: (
            "dépendance|dépendances|dépend de|prérequis|pré requis|nécessite|après|bloqué par"
            "|attend|requiert|prédécesseur"
        ),
        Column.CONDITION: "condition|conditions|prérequis|pré requis",
        Column.NOTES: "note|notes|remarque|remarques|commentaire|commentaires",
        Column.OWNER: "responsable|qui|assigné|assigné à|porteur|pilote",
        Column.DATE: "date|échéance|quand|début|fin|délai|durée|terminé le",
        Column.EFFORT: "effort|charge|heures|jours|estimation|priorité|risque|taille|points",
    },
    fields={
        Meaning.ID: "identifiant",
        Meaning.TITLE: "titre",
        Meaning.STATUS: "statut|état",
        Meaning.OWNER: "responsable|propriétaire|assigné à|pilote",
        Meaning.SEVERITY: "gravité|sévérité",
        Meaning.CREATED: "créé|créé le|créée le|ouvert le|date de création|date",
        Meaning.CLOSED: "clos|clos le|fermé|fermé le|terminé le|clôturé|clôturé le",
        Meaning.BLOCKED_BY: "bloqué par|bloquée par",
        Meaning.DEPENDS_ON: (
            "dépend de|dépendance|dépendances|prérequis|pré requis|nécessite|requiert|attend"
        ),
        Meaning.ORDER: "ordre",
    },
    topics={
        Topic.PHASES: (
            "phases|étapes|tâches|jalons|vagues|plan|feuille de route|calendrier|déroulement"
            "|plan d'action"
        ),
        Topic.HEADER: "aperçu|vue d'ensemble|statut|état|généralités|informations",
        Topic.CRITERIA: (
            "critères de succès|critères d'acceptation|critères|définition de terminé|terminé quand"
            "|acceptation|validation|recette"
        ),
        Topic.NON_GOALS: "hors périmètre|non objectifs|contraintes|exclusions|hors champ",
        Topic.EVIDENCE: "preuve|preuves|résultat|résultats|journal|rapport|compte rendu",
        Topic.ASIDE: (
            "prérequis|pré requis|exigences|décisions|risques|annexe|annexes|sommaire|références"
            "|historique|remarques|glossaire|questions ouvertes|table des matières"
        ),
    },
    phases={
        PhaseStatus.DONE: (
            "terminé|terminée|fait|faite|achevé|achevée|fini|finie|clos|clôturé|clôturée|complet"
            "|complète|complété|complétée|livré|livrée|déployé|déployée|vérifié|vérifiée|résolu"
            "|résolue|validé|validée|réalisé|réalisée|fermé|fermée|terminés|terminées|faits|faites"
            "|finis|finies|achevés|achevées|livrés|livrées|validés|validées|vérifiés|vérifiées"
        ),
        PhaseStatus.PENDING: (
            "à faire|en attente|prévu|prévue|non commencé|non commencée|pas commencé|pas commencée"
            "|pas encore commencé|pas encore commencée|non démarré|non démarrée|pas démarré"
            "|planifié|planifiée|ouvert|ouverte|à venir|incomplet|incomplète|inachevé|inachevée"
            "|prêt|prête|débloqué|débloquée|rouvert|rouverte|à terminer|ouverts|ouvertes|prévus"
            "|prévues|planifiés|à compléter"
        ),
        PhaseStatus.IN_PROGRESS: (
            "en cours|commencé|commencée|démarré|démarrée|partiel|partielle|en test|en revue|entamé"
            "|entamée|actif|active|en développement|en préparation|partiellement"
        ),
        PhaseStatus.BLOCKED: (
            "bloqué|bloquée|en pause|suspendu|suspendue|à l'arrêt|gelé|gelée|interrompu|interrompue"
            "|bloqués|bloquées"
        ),
        PhaseStatus.FAILED: "échoué|échouée|échec|en échec|raté|ratée|en erreur",
        PhaseStatus.SKIPPED: (
            "ignoré|ignorée|annulé|annulée|reporté|reportée|abandonné|abandonnée|non applicable"
            "|sans objet|pas prévu|non prévu|non nécessaire|plus nécessaire|différé|différée"
            "|remplacé|remplacée|obsolète|sauté|sautée|hors périmètre|annulés|annulées|reportés"
            "|reportées"
        ),
        PhaseStatus.UNKNOWN: "inconnu|inconnue",
    },
    loops={
        LoopStatus.OPEN: (
            "ouvert|ouverte|en cours|actif|active|commencé|commencée|démarré|démarrée|rouvert"
            "|rouverte|en test"
        ),
        LoopStatus.PLANNED: (
            "prévu|prévue|planifié|planifiée|proposé|proposée|brouillon|en attente|à venir|à faire"
            "|prêt|prête|non commencé|non commencée|pas commencé"
        ),
        LoopStatus.BLOCKED: "bloqué|bloquée|en pause|suspendu|suspendue|gelé|gelée",
        LoopStatus.CLOSED: (
            "clos|terminé|terminée|fermé|fermée|clôturé|clôturée|fini|finie|achevé|achevée|résolu"
            "|résolue|fait|livré|livrée|complet|complète"
        ),
        LoopStatus.DEFERRED: (
            "reporté|reportée|différé|différée|annulé|annulée|abandonné|abandonnée|rejeté|rejetée"
        ),
        LoopStatus.SUPERSEDED: "remplacé|remplacée|obsolète",
        LoopStatus.UNKNOWN: "inconnu|inconnue",
    },
    negations=(
        "non|pas|pas encore|jamais|plus|aucun|aucune|n'est pas|n'est|ne|ni|nullement|toujours pas"
    ),
    parts=(
        "presque|partiellement|en partie|quasi|quasiment|à moitié|moitié|en grande partie"
        "|majoritairement|pas tout|pas entièrement|pas complètement|pas tous|pas toutes|seulement"
        "|pratiquement|à demi|pour l'essentiel|principalement|la plupart"
    ),
    not_yet=(
        "d'ici|avant|jusqu'à|jusqu'au|quand|lorsque|dès que|dès|si|à être|doit|doit être|devrait"
        "|devrait être|sera|seront|serait|va être|peut être|peut-être|pourrait|demain|bientôt"
        "|plus tard|la semaine prochaine|le mois prochain|semaine prochaine|mois prochain"
        "|probablement|sans doute|en principe|normalement|prévu pour|attendu|à vérifier|à valider"
        "|à confirmer|une fois|à condition|hebdomadaire|chaque semaine|chaque jour|faut|ce soir"
        "|éventuellement|soi disant|pour"
    ),
    take_backs=(
        "manque|manquent|manquant|manquante|sauf|excepté|hormis|à l'exception|avec des erreurs"
        "|avec erreurs|erreur|erreurs|annulation|retour arrière|revenu en arrière|restauré|reste"
        "|restent|restant|restante|à refaire|encore|régression|problèmes|à blanc"
    ),
    nones="aucun|aucune|sans|rien|zéro",
    past="était|étaient|auparavant|avant cela|précédemment|anciennement|autrefois",
    neutral=(
        "tout|tous|toute|toutes|entièrement|complètement|totalement|pleinement|avec succès|enfin"
        "|maintenant|déjà|est|sont|a|ont|été|c'est|ce|cette|la|le|les|l'étape|phase|étape|tâche"
        "|tâches|travail|travaux|statut|état|aussi|bien|les deux|officiellement|actuellement"
        "|temporairement|explicitement"
    ),
    after="en|dans|depuis|lors de|du|de|pendant|selon|faute de|en production",
    places="le|sur|au|à|chez",
    of="sur|de",
    joins="et|par|via|voir|ainsi que|ou",
    contrasts="mais|cependant|toutefois|bien que|quoique|alors que|or|puis|ensuite|et puis",
    dates=(
        "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre|janv"
        "|févr|avr|juil|sept|oct|nov|déc|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
        "|aujourd'hui|hier|avant hier|la semaine dernière|le mois dernier"
    ),
    depends=(
        "dépend de|dépend du|dépend des|dépendance|dépendances|après|nécessite|requiert|prérequis"
        "|pré requis|bloqué par|bloqué jusqu'à|attend|attendre|dès que|une fois|pas avant"
    ),
    waits="attendre|attend|attente|patienter|observation|pas avant",
    nothing="aucune|aucun|néant|rien|sans",
    yes="oui|o",
    no="non|n",
    totals="total|somme|sous-total|total général",
    shy="plus|non|ni|si|a|la|le|les|en|de|du|par|ou|mars|sur|or|au|à",
    mild="prêt|prête|actif|active|démarré|démarrée",
    firm="en cours|à faire|en attente|bloqué|bloquée|annulé|annulée|reporté|reportée|pas commencé",
    vague="fait|actif|active|en test|à venir|prêt|prête",
)
