"""What attackers of telephone systems do: guess, look around, flood, smuggle, and call where it costs others money."""

import asyncio
import itertools
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import aiohttp

from ctl.lab import scenes, webuser
from ctl.lab.party import Party
from ctl.lab.pulse import TooLateError, eventually
from ctl.pbx.names import AMI_USER
from ctl.runtime.intrusion import TRIES
from ctl.secrets import Secrets
from tests.proving.place import Place
from tests.proving.report import Case
from tests.proving.stranger import Stranger, header, status

ANYWHERE = "127.0.0.1"
"""Where a program comes from that does not bind to the address it is told, as svcrack does not."""
Attack = Callable[[Place, list[bytes]], Awaitable[list[Case]]]
"""An attack on a place; what was heard from the PBX goes into the list."""

GUESSER, CALLER, FLOODER, SCANNER, DOOR = range(43, 48)
"""Last parts of the attackers' addresses."""
FORBIDDEN = ("010441234567", "0033010441234567", "0570000000", "0990123456", "0180123456")
"""International by two ways, and the numbers that cost more. Each is tried as it is, and behind 184 and 186, by which
callers in Japan hide and show their number."""
RAW = "2005"
"""An operator whose telephone is a bare socket here."""
CALLBACKS = "5"
"""The key of the menu behind which the laboratory offers call-backs."""


async def _alarmed(place: Place, *addresses: str) -> bool:
    """An alarm about one of these addresses stands."""

    async def ask() -> bool:
        names = {alarm["alarm"] for alarm in (await place.centre.floor())["alarms"]}
        return bool({f"telephone_attack:{one}" for one in (*addresses, "others")} & names)

    with suppress(TooLateError):
        return await eventually(ask, f"an alarm tells of {addresses}", 15)
    return False


def _shape(answer: bytes) -> str:
    """What of an answer could tell whether an account exists: all but what is fresh each time or repeats the question."""
    lines = answer.decode(errors="replace").split("\r\n")
    own = [one for one in lines if not re.match(r"(?i)(via|from|to|call-id|cseq):", one)]
    return "\n".join(re.sub(r'(nonce|opaque)="[^"]*"', r"\1", one) for one in own)


async def guessing(place: Place, heard: list[bytes]) -> list[Case]:
    """Wrong passwords for operators that exist and for some that do not: the answers are alike, and an alarm is raised."""
    address = f"{place.net}.{GUESSER}"
    existing: list[bytes] = []
    invented: list[bytes] = []
    async with Stranger.opened(place.town.centre, address) as guesser:
        for n in range(TRIES + 3):
            for user, answers in (("2001", existing), (f"77{n:02}", invented)):
                answers.append(await guesser.prove("REGISTER", user, user, f"guess {n}"))
                answers.append(await guesser.prove("INVITE", scenes.INQUIRY, user, f"guess {n}"))
        for method in ("OPTIONS", "SUBSCRIBE", "MESSAGE", "REFER", "PUBLISH", "NOTIFY", "INFO", "REGISTER", "INVITE"):
            for user, answers in (("2001", existing), ("7700", invented)):
                answers.append(await guesser.ask(method, user, sender=user))
        heard += guesser.heard
    let_in = [one for one in (*existing, *invented) if status(one) < 400]
    differing = sum(_shape(one) != _shape(other) for one, other in zip(existing, invented, strict=True))
    codes = sorted({status(one) for one in (*existing, *invented)})
    return [
        Case(f"{len(existing) + len(invented)} guesses of passwords", "all refused", f"answers {codes}", not let_in),
        Case(
            "accounts that exist and such that do not", "answered alike", f"{differing} answers differ", not differing
        ),
        Case("security alarm after guesses", "raised", *_raised(await _alarmed(place, address))),
    ]


def _raised(raised: bool) -> tuple[str, bool]:
    return "raised" if raised else "none", raised


