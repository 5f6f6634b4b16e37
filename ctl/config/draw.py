"""Draws a flow as text that Mermaid or Graphviz turns into a picture."""

from collections.abc import Iterator, Mapping
from typing import assert_never

from ctl.switchboard.ids import NodeName
from ctl.switchboard.plan import Close, Flow, HangUp, HoursBranch, Menu, Node, Plan, Play, ToDepartment, ToQueue

_MERMAID_SHAPES = {
    Play: ("[", "]"),
    Menu: ("{{", "}}"),
    HoursBranch: ("{", "}"),
    ToQueue: ("([", "])"),
    ToDepartment: ("[[", "]]"),
    Close: ("(", ")"),
    HangUp: ("(", ")"),
}
_DOT_SHAPES = {
    Play: "box",
    Menu: "hexagon",
    HoursBranch: "diamond",
    ToQueue: "ellipse",
    ToDepartment: "box3d",
    Close: "octagon",
    HangUp: "octagon",
}


def mermaid(flow: Flow, plan: Plan) -> str:
    """The flow as a Mermaid flowchart."""
    ids = {name: f"n{n}" for n, name in enumerate(flow.nodes)}
    lines = ["flowchart TD", f"  start(({_mermaid_text(flow.name)})) --> {ids[flow.start]}"]
    for name, node in flow.nodes.items():
        left, right = _MERMAID_SHAPES[type(node)]
        lines.append(f'  {ids[name]}{left}"{_mermaid_text(title(name, node, plan))}"{right}')
    for name, to, label in edges(flow):
        lines.append(
            f'  {ids[name]} -->|"{_mermaid_text(label)}"| {ids[to]}' if label else f"  {ids[name]} --> {ids[to]}"
        )
    return "\n".join(lines) + "\n"


def dot(flow: Flow, plan: Plan) -> str:
    """The flow as a Graphviz digraph."""
    lines = [f"digraph {_dot_text(flow.name)} {{", "  start [shape=point]", f"  start -> {_dot_text(flow.start)}"]
    for name, node in flow.nodes.items():
        label = _dot_text(title(name, node, plan))
        lines.append(f"  {_dot_text(name)} [shape={_DOT_SHAPES[type(node)]}, label={label}]")
    for name, to, label in edges(flow):
        lines.append(f"  {_dot_text(name)} -> {_dot_text(to)}" + (f" [label={_dot_text(label)}]" if label else ""))
    return "\n".join([*lines, "}"]) + "\n"


def edges(flow: Flow) -> Iterator[tuple[NodeName, NodeName, str]]:
    """From, to, and what moves the caller."""
    for name, node in flow.nodes.items():
        for to, label in _moves(node):
            yield name, to, label


def _moves(node: Node) -> Iterator[tuple[NodeName, str]]:
    match node:
        case Play():
            yield node.next, ""
        case Menu():
            for key, choice in node.choices.items():
                yield choice.next, f"{key} {choice.menu or ''}".strip()
            yield node.fallback, f"no key, {node.attempts}×"
        case HoursBranch():
            yield node.open, "open"
            yield node.closed, "closed"
        case ToDepartment():
            yield node.otherwise, "no answer"
        case ToQueue() | Close() | HangUp():
            return
        case _:
            assert_never(node)


def title(name: NodeName, node: Node, plan: Plan) -> str:
    """A node in a line or two: its name, and what it does."""
    match node:
        case Play() | Menu() | Close():
            says: Mapping[str, str] = {"play": "says", "menu": "asks", "close": "closes with"}
            what = f"{says[type(node).__name__.lower()]} {', '.join(node.prompts)}"
        case HoursBranch():
            what = f"{node.hours} open?"
        case ToQueue():
            what = f"queue {plan.queues[node.queue].label}"
        case ToDepartment():
            what = f"department {plan.departments[node.department].name}"
        case HangUp():
            what = "hangs up"
        case _:
            assert_never(node)
    return f"{name}\n{what}"


def _mermaid_text(text: str) -> str:
    escaped = text.replace("#", "#35;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")
    return escaped.replace("\n", "<br>")


def _dot_text(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
