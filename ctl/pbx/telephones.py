"""Operators' telephones as AMI shows them: which can be reached, and which are in a call that is not ours.

Reachable is what Asterisk's device state says of the endpoint: anything but unavailable. (ARI has device states too,
but a websocket that closes while it is subscribed to them can lock ARI up, asterisk#2170.) A telephone is occupied by
a channel that the fallback queue made: not by one that we made, and not by one that the operator dialled, which is in
our hands.

A telephone that the switchboard doubts, because it did not take a call, is asked at once: Asterisk itself would ask only
when its time has come, and believes meanwhile what it heard last. Until the answer is there, the telephone is away.
"""

import asyncio
import logging
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

from ctl.pbx.ami import Ami, AmiRefused
from ctl.pbx.names import QUALIFY_TIMEOUT_S, made_by_us
from ctl.switchboard.effects import AskPhone
from ctl.switchboard.events import Event, PhoneOccupied, PhoneReachable, PhoneUnreachable
from ctl.switchboard.ids import Endpoint, Extension

log = logging.getLogger(__name__)

AWAY = frozenset({"UNAVAILABLE", "INVALID", "UNKNOWN"})
CALLED_BY_DIALPLAN = frozenset({"AppQueue", "AppDial"})
"""The application that Asterisk names on a channel that Queue() or Dial() has made."""
UNASKED = frozenset({"Unknown", "NonQualified"})
"""Contacts, as PJSIPShowContacts shows them, of which Asterisk does not know whether they are there."""
DOWN = "0"
"""The state of a new channel that calls a telephone; one that a telephone opened begins as ringing."""

_ENDPOINT = re.compile(r"^PJSIP/(?P<endpoint>(?P<extension>\d+)w?)(?:-[0-9a-f]+)?$")


QUALIFIED_WITHIN_S = 2.0
"""How long telephones that Asterisk knows from before its restart have to answer whether they are still there."""
ASKED_FOR_S = QUALIFY_TIMEOUT_S + 0.5
"""After so long Asterisk has made up its mind about a telephone that it was told to ask."""
REACHABLE = "Reachable"
"""A contact, as PJSIPShowContacts shows it, that answered when it was asked last."""


def is_telephone(channel: str) -> bool:
    """Whether a channel leads to an operator's telephone."""
    return _ENDPOINT.match(channel) is not None


def endpoint_of(channel: str) -> str:
    """Of ``PJSIP/2001w-0000002a`` the ``2001w``."""
    return channel.removeprefix("PJSIP/").rpartition("-")[0]


