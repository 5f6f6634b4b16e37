"""Signing in and out by keyboard alone, over the real accounts."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Browser, expect

from ctl.database.migrate import migrate
from ctl.secrets import Secrets
from ctl.security import secondfactor
from ctl.security.accounts import Wanted
from ctl.security.door import Door
from ctl.security.passwords import Passwords
from ctl.security.policy import Role
from ctl.web import words
from ctl.web.stream import BEAT_S
from tests.browser import site as sites
from tests.browser.keyboard import focus_on
from tests.browser.site import Site
from tests.postgres import Cluster, empty

PASSWORD = "kawaii-neko-no-mimi-7"
SECONDS_MS = 1000 * (2 * BEAT_S + 5)
SECRET = secondfactor.new_secret()


@pytest.fixture
def house(cluster: Cluster, tmp_path: Path) -> Iterator[Site]:
    """A web with accounts, and in it a supervisor who has a second factor."""
    engine = cluster.app_engine()
    door = Door.of(engine, Secrets(tmp_path / "secrets.json"), frozenset({Role.SUPERVISOR}))
    door.passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    made, thread = sites.start(tmp_path, door)

    async def furnish() -> None:
        owner = cluster.engine()
        await migrate(owner)
        await empty(owner)
        await owner.dispose()
        before = datetime.now(UTC) - timedelta(minutes=5)
        wanted = Wanted("豊島 花子", frozenset({Role.SUPERVISOR}))
        account = await door.accounts.create("hanako", wanted, "test", before)
        await door.credentials.set_password(account, await door.passwords.hashed(PASSWORD), before)
        assert await door.keep_second_factor(account, SECRET, secondfactor.code_at(SECRET, before), before)

    made.run(furnish())
    yield made
    made.run(engine.dispose())
    sites.stop(made, thread)


def test_signing_in_and_out_by_keyboard_alone(chromium: Browser, house: Site) -> None:
    context = house.signed_in(chromium)
    page = context.new_page()
    keys = page.keyboard
    page.goto("/floor")
    expect(page.get_by_label("ログイン名")).to_be_focused()
    keys.type("hanako")
    keys.press("Tab")
    keys.type("not the password")
    keys.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text(words.WRONG_LOGIN)
    expect(page.get_by_label("ログイン名")).to_have_value("hanako")
    expect(page.get_by_label("パスワード")).to_be_focused()
    keys.type(PASSWORD)
    keys.press("Enter")
    expect(page.get_by_role("textbox", name="確認コード")).to_be_focused()
    keys.type("000000")
    keys.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text(words.WRONG_CODE)
    expect(page.get_by_role("textbox", name="確認コード")).to_be_focused()
    keys.type(secondfactor.code_at(SECRET, datetime.now(UTC)))
    keys.press("Enter")
    page.wait_for_url("**/floor")
    expect(page.locator("#link")).to_have_text("更新中")

    other = context.new_page()
    other.goto("/floor")
    expect(other.locator("#link")).to_have_text("更新中")
    page.bring_to_front()
    focus_on(page, "^豊島 花子$")
    keys.press("Enter")
    focus_on(page, f"^{words.LOG_OUT}$")
    keys.press("Enter")
    expect(page.get_by_text("ログアウトしました。")).to_be_visible()
    # The stream of the other page ends, which then says by itself that nobody is signed in any more.
    expect(other.get_by_label("ログイン名")).to_be_focused(timeout=SECONDS_MS)
    context.close()
