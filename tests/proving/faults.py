"""What is broken, and what must hold while it is."""

import asyncio
import os
import random
import resource
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import asyncpg

from ctl.database.engine import DATABASE, OWNER, USER
from ctl.lab import processes, scenes
from ctl.lab.pulse import eventually
from ctl.lab.vanishing import VanishingPhone
from ctl.secrets import Secrets
from ctl.settings import Settings
from tests.bench import sipp
from tests.proving import names, rules
from tests.proving.badcarrier import Register, answers_no_options
from tests.proving.badline import bad, delaying, flapping, losing, one_way
from tests.proving.badpbx import ended_in_order, overloaded, refuses, restarted
from tests.proving.badphones import answers_late, served_by_others, torn_out
from tests.proving.clocks import OURS, ahead, settable, to_and_fro
from tests.proving.fault import SCENARIOS, CannotBeTriedError, Fault
from tests.proving.faultproxy import doubled, shuffled
from tests.proving.place import Place, Wires
from tests.proving.slowdisk import slow_disk
from tests.proving.standby import Standby

SERVED_WITHIN_S = 40
"""Others wait for the same operators."""
DISK_OCTETS = 1 << 30
"""Of `disk_of_its_own`."""

SCREENS = 200
"""That ask for the floor at once; twice as many each time that their answers found room in memory that lay idle."""
NO_MEMORY = ("MemoryError", "Cannot allocate memory", "can't start new thread")
NO_WRITING = ("File too large", "disk I/O error", "database or disk is full")
"""What a log says of it."""

UNHARMED = "no call lost, all recorded once"
REGISTER_AGAIN = f"{UNHARMED}; operators are reached when their telephones register again"
CUT = "calls in progress are cut off and recorded as lost, once each"
CUT_BY_CLOCK = "who talks or waits may be cut off, by Asterisk, which takes the step for so much silence"


async def nothing(place: Place) -> None:
    """To compare with."""
    await asyncio.sleep(5)


def kills(part: str) -> Callable[[Place], Awaitable[None]]:
    async def strike(place: Place) -> None:
        place.centre.kill(part)
        if part == "asterisk":
            await place.centre.is_connected(False, within_s=10)

    return strike


def freezes(part: str, seconds: float) -> Callable[[Place], Awaitable[None]]:
    async def strike(place: Place) -> None:
        with place.centre.asleep(part):
            await asyncio.sleep(seconds)

    return strike


def takes_away(part: str, seconds: float, how: signal.Signals) -> Callable[[Place], Awaitable[None]]:
    async def strike(place: Place) -> None:
        async with place.centre.without(part, how):
            await asyncio.sleep(seconds)

    return strike


async def runs_out_of_memory(place: Place) -> None:
    """The switchboard may not have more than it has, while many screens ask it for the floor until it lacks memory.

    Once it is killed for it, its successor may.
    """
    settings = place.centre.settings
    (switchboard,) = processes.of(settings, "switchboard")
    complaints = told(settings, "switchboard", NO_MEMORY)

    def lacked() -> bool:
        anew = processes.of(settings, "switchboard") != [switchboard]
        return anew or told(settings, "switchboard", NO_MEMORY) > complaints

    screens = SCREENS

    async def presses() -> bool:
        nonlocal screens
        floors = (place.centre.client.floor() for _ in range(screens))
        await asyncio.gather(*floors, return_exceptions=True)
        screens *= 2
        return lacked()

    with limited(switchboard, resource.RLIMIT_DATA, data_of(switchboard)):
        began_s = time.monotonic()
        await eventually(presses, "the switchboard lacks memory", 8)
        await asyncio.sleep(began_s + 8 - time.monotonic())


async def cannot_write(place: Place) -> None:
    """No file of the switchboard may grow: to it, a full disk."""
    settings = place.centre.settings
    (switchboard,) = processes.of(settings, "switchboard")
    complaints = told(settings, "switchboard", NO_WRITING)
    with limited(switchboard, resource.RLIMIT_FSIZE, 0):
        await asyncio.sleep(8)
    assert told(settings, "switchboard", NO_WRITING) > complaints, "the switchboard never wrote in vain"


