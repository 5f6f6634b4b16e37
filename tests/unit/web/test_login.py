"""Signing in over a real Postgres: as people do it, and as others try it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import ClientResponse
from argon2 import PasswordHasher
from pydantic import ValidationError
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.secrets import Secrets
from ctl.security import secondfactor
from ctl.security.accounts import BadAccount, Wanted
from ctl.security.audit import Outcome
from ctl.security.audit.entry import Kept
from ctl.security.backoff import ACCOUNT, CODES
from ctl.security.door import CodeWanted, Door, Wait, Welcome, Wrong
from ctl.security.kept import KeptSessions
from ctl.security.passwords import Passwords
from ctl.security.policy import Role
from ctl.security.sessions import Limits
from ctl.settings import Settings
from ctl.web import stream, words
from ctl.web.app import make_app
from ctl.web.entry import SESSION_COOKIE
from ctl.web.keys import AUDIT
from ctl.web.names import NameBook
from tests.postgres import Cluster, everything
from tests.unit.web.people import browsing, csrf_in, send
from tests.unit.web.town import Browser, StubArchive, StubSwitchboard, busy_floor

PASSWORD = "kawaii-neko-no-mimi-7"
NEW = "another good long one 42"


@dataclass
class House:
    """A web with accounts, cheap hashes, and a browser in front of it."""

    door: Door
    browser: Browser

    async def account(self, login: str, *roles: Role, password: str = PASSWORD) -> int:
        made = await self.door.accounts.create(login, Wanted("豊島 花子", frozenset(roles)), "test", utcnow())
        hashed = await self.door.passwords.hashed(password)
        await self.door.credentials.set_password(made, hashed, utcnow())
        return made

    async def log_in(self, login: str, password: str = PASSWORD, to: str = "/") -> ClientResponse:
        return await send(self.browser, "/login", "/login", login=login, password=password, next=to)


def utcnow() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
async def house(engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[House]:
    door = Door.of(engine, Secrets(tmp_path / "secrets.json"), frozenset({Role.ADMIN}))
    door.passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    app = make_app(Settings(home=tmp_path), StubSwitchboard(busy_floor()), StubArchive(), NameBook(), door)
    async with browsing(app) as client:
        yield House(door, client)


def entries(house: House, action: str) -> list[Kept]:
    """What the audit trail tells of it."""
    book = house.browser.server.app[AUDIT]  # type: ignore[attr-defined]
    return [row.kept for row in book.rows if row.kept.action == action]


def session_of(browser: Browser) -> str | None:
    found = [one.value for one in browser.session.cookie_jar if one.key == SESSION_COOKIE]
    return found[0] if found else None


async def test_a_link_a_password_a_floor(house: House) -> None:
    """From `ctl admin create` to the floor: the link is used once, and only its owner knows the password."""
    made = await house.door.accounts.create("sv", Wanted("池袋 太郎", frozenset({Role.LEADER})), "cli", utcnow())
    token = await house.door.credentials.make_link(made, "cli", utcnow())
    page = f"/password?link={token}"
    weak = await send(house.browser, page, "/password", link=token, password="password1234", again="password1234")
    unlike = await send(house.browser, page, "/password", link=token, password=NEW, again=PASSWORD)
    good = await send(house.browser, page, "/password", link=token, password=NEW, again=NEW)
    assert (weak.status, unlike.status, good.status) == (400, 400, 303)
    assert (await house.browser.get(page)).status == 403, "a link works once"
    entered = await house.log_in("sv", NEW, "/floor")
    assert (entered.status, entered.headers["Location"]) == (303, "/floor")
    assert (await house.browser.get("/floor")).status == 200


async def test_a_link_is_void_after_an_hour_and_when_a_newer_one_is_made(house: House) -> None:
    account = await house.account("sv", Role.LEADER)
    credentials = house.door.credentials
    old = await credentials.make_link(account, "cli", utcnow() - timedelta(minutes=61))
    assert await credentials.link(old, utcnow()) is None
    first = await credentials.make_link(account, "cli", utcnow())
    second = await credentials.make_link(account, "cli", utcnow())
    assert await credentials.link(first, utcnow()) is None
    assert await credentials.link(second, utcnow()) is not None


async def test_who_is_unknown_who_is_wrong_and_who_is_shut_out_get_the_same_answer(house: House) -> None:
    await house.account("sv", Role.LEADER)
    shut = await house.account("gone", Role.LEADER)
    await house.door.accounts.disable(shut, utcnow())
    answers = [
        await house.log_in("nobody-of-that-name"),
        await house.log_in("sv", "wrong password"),
        await house.log_in("gone"),
    ]
    assert [one.status for one in answers] == [403] * 3
    texts = [await one.text() for one in answers]
    assert all(words.WRONG_LOGIN in text for text in texts)
    names = ("nobody-of-that-name", "sv", "gone")
    plain = {text.replace(f'value="{name}"', "") for text, name in zip(texts, names, strict=True)}
    assert len(plain) == 1


@pytest.mark.parametrize("login", ["sv", "nobody-of-that-name"])
async def test_every_log_in_costs_one_hash(house: House, login: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No enumeration by time: what takes long happens whether or not there is an account."""
    await house.account("sv", Role.LEADER)
    checked: list[str | None] = []
    verify = house.door.passwords._verify

    def counted(password: str, known: str | None) -> bool:
        checked.append(known)
        return verify(password, known)

    monkeypatch.setattr(house.door.passwords, "_verify", counted)
    await house.log_in(login, "wrong password")
    assert len(checked) == 1


