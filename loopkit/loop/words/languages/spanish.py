"""The words of plans in Spanish."""

from __future__ import annotations

from loopkit.loop.model import LoopStatus, PhaseStatus
from loopkit.loop.words.language import Column, Language, Meaning, Topic

LANGUAGE = Language(
    name="spanish",
    labels="fase|paso|etapa|hito|tarea|oleada|bloque|semana|iteración|tramo",
    numbers="cero|uno/una/un|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce",
    columns={
        Column.PHASE: "fase|fases|paso|pasos|etapa|etapas|tarea|tareas|hito|hitos|oleada",
        Column.NUMBER: "n.º|nº|núm|número",
        Column.TITLE: (
            "título|descripción|tarea|qué|objetivo|nombre|contenido|acción|trabajo|alcance"
            "|actividad"
        ),
        Column.STATUS: "estado|estatus|avance|progreso|situación",
        Column.DONE: "hecho|hecho?|completado|completado?|terminado|terminado?|listo|listo?",
        Column.DEPENDS: (
            "dependencia|dependencias|depende de|requisito previo|requisitos previos|requiere"
            "|después de|bloqueado por|espera a|prerrequisito|prerrequisitos|necesita"
        ),
        Column.CONDITION: "condición|condiciones|requisito previo|requisitos previos",
        Column.NOTES: "nota|notas|comentario|comentarios|observaciones|observación",
        Column.OWNER: "responsable|quién|asignado|asignado a|encargado|encargada",
        Column.DATE: "fecha|plazo|cuándo|inicio|fin|vencimiento|duración",
        Column.EFFORT: "esfuerzo|horas|días|estimación|prioridad|riesgo|tamaño|puntos",
    },
    fields={
        Meaning.ID: "identificador",
        Meaning.TITLE: "título",
        Meaning.STATUS: "estado|estatus|situación",
        Meaning.OWNER: "responsable|propietario|propietaria|asignado a|encargado|encargada",
        Meaning.SEVERITY: "gravedad|severidad",
        Meaning.CREATED: "creado|creado el|creada|abierto el|fecha de creación|fecha",
        Meaning.CLOSED: "cerrado|cerrado el|cerrada|cerrada el|terminado el|completado el",
        Meaning.BLOCKED_BY: "bloqueado por|bloqueada por",
        Meaning.DEPENDS_ON: (
            "depende de|dependencia|dependencias|requisito previo|requisitos previos|requiere"
            "|espera a|prerrequisitos"
        ),
        Meaning.ORDER: "orden",
    },
    topics={
        Topic.PHASES: (
            "fases|pasos|etapas|tareas|hitos|plan|hoja de ruta|cronograma|calendario"
            "|plan de trabajo"
        ),
        Topic.HEADER: "resumen|estado|información|datos generales|visión general",
        Topic.CRITERIA: (
            "criterios de éxito|criterios de aceptación|criterios|definición de terminado"
            "|definición de hecho|aceptación|validación|verificación"
        ),
        Topic.NON_GOALS: (
            "fuera de alcance|fuera del alcance|no objetivos|restricciones|exclusiones"
        ),
        Topic.EVIDENCE: "evidencia|evidencias|prueba|pruebas|resultado|resultados|registro|informe",
        Topic.ASIDE: (
            "requisitos previos|prerrequisitos|requisitos|decisiones|riesgos|anexo|anexos|índice"
            "|referencias|historial|notas|glosario|preguntas abiertas"
        ),
    },
    phases={
        PhaseStatus.DONE: (
            "hecho|hecha|completado|completada|completo|completa|terminado|terminada|finalizado"
            "|finalizada|cerrado|cerrada|listo|lista|verificado|verificada|resuelto|resuelta"
            "|implementado|implementada|desplegado|desplegada|entregado|entregada|concluido"
            "|concluida|completados|completadas|completos|completas|terminados|terminadas"
            "|finalizados|finalizadas|cerrados|cerradas|listos|listas|verificados|verificadas"
            "|resueltos|resueltas|implementados|implementadas|desplegados|desplegadas|entregados"
            "|entregadas|concluidos|concluidas"
        ),
        PhaseStatus.PENDING: (
            "pendiente|por hacer|planificado|planificada|sin empezar|sin iniciar|no iniciado"
            "|no iniciada|no empezado|no empezada|no comenzado|abierto|abierta|previsto|prevista"
            "|incompleto|incompleta|programado|programada|en espera|listo para empezar"
            "|lista para empezar|listo para|lista para|desbloqueado|desbloqueada|reabierto"
            "|reabierta|propuesto|propuesta|sin terminar|próximo|próxima|pendientes|planificados"
            "|planificadas|abiertos|abiertas|previstos|previstas|incompletos|incompletas"
            "|programados|programadas|desbloqueados|desbloqueadas|reabiertos|reabiertas|propuestos"
            "|propuestas|por terminar|por completar|por concluir"
        ),
        PhaseStatus.IN_PROGRESS: (
            "en curso|en progreso|en proceso|en marcha|iniciado|iniciada|empezado|empezada|activo"
            "|activa|parcial|en revisión|en pruebas|en desarrollo|comenzado|comenzada|iniciados"
            "|iniciadas|empezados|empezadas|comenzados|comenzadas"
        ),
        PhaseStatus.BLOCKED: (
            "bloqueado|bloqueada|en pausa|pausado|pausada|detenido|detenida|suspendido|suspendida"
            "|bloqueados|bloqueadas|pausados|pausadas|detenidos|detenidas|suspendidos|suspendidas"
        ),
        PhaseStatus.FAILED: (
            "fallido|fallida|fallado|falló|fracasado|fracasada|con fallos|fallidos|fallidas"
            "|fallados|fracasados|fracasadas"
        ),
        PhaseStatus.SKIPPED: (
            "omitido|omitida|cancelado|cancelada|aplazado|aplazada|descartado|descartada|pospuesto"
            "|pospuesta|no aplica|no aplicable|no necesario|no necesaria|ya no aplica|anulado"
            "|anulada|no planificado|no previsto|sustituido|sustituida|obsoleto|obsoleta"
            "|fuera de alcance|abandonado|abandonada|diferido|diferida|omitidos|omitidas|cancelados"
            "|canceladas|aplazados|aplazadas|descartados|descartadas|pospuestos|pospuestas|anulados"
            "|anuladas|sustituidos|sustituidas|obsoletos|obsoletas|abandonados|abandonadas"
            "|diferidos|diferidas"
        ),
        PhaseStatus.UNKNOWN: "desconocido|desconocida",
    },
    loops={
        LoopStatus.OPEN: (
            "abierto|abierta|en curso|en progreso|en proceso|en marcha|activo|activa|iniciado"
            "|iniciada|empezado|reabierto|reabierta"
        ),
        LoopStatus.PLANNED: (
            "planificado|planificada|propuesto|propuesta|borrador|pendiente|previsto|prevista"
            "|por hacer|sin empezar|no iniciado|programado|programada|listo para empezar"
        ),
        LoopStatus.BLOCKED: "bloqueado|bloqueada|en pausa|pausado|detenido|suspendido",
        LoopStatus.CLOSED: (
            "cerrado|cerrada|hecho|completado|completada|terminado|terminada|finalizado|finalizada"
            "|resuelto|resuelta|concluido|concluida|completo|completa"
        ),
        LoopStatus.DEFERRED: (
            "aplazado|aplazada|pospuesto|pospuesta|cancelado|cancelada|descartado|descartada"
            "|abandonado|abandonada|rechazado|rechazada"
        ),
        LoopStatus.SUPERSEDED: "sustituido|sustituida|reemplazado|reemplazada|obsoleto|obsoleta",
        LoopStatus.UNKNOWN: "desconocido|desconocida",
    },
    negations="no|aún no|todavía no|nunca|ni|jamás|tampoco|ningún|ninguna",
    parts=(
        "casi|parcialmente|en parte|a medias|medio|media|mayormente|en su mayoría|no del todo"
        "|no todo|no todos|no todas|no completamente|prácticamente|solo|sólo|la mitad"
        "|mayoritariamente|básicamente|en gran parte"
    ),
    not_yet=(
        "para el|para la|antes del|antes de|hasta|hasta que|cuando|si|en cuanto|una vez|por ser"
        "|a ser|debe|debe ser|debería|debería ser|será|serán|sería|va a|puede|podría|mañana|pronto"
        "|más tarde|la próxima semana|próxima semana|el próximo mes|próximo mes|probablemente"
        "|quizás|quizá|tal vez|supuestamente|se espera|esperado|por verificar|por confirmar"
        "|semanalmente|cada semana|a diario|ojalá|esta noche|para"
    ),
    take_backs=(
        "falta|faltan|faltando|excepto|salvo|a excepción|menos|con errores|errores|error|revertido"
        "|revertida|deshecho|deshecha|vuelta atrás|queda|quedan|restante|restantes|rehacer"
        "|regresión|sin verificar|sin probar|todavía|aún|problemas"
    ),
    nones="sin|ningún|ninguna|ninguno|nada|cero",
    past="era|estaba|estaban|antes|anteriormente|previamente|fue",
    neutral=(
        "todo|toda|todos|todas|totalmente|completamente|plenamente|con éxito|por fin|ahora|ya|está"
        "|están|es|son|ha|han|sido|fase|paso|etapa|tarea|tareas|trabajo|estado|también|el|los|las"
        "|este|esta|esto|ambos|ambas|exitosamente|actualmente|temporalmente"
    ),
    after="durante|del|de|a|al|por|según|debido a|hacia|hace|en producción|a producción",
    places="el|en|sobre|desde",
    of="de",
    joins="y|e|vía|mediante|ver|véase|o|además",
    contrasts="pero|sin embargo|aunque|mientras que|no obstante|luego|y luego|después",
    dates=(
        "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre|noviembre"
        "|diciembre|ene|abr|ago|dic|lunes|martes|miércoles|jueves|viernes|sábado|domingo|hoy|ayer"
        "|anteayer|la semana pasada|el mes pasado"
    ),
    depends=(
        "depende de|depende del|dependencia|dependencias|después de|tras|requiere|necesita"
        "|requisito previo|bloqueado por|bloqueado hasta|espera a|esperar a|una vez|en cuanto"
        "|no antes de|cuando"
    ),
    waits="esperar|espera|esperando|reposo|observar|no antes de",
    nothing="ninguna|ninguno|nada|no aplica",
    yes="sí|si|s",
    no="no|n",
    totals="total|totales|suma|subtotal|total general",
    shy="no|sin|ni|si|son|a|e|o|y|el|es|solo|media|once|en|de|con|ver|era|sobre",
    mild="activo|activa|listo para|lista para|iniciado|iniciada",
    firm=(
        "en curso|en progreso|pendiente|por hacer|bloqueado|bloqueada|cancelado|cancelada|aplazado"
        "|aplazada|sin empezar"
    ),
    vague="lista|listo|activo|activa|en pruebas",
)
