"""Generations: every configuration that was ever applied, whole, numbered, with who, when and why.

``generations/N/{asterisk,flows,manifest.json}`` are written aside and renamed when complete, and never changed after (but for a note that one
was never in force, or was taken back);
``generations/current`` is a link to the one in force, replaced in one step. A deploy that is interrupted leaves at most
a folder with a dot in front, which the next one sweeps away.
"""

import asyncio
import fcntl
import hashlib
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import msgspec

from ctl.pbx.deploy.manifest import Manifest
from ctl.pbx.deploy.places import Owner, lend, link
from ctl.settings import Settings

KEPT = 20
"""Generations kept beside the one in force."""

LOCK_LOOK_S = 0.1
TAKEN_BACK = "taken-back"
WAITING = "never-in-force"
"""Beside the files of a generation until it is in force for the first time."""
UNSETTLED = ".unsettled"

Files = Mapping[str, bytes]
"""Content by path: ``asterisk/pjsip.conf``, ``flows/main.yaml``."""


class NoSuchGenerationError(Exception):
    """Asked for a generation that is not kept. Says which are."""


class Generations:
    """The store below one centre's home. Whoever writes holds `lock`."""

    def __init__(self, settings: Settings, owner: Owner | None = None) -> None:
        self.path = settings.under("generations")
        self._owner = owner

    @asynccontextmanager
    async def lock(self, waiting: Callable[[], None]) -> AsyncIterator[None]:
        """Keep every other deploy out; ``waiting`` is called once if one is at work. Waiting can be interrupted."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / ".lock").open("w") as file:
            told = False
            while not _locked(file):
                if not told:
                    waiting()
                    told = True
                await asyncio.sleep(LOCK_LOOK_S)
            for left in self.path.glob(".making-*"):
                shutil.rmtree(left)
            yield

    @property
    def current(self) -> int | None:
        """The number in force; None before the first."""
        try:
            return int(os.readlink(self.path / "current"))
        except FileNotFoundError:
            return None

    def history(self) -> list[Manifest]:
        """All that are kept, the newest first."""
        return [self.manifest(number) for number in sorted(self._numbers(), reverse=True)]

    def manifest(self, number: int) -> Manifest:
        folder = self._folder(number)
        manifest = msgspec.json.decode((folder / "manifest.json").read_bytes(), type=Manifest)
        if (note := folder / TAKEN_BACK).exists():
            return replace(manifest, taken_back=tuple(note.read_text().splitlines()))
        if (folder / WAITING).exists() and number != self.current:
            return replace(manifest, taken_back=("it was never in force",))
        return manifest

    def files(self, number: int | None) -> Files:
        """The content of a generation; nothing for None."""
        if number is None:
            return {}
        folder = self._folder(number)
        return read_tree(folder / "asterisk", "asterisk/") | read_tree(folder / "flows", "flows/")

    def flows(self, number: int) -> Path:
        """The folder of flows of a generation."""
        return self._folder(number) / "flows"

    def earlier(self) -> Manifest:
        """The one to go back to: what was in force before the content that is in force now first was.

        So whoever goes back twice is two steps back. Raises `NoSuchGenerationError`.
        """
        if self.current is not None:
            first = self.manifest(self.current).origin
            for one in self.history():
                if one.number < first and not one.taken_back:
                    return one
        raise NoSuchGenerationError("there is no earlier generation to go back to; `ctl deploy --history` lists all")

    def write(
        self,
        files: Files,
        *,
        author: str,
        reason: str,
        plan: str,
        now: datetime | None = None,
        restores: int | None = None,
    ) -> Manifest:
        """Keep a new generation. It is not in force before `activate`."""
        number = max(self._numbers(), default=0) + 1
        hashes = {path: hashlib.sha256(content).hexdigest() for path, content in sorted(files.items())}
        manifest = Manifest(number, now or datetime.now(UTC), author, reason, plan, hashes, restores=restores)
        making = self.path / f".making-{number}"
        for path, content in files.items():
            self._put(making / path, content)
        self._put(making / WAITING, b"")
        self._put(making / "manifest.json", msgspec.json.format(msgspec.json.encode(manifest), indent=1))
        for folder in (making, *(path for path in making.rglob("*") if path.is_dir())):
            lend(folder, self._owner, 0o750)
            make_durable(folder)
        making.rename(self.path / str(number))
        make_durable(self.path)
        return manifest

    def activate(self, number: int) -> None:
        """Put a generation in force, in one step."""
        folder = self._folder(number)
        link(self.path / "current", str(number))
        make_durable(self.path)
        (folder / WAITING).unlink(missing_ok=True)

    @property
    def unsettled(self) -> int | None:
        """What was in force before an exchange that began and was never found good or bad: its deploy was killed."""
        try:
            return int((self.path / UNSETTLED).read_text())
        except (FileNotFoundError, ValueError):
            return None  # an empty note was cut off before anything was exchanged

    def begin(self, before: int) -> None:
        """Note what to go back to, before putting another one in force. `settle` ends it."""
        self._put(self.path / UNSETTLED, str(before).encode())
        make_durable(self.path)

    def settle(self) -> None:
        """The outcome is known: a loss of power right now does not bring the note back."""
        (self.path / UNSETTLED).unlink(missing_ok=True)
        make_durable(self.path)

    def mark_taken_back(self, number: int, faults: Iterable[str]) -> None:
        """Note beside a generation why it did not stay in force; going back skips it."""
        self._put(self._folder(number) / TAKEN_BACK, "".join(f"{fault}\n" for fault in faults).encode())

    def prune(self, kept: int = KEPT) -> None:
        """Remove the oldest. The one in force always stays."""
        for number in sorted(self._numbers() - {self.current}, reverse=True)[kept:]:
            old = (
                self.path / f".making-{number}-goes"
            )  # not half of it is ever seen; what is left is swept by the next deploy
            self._folder(number).rename(old)
            shutil.rmtree(old)

    def _numbers(self) -> set[int]:
        return {int(path.name) for path in self.path.glob("*") if path.name.isdecimal()}

    def _folder(self, number: int) -> Path:
        if number not in self._numbers():
            kept = ", ".join(map(str, sorted(self._numbers()))) or "none"
            raise NoSuchGenerationError(f"generation {number} is not kept; there are: {kept}")
        return self.path / str(number)

    def _put(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(content)
        lend(path, self._owner, 0o640)
        make_durable(path)


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def read_tree(folder: Path, prefix: str = "") -> dict[str, bytes]:
    """Content of all files below a folder by their path in it; hidden ones left out."""
    return {
        prefix + str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }


def make_durable(path: Path) -> None:
    """Wait until the disk has it: the link must never point to a generation that a power cut emptied."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