def told(settings: Settings, service: str, what: Sequence[str]) -> int:
    """How many lines of a service's logs say one of these."""
    lines = [
        line
        for log in settings.under("log").glob(f"{service}*")
        for line in log.read_text("utf-8", "replace").splitlines()
    ]
    return sum(any(one in line for one in what) for line in lines)


async def full_disk(place: Place) -> None:
    """The disk on which everything lies that the centre writes is full. See `disk_of_its_own`."""
    home = place.centre.settings.home
    if not home.is_mount():
        raise CannotBeTriedError("the disk of this machine is not ours to fill, and it gave us none of our own")
    with (home / "filler").open("wb") as filler:
        try:
            while True:
                free = os.statvfs(home)
                os.posix_fallocate(filler.fileno(), filler.seek(0, os.SEEK_END), max(free.f_bavail * free.f_frsize, 1))
        except OSError:
            await asyncio.sleep(8)
        finally:
            (home / "filler").unlink()


@contextmanager
def disk_of_its_own(folder: Path) -> Iterator[None]:
    """A new disk in memory, small enough to be filled, while the context lasts; where a container may not have it, none."""
    folder.mkdir()
    disk = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_OCTETS},mode=755", "chaos", folder], check=False)
    try:
        yield
    finally:
        if disk.returncode == 0:
            subprocess.run(["umount", "--lazy", folder], check=True)


async def power_cut(place: Place) -> None:
    """All processes of the centre at once; then somebody starts it."""
    for pid in processes.every(place.centre.settings):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    up = await place.centre.ctl("up", within_s=120)
    assert up.status == 0, up.err or up.out


def disturbs(disturb: Callable[[Wires], None], seconds: float) -> Callable[[Place], Awaitable[None]]:
    """The wires are disturbed for a while."""

    async def strike(place: Place) -> None:
        if place.wires is None:
            raise CannotBeTriedError("nothing stands between this centre and its PBX")
        wires = (place.wires.ari, place.wires.ami, place.wires.postgres)
        before = sum(one.disturbed for one in wires)
        disturb(place.wires)
        try:
            await asyncio.sleep(seconds)
        finally:
            for one in wires:
                one.heal()
        assert sum(one.disturbed for one in wires) > before, "nothing passed that could be disturbed"

    return strike


def cut(wires: Wires) -> None:
    wires.ari.cut()
    wires.ami.cut()


def half_open(wires: Wires) -> None:
    wires.ari.swallow()
    wires.ami.swallow()


def slow_pbx(wires: Wires) -> None:
    wires.ari.octets_per_s = wires.ami.octets_per_s = 2000


def raving(wires: Wires) -> None:
    chance = random.Random(1)
    wires.ari.rave(chance.randbytes(300))
    wires.ami.rave(chance.randbytes(300))


def told_twice(wires: Wires) -> None:
    wires.ari.events = doubled


def in_disorder(wires: Wires) -> None:
    wires.ari.events = shuffled(random.Random(1))


def slow_postgres(wires: Wires) -> None:
    """A second for each statement."""
    wires.postgres.late_s = 0.5


def dead_postgres(wires: Wires) -> None:
    wires.postgres.swallow()


async def killed_in_a_batch(place: Place) -> None:
    """Postgres dies when half of what the worker ships is there: the rest of its transaction waits for a table of ours."""
    async with asyncpg_of(place) as connection:
        await connection.execute("BEGIN; LOCK TABLE legs IN EXCLUSIVE MODE")

        async def waits() -> bool:
            return bool(await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))

        await eventually(waits, "a batch is under way", 20)
        place.centre.kill("postgres")