class Telephones:
    """Tells changes, and everything anew after each connection."""

    def __init__(self, tell: Callable[[Event], None]) -> None:
        self._tell = tell
        self._occupying: dict[Extension, set[str]] = defaultdict(set)
        self.reachable: dict[Endpoint, bool] = {}
        self._doubted: set[Endpoint] = set()
        self._meanwhile: list[Mapping[str, str]] | None = None
        self._news = asyncio.Event()

    async def read(self, ami: Ami) -> None:
        """Tell how things stand now. What changes while we ask is told afterwards. Raises `AmiAway`."""
        self._meanwhile = []
        try:
            await self._qualify(ami)
            self._meanwhile.clear()
            states = await ami.ask("DeviceStateList", many=True)
            channels = await ami.ask("CoreShowChannels", many=True)
            self.reachable.clear()
            self._doubted.clear()
            for row in states:
                self._state(row)
            self.occupied(
                (row["Channel"], row["Uniqueid"])
                for row in channels
                if row.event == "CoreShowChannel" and row.application in CALLED_BY_DIALPLAN
            )
        finally:
            meanwhile, self._meanwhile = self._meanwhile, None
            for event in meanwhile:
                self.heard(event)

    async def ask(self, ami: Ami, phone: AskPhone) -> None:
        """Find out whether a telephone that did not take a call is there, and tell it if it is. Raises `AmiAway`."""
        self._doubted.add(phone.endpoint)
        self.reachable[phone.endpoint] = False
        there = False
        try:
            await ami.ask("PJSIPQualify", {"Endpoint": phone.endpoint})
            await asyncio.sleep(ASKED_FOR_S)
            contacts = await ami.ask("PJSIPShowContacts", many=True)
            there = any(
                row["Status"] == REACHABLE
                for row in contacts
                if row.event == "ContactList" and row.endpoint == phone.endpoint
            )
        except AmiRefused:  # it has no contact any more
            pass
        finally:
            still = phone.endpoint in self._doubted
            self._doubted.discard(phone.endpoint)
        if there and still:
            self.reachable[phone.endpoint] = True
            self._tell(PhoneReachable(phone.extension, phone.endpoint))

    async def _qualify(self, ami: Ami) -> None:
        """Have Asterisk ask telephones of which it does not know how they are.

        After its own restart it would get round to it within ``qualify_frequency``; until then they count as gone,
        and operators who sit at them would be taken for absent.
        """
        try:
            contacts = await ami.ask("PJSIPShowContacts", many=True)
        except AmiRefused:  # there are none
            return
        unknown = {row.endpoint for row in contacts if row.event == "ContactList" and _is_unasked(row)}
        for endpoint in sorted(unknown):
            await ami.ask("PJSIPQualify", {"Endpoint": endpoint})
        with suppress(TimeoutError):
            async with asyncio.timeout(QUALIFIED_WITHIN_S):
                while unknown - self._heard_of():
                    self._news.clear()
                    await self._news.wait()

    def _heard_of(self) -> set[str]:
        return {event.get("Device", "").removeprefix("PJSIP/") for event in self._meanwhile or ()}

    def heard(self, event: Mapping[str, str]) -> None:
        """One AMI event."""
        if self._meanwhile is not None:
            self._meanwhile.append(event)
            self._news.set()
            return
        match event["Event"]:
            case "DeviceStateChange":
                self._state(event)
            case "Newchannel" if event["ChannelState"] == DOWN:
                self._took(event["Channel"], event["Uniqueid"])
            case "Hangup":
                self._released(event["Channel"], event["Uniqueid"])
            case _:
                pass

    def _state(self, row: Mapping[str, str]) -> None:
        device = _ENDPOINT.match(row.get("Device", ""))
        if device is None:
            return
        endpoint, extension = Endpoint(device["endpoint"]), Extension(device["extension"])
        reachable = row["State"] not in AWAY
        if endpoint in self._doubted:
            if reachable:
                return  # Asterisk's own belief is what we doubt
            self._doubted.discard(endpoint)
            self.reachable.pop(endpoint, None)
        if self.reachable.get(endpoint) is not reachable:
            self.reachable[endpoint] = reachable
            self._tell(PhoneReachable(extension, endpoint) if reachable else PhoneUnreachable(extension, endpoint))

    def occupied(self, channels: Iterable[tuple[str, str]]) -> None:
        """Tell what is different: these are all channels, by name and id, that the dialplan has called."""
        before = {extension for extension, names in self._occupying.items() if names}
        self._occupying.clear()
        for channel, name in channels:
            owner = _ENDPOINT.match(channel)
            if owner is not None and not made_by_us(name):
                self._occupying[Extension(owner["extension"])].add(name)
        for extension in sorted(before | set(self._occupying)):
            self._tell(PhoneOccupied(extension, extension in self._occupying))

    def _took(self, channel: str, name: str) -> None:
        owner = _ENDPOINT.match(channel)
        if owner is None or made_by_us(name):
            return
        names = self._occupying[Extension(owner["extension"])]
        if not names:
            self._tell(PhoneOccupied(Extension(owner["extension"]), True))
        names.add(name)

    def _released(self, channel: str, name: str) -> None:
        owner = _ENDPOINT.match(channel)
        names = self._occupying.get(Extension(owner["extension"])) if owner is not None else None
        if owner is not None and names and name in names:
            names.remove(name)
            if not names:
                self._tell(PhoneOccupied(Extension(owner["extension"]), False))


def _is_unasked(contact: Mapping[str, str]) -> bool:
    """Asterisk is to ask this telephone whether it is there, and has not done it yet."""
    return (
        is_telephone(f"PJSIP/{contact['Endpoint']}")
        and contact["Status"] in UNASKED
        and float(contact["QualifyFrequency"]) > 0
    )
