"""A PBX that is restarted, has too much to do, or says no."""

import asyncio
import os
import signal
import socket
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress

from ctl.lab import processes
from tests.proving.evidence import console
from tests.proving.fault import CannotBeTriedError
from tests.proving.place import Place

SIP = 5060
AT_ONCE, PAUSE_S = 1500, 0.05
"""Requests of the flood; more than fit into a queue of Asterisk's (`AST_TASKPROCESSOR_HIGH_WATER_LEVEL`, 500)."""
FULL = "scheduled tasks (high water mark"
"""What Asterisk's log says then (main/taskprocessor.c)."""


async def restarted(place: Place) -> None:
    """Asterisk starts itself anew, as somebody asks for on its console."""
    await console(place.centre, "core restart now")
    await place.centre.is_connected(False, within_s=10)


async def ended_in_order(place: Place) -> None:
    """Somebody ends Asterisk's process, as docs/runbook.md says, and it is started again."""
    for pid in processes.of(place.centre.settings, "asterisk"):
        os.kill(pid, signal.SIGTERM)
    await place.centre.is_connected(False, within_s=10)


def refuses(share: float, seconds: float) -> Callable[[Place], Awaitable[None]]:
    """So many of 1 requests of the switchboard are answered with 500 or 503, and not carried out."""

    async def strike(place: Place) -> None:
        if place.wires is None:
            raise CannotBeTriedError("nothing stands between this centre and its PBX")
        ari = place.wires.ari
        before, ari.refuses = ari.refused, share
        try:
            await asyncio.sleep(seconds)
        finally:
            ari.refuses = 0.0
        assert ari.refused > before, "nothing was asked of the PBX"

    return strike


async def overloaded(place: Place) -> None:
    """The carrier asks whether the PBX is there, much faster than it can answer, all in one conversation.

    Messages of a conversation go to the same task processor; while its queue is full, Asterisk does not look at new
    calls (``taskprocessor_overload_trigger``), and who calls has to ask again.
    """
    log = place.centre.settings.under("asterisk", "log", "messages")
    before = log.read_text(errors="replace").count(FULL)
    loop = asyncio.get_running_loop()
    request, end = _options(place), loop.time() + 8
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind((place.town.town.carrier, 0))
        sender.connect((place.town.centre, SIP))
        sender.setblocking(False)
        while loop.time() < end:
            with suppress(OSError):  # there is no room for more
                for _ in range(AT_ONCE):
                    sender.send(request % uuid.uuid4().hex.encode())
            await asyncio.sleep(PAUSE_S)
    assert log.read_text(errors="replace").count(FULL) > before, "no queue of Asterisk's was ever full"


def _options(place: Place) -> bytes:
    """With a place for the branch, by which one request differs from the other."""
    carrier, call = place.town.town.carrier, uuid.uuid4().hex
    lines = [
        f"OPTIONS sip:{place.town.centre} SIP/2.0",
        f"Via: SIP/2.0/UDP {carrier}:9;branch=z9hG4bK%s",
        f"From: <sip:carrier@{carrier}>;tag={call}",
        f"To: <sip:{place.town.centre}>",
        f"Call-ID: {call}",
        "CSeq: 1 OPTIONS",
        "Max-Forwards: 70",
        "Content-Length: 0",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
