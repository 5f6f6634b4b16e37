"""Malice and nonsense: the messages of RFC 4475 and thousands around them, guessers, floods, and ways to forbidden numbers."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from random import SystemRandom

from ctl.lab import scenes
from ctl.lab.pulse import TooLateError, eventually
from ctl.lab.vanishing import proof_of
from ctl.secrets import Secrets
from tests.proving.fraud import FORBIDDEN, RAW, crafted_departments, expensive_numbers, ransom, references, tried
from tests.proving.intruders import doors, flood, guessing, scanners, strangers_calls
from tests.proving.life import Life
from tests.proving.malformed import ANSWERS, Answer, message
from tests.proving.mutations import mutants
from tests.proving.place import Place
from tests.proving.report import Case, Report
from tests.proving.smuggling import keys, smuggling
from tests.proving.stranger import Stranger, header, pour, pour_web, status, statuses
from tests.proving.webattacks import screens

Attack = Callable[[Place, list[bytes]], Awaitable[list[Case]]]
"""An attack on a place; what was heard from the PBX goes into the list."""
STRANGER = 40
"""Last part of the address of somebody who is neither the carrier nor a telephone; others follow it."""
A_SECOND = 400
"""Messages of the fuzzer: more than any scanner sends, and few enough that what comes back is the PBX's own doing."""
MOST_IN_A_CONNECTION = 20
FRESH_EVERY = 200
"""So many messages go with one challenge: it holds for some seconds only."""
DIALLED = ("2001", scenes.INQUIRY, "*21", FORBIDDEN[0])
SHORT: Sequence[Attack] = (guessing, strangers_calls, references, doors)
ALL: Sequence[Attack] = (
    *SHORT,
    flood,
    smuggling,
    expensive_numbers,
    crafted_departments,
    ransom,
    keys,
    scanners,
    screens,
)


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
        cases += await standard(place, heard)
        cases += await fuzz(place, seed, 500 if short else 20_000, heard)
        if not short:
            cases.append(await life.proof("nonsense", heard))
    for attack in [one for one in (SHORT if short else ALL) if not only or one.__name__ in only]:
        print(f"{attack.__name__} …", flush=True)
        try:
            cases += await attack(place, heard)
        except (TooLateError, AssertionError) as late:
            await place.sweep()  # what it began shall not disturb what follows
            cases.append(
                Case(attack.__name__, "tried to its end", str(late).splitlines()[0] if str(late) else repr(late), False)
            )
        if not short:
            cases.append(await life.proof(attack.__name__, heard))
    if short:
        cases.append(await life.proof("all of it", heard))
    notes = [f"Seed of the fuzzer: {seed}", f"Took {time.monotonic() - began:.0f} s"]
    return Report(cases, notes=notes)


async def standard(place: Place, heard: list[bytes]) -> list[Case]:
    """The 49 messages from an address that nobody knows, each as it is written: nobody is let in by any of them."""
    address, port = f"{place.net}.{STRANGER}", place.centre.settings.sip_port
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
        refused = bool(got) and min(got) >= 400
        right = {Answer.REFUSAL: refused, Answer.EITHER: refused or not got, Answer.SILENCE: not got}[answer]
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
        )
    ]


def models(stranger: Stranger) -> list[bytes]:
    """What is broken by the fuzzer: the standard's messages, and those that a telephone really sends."""
    number = scenes.INQUIRY
    plain = [stranger.request(method, number) for method in ("INVITE", "REGISTER", "OPTIONS", "MESSAGE", "SUBSCRIBE")]
    return [message(name) for name in ANSWERS] + plain * 10


