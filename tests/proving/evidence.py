"""What a history is made of, gathered from a running centre: its rows, and what it holds while nobody calls."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from sqlalchemy import text

from ctl.database.engine import engine_of
from ctl.house import ensure_rootfs
from ctl.house.asterisk import asterisk_command
from ctl.lab import processes
from ctl.lab.centre import Centre
from ctl.lab.pulse import TooLateError, eventually
from ctl.settings import Settings
from tests.bench import wire
from tests.proving.history import Entry, History, Row, RowLeg, legs

T = TypeVar("T")
PUT_AWAY_S = 40.0
"""The PBX gives a telephone that says nothing at all 32 s, and keeps its ports so long (timer B, RFC 3261 §17.1.1.2)."""

CALLS = """
SELECT id, caller, outcome, extract(epoch FROM started_at)::float8, extract(epoch FROM ended_at)::float8
FROM calls WHERE kind = 'inbound' AND started_at >= to_timestamp(:since)"""
LEGS = """
SELECT legs.call, coalesce(handoffs.number, CASE legs.role WHEN 'citizen' THEN calls.caller ELSE legs.party END),
  extract(epoch FROM legs.started_at)::float8, extract(epoch FROM legs.answered_at)::float8,
  extract(epoch FROM legs.ended_at)::float8
FROM legs JOIN calls ON calls.id = legs.call LEFT JOIN handoffs ON handoffs.leg = legs.id
WHERE legs.started_at >= to_timestamp(:since)"""
ENTRIES = """
SELECT call, queue, priority, extract(epoch FROM min(entered_at))::float8
FROM queue_entries WHERE entered_at >= to_timestamp(:since) GROUP BY call, queue, priority"""


async def history(centre: Centre, capture: Path, since_s: float) -> History:
    """What passed on the wire, and what the records say of the calls since then, once all of them are there."""
    await shipped(centre)
    settings = centre.settings
    messages = await asyncio.to_thread(wire.sip, capture)
    engine = engine_of(settings)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SET TRANSACTION READ ONLY"))

            async def read(query: str, make: Callable[..., T]) -> list[T]:
                return [make(*row) for row in await connection.execute(text(query), {"since": since_s})]

            return History(
                legs(messages, str(settings.address), str(settings.carrier_address)),
                await read(CALLS, Row),
                await read(LEGS, RowLeg),
                await read(ENTRIES, Entry),
            )
    finally:
        await engine.dispose()


async def shipped(centre: Centre) -> None:
    """Wait until the journal owes Postgres nothing."""

    async def ask() -> bool:
        done = await centre.ctl("journal", "status", "--json")
        return done.status == 0 and done.document["behind"] == 0

    await eventually(ask, "all of the journal is in Postgres", 60)


async def console(centre: Centre, command: str) -> str:
    """Ask the centre's Asterisk on its console."""
    settings = centre.settings
    rootfs = await asyncio.to_thread(ensure_rootfs, settings, lambda _: None)
    call = asterisk_command(settings, rootfs, settings.under("asterisk", "etc"), "-rx", command)
    process = await asyncio.create_subprocess_exec(
        *call, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    out, _ = await process.communicate()
    return out.decode()


async def standing(centre: Centre) -> Counter[str]:
    """What a centre holds: processes by command, and channels, bridges, open recordings and UDP ports of its PBX."""
    settings = centre.settings
    held: Counter[str] = Counter(f"process {_name(command)}" for command in processes.every(settings).values())
    held["process postgres"] = min(held["process postgres"], 1)  # how many it takes is its own affair
    channels = (await console(centre, "core show channels concise")).splitlines()
    held["channels"] = sum("!" in line for line in channels)
    bridges = (await console(centre, "bridge show all")).splitlines()
    held["bridges"] = sum("stasis" in line or "holding" in line for line in bridges)
    return held + await asyncio.to_thread(_of_pbx, settings)


def _of_pbx(settings: Settings) -> Counter[str]:
    held: Counter[str] = Counter()
    for pid in processes.of(settings, "asterisk"):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):  # closed while we looked
                held["open recordings"] += "/recordings/" in str(descriptor.readlink())
    address = settings.address.packed[::-1].hex().upper()
    for line in Path("/proc/net/udp").read_text(encoding="ascii").splitlines()[1:]:
        host, port = line.split()[1].split(":")
        held["RTP ports"] += host == address and settings.rtp_first_port <= int(port, 16) <= settings.rtp_last_port
    return held


def _name(command: str) -> str:
    """The process by its program, or the part of ``ctl`` that it is. Postgres renames its own as they come and go."""
    words = command.split()
    if any("postgres" in word for word in words[:2]):
        return "postgres"
    for mark in ("ctl", "-m"):
        if mark in words[:-1]:
            return words[words.index(mark) + 1]
    return Path(words[0]).name


async def left_over(centre: Centre, before: Counter[str]) -> list[str]:
    """What the centre still holds of calls when nobody calls any more, and processes other than before.

    After a while in which it may put things away.
    """

    async def none() -> bool:
        return not _differences(before, await standing(centre))

    try:
        await eventually(none, "nothing is left over", PUT_AWAY_S)
    except TooLateError:
        return _differences(before, await standing(centre))
    return []


def _differences(before: Counter[str], now: Counter[str]) -> list[str]:
    """Calls before may not have been put away yet when that was looked at, so of calls nothing may be left at all."""
    wanted = Counter({name: count for name, count in before.items() if name.startswith("process ")})
    return [f"{name}: {wanted[name]} → {now[name]}" for name in sorted(wanted | now) if wanted[name] != now[name]]
