"""Deploying to a real Asterisk: what is good is taken in, what is bad is refused, and no call notices."""

import asyncio
import os
import shutil
import ssl
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from ctl.lab import processes, scenes
from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange
from ctl.lab.pulse import eventually
from ctl.pbx.ami import Ami, AmiRefused
from ctl.pbx.deploy.apply import TakenBackError
from ctl.pbx.deploy.check import faults
from ctl.pbx.deploy.deployer import Deployer, RefusedError
from ctl.pbx.deploy.expect import expectation, missing
from ctl.pbx.deploy.generations import Generations, NoSuchGenerationError
from ctl.pbx.deploy.render import STATIC, TEMPLATES
from ctl.pbx.deploy.talk import console
from ctl.pbx.deploy.throwaway import ThrowAway, free_address, running
from ctl.pbx.names import AMI_SENTINEL_USER
from ctl.secrets import Secrets
from ctl.settings import SOURCE_ROOT, Settings
from tests.plans import small_plan


class Site:
    """A centre's home of its own with an editable copy of everything that is deployed to it."""

    def __init__(self, home: Path, rootfs: Path) -> None:
        self.flows, self.templates, self.static = home / "flows", home / "templates", home / "static"
        for source, copy in (
            (SOURCE_ROOT / "ivr_flows", self.flows),
            (TEMPLATES, self.templates),
            (STATIC, self.static),
        ):
            shutil.copytree(source, copy)
        self.settings = Settings(
            home=home / "run",
            flows=self.flows,
            address=free_address(),
            carrier_address=free_address(),
        )
        self.secrets = Secrets.of(self.settings)
        self.store = Generations(self.settings)
        self.told: list[str] = []
        self.on_told: Callable[[str], None] = lambda line: None
        self.deployer = Deployer(self.settings, rootfs, self.tell, static=self.static, templates=self.templates)

    def tell(self, line: str) -> None:
        self.told.append(line)
        self.on_told(line)

    async def deploy(self) -> int | None:
        made = await self.deployer.deploy(author="lab", reason="test")
        return made.number if made else None

    def rename_the_first_operator(self) -> None:
        edit(self.flows / "operators.yaml", "佐藤 花子", "佐藤　菊子")

    def texts(self) -> dict[str, str]:
        files = self.store.files(self.store.current)
        return {path.removeprefix("asterisk/"): text.decode() for path, text in files.items() if "asterisk/" in path}


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


@pytest.fixture(name="site")
def a_site(tmp_path: Path, rootfs: Path) -> Site:
    return Site(tmp_path, rootfs)


@pytest_asyncio.fixture(name="pbx", loop_scope="session")
async def a_pbx(site: Site, rootfs: Path) -> AsyncIterator[ThrowAway]:
    """Asterisk, started with the first generation of the site."""
    assert await site.deploy() == 1
    async with running(site.settings, site.secrets, rootfs) as pbx:
        yield pbx


async def test_the_smallest_plan_loads_without_a_word_of_complaint(site: Site, rootfs: Path) -> None:
    assert await faults(site.settings, site.secrets, small_plan(), rootfs) == ()


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
async def test_a_carrier_that_is_registered_at_loads_as_well(site: Site, rootfs: Path, transport: str) -> None:
    carrier = {"carrier_user": "0339811111", "carrier_password": "semi;colon", "carrier_transport": transport}
    settings = site.settings.model_copy(update=carrier)
    assert await faults(settings, site.secrets, small_plan(), rootfs) == ()


async def test_the_first_generation_is_what_asterisk_then_shows(site: Site, pbx: ThrowAway) -> None:
    assert await missing(pbx.ami, expectation(site.texts())) == ()
    assert "WARNING" not in pbx.log()
    assert "ERROR" not in pbx.log()


async def test_telephones_and_browsers_are_offered_tls_with_the_certificate_of_the_centre(
    site: Site, pbx: ThrowAway
) -> None:
    made = ssl.PEM_cert_to_DER_cert(site.settings.under("asterisk", "keys", "centre.crt").read_text())
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    for port in (site.settings.sip_tls_port, site.settings.https_port):
        _, writer = await asyncio.open_connection(str(site.settings.address), port, ssl=context)
        assert writer.get_extra_info("ssl_object").getpeercert(binary_form=True) == made
        writer.close()


