"""What the worker finds on its machine and in the audit trail becomes alarms in the one list."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.ops.alerts import HOSTILE_TRIES, TRIES, WITHIN, Alerts
from ctl.ops.guards import Guards
from ctl.ops.hook import AlarmHook, HookFailed
from ctl.ops.jobs import State
from ctl.ops.watching import LEAST_BYTES, of_audit, of_certificates, of_disks, of_waiting, served_by
from ctl.runtime.client import SwitchboardAway
from ctl.runtime.document import FloorDocument, floor_document
from ctl.security.audit import Entry, Ledger, Outcome
from ctl.security.audit.chain import BEGINNING, Chain
from ctl.security.audit.entry import Row, keep
from ctl.security.audit.verifying import Fault, Finding, Verdict
from ctl.settings import Settings
from ctl.switchboard.events import AlarmFound, AlarmKind, AlarmsFound
from tests.authority import Authority
from tests.floor_driver import Driver
from tests.unit.runtime.board import Switchboard
from tests.unit.security.audit.trails import MORNING, entry

NOW = datetime(2026, 6, 15, 3, tzinfo=UTC)


def row(said: Entry) -> Row:
    return Chain(b"k").link(keep(said, "x"), 1, BEGINNING)


def refusal(n: int, subject: str, where: str, apart: timedelta) -> Row:
    at = MORNING + n * apart
    return row(entry(n, action="session.refused", outcome=Outcome.REFUSED, subject=subject, where=where, at=at))


def names(found: Sequence[AlarmFound]) -> list[tuple[AlarmKind, str | None]]:
    return [(one.kind, one.about) for one in found]


# --- what the audit trail tells ---------------------------------------------------------------------------------------


def test_many_refusals_of_one_account_or_from_one_address_are_an_attack() -> None:
    alerts, apart = Alerts(), timedelta(seconds=2)
    spread = [one for n in range(TRIES) for one in alerts.of(refusal(n, "hanako", f"192.0.2.{n}", apart))]
    assert names(spread) == [(AlarmKind.BRUTE_FORCE, "hanako")]
    sprayed = [one for n in range(TRIES) for one in alerts.of(refusal(n, f"user{n}", "198.51.100.7", apart))]
    assert names(sprayed) == [(AlarmKind.BRUTE_FORCE, "198.51.100.7")]


def test_a_person_who_mistypes_now_and_then_is_none() -> None:
    alerts, apart = Alerts(), WITHIN / (TRIES - 1)
    assert [one for n in range(5 * TRIES) for one in alerts.of(refusal(n, "hanako", "192.0.2.7", apart))] == []


def test_changed_roles_are_told_and_refused_changes_are_not() -> None:
    alerts = Alerts()
    change = {"action": "account.roles", "subject": "taro", "before": {"roles": []}, "after": {"roles": ["admin"]}}
    (found,) = alerts.of(row(entry(2, **change)))
    assert (found.kind, found.about) == (AlarmKind.ROLES_CHANGED, "taro")
    assert "hanako did account.roles to taro" in found.what
    assert alerts.of(row(entry(2, **change, outcome=Outcome.REFUSED))) == []
    assert alerts.of(row(entry(2))) == []


def test_an_account_that_is_enabled_again_is_told() -> None:
    alerts = Alerts()
    (found,) = alerts.of(row(entry(2, action="account.enable", subject="taro")))
    assert (found.kind, found.about) == (AlarmKind.ROLES_CHANGED, "taro")
    assert "hanako did account.enable to taro" in found.what


def test_a_password_that_is_reset_and_a_token_that_is_made_are_told() -> None:
    """Either lets somebody in who could not come in before."""
    alerts = Alerts()
    (reset,) = alerts.of(row(entry(2, action="account.reset", subject="taro", after={"second_factor": True})))
    assert (reset.kind, reset.about) == (AlarmKind.ROLES_CHANGED, "taro")
    made = {"action": "token.create", "subject": "taro", "after": {"scopes": ["see_calls"]}}
    (token,) = alerts.of(row(entry(4, **made)))
    assert (token.kind, token.about) == (AlarmKind.ROLES_CHANGED, "token:taro")
    assert "see_calls" in token.what
    assert alerts.of(row(entry(6, **made, outcome=Outcome.REFUSED))) == []


def test_an_entry_that_stands_for_many_refusals_counts_as_many() -> None:
    alerts = Alerts()
    said = {"action": "session.refused", "outcome": Outcome.REFUSED, "subject": "taro", "where": "192.0.2.7"}
    few, many = ({"times": n, "within_s": 60, "of": ["taro"]} for n in (TRIES - 1, 10**9))
    assert alerts.of(row(entry(2, **said, after=few))) == []
    assert sorted(names(alerts.of(row(entry(4, **said, after=many))))) == [
        (AlarmKind.BRUTE_FORCE, "192.0.2.7"),
        (AlarmKind.BRUTE_FORCE, "taro"),
    ]


def test_requests_that_no_page_sends_are_an_attack_when_they_come_again_and_again_from_a_stranger() -> None:
    def refused(n: int, who: str, times: int, where: str = "192.0.2.7") -> Row:
        said = {"action": "access.refused", "outcome": Outcome.REFUSED, "subject": "POST /login", "reason": "Host"}
        return row(entry(n, **said, who=who, where=where, after={"times": times}))

    alerts = Alerts()
    assert alerts.of(refused(1, "visitor", HOSTILE_TRIES - 1)) == []
    assert alerts.of(refused(2, "visitor", HOSTILE_TRIES - 1, "192.0.2.8")) == []
    assert alerts.of(refused(3, "hanako", 10**9)) == []
    (found,) = alerts.of(refused(4, "visitor", 1))
    assert (found.kind, found.about) == (AlarmKind.WEB_ATTACK, "192.0.2.7")
    assert found.what.endswith("Host")


def test_what_somebody_typed_for_a_name_fits_into_an_alarm() -> None:
    alerts = Alerts()
    for n in range(TRIES):
        found = alerts.of(refusal(n, "\x1b[31m" + "あ" * 500, "192.0.2.7", timedelta(0)))
    assert all(one.about is not None and len(one.about) <= 100 and one.about.isprintable() for one in found)
    assert len(found) == 2


# --- what the machine tells -------------------------------------------------------------------------------------------


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.mark.parametrize(
    ("used", "free", "full"),
    [(80, 20, False), (90, 10, True), (99, 1, True)],
)
def test_disk_with_little_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, used: int, free: int, full: bool
) -> None:
    unit = LEAST_BYTES
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(100 * unit, used * unit, free * unit))
    found = list(of_disks([tmp_path, tmp_path / "not there", tmp_path]))
    assert names(found) == ([(AlarmKind.DISK_NEARLY_FULL, str(tmp_path))] if full else [])


def test_small_disk_is_full_when_an_hour_of_calls_does_not_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(2 * LEAST_BYTES, LEAST_BYTES + 1, LEAST_BYTES - 1))
    assert len(list(of_disks([tmp_path]))) == 1


def test_certificate_near_its_end(tmp_path: Path) -> None:
    files = {"web": Authority(tmp_path, "web", NOW + timedelta(days=29)).file, "nowhere": tmp_path / "none.crt"}
    files["asterisk"] = Authority(tmp_path, "asterisk", NOW + timedelta(days=31)).file
    (found,) = of_certificates(files, NOW)
    assert (found.kind, found.about) == (AlarmKind.CERTIFICATE_ENDS, "web")
    assert "ends on 2026-07-14" in found.what


async def test_certificate_that_is_still_served_though_another_lies_in_its_place(tmp_path: Path) -> None:
    """The one that is served ends tomorrow, by the clock of this machine."""
    context, now = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), datetime.now(UTC)
    context.load_cert_chain(*Authority(tmp_path, "old").certificate_for(IPv4Address("127.0.0.1")))
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    async with server:
        where = server.sockets[0].getsockname()
        shown = await asyncio.to_thread(served_by, {"asterisk": where, "nobody": ("127.0.0.1", 1)})
    files = {"asterisk": Authority(tmp_path, "new", now + timedelta(days=800)).file}
    (found,) = of_certificates(files, now, shown)
    assert (found.kind, found.about) == (AlarmKind.CERTIFICATE_ENDS, "asterisk")
    assert "still serves a certificate that ends on" in found.what
    assert list(of_certificates(files, now)) == []


def test_what_waits_for_postgres_for_long() -> None:
    failing = State()
    failing.failed(OSError("gone"), NOW - timedelta(minutes=6))
    assert names(list(of_waiting(301.0, failing, NOW))) == [
        (AlarmKind.AUDIT_WAITING, None),
        (AlarmKind.RECORDS_WAITING, None),
    ]
    assert list(of_waiting(299.0, State(), NOW)) == []
    assert list(of_waiting(None, failing, NOW - timedelta(minutes=2))) == []


def test_broken_trail() -> None:
    (found,) = of_audit(Verdict(2, 9, Finding(Fault.TAKEN_OUT, 3)))
    assert found.kind is AlarmKind.AUDIT_BROKEN
    assert "entry 3 is missing" in found.what
    assert list(of_audit(Verdict(9, 9, None))) == list(of_audit(None)) == []


# --- the watchman -----------------------------------------------------------------------------------------------------


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[Switchboard]:
    board = Switchboard(tmp_path)
    async with board.live.listening(board.settings.command_socket):
        yield board


async def do(guards: Guards, name: str) -> int:
    return await next(job for job in (*guards.on_tables, *guards.without_tables) if job.name == name).once()


async def change_roles(settings: Settings, engine: AsyncEngine, *subjects: str) -> None:
    for subject in subjects:
        await Ledger.of(settings, engine).note(entry(1, action="account.roles", subject=subject))


async def test_news_of_the_trail_are_told_once_also_over_a_restart(board: Switchboard, engine: AsyncEngine) -> None:
    await change_roles(board.settings, engine, "taro", "jiro")
    first = Guards(board.settings, engine, {})
    assert (await do(first, "alert"), await do(first, "alert")) == (2, 0)
    await change_roles(board.settings, engine, "saburo")
    assert await do(Guards(board.settings, engine, {}), "alert") == 1
    told = [one.about for report in board.reports for one in report.happened]
    assert told == ["taro", "jiro", "saburo"]


async def test_news_wait_for_a_switchboard_that_is_away(engine: AsyncEngine, tmp_path: Path) -> None:
    board = Switchboard(tmp_path)
    await change_roles(board.settings, engine, "taro")
    guards = Guards(board.settings, engine, {})
    with pytest.raises(SwitchboardAway):
        await do(guards, "alert")
    assert await do(guards, "watch") == 0
    async with board.live.listening(board.settings.command_socket):
        assert await do(guards, "alert") == 1
    assert [one.about for report in board.reports for one in report.happened] == ["taro"]


async def test_what_stands_is_told_every_time(board: Switchboard, engine: AsyncEngine, tmp_path: Path) -> None:
    ending = {"web": Authority(tmp_path, "web", datetime.now(UTC) + timedelta(days=3)).file}
    guards = Guards(board.settings, engine, ending)
    for _ in range(2):
        await do(guards, "watch")
    certificates = [one.about for report in board.reports for one in report.standing if one.kind == "certificate_ends"]
    assert certificates == ["web", "web"]


# --- the hook ---------------------------------------------------------------------------------------------------------


class Floor:
    """A switchboard on whose floor alarms stand."""

    def __init__(self) -> None:
        self.town = Driver()

    def finds(self, *kinds: AlarmKind) -> None:
        self.town.happens(AlarmsFound(tuple(AlarmFound(kind, None, "so it is") for kind in kinds)))

    async def floor(self) -> FloorDocument:
        return floor_document(self.town.floor, self.town.now)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Writes what it is told into ``told``, a line each, unless ``broken`` is there."""
    path = tmp_path / "hook"
    path.write_text(
        f"#!/bin/sh\n[ -e {tmp_path}/broken ] && echo no mail >&2 && exit 3\ncat >> {tmp_path}/told; echo >> {tmp_path}/told\n",
        encoding="utf-8",
    )
    path.chmod(0o700)
    return path


