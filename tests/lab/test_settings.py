"""The settings end to end: a menu is changed in the browser, and the next caller hears it; broken, refused, taken back."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from aiohttp import FormData
from aiohttp.test_utils import TestClient, TestServer

from ctl.lab import flows, scenes
from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange
from ctl.lab.tones import tone, write_wav
from ctl.runtime.client import SwitchboardClient
from ctl.security.policy import Role
from ctl.web.app import make_app
from ctl.web.names import NameBook
from tests.unit.web.people import signed_in
from tests.unit.web.town import Browser, StubArchive

MAIN = "/settings/text/flows/main.yaml"
KEY = "8"
"""A key that the menu of the ward has not."""


@dataclass(frozen=True)
class Guidance:
    """An announcement that is a tone here, so that it is recognised like a voice."""

    name: str
    voice: int


GREETING = Guidance("greeting", 2000)
NEW_GREETING = Guidance("greeting", 2600)
NIGHT = Guidance("night", 1100)
WRONG_KEY = Guidance("wrong-key", 2300)


@pytest_asyncio.fixture(loop_scope="session")
async def browser(running_centre: Centre, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Browser]:
    """An administrator in front of this centre's settings. Afterwards files and generation are as they were."""
    for name, value in running_centre.environment().items():
        monkeypatch.setenv(name, value)
    settings = running_centre.settings
    before = {path: path.read_bytes() for path in settings.flows.rglob("*") if path.is_file()}
    flows.sound(settings.flows, {one.name: one.voice for one in (GREETING, NIGHT, WRONG_KEY)}, seconds=4)
    done = await running_centre.ctl("deploy", "--reason", "tones", within_s=120)
    assert done.status == 0, done.err
    app = make_app(settings, SwitchboardClient(settings), StubArchive(), NameBook())
    async with TestClient(TestServer(app)) as client:
        await signed_in(client, Role.ADMIN)
        yield client
    for path in settings.flows.rglob("*"):
        if path.is_file() and path not in before:
            path.unlink()
    for path, content in before.items():
        path.write_bytes(content)
    done = await running_centre.ctl("deploy", within_s=120)
    assert done.status == 0, done.err


async def page(browser: Browser, path: str) -> str:
    async with browser.get(path) as answer:
        assert answer.status == 200
        return await answer.text()


async def send(browser: Browser, path: str, fields: dict[str, str] | FormData) -> str:
    """Send a form; the page on which one ends."""
    async with browser.post(path, data=fields) as answer:
        text = await answer.text()
        assert answer.status == 200, text
        return text


async def edited(browser: Browser, before: str, after: str) -> None:
    """Change the flow of the representative number in the editor."""
    shown = await page(browser, MAIN)
    text = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", shown, re.DOTALL)
    seen = re.search(r'name="seen" value="([^"]+)"', shown)
    assert text is not None
    assert seen is not None
    plain = text[1].replace("&#34;", '"').replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&")
    assert before in plain
    await send(browser, MAIN, {"seen": seen[1], "text": plain.replace(before, after), "do": "save"})


async def test_a_menu_changed_in_the_browser_is_heard_by_the_next_caller_and_taken_back(
    browser: Browser, centre: Centre, town: Exchange
) -> None:
    before = (centre.settings.flows / "flows/main.yaml").read_bytes()
    early = await town.citizen_calls(scenes.INQUIRY)
    assert await early.hears(GREETING)

    recording = centre.settings.flows.parent / "new.wav"
    write_wav(recording, tone(NEW_GREETING.voice, 4))
    form = FormData()
    form.add_field("name", GREETING.name)
    form.add_field("file", recording.read_bytes(), filename="new.wav")
    await send(browser, "/settings/prompts/upload", form)
    await edited(browser, '"9": {next: main-menu}', f'"9": {{next: main-menu}}\n      "{KEY}": {{next: night}}')
    # the announcement of the menu names no such key: worth a remark, no reason to refuse
    applied = await send(browser, "/settings/apply", {"reason": "年末の案内"})
    assert "終わりました" in applied, applied
    assert (centre.settings.flows / "flows/main.yaml").read_bytes() != before
    assert (await centre.phase(early, "ivr"))["called"] == scenes.INQUIRY, "the early caller did not notice"

    citizen = await town.citizen_calls(scenes.INQUIRY)
    assert await citizen.hears(NEW_GREETING)
    await scenes.choose(centre, citizen, KEY)
    assert await citizen.hears(NIGHT)
    await citizen.is_gone(within_s=20)

    await edited(browser, f'"{KEY}": {{next: night}}', f'"{KEY}": {{next: nigth}}')
    refused = await send(browser, "/settings/apply", {"reason": "誤り"})
    line = (centre.settings.flows / "flows/main.yaml").read_text(encoding="utf-8").split(f'"{KEY}"')[0].count("\n") + 1
    assert "何も変わっていません" in refused
    assert f"flows/main.yaml:{line}" in refused
    assert "「nigth」はありません" in refused
    still = await town.citizen_calls(scenes.INQUIRY)
    assert await still.hears(NEW_GREETING)

    await send(browser, "/settings/draft/drop", {})
    history = await page(browser, "/settings/history")
    numbers = [int(number) for number in re.findall(r'href="/settings/history/(\d+)"', history)]
    back = await send(browser, f"/settings/history/{numbers[1]}/back", {"reason": "元に戻す"})
    assert "終わりました" in back, back
    assert (centre.settings.flows / "flows/main.yaml").read_bytes() == before
    last = await town.citizen_calls(scenes.INQUIRY)
    assert await last.hears(GREETING)
