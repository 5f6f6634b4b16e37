"""The settings by forms alone: look, change, be refused with the place, review, apply, go back, and who may do it."""

import asyncio
import csv
import io
import re
import sys
import wave
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from aiohttp import FormData
from aiohttp.test_utils import TestClient, TestServer

from ctl.config import files, load, modefile
from ctl.config.nodes import Shape
from ctl.editing import departments
from ctl.editing.applying import apply, restore_files, roll_back
from ctl.editing.job import Job
from ctl.editing.stand import hand_edits
from ctl.security.audit import Outcome
from ctl.security.audit.book import MemoryBook
from ctl.security.machines import Tokens
from ctl.security.policy import Action, Role
from ctl.settings import Settings
from ctl.switchboard.ids import Extension, QueueName
from ctl.web.app import make_app
from ctl.web.editing import office
from ctl.web.editing.fields import Field
from ctl.web.editing.kinds import PAGES
from ctl.web.keys import AUDIT, TOKENS
from ctl.web.names import NameBook
from tests.editing_site import Site, edit, without_pbx
from tests.unit.web.people import signed_in
from tests.unit.web.town import Browser, StubArchive, StubSwitchboard, busy_floor


@dataclass
class Desk:
    """The site, and an administrator's browser in front of it."""

    site: Site
    client: Browser

    async def get(self, path: str, status: int = 200) -> str:
        async with self.client.get(path) as answer:
            text = await answer.text()
            assert answer.status == status, text
            return text

    async def post(self, path: str, fields: dict[str, str] | FormData, status: int = 303) -> str:
        """The address that one is sent to, or the page."""
        async with self.client.post(path, data=fields, allow_redirects=False) as answer:
            text = await answer.text()
            assert answer.status == status, text
            return answer.headers.get("Location", "") if status == 303 else text

    async def api(
        self, method: str, path: str, headers: dict[str, str], status: int = 200, body: object = None
    ) -> dict[str, Any]:
        async with self.client.request(method, path, headers=headers, json=body) as answer:
            assert answer.status == status, await answer.text()
            found: dict[str, Any] = await answer.json()
            return found

    async def checks(self, path: str, fields: dict[str, str]) -> dict[str, Any]:
        """What the editor's script is told while one writes."""
        async with self.client.post(
            path, data={**fields, "do": "check"}, headers={"Accept": "application/json"}
        ) as told:
            assert told.status == 200
            found: dict[str, Any] = await told.json()
            return found

    async def form(self, path: str) -> dict[str, str]:
        """What a browser would send of the page's first form, untouched."""
        page = await self.get(path)
        body = page[page.index("<form", page.index('<main id="main"')) :]
        forms = [
            body[m.start() : body.index("</form>", m.start())] for m in re.finditer('<form[^>]*method="post"', body)
        ]
        form = next(one for one in forms if 'name="seen"' in one)
        found = dict(re.findall(r'<input[^>]*type="(?:text|hidden)"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form))
        for tag in re.findall(r"<input[^>]*>", form):
            name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
            if name and ("checkbox" not in tag or " checked" in tag):
                said = _plain(value[1]) if value else ""
                found[name[1]] = f"{found[name[1]]},{said}" if "checkbox" in tag and name[1] in found else said
        for name, inside in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
            chosen = re.search(r'<option value="([^"]*)" selected', inside)
            found[name] = chosen[1] if chosen else ""
        for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL):
            found[name] = _plain(text)
        return found

    async def apply(self, reason: str = "試験") -> str:
        where = await self.post("/settings/apply", {"reason": reason})
        return await self.get(where)


def _plain(text: str) -> str:
    for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&#34;", '"'), ("&#39;", "'"), ("&amp;", "&")):
        text = text.replace(entity, sign)
    return text


@pytest.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    without_pbx(monkeypatch)
    site = Site(tmp_path)
    await site.deploy()

    async def without_child(settings: Settings, job: Job, arguments: Sequence[str]) -> None:
        """As `ctl deploy` would, in this process."""
        given = dict(zip(arguments[::2], arguments[1::2], strict=False))
        deployer = site.new_deployer()
        try:
            if "--draft" in given:
                draft = site.drafts.of(given["--draft"])
                await apply(settings, deployer, draft, author=given["--author"], reason=given["--reason"])
            elif "--rollback" in given:
                # --rollback N --files --author A --reason R
                await roll_back(settings, deployer, int(arguments[1]), author=arguments[4], reason=arguments[6])
            else:
                await restore_files(settings, deployer, author="a")
        except Exception as error:
            job.faults.extend(str(error).splitlines())
            job.end(2)
            return
        job.tell("checking in a throw-away Asterisk")
        job.tell(f"generation {site.store.current} is in force")
        job.end(0)

    monkeypatch.setattr(office, "run", without_child)
    app = make_app(site.settings, StubSwitchboard(busy_floor()), StubArchive(), NameBook())
    async with TestClient(TestServer(app)) as client:
        await signed_in(client, Role.ADMIN)
        yield Desk(site, client)


def entries(desk: Desk) -> list[tuple[str, str, str]]:
    book = desk.client.server.app[AUDIT]  # type: ignore[attr-defined]
    assert isinstance(book, MemoryBook)
    return [(row.kept.action, row.kept.subject, row.kept.outcome) for row in book.rows]


@pytest.mark.parametrize(
    "path", ["", *PAGES, "flows", "prompts", "review", "history", "history/1", "text/flows/main.yaml"]
)
async def test_every_page_opens_also_for_who_only_looks(desk: Desk, path: str) -> None:
    where = f"/settings/{path}".rstrip("/")
    assert "設定" in await desk.get(where)
    await signed_in(desk.client, Role.SUPERVISOR, account=9)
    page = await desk.get(where)
    assert 'action="/settings/apply"' not in page
    assert "下書きに保存" not in page


async def test_every_form_opens_and_saved_untouched_it_changes_nothing(desk: Desk) -> None:
    for page, kinds in PAGES.items():
        for kind in kinds:
            if kind.key is not None and kind.grows:
                assert "下書きに保存" in await desk.get(f"/settings/{page}/{kind.name}/new")
            for key in list(kind.store.entries(desk.site.flows))[:3]:
                where = f"/settings/{page}/{kind.name}/entry?key={key}"
                form = await desk.form(where)
                await desk.post(where, form)
                assert desk.site.draft("7").changed == (), (kind.name, key)


async def test_an_operator_is_changed_reviewed_and_applied(desk: Desk) -> None:
    where = "/settings/operators/operators/entry?key=2001"
    form = await desk.form(where)
    assert (form["name"], form["skills.tax"]) == ("佐藤 花子", "2")
    await desk.post(where, {**form, "name": "佐藤 菊子", "skills.tax": "1"})
    assert "佐藤 花子" in desk.site.read("operators.yaml")
    review = await desk.get("/settings/review")
    assert "<del>佐藤 花子</del>" in review
    assert "<ins>佐藤 菊子</ins>" in review
    assert "理由を書いてください" in await desk.post("/settings/apply", {"reason": " "}, 400)
    done = await desk.apply("改姓")
    assert "終わりました" in done
    assert "第2世代を反映しました" in done
    operator = load(desk.site.flows).plan.operators[Extension("2001")]
    assert (operator.name, operator.skills["tax"]) == ("佐藤 菊子", 1)  # type: ignore[index]
    assert desk.site.store.manifest(2).author == "豊島 花子 (hanako)"
    assert desk.site.files == desk.site.in_force
    assert entries(desk)[-1] == ("settings.apply", "generation 2", Outcome.DONE)
    assert "改姓" in await desk.get("/settings")


async def test_going_back_is_one_click_with_a_reason(desk: Desk) -> None:
    form = await desk.form("/settings/skills/groups/entry?key=tax")
    await desk.post("/settings/skills/groups/entry?key=tax", {**form, "label": "税金"})
    await desk.apply()
    assert "税金" in await desk.get("/settings/history/1")
    assert "理由を書いてください" in await desk.post("/settings/history/1/back", {"reason": ""}, 400)
    await desk.get(await desk.post("/settings/history/1/back", {"reason": "誤り"}))
    assert "tax: 税\n" in desk.site.read("queues.yaml")
    assert desk.site.files == desk.site.in_force
    assert entries(desk)[-1] == ("settings.roll_back", "generation 3", Outcome.DONE)
    await desk.post("/settings/history/77/back", {"reason": "x"}, 404)


async def test_a_wrong_value_comes_back_at_its_field_and_is_not_kept(desk: Desk) -> None:
    where = "/settings/queues/queues/entry?key=tax"
    form = await desk.form(where)
    page = await desk.post(where, {**form, "priority": "12", "stages.0.max_level": "x"}, 400)
    assert 'id="f-priority-error">9以下にしてください（いまは 12）' in page
    assert 'id="f-stages.0.max_level-error">数で書いてください（いまは「x」）' in page
    assert 'value="12"' in page
    assert desk.site.draft("7").changed == ()


async def test_a_reference_to_nothing_is_shown_with_its_line_and_cannot_be_applied(desk: Desk) -> None:
    where = "/settings/queues/queues/entry?key=tax"
    form = await desk.form(where)
    await desk.post(where, {**form, "entry": "no-such"})
    review = await desk.get("/settings/review")
    line = 1 + (desk.site.draft("7").flows / "queues.yaml").read_text(encoding="utf-8").splitlines().index(
        "    entry: no-such"
    )
    assert f"queues.yaml・{line}行目" in review
    assert "アナウンス「no-such」はありません" in review
    assert 'action="/settings/apply"' not in review
    refused = await desk.apply()
    assert "受け付けられませんでした" in refused
    assert "「no-such」はありません" in refused
    assert desk.site.store.current == 1
    assert entries(desk)[-1] == ("settings.apply", "generation 1", Outcome.REFUSED)


async def test_a_queue_gets_rows_and_sections_and_loses_them(desk: Desk) -> None:
    where = "/settings/queues/queues/entry?key=exchange"
    form = await desk.form(where)
    more = {
        "overflow.0.when": "full",
        "overflow.0.callers": "20",
        "overflow.0.queue": "general",
        "callback.use": "1",
        "callback.hours": "exchange",
        "callback.after_seconds": "90",
        "stages.1.group": "",
    }
    await desk.post(where, {**form, **more})
    queue = load(desk.site.draft("7").flows).plan.queues[QueueName("exchange")]
    assert [(rule.callers, rule.queue) for rule in queue.overflow] == [(20, "general")]
    assert queue.callback is not None
    assert (queue.callback.hours, queue.callback.after_ms, queue.callback.attempts) == ("exchange", 90_000, 3)
    assert len(queue.stages) == 1
    again = await desk.form(where)
    await desk.post(
        where, {name: value for name, value in again.items() if name != "callback.use"} | {"overflow.0.when": ""}
    )
    queue = load(desk.site.draft("7").flows).plan.queues[QueueName("exchange")]
    assert (queue.callback, queue.overflow) == (None, ())
    assert "# 短い通話なので先に受けます" in (desk.site.draft("7").flows / "queues.yaml").read_text(encoding="utf-8")


async def test_what_a_form_does_not_show_of_a_mode_stays(desk: Desk) -> None:
    where = "/settings/modes/modes/entry?key=disaster"
    form = await desk.form(where)
    await desk.post(where, {**form, "label": "大規模災害"})
    text = (desk.site.draft("7").flows / "modes.yaml").read_text(encoding="utf-8")
    assert "label: 大規模災害\n" in text
    assert "stages: [{group: general}, {group: exchange}" in text
    assert [line for line in text.splitlines() if line not in desk.site.read("modes.yaml").splitlines()] == [
        "    label: 大規模災害"
    ]


async def test_entries_are_added_renamed_taken_and_removed(desk: Desk) -> None:
    form = await desk.form("/settings/calendar/hours/new")
    new = {
        "key": "counter",
        "label": "窓口",
        "weekdays.0.key": "mon-fri",
        "weekdays.0.value": "9:00-17:00",
        "holidays": "closed",
    }
    await desk.post("/settings/calendar/hours/new", {**form, **new})
    form = await desk.form("/settings/calendar/hours/new")
    assert "もうあります" in await desk.post("/settings/calendar/hours/new", {**form, **new}, 400)
    where = "/settings/calendar/hours/entry?key=counter"
    form = await desk.form(where)
    await desk.post(where, {**form, "key": "desk", "exceptions.0.key": "2026-12-29", "exceptions.0.value": "closed"})
    hours = load(desk.site.draft("7").flows).plan.hours
    assert hours["desk"].exceptions["2026-12-29"] == ()
    assert "counter" not in hours
    form = await desk.form("/settings/calendar/hours/entry?key=desk")
    await desk.post("/settings/calendar/hours/remove", {"key": "desk", "seen": form["seen"]})
    assert desk.site.draft("7").changed == ()


async def test_two_rows_of_the_same_key_are_both_shown_and_not_kept(desk: Desk) -> None:
    """A break at noon that somebody writes as two rows: with the last one kept, the mornings would be closed."""
    where = "/settings/calendar/hours/entry?key=inquiry"
    form = await desk.form(where)
    twice = {
        "weekdays.0.key": "mon-fri",
        "weekdays.0.value": "8:30-12:00",
        "weekdays.1.key": "mon-fri",
        "weekdays.1.value": "13:00-17:15",
    }
    page = await desk.post(where, {**form, **twice}, 400)
    assert "「mon-fri」が2行あります" in page
    assert "8:30-12:00" in page
    assert "13:00-17:15" in page
    assert "calendar.yaml" not in desk.site.draft("7").changed


async def test_what_is_chosen_and_is_no_option_stays_when_the_form_is_saved(desk: Desk) -> None:
    """The same number with hyphens, and skills while the file of the groups cannot be read."""
    refuge = (
        'when_nobody: {site: backup, after_seconds: 60, numbers: ["03-4566-2466"], permitted_by: 区, '
        'permitted_until: "2027-03-31"}\nmodes:\n'
    )
    edit(desk.site.flows, "modes.yaml", "modes:\n", refuge)
    page = next(
        f"/settings/{page}/{kind.name}" for page, kinds in PAGES.items() for kind in kinds if kind.name == "when_nobody"
    )
    form = await desk.form(f"{page}/entry?key=")
    await desk.post(f"{page}/entry?key=", {**form, "after_seconds": "90"})
    assert '"03-4566-2466"' in (desk.site.draft("7").flows / "modes.yaml").read_text(encoding="utf-8")
    edit(desk.site.draft("7").flows, "queues.yaml", "groups:\n", "groups:\n\t")
    where = "/settings/operators/operators/entry?key=2029"
    form = await desk.form(where)
    await desk.post(where, {**form, "name": "石井 大介"})
    text = (desk.site.draft("7").flows / "operators.yaml").read_text(encoding="utf-8")
    assert "石井 大介" in text
    assert "{tax: 1, general: 2}" in text


async def test_a_form_that_was_overtaken_is_not_taken(desk: Desk) -> None:
    where = "/settings/skills/groups/entry?key=tax"
    form = await desk.form(where)
    await desk.post(where, {**form, "label": "税金"})
    assert "同じファイルが変わりました" in await desk.post(where, {**form, "label": "租税"}, 400)


async def test_two_administrators_are_told_of_each_other_and_neither_change_is_lost(desk: Desk) -> None:
    form = await desk.form("/settings/skills/groups/entry?key=tax")
    await desk.post("/settings/skills/groups/entry?key=tax", {**form, "label": "税金"})
    await signed_in(desk.client, Role.ADMIN, account=8, login="taro")
    form = await desk.form("/settings/centre/reasons/entry?key=meal")
    await desk.post("/settings/centre/reasons/entry?key=meal", {**form, "label": "昼食"})
    form = await desk.form("/settings/skills/groups/entry?key=waste")
    await desk.post("/settings/skills/groups/entry?key=waste", {**form, "label": "ごみ"})
    assert "同じファイルを変えています" in await desk.get("/settings/review")
    await desk.apply("二人目")
    await signed_in(desk.client, Role.ADMIN)
    review = await desk.get("/settings/review")
    assert "二人目" in review
    assert "両方で変わっています" in review
    await desk.post("/settings/draft/bring", {}, 409)
    await desk.post("/settings/draft/bring", {"give_up": "1"})
    form = await desk.form("/settings/skills/groups/entry?key=tax")
    await desk.post("/settings/skills/groups/entry?key=tax", {**form, "label": "税金"})
    await desk.apply()
    text = desk.site.read("queues.yaml")
    assert "tax: 税金\n" in text
    assert "waste: ごみ\n" in text


async def test_hand_edits_are_shown_and_taken_or_undone(desk: Desk) -> None:
    edit(desk.site.flows, "operators.yaml", "佐藤 花子", "佐藤 菊子")
    assert "ファイルが反映中の設定と違います" in await desk.get("/settings")
    assert "<ins>佐藤 菊子</ins>" in await desk.get("/settings/review")
    await desk.post("/settings/history/1/back", {"reason": "x"})
    await desk.get(await desk.post("/settings/restore-files", {}))
    assert hand_edits(desk.site.settings) == ()
    await desk.post("/settings/restore-files", {}, 409)
    edit(desk.site.flows, "operators.yaml", "佐藤 花子", "佐藤 菊子")
    await desk.post("/settings/draft/from-files", {})
    await desk.apply()
    assert "佐藤 菊子" in desk.site.read("operators.yaml")
    assert desk.site.files == desk.site.in_force


async def test_a_flow_is_checked_saved_drawn_and_walked_through(desk: Desk) -> None:
    where = "/settings/text/flows/main.yaml"
    form = await desk.form(where)
    broken = form["text"].replace("next: tax, menu: 税", "next: taxes, menu: 税")
    line = broken.splitlines().index('      "2": {next: taxes, menu: 税}') + 1
    checked = await desk.post(where, {**form, "text": broken, "do": "check"}, 200)
    assert f"flows/main.yaml・{line}行目" in checked
    assert "部品「taxes」はありません" in checked
    assert desk.site.drafts.find("7") is None
    told = await desk.checks(where, {**form, "text": broken})
    fault = next(one for one in told["faults"] if one["line"] == line)
    assert (fault["lang"], told["drawn"], told["elsewhere"]) == ("ja", "", 0)
    assert "部品「taxes」はありません" in fault["text"]
    assert "使えるもの：exchange" in fault["text"]
    fine = await desk.checks(where, {**form, "text": form["text"]})
    assert fine["faults"] == []
    assert '<svg class="flow"' in fine["drawn"]
    syntax = await desk.post(
        where, {**form, "text": form["text"].replace("kind: play", "kind: [play"), "do": "save"}, 400
    )
    assert "YAMLとして読めません" in syntax
    new = form["text"].replace("fallback: general #", "fallback: night #")
    await desk.post(where, {**form, "text": new, "do": "save"})
    page = await desk.get(where)
    assert '<svg class="flow"' in page
    assert "税" in page
    walk = await desk.get("/settings/flows?number=0339811111&mode=&at=2026-12-29T10:00&keys=t,t")
    assert "ただいまの時間は、電話での受付を終了しております" in walk
    assert "押す番号は" in await desk.get("/settings/flows?number=0339811111&keys=z")


async def test_a_flow_is_added_and_removed(desk: Desk) -> None:
    await desk.post("/settings/flows/new", {"name": "../x", "label": "x"}, 400)
    await desk.post("/settings/flows/new", {"name": "holiday", "label": "休日's"})
    assert "holiday" in await desk.get("/settings/flows")
    await desk.post("/settings/flows/remove", {"name": "holiday"})
    await desk.post("/settings/flows/remove", {"name": "../../operators"}, 404)
    assert desk.site.draft("7").changed == ()


def upload(filename: str, content: bytes, **fields: str) -> FormData:
    form = FormData()
    for key, value in fields.items():
        form.add_field(key, value)
    form.add_field("file", content, filename=filename)
    return form


async def test_departments_come_from_a_spreadsheet_after_a_look(desk: Desk) -> None:
    async with desk.client.get("/settings/departments.csv") as answer:
        table = (await answer.read()).decode()
    bad = table.replace("ぜいむか", "ゼイムカ")
    refused = await desk.post("/settings/departments/import", upload("a.csv", bad.encode()), 400)
    assert '<th scope="row">10</th><td>よみ</td><td>ゼイムカ</td>' in refused
    seen = await desk.post(
        "/settings/departments/import", upload("a.csv", table.replace("税務課", "税務室").encode("utf-8")), 200
    )
    assert "追加 0、変更 1、削除 0、同じ 47" in seen
    hidden = dict(re.findall(r'name="(seen|table)" value="([^"]*)"', seen, re.DOTALL))
    await desk.post("/settings/departments/import", {name: _plain(value) for name, value in hidden.items()})
    assert [row.name for row in departments.rows(desk.site.draft("7").flows) if row.code == "109"] == ["税務室"]


async def test_a_recording_is_uploaded_heard_and_refused_when_it_is_none(desk: Desk) -> None:
    data = io.BytesIO()
    with wave.open(data, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(48_000)
        sound.writeframes(b"\1\2" * 1_000_000)  # larger than any form may be
    await desk.post("/settings/prompts/upload", upload("a.wav", data.getvalue(), name="greeting"))
    assert "sound: sounds/greeting.wav" in (desk.site.draft("7").flows / "announcements.yaml").read_text(
        encoding="utf-8"
    )
    page = await desk.post("/settings/prompts/upload", upload("a.wav", b"MP3", name="greeting"), 400)
    assert "WAV か MP3 として読めません" in page
    await desk.post("/settings/prompts/upload", upload("a.wav", data.getvalue(), name="../x"), 400)
    await signed_in(desk.client, Role.SUPERVISOR, account=9)
    await desk.post("/settings/prompts/upload", upload("a.wav", b"x", name="greeting"), 403)


def recorded(kind: str, seconds: float, rate: int = 44_100, level: float = 0.3) -> bytes:
    """A stereo tone as people's programs keep it."""
    tone = level * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate)) / rate)
    data = io.BytesIO()
    soundfile.write(data, np.stack([tone, tone], axis=1), rate, format=kind)
    return data.getvalue()


