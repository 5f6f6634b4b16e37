"""``services.yaml`` and ``queues.yaml`` → which number leads where, and who serves whom."""

from ctl.config.announcing import compile_announce
from ctl.config.callbacks import compile_callback
from ctl.config.fields import milliseconds
from ctl.config.files import QueuesFile, QueueShape, ServicesFile, StageShape, WrapUpShape
from ctl.config.folder import Document
from ctl.config.music import music_of_queue
from ctl.config.notes import Names, Notes
from ctl.config.overflow import check_circles, compile_overflow
from ctl.config.source import Path_, Source
from ctl.config.speech import prompts
from ctl.switchboard.ids import FlowName, GroupName, Millis, Number, QueueName
from ctl.switchboard.plan import Queue, Routing, Service, Stage, WrapUp, WrapUpKind
from ctl.switchboard.wrapping import TIMED


def compile_services(document: Document[ServicesFile], names: Names, notes: Notes) -> dict[Number, Service]:
    source, services = document.source, document.shape.services
    notes.once(source, [(("services", n, "number"), service.number) for n, service in enumerate(services)], "number")
    notes.once(source, [(("menus", n), menu) for n, menu in enumerate(document.shape.menus)], "menu")
    found: dict[Number, Service] = {}
    for n, service in enumerate(services):
        notes.known(source, ("services", n, "flow"), service.flow, names.flows, "flow")
        notes.known(source, ("services", n, "queue"), service.queue, names.queues, "queue")
        number = Number(service.number)
        found[number] = Service(number, FlowName(service.flow), service.label, QueueName(service.queue))
    return found


def compile_queues(document: Document[QueuesFile], names: Names, notes: Notes) -> dict[QueueName, Queue]:
    check_circles(document.source, document.shape.queues, notes.problem)
    return {
        QueueName(name): compile_queue(document.source, ("queues", name), name, queue, names, notes)
        for name, queue in document.shape.queues.items()
    }


def compile_routing(document: Document[QueuesFile]) -> Routing:
    shape = document.shape.routing
    return Routing(
        _milliseconds(shape.ageing_seconds, 1),
        _milliseconds(shape.keep_place_minutes, 60),
        _milliseconds(shape.same_operator_minutes, 60),
    )


def _milliseconds(amount: float | None, unit_s: int) -> Millis | None:
    return None if amount is None else milliseconds(amount * unit_s)


def compile_queue(source: Source, here: Path_, name: str, queue: QueueShape, names: Names, notes: Notes) -> Queue:
    for n, stage in enumerate(queue.stages):
        notes.known(source, (*here, "stages", n, "group"), stage.group, names.groups, "skill group")
    if queue.stages[0].after_seconds:
        notes.problem(source, (*here, "stages", 0), "the first stage must hold at once; remove its after_seconds")
    for n, stage in enumerate(queue.stages):
        _check_widening(source, here, queue, n, stage, notes)
    return Queue(
        name=QueueName(name),
        label=queue.label,
        stages=tuple(
            Stage(GroupName(stage.group), stage.max_level, milliseconds(stage.after_seconds)) for stage in queue.stages
        ),
        priority=queue.priority,
        ring_timeout_ms=milliseconds(queue.ring_timeout_seconds),
        entry_prompts=prompts(source, (*here, "entry"), queue.entry, names, notes),
        repeat_prompts=prompts(source, (*here, "repeat"), queue.repeat, names, notes),
        repeat_ms=milliseconds(queue.repeat_seconds),
        overflow=compile_overflow(source, (*here, "overflow"), queue, names, notes),
        callback=compile_callback(source, (*here, "callback"), queue.callback, names, notes),
        wrap_up=_wrap_up(source, (*here, "wrap_up"), queue.wrap_up, notes),
        announce=compile_announce(source, (*here, "announce"), queue, names, notes),
        music=music_of_queue(source, (*here, "music"), queue.music, names, notes),
    )


def _wrap_up(source: Source, here: Path_, shape: WrapUpShape | None, notes: Notes) -> WrapUp | None:
    if shape is None:
        return None
    kind = WrapUpKind(shape.kind)
    if (kind in TIMED) != (shape.seconds is not None):
        timed = ", ".join(sorted(TIMED))
        notes.problem(source, here, f"{kind} with{'' if shape.seconds else 'out'} seconds; seconds belong to {timed}")
    return WrapUp(kind, milliseconds(shape.seconds or 0))


def _check_widening(source: Source, here: Path_, queue: QueueShape, n: int, stage: StageShape, notes: Notes) -> None:
    """Each stage must add somebody, and open before the caller is told to call another time."""
    for m, other in enumerate(queue.stages):
        covers = other.group == stage.group and other.max_level >= stage.max_level
        if covers and (other.after_seconds, m) < (stage.after_seconds, n):
            message = f"adds nobody: stage {m + 1} admits group {stage.group!r} up to level {other.max_level} before it"
            notes.problem(source, (*here, "stages", n), f"{message}; raise max_level, name another group, or remove it")
            break
    ended = [
        rule.after_seconds
        for rule in queue.overflow
        if rule.when == "waited" and rule.say and rule.after_seconds and not rule.callback  # who declines one waits on
    ]
    if ended and stage.after_seconds >= min(ended):
        message = f"never opens: after {min(ended):g} s overflow has ended the call; allowed: less than that"
        notes.problem(source, (*here, "stages", n), message)