async def test_a_password_typed_for_a_name_is_not_kept_and_the_name_of_an_account_is(house: House) -> None:
    """The audit trail is for ever, and others read it."""
    await house.account("sv", Role.LEADER)
    shut = await house.account("gone", Role.LEADER)
    await house.door.accounts.disable(shut, utcnow())
    for name in ("SV", "gone", *[PASSWORD] * (ACCOUNT.free + 1)):
        await house.log_in(name, "")
    refused = [(one.subject, one.reason) for one in entries(house, "session.refused")]
    here = "127.0.0.1"
    unknown = [(here, "no such account")] * ACCOUNT.free
    assert refused == [("sv", "password"), ("gone", "password"), *unknown, (here, "wait")]
    assert PASSWORD not in str(house.browser.server.app[AUDIT].rows)  # type: ignore[attr-defined]


async def test_the_database_is_asked_the_same_whether_or_not_there_is_an_account(
    house: House, engine: AsyncEngine
) -> None:
    """No enumeration by time: also of attempts that wait."""
    await house.account("sv", Role.LEADER)
    shut = await house.account("gone", Role.LEADER)
    await house.door.accounts.disable(shut, utcnow())
    asked: list[str] = []
    event.listen(engine.sync_engine, "before_cursor_execute", lambda _c, _u, statement, *_: asked.append(statement))
    costs = []
    for name in ("sv", "gone", "nobody-of-that-name"):
        asked.clear()
        for _ in range(ACCOUNT.free + 1):
            await house.log_in(name, "wrong password")
        costs.append(tuple(asked))
    assert costs[0]
    assert len(set(costs)) == 1


async def test_log_in_gives_a_session_that_nobody_could_know_before(house: House) -> None:
    """Session fixation: a cookie from before the log-in opens nothing after it."""
    await house.account("sv", Role.LEADER)
    planted = "planted-by-somebody-else"
    house.browser.session.cookie_jar.update_cookies({SESSION_COOKIE: planted}, house.browser.make_url("/"))
    await house.log_in("sv")
    first = session_of(house.browser)
    await send(house.browser, "/account", "/logout")
    await house.log_in("sv")
    second = session_of(house.browser)
    assert len({planted, first, second}) == 3
    for dead in (planted, first):
        assert dead is not None
        assert await house.door.sessions.find(dead, utcnow()) is None


async def test_a_guesser_waits_longer_and_longer_and_the_owner_elsewhere_does_not(house: House) -> None:
    await house.account("sv", Role.LEADER)
    statuses = [(await house.log_in("sv", f"guess number {n}")).status for n in range(8)]
    assert statuses[:5] == [403] * 5
    assert 429 in statuses[5:]
    told = await house.log_in("sv")
    assert told.status == 429, "the right password is not looked at either"
    assert "秒お待ちください" in await told.text()
    elsewhere = await house.door.knock("sv", PASSWORD, "192.0.2.55", "another browser", utcnow())
    assert type(elsewhere).__name__ == "Welcome"


