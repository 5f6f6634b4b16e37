"""What a command of the proving ground found: a table for the eyes, and a folder to keep."""

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from matplotlib.figure import Figure


@contextmanager
def workplace(keep: Path | None, prefix: str) -> Iterator[Path]:
    """Where captures, logs and the centre's home lie: a new folder to keep, or one that goes away."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix=prefix) as name:
            yield Path(name)
    else:
        keep.mkdir(parents=True)
        yield keep
        shutil.rmtree(keep / "flows", ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that was tried. ``held`` is None for what is told besides and expects nothing."""

    name: str
    expected: str
    seen: str
    held: bool | None
    tried: bool = True
    """False for what this machine does not allow to be tried: nothing is known of it then."""

    @property
    def verdict(self) -> str:
        if not self.tried:
            return "NOT TRIED"
        return {None: "", True: "held", False: "BROKEN"}[self.held]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a command found. ``plots`` by the name of their file, without its ending."""

    cases: Sequence[Case]
    plots: Mapping[str, Figure] = field(default_factory=dict)
    notes: Sequence[str] = ()
    """What a reader needs to repeat it: seeds, versions, how long it took."""
    allow_untried: bool = False
    """Whether it may hold although something could not be tried."""

    @property
    def held(self) -> bool:
        """Whether something held, nothing broke, and all was tried that had to be."""
        tried = self.allow_untried or all(case.tried for case in self.cases)
        return tried and any(case.held for case in self.cases) and not any(case.held is False for case in self.cases)

    def write(self, command: str, reports: Path, now: datetime) -> Path:
        """A new folder with ``report.md``, ``report.json`` and the plots as SVG; its path."""
        folder = reports / f"{command}-{now:%Y%m%d-%H%M%S}"
        folder.mkdir(parents=True)
        for name, figure in self.plots.items():
            figure.savefig(folder / f"{name}.svg", bbox_inches="tight")
        pictures = [f"![{name}]({name}.svg)" for name in self.plots]
        text = [f"# {command}, {now:%Y-%m-%d %H:%M:%S}", table(self.cases), *self.notes, *pictures]
        (folder / "report.md").write_text("\n\n".join(text) + "\n", encoding="utf-8")
        document = {"command": command, "at": now.isoformat(), "cases": [asdict(case) for case in self.cases]}
        (folder / "report.json").write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
        return folder


def table(cases: Sequence[Case]) -> str:
    """A Markdown table. What was seen may hold anything that a stranger sent: it stays one cell."""
    lines = ["| case | expected | seen | verdict |", "|---|---|---|---|"]
    lines += [f"| {_cell(one.name)} | {_cell(one.expected)} | {_cell(one.seen)} | {one.verdict} |" for one in cases]
    return "\n".join(lines)


def _cell(text: str) -> str:
    shown = "".join(sign if sign.isprintable() else " " for sign in text)
    return shown.replace("\\", "\\\\").replace("|", "\\|")