async def test_music_is_uploaded_made_playable_chosen_for_a_queue_and_put_in_force(desk: Desk) -> None:
    assert "曲を登録する" in await desk.get("/settings/queues/music/new")
    await desk.post("/settings/music/upload", upload("a.mp3", recorded("MP3", 2), name="spring"))
    await desk.post("/settings/music/upload", upload("b.wav", recorded("WAV", 1), name="spring", add="1"))
    flows = desk.site.draft("7").flows
    assert "spring: [music/spring.wav, music/spring_02.wav]" in (flows / "queues.yaml").read_text(encoding="utf-8")
    with wave.open(str(flows / "music/spring.wav")) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (8000, 1, 2)
        assert 1.9 < sound.getnframes() / 8000 < 2.4
    assert "/settings/music/spring_02.wav" in await desk.get("/settings/queues/music/entry?key=spring")
    async with desk.client.get("/settings/music/spring.wav") as answer:
        assert (answer.status, answer.content_type) == (200, "audio/wav")
    form = await desk.form("/settings/queues/queues/entry?key=tax")
    await desk.post("/settings/queues/queues/entry?key=tax", {**form, "music": "spring"})
    assert "終わりました" in await desk.apply()
    assert desk.site.read("queues.yaml").count("music: spring") == 1


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (recorded("FLAC", 1), "spring", "WAV か MP3 として読めません"),
        (recorded("WAV", 1, level=0), "spring", "音が入っていません"),
        (recorded("WAV", 301, rate=8000), "spring", "長すぎます"),
        (recorded("WAV", 1, rate=4000), "spring", "8～48kHz"),
        (recorded("WAV", 1, rate=96_000), "spring", "8～48kHz"),
        (recorded("WAV", 1), "../spring", "名前は"),
    ],
    ids=["flac", "silent", "long", "low", "high", "path"],
)
async def test_what_is_no_music_is_refused_and_nothing_is_kept(
    desk: Desk, content: bytes, name: str, said: str
) -> None:
    before = desk.site.files
    assert said in await desk.post("/settings/music/upload", upload("a.wav", content, name=name), 400)
    assert desk.site.draft("7").changed == ()
    assert desk.site.files == before


