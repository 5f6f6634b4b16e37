"""What a history is made of, gathered from a running centre: its rows, and what it holds while nobody calls."""

import asyncio
import re
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
from tests.proving.faultproxy import LISTENS
from tests.proving.history import Entry, History, Row, RowLeg, Talk
from tests.proving.telephones import legs

T = TypeVar("T")
PUT_AWAY_S = 40.0
"""The PBX gives a telephone that says nothing at all 32 s, and keeps its ports so long (timer B, RFC 3261 §17.1.1.2)."""

CALLS = """
SELECT id, coalesce(caller, ''), outcome, extract(epoch FROM started_at)::float8, extract(epoch FROM ended_at)::float8
FROM calls
WHERE coalesce(kind, 'inbound') = 'inbound' AND coalesce(started_at, ended_at, now()) >= to_timestamp(:since)"""
LEGS = """
SELECT coalesce(legs.call, ''),
  coalesce(handoffs.number, CASE legs.role WHEN 'citizen' THEN calls.caller ELSE legs.party END, ''),
  extract(epoch FROM legs.started_at)::float8, extract(epoch FROM legs.answered_at)::float8,
  extract(epoch FROM legs.ended_at)::float8
FROM legs LEFT JOIN calls ON calls.id = legs.call LEFT JOIN handoffs ON handoffs.leg = legs.id
WHERE coalesce(legs.started_at, legs.answered_at, legs.ended_at, now()) >= to_timestamp(:since)"""
ENTRIES = """
SELECT call, queue, priority, extract(epoch FROM entered_at)::float8
FROM queue_entries WHERE entered_at >= to_timestamp(:since)"""
TALKS = """
SELECT call, operator, extract(epoch FROM started_at)::float8, extract(epoch FROM ended_at)::float8
FROM segments WHERE kind = 'talk' AND started_at >= to_timestamp(:since)"""


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
                await read(TALKS, Talk),
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
    """What a centre holds: processes by command, TCP ports on which it listens, channels, bridges and RTP ports of its PBX,
    recordings that are open, and files that are open although they were deleted.

    Raises AssertionError when the PBX does not say.
    """
    settings = centre.settings
    held: Counter[str] = Counter(f"process {_name(command)}" for command in processes.every(settings).values())
    held["process postgres"] = min(held["process postgres"], 1)  # how many it takes is its own affair
    held["channels"] = channels(await console(centre, "core show channels count"))
    held["bridges"] = bridges(await console(centre, "bridge show all"))
    return held + await asyncio.to_thread(_files, settings) + await asyncio.to_thread(_ports, settings)


def channels(said: str) -> int:
    """How many there are, of what ``core show channels count`` says."""
    found = re.search(r"^(\d+) active channel", said, re.MULTILINE)
    assert found is not None, f"the PBX does not say how many channels it has: {said.strip()!r}"
    return int(found[1])


def bridges(said: str) -> int:
    """How many there are, of what ``bridge show all`` says."""
    head, *rows = said.strip().splitlines() or [""]
    assert head.startswith("Bridge-ID"), f"the PBX does not say which bridges it has: {said.strip()!r}"
    return len([row for row in rows if row.strip()])


def _files(settings: Settings) -> Counter[str]:
    held: Counter[str] = Counter()
    for pid, command in processes.every(settings).items():
        if _name(command) == "postgres":  # which removes what it still has open
            continue
        with suppress(OSError):  # ended, or closed while we looked
            for descriptor in Path(f"/proc/{pid}/fd").iterdir():
                with suppress(OSError):
                    where = str(descriptor.readlink())
                    held["open recordings"] += "/recordings/" in where
                    held["deleted files that are open"] += where.startswith("/") and where.endswith(" (deleted)")
    return held


def _ports(settings: Settings) -> Counter[str]:
    held: Counter[str] = Counter()
    address = settings.address.packed[::-1].hex().upper()
    for protocol in ("udp", "tcp"):
        for line in Path(f"/proc/net/{protocol}").read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            host, _, port_in_hex = fields[1].partition(":")
            port = int(port_in_hex, 16)
            if host != address:
                continue
            if protocol == "udp":
                held["RTP ports"] += settings.rtp_first_port <= port <= settings.rtp_last_port
            elif (
                fields[3] == LISTENS and port != settings.postgres_port
            ):  # whether that is there is told by its process
                held[f"listens at {port}"] = 1
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
    wanted = Counter({name: count for name, count in before.items() if name.startswith(("process ", "listens "))})
    return [f"{name}: {wanted[name]} → {now[name]}" for name in sorted(wanted | now) if wanted[name] != now[name]]
