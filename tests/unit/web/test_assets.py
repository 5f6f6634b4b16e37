"""What browsers are served: small, named by content, kept for ever, and carried by the wheel."""

import gzip
import re
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from ctl.security.policy import Role
from ctl.settings import Settings
from ctl.web.app import make_app
from ctl.web.assets import Assets, NotBuilt
from ctl.web.names import NameBook, Names
from ctl.web.pages import BUILT
from tests.unit.web.people import signed_in
from tests.unit.web.town import Browser, StubArchive, StubSwitchboard, a_day, busy_floor, story_of, ward_plan

ROOT = Path(__file__).resolve().parents[3]
MOST_BYTES = 150_000
"""Of one page with everything that it needs, compressed."""


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    day, calls = a_day()
    archive = StubArchive(*(story_of(day, call) for call in calls))
    app = make_app(Settings(), StubSwitchboard(busy_floor()), archive, NameBook(Names.of(ward_plan())))
    async with TestClient(TestServer(app)) as client:
        await signed_in(client, Role.SUPERVISOR)
        yield client


@pytest.mark.parametrize("path", ["/floor", "/wallboard", "/calls", "/calls/1781485200.1", "/_design"])
async def test_page_with_all_that_it_needs_is_small(browser: Browser, path: str) -> None:
    text = await (await browser.get(path)).text()
    needed = re.findall(r'(?:src|href)="(/static/[^"]+)"', text)
    assert any("/built/style-" in one for one in needed)
    bodies = [text.encode(), *[await (await browser.get(one)).read() for one in needed]]
    assert sum(len(gzip.compress(body)) for body in bodies) <= MOST_BYTES


async def test_browsers_keep_what_is_named_by_its_content_and_nothing_else(browser: Browser) -> None:
    built = await browser.get(Assets(BUILT)("style.css"))
    assert "immutable" in built.headers["Cache-Control"]
    page = await browser.get("/floor")
    assert page.headers["Cache-Control"] == "no-store"


def test_without_built_files_one_is_told_how_to_build_them(tmp_path: Path) -> None:
    with pytest.raises(NotBuilt, match="make assets"):
        Assets(tmp_path)


def test_wheel_carries_what_was_built_and_nothing_that_only_building_needs(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())
    files = {f"ctl/web/static/built/{path.name}" for path in BUILT.iterdir()}
    assert files <= names
    assert "ctl/web/templates/base.html" in names
    assert not any("node_modules" in name for name in names)