def told(folder: Path) -> list[str]:
    lines = (folder / "told").read_text(encoding="utf-8").splitlines() if (folder / "told").exists() else []
    return [json.loads(line)["alarm"] for line in lines]


async def test_every_alarm_is_told_once_to_the_program(program: Path, tmp_path: Path) -> None:
    floor = Floor()
    hook = AlarmHook(program, floor, tmp_path / "hook.json")
    assert await hook.once() == 0
    floor.finds(AlarmKind.TRUNK_FULL)
    assert (await hook.once(), await hook.once()) == (1, 0)
    floor.finds(AlarmKind.TRUNK_FULL, AlarmKind.PBX_AWAY)
    assert await AlarmHook(program, floor, tmp_path / "hook.json").once() == 1
    assert told(tmp_path) == ["trunk_full", "pbx_away"]
    floor.finds()
    await hook.once()
    floor.town.passes(1_000)
    floor.finds(AlarmKind.TRUNK_FULL)
    assert await hook.once() == 1


async def test_program_that_fails_is_asked_again(program: Path, tmp_path: Path) -> None:
    floor = Floor()
    floor.finds(AlarmKind.TRUNK_FULL)
    (tmp_path / "broken").touch()
    hook = AlarmHook(program, floor, tmp_path / "hook.json")
    with pytest.raises(HookFailed, match="ended with 3: no mail"):
        await hook.once()
    (tmp_path / "broken").unlink()
    assert await hook.once() == 1
    assert told(tmp_path) == ["trunk_full"]


async def test_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    floor = Floor()
    floor.finds(AlarmKind.TRUNK_FULL)
    with pytest.raises(HookFailed, match=r"CTL_ALARM_HOOK: .*/none cannot be run"):
        await AlarmHook(tmp_path / "none", floor, tmp_path / "hook.json").once()
