"""Malice and nonsense: the messages of RFC 4475 and thousands around them, guessers, floods, and ways to forbidden numbers."""

import asyncio
import os
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from random import SystemRandom

from ctl.lab import scenes
from ctl.lab.pulse import TooLateError, eventually
from ctl.lab.vanishing import proof_of
from ctl.secrets import Secrets
from tests.proving.diversions import other_places, replaced, sent_on
from tests.proving.forging import forged_lines, forgery, nameless
from tests.proving.fraud import FORBIDDEN, RAW, crafted_departments, expensive_numbers, ransom, references
from tests.proving.hoarders import hoarding
from tests.proving.hostilesettings import hostile_settings
from tests.proving.intruders import doors, flood, guessing, scanners, strangers_calls
from tests.proving.life import Life
from tests.proving.malformed import ANSWERS, Answer, message
from tests.proving.mutations import mutants
from tests.proving.overheard import overhearing
from tests.proving.place import Place
from tests.proving.report import Case, Report
from tests.proving.signs import Watch, refused
from tests.proving.smuggling import keys, smuggling
from tests.proving.stranger import Stranger, header, pour, pour_web, status, statuses
from tests.proving.webattacks import screens

Attack = Callable[[Place, list[bytes]], Awaitable[list[Case]]]
"""An attack on a place; what was heard from the PBX goes into the list."""
STRANGER, FUZZER, TELEPHONE, STREAMS, BROWSER = 40, 41, 42, 49, 55
"""Last parts of the addresses of some who are neither the carrier nor, but for one, a telephone."""
A_SECOND = 400
"""Messages of the fuzzer: more than any scanner sends, and few enough that what comes back is the PBX's own doing."""
MOST_IN_A_CONNECTION = 20
FRESH_EVERY = 200
"""So many messages go with one challenge: it holds for some seconds only."""
DIALLED = ("2001", scenes.INQUIRY, "*21", FORBIDDEN[0])
SHORT: Sequence[Attack] = (guessing, strangers_calls, references, doors)
ALL: Sequence[Attack] = (
    *SHORT,
    sent_on,
    other_places,
    replaced,
    flood,
    hoarding,
    smuggling,
    forgery,
    forged_lines,
    nameless,
    expensive_numbers,
    crafted_departments,
    hostile_settings,
    ransom,
    keys,
    scanners,
    screens,
)
CALLING = ("fuzz", "ransom")
"""Attacks in which ordinary numbers may be called: by a telephone that is signed in, and back to whom that was promised."""


async def torture(place: Place, short: bool, seed: int | None = None, only: Collection[str] = ()) -> Report:
    """Every attack, and after each group the proof of life. ``short``: half a minute of it; ``only``: the attacks of
    these names, and no nonsense before.

    The fuzzer's ``seed`` is that of the environment, ``SEED=… make torture``, or a new one.
    """
    if seed is None:
        seed = int(os.environ.get("SEED") or SystemRandom().randrange(1 << 32))
    print(f"seed {seed}", flush=True)
    began = time.monotonic()
    life = Life(place)
    cases: list[Case] = []
    heard: list[bytes] = []
    if not only:
        cases += await overheard(place, standard, heard)
        cases += await overheard(place, fuzzing(seed, 500 if short else 20_000), heard)
        if not short:
            cases.append(await life.proof("nonsense", heard))
    for attack in [one for one in (SHORT if short else ALL) if not only or one.__name__ in only]:
        print(f"{attack.__name__} …", flush=True)
        cases += await overheard(place, attack, heard)
        if not short:
            cases.append(await life.proof(attack.__name__, heard))
    if short:
        cases.append(await life.proof("all of it", heard))
    cases.append(await life.shown())
    notes = [f"Seed of the fuzzer: {seed}", f"Took {time.monotonic() - began:.0f} s"]
    return Report(cases, notes=notes)


async def overheard(place: Place, attack: Attack, heard: list[bytes]) -> list[Case]:
    """An attack to its end or to where it failed, and what the centre sent meanwhile."""
    name = attack.__name__
    async with overhearing(place, place.folder / f"torture-{name}.pcap") as sent:
        try:
            cases = await attack(place, heard)
        except (TooLateError, AssertionError) as late:
            await place.sweep()  # what it began shall not disturb what follows
            cases = [Case(name, "tried to its end", str(late).splitlines()[0] if str(late) else repr(late), False)]
    return [*cases, sent.case(name, place.town.town.carrier, ordinary=name in CALLING)]


def fuzzing(seed: int, number: int) -> Attack:
    """`fuzz` with so many messages."""

    async def fuzz_(place: Place, heard: list[bytes]) -> list[Case]:
        return await fuzz(place, seed, number, heard)

    fuzz_.__name__ = fuzz.__name__
    return fuzz_