async def test_guesses_at_unknown_accounts_wait_alike(house: House) -> None:
    statuses = [(await house.log_in("nobody", f"guess number {n}")).status for n in range(8)]
    assert statuses[:5] == [403] * 5
    assert 429 in statuses[5:]
    book = house.browser.server.app[AUDIT]  # type: ignore[attr-defined]
    assert [row.kept.reason for row in book.rows].count("wait") == 1, "who does not wait does not fill the audit trail"


async def test_many_guesses_at_once_are_many(house: House) -> None:
    await house.account("sv", Role.LEADER)
    looked_at = 0
    for _ in range(20):
        looked_at += await house.door.failures.attempt("sv", "192.0.2.9", utcnow()) == 0
    assert looked_at <= 7


async def test_second_factor_from_setting_it_up_to_losing_the_telephone(house: House) -> None:
    account = await house.account("boss", Role.ADMIN)
    await house.log_in("boss")
    owing = await house.browser.get("/floor", allow_redirects=False)
    assert owing.headers["Location"].startswith("/account/second-factor"), "an administrator must have one"
    page = await (await house.browser.get("/account/second-factor")).text()
    assert "<svg" in page
    kept = page.split('name="kept" value="')[1].split('"')[0]
    secret = house.door.locker.open(kept)
    assert secret is not None
    form = {"kept": kept}
    wrong = await send(house.browser, "/account", "/account/second-factor", **form, code="000000")
    code = secondfactor.code_at(secret, utcnow())
    right = await send(house.browser, "/account", "/account/second-factor", **form, code=code)
    assert (wrong.status, right.status) == (400, 200)
    noted = [(one.outcome, one.reason) for one in entries(house, "second_factor.set")]
    assert noted == [(Outcome.REFUSED, "code"), (Outcome.DONE, None)]
    recovery = (await right.text()).split("<li><code>")[1].split("<")[0]
    assert (await house.browser.get("/floor")).status == 200
    await send(house.browser, "/account", "/logout")

    first = await house.log_in("boss", to="/floor")
    assert first.headers["Location"].startswith("/login/code")
    assert session_of(house.browser) is None, "half a log-in is none"
    used = await send(house.browser, "/login/code", "/login/code", code=code)
    assert used.status == 403, "a code works once"
    later = secondfactor.code_at(secret, utcnow() + timedelta(seconds=secondfactor.STEP_S))
    assert (await send(house.browser, "/login/code", "/login/code", code=later)).status == 303
    await send(house.browser, "/account", "/logout")

    for status in (303, 403):
        await house.log_in("boss")
        assert (await send(house.browser, "/login/code", "/login/code", code=recovery.upper())).status == status
        house.browser.session.cookie_jar.clear()
    person = await house.door.accounts.by_id(account)
    assert person is not None
    assert person.recovery_left == secondfactor.CODES - 1