async def strangers_calls(place: Place, heard: list[bytes]) -> list[Case]:
    """Calls from an unknown address, inside, to the ward and outside, under names that exist."""
    address = f"{place.net}.{CALLER}"
    answers = []
    async with Stranger.opened(place.town.centre, address) as caller:
        for to in ("2001", scenes.INQUIRY, *FORBIDDEN, "s", "*21", "0312340000"):
            for sender in ("stranger", "carrier", "2001"):
                answers.append(await caller.ask("INVITE", to, sender=sender))
        heard += caller.heard
    codes = sorted({status(one) for one in answers})
    calls = (await place.centre.floor())["calls"]
    return [
        Case(f"{len(answers)} calls from an unknown address", "all refused", f"answers {codes}", codes[0] >= 400),
        Case("calls on the floor meanwhile", "none", str(len(calls)), not calls),
        Case("security alarm after calls", "raised", *_raised(await _alarmed(place, address))),
    ]


async def flood(place: Place, heard: list[bytes]) -> list[Case]:
    """Two thousand calls from an unknown address while a citizen calls and is served."""
    number = 2000
    async with Stranger.opened(place.town.centre, f"{place.net}.{FLOODER}") as flooder:

        async def pours() -> None:
            for n in range(number):
                flooder.send(flooder.request("INVITE", scenes.INQUIRY))
                if n % 20 == 0:
                    await asyncio.sleep(0.04)

        pouring = asyncio.create_task(pours())
        try:
            citizen, phone = await scenes.talking(place.centre, place.town)
            hears = await citizen.hears(phone) and await phone.hears(citizen)
        finally:
            await pouring
        codes = {status(one) for one in flooder.heard}
        heard += flooder.heard
    await place.sweep()
    let_in = {code for code in codes if 101 <= code < 400}
    return [
        Case(
            f"{number} calls at 500 a second from an unknown address",
            "none gets in",
            f"answers {sorted(codes)}",
            not let_in,
        ),
        Case("a citizen calls meanwhile", "is served", "both hear each other" if hears else "not heard", hears),
    ]


TEXTS = {
    "dialplan": "${SHELL(touch %s)}${SYSTEM(touch %s)}$[1+1]",
    "sql": "'; DROP TABLE calls; --",
    "html": "<script>alert(1)</script>",
    "right to left": "\u202e5550\u202c豊島",
    "line": "a%0d%0aX-Evil: 1",
}


FOREIGN = ("<script>alert", "&lt;script", "DROP TABLE", "SHELL", "\u202e")


async def smuggling(place: Place, heard: list[bytes]) -> list[Case]:
    """Names, users and headers that are text for somebody else: the dialplan, the database, the page."""
    callers = []
    async with Stranger.opened(place.town.centre, place.town.town.carrier) as carrier:
        for n, text in enumerate(TEXTS.values()):
            hostile = text.replace("%s", "/centre/recordings/smuggled").replace('"', "'")
            escaped = "".join(f"%{byte:02x}" for byte in hostile.encode())
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
    marks = list(place.centre.settings.under().rglob("smuggled"))
    text = (await place.centre.ctl("calls", "--json")).out + (await place.centre.ctl("calls")).out
    foreign = [name for name in FOREIGN if name in text]
    pages = await _pages(place, callers)
    on_pages = [f"{name} at {path}" for path, page in pages.items() for name in FOREIGN if name in page]
    unseen = [caller for caller in callers if not any(caller in page for page in pages.values())]
    return [
        Case(
            f"{3 * len(TEXTS)} calls with text for dialplan, database and page",
            "no command ran",
            f"{len(marks)} marks",
            not marks,
        ),
        Case("the records of these calls", "there, numbers only", f"foreign text: {foreign or 'none'}", not foreign),
        Case(
            f"{len(pages)} pages and documents that show them",
            "numbers only, no script",
            f"foreign text: {on_pages or 'none'}, not shown: {unseen or 'none'}",
            not on_pages and not unseen,
        ),
    ]


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
        Case("alarm of toll fraud", "raised", *_raised(alarmed)),
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
    async with Stranger.opened(place.town.centre, f"{place.net}.{SCANNER}") as phone:
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


async def keys(place: Place, heard: list[bytes]) -> list[Case]:
    """Four callers press keys without end, in the menu and while they wait."""

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
    # A telephone that sends keys is silent meanwhile: it is heard once it has sent its last.
    hears = await caller.hears(phone, within_s=60) and await phone.hears(caller, within_s=60)
    await place.sweep()
    return [Case("800 keys of four callers", "who comes first is served", "heard" if hears else "not heard", hears)]


