"""Calls that cost the ward money and earn it for somebody else, by every way there is: dialled, referred, handed off,
asked back."""

import asyncio
import itertools
from collections.abc import Sequence
from contextlib import suppress

from ctl.lab import scenes
from ctl.lab.pulse import TooLateError
from ctl.secrets import Secrets
from tests.proving.place import Place
from tests.proving.report import Case
from tests.proving.stranger import Stranger, header, status

TELEPHONE = 46
"""Last part of the address of an operator's telephone that is a bare socket here."""
FORBIDDEN = ("010441234567", "0033010441234567", "0570000000", "0990123456", "0180123456")
"""International by two ways, and the numbers that cost more. Each is tried as it is, and behind 184 and 186, by which
callers in Japan hide and show their number."""
RAW = "2005"
"""An operator whose telephone is a bare socket here."""
CALLBACKS = "5"
"""The key of the menu behind which the laboratory offers call-backs."""
DIAL_STRINGS = (
    "010441234567",
    "PJSIP/0312345678@carrier",
    "PJSIP/2001",
    "Local/s@from-trunk",
    "sip:0312345678@evil.example",
    "0312345678@evil.example",
    "0312345678&PJSIP/2001",
    "0312345678,20,gM(x)",
    "03${SHELL(touch /centre/recordings/smuggled)}",
    "0312345678\\n",
    "+441234567890",
    "０１０４４１２３４５６７",
    "1840570000000",
    "2001",
    "*21",
)
COSTLY = ("0570000000", "0990123456", "0180123456")


async def expensive_numbers(place: Place, heard: list[bytes]) -> list[Case]:
    """A telephone of the ward dials, refers and hands off to numbers that are forbidden."""
    town, centre = place.town, place.centre
    reached = {number: len(town.line(number).calls) for number in tried()}
    await centre.gets_ready("2001")
    spoken = 0
    for number in tried():
        phone = await town.phone_dials("2001", number)
        with suppress(TooLateError):
            await phone.hears_speech(within_s=5)
            spoken += 1
        await phone.hang_up()
        await phone.is_gone()
    await place.sweep()
    citizen, operator = await scenes.talking(centre, town)
    obeyed = []
    call = await centre.call_of(citizen)
    for number in tried():
        for wish in ("consult", "transfer"):
            answer = await centre.client.command(wish, by="lab", call=call["id"], argument=number)
            if answer.ok:
                obeyed.append(f"{wish} {number}")
    hears = await citizen.hears(operator)
    await place.sweep()
    dialled = [number for number in tried() if len(town.line(number).calls) > reached[number]]
    names = {alarm["alarm"] for alarm in (await centre.floor())["alarms"]}
    alarmed = "toll_fraud:2001" in names
    return [
        Case(
            f"{len(tried())} forbidden numbers dialled", "none is called", f"called: {dialled or 'none'}", not dialled
        ),
        Case("what the telephone hears", "a word each time", f"{spoken} of {len(tried())}", spoken == len(tried())),
        Case("handoffs to these numbers by command", "refused", f"obeyed: {obeyed or 'none'}", not obeyed and hears),
        Case("alarm of toll fraud", "raised", "raised" if alarmed else "none", alarmed),
    ]


async def ransom(place: Place, heard: list[bytes]) -> list[Case]:
    """Citizens ask to be called back at an expensive number: the one they show, and one they key. Another one, who keys
    the same and shows an honest number, is called: so the way there is open."""
    centre, town = place.centre, place.town
    for number in FORBIDDEN:
        citizen = await scenes.asks_to_be_called_back(centre, town, CALLBACKS, number)
        await citizen.press("1")  # the number that is shown is right
        await citizen.press(f"*{number}#")
        await citizen.hears_speech()
        await citizen.press("1")
        await citizen.hang_up()
        await citizen.is_gone()
    honest, _ = await scenes.callback_promised(centre, town, CALLBACKS)
    promised = [row["number"] for row in (await centre.floor())["callbacks"]]
    await centre.gets_ready("2001")
    for _ in promised:  # what is promised must be refused at the latest when it is dialled
        phone = await town.rings(town.phone("2001"), within_s=60)
        await phone.answer()
        if phone.caller == honest.caller:
            await (await town.rings(town.line(honest.caller))).answer()
            break
        await phone.is_gone(within_s=60)
        await centre.gets_ready("2001")
    await place.sweep()
    called = [number for number in FORBIDDEN if town.line(number).calls]
    wrong = sorted(set(promised) - {honest.caller})
    return [
        Case(
            f"call-backs to {len(FORBIDDEN)} expensive numbers, shown and keyed",
            "none is promised, none is called; an honest number is",
            f"promised: {wrong or 'none'}, called: {called or 'none'}; "
            f"the honest one: {len(town.line(honest.caller).calls)} call",
            not wrong and not called and bool(town.line(honest.caller).calls),
        )
    ]