async def fuzz(place: Place, seed: int, number: int, heard: list[bytes]) -> list[Case]:
    """A third as the carrier, who may call; a third as a stranger by UDP; a third by TCP and TLS."""
    carrier, foreign = place.town.town.carrier, f"{place.net}.{STRANGER + 1}"
    each = number // 3
    cases = []
    for who, address in (("the carrier", carrier), ("a stranger", foreign)):
        async with Stranger.opened(place.town.centre, address) as sender:
            began = time.monotonic()
            for count, text in enumerate(mutants(seed, models(sender), each), 1):
                sender.send(text)
                if count % 20 == 0:  # paced by the clock, so that a slow machine is not asked for more
                    await asyncio.sleep(max(0.0, began + count / A_SECOND - time.monotonic()))
            await sender.ask("OPTIONS", scenes.INQUIRY)
            codes = Counter(code for one in sender.heard if (code := status(one)) >= 200)
            heard += sender.heard
            let_in = 0 if address == carrier else sum(n for code, n in codes.items() if code < 300)
            seen = ", ".join(f"{n} × {code}" for code, n in sorted(codes.items()))
            expected = "answers afterwards" if address == carrier else "nobody is let in, answers afterwards"
            cases.append(Case(f"{each} broken messages as {who}, by UDP", expected, seen, not let_in))
    texts = []
    async with Stranger.opened(place.town.centre, foreign) as sender:
        texts = list(mutants(seed + 1, models(sender), each))
        settings = place.centre.settings
        back = b""
        for start in range(0, len(texts), MOST_IN_A_CONNECTION):
            tls = (start // MOST_IN_A_CONNECTION) % 4 == 3
            port = settings.sip_tls_port if tls else settings.sip_port
            back += await pour(place.town.centre, port, foreign, texts[start : start + MOST_IN_A_CONNECTION], tls=tls)
        await sender.ask("OPTIONS", scenes.INQUIRY)
        heard.append(back)
    codes = Counter(code for code in statuses(back) if code >= 200)
    seen = ", ".join(f"{n} × {code}" for code, n in sorted(codes.items())) or "no answer"
    cases.append(
        Case(
            f"{each} broken messages by TCP and TLS",
            "nobody is let in, answers afterwards",
            seen,
            not any(code < 300 for code in codes),
        )
    )
    cases.append(await _by_web(place, seed, 10 if number < 1000 else 50, heard))
    cases.append(await _by_telephone(place, seed, each, heard))
    return cases


async def _by_telephone(place: Place, seed: int, number: int, heard: list[bytes]) -> Case:
    """A telephone of the ward that is signed in and has lost its mind: broken messages with a password that holds."""
    password = Secrets.of(place.centre.settings).operator(RAW)
    methods = ("INVITE", "REGISTER", "OPTIONS", "MESSAGE", "SUBSCRIBE", "REFER", "PUBLISH")
    lines = [place.town.line(one) for one in tried()]
    before = sum(len(line.calls) for line in lines)
    async with Stranger.opened(place.town.centre, f"{place.net}.{STRANGER + 2}") as phone:
        registered = status(await phone.prove("REGISTER", RAW, RAW, password))
        for start in range(0, number, FRESH_EVERY):
            challenge = await phone.ask("OPTIONS", RAW, sender=RAW)
            proven = [_proven(phone, challenge, method, to, password) for method in methods for to in DIALLED]
            for text in mutants(seed + 3 + start, proven, min(FRESH_EVERY, number - start)):
                phone.send(text)
                await asyncio.sleep(1 / A_SECOND)
        again = status(await phone.prove("REGISTER", RAW, RAW, password))
        heard += phone.heard
        codes = Counter(code for one in phone.heard if (code := status(one)) >= 200)
    called = sum(len(line.calls) for line in lines) - before
    return Case(
        f"{number} broken messages as a telephone that is signed in",
        "answers afterwards, no expensive number is called",
        f"{', '.join(f'{n} × {code}' for code, n in sorted(codes.items()))}; {called} calls",
        (registered, again, called) == (200, 200, 0),
    )


def _proven(phone: Stranger, challenge: bytes, method: str, to: str, password: str) -> bytes:
    """A request with the password in it, as the challenge asks for it."""
    proof = proof_of(challenge.decode(), method, f"sip:{to}@{phone.centre}", RAW, password)
    return phone.request(method, to, sender=RAW, number=2, more={"Authorization": proof})


async def _by_web(place: Place, seed: int, connections: int, heard: list[bytes]) -> Case:
    """What browser telephones speak, broken."""
    url = f"http://{place.centre.settings.pbx_host}:{place.centre.settings.http_port}/ws"
    back: list[bytes] = []
    async with Stranger.opened(place.town.centre, f"{place.net}.{STRANGER + 1}") as sender:
        texts = list(mutants(seed + 2, models(sender), connections * MOST_IN_A_CONNECTION))
        for start in range(0, len(texts), MOST_IN_A_CONNECTION):
            back += await pour_web(url, texts[start : start + MOST_IN_A_CONNECTION])
        asked = await pour_web(url, [sender.request("OPTIONS", scenes.INQUIRY, via="WS")])
    heard += [*back, *asked]
    codes = Counter(code for one in back if (code := status(one)) >= 200)
    let_in = any(code < 300 for code in codes)
    return Case(
        f"{len(texts)} broken messages by WebSocket",
        "nobody is let in, answers afterwards",
        ", ".join(f"{n} × {code}" for code, n in sorted(codes.items())) or "no answer",
        not let_in and [status(one) for one in asked] == [401],
    )