async def standard(place: Place, heard: list[bytes]) -> list[Case]:
    """The 49 messages from an address that nobody knows, each as it is written: nobody is let in by any of them."""
    address, port = f"{place.net}.{STRANGER}", place.centre.settings.sip_port
    watch = await Watch.begun(place)
    by_tcp = [name for name in ANSWERS if "TCP" in header(message(name), "Via", "v")]
    async with Stranger.opened(place.town.centre, address, 5060) as stranger:
        for name in ANSWERS:
            if name not in by_tcp:
                stranger.send(message(name))
        streams = await asyncio.gather(
            *(pour(place.town.centre, port, address, [message(name)], quiet_s=3) for name in by_tcp)
        )
        answered = dict(zip(by_tcp, streams, strict=True))

        def finals(name: str) -> list[int]:
            call = header(message(name), "Call-ID", "i")
            found = {status(one) for one in (*stranger.answers_to(call), answered.get(name, b""))}
            return sorted(code for code in found if code >= 200)

        async def all_refused() -> bool:
            return all(finals(name) for name, answer in ANSWERS.items() if answer is Answer.REFUSAL)

        with suppress(TooLateError):  # told below, one by one
            await eventually(all_refused, "all valid requests are refused", 4)
        heard += [*stranger.heard, *streams]
    wrong = []
    for name, answer in ANSWERS.items():
        got = finals(name)
        is_refused = bool(got) and min(got) >= 400
        right = {Answer.REFUSAL: is_refused, Answer.EITHER: is_refused or not got, Answer.SILENCE: not got}[answer]
        if not right:
            wrong.append(f"{name}: {got or 'silence'} instead of {answer}")
    codes = Counter(code for name in ANSWERS for code in finals(name))
    seen = ", ".join(f"{number} × {code}" for code, number in sorted(codes.items()))
    silent = sum(not finals(name) for name in ANSWERS)
    return [
        Case(
            "49 messages of RFC 4475",
            "refused, or no answer where the standard allows none",
            "; ".join(wrong) or f"{seen}, {silent} without an answer",
            not wrong,
        ),
        await watch.case("messages of RFC 4475", refused(address)),
    ]


def models(stranger: Stranger) -> list[bytes]:
    """What is broken by the fuzzer: the standard's messages, and those that a telephone really sends."""
    number = scenes.INQUIRY
    plain = [stranger.request(method, number) for method in ("INVITE", "REGISTER", "OPTIONS", "MESSAGE", "SUBSCRIBE")]
    return [message(name) for name in ANSWERS] + plain * 10


async def fuzz(place: Place, seed: int, number: int, heard: list[bytes]) -> list[Case]:
    """A third as the carrier, who may call; a third as a stranger by UDP; a third by TCP and TLS; then by WebSocket, and as
    a telephone."""
    each = number // 3
    return [
        await _by_udp(place, seed, each, heard, "the carrier", place.town.town.carrier),
        *await _strangers(place, seed, each, heard),
        *await _by_streams(place, seed, each, heard),
        *await _by_web(place, seed, 10 if number < 1000 else 50, heard),
        *await _by_telephone(place, seed, each, heard),
    ]


async def _strangers(place: Place, seed: int, number: int, heard: list[bytes]) -> list[Case]:
    watch, address = await Watch.begun(place), f"{place.net}.{FUZZER}"
    case = await _by_udp(place, seed, number, heard, "a stranger", address)
    return [case, await watch.case("broken messages by UDP", refused(address))]


async def _by_udp(place: Place, seed: int, number: int, heard: list[bytes], who: str, address: str) -> Case:
    """The carrier may call, so his calls are let in, and nothing of his is an attack that could be told of."""
    carrier = address == place.town.town.carrier
    async with Stranger.opened(place.town.centre, address) as sender:
        began = time.monotonic()
        for count, text in enumerate(mutants(seed, models(sender), number), 1):
            sender.send(text)
            if count % 20 == 0:  # paced by the clock, so that a slow machine is not asked for more
                await asyncio.sleep(max(0.0, began + count / A_SECOND - time.monotonic()))
        after = await _asked(sender)
        codes = Counter(code for one in sender.heard if (code := status(one)) >= 200)
        heard += sender.heard
    let_in = 0 if carrier else sum(n for code, n in codes.items() if code < 300)
    wanted = 200 if carrier else 401
    return Case(
        f"{number} broken messages as {who}, by UDP",
        "answers afterwards; no alarm: he may call" if carrier else "nobody is let in, answers afterwards",
        f"{_counted(codes)}; afterwards {after or 'silence'}",
        not let_in and after == wanted,
    )


async def _asked(sender: Stranger) -> int:
    """What a question is answered with now; 0 for silence."""
    with suppress(TooLateError):
        return status(await sender.ask("OPTIONS", scenes.INQUIRY))
    return 0


def _counted(codes: Counter[int]) -> str:
    return ", ".join(f"{n} × {code}" for code, n in sorted(codes.items())) or "no answer"


