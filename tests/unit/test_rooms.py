"""The rooms stay apart: who may import whom is a rule, and this walks the imports to hold it."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "ctl").rglob("*.py"))

ANYONE = {"settings", "secrets", "pins", "spreadsheet", "maker"}
MAY_IMPORT: dict[str, set[str]] = {
    "switchboard": set(),
    "kpi": {"switchboard"},
    "simulation": {"switchboard", "kpi", "config"},
    "config": {"switchboard", *ANYONE},
    "prompts": {"switchboard", "config", *ANYONE},
    "journal": {"switchboard", *ANYONE},
    "pbx": {"switchboard", "config", "prompts", "house", *ANYONE},
    "house": ANYONE,
    "editing": {"switchboard", "config", "prompts", "pbx", "house", *ANYONE},
    "runtime": {"switchboard", "kpi", "config", "prompts", "journal", "pbx", *ANYONE},
    "database": {"switchboard", *ANYONE},
    "security": {"database", "switchboard", *ANYONE},
    "cms": {"database", "kpi", "journal", "switchboard", *ANYONE},
    "recording": {"database", "switchboard", "cms", *ANYONE},
    "ops": {"security", "database", "journal", "recording", "cms", "runtime", "switchboard", *ANYONE},
    "web": {
        "prompts",
        "security",
        "editing",
        "cms",
        "recording",
        "database",
        "runtime",
        "ops",
        "config",
        "switchboard",
        *ANYONE,
    },
}
"""What each room may import of the others. `cli` and `lab` are missing on purpose: they wire everything together."""


def room_of(path: Path) -> str:
    parts = path.relative_to(ROOT / "ctl").parts
    return parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            if node.module == "ctl":
                yield from (f"ctl.{alias.name}" for alias in node.names)


def test_rooms_import_only_what_they_may() -> None:
    walled = [path for path in MODULES if room_of(path) in MAY_IMPORT]
    assert walled
    crossed = {
        (str(path.relative_to(ROOT)), name)
        for path in walled
        for name in imported(path)
        if name.startswith("ctl.") and name.split(".")[1] not in MAY_IMPORT[room_of(path)] | {room_of(path)}
    }
    assert not crossed


def test_switchboard_is_pure() -> None:
    pure = [path for path in MODULES if room_of(path) == "switchboard"]
    assert pure
    impure = {
        "asyncio",
        "io",
        "logging",
        "os",
        "pathlib",
        "random",
        "secrets",
        "socket",
        "subprocess",
        "threading",
        "time",
    }
    allowed = (set(sys.stdlib_module_names) | {"ctl"}) - impure
    crossed = {(path.name, name) for path in pure for name in imported(path) if name.split(".")[0] not in allowed}
    assert not crossed


def test_screens_begin_without_what_only_a_sound_needs() -> None:
    """scipy would cost every start of the web most of a second, and 70 MB for as long as it lives."""
    asked = "import sys, ctl.web.app; print([name for name in ('ctl.web.app', 'scipy', 'pyopenjtalk') if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "['ctl.web.app']"


def test_every_command_begins_without_what_only_some_need() -> None:
    """A switchboard that was killed begins as a command does, while callers wait: tables and the journal's codec cost it half a second."""
    asked = (
        "import sys, ctl.cli; sys.argv = ['ctl', '--help']\n"
        "try: ctl.cli.main()\n"
        "except SystemExit: print([name for name in ('sqlalchemy', 'cattrs', 'aiohttp', 'jinja2') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert "switchboard" in told.stdout
    assert told.stdout.splitlines()[-1] == "[]"
