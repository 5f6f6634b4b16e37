"""One YAML file that is being changed: values in place, entries by whole lines, so that every comment stays where it is.

ruamel keeps a comment with the entry *before* it, so what ruamel takes away or appends would take comments along or slip
between them. Entries of block style are therefore added, removed and moved as lines; their values change in ruamel's tree.
Of a tree that is written again only the lines of what has changed are taken: ruamel keeps no comments within brackets.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.nodes import MappingNode, SequenceNode
from ruamel.yaml.scalarstring import FoldedScalarString

from ctl.editing.document import FOLD_FROM, NotYaml, composed, folded, parsed, plain, same, written

Path_ = tuple[str | int, ...]


class Sheet:
    """Raises `NotYaml` when the text is none, and `KeyError` or `IndexError` for a path that is not there."""

    def __init__(self, text: str) -> None:
        self.text = text

    def value(self, path: Path_) -> Any:
        return _at(parsed(self.text), path)

    def has(self, path: Path_) -> bool:
        try:
            self.value(path)
        except (KeyError, IndexError, TypeError):
            return False
        return True

    def put(self, path: Path_, value: object) -> None:
        """Let the value at ``path`` be this one; None takes the key away. Whatever reads alike stays as it is written."""
        if value is None:
            if self.has(path):
                self.remove(path)
            return
        if not self.has(path):
            self.add(path[:-1], value, str(path[-1]))
            return
        document = parsed(self.text)
        later: list[tuple[str, Path_, object]] = []
        changed: list[Path_] = []
        _assign(_at(document, path[:-1]), path, value, later, changed)
        self._take(written(document), changed)
        for what, where, new in later:
            match what:
                case "add":
                    self.add(where[:-1], new, where[-1] if isinstance(where[-1], str) else None)
                case "remove":
                    self.remove(where)

    def add(self, path: Path_, value: object, key: str | None = None, after: str | int | None = None) -> None:
        """A new entry of the mapping or list at ``path``, behind the entry ``after`` or at the end."""
        node = _node(composed(self.text), path)
        if node.flow_style or not node.value:
            self._add_in_tree(path, value, key, after)
            return
        n = len(node.value) - 1 if after is None else _index(node, after)
        first = _start(node, 0)
        column = first.column - (0 if isinstance(node, MappingNode) else 2)
        line = self._end(path, node, n)
        new = _lines(value, key, " " * column, like=_entry(node, n))
        lines = self.text.splitlines()
        self.text = "\n".join([*lines[:line], *new, *lines[line:]]) + "\n"

    def remove(self, path: Path_) -> None:
        """An entry with its lines; comments above it and behind it stay."""
        node = _node(composed(self.text), path[:-1])
        n = _index(node, path[-1])
        lines = self.text.splitlines()
        start = _start(node, n)
        lead = lines[start.line][: start.column].strip()
        if node.flow_style or lead not in ("", "-") or (isinstance(node, MappingNode) and lead):
            document = parsed(self.text)
            del _at(document, path[:-1])[path[-1]]
            self._take(written(document), [path[:-1]])
            return
        end = self._end(path[:-1], node, n)
        kept = [*lines[: start.line], *lines[end:]]
        if len(node.value) == 1:
            kept[start.line : start.line] = [f"{' ' * start.column}{'{}' if isinstance(node, MappingNode) else '[]'}"]
        self.text = "\n".join(kept) + "\n"

    def move(self, path: Path_, to: int) -> None:
        """An entry of a list to another place in it."""
        node = _node(composed(self.text), path[:-1])
        n = _index(node, path[-1])
        if n == to or not 0 <= to < len(node.value):
            return
        if node.flow_style:
            document = parsed(self.text)
            listed = _at(document, path[:-1])
            listed.insert(to, listed.pop(n))
            self._take(written(document), [path[:-1]])
            return
        lines = self.text.splitlines()
        start, end = _start(node, n).line, self._end(path[:-1], node, n)
        target = _start(node, to).line if to < n else self._end(path[:-1], node, to)
        taken = lines[start:end]
        if to < n:
            lines = [*lines[:target], *taken, *lines[target:start], *lines[end:]]
        else:
            lines = [*lines[:start], *lines[end:target], *taken, *lines[target:]]
        self.text = "\n".join(lines) + "\n"

    def _add_in_tree(self, path: Path_, value: object, key: str | None, after: str | int | None) -> None:
        document = parsed(self.text)
        container = _at(document, path)
        if isinstance(container, CommentedMap):
            keys = list(container)
            place = len(keys) if after is None else keys.index(after) + 1
            container.insert(place, key, plain(value))
            if not keys:
                container.fa.set_block_style()
        else:
            container.insert(len(container) if after is None else int(after) + 1, plain(value))
            if len(container) == 1:
                container.fa.set_block_style()
        self._take(written(document), [path])

    def _take(self, text: str, changed: Sequence[Path_]) -> None:
        """The same document written anew. If that has lost comments: its lines for what has changed, and ours for the rest."""
        if text.count("#") != self.text.count("#"):
            patched = self._patched(Sheet(text), changed)
            if _reads(patched, parsed(text)):
                text = patched
        self.text = text

    def _patched(self, other: "Sheet", changed: Sequence[Path_]) -> str:
        """Our lines, but for the entries at these paths, or the smallest ones around them that have lines of their own."""
        mine, theirs = self.text.splitlines(), other.text.splitlines()
        roots = composed(self.text), composed(other.text)
        pieces = {}
        for path in changed:
            for depth in range(len(path), 0, -1):
                ours, its = self._piece(roots[0], path[:depth]), other._piece(roots[1], path[:depth])
                if ours is not None and its is not None and ours[2] == its[2]:
                    pieces[ours[0]] = ours[1], its[0], its[1]
                    break
        for first in sorted(pieces, reverse=True):
            behind, new_first, new_behind = pieces[first]
            mine[first:behind] = theirs[new_first:new_behind]
        return "\n".join(mine) + "\n"

    def _piece(self, root: Any, path: Path_) -> tuple[int, int, str] | None:
        """First line of an entry, the line behind its last, and what stands before it on its first; None within brackets."""
        node = root
        for depth, part in enumerate(path):
            if node.flow_style:
                return None
            try:
                n = _index(node, part)
            except (KeyError, IndexError):
                return None
            if depth + 1 < len(path):
                node = _entry(node, n)
        start = _start(node, n)
        return start.line, self._end(path[:-1], node, n, root), self.text.splitlines()[start.line][: start.column]

    def _end(self, path: Path_, node: Any, n: int, root: Any = None) -> int:
        """The line behind the last one of an entry; blank lines and comments behind it are not its own."""
        lines = self.text.splitlines()
        start = _start(node, n).line
        end = (
            _start(node, n + 1).line
            if n + 1 < len(node.value)
            else _behind(root or composed(self.text), path, len(lines))
        )
        while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
            end -= 1
        return end


def _reads(text: str, document: Any) -> bool:
    try:
        return bool(parsed(text) == document)
    except NotYaml:
        return False


def _assign(
    parent: Any, path: Path_, value: object, later: list[tuple[str, Path_, object]], changed: list[Path_]
) -> None:
    """Change values in the tree, and note where; what comes and goes is left for `later`, removals from behind."""
    key = path[-1]
    now, new = parent[key], plain(value)
    if same(now, new):
        return
    if isinstance(now, CommentedMap) and isinstance(value, Mapping) and now:
        wanted = {str(name): one for name, one in value.items() if one is not None}
        for name, one in wanted.items():
            if name in now:
                _assign(now, (*path, name), one, later, changed)
            else:
                later.append(("add", (*path, name), one))
        later.extend(("remove", (*path, name), None) for name in now if name not in wanted)
    elif isinstance(now, CommentedSeq) and isinstance(value, Sequence) and not isinstance(value, str) and now and value:
        for n, one in enumerate(value):
            if n < len(now):
                _assign(now, (*path, n), one, later, changed)
            else:
                later.append(("add", (*path, n), one))
        later.extend(("remove", (*path, n), None) for n in reversed(range(len(value), len(now))))
    else:
        changed.append(path)
        parent[key] = folded(new) if isinstance(now, FoldedScalarString) and type(new) is str else new


def _at(document: Any, path: Path_) -> Any:
    for part in path:
        document = document[part]
    return document


def _node(node: Any, path: Path_) -> Any:
    for part in path:
        node = node.value[_index(node, part)][1] if isinstance(node, MappingNode) else node.value[_index(node, part)]
    return node


def _index(node: Any, part: str | int) -> int:
    if isinstance(node, MappingNode):
        found = [n for n, (key, _) in enumerate(node.value) if key.value == part]
        if not found:
            raise KeyError(part)
        return found[0]
    if not isinstance(node, SequenceNode) or not isinstance(part, int) or not 0 <= part < len(node.value):
        raise IndexError(part)
    return part


def _entry(node: Any, n: int) -> Any:
    return node.value[n][1] if isinstance(node, MappingNode) else node.value[n]


def _start(node: Any, n: int) -> Any:
    entry = node.value[n]
    return (entry[0] if isinstance(node, MappingNode) else entry).start_mark


def _behind(root: Any, path: Path_, lines: int) -> int:
    """The line on which the next entry behind the container at ``path`` begins."""
    for depth in range(len(path) - 1, -1, -1):
        outer = _node(root, path[:depth])
        n = _index(outer, path[depth])
        if n + 1 < len(outer.value):
            line: int = _start(outer, n + 1).line
            return line
    return lines


def _lines(value: object, key: str | None, indent: str, like: Any) -> list[str]:
    """An entry as lines: on one or on several, as its neighbour is, or where that has no form, as it is long."""
    new: Any = folded(value, FOLD_FROM) if isinstance(value, str) else _styled(value, like)
    made: Any = CommentedMap({plain(key): new}) if key is not None else CommentedMap({"x": CommentedSeq([new])})
    lines = written(made).splitlines()
    if key is None:
        lines = [line[2:] for line in lines[1:]]
    return [f"{indent}{line}" if line else line for line in lines]


LONG_LINE = 100
"""Characters of a mapping from which it is written over several lines."""


def _styled(value: object, like: Any) -> Any:
    made = plain(value)
    if isinstance(made, CommentedMap):
        long = len(written(CommentedMap({"x": made}))) > LONG_LINE
        if not like.flow_style if isinstance(like, MappingNode) else long:
            made.fa.set_block_style()
    return made