async def test_the_sentinel_sees_and_moves_calls_and_may_do_nothing_else(site: Site, pbx: ThrowAway) -> None:
    booted = asyncio.Event()
    where = (str(site.settings.address), site.settings.ami_port)
    ami = Ami(*where, AMI_SENTINEL_USER, site.secrets.ami_sentinel, lambda _: None, booted.set)
    ami.connect()
    try:
        await asyncio.wait_for(booted.wait(), 10)
        assert (await ami.ask("CoreShowChannels", many=True))[0].success
        for action in ("Command", "Reload", "Originate", "GetConfig", "QueueAdd"):
            with pytest.raises(AmiRefused, match="Permission denied"):
                await ami.ask(action)
    finally:
        ami.stop()


async def test_deploying_the_same_again_does_nothing(site: Site, pbx: ThrowAway) -> None:
    assert await site.deploy() is None
    assert site.told[-1] == "nothing changed: generation 1 is in force"
    assert [one.number for one in site.store.history()] == [1]


async def test_a_change_is_taken_in_by_what_reads_it_and_rolled_back_word_for_word(site: Site, pbx: ThrowAway) -> None:
    before = site.texts()
    site.rename_the_first_operator()
    assert await site.deploy() == 2
    assert '+callerid = "佐藤　菊子" <2001>' in site.told
    shown = await console(pbx.ami, "pjsip show endpoint 2001")
    assert "佐藤　菊子" in shown
    made = await site.deployer.roll_back(None, author="lab", reason="wrong name")
    assert made is not None
    assert (made.number, made.reason) == (3, "back to generation 1: wrong name")
    shown = await console(pbx.ami, "pjsip show endpoint 2001")
    assert "佐藤 花子" in shown
    assert site.texts() == before
    with pytest.raises(NoSuchGenerationError, match="no earlier"):
        await site.deployer.roll_back(None, author="lab", reason="further")


@pytest.mark.parametrize(
    ("file", "before", "after", "said"),
    [
        ("pjsip.conf.j2", "direct_media = no", "direct_mdia = no", "direct_mdia"),
        ("pjsip.conf.j2", "[desk](!,operator)", "[desk](!,operators)", "operators"),
        ("queues.conf.j2", "[{{ queue.name }}]", "[x{{ queue.name }}]", "is not loaded"),
        ("extensions.conf.j2", "exten => s,1,Set(MASTER", "exten => s,one,Set(MASTER", "priority"),
        ("musiconhold.conf.j2", "[{{ name }}]", "[x{{ name }}]", "music on hold 'default'"),
    ],
)
async def test_a_broken_template_is_refused_and_what_runs_stays(
    site: Site, pbx: ThrowAway, file: str, before: str, after: str, said: str
) -> None:
    edit(site.templates / file, before, after)
    with pytest.raises(RefusedError, match=said):
        await site.deploy()
    assert site.store.current == 1
    assert [one.number for one in site.store.history()] == [1]
    assert await missing(pbx.ami, expectation(site.texts())) == ()


async def test_a_module_that_is_missing_from_the_list_is_found_before_it_is_missed(site: Site) -> None:
    edit(site.static / "modules.conf", "load = app_queue.so", "; load = app_queue.so")
    with pytest.raises(RefusedError, match="Queue"):
        await site.deploy()
    assert site.store.current is None


async def test_a_generation_that_the_pbx_does_not_take_in_is_taken_back(site: Site, pbx: ThrowAway) -> None:
    """The queues' module is gone from this one Asterisk, so it cannot become what a trial run promised."""
    edit(site.flows / "queues.yaml", "label: 総合案内", "label: 総合")
    edit(site.templates / "queues.conf.j2", "retry = 1", "retry = 2")
    await pbx.ami.ask("ModuleLoad", {"Module": "app_queue.so", "LoadType": "unload"})
    with pytest.raises(TakenBackError):
        await site.deploy()
    assert site.store.current == 1
    assert site.store.manifest(2).taken_back
    await pbx.ami.ask("ModuleLoad", {"Module": "app_queue.so", "LoadType": "load"})
    assert await missing(pbx.ami, expectation(site.texts())) == ()


