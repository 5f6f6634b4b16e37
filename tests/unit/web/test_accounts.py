"""Managing accounts over a real Postgres."""

import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.secrets import Secrets
from ctl.security.accounts import Person, Wanted
from ctl.security.audit import Outcome
from ctl.security.audit.book import MemoryBook
from ctl.security.audit.entry import Kept
from ctl.security.door import Door
from ctl.security.passwords import Passwords
from ctl.security.policy import Role
from ctl.settings import Settings
from ctl.switchboard.events import Do
from ctl.web import words
from ctl.web.accounts import STILL_HEARS
from ctl.web.app import make_app
from ctl.web.names import NameBook
from tests.unit.web.people import browsing, send
from tests.unit.web.town import SUPERVISOR, Browser, StubArchive, StubSwitchboard, busy_floor, ward_plan

PASSWORD = "kawaii-neko-no-mimi-7"


class Office:
    """A signed-in administrator, without second factor so that tests stay short."""

    def __init__(self, door: Door, browser: Browser, book: MemoryBook, switchboard: StubSwitchboard) -> None:
        self.door, self.browser, self.book, self.switchboard = door, browser, book, switchboard

    def noted(self, action: str) -> Kept:
        return next(row.kept for row in self.book.rows if row.kept.action == action)

    async def person(self, login: str) -> Person:
        found = await self.door.accounts.by_login(login)
        assert found is not None
        return found


