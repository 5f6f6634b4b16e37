"""What supervisors do from the floor page, against the real core: what is asked, who may, and what is kept of it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

import pytest
from aiohttp.test_utils import TestClient, TestServer

from ctl.prompts.notice import NotVoiced, Voiced
from ctl.security.audit.book import MemoryBook
from ctl.security.policy import Role
from ctl.settings import Settings
from ctl.switchboard.events import Do
from ctl.switchboard.ids import CallId
from ctl.switchboard.kinds import OperatorState
from ctl.switchboard.numbering import masked
from ctl.web import words
from ctl.web.app import make_app
from ctl.web.deeds import DEEDS
from ctl.web.keys import MIRROR, VOICE
from ctl.web.names import NameBook, Names
from tests.unit.web.people import signed_in
from tests.unit.web.town import SUPERVISOR, Browser, StubArchive, StubSwitchboard, busy_floor, ward_plan

TALKING, HELD, WAITING = "1781485240.0", "1781485240.1", "1781485240.6"


@pytest.fixture
def switchboard() -> StubSwitchboard:
    return StubSwitchboard(busy_floor())


@pytest.fixture
def book() -> MemoryBook:
    return MemoryBook()


class Throat:
    """Speaks at once, unless it is hoarse."""

    hoarse = False

    async def __call__(self, text: str) -> Voiced:
        if self.hoarse:
            raise NotVoiced("no voice")
        return Voiced(text, f"sound:ctl/{'a' * 24}")


@pytest.fixture
def throat() -> Throat:
    return Throat()


@pytest.fixture
async def browser(switchboard: StubSwitchboard, book: MemoryBook, throat: Throat) -> AsyncIterator[Browser]:
    plan = ward_plan()
    app = make_app(Settings(), switchboard, StubArchive(), NameBook(Names.of(plan), plan=plan), book=book)
    voice: Callable[[str], Awaitable[Voiced]] = throat
    app[VOICE] = voice
    async with TestClient(TestServer(app)) as client:
        await app[MIRROR].after(0, 10)
        yield client


async def act(browser: Browser, **form: str) -> Mapping[str, object]:
    answer = await browser.post("/floor/act", data=form, headers={"Accept": "application/json"})
    told: Mapping[str, object] = await answer.json()
    return {"status": answer.status, **told}


def kept(book: MemoryBook) -> list[tuple[str, str, str, str | None]]:
    return [(row.kept.action, row.kept.subject, row.kept.outcome, row.kept.reason) for row in book.rows]


async def test_listening_rings_ones_own_telephone_and_is_kept(
    browser: Browser, switchboard: StubSwitchboard, book: MemoryBook
) -> None:
    await signed_in(browser, Role.SUPERVISOR, extension=SUPERVISOR)
    told = await act(browser, do="listen", operator="2001", reason="研修のため", follow="1")
    assert told == {"status": 200, "ok": True, "message": words.DONE["listen"]}
    (asked,) = (request["command"] for request in switchboard.asked)
    assert asked == {
        "do": "listen",
        "by": "web:hanako",
        "extension": "2001",
        "supervisor": SUPERVISOR,
        "reason": "研修のため",
        "follow": True,
    }
    assert switchboard.town.floor.operators[SUPERVISOR].call is not None
    assert kept(book) == [("supervision.listen", "operator 2001", "done", "研修のため")]


@pytest.mark.parametrize(
    "form",
    [
        {"do": "whisper", "call": TALKING, "reason": "r"},
        {"do": "barge", "call": TALKING, "reason": "r"},
        {"do": "take_over", "call": TALKING, "reason": "r"},
        {"do": "wrap_up_done", "operator": "2007", "reason": "r"},
        {"do": "not_ready", "operator": "2001", "argument": "break", "reason": "r"},
        {"do": "ready", "operator": "2008", "reason": "r"},
        {"do": "logout", "operator": "2008", "reason": "r"},
        {"do": "move", "call": WAITING, "move-argument": "tax", "reason": "r"},
        {"do": "priority", "call": WAITING, "priority-argument": "1", "reason": "r"},
        {"do": "text", "operator": "2001", "text-argument": "16時で終了します"},
        {"do": "text", "group": "civil", "text-argument": "16時で終了します"},
        {"do": "text", "text-argument": "16時で終了します"},
    ],
    ids="-".join,
)
async def test_supervisor_does_it(browser: Browser, form: dict[str, str]) -> None:
    await signed_in(browser, Role.SUPERVISOR, extension=SUPERVISOR)
    assert await act(browser, **form) == {"status": 200, "ok": True, "message": words.DONE[form["do"]]}


async def test_caller_is_pulled_to_who_is_ready(browser: Browser, switchboard: StubSwitchboard) -> None:
    await signed_in(browser, Role.SUPERVISOR, extension=SUPERVISOR)
    switchboard.town.ready("2003")
    told = await act(browser, do="pull", call=WAITING, reason="担当の指名", **{"pull-argument": "2003"})
    assert told["message"] == words.DONE["pull"]
    offer = switchboard.town.floor.calls[CallId(WAITING)].offer
    assert offer is not None
    assert offer.operator == "2003", "whatever the skills"


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"do": "listen", "operator": "2008", "reason": "r"}, None),
        ({"do": "listen", "operator": SUPERVISOR, "reason": "r"}, "自分自身は対象にできません。"),
        ({"do": "take_over", "call": WAITING, "reason": "r"}, "この通話には今、担当がいません"),
        ({"do": "ready", "operator": "2001", "reason": "r"}, "内線 2001 は「通話中」のため"),
        ({"do": "move", "call": TALKING, "argument": "tax", "reason": "r"}, "この区民はもう待っていません"),
        ({"do": "move", "call": WAITING, "argument": "nowhere", "reason": "r"}, "その待ち行列はありません"),
        ({"do": "priority", "call": WAITING, "argument": "12", "reason": "r"}, "優先度は"),
        ({"do": "pull", "call": WAITING, "argument": "2001", "reason": "r"}, "内線 2001 は今、受けられません"),
        ({"do": "not_ready", "operator": "2001", "argument": "holiday", "reason": "r"}, "理由を選んで"),
        ({"do": "stop"}, "今は、どの通話も聞いていません"),
        ({"do": "text", "group": "nobody", "argument": "x"}, "そのグループはありません"),
        ({"do": "alarm_seen", "argument": "nothing"}, "この警報はもう出ていません"),
    ],
)
async def test_what_the_switchboard_declines_is_said_in_japanese(
    browser: Browser, book: MemoryBook, form: dict[str, str], said: str | None
) -> None:
    await signed_in(browser, Role.SUPERVISOR, extension=SUPERVISOR)
    told = await act(browser, **form)
    assert told["status"] == 200
    if said is not None:
        assert not told["ok"]
        assert str(told["message"]).startswith(said.split("、")[0]) or said in str(told["message"])
        assert book.rows[-1].kept.outcome == "refused"


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"do": "dance"}, "do"),
        ({"do": "listen", "reason": "r"}, "call"),
        ({"do": "listen", "operator": "2001"}, "reason"),
        ({"do": "listen", "operator": "2001", "call": TALKING, "reason": "r"}, "call"),
        ({"do": "listen", "operator": "2001", "reason": "r" * 101}, "reason"),
        ({"do": "move", "call": WAITING, "reason": "r"}, "move-argument"),
        ({"do": "move", "operator": "2001", "argument": "tax", "reason": "r"}, "call"),
    ],
)
async def test_form_that_lacks_something_is_refused_by_the_fields_name(
    browser: Browser, switchboard: StubSwitchboard, form: dict[str, str], field: str
) -> None:
    await signed_in(browser, Role.SUPERVISOR, extension=SUPERVISOR)
    told = await act(browser, **form)
    assert told["status"] == 400
    assert told["error"]["field"] == field  # type: ignore[index]
    assert switchboard.asked == []


async def test_every_deed_is_refused_to_who_may_only_look(
    browser: Browser, switchboard: StubSwitchboard, book: MemoryBook
) -> None:
    await signed_in(browser, Role.SCHEDULER, extension=SUPERVISOR)
    for name, deed in DEEDS.items():
        about = {kind: {"call": TALKING, "operator": "2001", "group": "civil"}[kind] for kind in sorted(deed.about)[:1]}
        assert (await act(browser, do=name, reason="r", argument="x", **about))["status"] == 403, name
    assert switchboard.asked == []
    assert len(book.rows) == len(DEEDS)
    assert {row.kept.outcome for row in book.rows} == {"refused"}


async def in_charge(browser: Browser) -> str:
    """A call that the floor shows to who is signed in."""
    found: str = (await (await browser.get("/api/floor")).json())["calls"][0]["id"]
    return found


async def test_leader_reaches_only_the_groups_in_charge(browser: Browser, switchboard: StubSwitchboard) -> None:
    await signed_in(browser, Role.LEADER, extension=SUPERVISOR, groups=frozenset({"tax"}))
    page = await (await browser.get("/floor")).text()
    assert "2001</b>" in page, "has the skill tax, too"
    assert "2002</b>" not in page, "has only the skill civil"
    seen = {row["extension"] for row in (await (await browser.get("/api/floor")).json())["operators"]}
    assert seen == {"2001", "2003", "2004", "2006", "2007"}
    assert (await act(browser, do="listen", operator="2002", reason="r"))["status"] == 403
    assert (await act(browser, do="text", group="civil", argument="x"))["status"] == 403
    pulled = await act(browser, do="pull", call=await in_charge(browser), argument="2002", reason="r")
    assert pulled["status"] == 403, "a caller in charge, but not to a telephone that is not"
    assert (await act(browser, do="listen", operator="2001", reason="r"))["ok"]
    assert len(switchboard.asked) == 1


async def test_without_an_extension_one_cannot_listen_but_steer(browser: Browser) -> None:
    await signed_in(browser, Role.SUPERVISOR)
    told = await act(browser, do="listen", operator="2001", reason="r")
    assert "内線がありません" in told["error"]["message"]  # type: ignore[index]
    assert (await act(browser, do="priority", call=WAITING, argument="1", reason="r"))["ok"]


async def test_while_the_switchboard_is_away_one_is_told_that_nothing_was_done(
    browser: Browser, switchboard: StubSwitchboard, book: MemoryBook
) -> None:
    await signed_in(browser, Role.SUPERVISOR, extension=SUPERVISOR)
    switchboard._away.set()
    told = await act(browser, do="listen", operator="2001", reason="r")
    assert (told["status"], told["error"]["message"]) == (503, words.AWAY)  # type: ignore[index]
    assert kept(book) == [("supervision.listen", "operator 2001", "failed", "r")]


async def test_panel_offers_what_is_possible_now_and_allowed(browser: Browser) -> None:
    await signed_in(browser, Role.SUPERVISOR, extension=SUPERVISOR)
    talking = await (await browser.get("/floor/panel", params={"operator": "2001"})).text()
    assert 'value="listen"' in talking
    assert 'value="wrap_up_done"' not in talking
    wrapping = await (await browser.get("/floor/panel", params={"operator": "2007"})).text()
    assert 'value="listen"' not in wrapping
    assert 'value="wrap_up_done"' in wrapping
    waiting = await (await browser.get("/floor/panel", params={"call": WAITING})).text()
    assert 'value="move"' in waiting
    await signed_in(browser, Role.QA, extension=SUPERVISOR)
    allowed = await (await browser.get("/floor/panel", params={"operator": "2001"})).text()
    assert 'value="listen"' in allowed
    assert 'value="barge"' not in allowed
    assert (await browser.get("/floor/panel", params={"call": "gone"})).status == 404


async def test_a_leaders_panel_is_about_what_the_leaders_floor_shows(
    browser: Browser, switchboard: StubSwitchboard
) -> None:
    await signed_in(browser, Role.LEADER, extension=SUPERVISOR, groups=frozenset({"tax"}))
    shown = await (await browser.get("/api/floor")).json()
    floor = await switchboard.floor()
    for kind, key, rows in (("call", "id", "calls"), ("operator", "extension", "operators")):
        mine = {row[key] for row in shown[rows]}
        everybodys = {row[key] for row in floor[rows]}  # type: ignore[literal-required]
        assert mine
        assert everybodys - mine
        for one in everybodys:
            answer = await browser.get("/floor/panel", params={kind: one})
            assert answer.status == (200 if one in mine else 403), one


async def test_a_leader_is_offered_by_name_only_people_in_charge(
    browser: Browser, switchboard: StubSwitchboard
) -> None:
    switchboard.town.ready("2003")
    switchboard.tell()
    await browser.server.app[MIRROR].after(1, 10)  # type: ignore[attr-defined]
    for groups, offered in ((None, True), (frozenset({"civil", "tax"}), True), (frozenset({"civil"}), False)):
        await signed_in(browser, Role.LEADER, extension=SUPERVISOR, groups=groups)
        text = await (await browser.get("/floor/panel", params={"call": WAITING})).text()
        assert 'value="move"' in text
        assert ('<option value="2003"' in text) is offered, groups


async def test_callers_numbers_are_masked_for_who_may_not_see_them(browser: Browser) -> None:
    await signed_in(browser, Role.SCHEDULER)
    for path in ("/floor", "/api/floor"):
        text = await (await browser.get(path)).text()
        assert masked("0312345678") in text
        assert "0312345678" not in text.replace("-", "")


# --- the whole centre -------------------------------------------------------------------------------------------------

WHO = {"requested_by": "防災危機管理課", "approved_by": "部長", "reason": "台風のため"}


async def test_mode_that_is_not_known_is_declined_and_kept(browser: Browser, book: MemoryBook) -> None:
    await signed_in(browser, Role.MANAGER)
    answer = await browser.post("/floor/mode", data={"do": "mode", "mode": "flood", **WHO})
    assert (await answer.json()) == {"ok": False, "message": "その運用モードは登録されていません。"}
    assert kept(book) == [("mode.switch", "flood", "refused", "台風のため")]


@pytest.mark.parametrize("missing", sorted(WHO))
async def test_mode_needs_who_wanted_it_who_answers_for_it_and_why(browser: Browser, missing: str) -> None:
    await signed_in(browser, Role.SUPERVISOR)
    given = {name: value for name, value in WHO.items() if name != missing}
    answer = await browser.post("/floor/mode", data={"do": "mode", "mode": "flood", **given})
    assert answer.status == 400


async def test_message_is_spoken_begun_and_ended(
    browser: Browser, switchboard: StubSwitchboard, book: MemoryBook
) -> None:
    await signed_in(browser, Role.SUPERVISOR)
    said = {"do": "announce", "text": "窓口は正午までです。", "until_at": "2026-06-15T17:15"}
    answer = await browser.post("/floor/notice", data=said)
    assert (await answer.json()) == {"ok": True, "message": words.DONE["announce"]}
    (notice,) = switchboard.town.floor.conditions.notices
    assert notice.text == said["text"]
    answer = await browser.post("/floor/notice", data={"do": "announce_stop", "notice": notice.id})
    assert (await answer.json())["ok"]
    assert switchboard.town.floor.conditions.notices == ()
    assert [row[0] for row in kept(book)] == ["notice.begin", "notice.end"]


async def test_message_that_cannot_be_spoken_is_not_begun(
    browser: Browser, switchboard: StubSwitchboard, throat: Throat
) -> None:
    throat.hoarse = True
    await signed_in(browser, Role.SUPERVISOR)
    answer = await browser.post("/floor/notice", data={"do": "announce", "text": "x"})
    assert answer.status == 503
    assert switchboard.asked == []


@pytest.mark.parametrize("path", ["/floor/mode", "/floor/notice"])
async def test_only_who_answers_for_the_centre_gets_the_forms(browser: Browser, path: str) -> None:
    await signed_in(browser, Role.SUPERVISOR)
    assert (await browser.get(path)).status == 200
    await signed_in(browser, Role.LEADER, extension=SUPERVISOR)
    assert (await browser.get(path)).status == 403
    assert (await browser.post(path, data={"do": "mode_back", **WHO})).status == 403


def test_every_command_of_the_table_has_words() -> None:
    assert set(DEEDS) <= set(words.DONE)
    assert {deed.do for deed in DEEDS.values()} >= {Do.LISTEN, Do.WHISPER, Do.BARGE, Do.TAKE_OVER}
    assert words.refusal("operator 2001 is wrap_up: finish the wrap-up first") is not None
    assert OperatorState.WRAP_UP in words.STATES