async def test_a_code_cannot_be_shown_from_another_browser_or_without_a_password(house: House) -> None:
    answer = await house.browser.get("/login/code", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/login?next=/")


async def test_sensitive_actions_want_a_fresh_proof(house: House) -> None:
    account = await house.account("sv", Role.LEADER)
    await house.log_in("sv")
    token = session_of(house.browser)
    assert token is not None
    await house.door.sessions.proved(token, utcnow() - timedelta(minutes=6))
    asked = await house.browser.get("/account/second-factor", allow_redirects=False)
    assert asked.headers["Location"] == "/account/prove?next=/account/second-factor"
    refused = await send(house.browser, "/account/prove", "/account/prove", proof="wrong", next="/account")
    proved = await send(
        house.browser, "/account/prove", "/account/prove", proof=PASSWORD, next="/account/second-factor"
    )
    assert (refused.status, proved.status) == (403, 303)
    assert (await house.browser.get("/account/second-factor")).status == 200
    assert account


async def test_a_new_password_ends_every_other_session(house: House) -> None:
    account = await house.account("sv", Role.LEADER)
    person = await house.door.accounts.by_id(account)
    assert person is not None
    other = await house.door.sessions.begin(person.who, utcnow(), "192.0.2.8", "stolen")
    await house.log_in("sv")
    before = session_of(house.browser)
    changed = await send(house.browser, "/account", "/account/password", old=PASSWORD, new=NEW, again=NEW)
    assert changed.status == 303
    assert await house.door.sessions.find(other, utcnow()) is None
    assert session_of(house.browser) != before
    assert (await house.browser.get("/account")).status == 200
    house.browser.session.cookie_jar.clear()
    assert [(await house.log_in("sv", one)).status for one in (PASSWORD, NEW)] == [403, 303]


async def with_second_factor(house: House, login: str, role: Role) -> tuple[int, bytes]:
    """An account and the secret of its second factor, of which no code was used lately."""
    account = await house.account(login, role)
    secret, before = secondfactor.new_secret(), utcnow() - timedelta(minutes=5)
    assert await house.door.keep_second_factor(account, secret, secondfactor.code_at(secret, before), before)
    return account, secret


async def test_a_code_is_no_password_when_a_new_password_is_set(house: House) -> None:
    """Who has looked at somebody's authenticator, and stands before his open screen, does not take the account over."""
    _, secret = await with_second_factor(house, "sv", Role.LEADER)
    await house.log_in("sv")
    code = secondfactor.code_at(secret, utcnow())
    assert (await send(house.browser, "/login/code", "/login/code", code=code)).status == 303
    later = secondfactor.code_at(secret, utcnow() + timedelta(seconds=secondfactor.STEP_S))
    assert (await send(house.browser, "/account", "/account/password", old=later, new=NEW, again=NEW)).status == 403
    assert (await send(house.browser, "/account", "/account/password", old=PASSWORD, new=NEW, again=NEW)).status == 303


async def test_a_password_that_was_changed_meanwhile_opens_no_way_to_the_code(house: House) -> None:
    account, secret = await with_second_factor(house, "sv", Role.LEADER)
    now = utcnow()
    assert isinstance(await house.door.knock("sv", PASSWORD, "192.0.2.9", "thief", now), CodeWanted)
    await house.door.credentials.set_password(
        account, await house.door.passwords.hashed(NEW), now + timedelta(seconds=1)
    )
    then = now + timedelta(seconds=2)
    code = secondfactor.code_at(secret, then)
    assert isinstance(await house.door.show_code(code, "192.0.2.9", "thief", then), Wrong)
    assert isinstance(await house.door.knock("sv", NEW, "192.0.2.1", "owner", then), CodeWanted)
    after = then + timedelta(seconds=1)
    assert isinstance(await house.door.show_code(code, "192.0.2.1", "owner", after), Welcome)


async def test_sessions_are_listed_and_ended_by_their_owner(house: House) -> None:
    account = await house.account("sv", Role.LEADER)
    person = await house.door.accounts.by_id(account)
    assert person is not None
    other = await house.door.sessions.begin(person.who, utcnow(), "192.0.2.8", "Firefox")
    await house.log_in("sv")
    assert "192.0.2.8" in await (await house.browser.get("/account")).text()
    found = await house.door.sessions.find(other, utcnow())
    assert found is not None
    await send(house.browser, "/account", "/account/sessions/end", session=found.id)
    assert await house.door.sessions.find(other, utcnow()) is None
    assert (await house.browser.get("/account")).status == 200


@pytest.mark.parametrize("idle", [timedelta(minutes=61), timedelta(hours=13)])
async def test_a_session_ends_when_nobody_uses_it(house: House, idle: timedelta) -> None:
    account = await house.account("sv", Role.LEADER)
    person = await house.door.accounts.by_id(account)
    assert person is not None
    token = await house.door.sessions.begin(person.who, utcnow() - idle, "192.0.2.8", "")
    assert await house.door.sessions.find(token, utcnow()) is None


async def test_how_long_sessions_last_is_what_the_settings_say(house: House) -> None:
    settings = Settings(session_idle_minutes=10, session_hours=2)
    sessions = KeptSessions(house.door.sessions._engine, frozenset(), Limits.of(settings))
    account = await house.account("sv", Role.LEADER)
    person = await house.door.accounts.by_id(account)
    assert person is not None
    began = utcnow()
    token = await sessions.begin(person.who, began, "192.0.2.8", "")
    for minutes in range(9, 120, 9):
        assert await sessions.find(token, began + timedelta(minutes=minutes)) is not None
    assert await sessions.find(token, began + timedelta(minutes=121)) is None
    token = await sessions.begin(person.who, began, "192.0.2.8", "")
    assert await sessions.find(token, began + timedelta(minutes=11)) is None


@pytest.mark.parametrize("wrong", [{"session_idle_minutes": 4}, {"session_idle_minutes": 241}, {"session_hours": 25}])
def test_sessions_that_would_hardly_end_or_hardly_last_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        Settings(**wrong)  # type: ignore[arg-type]


async def test_codes_cannot_be_guessed_from_many_addresses(house: House) -> None:
    """Whoever guesses at codes knows the password: then it is the account that is slow, not the address."""
    _, secret = await with_second_factor(house, "boss", Role.ADMIN)
    answers = []
    for n in range(3 * CODES.free):
        where, visitor = f"198.51.100.{n}", f"browser {n}"
        assert isinstance(await house.door.knock("boss", PASSWORD, where, visitor, utcnow()), CodeWanted)
        answers.append(await house.door.show_code("000000", where, visitor, utcnow()))
    looked_at = [answer for answer in answers if isinstance(answer, Wrong)]
    assert CODES.free <= len(looked_at) < CODES.free + 5
    assert isinstance(answers[-1], Wait)
    later = utcnow() + timedelta(hours=1)
    await house.door.knock("boss", PASSWORD, "192.0.2.1", "mine", later)
    later += timedelta(seconds=1)
    code = secondfactor.code_at(secret, later)
    assert isinstance(await house.door.show_code(code, "192.0.2.1", "mine", later), Welcome)


async def test_nor_by_who_has_stolen_a_session(house: House) -> None:
    """At the screen that asks for password or code once more."""
    account, secret = await with_second_factor(house, "boss", Role.ADMIN)
    person = await house.door.accounts.by_id(account)
    assert person is not None
    answers = []
    for n in range(3 * CODES.free):
        answers.append(await house.door.prove(person.who, f"{n:06}", f"198.51.100.{n}", utcnow()))
    looked_at = [answer for answer in answers if isinstance(answer, Wrong)]
    assert CODES.free <= len(looked_at) < CODES.free + 5
    assert isinstance(answers[-1], Wait)
    password = await house.door.prove(person.who, PASSWORD, "192.0.2.1", utcnow(), code_will_do=False)
    assert isinstance(password, Welcome), "a password is none of these guesses"
    later = utcnow() + timedelta(hours=1)
    code = secondfactor.code_at(secret, later)
    assert isinstance(await house.door.prove(person.who, code, "192.0.2.1", later), Welcome)


async def test_who_knows_the_password_is_forgiven_no_guesses_at_codes_for_it(house: House) -> None:
    account, _ = await with_second_factor(house, "boss", Role.ADMIN)
    person = await house.door.accounts.by_id(account)
    assert person is not None
    now = utcnow()
    for n in range(CODES.free):
        assert isinstance(await house.door.prove(person.who, "000000", f"198.51.100.{n}", now), Wrong)
    for _ in range(CODES.free):
        proof = await house.door.prove(person.who, PASSWORD, "192.0.2.1", now, code_will_do=False)
        assert isinstance(proof, Welcome)
    assert isinstance(await house.door.prove(person.who, "000000", "192.0.2.2", now), Wait)


async def test_proving_rightly_costs_nothing_however_often(house: House) -> None:
    account, _ = await with_second_factor(house, "boss", Role.ADMIN)
    person = await house.door.accounts.by_id(account)
    assert person is not None
    for n in range(2 * CODES.free):
        assert isinstance(await house.door.prove(person.who, PASSWORD, "192.0.2.1", utcnow()), Welcome), n


async def test_who_types_with_a_japanese_keyboard_is_let_in(house: House) -> None:
    account = await house.account("hanako", Role.LEADER)
    secret, before = secondfactor.new_secret(), utcnow() - timedelta(minutes=5)
    codes = await house.door.keep_second_factor(account, secret, secondfactor.code_at(secret, before), before)
    assert codes
    wide = {ord(sign): ord(sign) + 0xFEE0 for sign in "0123456789abcdefghijklmnopqrstuvwxyzHK"}
    for n, code in enumerate((secondfactor.code_at(secret, utcnow()), codes[0])):
        first = await house.log_in("Hanako".translate(wide))
        assert first.headers["Location"].startswith("/login/code"), n
        assert (await send(house.browser, "/login/code", "/login/code", code=code.translate(wide))).status == 303
        await send(house.browser, "/account", "/logout")
    with pytest.raises(BadAccount, match="exists already"):
        await house.account("\N{KELVIN SIGN}".join(("hana", "o")), Role.LEADER)


async def test_signing_in_again_ends_the_session_that_was_there(house: House) -> None:
    await house.account("sv", Role.LEADER)
    await house.log_in("sv")
    first = session_of(house.browser)
    assert first is not None
    csrf = csrf_in(await (await house.browser.get("/account")).text())
    form = {"csrf": csrf, "login": "sv", "password": PASSWORD}
    origin = {"Origin": str(house.browser.make_url("/").origin())}
    assert (await house.browser.post("/login", data=form, headers=origin, allow_redirects=False)).status == 303
    assert session_of(house.browser) not in {None, first}
    assert await house.door.sessions.find(first, utcnow()) is None


async def test_a_link_of_an_account_that_was_disabled_does_not_come_back_with_it(house: House) -> None:
    account = await house.account("sv", Role.LEADER)
    link = await house.door.credentials.make_link(account, "cli", utcnow())
    await house.door.accounts.disable(account, utcnow())
    await house.door.accounts.enable(account)
    assert await house.door.credentials.link(link, utcnow()) is None
    assert not await house.door.credentials.use_link(link, "hash", utcnow())


async def test_a_role_taken_away_is_gone_with_the_next_request(house: House) -> None:
    account = await house.account("sv", Role.LEADER)
    await house.log_in("sv")
    assert (await house.browser.get("/floor")).status == 200
    await house.door.accounts.change(account, Wanted("豊島 花子", frozenset({Role.WARD})))
    assert (await house.browser.get("/floor")).status == 403
    await house.door.accounts.disable(account, utcnow())
    assert (await house.browser.get("/floor", allow_redirects=False)).status == 303


Change = Callable[[Door, int], Awaitable[object]]


@pytest.mark.parametrize(
    "change",
    [
        lambda door, account: door.sessions.end_all(account),
        lambda door, account: door.accounts.disable(account, utcnow()),
        lambda door, account: door.accounts.change(account, Wanted("豊島 花子", frozenset({Role.WARD}))),
        lambda door, account: door.accounts.change(
            account, Wanted("豊島 花子", frozenset({Role.LEADER}), groups=frozenset({"civil"}))
        ),
    ],
    ids=["session ended", "account disabled", "role taken away", "other groups"],
)
async def test_a_stream_ends_with_the_right_to_read_it(
    house: House, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "BEAT_S", 0.02)
    account = await house.account("sv", Role.LEADER)
    await house.log_in("sv")
    headers = {"Accept": "text/event-stream", "Sec-Fetch-Site": "same-origin"}
    async with house.browser.get("/floor/events", headers=headers) as events:
        assert events.status == 200
        while b"event: beat" not in await events.content.readline():
            pass
        await change(house.door, account)
        told = await events.content.read()
        assert told.endswith(b"event: over\ndata: {}\n\n")


async def test_without_postgres_people_keep_their_floor_and_log_in_says_what_it_needs(
    house: House, cluster: Cluster
) -> None:
    await house.account("sv", Role.LEADER)
    await house.log_in("sv")
    assert (await house.browser.get("/floor")).status == 200
    cluster.stop()
    try:
        assert (await house.browser.get("/floor")).status == 200
        assert (await house.browser.get("/account")).status == 503
        token = session_of(house.browser)
        house.browser.session.cookie_jar.clear()
        refused = await house.log_in("sv")
        assert (refused.status, words.NO_LOGIN_NOW in await refused.text()) == (503, True)
        assert await house.door.sessions.find("never seen", utcnow()) is None
        assert token
        assert await house.door.sessions.find(token, utcnow() + timedelta(minutes=61)) is None
    finally:
        cluster.start()


async def test_nothing_in_the_database_lets_anybody_in(house: House, engine: AsyncEngine) -> None:
    account = await house.account("boss", Role.ADMIN)
    link = await house.door.credentials.make_link(account, "cli", utcnow())
    secret = secondfactor.new_secret()
    codes = await house.door.keep_second_factor(account, secret, secondfactor.code_at(secret, utcnow()), utcnow())
    await house.log_in("boss")
    assert codes
    kept = "\n".join(row for rows in (await everything(engine)).values() for row in rows)
    for one in (PASSWORD, link, secondfactor.spelled(secret), secret.hex(), codes[0], codes[0].replace("-", "")):
        assert one not in kept