async def allows_no_connection(place: Place) -> None:
    """Postgres gives away no connection (53300), as when others have taken them all, and those that we had are ended."""
    async with asyncpg_of(place) as connection:

        async def ours_are_gone() -> bool:
            rows = await connection.fetch("SELECT pid FROM pg_stat_activity WHERE usename = $1", USER)
            for row in rows:
                with suppress(ProcessLookupError):
                    os.kill(row["pid"], signal.SIGTERM)  # as pg_terminate_backend does, which the owner may not
            return not rows

        taken_in = "SELECT max(seq) FROM shipments"
        await connection.execute(f"ALTER DATABASE {DATABASE} CONNECTION LIMIT 0")
        try:
            await eventually(ours_are_gone, "nobody else has a connection", 10)
            before = await connection.fetchval(taken_in)
            await asyncio.sleep(8)
            asked = await place.centre.ctl("journal", "status", "--json")
            assert asked.document["shipped"] is None, "somebody got a connection"
            waits = before == await connection.fetchval(taken_in) < asked.document["entries"]
            assert waits, "nothing had to wait for a connection"
        finally:
            await connection.execute(f"ALTER DATABASE {DATABASE} CONNECTION LIMIT -1")


@asynccontextmanager
async def asyncpg_of(place: Place) -> AsyncIterator["asyncpg.Connection"]:
    """A connection of its own to the centre's database, as its owner, past any wire."""
    settings = place.centre.settings
    where = {"host": str(settings.address), "port": settings.postgres_port, "user": OWNER, "database": DATABASE}
    connection = await asyncpg.connect(**where, password=Secrets.of(settings).postgres, timeout=10)
    try:
        yield connection
    finally:
        connection.terminate()


async def deploy_takes_a_queue_away(place: Place) -> None:
    """Who waits in it is served all the same. Afterwards it is there again."""
    citizens = [await scenes.waiting(place.centre, place.town, f"left {n}", rules.TAKEN_AWAY) for n in range(2)]
    for citizen in citizens:
        row = await place.centre.phase(citizen, "waiting")
        assert row["queue"] == rules.TAKEN_AWAY_QUEUE, row
    try:
        with rules.taken_away(place.centre.settings.flows):
            await _deploy(place)
            for citizen in citizens:
                await served_by_others(place, citizen, SERVED_WITHIN_S)
    finally:
        await _deploy(place)


async def _deploy(place: Place) -> None:
    done = await place.centre.ctl("deploy", within_s=120)
    assert done.status == 0, done.err or done.out


async def departments_refuse(place: Place) -> None:
    """Busy, congested, refused, and not answered: 486, 503, 603, 480. Each is met by somebody who is handed on."""
    line = place.town.line(place.department.numbers[0])
    for behave in (line.is_busy, line.is_congested, line.refuses, line.lets_it_ring):
        behave()
        before = len(line.calls)

        def met(before: int = before) -> bool:
            return any(call.cause is not None for call in line.calls[before:])

        await place.town.until(met, f"somebody is handed on to {line.number}: {behave.__name__}", 40)
    line.answers()


def carrier_plays(scenario: str, calls: int) -> Callable[[Place], Awaitable[None]]:
    """Citizens whose carrier does what is allowed, and seldom: the calls all have to succeed."""

    async def strike(place: Place) -> None:
        first = random.randrange(10_000_000, 90_000_000)
        lines = [f"{scenes.INQUIRY};050{first + n:08d}" for n in range(calls)]
        table = place.folder / f"{scenario}.csv"
        table.write_text("SEQUENTIAL\n" + "\n".join(lines) + "\n", encoding="utf-8")
        of_ours = ("-p", "5070", "-inf", str(table), "-m", str(calls), "-r", "5", "-rtp_echo", f"{place.net}.1:5060")
        done = await sipp.run(str(SCENARIOS / scenario), f"{place.net}.10", place.folder, *of_ours, within_s=90)
        assert done.status == 0, f"{scenario}: {done.errors}"

    return strike


async def telephone_registers_twice(place: Place) -> None:
    """A second telephone takes the place of an operator's first, and is unplugged at the wall."""
    password = Secrets.of(place.centre.settings).operator("2001")
    async with VanishingPhone.registered(place.town.centre, f"{place.net}.32", "2001", password):
        await asyncio.sleep(6)
    await place.town.unplug("2001")
    await place.town.plug_in("2001")


