"""What attackers of telephone systems do: guess, look around, flood, smuggle, and call where it costs others money."""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import aiohttp

from ctl.lab import scenes
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
    foreign = [name for name in ("<script", "DROP TABLE", "SHELL", "\u202e") if name in text]
    return [
        Case(
            f"{3 * len(TEXTS)} calls with text for dialplan, database and page",
            "no command ran",
            f"{len(marks)} marks",
            not marks,
        ),
        Case("the records of these calls", "there, numbers only", f"foreign text: {foreign or 'none'}", not foreign),
    ]


async def expensive_numbers(place: Place, heard: list[bytes]) -> list[Case]:
    """A telephone of the ward dials, refers and hands off to numbers that are forbidden."""
    town, centre = place.town, place.centre
    reached = {number: len(town.line(number).calls) for number in _tried()}
    await centre.gets_ready("2001")
    spoken = 0
    for number in _tried():
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
    for number in _tried():
        for wish in ("consult", "transfer"):
            answer = await centre.client.command(wish, by="lab", call=call["id"], argument=number)
            if answer.ok:
                obeyed.append(f"{wish} {number}")
    hears = await citizen.hears(operator)
    await place.sweep()
    dialled = [number for number in _tried() if len(town.line(number).calls) > reached[number]]
    names = {alarm["alarm"] for alarm in (await centre.floor())["alarms"]}
    alarmed = "toll_fraud:2001" in names
    return [
        Case(
            f"{len(_tried())} forbidden numbers dialled", "none is called", f"called: {dialled or 'none'}", not dialled
        ),
        Case("what the telephone hears", "a word each time", f"{spoken} of {len(_tried())}", spoken == len(_tried())),
        Case("handoffs to these numbers by command", "refused", f"obeyed: {obeyed or 'none'}", not obeyed and hears),
        Case("alarm of toll fraud", "raised", *_raised(alarmed)),
    ]


async def ransom(place: Place, heard: list[bytes]) -> list[Case]:
    """Citizens whose shown number is an expensive one ask to be called back."""
    promised = []
    for number in FORBIDDEN:
        citizen = await place.town.citizen_calls(scenes.INQUIRY, "caller for ransom", number)
        await citizen.is_up()
        await scenes.choose(place.centre, citizen, CALLBACKS)
        await citizen.press("1111")
        await citizen.hears_speech()
        await citizen.press("1111")
        await citizen.hang_up()
        await citizen.is_gone()
    promised = [row["number"] for row in (await place.centre.floor())["callbacks"] if row["number"] in FORBIDDEN]
    if promised:  # it must be refused at the latest when it is dialled
        await place.centre.gets_ready("2001")
        phone = await place.town.rings(place.town.phone("2001"), within_s=30)
        await phone.answer()
        await phone.is_gone(within_s=60)
    await place.sweep()
    called = [number for number in FORBIDDEN if place.town.line(number).calls]
    return [
        Case(
            "call-backs to expensive numbers",
            "none is called",
            f"promised: {promised or 'none'}, called: {called or 'none'}",
            not called,
        )
    ]


def _tried() -> Sequence[str]:
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


SHORT: Sequence[Attack] = (guessing, strangers_calls, references, doors)
ALL: Sequence[Attack] = (*SHORT, flood, smuggling, expensive_numbers, ransom, keys, scanners)