async def test_an_interrupted_deploy_leaves_what_was_in_force(site: Site, pbx: ThrowAway) -> None:
    site.rename_the_first_operator()
    checking = asyncio.Event()
    site.on_told = lambda line: checking.set() if line.startswith("checking") else None
    work = asyncio.create_task(site.deploy())
    async with asyncio.timeout(30):
        await checking.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert site.store.current == 1
    assert await missing(pbx.ami, expectation(site.texts())) == ()
    assert await site.deploy() == 2


async def test_no_call_notices_a_deploy(centre: Centre, town: Exchange, tmp_path: Path) -> None:
    """An operator is renamed and a transfer of settings happens while citizen and operator talk: SIP is reloaded."""
    citizen, phone = await scenes.talking(centre, town)
    assert await citizen.hears(phone)
    flows = tmp_path / "flows"
    shutil.copytree(centre.settings.flows, flows)
    edit(flows / "operators.yaml", "佐藤 花子", "佐藤 菊子")
    changed = Centre(centre.settings.model_copy(update={"flows": flows}))
    done = await changed.ctl("deploy", "--reason", "a new name", within_s=120)
    assert done.status == 0, done.err
    assert "res_pjsip.so" in done.out
    assert await citizen.hears(phone)
    assert await phone.hears(citizen)
    assert (await centre.phase(citizen, "talking"))["operator"] == "2001"
    back = await centre.ctl("deploy", "--rollback", within_s=120)
    assert back.status == 0, back.err
    assert await citizen.hears(phone)
    await phone.hang_up()
    await citizen.is_gone()
    second, telephone = await scenes.talking(centre, town, "2002")
    assert await second.hears(telephone)


async def test_wrong_files_are_named_with_line_and_field_and_the_way_out(site: Site) -> None:
    await site.deploy()
    edit(site.flows / "operators.yaml", '"2055-2058"', '"2055-20x8"')
    refused = await Centre(site.settings).ctl("deploy")
    assert refused.status == 2
    assert "operators.yaml:33" in refused.err
    assert "3 to 5 digits are allowed" in refused.err
    assert site.store.current == 1


async def deploy_that_checks(site: Site, temporary: Path) -> asyncio.subprocess.Process:
    """``ctl deploy`` as a process of its own, in the moment in which its throw-away Asterisk runs."""
    work = await asyncio.create_subprocess_exec(
        sys.executable,
        "-u",
        "-m",
        "ctl",
        "deploy",
        env=Centre(site.settings).environment() | {"TMPDIR": str(temporary)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert work.stdout is not None
    async with asyncio.timeout(60):
        while not (await work.stdout.readline()).startswith(b"checking"):
            assert not work.stdout.at_eof()

    async def started() -> bool:
        return bool(processes.of(site.settings, "asterisk"))

    await eventually(started, "the throw-away Asterisk runs", 30)
    return work


async def nothing_is_left_of(site: Site, temporary: Path) -> None:
    async def gone() -> bool:
        return processes.every(site.settings) == {} and not os.listdir(temporary)

    await eventually(gone, "neither processes nor files of the check are left", 20)
    assert site.store.current is None
    assert site.store.history() == []


async def test_a_deploy_that_is_terminated_leaves_nothing_behind(
    site: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    temporary = tmp_path_factory.mktemp("temporary")
    work = await deploy_that_checks(site, temporary)
    work.terminate()
    _, err = await asyncio.wait_for(work.communicate(), 20)
    assert (work.returncode, err.decode()) == (1, "interrupted: what was in force stays\n")
    await nothing_is_left_of(site, temporary)


async def test_a_deploy_that_is_killed_leaves_no_asterisk_behind(
    site: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    temporary = tmp_path_factory.mktemp("temporary")
    work = await deploy_that_checks(site, temporary)
    work.kill()
    await work.wait()
    await nothing_is_left_of(site, temporary)
