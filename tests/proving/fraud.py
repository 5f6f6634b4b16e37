"""Calls that cost the ward money and earn it for somebody else, by every way there is: dialled, referred, handed off,
asked back."""

import asyncio
import itertools
from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import quote

from ctl.lab import scenes
from ctl.lab.pulse import TooLateError
from ctl.secrets import Secrets
from tests.proving.place import Place
from tests.proving.report import Case
from tests.proving.signs import Sign, Watch
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
A_KEY_S = 0.16
"""From key to key, as `Party.press` presses them."""
COSTLY = ("0570000000", "0990123456", "0180123456")


async def expensive_numbers(place: Place, heard: list[bytes]) -> list[Case]:
    """A telephone of the ward dials and hands off to numbers that are forbidden. None is called: see `overheard`."""
    town, centre = place.town, place.centre
    watch = await Watch.begun(place)
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
    return [
        Case("what the telephone hears", "a word each time", f"{spoken} of {len(tried())}", spoken == len(tried())),
        Case("handoffs to these numbers by command", "refused", f"obeyed: {obeyed or 'none'}", not obeyed and hears),
        await watch.case(
            f"{len(tried())} forbidden numbers dialled", Sign("toll_fraud:2001", r"not dialled .*for operator 2001 ")
        ),
    ]


async def ransom(place: Place, heard: list[bytes]) -> list[Case]:
    """Citizens ask to be called back at an expensive number: the one they show, and one they key. Another one, who keys
    the same and shows an honest number, is called: so the way there is open."""
    centre, town = place.centre, place.town
    watch = await Watch.begun(place)
    for number in FORBIDDEN:
        citizen = await scenes.asks_to_be_called_back(centre, town, CALLBACKS, number)
        await citizen.press("1")  # the number that is shown is right
        await citizen.press(f"*{number}#")
        await asyncio.sleep(A_KEY_S * len(number) + 2)  # whoever hangs up while keys are under way has keyed no number
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
            not wrong and not called and len(town.line(honest.caller).calls) == 1,
        ),
        await watch.case("call-backs to expensive numbers", Sign("caller_misuse:callbacks", r"callback_refused kind=")),
    ]


async def crafted_departments(place: Place, heard: list[bytes]) -> list[Case]:
    """Departments whose number is something else: settings that say so are refused whole, and so is whoever asks for
    such a handoff by command. None is called: see `overheard`.

    Neither raises an alarm: who deploys is trusted, and is told line by line what is wrong; who commands is told, too.
    """
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
    """REFER by a citizen in a call, by the carrier without one, and by the telephone of an operator who talks with a
    citizen, at once and with a second call put in place of the first: nobody is sent anywhere, and the talk goes on."""
    watch = await Watch.begun(place)
    answers = await _by_the_carrier(place, heard)
    told, talks = await _by_a_telephone(place, heard)
    answers |= told
    wrong = {who: codes for who, codes in answers.items() if not all(code >= 400 for code in codes)}
    seen = ", ".join(f"{who}: {len(codes)} × {sorted(set(codes))}" for who, codes in answers.items())
    return [
        Case("REFER to forbidden numbers", "refused each time", seen, not wrong),
        Case("the talk of the telephone that tried", "goes on", "so it does" if talks else "is over", talks),
        await watch.case(
            "REFER to forbidden numbers",
            Sign("telephone_attack:carrier", r"pbx_refused kind=TransferBlocked who=carrier\b"),
            Sign(f"telephone_attack:{RAW}", rf"pbx_refused kind=TransferBlocked who={RAW}\b"),
        ),
    ]


def _refer(place: Place, number: str, replaces: str = "") -> dict[str, str]:
    by = f"<sip:{RAW}@{place.town.centre}>"
    return {"Refer-To": f"<sip:{number}@{place.town.centre}{replaces}>", "Referred-By": by}


def _named(answer: bytes) -> str:
    """The dialog that this answer belongs to, as ``Replaces`` names it to the one who answered (RFC 3891 §3)."""
    tags = [header(answer, *name).partition("tag=")[2] for name in (("To", "t"), ("From", "f"))]
    return f"{header(answer, 'Call-ID', 'i')};to-tag={tags[0]};from-tag={tags[1]}"


async def _by_the_carrier(place: Place, heard: list[bytes]) -> dict[str, list[int]]:
    async with Stranger.opened(place.town.centre, place.town.town.carrier) as carrier:
        carrier.hangs_up = False
        call = f"refer-{carrier.at}"
        carrier.send(carrier.request("INVITE", scenes.INQUIRY, sender="09055556666", call=call))
        answer = await carrier.answer_to(call)
        citizen = []
        for n, number in enumerate(FORBIDDEN, 1):
            carrier.send(carrier.inside(answer, "REFER", n, _refer(place, number)))
            citizen.append(status(await carrier.answer_to(call, 1 + n)))
        carrier.send(carrier.inside(answer, "BYE", len(FORBIDDEN) + 1))
        await carrier.answer_to(call, len(FORBIDDEN) + 2)
        alone = f"alone-{carrier.at}"
        more = _refer(place, FORBIDDEN[0])
        carrier.send(carrier.request("REFER", scenes.INQUIRY, sender="09055556666", call=alone, more=more))
        outside = [status(await carrier.answer_to(alone))]
        heard += carrier.heard
    return {"a citizen": citizen, "the carrier": outside}


async def _by_a_telephone(place: Place, heard: list[bytes]) -> tuple[dict[str, list[int]], bool]:
    """What comes back, and whether the citizen and the telephone are still in one call afterwards."""
    centre, password = place.centre, Secrets.of(place.centre.settings).operator(RAW)
    async with Stranger.opened(place.town.centre, f"{place.net}.{TELEPHONE}") as phone:
        phone.hangs_up, phone.takes_calls = False, True
        assert status(await phone.prove("REGISTER", RAW, RAW, password)) == 200
        await centre.reaches(RAW)
        await centre.gets_ready(RAW)
        citizen = await scenes.waiting(centre, place.town)
        await centre.phase(citizen, "talking")
        (invite,) = phone.taken
        second = await phone.prove("INVITE", "2002", RAW, password, within_s=20)
        assert status(second) == 200, f"the telephone's second call is not answered: {status(second)}"
        ways = {"blind": "", "attended": f"?Replaces={quote(_named(second), safe='')}"}
        codes: dict[str, list[int]] = {}
        for n, (way, number) in enumerate(itertools.product(ways, FORBIDDEN), 1):
            phone.send(phone.within(invite, "REFER", n, _refer(place, number, ways[way])))
            answer = await phone.answer_to(header(invite, "Call-ID", "i"), n)
            codes.setdefault(f"a telephone that talks, {way}", []).append(status(answer))
        talks = (await centre.call_of(citizen))["phase"] == "talking" and citizen.up
        await place.town.everybody_hangs_up()
        await centre.everybody_goes_home()
        await phone.prove("REGISTER", RAW, RAW, password, gone=True)
        await centre.reaches(RAW, not_any_more=True)
        heard += phone.heard
    await place.sweep()
    return codes, talks
