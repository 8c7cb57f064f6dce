"""How people say in Portuguese that one thing waits for another."""

from __future__ import annotations

from loopkit.loop.words.waiting.language import DAY, HOUR, MINUTE, SECOND, WEEK, Waiting

PORTUGUESE = Waiting(
    needs=r"depende(?:m)? d[aoe]s?|dependências?(?=:)|requer|requerem|precisa(?:m)? d[aoe]s?"
    r"|necessita(?:m)? d[aoe]s?|exige|bloquead[oa]s? por|aguarda(?:m)?|à espera d[aoe]s?"
    r"|pré-requisitos?(?=:)",
    after=r"após|depois d[aoe]s?|assim que|logo que|uma vez|não antes d[aoe]s?",
    when=r"quando",
    until=r"até(?: que)?",
    holds=r"bloquead[oa]s?|espera|esperar|aguarda|aguardar|suspens[oa]s?|não|nunca",
    behind=r"(?:deve|devem|precisa|precisam) (?:estar|ser) (?:concluíd|terminad|completad|"
    r"finalizad)"
    r"[oa]s?|(?:é|são) (?:um )?(?:pré-requisitos?|necessári[oa]s?)|primeiro(?=\s*(?:$|[.,;!]))",
    negations=r"não|nunca|sem|nenhum\w*|nem|já não",
    done=r"(?:est[aáe]\w*|for|forem|seja|sejam)?\s*(?:concluíd[oa]s?|terminad[oa]s?|comple"
    r"tad[oa]s?"
    r"|finalizad[oa]s?|pront[oa]s?|feit[oa]s?|terminar|termine)",
    auxiliary=r"pode|podem|deve|devem|só|somente|não|se|é|são|está|começa|começar|inicia|iniciar"
    r"|também|sempre",
    inner=r"a|o|as|os|da|do|das|dos|de|que|todas?|todos|ambas|fim da|o fim da|conclusão da"
    r"|conclusão do|em|na|no",
    this=r"est[ae](?: fase| passo| etapa)?|isto",
    previous=r"(?:a |o |da |do )?(?:fase|etapa|passo) anterior|(?:a |o )?anterior",
    all_previous=r"tod[ao]s [ao]s (?:fases|etapas|passos) anteriores",
    either=r"uma das|um dos|qualquer d[aoe]s?|qualquer uma d[aoe]s?",
    joined=r"e|bem como",
    parted=r"ou",
    waits=r"esperar|espere|espera(?: de)?|aguardar|aguarde|pausa(?: de)?",
    soaks=r"rodagem|observação|estabilização",
    vague=r"um pouco|um tempo|uns|umas|alguns|algumas|vários|várias|bastante|amanhã|logo"
    r"|mais tarde|minutos?|horas?|dias?|semanas?|m[eê]s(?:es)?|dias úteis|a noite toda",
    numbers="um/uma|dois/duas|três|quatro|cinco|seis|sete",
    units={
        SECOND: "segundo|segundos",
        MINUTE: "minuto|minutos",
        HOUR: "hora|horas",
        DAY: "dia|dias",
        WEEK: "semana|semanas",
    },
)
