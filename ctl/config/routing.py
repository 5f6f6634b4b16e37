"""``services.yaml`` and ``queues.yaml`` → which number leads where, and who serves whom."""

from ctl.config.fields import milliseconds
from ctl.config.files import QueuesFile, QueueShape, ServicesFile
from ctl.config.folder import Document
from ctl.config.notes import Names, Notes
from ctl.config.source import Path_, Source
from ctl.config.speech import prompts
from ctl.switchboard.ids import FlowName, GroupName, Number, QueueName
from ctl.switchboard.plan import Queue, Service, Stage


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
    return {
        QueueName(name): compile_queue(document.source, ("queues", name), name, queue, names, notes)
        for name, queue in document.shape.queues.items()
    }


def compile_queue(source: Source, here: Path_, name: str, queue: QueueShape, names: Names, notes: Notes) -> Queue:
    for n, stage in enumerate(queue.stages):
        notes.known(source, (*here, "stages", n, "group"), stage.group, names.groups, "skill group")
    if queue.stages[0].after_seconds:
        notes.problem(source, (*here, "stages", 0), "the first stage must hold at once; remove its after_seconds")
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
    )
