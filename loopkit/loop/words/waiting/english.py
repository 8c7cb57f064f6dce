"""How people say in English that one thing waits for another."""

from __future__ import annotations

from loopkit.loop.words.waiting.language import DAY, HOUR, MINUTE, SECOND, WEEK, Waiting

ENGLISH = Waiting(
    needs=r"depends? (?:up)?on|depending on|dependent (?:up)?on|dependency(?: on)?"
    r"|dependenc(?:y|ies)(?=:)|requires?|requiring|needs?|(?:blocked|gated|held) (?:up )?(?:by|on)"
    r"|blockers?(?=:)|waits? (?:for|on)|waiting (?:for|on)|contingent (?:up)?on"
    r"|conditional (?:up)?on"
    r"|relies on|rely on|builds on|build on|follows|comes after|prerequisites? (?:is|are)"
    r"|prereq(?:uisite)?s?(?=:)|preconditions?(?=:)|predecessors?(?=:)|deps(?=:)|subject to",
    after=r"after|following(?! (?:steps?|phases?|tasks?|commands?)\b)|once|as soon as|not before",
    when=r"when|if and when|only if|only when",
    until=r"until|till",
    holds=r"blocked|gated|held|hold|wait|waits|waiting|pending|deferred|parked|paused|postponed"
    r"|not|cannot|never|no|don't|can't|won't|mustn't|shouldn't",
    behind=r"(?:must|has to|have to|needs? to|should|is to|are to|shall) (?:first )?"
    r"(?:be |have been )?(?:fully )?(?:done|completed?|finished|finish|verified|closed|merged"
    r"|pass|passed|green|over)|first(?=\s*(?:$|[.,;!]))|(?:is|are) (?:a )?(?:prerequisites?"
    r"|preconditions?|required)"
    r"|before (?:this|starting|it starts|we start|you start|beginning|work starts)",
    negations=r"not|no longer|never|n't|without|no|neither|nor|nothing",
    done=r"(?:is|are|be|has|have|has been|have been|gets?|was|were)?\s*(?:fully |all )?"
    r"(?:done|completed?|completes|completion|closed|closes|verified|finished|finishes|passed"
    r"|passes|merged|deployed)",
    auxiliary=r"can|may|must|should|shall|will|could|cannot|only|not|never|also|then|still|always"
    r"|now|is|are|be|being|has|have|to|starts?|started|starting|begins?|runs?|goes|go|proceeds?"
    r"|happens?|opens?|launch(?:es)?|executes?|both|all|therefore|which|that|strictly|directly|then|right"
    r"|immediately|shortly|soon",
    inner=r"the|all|all of|each of|of|in|from|both|that|complet(?:ion|ed|ing|e)|success(?:ful)?"
    r"|successfully|finish(?:ed|ing)?|end of|end|on|to|with|only|first|at least|result of"
    r"|results of|output of|outputs of|running",
    this=r"this(?: one| phase| step| stage| task)?|it",
    previous=r"(?:the )?(?:previous|prior|preceding|prev)(?: (?:phase|step|stage|task|one))?"
    r"|(?:the )?(?:phase|step|stage|task|one) (?:before|above)",
    all_previous=r"all(?: of)? (?:the )?(?:previous|prior|earlier|above|preceding)\b"
    r"(?: (?:phases|steps|tasks|stages))?|everything (?:before|above|so far)"
    r"|all (?:phases|steps|tasks|stages)(?: above| before)?",
    either=r"either|any of|any one of|one of|at least one of|any",
    joined=r"and|as well as|plus",
    parted=r"or",
    waits=r"waits?|hold|holds|delay|delayed|pause",
    soaks=r"soaks?(?! tests?)|bakes?|bake[-\s]time|burn[-\s]?in|cool[-\s]?down|cool[-\s]?off",
    vague=r"(?:for )?(?:an? )?(?:while|bit|moment|long time|short time|few|couple|some|several"
    r"|enough|long enough|sufficient)|overnight|over the weekend|over night|(?:for )?some time"
    r"|tomorrow|tonight|soon|later|next \w+|(?:mon|tues|wednes|thurs|fri|satur|sun)day|morning"
    r"|evening|weekend|end of|minutes?|hours?|days?|weeks?|months?|(?:business|working) days?"
    r"|quarters?|years?",
    numbers="a/an/one|two|three|four|five|six|seven",
    units={
        SECOND: "s|sec|secs|second|seconds",
        MINUTE: "m|min|mins|minute|minutes",
        HOUR: "h|hr|hrs|hour|hours",
        DAY: "d|day|days",
        WEEK: "w|wk|wks|week|weeks",
    },
)
