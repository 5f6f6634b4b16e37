"""The live floor used as supervisors use it: by keyboard alone, with the real core behind it."""

import pytest
from playwright.sync_api import Browser, Page, expect

from ctl.security.policy import Role
from ctl.switchboard.events import Do
from tests.browser.keyboard import focus_on
from tests.browser.site import Site

SOON_MS = 1000
"""What changes on the floor is on the screen within a second."""


@pytest.fixture
def page(chromium: Browser, site: Site) -> Page:
    context = site.signed_in(chromium, Role.SUPERVISOR, extension="2060")
    page = context.new_page()
    page.goto("/floor")
    expect(page.locator("#link")).to_have_text("更新中")
    return page


def test_listening_to_a_call_by_keyboard_alone(page: Page, site: Site) -> None:
    focus_on(page, "^2001 豊島 花子$")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="2001 豊島 花子")).to_be_visible()
    focus_on(page, "^理由")
    page.keyboard.type("研修のため")
    focus_on(page, "^聞く$")
    page.keyboard.press("Enter")
    expect(page.locator(".toast.good")).to_contain_text("呼び出しています")
    expect(page.locator("#own")).to_contain_text("あなたの電話機（2060）を呼び出しています", timeout=SOON_MS)
    assert site.switchboard.asked[-1]["command"] == {
        "do": "listen",
        "by": "web:hanako",
        "extension": "2001",
        "supervisor": "2060",
        "reason": "研修のため",
    }
    focus_on(page, "^終える$")
    page.keyboard.press("Enter")
    expect(page.locator("#own")).to_be_empty(timeout=SOON_MS)
    page.context.close()


def test_taking_over_is_asked_twice_and_may_be_left(page: Page, site: Site) -> None:
    asked = len(site.switchboard.asked)
    page.get_by_role("button", name="2002 池袋 太郎").click()
    page.get_by_label("理由").first.fill("苦情対応")
    page.get_by_role("button", name="引き取る").click()
    expect(page.locator("#confirm")).to_contain_text("引き取りますか")
    page.keyboard.press("Escape")
    expect(page.locator("#confirm")).not_to_be_visible()
    assert len(site.switchboard.asked) == asked
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).not_to_be_visible()
    page.context.close()


def test_refusal_is_said_in_the_dialog_and_nothing_is_lost(page: Page, site: Site) -> None:
    page.locator("#waiting button").first.click()
    page.get_by_label("理由").first.fill("混雑のため")
    call = page.locator("#panel input[name=call]").input_value()
    site.call(lambda: site.switchboard.town.hangs_up(call))
    page.get_by_role("button", name="移す").click()
    expect(page.locator("#panel-wrong")).to_have_text("この通話はもう終わっています。")
    expect(page.get_by_label("理由").first).to_have_value("混雑のため")
    page.context.close()


def test_what_happens_is_on_the_screen_within_a_second_and_the_focus_stays(page: Page, site: Site) -> None:
    card = page.locator("#o-2008")
    expect(card).to_contain_text("受付不可")
    page.locator("#b-2008").focus()

    def happens() -> None:
        site.switchboard.town.command(Do.LOGOUT, "2008")
        site.switchboard.tell()

    site.call(happens)
    expect(card).to_have_count(0, timeout=SOON_MS)

    def comes_back() -> None:
        site.switchboard.town.command(Do.LOGIN, "2008")
        site.switchboard.tell()

    site.call(comes_back)
    expect(card).to_contain_text("受付不可", timeout=SOON_MS)
    page.locator("#b-2007").focus()
    site.call(site.switchboard.tell)
    expect(page.locator("#b-2007")).to_be_focused()
    page.context.close()


def test_page_says_when_it_is_stale_stops_its_clocks_and_comes_back(page: Page, site: Site) -> None:
    site.call(site.switchboard.leave)
    expect(page.get_by_role("alert").first).to_contain_text("交換制御につながりません", timeout=SOON_MS)
    expect(page.locator("#link")).to_have_text("接続待ち")
    site.call(site.switchboard.come_back)
    expect(page.locator("#link")).to_have_text("更新中")
    expect(page.get_by_role("alert")).to_have_count(0)
    page.context.close()


def test_mode_is_switched_and_brought_back_by_keyboard_alone(page: Page, site: Site) -> None:
    def press(name: str) -> None:
        focus_on(page, name)
        page.keyboard.press("Enter")

    def fill(name: str, value: str) -> None:
        focus_on(page, name)
        page.keyboard.type(value)

    press("^運用モード$")
    focus_on(page, "^切り替え先")
    while page.locator("#panel option:checked").inner_text() != "緊急体制":
        page.keyboard.press("ArrowDown")
    fill("^承認したかた", "部長")
    fill("^理由", "台風のため")
    press("^切り替える$")
    expect(page.get_by_role("button", name="やめる")).to_be_focused()
    press("^実行する$")
    expect(page.locator("#p-centre")).to_contain_text("運用モード「緊急体制」", timeout=SOON_MS)
    press("^運用モード$")
    fill("^承認したかた", "部長")
    fill("^理由", "台風が去ったため")
    press("^平常に戻す$")
    press("^実行する$")
    expect(page.locator("#p-centre")).to_be_empty(timeout=SOON_MS)
    page.context.close()
