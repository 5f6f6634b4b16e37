"""Where a draft is changed: files as sheets, each checked for itself before anything of it is kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ctl.config import ConfigError, Problem
from ctl.editing.checking import check_alone
from ctl.editing.document import NotYaml, save
from ctl.editing.sheet import Path_, Sheet


class Desk:
    """The files of one draft while they are being changed."""

    def __init__(self, flows: Path) -> None:
        self.flows = flows
        self._sheets: dict[str, Sheet] = {}

    def sheet(self, file: str) -> Sheet:
        """The file as it is now; an empty mapping when there is none yet."""
        if file not in self._sheets:
            path = self.flows / file
            self._sheets[file] = Sheet(path.read_text(encoding="utf-8-sig") if path.exists() else "{}\n")
        return self._sheets[file]

    def put(self, file: str, path: Path_, value: object) -> None:
        """Set a value; mappings on the way to it are made, and None takes it away."""
        sheet = self.sheet(file)
        for depth in range(1, len(path)):
            if value is not None and not sheet.has(path[:depth]):
                sheet.add(path[: depth - 1], _nested(path[depth:], value), str(path[depth - 1]))
                return
        sheet.put(path, value)

    def remove(self, file: str, path: Path_) -> None:
        """An entry; a mapping or list that is empty without it goes, too, if it may be missing."""
        self.sheet(file).remove(path)

    def keep(self) -> None:
        """Write what was changed. Raises `ConfigError`, and then nothing is written."""
        problems: list[Problem] = []
        for file, sheet in self._sheets.items():
            aside = self.flows / f".{file.replace('/', '.')}.check"
            aside.write_text(sheet.text, encoding="utf-8")
            try:
                check_alone(aside, file)
            except ConfigError as error:
                problems.extend(error.problems)
            finally:
                aside.unlink()
        if problems:
            raise ConfigError(problems)
        for file, sheet in self._sheets.items():
            save(self.flows / file, sheet.text)


@contextmanager
def changing(flows: Path) -> Iterator[Desk]:
    """A desk whose changes are kept at the end. Raises `ConfigError`, also for a file that is no YAML."""
    desk = Desk(flows)
    try:
        yield desk
    except NotYaml:
        for file in sorted(path.relative_to(flows).as_posix() for path in flows.rglob("*.yaml")):
            check_alone(flows / file, file)
        raise
    desk.keep()


def write_text(flows: Path, file: str, text: str) -> None:
    """The whole file as people typed it. Raises `ConfigError` when it alone is wrong; then nothing is written."""
    desk = Desk(flows)
    desk.sheet(file).text = text.replace("\r\n", "\n").rstrip() + "\n"
    desk.keep()


def _nested(path: Path_, value: object) -> object:
    for part in reversed(path):
        value = {part: value}
    return value
