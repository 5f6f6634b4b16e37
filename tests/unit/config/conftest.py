"""The files that the product ships, copied so that a test may spoil them."""

import shutil
from pathlib import Path

import pytest

from ctl.settings import SOURCE_ROOT

SHIPPED = SOURCE_ROOT / "ivr_flows"


class Files:
    """A copy of ``ivr_flows``. `line` finds where something stands, so that no test holds a line number."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def change(self, name: str, old: str, new: str) -> None:
        text = self.read(name)
        assert old in text, f"{name} does not hold {old!r}"
        self.write(name, text.replace(old, new, 1))

    def read(self, name: str) -> str:
        return (self.path / name).read_text(encoding="utf-8")

    def write(self, name: str, text: str) -> None:
        (self.path / name).write_text(text, encoding="utf-8")

    def line(self, name: str, text: str) -> int:
        """The first line with ``text``, from 1."""
        return next(n for n, line in enumerate(self.read(name).splitlines(), 1) if text in line)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(Path(shutil.copytree(SHIPPED, tmp_path / "ivr_flows")))
