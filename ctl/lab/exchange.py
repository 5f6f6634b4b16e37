"""The town: citizens, departments and operators' telephones around one centre, played by a second Asterisk."""

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, nullcontext
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from ctl.lab import pbx
from ctl.lab.driver import APPLICATION, Driver, Event, LabError
from ctl.lab.lines import Line, Listener, Phone, Script
from ctl.lab.party import LISTEN_S, Ground, Party, Speaker
from ctl.lab.pulse import Pulse
from ctl.lab.tap import Tap
from ctl.lab.tones import VOICES
from ctl.lab.townconf import Town


class Exchange:
    """Made by `started`. Everything that rings or is rung is a `Party`."""

    def __init__(self, town: Town, centre: str) -> None:
        self.town = town
        self.centre = centre
        self._pulse = Pulse(self._explain)
        self._driver = Driver(town, self._on_event)
        network = IPv4Network(f"{town.net}.0/24")
        self._ground = Ground(self._driver, Tap(network, self._pulse.beat), self._pulse)
        self._parties: dict[str, Party] = {}
        self._lines: dict[str, Line] = {}
        self._phones: dict[str, Phone] = {}
        self._voices = deque(VOICES)
        self._made = 0
        self._first_caller = secrets.randbelow(80_000_000) + 10_000_000  # other than those of earlier towns
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    @asynccontextmanager
    async def started(
        cls,
        net: str,
        home: Path,
        rootfs: Path,
        secret_of: Mapping[str, str],
        centre: str | None = None,
        listening: bool = True,
    ) -> AsyncIterator["Exchange"]:
        """A town on the network ``net`` (``127.27.0``), around the centre at its ``.1``.

        Crowds are not listened to (``listening=False``): it costs a core to hear forty people at once.
        """
        centre = centre or f"{net}.1"
        async with pbx.running(net, home, rootfs, centre, dict(secret_of)) as town:
            exchange = cls(town, centre)
            async with exchange._driver, exchange._ground.tap if listening else nullcontext():
                try:
                    yield exchange
                finally:
                    await exchange.everybody_hangs_up()
                    for task in exchange._tasks:
                        task.cancel()
                    await asyncio.gather(*exchange._tasks, return_exceptions=True)

    # --- citizens -----------------------------------------------------------------------------------------------------

    async def citizen_calls(self, number: str, name: str = "citizen", caller: str | None = None) -> Party:
        """A citizen dials a number over the trunk, from a telephone that nobody else has, or from that of ``caller``.

        Returns at once; the centre answers or refuses in its own time.
        """
        caller = caller or f"090{self._first_caller + self._made:08d}"
        return await self._dial(name, f"PJSIP/{number}@centre", self.town.carrier, number, caller)

    async def phone_dials(self, extension: str, number: str) -> Party:
        """An operator picks up the telephone and dials: a feature code, a colleague, an outside number."""
        endpoint = f"PJSIP/{extension}/sip:{number}@{self.centre}"
        return await self._dial(f"phone {extension}", endpoint, self.town.phones, number, extension)

    async def _dial(self, name: str, endpoint: str, host: str, called: str, caller: str) -> Party:
        self._made += 1
        party = self._admit(f"lab-{self._made}", name, host, called, caller)
        query = {"endpoint": endpoint, "channelId": party.id, "callerId": caller, "app": APPLICATION, "timeout": "600"}
        await self._driver.request("POST", "/channels", query)
        return party

    # --- those who are called -----------------------------------------------------------------------------------------

    def line(self, number: str) -> Line:
        """The telephone with this public number."""
        return self._lines.setdefault(number, Line(number))

    def phone(self, extension: str) -> Phone:
        return self._phones.setdefault(extension, Phone(extension))

    async def rings(self, line: Line, within_s: float = 10.0) -> Party:
        """The next call to this telephone, oldest first. It may have ended by the time."""
        await self._pulse.until(lambda: bool(line.waiting), f"{line.number} rings", within_s)
        return line.waiting.popleft()

    async def until(self, look: Callable[[], bool], what: str, within_s: float = 10.0) -> None:
        """Wait for something that the parties of the town notice."""
        await self._pulse.until(look, what, within_s)

    async def hears(self, ear: Listener, *speakers: Speaker, within_s: float = 10.0) -> bool:
        """A telephone that is not the town's hears exactly these, measured where its sound arrives."""
        since = asyncio.get_running_loop().time()
        voices = {speaker.voice for speaker in speakers}
        self._ground.tap.line(ear.ear)

        def look() -> bool:
            heard = self._ground.tap.heard(ear.ear, since, LISTEN_S)
            return heard is not None and heard.tones == voices

        return await self._pulse.until(look, f"{ear.name} hears {voices}", within_s)

    async def plug_in(self, extension: str) -> Phone:
        """Register the telephone of an operator at the centre."""
        fields = {
            "server_uri": f"sip:{self.centre}:5060",
            "client_uri": f"sip:{extension}@{self.centre}",
            "contact_user": extension,
            "outbound_auth": extension,
            "transport": "phones",
            "endpoint": extension,
            "line": "yes",
            "max_random_initial_delay": "0",
            "expiration": "300",
            "max_retries": "1000",
            "retry_interval": "2",
            "forbidden_retry_interval": "2",
            "auth_rejection_permanent": "no",
        }
        body = {"fields": [{"attribute": name, "value": value} for name, value in fields.items()]}
        if await self._driver.request("PUT", self._registration(extension), body=body) is None:
            raise LabError(f"the town's Asterisk has no place for the registration of {extension}")
        phone = self.phone(extension)
        phone.plugged_in = True
        return phone

    async def unplug(self, extension: str) -> None:
        """The telephone says good-bye to the registrar."""
        await self._driver.request("DELETE", self._registration(extension))
        self.phone(extension).plugged_in = False

    @staticmethod
    def _registration(extension: str) -> str:
        return f"/asterisk/config/dynamic/res_pjsip/registration/{extension}"

    async def everybody_hangs_up(self) -> None:
        """End all calls of the town, and forget the scripts of its lines."""
        for line in (*self._lines.values(), *self._phones.values()):
            line.lets_it_ring()
            line.waiting.clear()
        await asyncio.gather(*(party.hang_up() for party in list(self._parties.values())))
        await self._pulse.until(lambda: not self._parties, "all calls of the town have ended")

    # --- what the town's Asterisk tells -------------------------------------------------------------------------------

    def _on_event(self, event: Event) -> None:
        channel = event.get("channel") or {}
        match event["type"]:
            case "StasisStart":
                self._on_start(channel["id"], event["args"])
            case "ChannelDestroyed" if channel["id"] in self._parties:
                party = self._parties.pop(channel["id"])
                self._voices.append(party.voice)
                party.ended(event["cause"])
            case "ChannelHold" | "ChannelUnhold" if channel["id"] in self._parties:
                self._parties[channel["id"]].far_hold = event["type"] == "ChannelHold"
        self._pulse.beat()

    def _on_start(self, channel: str, args: list[str]) -> None:
        match args:
            case []:
                if party := self._parties.get(channel):
                    self._spawn(party.begin())
            case [kind, number, caller]:
                outside = kind == "outside"
                line = self.line(number) if outside else self.phone(number)
                host = self.town.carrier if outside else self.town.phones
                party = self._admit(channel, f"{kind} {number}", host, number, caller)
                line.waiting.append(party)
                line.calls.append(party)
                self._spawn(self._ring(party, line.script))

    async def _ring(self, party: Party, script: Script) -> None:
        await self._driver.request("POST", f"/channels/{party.id}/ring")
        await script(party)

    def _admit(self, channel: str, name: str, host: str, called: str, caller: str) -> Party:
        voice = self._voices.popleft()
        if not self._voices:  # more parties than voices: share, as only crowds that nobody listens to are that large
            self._voices.extend(VOICES)
        party = Party(self._ground, channel, name, voice, host, called, caller)
        self._parties[channel] = party
        return party

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _explain(self) -> str:
        parties = "\n".join(f"  {party}: hears {party.heard_now()}" for party in self._parties.values())
        return f"parties:\n{parties}\ntown's log:\n{pbx.tail(self.town.home / 'log' / 'full', 15)}"
