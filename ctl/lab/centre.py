"""A centre under test: started as its operator would start it, asked and steered from outside like a user would."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from ctl import config
from ctl.cli.documents import call_document
from ctl.cms.queries import Records
from ctl.cms.records import CallQuery
from ctl.database.engine import engine_of
from ctl.house.chores import environment
from ctl.journal.reader import Reader
from ctl.lab import fallback, processes
from ctl.lab.party import Party
from ctl.lab.pbx import tail
from ctl.lab.pulse import TooLateError, eventually
from ctl.pbx.names import fallback_queue
from ctl.runtime.client import SwitchboardAway, SwitchboardClient
from ctl.runtime.document import CallbackRow, CallRow, FloorDocument, OperatorRow
from ctl.settings import Settings, in_environment
from ctl.switchboard.facts import HandoffEnded
from ctl.switchboard.ids import Extension
from ctl.switchboard.operator import memberships

T = TypeVar("T")
Record = Mapping[str, Any]
"""One call as ``ctl calls --json`` prints it."""
AT_WORK = ("ready", "offered", "talking")
"""States of an operator who need do nothing to get the next call."""


@dataclass(frozen=True)
class Done:
    """What a command of ``ctl`` printed, and how it ended."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


class Centre:
    """Made by `started`. Calls are found by the citizen's telephone number, of which the town gives each one its own."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.client = SwitchboardClient(settings)

    @classmethod
    @asynccontextmanager
    async def started(cls, settings: Settings) -> AsyncIterator["Centre"]:
        """``ctl up``, and ``ctl down`` at the end."""
        centre = cls(settings)
        try:
            up = await centre.ctl("up", within_s=280)
            assert up.status == 0, f"ctl up: {up.err or up.out}\n{centre.logs()}"
            await eventually(centre._is_connected, "the switchboard has its PBX", 60)
            yield centre
        finally:
            await centre.ctl("down", within_s=60)

    async def _is_connected(self) -> bool:
        try:
            return bool((await self.client.health()).get("connected"))
        except SwitchboardAway:
            return False

    # --- as a user ----------------------------------------------------------------------------------------------------

    async def ctl(self, *arguments: str, within_s: float = 60) -> Done:
        """Run a command of ``ctl`` for this centre."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "ctl",
            *arguments,
            env=self.environment(),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            out, err = await asyncio.wait_for(process.communicate(), within_s)
        except TimeoutError:
            raise TooLateError(f"not within {within_s:g} s: ctl {' '.join(arguments)}\n{self.logs()}") from None
        finally:
            if process.returncode is None:  # too late, or nobody waits for it any more
                process.kill()
                await process.wait()
        return Done(process.returncode or 0, out.decode(), err.decode())

    def environment(self) -> dict[str, str]:
        """The settings as ``CTL_*``, over the environment of this process without its own, and no settings file."""
        others = {name: value for name, value in os.environ.items() if not name.startswith("CTL_")}
        ours = {in_environment(name): str(getattr(self.settings, name)) for name in self.settings.model_fields_set}
        return others | {"CTL_SETTINGS": ""} | ours

    async def operator(self, extension: str, wish: str, argument: str | None = None) -> None:
        """An operator's wish by command; fails when it is refused."""
        answer = await self.client.command(wish, by="lab", extension=extension, argument=argument)
        assert answer.ok, f"{extension} {wish}: {answer.message}"

    async def do(self, party: Party, wish: str, argument: str | None = None) -> str:
        """A command on the call of this citizen (or operator); fails when it is refused."""
        call = await self.call_of(party)
        answer = await self.client.command(wish.replace("-", "_"), by="lab", call=call["id"], argument=argument)
        assert answer.ok, f"{wish} {argument or ''}: {answer.message}"
        return answer.message

    async def supervise(self, supervisor: str, wish: str, of: Party | str, *, follow: bool = False) -> None:
        """Supervise the call of this citizen, or all calls of an operator; fails when it is refused."""
        row = None if isinstance(of, str) else await self.call_of(of)
        answer = await self.client.command(
            wish.replace("-", "_"),
            by="lab",
            call=row["id"] if row else None,
            extension=of if isinstance(of, str) else None,
            supervisor=supervisor,
            reason="lab",
            follow=follow,
        )
        assert answer.ok, f"{supervisor} {wish}: {answer.message}"

    # --- what the floor looks like ------------------------------------------------------------------------------------

    async def floor(self) -> FloorDocument:
        return await self.client.floor()

    async def call_of(self, party: Party) -> CallRow:
        """The call on the floor that this party began."""

        async def ask() -> CallRow | None:
            return self._find(await self._floor_or_none(), party)

        return await eventually(ask, f"{party} is on the floor")

    async def phase(self, party: Party, *phases: str, within_s: float = 10) -> CallRow:
        """Wait until the call of this party is in one of these phases."""

        async def ask() -> CallRow | None:
            row = self._find(await self._floor_or_none(), party)
            return row if row and row["phase"] in phases else None

        return await self._await(ask, f"the call of {party} is {' or '.join(phases)}", within_s)

    async def has_handed_over(self, party: Party) -> None:
        """Wait until the department has kept the citizen so long that his call ends when it hangs up."""
        call = (await self.call_of(party))["id"]

        async def ask() -> bool:
            with closing(Reader(self.settings.journal_path)) as reader:
                ended = reader.facts_of({HandoffEnded}, 0, reader.last_seq)
                return any(one.call == call for one in ended if isinstance(one, HandoffEnded))

        await self._await(ask, f"the department keeps {party}", 10)

    async def owes(self, party: Party) -> CallbackRow:
        """The call-back that this citizen was promised."""

        async def ask() -> CallbackRow | None:
            floor = await self._floor_or_none()
            return next((row for row in floor["callbacks"] if row["number"] == party.caller), None) if floor else None

        return await self._await(ask, f"{party} is to be called back", 10)

    async def operator_is(self, extension: str, *states: str, within_s: float = 10) -> OperatorRow:
        async def ask() -> OperatorRow | None:
            row = await self._operator(extension)
            return row if row and row["state"] in states else None

        return await self._await(ask, f"operator {extension} is {' or '.join(states)}", within_s)

    async def reaches(self, extension: str, endpoint: str | None = None, *, not_any_more: bool = False) -> None:
        """Wait until the centre can ring this telephone (or no longer can)."""

        async def ask() -> bool:
            row = await self._operator(extension)
            return row is not None and ((endpoint or extension) in row["endpoints"]) is not not_any_more

        await self._await(ask, f"{extension} is {'un' if not_any_more else ''}reachable", 60)

    async def gets_ready(self, *extensions: str) -> None:
        """Bring operators to the state ready, in this order, whatever they were doing: the first is idle longest.

        Where callers wait, the first of them rings at once.
        """
        for extension in extensions:
            row = await self._operator(extension)
            state = row["state"] if row else "logged_out"
            if state in AT_WORK:
                continue  # and not looked at again: the call may end at this moment
            steps = {"logged_out": ("login", "ready"), "wrap_up": ("wrap_up_done",), "not_ready": ("ready",)}
            for wish in steps.get(state, ()):
                await self.operator(extension, wish)
            await self.operator_is(extension, *AT_WORK)

    async def is_covered_by(self, extension: str) -> None:
        """Wait until the PBX's own queues would ring this operator, each of them: they are told, one after the other, just
        after an operator gets ready."""
        plan = (await asyncio.to_thread(config.load, self.settings.flows)).plan
        wanted = {fallback_queue(name) for name, _ in memberships(plan, Extension(extension))}

        async def ask() -> bool:
            return await fallback.queues_of(self.settings, Extension(extension)) == wanted

        await self._await(ask, f"the fallback would ring {extension}", 10)

    async def everybody_goes_home(self) -> None:
        """Log all operators out and wait until no call is left."""

        async def empty() -> bool:
            floor = await self._floor_or_none()
            return floor is not None and not floor["calls"]

        floor = await self._await(self._floor_or_none, "the switchboard is back", 30)
        for owed in floor["callbacks"]:
            await self.client.command("callback_cancel", by="lab", call=owed["call"])
        await self._await(empty, "no call is left on the floor", 40)
        for row in (await self.floor())["operators"]:
            for wish in {"logged_out": (), "wrap_up": ("logout",), "not_ready": ("logout",)}.get(
                row["state"], ("logout",)
            ):
                await self.operator(row["extension"], wish)

    async def _operator(self, extension: str) -> OperatorRow | None:
        floor = await self._floor_or_none()
        return next((row for row in floor["operators"] if row["extension"] == extension), None) if floor else None

    async def _floor_or_none(self) -> FloorDocument | None:
        try:
            return await self.client.floor()
        except SwitchboardAway:
            return None

    @staticmethod
    def _find(floor: FloorDocument | None, party: Party) -> CallRow | None:
        """Inside calls show the extension as the caller, citizens their number."""
        rows = [row for row in floor["calls"] if row["caller"] == party.caller] if floor else []
        return rows[-1] if rows else None

    async def _await(self, ask: Callable[[], Awaitable[T | None]], what: str, within_s: float) -> T:
        try:
            return await eventually(ask, what, within_s)
        except TooLateError as late:
            floor = await self._floor_or_none()
            calls = floor["calls"] if floor else "the switchboard is away"
            here = [row for row in floor["operators"] if row["state"] != "logged_out"] if floor else []
            raise TooLateError(f"{late}\ncalls: {calls}\noperators: {here}\n{self.logs()}") from None

    # --- what was recorded --------------------------------------------------------------------------------------------

    async def record_of(self, party: Party, within_s: float = 60, *, recorded: bool = False) -> Record:
        """The finished call of this citizen as ``ctl calls --json`` tells it, once it has reached the database.

        ``recorded``: and once its recordings are cut, which takes some seconds more.
        """

        engine = engine_of(self.settings)

        async def ask() -> Record | None:
            # as `ctl calls` does it, but for the second in which Python starts: this is asked again and again
            rows = (await Records(engine).calls(CallQuery(limit=1000))).rows
            found = [row for row in rows if row.caller == party.caller and row.ended_at is not None]
            return call_document(found[0]) if found and (found[0].recordings or not recorded) else None

        try:
            return await self._await(ask, f"the call of {party} is in the database", within_s)
        finally:
            await engine.dispose()

    async def shown(self, call: str, within_s: float = 60) -> Record:
        """A finished call of any kind as ``ctl call ID show --json`` tells it, once its recordings are cut."""

        async def ask() -> Record | None:
            done = await self.ctl("call", call, "show", "--json")
            return done.document if done.status == 0 and done.document["recordings"] else None

        return await self._await(ask, f"call {call} is recorded", within_s)

    # --- breaking things ----------------------------------------------------------------------------------------------

    def kill(self, command: str) -> None:
        """Kill a part of the centre at once (``switchboard``, ``sentinel``, …). Its supervisor starts it again."""
        found = processes.of(self.settings, command)
        assert found, f"no process {command!r} belongs to this centre"
        for process in found:
            os.kill(process, signal.SIGKILL)

    @asynccontextmanager
    async def without(self, command: str, how: signal.Signals = signal.SIGKILL) -> AsyncIterator[None]:
        """A part of the centre is killed, and stays away as long as the context lasts: its supervisor is frozen."""
        with processes.frozen(processes.of(self.settings, "supervisord")):
            for process in processes.of(self.settings, command):
                os.kill(process, how)

            async def gone() -> bool:
                return not processes.of(self.settings, command)

            await eventually(gone, f"{command} has ended", 30)
            yield

    def asleep(self, command: str) -> AbstractContextManager[None]:
        """A part of the centre does nothing for a while, its connections open: half-open lines, slow readers."""
        return processes.frozen(processes.of(self.settings, command))

    async def is_connected(self, connected: bool, within_s: float) -> None:
        """Wait until the switchboard says that its connection to the PBX is up, or that it is not."""

        async def ask() -> bool:
            return await self._is_connected() is connected

        await self._await(ask, f"the switchboard is {'' if connected else 'not '}connected to its PBX", within_s)

    def logs(self, lines: int = 25) -> str:
        """The ends of the centre's logs, for whoever has to find out why."""
        paths = [*sorted(self.settings.under("log").glob("*.log")), *sorted(self._asterisk_log().glob("messages*"))]
        return "\n".join(f"--- {path.name}\n{tail(path, lines)}" for path in paths)

    def journal(self, entries: int) -> str:
        """The last entries of the switchboard's journal: what it heard of Asterisk and what it made of that."""
        with closing(Reader(self.settings.journal_path)) as reader:
            last = reader.read(max(0, reader.last_seq - entries), entries)
        return "\n".join(
            # in the time of the logs
            f"{datetime.fromtimestamp(entry.at / 1000, UTC).astimezone():%T.%f} {entry.kind} {entry.type} {entry.body}"
            for entry in last
        )

    def _asterisk_log(self) -> Path:
        return self.settings.under("asterisk", "log")


class OurCentre(Centre):
    """The one that the environment and the settings file of this process name. What it starts stays when this process ends,
    and reads that file itself."""

    def environment(self) -> dict[str, str]:
        return environment(self.settings)
