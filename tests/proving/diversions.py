"""Telephones of the ward, signed in, that have the centre call whom they like: by sending a call on, by saying that they are
where the carrier is, by putting another call in the place of theirs."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from ipaddress import IPv4Address

from ctl.lab import scenes
from ctl.lab.pulse import TooLateError, eventually
from ctl.runtime.intrusion import TRIES
from ctl.secrets import Secrets
from tests.proving.fraud import RAW, TELEPHONE
from tests.proving.place import Place
from tests.proving.report import Case
from tests.proving.signs import Sign, Watch, refused
from tests.proving.stranger import HERE, Stranger, header, status

COSTLY = "0990123456"
PLUGGED = 48
"""Last part of the address of a telephone that registers from one place and says that it is at another."""
TWICE = 2
"""So often Asterisk's own queue rings a telephone before we believe that it does not follow it."""


def _onward(carrier: str) -> tuple[str, ...]:
    """Dial strings as the user of a URI, by which Asterisk would call the carrier with the ward's password or without,
    walk into the dialplan, or ring another; and what the key of an honest telephone says that sends calls on."""
    return (
        f"sip:PJSIP/{COSTLY}%40carrier@x",
        f"sip:PJSIP/carrier/sip%3A{COSTLY}%40{carrier}@x",
        f"sip:PJSIP/{RAW}/sip%3A{COSTLY}%40{carrier}@x",
        f"sip:Local/{COSTLY}%40from-trunk@x",
        f"sip:{COSTLY}@x",
    )


async def sent_on(place: Place, heard: list[bytes]) -> list[Case]:
    """A telephone answers each call with 302: while the switchboard rings it, and while Asterisk's own queue does. Its
    citizen goes to the next operator, and nobody outside is called: see `overheard`."""
    centre, town, carrier = place.centre, place.town, place.town.town.carrier
    password = Secrets.of(centre.settings).operator(RAW)
    watch = await Watch.begun(place)
    async with Stranger.opened(town.centre, f"{place.net}.{TELEPHONE}") as phone:
        phone.takes_calls = True
        assert status(await phone.prove("REGISTER", RAW, RAW, password)) == 200
        await centre.reaches(RAW)
        await centre.operator(RAW, "login")
        citizen = await scenes.waiting(centre, town)
        for phone.sends_on_to in _onward(carrier):
            await centre.operator(RAW, "ready")
            await centre.operator_is(RAW, "not_ready")
        rung = len(phone.taken)
        await centre.gets_ready("2001")
        operator = await town.rings(town.phone("2001"))
        await operator.answer()
        served = await citizen.hears(operator)
        told = await watch.case(
            "calls sent on by a telephone",
            Sign(f"telephone_attack:{RAW}", rf"pbx_refused kind=CallForwarded who={RAW}\b"),
        )
        await place.sweep()
        queued = await _by_the_queue(place, phone)
        await phone.prove("REGISTER", RAW, RAW, password, gone=True)
        await centre.reaches(RAW, not_any_more=True)
        heard += phone.heard
    return [
        Case(
            f"{len(_onward(carrier))} calls answered with 302",
            "refused each time, the next operator serves the citizen",
            f"rung {rung} times, {'served' if served else 'nobody is heard'}",
            rung == len(_onward(carrier)) and served,
        ),
        Case("302 while the switchboard sleeps", "not followed", f"rung {queued} times", queued >= TWICE),
        told,
    ]


async def _by_the_queue(place: Place, phone: Stranger) -> int:
    """How often Asterisk's own queue has rung the telephone when that is enough."""
    centre, town = place.centre, place.town
    phone.taken.clear()
    phone.sends_on_to = _onward(town.town.carrier)[0]
    await centre.operator(RAW, "login")
    await centre.operator(RAW, "ready")
    await centre.is_covered_by(RAW)
    with centre.asleep("switchboard"):
        citizen = await town.citizen_calls(scenes.INQUIRY)

        async def rung() -> bool:
            return len(phone.taken) >= TWICE

        with suppress(TooLateError):  # told by the number
            await eventually(rung, "Asterisk's own queue rings the telephone", 60)
        await citizen.hang_up()
        await citizen.is_gone()
    await place.sweep()
    return len(phone.taken)


