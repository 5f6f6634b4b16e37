"""The settings used as administrators use them: a flow edited by keyboard alone, a form, what comes back, a sound heard."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from ctl.security.policy import Role
from ctl.web.editing.office import OFFICE
from tests.browser.keyboard import tab_to
from tests.browser.site import Site

ME = "7"
"""The account that `Site.signed_in` uses."""


@pytest.fixture
def page(chromium: Browser, site: Site) -> Iterator[Page]:
    """An administrator's window; the draft is gone afterwards."""
    context = site.signed_in(chromium, Role.ADMIN)
    yield context.new_page()
    context.close()
    site.app[OFFICE].drafts.drop(ME)


def test_a_flow_is_edited_checked_and_saved_by_keyboard_alone(page: Page, site: Site) -> None:
    page.goto("/settings/flows")
    tab_to(page, "fax")
    page.keyboard.press("Enter")
    page.wait_for_url("**/settings/text/flows/fax.yaml")
    tab_to(page, "flows/fax.yaml の内容")
    page.keyboard.press("Control+Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    page.keyboard.type("窓口")
    page.keyboard.press("Control+End")
    page.keyboard.type("  broken: {kind: closes}\n")
    expect(page.locator("#verdict")).to_contain_text("誤り 1件。8行目")
    expect(page.locator("#lines > .wrong")).to_have_text(re.compile("^8.*使えるもの：play"))
    expect(page.get_by_role("textbox", name="flows/fax.yaml の内容")).to_have_attribute("aria-invalid", "true")
    tab_to(page, "8行目")
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="flows/fax.yaml の内容")).to_be_focused()
    assert page.evaluate("() => getSelection().toString()") == "  broken: {kind: closes}"
    assert site.app[OFFICE].drafts.find(ME) is None
    page.keyboard.press("Control+End")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+End")
    page.keyboard.press("Delete")
    expect(page.locator("#verdict")).to_have_text("この内容に誤りはありません。")
    expect(page.locator("#lines > .wrong")).to_have_count(0)
    tab_to(page, "下書きに保存")
    page.keyboard.press("Enter")
    page.wait_for_url("**/settings/text/flows/fax.yaml?saved=1")
    draft = site.app[OFFICE].drafts.of(ME)
    assert "label: FAX受付窓口\n" in (draft.flows / "flows/fax.yaml").read_text(encoding="utf-8")
    tab_to(page, "確認と反映へ")
    page.keyboard.press("Enter")
    page.wait_for_url("**/settings/review")
    expect(page.locator("ins")).to_have_text("FAX受付窓口")


def test_a_wrong_value_is_told_at_its_field_and_a_right_one_is_kept(page: Page, site: Site) -> None:
    page.goto("/settings/queues/queues/entry?key=exchange")
    page.get_by_label("優先度").first.fill("12")
    page.get_by_role("button", name="下書きに保存").click()
    expect(page.locator('[id="f-priority-error"]')).to_have_text("9以下にしてください（いまは 12）")
    page.get_by_role("link", name="9以下にしてください").click()
    expect(page.get_by_label("優先度").first).to_be_focused()
    page.get_by_label("優先度").first.fill("3")
    page.get_by_role("button", name="下書きに保存").click()
    expect(page.get_by_role("alert")).to_contain_text("「exchange」を下書きに保存しました")
    expect(page.get_by_label("下書き", exact=True)).to_contain_text("待ち行列")


def test_a_text_is_heard_before_it_is_used(page: Page, site: Site) -> None:
    page.goto("/settings/prompts")
    page.get_by_role("textbox", name="文").fill("豊島区役所です。")
    page.get_by_role("button", name="読み上げる").click()
    expect(page.get_by_text(re.compile("読み：トシマ"))).to_be_visible()
    heard = page.evaluate(
        "async () => { const r = await fetch(document.querySelector('audio').src); return [r.headers.get('content-type'), (await r.arrayBuffer()).byteLength] }"
    )
    assert heard[0] == "audio/wav"
    assert heard[1] > 8000
    page.get_by_label("この文を使うアナウンス").select_option("greeting")
    page.get_by_role("button", name="下書きに保存").click()
    page.wait_for_url("**/settings/announcements?saved=greeting")
    text = (site.app[OFFICE].drafts.of(ME).flows / "announcements.yaml").read_text(encoding="utf-8")
    assert "greeting: 豊島区役所です。\n" in text


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("modes/modes/entry?key=busy", "名称"),
        ("queues/queues/entry?key=exchange", "名称"),
        ("calendar/hours/entry?key=exchange", "名称"),
        ("numbers/outside/entry", "1人が1時間に発信できる回数"),
    ],
)
def test_rows_that_are_left_empty_do_not_keep_a_form_from_being_sent(
    page: Page, site: Site, path: str, label: str
) -> None:
    page.goto(f"/settings/{path}")
    page.get_by_label(label).first.fill("41")
    page.get_by_role("button", name="下書きに保存").click()
    expect(page.get_by_role("alert")).to_contain_text("下書きに保存しました")
