"""Putting in force, against an AMI of a few lines: only what changed is reloaded, and a bad result is taken back."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from ctl.pbx.deploy.apply import Application, TakenBackError
from ctl.pbx.deploy.check import complaints
from ctl.pbx.deploy.expect import MARK, expectation
from ctl.pbx.deploy.generations import Generations
from ctl.pbx.deploy.reload import MODULES, only_at_start, quiet_moment
from ctl.pbx.deploy.render import render
from ctl.pbx.deploy.talk import NotAnsweringError, connected
from ctl.secrets import Secrets
from ctl.settings import Settings
from ctl.switchboard.plan import Plan
from tests.plans import operator, plan_with, small_plan
from tests.unit.pbx.fake_ami import Action, FakeAmi, fake_ami

MORE = plan_with(operators={one.extension: one for one in (operator("2001", civil=1), operator("2009", civil=1))})


def texts(store: Generations, number: int | None) -> Mapping[str, str]:
    return {path.removeprefix("asterisk/"): content.decode() for path, content in store.files(number).items()}


class Pbx:
    """Shows what `loaded` promises, and takes in the current generation when it is told to reload."""

    def __init__(self, store: Generations) -> None:
        self.store = store
        self.reads = True
        self.refuses: tuple[str, ...] = ()
        self.loaded: Mapping[str, str] = {}
        self.states: list[str] = []

    def read(self) -> None:
        self.loaded = texts(self.store, self.store.current)

    def answer(self, _: FakeAmi, action: Action) -> list[Action] | None:
        done = {"Response": "Success", "EventList": "start"}
        shown = expectation(self.loaded)
        match action["Action"]:
            case "Reload":
                if action["Module"] in self.refuses:
                    return [{"Response": "Error", "Message": "no such module"}]
                if self.reads:
                    self.read()
                return [{"Response": "Success"}]
            case "Getvar":
                return [{"Response": "Success", "Variable": MARK, "Value": shown.dialplan}]
            case "Command":
                lines = [
                    line
                    for name, where in shown.music.items()
                    for line in (f"Class: {name}", "\tMode: files", f"\tDirectory: /centre/asterisk/music/{where}")
                ]
                return [{"Response": "Success", "Output": "\r\nOutput: ".join(lines)}]
            case "PJSIPShowEndpoints":
                rows = [{"Event": "EndpointList", "ObjectName": name} for name in shown.endpoints]
                return [done, *rows, {"Event": "EndpointListComplete", "EventList": "Complete"}]
            case "QueueStatus":
                rows = [{"Event": "QueueParams", "Queue": name} for name in shown.queues]
                return [done, *rows, {"Event": "QueueStatusComplete", "EventList": "Complete"}]
            case "Status":
                rows = [{"Event": "Status", "ChannelStateDesc": self.states.pop(0)}] if self.states else []
                return [done, *rows, {"Event": "StatusComplete", "EventList": "Complete"}]
        raise AssertionError(action)


class Bench:
    """A centre with one generation in force, and the means to make another."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.secrets = Secrets.of(settings)
        self.store = Generations(settings)
        self.pbx = Pbx(self.store)
        self.told: list[str] = []
        self.store.activate(self.write(small_plan()))
        self.pbx.read()

    def write(self, plan: Plan) -> int:
        files = render(self.settings, self.secrets, plan)
        contents = {f"asterisk/{name}": text.encode() for name, text in files.items()}
        return self.store.write(contents, author="a", reason="r", plan=plan.version).number

    def application(self, port: int) -> Application:
        settings = self.settings.model_copy(update={"ami_port": port})
        return Application(settings, self.secrets, self.store, self.told.append)

    async def put_in_force(self, number: int, port: int) -> None:
        await self.application(port).put_in_force(number)
        assert self.store.unsettled is None


@pytest.fixture(name="bench")
def a_bench(tmp_path: Path) -> Bench:
    return Bench(Settings(home=tmp_path))


def reloaded(ami: FakeAmi) -> list[str]:
    return [action["Module"] for action in ami.asked if action["Action"] == "Reload"]


async def test_only_what_changed_is_reloaded(bench: Bench) -> None:
    number = bench.write(MORE)
    async with fake_ami(bench.pbx.answer) as ami:
        await bench.put_in_force(number, ami.port)
        assert reloaded(ami) == [*MODULES["extensions.conf"], *MODULES["pjsip.conf"]]
    assert bench.store.current == number
    assert bench.told[-1].startswith("reloaded: pbx_config.so, res_pjsip.so")


async def test_flows_alone_reload_nothing(bench: Bench) -> None:
    number = bench.write(small_plan())
    async with fake_ami(bench.pbx.answer) as ami:
        await bench.put_in_force(number, ami.port)
        assert reloaded(ami) == []
    assert bench.store.current == number


