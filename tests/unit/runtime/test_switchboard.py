"""The parts put together: start, adopt, stop and start again, with no PBX to be found."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from ipaddress import IPv4Address
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from ctl import config
from ctl.journal.journal import Journal
from ctl.journal.reader import Reader
from ctl.runtime import switchboard
from ctl.runtime.client import SwitchboardClient, SwitchboardRefused
from ctl.runtime.plans import NoPlan
from ctl.runtime.requests import BadRequest
from ctl.settings import SOURCE_ROOT, Settings
from ctl.switchboard import core
from ctl.switchboard.effects import Effect
from ctl.switchboard.events import Commanded, Event
from ctl.switchboard.facts import CallEnded, SegmentEnded
from ctl.switchboard.floor import Floor
from ctl.switchboard.ids import Millis
from ctl.switchboard.plan import Plan
from tests.floor_driver import Driver

NOBODY = IPv4Address("127.255.0.1")
"""An address at which no PBX answers."""


@cache
def plan_of(texts: tuple[tuple[str, str], ...]) -> Plan:
    with TemporaryDirectory() as folder:
        for name, text in texts:
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return config.load(Path(folder)).plan


def read(flows: Path) -> Plan:
    if not flows.is_dir():
        raise NoPlan("run `ctl deploy`")
    files = sorted(flows.rglob("*.yaml"))
    try:
        return plan_of(tuple((str(file.relative_to(flows)), file.read_text(encoding="utf-8")) for file in files))
    except config.ConfigError as error:
        raise NoPlan("\n".join(str(problem) for problem in error.problems)) from None


async def read_here(flows: Path) -> Plan:
    return await asyncio.to_thread(read, flows)


@pytest.fixture(autouse=True)
def no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plans are read here and once, in less time than a child needs to begin: that one is what `test_plans` is about."""
    monkeypatch.setattr(switchboard, "load_plan", read_here)


@pytest.fixture
def centre(tmp_path: Path) -> Settings:
    """A home with a generation in force."""
    settings = Settings(home=tmp_path, address=NOBODY)
    flows = settings.under("generations", "1", "flows")
    shutil.copytree(SOURCE_ROOT / "ivr_flows", flows)
    settings.under("generations", "current").symlink_to("1")
    return settings


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[SwitchboardClient]:
    """One life of the switchboard; ended as by SIGTERM."""
    journal, restored = switchboard.remember(settings.journal_path)
    stopping = asyncio.Event()
    task = asyncio.create_task(switchboard.Switchboard(settings, journal, restored).run(stopping))
    try:
        async with asyncio.timeout(20):
            while not settings.command_socket.exists():
                if task.done():
                    task.result()
                await asyncio.sleep(0)
        yield SwitchboardClient(settings)
    finally:
        stopping.set()
        await asyncio.gather(task, return_exceptions=True)
        journal.close()


def rename_queue(settings: Settings, label: str) -> None:
    queues = settings.under("generations", "current", "flows", "queues.yaml")
    queues.write_text(
        queues.read_text(encoding="utf-8").replace("label: 総合案内", f"label: {label}"), encoding="utf-8"
    )


async def test_serves_the_plan_of_the_generation_although_the_pbx_is_away(centre: Settings) -> None:
    async with running(centre) as client:
        health = await client.health()
        assert (health["state"], health["connected"]) == ("pbx_away", False)
        assert "2001" in {row["extension"] for row in (await client.floor())["operators"]}


async def test_next_life_knows_the_plan_even_if_the_generation_is_gone(centre: Settings) -> None:
    async with running(centre) as client:
        before = (await client.floor())["plan"]
    shutil.rmtree(centre.under("generations"))
    async with running(centre) as client:
        assert (await client.floor())["plan"] == before


async def test_a_new_generation_is_adopted_on_command(centre: Settings) -> None:
    async with running(centre) as client:
        before = (await client.floor())["plan"]
        rename_queue(centre, "よろず案内")
        answer = await client.adopt()
        floor = await client.floor()
        assert answer.ok
        assert floor["plan"] != before
        assert "よろず案内" in {row["label"] for row in floor["queues"]}
        assert "already" in (await client.adopt()).message


async def test_a_generation_that_does_not_load_changes_nothing(centre: Settings) -> None:
    async with running(centre) as client:
        before = (await client.floor())["plan"]
        centre.under("generations", "current", "flows", "queues.yaml").write_text("queues: 3\n", encoding="utf-8")
        with pytest.raises(SwitchboardRefused, match=r"queues\.yaml"):
            await client.adopt()
        assert (await client.floor())["plan"] == before


