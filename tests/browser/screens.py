"""Every screen in every state. A new one is a line here and is then checked and photographed in all ways there are.

Screen("/audit", Role.SECURITY),
Screen("/audit", Role.SECURITY, "empty", before=lambda site: site.run(...), after=...),
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page

from ctl.security.audit import Outcome
from ctl.security.audit.book import MemoryBook
from ctl.security.audit.keeping import publish, verdict_path
from ctl.security.audit.verifying import Fault, Finding, Verdict
from ctl.security.machines import SCOPES
from ctl.security.policy import Role
from ctl.switchboard.events import AlarmFound, AlarmKind, AlarmsFound
from ctl.web import keys
from ctl.web.editing.office import OFFICE
from ctl.web.kiosks import SCOPES as WALLBOARD
from tests.browser.accounts import HANAKO
from tests.browser.site import Site
from tests.plans import CIVIL, TAX
from tests.unit.security.audit.trails import entry


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


def _drafted(*changes: tuple[str, str, str]) -> Callable[[Site], None]:
    """The administrator has a draft with these changes: file, what stood there, what stands there now."""

    def draft(site: Site) -> None:
        flows = site.app[OFFICE].drafts.begin(ADMINISTRATOR, "豊島 花子").flows
        for file, before, after in changes:
            text = (flows / file).read_text(encoding="utf-8")
            (flows / file).write_text(text.replace(before, after, 1), encoding="utf-8")

    return draft


def _no_draft(site: Site) -> None:
    site.app[OFFICE].drafts.drop(ADMINISTRATOR)


def _checked(page: Page) -> None:
    """The editor has asked what is wrong with the text."""
    page.locator("#lines > .wrong").first.wait_for()


def _sent(label: str, value: str) -> Callable[[Page], None]:
    """Fill a field and send the form."""

    def send(page: Page) -> None:
        page.get_by_label(label).first.fill(value)
        page.get_by_role("button", name="下書きに保存").click()
        page.get_by_role("alert").first.wait_for()

    return send


ADMINISTRATOR = str(HANAKO)
RENAMED = ("operators.yaml", "佐藤 花子", "佐藤 菊子")
NOWHERE = ("flows/main.yaml", "next: tax, menu: 税", "next: taxes, menu: 税")
ENTRY = "/settings/{}/entry?key={}"

SETTINGS = [
    Screen("/settings", Role.ADMIN),
    Screen("/settings", Role.ADMIN, "draft", _drafted(RENAMED, NOWHERE), _no_draft),
    Screen("/settings", Role.SUPERVISOR, "looking"),
    *(
        Screen(f"/settings/{page}", Role.ADMIN)
        for page in ("operators", "skills", "queues", "departments", "calendar", "numbers", "modes", "announcements")
    ),
    Screen("/settings/centre", Role.SUPERVISOR),
    Screen(ENTRY.format("operators/operators", "2001"), Role.ADMIN),
    Screen(ENTRY.format("queues/queues", "tax"), Role.ADMIN),
    Screen(
        ENTRY.format("queues/queues", "exchange"), Role.ADMIN, "refused", after=_no_draft, doing=_sent("優先度", "12")
    ),
    Screen(ENTRY.format("modes/modes", "emergency"), Role.ADMIN),
    Screen(ENTRY.format("calendar/hours", "exchange"), Role.ADMIN),
    Screen(ENTRY.format("announcements/announcements", "night"), Role.ADMIN),
    Screen("/settings/departments/import", Role.ADMIN),
    Screen("/settings/flows?number=0339811111&at=2026-12-29T10:00&keys=6,1", Role.ADMIN),
    Screen("/settings/text/flows/main.yaml", Role.ADMIN),
    Screen("/settings/text/flows/main.yaml", Role.ADMIN, "wrong", _drafted(NOWHERE), _no_draft, doing=_checked),
    Screen("/settings/queues/music/new", Role.ADMIN, "new"),
    Screen("/settings/prompts", Role.ADMIN),
    Screen("/settings/review", Role.ADMIN, "nothing"),
    Screen("/settings/review", Role.ADMIN, "wrong", _drafted(RENAMED, NOWHERE), _no_draft),
    Screen("/settings/review", Role.ADMIN, "good", _drafted(RENAMED), _no_draft),
    Screen("/settings/history", Role.ADMIN),
]


def _acted(site: Site) -> None:
    """People have done things, and one of them was refused."""
    book = MemoryBook()
    for n in range(1, 9):
        site.run(book.note(entry(n)))
    change: dict[str, object] = {"action": "account.roles", "subject": "taro", "reason": "4月の異動"}
    site.run(book.note(entry(9, **change, before={"roles": ["operator"]}, after={"roles": ["operator", "leader"]})))
    site.run(book.note(entry(10, action="session.refused", outcome=Outcome.REFUSED, after=None, reason=None)))
    _shared_book(site).rows[:] = book.rows


def _nobody_acted(site: Site) -> None:
    _shared_book(site).rows.clear()


def _shared_book(site: Site) -> MemoryBook:
    book = site.app[keys.AUDIT]
    assert isinstance(book, MemoryBook)
    return book


def _verified(verdict: Verdict) -> Callable[[Site], None]:
    def put(site: Site) -> None:
        _acted(site)
        publish(verdict_path(site.app[keys.SETTINGS]), verdict, datetime.now(UTC))

    return put


def _tokens(site: Site) -> None:
    now = datetime.now(UTC)
    tokens = site.app[keys.TOKENS]
    if not site.run(tokens.all()):
        for name, days in (("monitoring", 90), ("old", 1), ("records", 30)):
            made = tokens.make(name, SCOPES[:3], now + timedelta(days=days), "hanako", now)
            site.run(made)
        site.run(tokens.revoke("old", now))


def _alarmed(*found: AlarmFound) -> Callable[[Site], None]:
    """These alarms stand, and no others."""

    def put(site: Site) -> None:
        site.switchboard.town.happens(AlarmsFound(found))
        site.call(site.switchboard.tell)
        site.sees(lambda sight: sight.floor is not None and len(sight.floor["alarms"]) == len(found))

    return put


def _screens(site: Site) -> None:
    """One shows the wallboard, one was never opened, one is revoked."""
    now = datetime.now(UTC)
    tokens = site.app[keys.TOKENS]
    if not any(one.name == "office-3f" for one in site.run(tokens.all())):
        for name, days in (("office-3f", 365), ("meeting", 20), ("lobby", 365)):
            site.run(tokens.make(name, WALLBOARD, now + timedelta(days=days), "hanako", now))
        site.run(tokens.revoke("lobby", now))


def _make_token(name: str, scope: str) -> Callable[[Page], None]:
    def fill(page: Page) -> None:
        page.get_by_label("名前").fill(name)
        if scope:
            page.get_by_label(scope).check()
        page.get_by_role("button", name="作る").click()
        page.wait_for_load_state()

    return fill


SCREENS = [
    *SETTINGS,
    Screen("/_design"),
    Screen("/_design", state="dialog", doing=lambda page: page.get_by_role("button", name="確認を開く").click()),
    Screen("/login"),
    Screen("/account", Role.SUPERVISOR),
    Screen("/account/second-factor", Role.OPERATOR),
    Screen("/accounts", Role.ADMIN),
    Screen("/accounts/new", Role.ADMIN),
    Screen(f"/accounts/{HANAKO}", Role.ADMIN),
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
    Screen("/wallboard", Role.OPERATOR),
    Screen("/wallboard", Role.ADMIN, "stale", _switchboard_away, _switchboard_back),
    Screen(
        "/wallboard",
        Role.OPERATOR,
        "alarms",
        _alarmed(
            AlarmFound(AlarmKind.LONG_WAIT, CIVIL, ""),
            AlarmFound(AlarmKind.NOBODY_LOGGED_IN, TAX, ""),
            AlarmFound(AlarmKind.TRUNK_NEARLY_FULL, "", ""),
        ),
        _alarmed(),
    ),
    Screen("/wallboard/screens", Role.ADMIN, "list", _screens),
    Screen("/wallboard/screens", Role.ADMIN, "made", doing=_make_token("made-screen", "")),
    Screen("/audit", Role.SECURITY, "empty", _nobody_acted),
    Screen("/audit", Role.SECURITY, "sound", _verified(Verdict(10, 10, None))),
    Screen("/audit?since=2026-06-15", Role.SECURITY, "broken", _verified(Verdict(2, 9, Finding(Fault.TAKEN_OUT, 3)))),
    Screen("/audit?until=x", Role.SECURITY, "refused"),
    Screen("/tokens", Role.ADMIN, "empty"),
    Screen("/tokens", Role.ADMIN, "refused", doing=_make_token("monitoring", "")),
    Screen("/tokens", Role.ADMIN, "list", _tokens),
    Screen("/tokens", Role.ADMIN, "made", doing=_make_token("made-now", "監視の数値を見る")),
]
