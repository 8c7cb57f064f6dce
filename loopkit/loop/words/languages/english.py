"""The words of plans in English."""

from __future__ import annotations

from loopkit.loop.model import LoopStatus, PhaseStatus
from loopkit.loop.words.language import Column, Language, Meaning, Topic

LANGUAGE = Language(
    name="english",
    labels=(
        "phase|step|stage|milestone|wave|sprint|lane|tier|task|track|workstream|iteration|increment"
        "|epic|week|round|batch"
    ),
    numbers="zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve",
    columns={
        Column.PHASE: (
            "phase|phases|step|steps|task|tasks|stage|stages|milestone|milestones|wave|waves|sprint"
            "|sprints|lane|lanes|tier|tiers|track|tracks|workstream|workstreams|phase id|step id"
            "|task id|phase no|step no|phase #|step #|task #"
        ),
        Column.NUMBER: "#|id|no|nr|number",
        Column.TITLE: (
            "title|scope|description|action|name|task|summary|objective|goal|what|work|deliverable"
            "|deliverables|details|focus|actions|activity|outcome|purpose"
        ),
        Column.STATUS: "status|state|progress",
        Column.DONE: "done|done?|complete|complete?|completed|completed?|finished|finished?|✓|✅|✔",
        Column.DEPENDS: (
            "depend|depends|dependency|dependencies|dependent|depends on|dependency on"
            "|dependencies on|dependent on|blocked|blocked by|blocker|blockers|prereq|prereqs"
            "|prerequisite|prerequisites|requires|requirement|requirements|require|after|gate|gates"
            "|gate on|gated by|gated on|wait for|waits for|waits on|wait on|needs|deps|predecessor"
            "|predecessors"
        ),
        Column.CONDITION: (
            "condition|conditions|gate condition|gating condition|gate conditions|gating conditions"
            "|go condition|go conditions|entry condition|entry conditions|gate|gates|gated on"
            "|gated by|depends on|dependency|dependencies|waits for|waits on|blocked by|blocked on"
        ),
        Column.NOTES: "note|notes|comment|comments|remark|remarks|reason|why",
        Column.OWNER: "owner|owners|who|assignee|assigned to|lead|responsible|driver|dri",
        Column.DATE: (
            "date|when|due|deadline|eta|start|end|target|target date|due date|finished on"
            "|completed on|completed at|closed|timeline|duration|weeks|days|week"
        ),
        Column.EFFORT: (
            "effort|estimate|estimates|hours|size|points|priority|prio|risk|severity|gantt|%|cost"
        ),
    },
    fields={
        Meaning.ID: "loop id|id|loop|change id|kep number",
        Meaning.TITLE: "title|name",
        Meaning.STATUS: "status|loop status|state",
        Meaning.OWNER: "owner|owners|assignee|assignees|assigned to|lead|leads|driver|responsible",
        Meaning.SEVERITY: "severity",
        Meaning.CREATED: (
            "created|created at|created on|creation date|created date|date created|opened|opened at"
            "|opened on|opened date|date opened|date"
        ),
        Meaning.CLOSED: (
            "closed|closed at|closed on|closed date|date closed|completed|completed at|completed on"
            "|completion date|date completed|finished"
        ),
        Meaning.BLOCKED_BY: "blocked by|blocked on|blockers|blocker",
        Meaning.DEPENDS_ON: (
            "depends on loop|depends on|dependency|dependencies|gate|gates|prerequisite"
            "|prerequisites|requires|gated by|gated on|waits for"
        ),
        Meaning.ORDER: "order",
    },
    topics={
        Topic.PHASES: (
            "phase|phases|phasing|step|steps|task|tasks|wave|waves|stage|stages|tier|tiers"
            "|milestone|milestones|workstream|workstreams|sprint|sprints|lane|lanes|track|tracks"
            "|plan|roadmap|road map|rollout|execution plan|execution order|execution sequence"
            "|implementation plan|work plan|migration plan|delivery plan|order of work|timeline"
        ),
        Topic.HEADER: "overview|status|metadata|meta|info|loop info|header|at a glance|general",
        Topic.CRITERIA: (
            "success|success criteria|acceptance|acceptance criteria|definition of done|done when"
            "|exit criteria|go no go|go/no-go|verification|validation|criteria|acceptance tests"
            "|dod|exit gate|quality gate|sign off|verify"
        ),
        Topic.NON_GOALS: (
            "non goals|non goal|nongoals|constraints|won't do|wont do|will not do|out of scope"
            "|not in scope|exclusions|not planned"
        ),
        Topic.EVIDENCE: (
            "evidence|receipt|receipts|results|result|proof|closeout|audit results|findings"
            "|execution log|log|commits|outcome|outcomes|report"
        ),
        Topic.ASIDE: (
            "prerequisites|prerequisite|requirements|decisions|decision|risks|risk|appendix"
            "|contents|table of contents|references|related|changelog|change log|history|notes"
            "|glossary|links|troubleshooting|inventory|open questions|rollback|metrics|details"
        ),
    },
    phases={
        PhaseStatus.DONE: (
            "done|complete|completed|finished|verified|closed|fixed|resolved|passed|shipped"
            "|implemented|deployed|merged|released|delivered|landed|succeeded"
        ),
        PhaseStatus.PENDING: (
            "pending|open|todo|to do|ready|not started|not yet started|not begun|not done|not yet"
            "|not yet done|planned|planning|queued|waiting|backlog|future|tbd|upcoming|proposed"
            "|draft|scheduled|incomplete|unstarted|unfinished|undone|unblocked|no longer blocked"
            "|to be done|next|up next|reopened|re opened|ready to start|someday|icebox"
        ),
        PhaseStatus.IN_PROGRESS: (
            "in progress|active|partial|wip|work in progress|ongoing|running|started|begun|underway"
            "|under way|in review|under review|ready for review|testing|in testing|in flight"
            "|in development|executing|doing|in qa|in test"
        ),
        PhaseStatus.BLOCKED: "blocked|parked|on hold|paused|stalled|stuck|suspended",
        PhaseStatus.FAILED: "failed|failing|failure|broken|errored|crashed|fail",
        PhaseStatus.SKIPPED: (
            "skipped|deferred|superseded|no longer applicable|not applicable|n/a|cancelled|canceled"
            "|dropped|descoped|not planned|not needed|not required|no longer needed"
            "|no longer required|no longer planned|obsolete|won't do|wont do|won't fix|wontfix"
            "|abandoned|postponed|out of scope|withdrawn|rejected|rolled into parent"
        ),
        PhaseStatus.UNKNOWN: "unknown",
    },
    loops={
        LoopStatus.OPEN: (
            "open|active|executing|in progress|started|ongoing|running|reopened|re opened|closing"
            "|wip|work in progress|underway|under way|in review|under review|testing"
        ),
        LoopStatus.PLANNED: (
            "planned|planning|proposed|draft|pending|ready|queued|provisional|implementable|backlog"
            "|not started|not yet started|upcoming|scheduled|todo|to do|future|accepted|approved"
            "|ready to start"
        ),
        LoopStatus.BLOCKED: "blocked|parked|paused|on hold|stalled|stuck|suspended",
        LoopStatus.CLOSED: (
            "closed|complete|completed|done|finished|resolved|implemented|shipped|released"
            "|delivered"
        ),
        LoopStatus.DEFERRED: (
            "deferred|postponed|cancelled|canceled|withdrawn|rejected|abandoned|declined"
            "|not planned|dropped"
        ),
        LoopStatus.SUPERSEDED: "superseded|rolled into parent|replaced|obsolete",
        LoopStatus.UNKNOWN: "unknown",
    },
    negations=(
        "not|never|no longer|isn't|isnt|aren't|arent|wasn't|wasnt|weren't|hasn't|hasnt|haven't"
        "|hadn't|doesn't|didn't|didnt|don't|dont|wouldn't|can't|cannot|couldn't|non|neither|nor"
        "|far from|nowhere near|hardly"
    ),
    parts=(
        "nearly|almost|mostly|partially|partly|half|halfway|half way|largely|mainly|somewhat"
        "|not fully|not entirely|not completely|not all|not everything|not quite|in part"
        "|practically|virtually|basically|essentially|semi|just about|close to|barely|only"
        "|approximately|roughly|near|some of|most of|part of|all but"
    ),
    not_yet=(
        "by|until|till|to be|when|whenever|once|if|unless|should|should be|will|will be|would"
        "|would be|must|must be|could|could be|can be|may be|might|might be|shall|needs|need"
        "|needs to be|has to be|have to be|ought|expected|expect|estimated|eta|due|target|targeted"
        "|aim|aiming|hopefully|probably|supposedly|allegedly|reportedly|presumably|soon|tomorrow"
        "|tonight|later|next week|next month|next quarter|next sprint|next year|weekly|daily"
        "|monthly|hourly|regularly|about to be|going to be|definition of|claimed|assumed|maybe"
        "|perhaps|as soon as|before|awaiting|in theory|theoretically|to verify|to confirm|to check"
        "|to test|to finish|to complete|for|tbc|assuming|provided"
    ),
    take_backs=(
        "missing|except|except for|excepting|excluding|apart from|aside from|with errors|with error"
        "|with failures|with issues|with problems|with exceptions|with the exception of|errors"
        "|error|rolled back|rolling back|rollback|reverted|revert|regressed|regression|broke|redo"
        "|rework|backed out|left to do|to go|remaining|remains|remain|outstanding|still|lack|lacks"
        "|lacking|unverified|untested|unmerged|unresolved|undeployed|unreleased|minus|reopen"
        "|some issues|known issue|known issues|open issues|minor issues|issues remain|problems"
        "|buggy|caveat|caveats|dry run|rehearsal|simulated|on paper"
    ),
    nones="no|none|zero|without|nothing|free of",
    past="was|were|previously|formerly|had been|used to be|earlier|once was|originally",
    neutral=(
        "all|everything|both|fully|completely|totally|entirely|successfully|finally|now|already|is"
        "|are|has|have|been|it|its|it's|this|that|the|phase|step|stage|task|tasks|steps|phases|work"
        "|item|items|status|state|loop|overall|also|as well|just|again|ok|yet|early|as planned"
        "|as expected|as agreed|on schedule|on time|ahead of schedule|explicitly|currently"
        "|temporarily|officially|formally|up|a|an|so far|by hand|manually|every|each|everything's"
        "|for good"
    ),
    after=(
        "to main|to master|to prod|to production|in production|in prod|to trunk|on main|into main"
        "|in|since|as|to|during|of|because|due to|in favour of|session|prior|previous|same|commit"
        "|commits|pr|prs|mr|issue|ticket|version|release|as part of|for now|this session"
    ),
    places="on|at|from|under|across|over",
    of="of|out of",
    joins="and|via|using|per|see|through|plus|which|yet to|or",
    contrasts="but|though|although|however|while|whereas|except that|yet|then|and then",
    dates=(
        "january|february|march|april|may|june|july|august|september|october|november|december|jan"
        "|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec|monday|tuesday|wednesday|thursday|friday"
        "|saturday|sunday|mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun|today|yesterday|ago|last week"
        "|last month|last year|last night|this morning|utc|gmt|cet|cest|am|pm|q1|q2|q3|q4"
    ),
    depends=(
        "depends on|depend on|depends upon|depending on|dependent on|dependency|dependencies|after"
        "|only after|requires|require|required|requiring|needs|need|blocked by|blocked on"
        "|blocked until|gated by|gated on|waits for|waits on|wait for|wait on|waiting for"
        "|waiting on|once|prerequisite|prerequisites|prereq|prereqs|follows|contingent on"
        "|subject to|not before|until|when|unblocked by|predecessor|predecessors"
    ),
    waits=(
        "wait|waits|waiting|soak|soaks|soaking|hold|holds|bake|burn in|burnin|cool down|cooldown"
        "|cool off|cooloff|delay|time gated|not before"
    ),
    nothing="none|nothing|n/a|nil|null",
    yes="yes|y|true|yep",
    no="no|n|false|nope",
    totals="total|totals|sum|overall|grand total|subtotal",
    shy="todo",
    mild="ready|running|active|started|next|closing|planned",
    firm=(
        "pending|blocked|deferred|skipped|superseded|parked|in progress|not started|on hold|todo"
        "|to do|wip|cancelled|canceled|not done|incomplete|paused|stalled|obsolete|abandoned|n/a"
        "|tbd"
    ),
    vague=(
        "testing|planning|next|up next|future|draft|doing|executing|backlog|closing|running|failing"
        "|failure|active|started|upcoming|scheduled|in testing|in development|partial|proposed"
        "|released|succeeded|someday|fail"
    ),
)
