"""The wallboard on a screen of its own: no log-in, true within a second, plain when it is not, and back by itself."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from ctl.switchboard.events import Do
from ctl.web.keys import CLOSING, TOKENS
from ctl.web.kiosks import SCOPES
from tests.browser.site import Site
from tests.browser.test_floor import SOON_MS

BIG = {"width": 1920, "height": 1080}
TOO_LONG_MS = 13_000
"""Of silence, after which the page cannot know any more."""
BEYOND = """() => [document.documentElement, ...document.querySelectorAll("main, #wall, .wall-floor section, .figure")]
  .filter((e) => e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1).map((e) => e.id || e.tagName)"""
"""What would have to be scrolled to be seen."""


@pytest.fixture
def screen(chromium: Browser, site: Site) -> Iterator[Page]:
    now = datetime.now(UTC)
    token = site.run(site.app[TOKENS].make(f"screen-{now:%H%M%S.%f}", SCOPES, now + timedelta(days=1), "hanako", now))
    context = site.signed_in(chromium, viewport=BIG)
    page = context.new_page()
    page.clock.install(time=now)
    page.goto(f"/wallboard?token={token}")
    expect(page.locator("#p-figures time.ticks")).not_to_contain_text("～")
    yield page
    context.close()
    site.call(site.app[CLOSING].clear)
    site.call(site.switchboard.come_back)


def happen(site: Site, do: Do, extension: str) -> None:
    def happens() -> None:
        site.switchboard.town.command(do, extension)
        site.switchboard.tell()

    site.call(happens)


def test_a_screen_is_true_within_a_second_says_when_it_is_not_and_comes_back(screen: Page, site: Site) -> None:
    on_break = screen.locator(".wall-states .state-not_ready dd")
    before = int(on_break.inner_text())
    happen(site, Do.LOGOUT, "2008")
    expect(on_break).to_have_text(str(before - 1), timeout=SOON_MS)
    happen(site, Do.LOGIN, "2008")
    expect(on_break).to_have_text(str(before), timeout=SOON_MS)
    assert screen.evaluate(BEYOND) == []

    closing = site.app[CLOSING]
    site.call(closing.set)  # ends the stream, and every one that is begun anew
    site.call(site.switchboard.tell)
    stale = screen.locator("#stale")
    expect(stale).to_be_hidden()
    screen.clock.fast_forward(TOO_LONG_MS)
    expect(stale).to_contain_text("表示が止まっています")
    expect(screen.locator("#age")).to_contain_text("秒前")
    assert screen.evaluate(BEYOND) == []
    wait = screen.locator("#p-figures time.ticks")
    stopped = wait.inner_text()
    screen.clock.fast_forward(5 * 60_000)
    expect(screen.locator("#age")).to_contain_text("5分")
    expect(wait).to_have_text(stopped)

    site.call(closing.clear)
    expect(stale).to_be_hidden()
    expect(wait).not_to_have_text(stopped)


def test_without_the_switchboard_the_screen_keeps_the_last_truth_and_its_time(screen: Page, site: Site) -> None:
    waiting = screen.locator("#p-figures dd").first.inner_text()
    site.call(site.switchboard.leave)
    expect(screen.locator("#stale")).to_contain_text("の状況です", timeout=SOON_MS)
    expect(screen.locator("#p-figures dd").first).to_have_text(waiting)
    site.call(site.switchboard.come_back)
    expect(screen.locator("#stale")).to_be_hidden()
