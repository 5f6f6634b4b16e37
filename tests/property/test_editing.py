"""Whatever is edited is what is loaded then, comments and all; whatever kills an apply, files and generation agree."""

import asyncio
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctl.config.source import read
from ctl.editing import operators
from ctl.editing.applying import apply, roll_back
from ctl.editing.desk import changing
from ctl.editing.operators import OperatorRow
from ctl.editing.overtaken import OvertakenError, bring, overtaken
from ctl.editing.sheet import Path_, Sheet
from tests.dying_disk import Killed, killed_before
from tests.editing_site import SHIPPED, Site, edit, without_pbx
from tests.examples import examples

FILES = {path.relative_to(SHIPPED).as_posix(): path.read_text(encoding="utf-8") for path in SHIPPED.rglob("*.yaml")}
VALUES = {file: read(SHIPPED / file, file).value for file in FILES}

texts = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp"), exclude_characters="\ufeff"), min_size=1, max_size=12
).map(str.strip).filter(bool)  # fmt: skip
values = st.recursive(
    texts | st.integers(0, 999) | st.booleans(),
    lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(st.from_regex(r"\A[a-z]{1,5}\Z"), inner, min_size=1, max_size=3),
    max_leaves=5,
)  # fmt: skip


def paths(value: Any, here: Path_ = ()) -> Iterator[Path_]:
    inner = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield (*here, key)
        yield from paths(one, (*here, key))


def as_read(value: Any) -> Any:
    """What the loader's reader makes of a value: text."""
    if isinstance(value, dict):
        return {key: as_read(one) for key, one in value.items()}
    if isinstance(value, list):
        return [as_read(one) for one in value]
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: copied(one) for key, one in value.items()}
    return [copied(one) for one in value] if isinstance(value, list) else value


def comments(text: str) -> list[str]:
    return [line.partition("#")[2] for line in text.splitlines() if line.lstrip().startswith("#")]


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, list[tuple[Path_, Any]]]:
    """A file, and values to put at places that were there in the beginning; None takes one away."""
    file = draw(st.sampled_from(sorted(FILES)))
    places = [path for path in paths(VALUES[file]) if len(path) > 1]
    chosen = draw(st.lists(st.sampled_from(places), min_size=1, max_size=3))
    return file, [(path, draw(st.none() | values)) for path in chosen]


@settings(max_examples=examples(150, quick=10), deadline=None)
@given(edits())
def test_what_is_put_is_what_is_read_and_nothing_else_changes(made: tuple[str, list[tuple[Path_, Any]]]) -> None:
    file, changes = made
    sheet = Sheet(FILES[file])
    wanted: Any = copied(VALUES[file])
    for path, value in changes:
        last: Any = path[-1]
        try:
            parent: Any = wanted
            for part in path[:-1]:
                parent = parent[part]
            there = last in parent if isinstance(parent, dict) else last < len(parent)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took away what stood around it
        if not there or not isinstance(parent, dict | list):
            continue
        sheet.put(path, value)
        if value is None:
            del parent[last]
        else:
            parent[last] = as_read(value)
    with TemporaryDirectory() as folder:
        written = Path(folder) / "x.yaml"
        written.write_text(sheet.text, encoding="utf-8")
        assert read(written, file).value == wanted
    # a comment goes only with the container that it stands in
    inside = [path for path, value in changes if isinstance(_at(VALUES[file], path), dict | list)]
    if not inside:
        assert comments(sheet.text) == comments(FILES[file])


def _at(value: Any, path: Path_) -> Any:
    for part in path:
        value = value[part]
    return value


people = st.builds(
    OperatorRow,
    st.integers(1990, 2070).map(str),
    st.sampled_from(["春日 一", "夏目 二郎", "秋山 三枝"]),
    st.dictionaries(st.sampled_from(["general", "tax", "covid"]), st.integers(1, 9), min_size=1),
    st.sampled_from([(), ("tax",), "all"]),
)