async def test_nobody_but_administrators_changes_anything(desk: Desk) -> None:
    before = desk.site.files
    form = await desk.form("/settings/skills/groups/entry?key=tax")
    for role in set(Role) - {Role.ADMIN}:
        await signed_in(desk.client, role, account=20)
        await desk.post("/settings/skills/groups/entry?key=tax", {**form, "label": "x"}, 403)
        await desk.post("/settings/apply", {"reason": "x"}, 403)
        await desk.post("/settings/history/1/back", {"reason": "x"}, 403)
    assert desk.site.files == before
    assert desk.site.drafts.all() == []


async def test_only_one_deploy_is_at_work(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    release = asyncio.Event()

    async def slow(settings: Settings, job: Job, arguments: Sequence[str]) -> None:
        await release.wait()
        job.end(0)

    monkeypatch.setattr(office, "run", slow)
    form = await desk.form("/settings/skills/groups/entry?key=tax")
    await desk.post("/settings/skills/groups/entry?key=tax", {**form, "label": "税金"})
    where = await desk.post("/settings/apply", {"reason": "一"})
    assert "反映中です" in await desk.post("/settings/apply", {"reason": "二"}, 409)
    release.set()
    assert "終わりました" in await desk.get(where)


async def test_a_child_is_run_to_its_end_and_what_it_says_is_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ctl.editing import job as jobs  # noqa: PLC0415

    script = tmp_path / "python"
    script.write_text("#!/bin/sh\necho one; echo two; echo wrong >&2; exit 2\n", encoding="utf-8")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    job = Job("apply", "a")
    running = asyncio.create_task(jobs.run(Settings(home=tmp_path), job, []))
    assert [line async for line in job.follow()] == ["one", "two"]
    await running
    assert (job.status, job.faults) == (2, ["wrong"])


SHAPES: dict[str, type[Shape]] = {
    "queues": files.QueueShape,
    "routing": files.RoutingShape,
    "departments": files.DepartmentShape,
    "hours": files.HoursShape,
    "services": files.ServiceShape,
    "trunk": files.TrunkShape,
    "outside": files.OutsideShape,
    "features": files.FeaturesShape,
    "telephones": files.TelephonesShape,
    "modes": modefile.ModeShape,
    "sites": modefile.SiteShape,
    "when_nobody": modefile.RefugeShape,
    "announcements": files.AnnouncementShape,
    "voice": files.VoiceShape,
}
"""What an entry of each kind may hold; the other kinds are texts, or made of parts."""
INNER: dict[str, type[Shape]] = {
    "stages": files.StageShape,
    "overflow": files.OverflowShape,
    "announce": files.AnnounceShape,
    "surge": files.SurgeShape,
    "after_hours": files.AfterHoursShape,
    "callback": files.CallbackShape,
    "wrap_up": files.WrapUpShape,
    "destinations": files.DestinationShape,
}


def asked(fields: tuple[Field, ...]) -> Iterator[tuple[str, set[str]]]:
    """The fields within each field, and within those."""
    for field in fields:
        if field.fields:
            yield field.name, {inner.name for inner in field.fields}
            yield from asked(field.fields)


def test_the_forms_ask_for_everything_that_the_files_may_hold() -> None:
    for kind in (kind for page in PAGES.values() for kind in page):
        shape = SHAPES.get(kind.name)
        if shape is not None:
            own = {"code": kind.key, "number": kind.key}  # the key of an entry of a list stands among its values
            wanted = {name for name in shape.model_fields if own.get(name) is None}
            assert {field.name for field in kind.fields} == wanted, kind.name
        for name, inner in asked(kind.fields):
            if name in INNER and kind.name in ("queues", "outside"):
                assert inner == set(INNER[name].model_fields), f"{kind.name} {name}"


@pytest.mark.parametrize(
    ("page", "said"), [("centre", "<dd>はい</dd>"), ("modes", ">はい</td>"), ("calendar", ">ふだんの曜日と同じ</td>")]
)
async def test_lists_say_ticks_and_choices_in_words(desk: Desk, page: str, said: str) -> None:
    shown = await desk.get(f"/settings/{page}")
    assert said in shown
    assert ">true<" not in shown
    assert ">open<" not in shown


async def test_a_program_changes_the_settings_through_a_draft_of_its_own(desk: Desk) -> None:
    edit = {"Authorization": f"Bearer {await _token(desk, Action.SEE_SETTINGS, Action.EDIT_SETTINGS)}"}
    await desk.post("/settings/draft/from-files", {})  # a person's, which is another
    file = "/api/settings/files/operators.yaml"
    found = await desk.api("GET", file, edit)
    text = found["text"].replace("佐藤 花子", "佐藤 菊子")
    assert (await desk.api("PUT", file, edit, 409, {"text": text, "seen": "old"}))["error"]["field"] == "seen"
    broken = await desk.api("PUT", file, edit, 400, {"text": "operators: 1", "seen": found["seen"]})
    assert "operators.yaml・1行目" in broken["error"]["message"]
    assert (await desk.api("GET", "/api/settings", edit))["changes"] == []
    assert "菊子" in (await desk.api("PUT", file, edit, 200, {"text": text, "seen": found["seen"]}))["text"]
    told = await desk.api("GET", "/api/settings", edit)
    assert [(one["file"], one["before"], one["after"]) for one in told["changes"]] == [
        ("operators.yaml", "佐藤 花子", "佐藤 菊子")
    ]
    await desk.api("POST", "/api/settings/apply", edit, 400, {"reason": " "})
    async with desk.client.post("/api/settings/apply", data=b'{"x":' * 10_000, headers=edit) as deep:
        assert deep.status == 400
    begun = await desk.api("POST", "/api/settings/apply", edit, 200, {"reason": "結婚"})
    await desk.get(f"/settings/progress/{begun['number']}")  # which ends with the deploy
    assert (await desk.api("GET", f"/api/settings/deploys/{begun['number']}", edit))["done"] is True
    assert "佐藤 菊子" in desk.site.read("operators.yaml")
    newest = (await desk.api("GET", "/api/settings/history", edit))["generations"][0]
    assert (newest["author"], newest["reason"]) == ("robot (token:robot)", "結婚")
    assert entries(desk)[-1] == ("settings.apply", f"generation {newest['number']}", "done")


async def test_a_program_drops_its_draft_and_needs_the_scope_for_each_change(desk: Desk) -> None:
    see = {"Authorization": f"Bearer {await _token(desk, Action.SEE_SETTINGS)}"}
    edit = {"Authorization": f"Bearer {await _token(desk, Action.EDIT_SETTINGS, name='a.b')}"}
    file = "/api/settings/files/flows/fax.yaml"
    found = await desk.api("GET", file, see)
    wish = {"text": found["text"].replace("FAX", "ファクス"), "seen": found["seen"]}
    assert wish["text"] != found["text"]
    for method, path, body in (
        ("PUT", file, wish),
        ("DELETE", "/api/settings/draft", {}),
        ("POST", "/api/settings/apply", {"reason": "x"}),
    ):
        await desk.api(method, path, see, 403, body)
    await desk.api("PUT", file, edit, 200, wish)
    assert len(desk.site.drafts.all()) == 1
    assert not (await desk.api("DELETE", "/api/settings/draft", edit))["draft"]
    assert desk.site.drafts.all() == []
    await desk.api("POST", "/api/settings/apply", edit, 409, {"reason": "x"})


async def _token(desk: Desk, *scopes: Action, name: str = "robot") -> str:
    now = datetime.now(UTC)
    tokens: Tokens = desk.client.server.app[TOKENS]  # type: ignore[attr-defined]
    return await tokens.make(name, scopes, now + timedelta(days=1), "hanako", now)


async def test_a_long_list_is_searched_sorted_turned_and_saved(desk: Desk) -> None:
    whole = await desk.get("/settings/operators")
    assert "1／2 ページ" in whole
    assert "2001" in whole
    last_page = await desk.get("/settings/operators?list=operators&page=2")
    assert "2060" in last_page
    assert "key=2001" not in last_page
    turned = await desk.get("/settings/operators?list=operators&sort=1&order=desc")
    assert turned.index("key=2060") < turned.index("key=2059")
    found = await desk.get("/settings/operators?list=operators&text=鈴木")
    assert "key=2002" in found
    assert "key=2001" not in found
    rows = list(csv.reader(io.StringIO(await desk.get("/settings/operators/operators/list.csv"))))
    assert len(rows) == 61
    (only,) = list(csv.reader(io.StringIO(await desk.get("/settings/operators/operators/list.csv?text=鈴木"))))[1:]
    assert only[:2] == ["2002", "鈴木 陽子"]
    assert "使える値" in await desk.get("/settings/operators?page=0", 400)
    await desk.get("/settings/operators/nothing/list.csv", 404)