async def _by_streams(place: Place, seed: int, number: int, heard: list[bytes]) -> list[Case]:
    """By TCP, every fourth connection by TLS. The doors that were attacked are asked afterwards, each by itself."""
    watch, address, settings = await Watch.begun(place), f"{place.net}.{STREAMS}", place.centre.settings
    back = b""
    async with Stranger.opened(place.town.centre, address) as sender:
        texts = list(mutants(seed + 1, models(sender), number))
        for start in range(0, len(texts), MOST_IN_A_CONNECTION):
            tls = (start // MOST_IN_A_CONNECTION) % 4 == 3
            port = settings.sip_tls_port if tls else settings.sip_port
            back += await pour(place.town.centre, port, address, texts[start : start + MOST_IN_A_CONNECTION], tls=tls)
        after = {}
        for door, port in (("TCP", settings.sip_port), ("TLS", settings.sip_tls_port)):
            question = [sender.request("OPTIONS", scenes.INQUIRY, via=door)]
            answer = await pour(place.town.centre, port, address, question, tls=door == "TLS", quiet_s=3)
            after[door] = statuses(answer)
    heard.append(back)
    codes = Counter(code for code in statuses(back) if code >= 200)
    seen = ", ".join(f"{door} {found or 'silence'}" for door, found in after.items())
    signs = [refused(address, rf"ami_security .*from=IPV4/{door}/{re.escape(address)}/") for door in after]
    return [
        Case(
            f"{number} broken messages by TCP and TLS",
            "nobody is let in, both doors answer afterwards",
            f"{_counted(codes)}; afterwards {seen}",
            not any(code < 300 for code in codes) and all(found == [401] for found in after.values()),
        ),
        await watch.case("broken messages by TCP and TLS", *signs),
    ]


async def _by_telephone(place: Place, seed: int, number: int, heard: list[bytes]) -> list[Case]:
    """A telephone of the ward that is signed in and has lost its mind: broken messages with a password that holds.

    Whether one that dials a forbidden number is whole enough to be told of is chance: see `fraud.expensive_numbers`.
    """
    password = Secrets.of(place.centre.settings).operator(RAW)
    methods = ("INVITE", "REGISTER", "OPTIONS", "MESSAGE", "SUBSCRIBE", "REFER", "PUBLISH")
    async with Stranger.opened(place.town.centre, f"{place.net}.{TELEPHONE}") as phone:
        registered = status(await phone.prove("REGISTER", RAW, RAW, password))
        for start in range(0, number, FRESH_EVERY):
            challenge = await phone.ask("OPTIONS", RAW, sender=RAW)
            proven = [_proven(phone, challenge, method, to, password) for method in methods for to in DIALLED]
            for text in mutants(seed + 3 + start, proven, min(FRESH_EVERY, number - start)):
                phone.send(text)
                await asyncio.sleep(1 / A_SECOND)
        again = status(await phone.prove("REGISTER", RAW, RAW, password))
        await phone.prove("REGISTER", RAW, RAW, password, gone=True)
        heard += phone.heard
        codes = Counter(code for one in phone.heard if (code := status(one)) >= 200)
    return [
        Case(
            f"{number} broken messages as a telephone that is signed in",
            "answers afterwards",
            f"{_counted(codes)}; afterwards {again}",
            (registered, again) == (200, 200),
        ),
    ]


def _proven(phone: Stranger, challenge: bytes, method: str, to: str, password: str) -> bytes:
    """A request with the password in it, as the challenge asks for it."""
    proof = proof_of(challenge.decode(), method, f"sip:{to}@{phone.centre}", RAW, password)
    return phone.request(method, to, sender=RAW, number=2, more={"Authorization": proof})


async def _by_web(place: Place, seed: int, connections: int, heard: list[bytes]) -> list[Case]:
    """What browser telephones speak, broken."""
    url = f"http://{place.centre.settings.pbx_host}:{place.centre.settings.http_port}/ws"
    back: list[bytes] = []
    watch, address = await Watch.begun(place), f"{place.net}.{BROWSER}"
    async with Stranger.opened(place.town.centre, address) as sender:
        texts = list(mutants(seed + 2, models(sender), connections * MOST_IN_A_CONNECTION))
        for start in range(0, len(texts), MOST_IN_A_CONNECTION):
            back += await pour_web(url, address, texts[start : start + MOST_IN_A_CONNECTION])
        asked = await pour_web(url, address, [sender.request("OPTIONS", scenes.INQUIRY, via="WS")])
    heard += [*back, *asked]
    codes = Counter(code for one in back if (code := status(one)) >= 200)
    let_in = any(code < 300 for code in codes)
    return [
        Case(
            f"{len(texts)} broken messages by WebSocket",
            "nobody is let in, answers afterwards",
            _counted(codes),
            not let_in and [status(one) for one in asked] == [401],
        ),
        await watch.case(
            "broken messages by WebSocket", refused(address, rf"ami_security .*from=IPV4/WS/{re.escape(address)}/")
        ),
    ]
