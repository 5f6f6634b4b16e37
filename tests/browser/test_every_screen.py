"""Every screen in every state: zero violations in both themes, nothing lost at 400 %, nothing moves for who wants that."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.looking import CUT_OFF, MOVING, SIDEWAYS, violations, zoomed
from tests.browser.screens import SCREENS, Screen
from tests.browser.site import Site


@contextmanager
def opened(chromium: Browser, site: Site, screen: Screen) -> Iterator[Page]:
    screen.before(site)
    roles = (screen.role,) if screen.role else ()
    context = site.signed_in(chromium, *roles, extension=screen.extension, reduced_motion="reduce")
    try:
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        zoomed(page, 100)
        page.goto(screen.path)
        screen.doing(page)
        yield page
        assert errors == [], "the page's script failed"
    finally:
        context.close()
        screen.after(site)


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_screen_can_be_used_by_everybody(
    chromium: Browser, site: Site, screen: Screen, photographs: Path | None
) -> None:
    with opened(chromium, site, screen) as page:
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            assert violations(page) == [], theme
            if photographs is not None:
                page.screenshot(path=photographs / f"{screen.name}-{theme}.png", full_page=True)
        assert page.evaluate(MOVING) == []
        for percent in (200, 400):
            zoomed(page, percent)
            assert page.evaluate(SIDEWAYS) == [], f"{percent} %"
            assert page.evaluate(CUT_OFF) == [], f"{percent} %"
        if photographs is not None:
            page.screenshot(path=photographs / f"{screen.name}-400.png", full_page=True)


WRONG = """<!DOCTYPE html><html lang="ja"><head><title>x</title><style>
@keyframes k { to { opacity: 0 } } b { display: block; animation: k 1s infinite }
h1 { width: 3em; overflow: hidden; white-space: nowrap }
</style></head><body><main><h1>一二三四五六七八九</h1><img src="data:,"><b>動く</b>
<p style="color: #999">淡い</p><div style="width: 2000px">広い</div></main></body></html>"""


def test_what_is_looked_at_finds_what_is_wrong(chromium: Browser) -> None:
    page = chromium.new_page()
    page.set_content(WRONG)
    found = {line.split(":")[0] for line in violations(page)}
    assert {"color-contrast", "image-alt"} <= found
    assert page.evaluate(SIDEWAYS) != []
    assert page.evaluate(CUT_OFF) != []
    assert page.evaluate(MOVING) == ["k"]
    page.close()