async def other_places(place: Place, heard: list[bytes]) -> list[Case]:
    """A telephone registers from where it is, and says that it is where the carrier is: to ring it would be to call there."""
    centre, town, carrier = place.centre, place.town, place.town.town.carrier
    address, password = f"{place.net}.{PLUGGED}", Secrets.of(centre.settings).operator(RAW)
    ways = {
        "as a second place": ("<sip:nobody@192.0.2.1>;expires=0", f"<sip:{COSTLY}@{carrier}:5060>"),
        "in one line": (f"<sip:nobody@192.0.2.1>;expires=0, <sip:{COSTLY}@{carrier}:5060>",),
        "written as one number": (
            "<sip:nobody@192.0.2.1>;expires=0",
            f"<sip:{COSTLY}@{int(IPv4Address(carrier))}:5060>",
        ),
        "as maddr": (f"<sip:{COSTLY}@{address};maddr={carrier}>",),
        "as maddr of a second place": (
            "<sip:nobody@192.0.2.1>;expires=0",
            f"<sip:{COSTLY}@192.0.2.1;maddr={carrier}>",
        ),
    }
    watch = await Watch.begun(place)
    codes: dict[str, list[int]] = {way: [] for way in ways}
    async with Stranger.opened(town.centre, address) as phone:
        for way, contacts in ways.items():
            for _ in range(TRIES):
                answer = await phone.prove("REGISTER", RAW, RAW, password, contacts=contacts)
                codes[way].append(status(answer))
            if 200 in codes[way]:
                await _is_rung(place)
        honest = status(await phone.prove("REGISTER", RAW, RAW, password))
        await phone.prove("REGISTER", RAW, RAW, password, contacts=["*"], gone=True)
        heard += phone.heard
    seen = ", ".join(f"{way}: {sorted(set(found))}" for way, found in codes.items())
    let_in = any(code < 400 for found in codes.values() for code in found)
    return [
        Case(
            "registering at the carrier's address",
            "refused each time; where the telephone is, it may",
            f"{seen}; where it is: {honest}",
            not let_in and honest == 200,
        ),
        await watch.case("registering at the carrier's address", refused(address)),
    ]


async def _is_rung(place: Place) -> None:
    """Ring the telephone that is said to be at the carrier's, so that it is seen what that leads to."""
    with suppress(TooLateError):
        await place.centre.reaches(RAW)
        await place.centre.gets_ready(RAW)
        await scenes.waiting(place.centre, place.town)
        await place.centre.operator_is(RAW, "not_ready", "talking", "unreachable", within_s=30)
    await place.sweep()


async def replaced(place: Place, heard: list[bytes]) -> list[Case]:
    """A telephone that talks with a citizen puts a new call in the place of its own (INVITE with Replaces, RFC 3891): the
    new one is in no record and obeys nobody, so it is ended, and the citizen's with it as if the operator had hung up."""
    centre, town = place.centre, place.town
    password = Secrets.of(centre.settings).operator(RAW)
    watch = await Watch.begun(place)
    kept = []
    async with Stranger.opened(town.centre, f"{place.net}.{TELEPHONE}") as phone:
        phone.hangs_up, phone.takes_calls = False, True
        assert status(await phone.prove("REGISTER", RAW, RAW, password)) == 200
        await centre.reaches(RAW)
        for _ in range(TRIES):
            phone.taken.clear()
            await centre.gets_ready(RAW)
            citizen = await scenes.waiting(centre, town)
            await centre.phase(citizen, "talking")
            (invite,) = phone.taken
            answer = await phone.prove("INVITE", "2002", RAW, password, more={"Replaces": _of(invite)})
            try:
                await eventually(_ended(phone, answer), "the new call is ended", 10)
            except TooLateError:
                kept.append(header(answer, "Call-ID", "i"))
                phone.send(phone.inside(answer, "BYE", 1))
            await citizen.hang_up()
            await place.sweep()
        await phone.prove("REGISTER", RAW, RAW, password, gone=True)
        await centre.reaches(RAW, not_any_more=True)
        heard += phone.heard
    return [
        Case(
            f"{TRIES} calls put in the place of a talk",
            "ended at once",
            f"{len(kept)} go on" if kept else "so it is",
            not kept,
        ),
        await watch.case(
            "calls put in the place of a talk",
            Sign(f"telephone_attack:{RAW}", rf"pbx_refused kind=CallReplaced who={RAW}\b"),
        ),
    ]


def _of(invite: bytes) -> str:
    """The dialog of a call that was taken, as ``Replaces`` names it to the one who began it (RFC 3891 §3)."""
    tag = header(invite, "From", "f").partition("tag=")[2]
    return f"{header(invite, 'Call-ID', 'i')};to-tag={tag};from-tag={HERE}"


def _ended(phone: Stranger, answer: bytes) -> Callable[[], Awaitable[bool]]:
    """Asks whether the centre has refused this call, or hung up."""

    async def ask() -> bool:
        call = header(answer, "Call-ID", "i")
        return status(answer) >= 300 or any(
            one.startswith(b"BYE ") and header(one, "Call-ID", "i") == call for one in phone.heard
        )

    return ask