async def doors(place: Place, heard: list[bytes]) -> list[Case]:
    """The PBX's own interfaces: without a password, with a wrong one, and from another machine even with the right one."""
    settings, secrets = place.centre.settings, Secrets.of(place.centre.settings)
    ari = f"http://{settings.pbx_host}:{settings.http_port}/ari/asterisk/info"
    codes = {}
    for what, user, password, local in (
        ("nobody", "", "", None),
        ("a wrong password", "ctl", "wrong", None),
        ("the right one from elsewhere", "ctl", secrets.ari, _elsewhere()),
    ):
        if what.endswith("elsewhere") and local is None:
            continue
        connector = aiohttp.TCPConnector(local_addr=(local, 0) if local else None)
        headers = {"Authorization": aiohttp.encode_basic_auth(user, password)} if user else {}
        async with aiohttp.ClientSession(connector=connector, headers=headers) as session, session.get(ari) as answer:
            codes[what] = answer.status
            heard.append(await answer.read())
    logins = {}
    for what, user, password, local in (
        ("a wrong password", AMI_USER, "wrong", None),
        ("an unknown user", "admin", "admin", None),
        ("the right one from elsewhere", AMI_USER, secrets.ami, _elsewhere()),
    ):
        if what.endswith("elsewhere") and local is None:
            continue
        logins[what] = await _ami(settings.pbx_host, settings.ami_port, user, password, local, heard)
    told = ", ".join(f"{what}: {code}" for what, code in codes.items())
    welcome = [what for what, answer in logins.items() if "Success" in answer]
    return [
        Case("ARI", "closed to all three", told, all(code in (401, 403) for code in codes.values())),
        Case("AMI", "closed to all three", f"let in: {welcome or 'nobody'} of {len(logins)}", not welcome),
    ]


async def _ami(host: str, port: int, user: str, password: str, local: str | None, heard: list[bytes]) -> str:
    reader, writer = await asyncio.open_connection(host, port, local_addr=(local, 0) if local else None)
    try:
        writer.write(f"Action: Login\r\nUsername: {user}\r\nSecret: {password}\r\n\r\n".encode())
        text = b""
        with suppress(TimeoutError, OSError):
            while b"Response:" not in text and (more := await asyncio.wait_for(reader.read(4096), 5)):
                text += more
        heard.append(text)
        return text.decode(errors="replace")
    finally:
        writer.transport.abort()


def _elsewhere() -> str | None:
    """An address of this machine that the PBX's lists do not permit, None on a machine without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address = str(probe.getsockname()[0])
    return None if address.startswith("127.") else address


async def scanners(place: Place, heard: list[bytes]) -> list[Case]:
    """SIPVicious: look for the PBX, for extensions, and for a password."""
    address = f"{place.net}.{SCANNER + 1}"
    from_here, pbx = ("-b", address, "-x", address), place.town.centre
    runs = {
        "svmap": ("svmap", *from_here, pbx),
        **{
            f"svwar {method}": ("svwar", *from_here, "-e2000-2020,7700-7720", "-m", method, pbx)
            for method in ("REGISTER", "INVITE")
        },
        "svcrack": ("svcrack", *from_here, "-u2001", "-r1000-1200", pbx),
    }
    said = {}
    for what, (program, *arguments) in runs.items():
        process = await asyncio.create_subprocess_exec(
            program, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=place.folder
        )
        try:
            out, _ = await asyncio.wait_for(process.communicate(), 60)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        said[what] = out.decode(errors="replace")
        heard.append(out)
    found = [what for what, text in said.items() if what != "svmap" and re.search(r"\|\s*(?:20\d\d|77\d\d)\s*\|", text)]
    told = re.search(r"\|[^|]*\|\s*([^|]*?)\s*\|", said["svmap"].split("+=")[-1])
    return [
        Case("SIPVicious: svwar, svcrack", "no extension, no password", f"found by: {found or 'none'}", not found),
        Case("SIPVicious: svmap", "no version", told[1] if told else "nothing", "sterisk" not in said["svmap"]),
        Case("security alarm after the scanners", "raised", *_raised(await _alarmed(place, address, ANYWHERE))),
    ]
