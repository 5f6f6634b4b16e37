"""The town's own Asterisk: its configuration, and starting and stopping it."""

import asyncio
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from ctl.house import asterisk_command, asterisk_owner
from ctl.house.tether import end, leash, tethered
from ctl.lab import townconf
from ctl.lab.tones import MUSIC, VOICES, tone, write_wav
from ctl.lab.townconf import Town
from ctl.settings import Settings


@asynccontextmanager
async def running(net: str, home: Path, rootfs: Path, centre: str, secret_of: Mapping[str, str]) -> AsyncIterator[Town]:
    """The town's Asterisk, up while the context lasts. ``secret_of``: the centre's password for each extension.

    Should we be killed, it ends too, and its home is removed.
    """
    town = Town(net, home, rootfs, secrets.token_urlsafe(12))
    _write_configuration(town, centre, secret_of)
    command = asterisk_command(Settings(home=home), rootfs, home / "etc")
    with leash() as held:
        with (home / "console.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *tethered(command, home),
                stdin=held,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us, who then ask it to stop
            )
        try:
            yield replace(town, pid=process.pid)
        finally:
            await end(process)


def _write_configuration(town: Town, centre: str, secret_of: Mapping[str, str]) -> None:
    for directory in ("etc", "db", "run", "log", "spool", "keys/keys"):
        (town.home / directory).mkdir(parents=True, exist_ok=True)
    for hertz in (*VOICES, MUSIC):
        write_wav(town.home / "tones" / str(hertz) / "tone.wav", tone(hertz, 10))
    for name, text in townconf.files(town, centre, secret_of).items():
        (town.home / "etc" / name).write_text(text, encoding="utf-8")
    _give([town.home], *asterisk_owner(town.rootfs))


def _give(paths: Iterable[Path], uid: int, gid: int) -> None:
    """The daemon runs as its own user, and everything below its home belongs to it."""
    for path in paths:
        shutil.chown(path, uid, gid)
        path.chmod(0o755 if path.is_dir() else 0o640)
        if path.is_dir():
            _give(path.iterdir(), uid, gid)


def tail(path: Path, lines: int = 40) -> str:
    """The end of a log, for failure messages."""
    if not path.exists():
        return f"({path.name}: none)"
    with path.open("rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - 64_000))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