async def test_never_deployed_is_said_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="ctl deploy"):
        async with running(Settings(home=tmp_path, address=NOBODY)):
            pass


async def test_a_journal_that_cannot_be_read_is_set_aside(centre: Settings) -> None:
    async with running(centre):
        pass
    centre.journal_path.write_bytes(b"this was a database" * 400)
    async with running(centre) as client:
        assert (await client.floor())["calls"] == []
    assert list(centre.journal_path.parent.glob("journal.sqlite.aside-*"))


def test_two_switchboards_cannot_have_one_journal(centre: Settings) -> None:
    journal = Journal(centre.journal_path)
    with pytest.raises(Exception, match="another switchboard"):
        switchboard.remember(centre.journal_path)
    journal.close()


async def test_what_is_refused_names_what_is_allowed_and_changes_nothing(centre: Settings) -> None:
    """Through the door for people and programs, on the plan as it is shipped."""
    unapproved = {"mode": "site-down", "requested_by": "課長", "approved_by": "所長", "reason": "停電"}
    async with running(centre) as client:
        assert (await client.command("login", by="test", extension="2001")).ok
        before = await client.floor()
        reason = await client.command("not_ready", by="test", extension="2001", argument="lunch")
        degraded = await client.centre("mode", by="test", **unapproved)
        powerless = await client.command("logout", by="test", extension="2001", supervisor="2002", reason="left")
        after = await client.floor()
    allowed = "break, meal, training, meeting, paperwork, away, system"
    assert (reason.ok, reason.message) == (False, f"unknown reason 'lunch'; allowed: {allowed}")
    assert (degraded.ok, "who in the ward permitted it" in degraded.message) == (False, True)
    assert (powerless.ok, "2002, who supervises nobody" in powerless.message) == (False, True)
    assert {**after, "at": None} == {**before, "at": None}


async def test_event_that_cannot_be_decided_is_an_alarm(centre: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails_on_commands(floor: Floor, event: Event, now: Millis) -> tuple[Floor, tuple[Effect, ...]]:
        if isinstance(event, Commanded):
            raise ValueError("a fault of ours")
        return step(floor, event, now)

    step = core.step
    monkeypatch.setattr(core, "step", fails_on_commands)
    async with running(centre) as client:
        answer = await client.command("ready", by="test", extension="2001")
        alarms = (await client.floor())["alarms"]
    assert not answer.ok
    assert [(one["alarm"], one["count"]) for one in alarms] == [("undecided", 1)]
    assert "Commanded" in alarms[0]["text"]


SIGNS = {
    "sentinel's report": ("told", "sentinel.json"),
    "switchboard's clock": ("journal", "clock.json"),
    "fallback's log": ("asterisk", "log", "fallback.jsonl"),
}


@pytest.mark.parametrize("sign", [None, *SIGNS])
async def test_what_a_loss_of_power_ended_lasts_until_the_last_sign_of_life(centre: Settings, sign: str | None) -> None:
    desk = Driver()
    desk.waits_in_civil("waits")
    desk.calls_in("in the menu")
    desk.hears_out("in the menu")  # and keys nothing: the next prompt would be due in some seconds
    journal = Journal(centre.journal_path)
    journal.append_batch([(desk.now, event, ()) for _, event in desk.history])
    journal.snapshot(len(desk.history), desk.floor)
    journal.close()
    lived_on_ms = 20_000 if sign else 0
    if sign:
        told = centre.under(*SIGNS[sign])
        told.parent.mkdir(parents=True, exist_ok=True)
        told.touch()
        os.utime(told, ns=((desk.now + lived_on_ms) * 1_000_000,) * 2)
    async with running(centre):
        pass
    reader = Reader(centre.journal_path)
    ended = list(reader.facts_of({SegmentEnded, CallEnded}, len(desk.history) + 1, reader.last_seq))
    reader.close()
    until = desk.now + lived_on_ms
    assert {fact.call: fact.at for fact in ended if isinstance(fact, CallEnded)} == {
        "waits": until,
        "in the menu": until,
    }
    segments = [fact for fact in ended if isinstance(fact, SegmentEnded)]
    assert {fact.at for fact in segments} == {until}
    assert all(fact.started_at <= desk.now for fact in segments)
