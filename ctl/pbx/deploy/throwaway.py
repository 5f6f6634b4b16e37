"""A throw-away Asterisk: starts with given files in a temporary home, answers on a loopback address of its own, goes.

What `check` loads a candidate into. Other tests may use it too::

    with temporary_home() as home:
        mine = apart(settings, home)
        music = {USUAL: find_music(mine)}
        place(music, mine)
        files = render(mine, secrets, plan, music=directories(music))
        async with throw_away(mine, secrets, files, rootfs) as pbx:
            await pbx.ami.ask("Ping")
"""

import asyncio
import random
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from ctl.house import asterisk_command, asterisk_owner
from ctl.house.tether import end, leash, tethered
from ctl.pbx.ami import Ami
from ctl.pbx.deploy.certificate import ensure_certificate
from ctl.pbx.deploy.generations import Generations
from ctl.pbx.deploy.places import asterisk, config_directory, prepare
from ctl.pbx.deploy.talk import NotAnsweringError, connected
from ctl.secrets import Secrets
from ctl.settings import Settings

BOOT_S = 60.0
"""Starting takes one second; on a machine that is busy with other things, more."""
CENTRE = "/centre/"
IN_CONTAINER = Path("/")
"""The root file system, when we run in a container made from it."""


class WillNotStartError(Exception):
    """Asterisk ended, or never became ready. The text is what it said last."""


@dataclass(frozen=True)
class ThrowAway:
    """One that runs. ``ami`` is connected as the deploying user."""

    settings: Settings
    ami: Ami
    process: asyncio.subprocess.Process

    def log(self) -> str:
        """All that it has logged: notices, warnings, errors."""
        return _read(asterisk(self.settings, "log", "messages"))


@asynccontextmanager
async def throw_away(
    settings: Settings, secrets: Secrets, files: Mapping[str, str], rootfs: Path
) -> AsyncIterator[ThrowAway]:
    """Run Asterisk with ``files`` (as `render` makes them from these settings) while the context lasts.

    ``settings`` must have a home and an address of their own, see `apart`. Should we be killed, Asterisk ends and the
    home is removed all the same. Raises `WillNotStartError`.
    """
    _lay_out(settings, files, rootfs)
    async with running(settings, secrets, rootfs, remains=settings.under()) as pbx:
        yield pbx


@asynccontextmanager
async def running(
    settings: Settings, secrets: Secrets, rootfs: Path, *, remains: Path | None = None
) -> AsyncIterator[ThrowAway]:
    """Run Asterisk with the generation that is in force in this home. Raises `WillNotStartError`.

    Should we be killed, Asterisk ends too, and the folder ``remains`` is removed.
    """
    with leash() as held:
        with settings.under("console").open("wb") as console:
            process = await asyncio.create_subprocess_exec(
                *tethered(_command(settings, rootfs), remains), stdin=held, stdout=console, stderr=console
            )
        try:
            async with _ready(settings, secrets, process) as ami:
                yield ThrowAway(settings, ami, process)
        finally:
            await end(process)


def apart(settings: Settings, home: Path) -> Settings:
    """The same settings for a throw-away: its own home, its own address, and a carrier that is nobody."""
    address = free_address()
    return settings.model_copy(
        update={
            "home": home,
            "address": address,
            "asterisk_host": None,
            "carrier_address": address,
            "carrier_registrar": None,
        }
    )


def free_address() -> IPv4Address:
    """A loopback address on which nobody listens. Networks from 127.251 on are for throw-aways."""
    while True:
        address = IPv4Address(f"127.{random.randint(251, 254)}.{random.randint(0, 255)}.{random.randint(1, 254)}")
        with socket.socket() as probe:
            if probe.connect_ex((str(address), Settings.model_fields["ami_port"].default)) != 0:
                return address


@contextmanager
def temporary_home() -> Iterator[Path]:
    """A folder that the PBX's own user can enter, gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="ctl-throw-away-"))
    try:
        home.chmod(0o755)
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _lay_out(settings: Settings, files: Mapping[str, str], rootfs: Path) -> None:
    owner = asterisk_owner(rootfs)
    prepare(settings, owner)
    ensure_certificate(settings, owner)
    if rootfs == IN_CONTAINER:
        # nothing can be mounted in a container, so /centre is the centre that runs: name the temporary home instead
        files = {name: text.replace(CENTRE, f"{settings.under()}/") for name, text in files.items()}
    store = Generations(settings, owner)
    contents = {f"asterisk/{name}": text.encode() for name, text in files.items()}
    store.activate(store.write(contents, author="", reason="throw-away", plan="").number)


def _command(settings: Settings, rootfs: Path) -> list[str]:
    if rootfs == IN_CONTAINER:
        configuration = str(config_directory(settings) / "asterisk.conf")
        return ["asterisk", "-f", "-n", "-U", "asterisk", "-G", "asterisk", "-C", configuration]
    return asterisk_command(settings, rootfs, config_directory(settings))


@asynccontextmanager
async def _ready(settings: Settings, secrets: Secrets, process: asyncio.subprocess.Process) -> AsyncIterator[Ami]:
    """Its AMI once it is fully booted, or the reason why that does not come."""
    ended = asyncio.create_task(process.wait())
    answers = asyncio.create_task(_first_answer(settings, secrets))
    try:
        await asyncio.wait((ended, answers), return_when=asyncio.FIRST_COMPLETED)
        if not answers.done():
            raise WillNotStartError(_last_words(settings))
        try:
            await answers
        except NotAnsweringError as silent:
            raise WillNotStartError(f"{silent}\n{_last_words(settings)}") from None
    finally:
        ended.cancel()
        answers.cancel()
    async with connected(settings, secrets, BOOT_S) as ami:
        yield ami


async def _first_answer(settings: Settings, secrets: Secrets) -> None:
    async with connected(settings, secrets, BOOT_S):
        return


def _last_words(settings: Settings, lines: int = 12) -> str:
    said = _read(settings.under("console")) + _read(asterisk(settings, "log", "messages"))
    return "\n".join(said.splitlines()[-lines:])


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
