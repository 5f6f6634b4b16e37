"""Putting a generation in force, and taking it back by itself when the PBX then is not what it should be."""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from ctl.pbx.ami import Ami, AmiAway, AmiRefused
from ctl.pbx.deploy.difference import changed
from ctl.pbx.deploy.expect import Expectation, expectation, missing
from ctl.pbx.deploy.generations import Generations
from ctl.pbx.deploy.reload import MODULES, SIP, modules, only_at_start, quiet_moment, reload
from ctl.pbx.deploy.talk import NotAnsweringError, connected, is_running
from ctl.secrets import Secrets
from ctl.settings import Settings

CONNECT_S = 15.0
SETTLE_S = 10.0
"""Within so long after a reload the PBX must show all that the generation promises."""
LOOK_S = 0.2
CUT_OFF = ("its deploy was cut off",)

Tell = Callable[[str], None]


class TakenBackError(Exception):
    """The generation was put in force, the PBX was not as it should be, and the one before is in force again."""

    def __init__(self, number: int, faults: tuple[str, ...], back: str) -> None:
        self.faults = faults
        super().__init__("\n".join((f"generation {number} was taken back: {back}", *(f"  {one}" for one in faults))))


class Application:
    """One PBX and its store of generations."""

    def __init__(self, settings: Settings, secrets: Secrets, store: Generations, tell: Tell) -> None:
        self._settings = settings
        self._secrets = secrets
        self._store = store
        self._tell = tell

    async def put_in_force(self, number: int) -> None:
        """Reload what differs from the generation in force now, look at the result, and go back if it is not good.

        Without a running Asterisk only the link is set. Raises `TakenBackError`, or `NotAnsweringError` before
        anything was done.
        """
        if not await is_running(self._settings):
            self._store.activate(number)
            self._store.settle()
            self._tell("Asterisk is not running; it will start with this generation")
            return
        async with connected(self._settings, self._secrets, CONNECT_S) as ami:
            await self._exchange(ami, self._store.current, number)

    async def recover(self) -> None:
        """Go back if an earlier deploy was killed before it had looked at the result, or could not go back itself.

        Nobody knows what of it Asterisk has read: everything is reloaded.
        """
        before, number = self._store.unsettled, self._store.current
        if before is None:
            return
        cut_off = number if number != before else None
        if cut_off is None:
            self._tell(f"generation {before} was not taken in as it should be: reloading all of it")
        else:
            self._tell(f"the deploy of generation {cut_off} was cut off: going back to generation {before}")
            self._mark(cut_off, CUT_OFF)
        if await is_running(self._settings):
            async with connected(self._settings, self._secrets, CONNECT_S) as ami:
                with suppress(AmiAway, AmiRefused):  # then it is told by what follows
                    await quiet_moment(ami)
                self._tell(await self._back(ami, before, modules(MODULES), self._texts(before)))
        else:
            self._store.activate(before)
            self._store.settle()

    def _mark(self, number: int, why: tuple[str, ...]) -> None:
        """Before going back, so that nothing comes between; a disk that has no room for it keeps nobody from that."""
        try:
            self._store.mark_taken_back(number, why)
        except OSError as error:
            self._tell(f"generation {number} cannot be marked as taken back: {error}")

    async def _exchange(self, ami: Ami, before: int | None, number: int) -> None:
        old, new = self._texts(before), self._texts(number)
        files = changed(old, new)
        names = modules(files)
        # What could not be taken back, Asterisk may still have as it is in neither of the two.
        doubtful = () if self._store.unsettled is None else tuple(one for one in modules(MODULES) if one not in names)
        try:
            if SIP in (*names, *doubtful) and not await quiet_moment(ami):
                self._tell("no quiet moment came: going on while calls are being set up")
        except (AmiAway, AmiRefused) as error:
            raise NotAnsweringError(f"Asterisk does not say what it does ({error}): nothing was changed") from error
        if before is not None:
            self._store.begin(before)
        self._store.activate(number)
        try:
            unread = await self._unread(ami, doubtful)
            faults = await self._take_in(ami, names, expectation(new))
        except BaseException:
            if before is not None:
                self._mark(number, CUT_OFF)
            await asyncio.shield(self._back(ami, before, (*names, *doubtful), old))
            raise
        if faults:
            self._mark(number, faults)
            raise TakenBackError(number, faults, await self._back(ami, before, (*names, *doubtful), old))
        if unread:
            self._store.begin(number)  # what it promises is there; the next deploy has the rest read once more
            self._tell(f"Asterisk may not have read all of it: {unread}")
        else:
            self._store.settle()
        self._tell(f"reloaded: {', '.join(names) or 'nothing, only flows changed'}")
        for name in only_at_start(old, new, files):
            self._tell(f"takes effect when Asterisk starts next: {name}")

    async def _unread(self, ami: Ami, names: tuple[str, ...]) -> str:
        """Have these read, too, which this deploy does not need; why some have not."""
        try:
            await reload(ami, names)
        except (AmiAway, AmiRefused) as error:
            return str(error)
        return ""

    async def _take_in(self, ami: Ami, names: tuple[str, ...], wanted: Expectation) -> tuple[str, ...]:
        """Faults that are left after reloading."""
        try:
            await reload(ami, names)
            until = time.monotonic() + SETTLE_S
            while (faults := await missing(ami, wanted)) and time.monotonic() < until:  # noqa: ASYNC110 - see below
                await asyncio.sleep(LOOK_S)  # Asterisk does not tell when it has settled
        except (AmiAway, AmiRefused) as error:
            return (f"Asterisk: {error}",)
        return faults

    async def _back(self, ami: Ami, before: int | None, names: tuple[str, ...], old: Mapping[str, str]) -> str:
        """The generation before is in force again. Says so, and what is wrong with that: the next deploy tries it anew."""
        if before is None:
            return "it was the first, and stays; mend it and deploy again"
        self._store.activate(before)
        faults = await self._take_in(ami, names, expectation(old))
        if not faults:
            self._store.settle()
        said = f"; Asterisk is not as it was: {', '.join(faults)} (deploy again once it answers)" if faults else ""
        return f"generation {before} is in force again{said}"

    def _texts(self, number: int | None) -> Mapping[str, str]:
        """Asterisk's files of a generation, by name."""
        files = self._store.files(number)
        prefix = "asterisk/"
        return {
            path.removeprefix(prefix): content.decode() for path, content in files.items() if path.startswith(prefix)
        }
