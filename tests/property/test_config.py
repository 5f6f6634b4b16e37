"""Whatever is done to the files: either they make a plan, or every problem has a file and a line of it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctl.config import ConfigError, Loaded, load
from ctl.settings import SOURCE_ROOT
from tests.examples import examples

SHIPPED = SOURCE_ROOT / "ivr_flows"
FILES = sorted(file.relative_to(SHIPPED) for file in SHIPPED.rglob("*.yaml"))
VERSION = load(SHIPPED, year=2026).plan.version
TEXTS = {file: (SHIPPED / file).read_text(encoding="utf-8") for file in FILES}

bits = st.one_of(
    st.sampled_from(
        ["", " ", "  ", "\n", "\t", ":", ": ", "- ", "[", "]", "{", "}", "&a ", "*a", "!!int ", '"', "'", "#", "|", ">",
         "---\n", "? ", "<<: ", "null", "~", "true", "-1", "0", "1e999", ".nan", ".inf", "0x10", "9" * 40, "ー", "\x00",
         "\ufeff", "\u2028", "12-29..01-03: closed\n", "2027-02-29", "8:30-17:15, 9:00-10:00", "2001-9999", "kind: menu"]
    ),
    st.text(max_size=8),
)  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn) -> tuple[Path, bytes]:
    """A file with a few stretches of it replaced, anywhere or in place of a whole word."""
    file = draw(st.sampled_from(FILES))
    text = TEXTS[file]
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(0, len(text) - 1)))
        length = draw(st.sampled_from([0, 0, 1, 2, 5, 20, 200]))
        if draw(st.booleans()):
            at = max(text.rfind(sign, 0, at) for sign in " \n[{") + 1
            length = len(text[at : at + 200].split(maxsplit=1)[0]) if text[at : at + 200].split() else 0
        text = text[:at] + draw(bits) + text[at + length :]
    data = text.encode("utf-8", "surrogatepass")
    return file, data[: len(data) - draw(st.sampled_from([0, 0, 0, 1]))]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        yield Path(shutil.copytree(SHIPPED, Path(name) / "ivr_flows"))


@contextmanager
def holding(path: Path, data: bytes) -> Iterator[None]:
    before = path.read_bytes()
    path.write_bytes(data)
    try:
        yield
    finally:
        path.write_bytes(before)


def outcome(folder: Path) -> Loaded | ConfigError:
    try:
        return load(folder, year=2026)
    except ConfigError as error:
        return error


@settings(max_examples=examples(100))
@given(damage=damaged())
def test_damaged_files_make_a_plan_or_problems_with_their_lines(folder: Path, damage: tuple[Path, bytes]) -> None:
    file, data = damage
    with holding(folder / file, data):
        result = outcome(folder)
    if isinstance(result, Loaded):
        assert set(result.prompts) == set(result.plan.prompts)
        assert all(service.flow in result.plan.flows for service in result.plan.services.values())
        return
    assert result.problems
    for problem in result.problems:
        name = Path(problem.file).relative_to("ivr_flows")
        lines = len((data.decode("utf-8", "replace") if name == file else TEXTS[name]).splitlines()) + 1
        assert 0 <= problem.line <= lines
        assert problem.message


@settings(max_examples=examples(30))
@given(file=st.sampled_from([file for file in FILES if file.name != "announcements.yaml"]), data=st.data())
def test_a_comment_anywhere_changes_nothing(folder: Path, file: Path, data: st.DataObject) -> None:
    # In announcements.yaml it would stand inside a text that is folded over several lines, and be said.
    lines = TEXTS[file].splitlines(keepends=True)
    at = data.draw(st.integers(0, len(lines)))
    with holding(folder / file, "".join([*lines[:at], "# with: [signs] & *stars\n", *lines[at:]]).encode()):
        result = outcome(folder)
    assert isinstance(result, Loaded)
    assert result.plan.version == VERSION
