"""``flows/NAME.yaml`` → a flow, checked node by node and as a map."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from ctl.config import graph
from ctl.config.fields import milliseconds
from ctl.config.files import AnnouncementShape
from ctl.config.folder import Document
from ctl.config.nodes import (
    CloseNode,
    DepartmentNode,
    FlowFile,
    HangUpNode,
    HoursNode,
    MenuNode,
    NodeShape,
    PlayNode,
    QueueNode,
)
from ctl.config.notes import Names, Notes
from ctl.config.source import Path_, Source
from ctl.config.speech import prompts
from ctl.config.version import content_hash
from ctl.switchboard import plan
from ctl.switchboard.ids import DepartmentCode, FlowName, NodeName, PromptName, QueueName

_KEY_IN_WORDS = re.compile(r"(?<![0-9０-９])([0-9０-９*#＊＃])(?:番)?を")
"""How announcements name a key: 「税金は2を」."""


def compile_flow(name: str, document: Document[FlowFile], names: Names, notes: Notes) -> plan.Flow:
    source, shape = document.source, document.shape
    notes.known(source, ("start",), shape.start, shape.nodes, "node")
    nodes = {
        NodeName(node): _Node(source, ("nodes", node), shape, names, notes).compile(written)
        for node, written in shape.nodes.items()
    }
    flow = plan.Flow(FlowName(name), "", NodeName(shape.start), nodes)
    for node in graph.unreachable(flow):
        notes.problem(source, ("nodes", node), "no caller ever comes here; lead to this node or remove it")
    for loop in graph.silent_loops(flow):
        way = " → ".join((*loop, loop[0]))
        message = (
            f"a caller who does nothing goes round for ever: {way}; let one of them lead to a queue, close or hang_up"
        )
        notes.problem(source, ("nodes", loop[0]), message)
    return replace(flow, version=content_hash(flow)[:12])


class _Node:
    """Compiles one node and notes what it refers to in vain."""

    def __init__(self, source: Source, here: Path_, flow: FlowFile, names: Names, notes: Notes) -> None:
        self.source, self.here, self.flow, self.names, self.notes = source, here, flow, names, notes

    def compile(self, node: NodeShape) -> plan.Node:
        match node:
            case PlayNode():
                return plan.Play(self._say("say", node.say), self._to(node.next, "next"))
            case MenuNode():
                return self._menu(node)
            case HoursNode():
                self.notes.known(self.source, (*self.here, "hours"), node.hours, self.names.hours, "opening hours")
                return plan.HoursBranch(node.hours, self._to(node.open, "open"), self._to(node.closed, "closed"))
            case QueueNode():
                self.notes.known(self.source, (*self.here, "queue"), node.queue, self.names.queues, "queue")
                return plan.ToQueue(QueueName(node.queue), self._business(node.menu, "menu"))
            case DepartmentNode():
                path = (*self.here, "department")
                self.notes.known(self.source, path, node.department, self.names.departments, "department")
                return plan.ToDepartment(DepartmentCode(node.department), self._to(node.otherwise, "otherwise"))
            case CloseNode():
                return plan.Close(self._say("say", node.say))
            case HangUpNode():
                return plan.HangUp()

    def _menu(self, node: MenuNode) -> plan.Menu:
        return plan.Menu(
            prompts=self._say("say", node.say),
            choices={
                key: plan.Choice(
                    self._to(choice.next, "choices", key, "next"), self._business(choice.menu, "choices", key, "menu")
                )
                for key, choice in node.choices.items()
            },
            fallback=self._to(node.fallback, "fallback"),
            timeout_ms=milliseconds(node.timeout_seconds),
            attempts=node.attempts,
            barge_in=node.barge_in,
            timeout_prompts=self._say("on_timeout", node.on_timeout),
            invalid_prompts=self._say("on_invalid", node.on_invalid),
        )

    def _say(self, key: str, written: Iterable[str]) -> tuple[PromptName, ...]:
        return prompts(self.source, (*self.here, key), written, self.names, self.notes)

    def _to(self, name: str, *keys: str) -> NodeName:
        self.notes.known(self.source, (*self.here, *keys), name, self.flow.nodes, "node")
        return NodeName(name)

    def _business(self, menu: str | None, *keys: str) -> str | None:
        if menu is not None:
            self.notes.known(self.source, (*self.here, *keys), menu, self.names.menus, "business menu")
        return menu


def check_keys(document: Document[FlowFile], announcements: Mapping[str, AnnouncementShape], notes: Notes) -> None:
    """Compares the keys that a menu's announcements name with the keys that it takes."""
    for name, node in document.shape.nodes.items():
        if not isinstance(node, MenuNode):
            continue
        said = [announcements[prompt] for prompt in node.say if prompt in announcements]
        if len(said) < len(node.say) or any(announcement.sound for announcement in said):
            continue
        named = keys_in_words("".join(announcement.text for announcement in said))
        path: Path_ = ("nodes", name, "choices")
        for key in sorted(named - set(node.choices)):
            notes.problem(document.source, path, f"the announcement names the key {key}, which leads nowhere; add it")
        for key in sorted(set(node.choices) - named):
            notes.remark(document.source, (*path, key), f"no announcement of this menu names the key {key}")


def keys_in_words(text: str) -> frozenset[str]:
    """The keys that a text tells callers to press."""
    return frozenset(key.translate(_NARROW) for key in _KEY_IN_WORDS.findall(text))


_NARROW = str.maketrans("０１２３４５６７８９＊＃", "0123456789*#")
