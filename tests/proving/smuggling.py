"""What callers send that is more than a call: text meant for the dialplan, the database or the page, and keys without end."""

import asyncio
import re
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from ctl.lab import scenes, webuser
from ctl.lab.lines import Line
from ctl.lab.party import Party
from ctl.lab.pulse import TooLateError, eventually
from tests.lab.ground import EXTENSIONS
from tests.proving.place import Place
from tests.proving.report import Case
from tests.proving.signs import Sign, Watch
from tests.proving.stranger import Stranger, header

TEXTS = {
    "dialplan": "${SHELL(touch %s)}${SYSTEM(touch %s)}$[1+1]",
    "sql": "'; DROP TABLE calls; --",
    "html": "<script>alert(1)</script>",
    "right to left": "\u202e5550\u202c豊島",
    "line": "a%0d%0aX-Evil: 1",
    "header": "a\r\nX-Evil: 1\r\nX: ",
}
"""The last one goes into users only, where it is escaped: in a header of the carrier's it would be one more header of his."""
FOREIGN = ("<script>alert", "&lt;script", "DROP TABLE", "SHELL", "\u202e", "X-Evil")
AT_ONCE = 3
"""Hostile callers who wait for an operator at a time; there are four."""


async def smuggling(place: Place, heard: list[bytes]) -> list[Case]:
    """Names, users and headers that are text for somebody else: the dialplan, the database, the page, the telephones.

    No alarm: whom the carrier brings may call himself as he likes, and nothing of it is kept or sent on (`overheard`).
    """
    callers = []
    async with Stranger.opened(place.town.centre, place.town.town.carrier) as carrier:
        for n, text in enumerate(TEXTS.values()):
            hostile, escaped = _hostile(text)
            caller = f"080555{place.net.split('.')[1]:>03}{n:02}"
            callers.append(caller)
            names = {
                "Diversion": f'"{hostile}" <sip:{escaped}@{place.net}.10>;reason=unconditional',
                "P-Asserted-Identity": f'"{hostile}" <sip:{caller}@{place.net}.10>',
                "X-CTL": hostile,
                "Subject": hostile,
                "User-Agent": hostile,
            }
            call = f"smuggle-{n}-{caller}"
            carrier.send(carrier.request("INVITE", scenes.INQUIRY, sender=caller, name=hostile, call=call, more=names))
            await carrier.answer_to(call)
            other = f"{call}-user"
            carrier.send(carrier.request("INVITE", scenes.INQUIRY, sender=escaped, name=hostile, call=other))
            await carrier.answer_to(other)
            third = f"{call}-dialled"
            carrier.send(carrier.request("INVITE", f"03{escaped}", sender=caller, call=third))
            await carrier.answer_to(third)
        heard += carrier.heard

    async def kept() -> bool:
        done = await place.centre.ctl("calls", "--json")
        found = {call.get("caller") for call in done.document if call["ended_at"]}
        return set(callers) <= found

    await eventually(kept, "the calls are in the records", 60)
    rung = await _operators(place, callers)
    marks = list(place.centre.settings.under().rglob("smuggled"))
    text = (await place.centre.ctl("calls", "--json")).out + (await place.centre.ctl("calls")).out
    foreign = [name for name in FOREIGN if name in text]
    pages = await _pages(place, callers)
    heard += [text.encode(), *(page.encode() for page in pages.values())]
    on_pages = [f"{name} at {path}" for path, page in pages.items() for name in FOREIGN if name in page]
    unseen = [caller for caller in callers if not any(caller in page for page in pages.values())]
    return [
        Case(
            f"{3 * len(TEXTS)} calls with text for dialplan, database and page",
            "no command ran",
            f"{len(marks)} marks",
            not marks,
        ),
        Case(
            "telephones that ring for such callers",
            f"{len(TEXTS)}, and none is sent a word of it",
            f"{rung} rang; what they were sent: see below",
            rung == len(TEXTS),
        ),
        Case("the records of these calls", "there, numbers only", f"foreign text: {foreign or 'none'}", not foreign),
        Case(
            f"{len(pages)} pages and documents that show them",
            "numbers only, no script",
            f"foreign text: {on_pages or 'none'}, not shown: {unseen or 'none'}",
            not on_pages and not unseen,
        ),
    ]


def _hostile(text: str) -> tuple[str, str]:
    """For a header, and escaped for the user of an address."""
    plain = text.replace("%s", "/centre/recordings/smuggled").replace('"', "'")
    return plain.replace("\r\n", " "), "".join(f"%{byte:02x}" for byte in plain.encode())