async def telephones_unplugged(place: Place) -> None:
    """Two operators' telephones say good-bye to the registrar, whatever they are doing."""
    for extension in ("2001", "2002"):
        await place.town.unplug(extension)
    await asyncio.sleep(6)
    for extension in ("2001", "2002"):
        await place.town.plug_in(extension)


def data_of(pid: int) -> int:
    """Octets of memory that a process can write into and shares with nobody."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines())
    return int(status["VmData"].split()[0]) * 1024


@contextmanager
def limited(pid: int, what: int, limit: int) -> Iterator[None]:
    """A process may not have more of this while the context lasts."""
    before = resource.prlimit(pid, what)
    resource.prlimit(pid, what, (limit, before[1]))
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            resource.prlimit(pid, what, before)


STANDBY = Standby()
REGISTER = Register()
KILLED = Fault("switchboard killed", UNHARMED, kills("switchboard"), 4)
POSTGRES_AWAY = Fault("Postgres stopped for 8 s", UNHARMED, takes_away("postgres", 8, signal.SIGINT), 4, troubles=False)

FAULTS = (
    Fault("undisturbed", UNHARMED, nothing, 4, troubles=False),
    KILLED,
    Fault("switchboard hangs for 3 s", UNHARMED, freezes("switchboard", 3), 7, operators_s=10),
    Fault(
        "switchboard hangs for 10 s",
        f"the sentinel rescues; {UNHARMED}",
        freezes("switchboard", 10),
        14,
        operators_s=18,
    ),
    Fault("switchboard gets no more memory for 8 s", UNHARMED, runs_out_of_memory, 14, operators_s=14),
    Fault("switchboard cannot write for 8 s", UNHARMED, cannot_write, 4),
    Fault("disk full for 8 s", UNHARMED, full_disk, 4),
    Fault("ARI and AMI cut", UNHARMED, disturbs(cut, 1), 4),
    Fault("ARI and AMI half-open for 9 s", UNHARMED, disturbs(half_open, 9), 14, operators_s=14),
    Fault("ARI and AMI slow for 8 s", UNHARMED, disturbs(slow_pbx, 8), 8, operators_s=14),
    Fault("ARI and AMI rave", UNHARMED, disturbs(raving, 3), 8),
    Fault("every event told twice for 8 s", UNHARMED, disturbs(told_twice, 8), 4),
    Fault("events in disorder for 8 s", UNHARMED, disturbs(in_disorder, 8), 8),
    Fault("Asterisk killed", CUT, kills("asterisk"), 6, loses=True, operators_s=12),
    Fault("Asterisk restarts itself", CUT, restarted, 6, loses=True, operators_s=12),
    Fault("Asterisk ended in order", CUT, ended_in_order, 6, loses=True, operators_s=12),
    Fault("PBX refuses a third of all requests for 8 s", UNHARMED, refuses(1 / 3, 8), 8, operators_s=12),
    Fault("PBX overloaded for 8 s", UNHARMED, overloaded, 10, operators_s=12),
    Fault("Asterisk hangs for 4.5 s", UNHARMED, freezes("asterisk", 4.5), 8, operators_s=12),
    Fault("Asterisk hangs for 8 s", UNHARMED, freezes("asterisk", 8), 14, operators_s=16),
    POSTGRES_AWAY,
    Fault("Postgres killed", UNHARMED, kills("postgres"), 4, troubles=False),
    Fault("Postgres killed in the middle of a batch", UNHARMED, killed_in_a_batch, 4, troubles=False),
    Fault(
        "Postgres takes a second for each statement, for 12 s", UNHARMED, disturbs(slow_postgres, 12), 4, troubles=False
    ),
    Fault("Postgres half-open for 8 s", UNHARMED, disturbs(dead_postgres, 8), 4, troubles=False),
    Fault("Postgres has no connection left for 8 s", UNHARMED, allows_no_connection, 4, troubles=False),
    Fault("trunk loses 5 % of all packets", UNHARMED, bad(losing(5), 10), 6, troubles=False),
    Fault("trunk loses 20 % of all packets", UNHARMED, bad(losing(20), 10), 10, troubles=False, silences=True),
    Fault(
        "trunk delays packets by 0 to 60 ms, in disorder",
        UNHARMED,
        bad(delaying(0.06), 10),
        4,
        troubles=False,
        garbles=True,
    ),
    Fault("sound passes one way only", UNHARMED, one_way, 4, troubles=False, silences=True),
    Fault("trunk away for 2 s of 5, four times", UNHARMED, flapping, 8, troubles=False, silences=True),
    Fault("carrier forgets us, four times", UNHARMED, REGISTER.forgets, 4, troubles=False, around=REGISTER.kept),
    Fault("carrier answers no OPTIONS", f"an alarm; {UNHARMED}", answers_no_options, 4, troubles=False),
    Fault("a deploy takes a queue away", UNHARMED, deploy_takes_a_queue_away, 4, troubles=False),
    Fault("departments refuse", UNHARMED, departments_refuse, 4, troubles=False),
    Fault("a telephone registers twice", UNHARMED, telephone_registers_twice, 4, troubles=False),
    Fault("two telephones unplugged for 6 s", UNHARMED, telephones_unplugged, 4, troubles=False),
    Fault(
        "a talking telephone is torn out", f"the citizen has another operator; {UNHARMED}", torn_out, 4, troubles=False
    ),
    Fault("a telephone answers after CANCEL", UNHARMED, answers_late, 4, troubles=False),
    Fault("carrier offers late", UNHARMED, carrier_plays("late_offer", 10), 4, troubles=False),
    Fault("storm of re-INVITEs", UNHARMED, carrier_plays("reinvites", 20), 4, troubles=False),
    Fault("carrier wants session timers", UNHARMED, carrier_plays("session_timer", 10), 4, troubles=False),
    Fault(
        "session timer runs out unless we refresh", UNHARMED, carrier_plays("session_refreshed", 1), 4, troubles=False
    ),
    Fault(
        "primary dies, its standby is promoted", UNHARMED, STANDBY.promoted, 4, troubles=False, around=STANDBY.followed
    ),
    Fault("clock set 5 min ahead and back", UNHARMED, to_and_fro, 4, troubles=False, around=settable(*OURS)),
    Fault(
        "Asterisk's clock set 5 min ahead",
        f"{CUT_BY_CLOCK}; operators are reached when their telephones register again",
        ahead,
        4,
        loses=True,
        operators_s=16,
        around=settable("asterisk"),
    ),
    Fault("no name can be resolved for 12 s", UNHARMED, names.resolver_dies, 6, operators_s=18, around=names.named),
    Fault("fsync takes 1 s for 12 s", UNHARMED, slow_disk("switchboard", "fsync,fdatasync", 1, 12), 4, troubles=False),
    Fault(
        "writing takes 300 ms for 8 s",
        UNHARMED,
        slow_disk("switchboard", "pwrite64,fsync,fdatasync", 0.3, 8),
        6,
        operators_s=20,
    ),
    Fault("worker killed", UNHARMED, kills("worker"), 4, troubles=False),
    Fault("sentinel killed", UNHARMED, kills("sentinel"), 4, troubles=False),
    Fault("power cut", CUT, power_cut, 25, loses=True, operators_s=40),
)
SHORT = tuple(
    replace(fault, within_s=2 * fault.within_s, operators_s=2 * fault.operators_s) for fault in (KILLED, POSTGRES_AWAY)
)
"""For `make test`, where four centres share a machine: there everything may take twice as long."""


def named(parts: Sequence[str]) -> list[Fault]:
    """The faults whose name has one of these parts, whatever the case.

    Raises:
        LookupError: no name has this part.
    """
    for part in parts:
        if not any(part.lower() in fault.name.lower() for fault in FAULTS):
            raise LookupError(
                f"no fault has {part!r} in its name; there are {', '.join(fault.name for fault in FAULTS)}"
            )
    return [fault for fault in FAULTS if any(part.lower() in fault.name.lower() for part in parts)]