async def test_what_cannot_be_reloaded_is_taken_back(bench: Bench) -> None:
    number = bench.write(MORE)
    bench.pbx.refuses = ("res_pjsip.so",)
    async with fake_ami(bench.pbx.answer) as ami:
        with pytest.raises(TakenBackError, match="generation 1 is in force again") as caught:
            await bench.put_in_force(number, ami.port)
    assert any("no such module" in fault for fault in caught.value.faults)
    assert "Asterisk is not as it was: Asterisk: Reload: no such module" in str(caught.value)
    assert (bench.store.current, bench.store.unsettled) == (1, 1)
    assert bench.store.manifest(number).taken_back == caught.value.faults


async def test_a_pbx_that_shows_something_else_afterwards_is_taken_back(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ctl.pbx.deploy.apply.SETTLE_S", 0.3)
    number = bench.write(MORE)
    bench.pbx.reads = False
    async with fake_ami(bench.pbx.answer) as ami:
        with pytest.raises(TakenBackError) as caught:
            await bench.put_in_force(number, ami.port)
    assert "endpoint 2009 is not loaded" in caught.value.faults
    assert "endpoint 2002w is still there" in caught.value.faults
    assert bench.store.current == 1


@pytest.mark.parametrize("asterisk_runs", [True, False])
async def test_a_deploy_that_was_killed_before_it_looked_is_undone_by_the_next(
    bench: Bench, asterisk_runs: bool
) -> None:
    number = bench.write(MORE)
    bench.store.begin(1)
    bench.store.activate(number)
    bench.pbx.read()
    async with fake_ami(bench.pbx.answer) as ami:
        port = ami.port
        if asterisk_runs:
            await bench.application(port).recover()
            assert reloaded(ami) == list(dict.fromkeys(one for names in MODULES.values() for one in names))
            assert bench.pbx.loaded["pjsip.conf"] == texts(bench.store, 1)["pjsip.conf"]
    if not asterisk_runs:
        await bench.application(port).recover()
    assert (bench.store.current, bench.store.unsettled) == (1, None)
    assert bench.told[0] == f"the deploy of generation {number} was cut off: going back to generation 1"
    assert bench.store.manifest(number).taken_back == ("its deploy was cut off",)


async def test_what_could_not_be_taken_back_is_reloaded_whole_by_the_next_deploy(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asterisk hangs after it has read a part of the new generation."""
    monkeypatch.setattr("ctl.pbx.deploy.apply.SETTLE_S", 0.3)
    number = bench.write(MORE)
    answer, hangs = bench.pbx.answer, False

    def until_it_hangs(ami: FakeAmi, action: Action) -> list[Action] | None:
        nonlocal hangs
        hangs = hangs or action.get("Module") == "res_pjsip.so"
        return [{"Response": "Error", "Message": "hangs"}] if hangs else answer(ami, action)

    async with fake_ami(until_it_hangs) as ami:
        with pytest.raises(TakenBackError, match="Asterisk is not as it was"):
            await bench.application(ami.port).put_in_force(number)
    assert (bench.store.current, bench.store.unsettled) == (1, 1)
    assert bench.pbx.loaded != texts(bench.store, 1)
    async with fake_ami(answer) as ami:
        await bench.application(ami.port).recover()
    assert (bench.store.current, bench.store.unsettled) == (1, None)
    assert bench.pbx.loaded == texts(bench.store, 1)
    assert not bench.store.manifest(1).taken_back


async def test_deploy_that_is_broken_off_is_not_gone_back_to(bench: Bench) -> None:
    number = bench.write(MORE)

    def breaks_off(ami: FakeAmi, action: Action) -> list[Action] | None:
        if action["Action"] == "Getvar" and bench.store.current == number:
            task.cancel()
        return bench.pbx.answer(ami, action)

    async with fake_ami(breaks_off) as ami:
        task = asyncio.create_task(bench.application(ami.port).put_in_force(number))
        with pytest.raises(asyncio.CancelledError):
            await task
    assert (bench.store.current, bench.store.unsettled) == (1, None)
    assert bench.store.manifest(number).taken_back == ("its deploy was cut off",)


async def test_without_asterisk_the_generation_waits_for_its_start(bench: Bench) -> None:
    async with fake_ami(bench.pbx.answer) as ami:
        port = ami.port
    number = bench.write(MORE)
    await bench.put_in_force(number, port)
    assert bench.store.current == number
    assert bench.told == ["Asterisk is not running; it will start with this generation"]


async def test_sip_is_reloaded_only_when_no_call_is_being_set_up(bench: Bench) -> None:
    bench.pbx.states = ["Ringing", "Ring", "Up"]
    async with fake_ami(bench.pbx.answer) as ami:
        await bench.put_in_force(bench.write(MORE), ami.port)
        actions = [action["Action"] for action in ami.asked]
    assert actions[:4] == ["Status", "Status", "Status", "Reload"]


async def test_a_centre_that_is_never_quiet_is_told(bench: Bench) -> None:
    bench.pbx.states = ["Ringing"] * 1000
    async with fake_ami(bench.pbx.answer) as ami:
        settings = bench.settings.model_copy(update={"ami_port": ami.port})
        async with connected(settings, bench.secrets, 5) as client:
            assert not await quiet_moment(client, within_s=0.3)


def test_a_changed_transport_waits_for_the_next_start(bench: Bench) -> None:
    before = render(bench.settings, bench.secrets, small_plan())
    moved = render(bench.settings.model_copy(update={"sip_port": 5070}), bench.secrets, small_plan())
    assert only_at_start(before, moved, ["pjsip.conf"]) == ("pjsip.conf (transports)",)
    assert only_at_start(before, before, ["modules.conf", "queues.conf"]) == ("modules.conf",)


def test_every_file_is_either_reloaded_or_known_to_be_read_at_the_start(bench: Bench) -> None:
    files = set(render(bench.settings, bench.secrets, small_plan()))
    assert set(MODULES) <= files
    assert files - set(MODULES) == {
        "asterisk.conf",
        "ccss.conf",
        "extconfig.conf",
        "modules.conf",
        "pjproject.conf",
        "stasis.conf",
        "udptl.conf",
        "websocket_client.conf",
    }


def test_warnings_and_errors_of_asterisk_are_complaints_and_notices_are_not() -> None:
    log = """\
[2026-11-24 09:05:52.878] NOTICE[11315] loader.c: 101 modules will be loaded.
[2026-11-24 09:05:52.901] WARNING[11315][C-00000001] app_queue.c: Unknown keyword
[2026-11-24 09:05:52.902] ERROR[11315] res_pjsip.c: Could not create an object
[2026-11-24 09:05:52.903] ERROR[11315] res_pjsip.c: Could not create an object
[2026-11-24 09:05:52.904] WARNING[11315] res_pjsip_outbound_registration.c: No response received
[2026-11-24 09:05:52.904] WARNING[11315] res_pjsip_registrar.c: AOR '' not found for endpoint 'carrier' (127.251.0.1:5060)
[2026-11-24 09:05:52.904] ERROR[11315] res_pjsip/pjsip_transport_events.c: Transport 'transport-tls' to remote '127.251.0.1' - 127.251.0.1:5061 - The certificate is untrusted
[2026-11-24 09:05:52.905] WARNING[11315] taskprocessor.c: Taskprocessor 'stasis' queue reached 500 scheduled tasks
"""
    assert complaints(log) == (
        "Asterisk: app_queue.c: Unknown keyword",
        "Asterisk: res_pjsip.c: Could not create an object",
    )


def test_what_a_busy_machine_says_at_the_start_of_asterisk_is_no_fault_of_the_configuration() -> None:
    """As seen; another word of the same library is one."""
    late = (
        'pjproject: \t        sip_endpoint.c Warning: Module "mod-invite" registered during operation. '
        "Enable PJSIP_SAFE_MODULE to prevent race condition."
    )
    bind = "pjproject: \t        sip_transport.c Error binding: address in use"
    log = "\n".join(f"[Nov 29 21:29:40] WARNING[7] {said}" for said in (late, bind))
    assert complaints(log) == (f"Asterisk: {bind}",)


async def test_deploy_that_needs_nothing_read_is_in_force_though_asterisk_refuses_to_read(bench: Bench) -> None:
    """A reload that never ends refuses all others: opening hours and announcements are changed all the same."""
    bench.store.begin(1)
    bench.pbx.refuses = tuple(dict.fromkeys(one for names in MODULES.values() for one in names))
    number = bench.write(small_plan())
    async with fake_ami(bench.pbx.answer) as ami:
        await bench.application(ami.port).recover()
        await bench.application(ami.port).put_in_force(number)
        assert (bench.store.current, bench.store.unsettled) == (number, number)
        assert any(line.startswith("Asterisk may not have read all of it: ") for line in bench.told)
        bench.pbx.refuses = ()
        await bench.application(ami.port).recover()
    assert (bench.store.current, bench.store.unsettled) == (number, None)
    assert not bench.store.manifest(number).taken_back


async def test_what_asterisk_starts_with_is_not_undone_by_the_next_deploy(bench: Bench) -> None:
    async with fake_ami(bench.pbx.answer) as ami:
        port = ami.port
    number = bench.write(MORE)
    bench.store.begin(1)
    await bench.put_in_force(number, port)
    await bench.application(port).recover()
    assert bench.store.current == number


async def test_recovering_waits_for_a_quiet_moment(bench: Bench) -> None:
    number = bench.write(MORE)
    bench.store.begin(1)
    bench.store.activate(number)
    bench.pbx.states = ["Ringing", "Up"]
    async with fake_ami(bench.pbx.answer) as ami:
        await bench.application(ami.port).recover()
        actions = [action["Action"] for action in ami.asked]
    assert actions[:3] == ["Status", "Status", "Reload"]


async def test_asterisk_that_does_not_say_whether_it_is_quiet_is_left_as_it_is(bench: Bench) -> None:
    number = bench.write(MORE)

    def hangs(ami: FakeAmi, action: Action) -> list[Action] | None:
        if action["Action"] == "Status":
            return [{"Response": "Error", "Message": "hangs"}]
        return bench.pbx.answer(ami, action)

    async with fake_ami(hangs) as ami:
        with pytest.raises(NotAnsweringError, match="nothing was changed"):
            await bench.application(ami.port).put_in_force(number)
    assert (bench.store.current, bench.store.unsettled) == (1, None)
