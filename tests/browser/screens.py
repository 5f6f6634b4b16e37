"""Every screen in every state. A new one is a line here and is then checked and photographed in all ways there are.

Screen("/audit", Role.SECURITY),
Screen("/audit", Role.SECURITY, "empty", before=lambda site: site.run(...), after=...),
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from ctl.security.policy import Role
from tests.browser.site import Site


def _nothing(_: Site) -> None:
    """Most screens need no preparation."""


def _open(_: Page) -> None:
    """Most screens are looked at as they open."""


@dataclass(frozen=True, slots=True)
class Screen:
    """``role``: who looks, None for a visitor. ``before`` puts the centre into the state, ``after`` takes it out again;
    ``doing`` does something on the open page, such as opening a dialog."""

    path: str
    role: Role | None = None
    state: str = ""
    before: Callable[[Site], None] = _nothing
    after: Callable[[Site], None] = _nothing
    doing: Callable[[Page], None] = _open
    extension: str | None = None

    @property
    def name(self) -> str:
        """For reports and file names."""
        path = self.path.split("?")[0].strip("/").replace("/", "-") or "front"
        return f"{path}-{self.state}" if self.state else path


def _archive_away(away: bool) -> Callable[[Site], None]:
    def put(site: Site) -> None:
        site.archive.away = away

    return put


def _switchboard_away(site: Site) -> None:
    site.call(site.switchboard.leave)
    site.sees(lambda sight: not sight.live)


def _switchboard_back(site: Site) -> None:
    site.call(site.switchboard.come_back)
    site.sees(lambda sight: sight.live)


def _pressed(name: str) -> Callable[[Page], None]:
    """Open the floor's dialog with the button of this name."""

    def press(page: Page) -> None:
        page.get_by_role("button", name=re.compile(name)).first.click()
        page.locator("#panel[open] h2").wait_for()

    return press


SCREENS = [
    Screen("/_design"),
    Screen("/_design", state="dialog", doing=lambda page: page.get_by_role("button", name="確認を開く").click()),
    Screen("/nothing", Role.SUPERVISOR, "not-found"),
    Screen("/calls", Role.SUPERVISOR),
    Screen("/calls?called=x", Role.SUPERVISOR, "refused"),
    Screen("/calls", Role.SUPERVISOR, "away", _archive_away(True), _archive_away(False)),
    Screen("/calls/1781485200.1", Role.SUPERVISOR, "one"),
    Screen("/floor", Role.SUPERVISOR, extension="2060"),
    Screen("/floor", Role.SUPERVISOR, "away", _switchboard_away, _switchboard_back),
    Screen("/floor", Role.SCHEDULER, "looking"),
    Screen("/floor", Role.SUPERVISOR, "operator", doing=_pressed("2001 豊島 花子"), extension="2060"),
    Screen("/floor", Role.SUPERVISOR, "caller", doing=_pressed("待ち、.*の操作"), extension="2060"),
    Screen("/floor", Role.SUPERVISOR, "message", doing=_pressed("全員にメッセージ")),
    Screen("/floor", Role.MANAGER, "mode", doing=_pressed("運用モード")),
    Screen("/floor", Role.MANAGER, "notice", doing=_pressed("区民への案内")),
]
