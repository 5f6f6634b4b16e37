"""Who comes from outside: guesses, looks around, floods, and knocks at the doors of the PBX itself."""

import asyncio
import re
import socket
from contextlib import suppress

import aiohttp

from ctl.lab import scenes
from ctl.pbx.names import AMI_USER
from ctl.runtime.intrusion import TRIES
from ctl.secrets import Secrets
from tests.proving.fraud import FORBIDDEN
from tests.proving.place import Place
from tests.proving.report import Case
from tests.proving.signs import Sign, Watch, refused
from tests.proving.stranger import Stranger, status

GUESSER, CALLER, FLOODER, SCANNER, KNOCKER = 43, 44, 45, 47, 48
"""Last parts of their addresses."""
WRITTEN = ("ari", "ARI", "Ari", "aRi")
"""Ways to write where ARI is; Asterisk finds it by each."""
ANYWHERE = "127.0.0.1"
"""Where a program comes from that does not bind to the address it is told, as svcrack does not."""


def _shape(answer: bytes) -> str:
    """What of an answer could tell whether an account exists: all but what is fresh each time or repeats the question."""
    lines = answer.decode(errors="replace").split("\r\n")
    own = [one for one in lines if not re.match(r"(?i)(via|from|to|call-id|cseq):", one)]
    return "\n".join(re.sub(r'(nonce|opaque)="[^"]*"', r"\1", one) for one in own)


async def guessing(place: Place, heard: list[bytes]) -> list[Case]:
    """Wrong passwords for operators that exist and for some that do not: the answers are alike, and an alarm is raised."""
    address = f"{place.net}.{GUESSER}"
    watch = await Watch.begun(place)
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
        await watch.case("guesses", refused(address)),
    ]


async def strangers_calls(place: Place, heard: list[bytes]) -> list[Case]:
    """Calls from an unknown address, inside, to the ward and outside, under names that exist."""
    address = f"{place.net}.{CALLER}"
    watch = await Watch.begun(place)
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
        await watch.case("calls from an unknown address", refused(address)),
    ]


async def flood(place: Place, heard: list[bytes]) -> list[Case]:
    """Two thousand calls from an unknown address while a citizen calls and is served."""
    number, address = 2000, f"{place.net}.{FLOODER}"
    watch = await Watch.begun(place)
    async with Stranger.opened(place.town.centre, address) as flooder:

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
        await watch.case("a flood of calls", refused(address)),
    ]


async def doors(place: Place, heard: list[bytes]) -> list[Case]:
    """The PBX's own interfaces: without a password, with a wrong one, and from another machine even with the right one."""
    watch, secrets = await Watch.begun(place), Secrets.of(place.centre.settings)
    here, elsewhere = f"{place.net}.{KNOCKER}", _elsewhere()
    asked = [
        await _ari(place, "nobody", "", "", here, heard),
        await _ari(place, "a wrong password", "ctl", "wrong", here, heard),
    ]
    logins = [
        await _ami(place, "a wrong password", AMI_USER, "wrong", here, heard),
        await _ami(place, "an unknown user", "admin", "admin", here, heard),
    ]
    # ARI with a wrong password from this machine leaves no sign: Asterisk itself says nothing of it, anywhere.
    signs = [
        Sign(f"telephone_attack:{here}", rf"ami_security event=InvalidPassword service=AMI .*/{re.escape(here)}/"),
        Sign(f"telephone_attack:{here}", rf"ami_security event=InvalidAccountID service=AMI .*/{re.escape(here)}/"),
    ]
    if elsewhere is not None:
        for written in WRITTEN:
            what = f"the right one from elsewhere at /{written}"
            asked.append(await _ari(place, what, "ctl", secrets.ari, elsewhere, heard, written))
        logins.append(await _ami(place, "the right one from elsewhere", AMI_USER, secrets.ami, elsewhere, heard))
        about = f"telephone_attack:{elsewhere}"
        signs.append(Sign(about, rf"pbx_refused kind=HttpForbidden who={re.escape(elsewhere)}\b"))
        signs.append(Sign(about, rf"ami_security event=FailedACL service=AMI .*/{re.escape(elsewhere)}/"))
    cases = [
        Case("ARI", "closed to each", "; ".join(seen for seen, _ in asked), all(closed for _, closed in asked)),
        Case("AMI", "closed to each", "; ".join(seen for seen, _ in logins), all(closed for _, closed in logins)),
        await watch.case("tries at ARI and AMI", *signs),
    ]
    if elsewhere is None:
        cases.append(Case("ARI and AMI from elsewhere", "closed", "not tried: this machine has no network", None))
    return cases


async def _ari(
    place: Place, what: str, user: str, password: str, local: str, heard: list[bytes], written: str = "ari"
) -> tuple[str, bool]:
    """Ask so often that it is an attack; what came back, and whether it was closed each time."""
    settings = place.centre.settings
    url = f"http://{settings.pbx_host}:{settings.http_port}/{written}/asterisk/info"
    headers = {"Authorization": aiohttp.encode_basic_auth(user, password)} if user else {}
    codes = []
    for _ in range(TRIES):
        connector = aiohttp.TCPConnector(local_addr=(local, 0))
        async with aiohttp.ClientSession(connector=connector, headers=headers) as session, session.get(url) as answer:
            codes.append(answer.status)
            heard.append(await answer.read())
    return f"{what}: {sorted(set(codes))}", all(code in (401, 403) for code in codes)


async def _ami(place: Place, what: str, user: str, password: str, local: str, heard: list[bytes]) -> tuple[str, bool]:
    """The same at AMI, where a log-in is refused in words."""
    settings = place.centre.settings
    answers = await asyncio.gather(
        *(logs_in(settings.pbx_host, settings.ami_port, user, password, local) for _ in range(TRIES))
    )
    heard += [answer.encode() for answer in answers]
    closed = all("Response: Error" in answer for answer in answers)
    return f"{what}: {'refused' if closed else answers}", closed


async def logs_in(host: str, port: int, user: str, password: str, local: str) -> str:
    """What AMI says to somebody who logs in from this address."""
    reader, writer = await asyncio.open_connection(host, port, local_addr=(local, 0))
    try:
        writer.write(f"Action: Login\r\nUsername: {user}\r\nSecret: {password}\r\n\r\n".encode())
        text = b""
        with suppress(TimeoutError, OSError):
            while b"Response:" not in text and (more := await asyncio.wait_for(reader.read(4096), 5)):
                text += more
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
    address = f"{place.net}.{SCANNER}"
    watch = await Watch.begun(place)
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
        # one question of svmap's from its own address is not many yet
        await watch.case("the scanners", refused(ANYWHERE)),
    ]
