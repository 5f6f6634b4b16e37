"""Bad lines between the carrier and the centre: packets are lost, come late and in disorder, or in one direction only.

What the carrier sends is treated before it comes onto the loopback device, what he is sent after it: so a capture there
holds exactly what passed at the centre's own door. Nobody who sends is told that a packet is lost. Needs root, nftables,
and for lateness the TUN/TAP driver. The rules stand in a table of their own, named by the network of the run.
"""

import asyncio
import fcntl
import os
import random
import socket
import struct
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from typing import NamedTuple

from ctl.lab import scenes
from ctl.lab.party import Party
from tests.proving.background import taker
from tests.proving.fault import CannotBeTriedError
from tests.proving.place import Place

NONE = ""
ALL = "drop"
SOUND = "udp sport >= 10000 drop"
"""Signalling passes."""

TUN = "/dev/net/tun"
TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000  # linux/if_tun.h
ETHERNET = 14
"""Octets before the IP packet in a frame."""
ON_ITS_WAY = 0x70726F76
"""The mark of a packet that has been held up, and is not to be held up again."""


class Treatment(NamedTuple):
    """What nftables does with what comes to the centre, and with what it sends."""

    inward: str
    outward: str


def lost(percent: int) -> Treatment:
    one = f"numgen random mod 100 < {percent} drop"
    return Treatment(one, one)


AWAY = Treatment(ALL, ALL)
CITIZENS_HEAR_NOTHING = Treatment(NONE, SOUND)
CITIZENS_ARE_NOT_HEARD = Treatment(SOUND, NONE)


@contextmanager
def treated(place: Place, treatment: Treatment, far: str | None = None) -> Iterator[None]:
    """The line is bad while the context lasts: to the carrier, or to another address."""
    centre, far = place.town.centre, far or place.town.town.carrier
    table = f"netdev proving_{place.net.replace('.', '_')}"
    away = f"table {table}\ndelete table {table}\n"  # also what a run has left that was killed
    nft(
        f"""{away}table {table} {{
            chain inward {{ type filter hook egress device lo priority 0;
                ip saddr {far} ip daddr {centre} ip protocol udp meta mark != {ON_ITS_WAY} {treatment.inward}
            }}
            chain outward {{ type filter hook ingress device lo priority 0;
                ip saddr {centre} ip daddr {far} ip protocol udp meta mark != {ON_ITS_WAY} {treatment.outward}
            }}
        }}"""
    )
    try:
        yield
    finally:
        nft(away)


def nft(commands: str) -> None:
    """Raises `CannotBeTriedError` where this machine has no packet filter."""
    try:
        done = subprocess.run(["nft", "-f", "-"], input=commands, text=True, capture_output=True, check=False)
    except FileNotFoundError:
        raise CannotBeTriedError("nftables is not installed: make tools") from None
    if done.returncode:
        raise CannotBeTriedError(f"no rules for packets on this machine: {done.stderr.strip().splitlines()[0]}")


# --- late and in disorder ---------------------------------------------------------------------------------------------


@contextmanager
def late(place: Place, up_to_s: float) -> Iterator[None]:
    """Every packet takes a way round, on which it is held up by chance: who left later may arrive earlier."""
    loop, chance = asyncio.get_running_loop(), random.Random()
    ends = {socket.inet_aton(place.town.centre), socket.inet_aton(place.town.town.carrier)}
    with _detour(f"late{place.net.split('.')[1]}") as (device, name), _sender() as sender:

        def read() -> None:
            packet = os.read(device, 65536)[ETHERNET:]
            if {packet[12:16], packet[16:20]} == ends:
                target = (socket.inet_ntoa(packet[16:20]), 0)
                loop.call_later(chance.uniform(0, up_to_s), sender.sendto, packet, target)

        round_about = f'fwd to "{name}"'
        loop.add_reader(device, read)
        try:
            with treated(place, Treatment(round_about, round_about)):
                yield
        finally:
            loop.remove_reader(device)


@contextmanager
def _detour(name: str) -> Iterator[tuple[int, str]]:
    """A network device whose packets come to us: its file, and its name."""
    try:
        device = os.open(TUN, os.O_RDWR | os.O_NONBLOCK)
    except OSError as error:
        raise CannotBeTriedError(f"no device to lead packets round: {error}") from None
    try:
        fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
        subprocess.run(["ip", "link", "set", "dev", name, "mtu", "9000", "up"], check=True)
        yield device, name
    finally:
        os.close(device)


@contextmanager
def _sender() -> Iterator[socket.socket]:
    """Sends IP packets as they are. Stays open a moment longer than the context, for those that are still held up."""
    sender = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    try:
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, ON_ITS_WAY)
        yield sender
    finally:
        asyncio.get_running_loop().call_later(1, sender.close)


# --- what is tried ----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def conversation(place: Place) -> AsyncIterator[tuple[Party, Party]]:
    """A citizen, and the operator's telephone that was answered for him; he hangs up at the end."""
    citizen = await scenes.waiting(place.centre, place.town, "listener")
    try:
        await place.town.until(lambda: taker(place.town, citizen) is not None, f"somebody talks with {citizen}", 30)
        phone = taker(place.town, citizen)
        assert phone is not None
        yield citizen, phone
    finally:
        await citizen.hang_up()
        await citizen.is_gone()


async def hear_each_other(citizen: Party, phone: Party) -> None:
    assert await citizen.hears(phone)
    assert await phone.hears(citizen)


def bad(line: Callable[[Place], AbstractContextManager[None]], seconds: float) -> Callable[[Place], Awaitable[None]]:
    """Whoever talks is heard on this line, too, and calls go on over it."""

    async def strike(place: Place) -> None:
        async with conversation(place) as talking:
            with line(place):
                await hear_each_other(*talking)
                await asyncio.sleep(seconds)
                await hear_each_other(*talking)
            await hear_each_other(*talking)

    return strike


def losing(percent: int) -> Callable[[Place], AbstractContextManager[None]]:
    return lambda place: treated(place, lost(percent))


def delaying(up_to_s: float) -> Callable[[Place], AbstractContextManager[None]]:
    return lambda place: late(place, up_to_s)


async def one_way(place: Place) -> None:
    """Sound passes in one direction only, then in the other only, then in both again: in the same conversation."""
    async with conversation(place) as (citizen, phone):
        with treated(place, CITIZENS_HEAR_NOTHING):
            assert await citizen.hears()
            assert await phone.hears(citizen)
            await asyncio.sleep(3)
        with treated(place, CITIZENS_ARE_NOT_HEARD):
            assert await phone.hears()
            assert await citizen.hears(phone)
            await asyncio.sleep(3)
        await hear_each_other(citizen, phone)


async def flapping(place: Place) -> None:
    """The whole trunk is away for 2 s, there for 3 s, again and again; a conversation outlives it."""
    async with conversation(place) as talking:
        for _ in range(4):
            with treated(place, AWAY):
                await asyncio.sleep(2)
            await asyncio.sleep(3)
        await hear_each_other(*talking)