@settings(max_examples=examples(30, quick=4), deadline=None)
@given(st.lists(people, min_size=1, max_size=4), st.lists(st.integers(2001, 2060).map(str), max_size=2))
def test_operators_are_who_was_put_and_no_one_who_was_removed(put: list[OperatorRow], removed: list[str]) -> None:
    with TemporaryDirectory() as folder:
        flows = Path(shutil.copytree(SHIPPED, Path(folder) / "f"))
        wanted = {one.extension: one for one in operators.rows(flows)}
        for row in put:
            with changing(flows) as desk:
                operators.put(desk, row, row.extension if row.extension in wanted else None)
            wanted[row.extension] = row
        for extension in removed:
            if extension in wanted:
                with changing(flows) as desk:
                    operators.remove(desk, extension)
                del wanted[extension]
        rows = operators.rows(flows)
        assert {one.extension: one for one in rows} == wanted
        assert len(rows) == len(wanted)


CHANGES = (
    ("operators.yaml", "佐藤 花子", "佐藤 菊子"),
    ("queues.yaml", "priority: 4", "priority: 3"),
    ("services.yaml", "label: FAX受付", "label: FAX"),
    ("flows/fax.yaml", "label: FAX受付", "label: FAX"),
    ("centre.yaml", "limit: 40", "limit: 50"),
)


@pytest.fixture(scope="module", autouse=True)
def _without_pbx() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        without_pbx(patch)
        yield


@settings(max_examples=examples(20), deadline=None)
@given(st.lists(st.sampled_from(CHANGES), unique=True), st.lists(st.sampled_from(CHANGES), unique=True))
def test_disjoint_drafts_both_hold_and_what_both_change_is_refused(
    mine: list[tuple[str, str, str]], theirs: list[tuple[str, str, str]]
) -> None:
    asyncio.run(_two_drafts(mine, theirs))


async def _two_drafts(mine: list[tuple[str, str, str]], theirs: list[tuple[str, str, str]]) -> None:
    with TemporaryDirectory() as folder:
        site = Site(Path(folder))
        await site.deploy()
        first, second = site.draft("1", "a"), site.draft("2", "b")
        for change in theirs:
            edit(first.flows, *change)
        for file, old, after in mine:
            edit(second.flows, file, old, f"{after}0" if "limit" in after else f"{after} ")
        await apply(site.settings, site.deployer, first, author="a", reason="")
        both = {change[0] for change in mine} & {change[0] for change in theirs}
        if both:
            stand = site.files
            with pytest.raises(OvertakenError):
                bring(site.drafts, site.settings, second)
            with pytest.raises(OvertakenError):
                await apply(site.settings, site.deployer, second, author="b", reason="")
            assert (site.files, site.in_force) == (stand, stand)
            return
        brought = bring(site.drafts, site.settings, second)
        await apply(site.settings, site.deployer, brought, author="b", reason="")
        assert site.files == site.in_force
        for _, _, after in theirs:
            assert any(after in site.read(file) for file in FILES)
        for file, _, after in mine:
            assert after in site.read(file)


@settings(max_examples=examples(60, quick=8), deadline=None)
@given(st.integers(0, 400) | st.integers(130, 180) | st.integers(290, 345), st.booleans())
def test_an_apply_that_is_killed_anywhere_leaves_files_and_generation_together(n: int, back: bool) -> None:
    asyncio.run(_killed(n, back))


async def _killed(n: int, back: bool) -> None:
    with TemporaryDirectory() as folder:
        site = Site(Path(folder))
        await site.deploy()
        old = site.files
        if back:
            draft = site.draft()
            for change in CHANGES:
                edit(draft.flows, *change)
            await apply(site.settings, site.deployer, draft, author="a", reason="")
            old = site.files
        draft = site.draft()
        (draft.flows / "sounds").mkdir()
        (draft.flows / "sounds/new.wav").write_bytes(b"sound")
        for file, before, after in CHANGES:
            edit(draft.flows, file, after if back else before, before if back else f"{after}")
        try:
            with killed_before(n):
                if back:
                    await roll_back(site.settings, site.new_deployer(), 1, author="b", reason="")
                else:
                    await apply(site.settings, site.new_deployer(), draft, author="a", reason="")
        except Killed:
            # whoever deploys next, and be it to look only, first brings both together
            async with site.new_deployer()._alone():
                pass
        assert site.files == site.in_force
        assert overtaken(site.settings, draft) is None or site.in_force != old