async def crafted_departments(place: Place, heard: list[bytes]) -> list[Case]:
    """Departments whose number is something else: settings that say so are refused whole, and so is whoever asks for
    such a handoff by command."""
    let_in = [one for texts in (DIAL_STRINGS, COSTLY) for one in await _deployed(place, texts)]
    citizen, operator = await scenes.talking(place.centre, place.town)
    call = await place.centre.call_of(citizen)
    obeyed = []
    for n, text in enumerate((*DIAL_STRINGS, *COSTLY), 900):
        for wish, argument in itertools.product(("consult", "transfer"), (str(n), text)):
            answer = await place.centre.client.command(wish, by="lab", call=call["id"], argument=argument)
            if answer.ok:
                obeyed.append(f"{wish} {argument}")
    hears = await citizen.hears(operator)
    await place.sweep()
    return [
        Case(
            f"{len(DIAL_STRINGS) + len(COSTLY)} departments with a dial string or a forbidden number, in the settings",
            "all refused",
            f"let in: {let_in or 'none'}",
            not let_in,
        ),
        Case(
            "handoffs to them by command",
            "all refused, the call goes on",
            f"obeyed: {obeyed or 'none'}{'' if hears else ', not heard any more'}",
            not obeyed and hears,
        ),
    ]


async def _deployed(place: Place, texts: Sequence[str]) -> list[str]:
    """Those that are not refused by name, or all of them when the settings are not refused."""
    file = place.centre.settings.flows / "departments.yaml"
    honest = await asyncio.to_thread(file.read_text, encoding="utf-8")
    entries = [
        f'  - {{code: "{n}", name: 偽, reading: にせ, numbers: ["{text}"], hours: exchange}}\n'
        for n, text in enumerate(texts, 900)
    ]
    try:
        await asyncio.to_thread(file.write_text, honest.rstrip("\n") + "\n" + "".join(entries), encoding="utf-8")
        done = await place.centre.ctl("deploy")
    finally:
        await asyncio.to_thread(file.write_text, honest, encoding="utf-8")
    before, said = honest.count("- {code:"), done.out + done.err
    return [
        text
        for n, text in enumerate(texts, before + 1)
        if done.status == 0 or f"departments #{n} numbers #1" not in said
    ]


def tried() -> Sequence[str]:
    """Each forbidden number plain, and behind 184 and 186."""
    return [prefix + number for number in FORBIDDEN for prefix in ("", "184", "186")]


async def references(place: Place, heard: list[bytes]) -> list[Case]:
    """REFER by a citizen in a call, by the carrier without one, and by an operator's telephone: nobody is sent anywhere."""
    target = FORBIDDEN[0]
    before = len(place.town.line(target).calls)
    more = {"Refer-To": f"<sip:{target}@{place.town.centre}>", "Referred-By": f"<sip:2001@{place.town.centre}>"}
    answers = {}
    async with Stranger.opened(place.town.centre, place.town.town.carrier) as carrier:
        carrier.hangs_up = False
        call = f"refer-{carrier.at}"
        carrier.send(carrier.request("INVITE", scenes.INQUIRY, sender="09055556666", call=call))
        answer = await carrier.answer_to(call)
        carrier.send(carrier.inside(answer, "REFER", 1, more))
        answers["a citizen"] = status(await carrier.answer_to(call, 2))
        carrier.send(carrier.inside(answer, "BYE", 2))
        await carrier.answer_to(call, 3)
        alone = f"alone-{carrier.at}"
        carrier.send(carrier.request("REFER", scenes.INQUIRY, sender="09055556666", call=alone, more=more))
        answers["the carrier"] = status(await carrier.answer_to(alone))
        heard += carrier.heard
    password = Secrets.of(place.centre.settings).operator(RAW)
    async with Stranger.opened(place.town.centre, f"{place.net}.{TELEPHONE}") as phone:
        phone.hangs_up = False
        answer = await phone.prove("INVITE", "2001", RAW, password, within_s=20)
        answers["a telephone's own call"] = 0
        if status(answer) == 200:
            phone.send(phone.inside(answer, "REFER", 1, more))
            call = header(answer, "Call-ID")
            number = int(header(answer, "CSeq").split()[0]) + 1
            answers["a telephone's own call"] = status(await phone.answer_to(call, number))
            phone.send(phone.inside(answer, "BYE", 2))
        heard += phone.heard
    called = len(place.town.line(target).calls) - before
    wrong = {who: code for who, code in answers.items() if 200 <= code < 300}
    seen = ", ".join(f"{who}: {code or 'no call to refer'}" for who, code in answers.items())
    return [
        Case("REFER to a number abroad", "refused", seen, not wrong),
        Case("calls that a REFER began", "none", str(called), not called),
    ]
