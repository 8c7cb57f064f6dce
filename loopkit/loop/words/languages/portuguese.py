"""The words of plans in Portuguese."""

from __future__ import annotations

from loopkit.loop.model import LoopStatus, PhaseStatus
from loopkit.loop.words.language import Column, Language, Meaning, Topic

LANGUAGE = Language(
    name="portuguese",
    labels="fase|passo|etapa|marco|tarefa|onda|semana|iteração|bloco",
    numbers="zero|um/uma|dois/duas|três|quatro|cinco|seis|sete|oito|nove|dez|onze|doze",
    columns={
        Column.PHASE: "fase|fases|passo|passos|etapa|etapas|tarefa|tarefas|marco|marcos|onda",
        Column.NUMBER: "n.º|nº|número",
        Column.TITLE: (
            "título|descrição|tarefa|o que|objetivo|nome|conteúdo|ação|trabalho|escopo|âmbito"
            "|atividade"
        ),
        Column.STATUS: "estado|situação|status|andamento|progresso",
        Column.DONE: "feito|feito?|concluído|concluído?|pronto|pronto?|terminado|terminado?",
        Column.DEPENDS: (
            "dependência|dependências|depende de|pré-requisito|pré-requisitos|pré requisito"
            "|pré requisitos|requer|depois de|após|bloqueado por|espera por|precisa de"
        ),
        Column.CONDITION: "condição|condições|pré requisito|pré requisitos",
        Column.NOTES: "nota|notas|comentário|comentários|observação|observações",
        Column.OWNER: "responsável|quem|atribuído|atribuído a|encarregado",
        Column.DATE: "data|prazo|quando|início|fim|vencimento|duração",
        Column.EFFORT: "esforço|horas|dias|estimativa|prioridade|risco|tamanho|pontos",
    },
    fields={
        Meaning.ID: "identificador",
        Meaning.TITLE: "título",
        Meaning.STATUS: "estado|situação|status",
        Meaning.OWNER: "responsável|proprietário|atribuído a|encarregado",
        Meaning.SEVERITY: "gravidade|severidade",
        Meaning.CREATED: "criado|criado em|criada em|aberto em|data de criação|data",
        Meaning.CLOSED: "fechado|fechado em|encerrado|encerrado em|concluído em|concluída em",
        Meaning.BLOCKED_BY: "bloqueado por|bloqueada por",
        Meaning.DEPENDS_ON: (
            "depende de|dependência|dependências|pré requisito|pré requisitos|requer|espera por"
        ),
        Meaning.ORDER: "ordem",
    },
    topics={
        Topic.PHASES: (
            "fases|passos|etapas|tarefas|marcos|plano|roteiro|cronograma|calendário"
            "|plano de trabalho"
        ),
        Topic.HEADER: "visão geral|estado|situação|informações|dados gerais",
        Topic.CRITERIA: (
            "critérios de sucesso|critérios de aceitação|critérios|definição de pronto"
            "|definição de concluído|aceitação|validação|verificação"
        ),
        Topic.NON_GOALS: "fora do escopo|fora de escopo|não objetivos|restrições|exclusões",
        Topic.EVIDENCE: "evidência|evidências|prova|provas|resultado|resultados|registro|relatório",
        Topic.ASIDE: (
            "pré requisitos|requisitos|decisões|riscos|anexo|anexos|índice|sumário|referências"
            "|histórico|notas|glossário|perguntas abertas"
        ),
    },
    phases={
        PhaseStatus.DONE: (
            "concluído|concluída|feito|feita|completo|completa|terminado|terminada|finalizado"
            "|finalizada|encerrado|encerrada|fechado|fechada|verificado|verificada|resolvido"
            "|resolvida|implementado|implementada|implantado|implantada|entregue|completado"
            "|concluídos|concluídas|feitos|feitas|completos|completas|terminados|terminadas"
            "|finalizados|finalizadas|encerrados|encerradas|fechados|fechadas|verificados"
            "|verificadas|resolvidos|resolvidas|implementados|implementadas|implantados|implantadas"
            "|completados"
        ),
        PhaseStatus.PENDING: (
            "pendente|a fazer|planejado|planejada|planeado|planeada|não iniciado|não iniciada"
            "|não começado|não começada|aberto|aberta|por fazer|previsto|prevista|incompleto"
            "|incompleta|agendado|agendada|em espera|pronto para começar|pronto para|pronta para"
            "|desbloqueado|desbloqueada|reaberto|reaberta|proposto|proposta|por começar|próximo"
            "|próxima|inacabado|inacabada|pendentes|planejados|planejadas|planeados|planeadas"
            "|abertos|abertas|previstos|previstas|incompletos|incompletas|agendados|agendadas"
            "|desbloqueados|desbloqueadas|reabertos|reabertas|propostos|propostas|inacabados"
            "|inacabadas|por concluir|a concluir|por terminar|a terminar"
        ),
        PhaseStatus.IN_PROGRESS: (
            "em andamento|em curso|em progresso|em execução|iniciado|iniciada|começado|começada"
            "|ativo|ativa|parcial|em revisão|em teste|em testes|em desenvolvimento|iniciados"
            "|iniciadas|começados|começadas"
        ),
        PhaseStatus.BLOCKED: (
            "bloqueado|bloqueada|em pausa|pausado|pausada|parado|parada|suspenso|suspensa"
            "|bloqueados|bloqueadas|pausados|pausadas|parados|paradas|suspensos|suspensas"
        ),
        PhaseStatus.FAILED: (
            "falhou|falhado|falhada|fracassado|fracassada|com falha|falhados|falhadas|fracassados"
            "|fracassadas"
        ),
        PhaseStatus.SKIPPED: (
            "ignorado|ignorada|cancelado|cancelada|adiado|adiada|descartado|descartada|pulado"
            "|pulada|não se aplica|não aplicável|não necessário|não necessária|anulado|anulada"
            "|não planejado|não previsto|substituído|substituída|obsoleto|obsoleta|fora do escopo"
            "|abandonado|abandonada|omitido|omitida|ignorados|ignoradas|cancelados|canceladas"
            "|adiados|adiadas|descartados|descartadas|pulados|puladas|anulados|anuladas"
            "|substituídos|substituídas|obsoletos|obsoletas|abandonados|abandonadas|omitidos"
            "|omitidas"
        ),
        PhaseStatus.UNKNOWN: "desconhecido|desconhecida",
    },
    loops={
        LoopStatus.OPEN: (
            "aberto|aberta|em andamento|em curso|em progresso|em execução|ativo|ativa|iniciado"
            "|iniciada|reaberto|reaberta"
        ),
        LoopStatus.PLANNED: (
            "planejado|planejada|planeado|planeada|proposto|proposta|rascunho|pendente|previsto"
            "|prevista|a fazer|não iniciado|não iniciada|agendado|agendada|pronto para começar"
        ),
        LoopStatus.BLOCKED: "bloqueado|bloqueada|em pausa|pausado|parado|suspenso",
        LoopStatus.CLOSED: (
            "fechado|fechada|concluído|concluída|encerrado|encerrada|feito|terminado|terminada"
            "|finalizado|finalizada|resolvido|resolvida|completo|completa"
        ),
        LoopStatus.DEFERRED: (
            "adiado|adiada|cancelado|cancelada|descartado|descartada|abandonado|abandonada"
            "|rejeitado|rejeitada"
        ),
        LoopStatus.SUPERSEDED: "substituído|substituída|obsoleto|obsoleta",
        LoopStatus.UNKNOWN: "desconhecido|desconhecida",
    },
    negations="não|ainda não|nunca|nem|jamais|nenhum|nenhuma|tampouco",
    parts=(
        "quase|parcialmente|em parte|pela metade|meio|meia|na maior parte|majoritariamente"
        "|não totalmente|não tudo|não todos|não todas|não completamente|praticamente|apenas|só"
        "|somente|metade|basicamente|em grande parte"
    ),
    not_yet=(
        "até|até que|quando|se|assim que|uma vez|por ser|a ser|deve|deve ser|deveria|será|serão"
        "|seria|vai|vai ser|pode|poderia|amanhã|em breve|mais tarde|na próxima semana"
        "|próxima semana|no próximo mês|próximo mês|provavelmente|talvez|supostamente|espera-se"
        "|esperado|a verificar|a confirmar|por confirmar|por verificar|semanalmente|toda semana"
        "|diariamente|antes de|tomara|hoje à noite|para"
    ),
    take_backs=(
        "falta|faltam|faltando|exceto|salvo|com exceção|menos|com erros|erros|erro|revertido"
        "|revertida|desfeito|desfeita|resta|restam|restante|restantes|refazer|regressão"
        "|sem verificar|sem testar|ainda|problemas"
    ),
    nones="sem|nenhum|nenhuma|nada|zero",
    past="era|estava|estavam|antes|anteriormente|previamente|foi",
    neutral=(
        "tudo|todo|toda|todos|todas|totalmente|completamente|plenamente|com sucesso|enfim|agora|já"
        "|está|estão|é|são|foi|tem|sido|fase|passo|etapa|tarefa|tarefas|trabalho|estado|também|o|os"
        "|as|este|esta|isto|ambos|ambas|atualmente|temporariamente"
    ),
    after="durante|do|da|de|a|ao|por|segundo|conforme|devido a|há|em produção",
    places="em|no|na|sobre|desde",
    of="de",
    joins="e|via|mediante|ver|veja|ou|além disso",
    contrasts="mas|porém|contudo|embora|enquanto|no entanto|todavia|depois|e depois|então",
    dates=(
        "janeiro|fevereiro|março|abril|maio|junho|julho|agosto|setembro|outubro|novembro|dezembro"
        "|fev|abr|mai|ago|set|out|dez|segunda|terça|quarta|quinta|sexta|sábado|domingo|hoje|ontem"
        "|anteontem|na semana passada|no mês passado"
    ),
    depends=(
        "depende de|depende do|depende da|dependência|dependências|depois de|após|requer|precisa de"
        "|pré requisito|bloqueado por|bloqueado até|espera por|esperar por|assim que|uma vez"
        "|não antes de|quando"
    ),
    waits="esperar|espera|aguardar|aguarda|repouso|observar|não antes de",
    nothing="nenhuma|nenhum|nada|não se aplica",
    yes="sim|s",
    no="não|n",
    totals="total|totais|soma|subtotal|total geral",
    shy="se|mas|a|e|o|as|os|do|da|no|na|em|com|vai|set|out|ver|era|uma|sobre",
    mild="ativo|ativa|pronto para|pronta para|iniciado|iniciada",
    firm=(
        "em andamento|em curso|pendente|a fazer|bloqueado|bloqueada|cancelado|cancelada|adiado"
        "|adiada|não iniciado"
    ),
    vague="parado|ativo|ativa|em teste|em testes",
)
