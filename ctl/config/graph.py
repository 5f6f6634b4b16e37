"""What is wrong with a flow as a map: places nobody reaches, and loops that a silent caller never leaves.

A caller who does nothing is moved on by the end of speech, by hours and by the fallback of menus and departments. If
those moves never come back to where they have been, every caller reaches an end: a queue, a department or a hang-up.
Loops that need a key ("press 9 to hear this again") are the caller's own choice and are allowed.
"""

from collections.abc import Iterator

from ctl.switchboard.ids import NodeName
from ctl.switchboard.plan import Flow, HoursBranch, Menu, Node, Play, ToDepartment


def automatic(node: Node) -> tuple[NodeName, ...]:
    """Where a caller comes without doing anything."""
    match node:
        case Play():
            return (node.next,)
        case Menu():
            return (node.fallback,)
        case HoursBranch():
            return (node.open, node.closed)
        case ToDepartment():
            return (node.otherwise,)
        case _:
            return ()


def successors(node: Node) -> tuple[NodeName, ...]:
    chosen = tuple(choice.next for choice in node.choices.values()) if isinstance(node, Menu) else ()
    return (*automatic(node), *chosen)


def reachable(flow: Flow) -> frozenset[NodeName]:
    found: set[NodeName] = set()
    waiting = [flow.start]
    while waiting:
        name = waiting.pop()
        if name in flow.nodes and name not in found:
            found.add(name)
            waiting.extend(successors(flow.nodes[name]))
    return frozenset(found)


def unreachable(flow: Flow) -> tuple[NodeName, ...]:
    found = reachable(flow)
    return tuple(name for name in flow.nodes if name not in found)


def silent_loops(flow: Flow) -> Iterator[tuple[NodeName, ...]]:
    """Every loop of automatic moves once, starting at the node that stands first in the file."""
    order = {name: n for n, name in enumerate(flow.nodes)}
    done: set[NodeName] = set()
    for start in flow.nodes:
        trail: list[tuple[NodeName, Iterator[NodeName]]] = []
        _visit(flow, start, trail, done)
        while trail:
            nxt = next(trail[-1][1], None)
            on_trail = [name for name, _ in trail]
            if nxt is None:
                done.add(trail.pop()[0])
            elif nxt in on_trail:
                loop = on_trail[on_trail.index(nxt) :]
                first = loop.index(min(loop, key=order.__getitem__))
                yield (*loop[first:], *loop[:first])
            else:
                _visit(flow, nxt, trail, done)


def _visit(flow: Flow, name: NodeName, trail: list[tuple[NodeName, Iterator[NodeName]]], done: set[NodeName]) -> None:
    if name in flow.nodes and name not in done:
        trail.append((name, iter(automatic(flow.nodes[name]))))