async def _operators(place: Place, callers: Sequence[str]) -> int:
    """Such callers wait for operators; how many telephones ring for them."""
    centre, town = place.centre, place.town
    phones = [town.phone(extension) for extension in EXTENSIONS]
    texts, rung = list(zip(callers, TEXTS.values(), strict=True)), 0
    for first in range(0, len(texts), AT_ONCE):
        before = _rings(phones)
        async with Stranger.opened(town.centre, town.town.carrier) as carrier:
            carrier.hangs_up = False
            answers = []
            for n, (caller, text) in enumerate(texts[first : first + AT_ONCE]):
                hostile, escaped = _hostile(text)
                call = f"smuggle-rung-{first + n}-{caller}"
                more = {"X-CTL": hostile, "Subject": hostile}
                invite = carrier.request("INVITE", scenes.INQUIRY, sender=escaped, name=hostile, call=call, more=more)
                carrier.send(invite)
                answers.append(await carrier.answer_to(call))
            await centre.gets_ready(*EXTENSIONS)
            with suppress(TooLateError):
                await eventually(partial(_come_to_ring, carrier, answers, phones, before), "operators are rung", 40)
            rung += min(_rings(phones) - before, len(answers))
            for answer in answers:
                carrier.send(carrier.inside(answer, "BYE", 1))
                await carrier.answer_to(header(answer, "Call-ID", "i"), 2)
        await place.sweep()
    return rung


def _rings(phones: Sequence[Line]) -> int:
    return sum(len(phone.calls) for phone in phones)


async def _come_to_ring(carrier: Stranger, answers: Sequence[bytes], phones: Sequence[Line], before: int) -> bool:
    """Press the key of an inquiry, again as long as nobody is rung: in the queue it means nothing."""
    for answer in answers:
        carrier.press(answer, scenes.FIRST_MENU)
    await asyncio.sleep(1)
    return _rings(phones) >= before + len(answers)


async def _pages(place: Place, callers: Sequence[str]) -> dict[str, str]:
    """What somebody who sees everything is shown: the floor while such a call waits, the list, and each call."""
    hostile = TEXTS["html"]
    async with (
        webuser.signed_in(place.centre, "manager") as browser,
        Stranger.opened(place.town.centre, place.town.town.carrier) as carrier,
    ):
        carrier.hangs_up = False
        call = f"smuggle-floor-{carrier.at}"
        carrier.send(carrier.request("INVITE", scenes.INQUIRY, sender=callers[0], name=hostile, call=call))
        answer = await carrier.answer_to(call)
        async with browser.get("/api/calls") as listed:
            rows = (await listed.json())["calls"]
        paths = ["/floor", "/api/floor", "/calls", "/api/calls"]
        paths += [f"/calls/{row['id']}" for row in rows if row.get("caller") in callers]
        pages = {}
        for path in paths:
            async with browser.get(path) as page:
                pages[path] = await page.text()
        carrier.send(carrier.inside(answer, "BYE", 1))
        await carrier.answer_to(call, 2)
    return pages


async def keys(place: Place, heard: list[bytes]) -> list[Case]:
    """Four callers press keys without end, in the menu and while they wait."""
    watch = await Watch.begun(place)

    async def presses(citizen: Party) -> None:
        await citizen.is_up()
        for _ in range(5):
            await citizen.press("9*#0" * 10)

    callers = [await place.town.citizen_calls(scenes.INQUIRY, f"presser {n}") for n in range(4)]
    await asyncio.gather(*(presses(one) for one in callers))
    await place.centre.gets_ready("2001")
    phone = await place.town.rings(place.town.phone("2001"), within_s=30)
    await phone.answer()
    caller = next(one for one in callers if one.caller == phone.caller)
    calls = [(await place.centre.call_of(one))["id"] for one in callers]
    # A telephone that sends keys is silent meanwhile: it is heard once it has sent its last.
    hears = await caller.hears(phone, within_s=60) and await phone.hears(caller, within_s=60)
    signs = [Sign(f"caller_misuse:{call}", rf"key_flood call={re.escape(call)} ") for call in calls]
    told = await watch.case("keys without end", *signs)  # while they go on: not all may have sent theirs
    await place.sweep()
    return [
        Case("800 keys of four callers", "who comes first is served", "heard" if hears else "not heard", hears),
        told,
    ]