@pytest.fixture
async def office(engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[Office]:
    door = Door.of(engine, Secrets(tmp_path / "secrets.json"), frozenset())
    door.passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    book, names = MemoryBook(), NameBook()
    names.plan = ward_plan()
    switchboard = StubSwitchboard(busy_floor())
    app = make_app(Settings(home=tmp_path), switchboard, StubArchive(), names, door, book)
    account = await door.accounts.create("boss", Wanted("課長", frozenset({Role.ADMIN})), "test", datetime.now(UTC))
    await door.credentials.set_password(account, await door.passwords.hashed(PASSWORD), datetime.now(UTC))
    async with browsing(app) as client:
        await send(client, "/login", "/login", login="boss", password=PASSWORD)
        yield Office(door, client, book, switchboard)


NEW = {"login": "Hanako", "name": "豊島 花子", "extension": "2001", "all_groups": "1"}


async def test_an_account_is_made_and_its_owner_gets_a_link(office: Office) -> None:
    made = await send(office.browser, "/accounts/new", "/accounts/new", **NEW, roles="operator")
    text = await made.text()
    assert made.status == 200
    assert "/password?link=" in text
    person = await office.person("hanako")
    assert (person.roles, person.extension, person.groups) == (frozenset({Role.OPERATOR}), "2001", None)
    assert not person.has_password
    assert "hanako" in await (await office.browser.get("/accounts")).text()
    entry = office.noted("account.create")
    assert (entry.who, entry.subject) == ("boss", "hanako")
    token = text.partition("/password?link=")[2].partition("<")[0]
    assert token
    assert token not in str(office.book.rows)


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("login", "boss", "すでに使われています"),
        ("login", "豊島", "半角英数字"),
        ("login", "x'; DROP TABLE accounts; --", "半角英数字"),
        ("name", " ", "氏名"),
        ("name", "a" * 101, "氏名"),
        ("roles", "king", "知らない役割"),
        ("extension", "{{7*7}}", "内線番号"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_nothing_is_made(
    office: Office, field: str, value: str, told: str
) -> None:
    answer = await send(office.browser, "/accounts/new", "/accounts/new", **{**NEW, "roles": "operator", field: value})
    assert (answer.status, told in await answer.text()) == (400, True)
    assert (await office.door.accounts.by_login("hanako")) is None


async def test_what_is_shown_of_a_person_is_text_and_nothing_else(office: Office) -> None:
    """No template and no markup is made of what was typed."""
    evil = "{{ 7*7 }}<script>alert(1)</script>"
    await send(office.browser, "/accounts/new", "/accounts/new", **{**NEW, "name": evil}, roles="operator")
    text = await (await office.browser.get("/accounts")).text()
    assert "<script>alert" not in text
    assert "{{ 7*7 }}&lt;script&gt;" in text


async def test_roles_are_changed_and_the_change_is_noted_with_before_and_after(office: Office) -> None:
    await send(office.browser, "/accounts/new", "/accounts/new", **NEW, roles="operator")
    person = await office.person("hanako")
    page = f"/accounts/{person.id}"
    changed = await send(office.browser, page, page, name="豊島 花子", extension="2001", roles="leader", groups="tax")
    assert changed.status == 303
    after = await office.person("hanako")
    assert (after.roles, after.groups) == (frozenset({Role.LEADER}), frozenset({"tax"}))
    entry = office.noted("account.roles")
    said = [json.loads(text or "{}")["roles"] for text in (entry.before, entry.after)]
    assert said == [["operator"], ["leader"]]


@pytest.mark.parametrize("gain", [{"roles": "admin"}, {"all_groups": "1"}, {"groups": "civil"}])
async def test_nobody_gives_rights_to_himself(office: Office, gain: dict[str, str]) -> None:
    boss = await office.person("boss")
    for login, role in (("chief", Role.ADMIN), ("other", Role.OPERATOR)):
        await office.door.accounts.create(login, Wanted("別の人", frozenset({role})), "test", datetime.now(UTC))
    mine = Wanted("課長", frozenset({Role.SECURITY}), groups=frozenset({"tax"}))
    await office.door.accounts.change(boss.id, mine)
    page = f"/accounts/{boss.id}"
    form = {"name": "課長", "roles": "security", "groups": "tax"} | gain
    refused = await send(office.browser, page, page, **form)
    assert (refused.status, words.OWN_RIGHTS in await refused.text()) == (400, True)
    assert office.noted("account.roles").outcome == Outcome.REFUSED
    after = await office.person("boss")
    assert (after.roles, after.groups) == (mine.roles, mine.groups)
    other = f"/accounts/{(await office.person('other')).id}"
    assert (await send(office.browser, other, other, **form)).status == 303, "one decides about others"


async def test_nobody_takes_the_extension_of_another(office: Office) -> None:
    """Whose calls are one's own is decided by it."""
    boss = await office.person("boss")
    await office.door.accounts.change(boss.id, Wanted("課長", frozenset({Role.ADMIN, Role.OPERATOR}), "2001"))
    page, form = f"/accounts/{boss.id}", {"name": "課長", "all_groups": "1", "roles": "admin"}
    refused = await send(office.browser, page, page, **form, extension="2005")
    assert (refused.status, words.OWN_EXTENSION in await refused.text()) == (400, True)
    assert (await office.person("boss")).extension == "2001"
    assert office.noted("account.roles").outcome == Outcome.REFUSED
    kept = await send(office.browser, page, page, **form, extension="2001")
    given_up = await send(office.browser, page, page, **form, extension="")
    assert (kept.status, given_up.status) == (303, 303)
    assert (await office.person("boss")).extension is None
    await send(office.browser, "/accounts/new", "/accounts/new", **NEW, roles="operator")
    other = f"/accounts/{(await office.person('hanako')).id}"
    assert (await send(office.browser, other, other, **form, extension="2005")).status == 303, (
        "one decides about others"
    )


async def test_a_name_may_have_a_wide_blank_as_japanese_names_do(office: Office) -> None:
    made = await send(
        office.browser, "/accounts/new", "/accounts/new", **NEW | {"name": "豊島\u3000花子"}, roles="operator"
    )
    assert made.status == 200
    assert (await office.person("hanako")).name == "豊島 花子"


async def test_the_list_is_exported_as_the_filter_finds_it_and_noted(office: Office) -> None:
    await send(office.browser, "/accounts/new", "/accounts/new", **NEW | {"name": "＝cmd"}, roles="operator")
    answer = await office.browser.get("/accounts.csv", params={"role": "operator"})
    (row,) = csv.DictReader(io.StringIO((await answer.text()).removeprefix("\ufeff")))
    assert (row["ログイン名"], row["氏名"], row["状態"]) == ("hanako", "'＝cmd", "パスワード未設定")
    assert row["役割"] == words.STAFF[Role.OPERATOR]
    entry = office.noted("accounts.export")
    assert (entry.who, entry.subject, json.loads(entry.after or "")) == ("boss", "1 rows", {"role": "operator"})
    assert "/accounts.csv?role=operator" in await (await office.browser.get("/accounts?role=operator")).text()


async def test_the_last_administrator_stays_one(office: Office) -> None:
    boss = await office.person("boss")
    both = frozenset({Role.ADMIN, Role.MANAGER})
    await office.door.accounts.change(boss.id, Wanted("課長", both))
    page = f"/accounts/{boss.id}"
    lost = await send(office.browser, page, page, name="課長", roles="manager", all_groups="1")
    shut = await send(office.browser, page, f"{page}/disable")
    assert (lost.status, shut.status) == (400, 400)
    assert "最後のシステム管理者" in await lost.text()
    assert (await office.person("boss")).roles == both
    await send(office.browser, "/accounts/new", "/accounts/new", **NEW, roles="admin")
    assert (await send(office.browser, page, page, name="課長", roles="manager", all_groups="1")).status == 303


async def test_a_disabled_account_is_out_at_once(office: Office) -> None:
    await send(office.browser, "/accounts/new", "/accounts/new", **NEW, roles="leader")
    person = await office.person("hanako")
    token = await office.door.sessions.begin(person.who, datetime.now(UTC), "192.0.2.1", "")
    page = f"/accounts/{person.id}"
    assert (await send(office.browser, page, f"{page}/disable")).status == 303
    assert await office.door.sessions.find(token, datetime.now(UTC)) is None
    assert (await send(office.browser, page, f"{page}/enable")).status == 303
    assert await office.door.sessions.find(token, datetime.now(UTC)) is None
    assert (await office.person("hanako")).disabled_at is None


async def listening(office: Office) -> Person:
    """A supervisor whose telephone hears every call of 2001."""
    wanted = Wanted("石田 美咲", frozenset({Role.SUPERVISOR}), SUPERVISOR)
    await office.door.accounts.create("sv", wanted, "test", datetime.now(UTC))
    await office.switchboard.command(Do.LISTEN, by="web:sv", extension="2001", supervisor=SUPERVISOR, reason="研修")
    assert heard(office) == ["2001"]
    return await office.person("sv")


def heard(office: Office) -> list[str | None]:
    calls = office.switchboard.town.floor.calls.values()
    return [call.supervision.operator for call in calls if call.supervision is not None]


@pytest.mark.parametrize(
    ("to", "form"),
    [
        ("/disable", {}),
        ("", {"roles": "qa", "extension": SUPERVISOR}),
        ("", {"roles": "supervisor", "extension": ""}),
    ],
    ids=["disabled", "role taken away", "extension taken away"],
)
async def test_who_may_not_listen_any_more_hears_nobody_any_more(office: Office, to: str, form: dict[str, str]) -> None:
    page = f"/accounts/{(await listening(office)).id}"
    done = await send(office.browser, page, page + to, name="石田 美咲", all_groups="1", **form)
    assert done.status == 303
    assert heard(office) == []
    entry = office.noted("supervision.stop")
    assert (entry.who, entry.subject, entry.outcome) == ("boss", f"operator {SUPERVISOR}", Outcome.DONE)


async def test_who_has_a_new_name_goes_on_hearing(office: Office) -> None:
    page = f"/accounts/{(await listening(office)).id}"
    form = {"name": "上田 美咲", "all_groups": "1", "roles": "supervisor", "extension": SUPERVISOR}
    assert (await send(office.browser, page, page, **form)).status == 303
    assert heard(office) == ["2001"]


async def test_without_a_switchboard_an_account_is_disabled_all_the_same(office: Office) -> None:
    page = f"/accounts/{(await listening(office)).id}"
    office.switchboard.leave()
    assert (await send(office.browser, page, f"{page}/disable")).status == 303
    assert (await office.person("sv")).disabled_at is not None
    assert office.noted("supervision.stop").outcome == Outcome.FAILED


async def test_without_a_switchboard_one_is_told_that_the_telephone_may_go_on_hearing(office: Office) -> None:
    page = f"/accounts/{(await listening(office)).id}"
    office.switchboard.leave()
    shut = await send(office.browser, page, f"{page}/disable")
    assert STILL_HEARS in await (await office.browser.get(shut.headers["Location"])).text()
    assert heard(office) == ["2001"]


@pytest.mark.parametrize(
    ("more", "action"),
    [
        ({}, "account.change"),
        ({"extension": "2002"}, "account.roles"),
        ({"all_groups": "", "groups": "tax"}, "account.roles"),
    ],
    ids=["name", "extension", "groups"],
)
async def test_whose_calls_one_has_is_a_change_of_rights(office: Office, more: dict[str, str], action: str) -> None:
    await send(office.browser, "/accounts/new", "/accounts/new", **NEW, roles="operator")
    page = f"/accounts/{(await office.person('hanako')).id}"
    form = {"name": "豊島 はな", "extension": "2001", "all_groups": "1", "roles": "operator"} | more
    assert (await send(office.browser, page, page, **form)).status == 303
    assert [row.kept.action for row in office.book.rows if row.kept.subject == "hanako"][-1] == action


async def test_a_reset_gives_a_link_and_leaves_the_password_until_it_is_used(office: Office) -> None:
    boss = await office.person("boss")
    page = f"/accounts/{boss.id}"
    answer = await send(office.browser, page, f"{page}/link")
    assert "/password?link=" in await answer.text()
    again = await office.door.knock("boss", PASSWORD, "192.0.2.9", "x", datetime.now(UTC))
    assert type(again).__name__ == "Welcome"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"boss", "aiko", "jiro"}),
        ("text=AIK", {"aiko"}),
        ("text=%25", set()),
        ("role=admin", {"boss"}),
        ("active=no", {"jiro"}),
        ("sort=name&order=desc&page=1", {"boss", "aiko", "jiro"}),
        ("page=2", set()),
    ],
)
async def test_the_list_filters(office: Office, query: str, found: set[str]) -> None:
    for login, role in (("aiko", Role.QA), ("jiro", Role.WARD)):
        await office.door.accounts.create(login, Wanted(login.title(), frozenset({role})), "t", datetime.now(UTC))
    await office.door.accounts.disable((await office.person("jiro")).id, datetime.now(UTC))
    told = await (await office.browser.get(f"/api/accounts?{query}")).json()
    assert {one["login"] for one in told["accounts"]} == found
    assert (await office.browser.get(f"/accounts?{query}")).status == 200


@pytest.mark.parametrize("query", ["role=king", "sort=password", "page=0", "nothing=1", "active=maybe"])
async def test_a_wrong_filter_is_refused_by_its_name(office: Office, query: str) -> None:
    answer = await office.browser.get(f"/api/accounts?{query}")
    assert (answer.status, (await answer.json())["error"]["field"]) == (400, query.partition("=")[0])
    assert (await office.browser.get(f"/accounts?{query}")).status == 400


async def test_an_account_that_does_not_exist_is_not_found(office: Office) -> None:
    for number in ("0", "999999", "9" * 18):
        assert (await office.browser.get(f"/accounts/{number}")).status == 404
