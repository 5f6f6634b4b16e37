"""What somebody writes so that the PBX repeats it as if it were its own: a number that holds a whole event, or the
arguments of another application."""

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress

from ctl.lab import scenes
from ctl.lab.pulse import TooLateError, eventually
from ctl.lab.vanishing import proof_of
from ctl.pbx.ari import Ari, Refused
from ctl.pbx.names import ARI_USER
from ctl.pbx.refusals import LOOK_EVERY_S
from ctl.runtime.intrusion import TRIES
from ctl.secrets import Secrets
from tests.lab.ground import EXTENSIONS
from tests.proving.fraud import RAW
from tests.proving.place import Place
from tests.proving.report import Case
from tests.proving.signs import Watch, refused
from tests.proving.stranger import Stranger, status

STRANGER, TELEPHONE = 56, 46
"""Last parts of the addresses."""
EVENTS = (
    "0\r\n\r\nEvent: DeviceStateChange\r\nDevice: PJSIP/{phone}\r\nState: INVALID",
    "0\r\n\r\nEvent: Shutdown",
    "0\r\nEvent: DeviceStateChange\r\nDevice: PJSIP/{phone}\r\nState: INVALID",
    "0\r\nRemoteAddress: IPV4/UDP/192.0.2.7/5060",
)
"""A telephone that is gone, and a PBX that ends: as an event of its own, and as more fields of the true one."""
MARK = "nameless"
"""Stands in a Call-ID."""
SOMEBODY = "2010"
"""A supervisor, at no telephone."""
TRICKS = ("*1\\1{who},{raw},{pin}", "*11{who},{raw},{pin}", "*11{who}\\,{raw},{pin}", "*11{who}\r\n{pin}")
"""Codes to log in as somebody else, which bring somebody's own PIN along."""
COLLEAGUE, ELSEWHERE = "2003", "192.0.2.7"
BLOCKED = f"res_pjsip_refer.c: Endpoint {COLLEAGUE} transfer attempt blocked"
FORGED = (
    f"[x] NOTICE[1] {BLOCKED}",
    f"[2026-11-29 19:26:40.911] NOTICE[1] acl.c: HTTP Path ACLRejecting '{ELSEWHERE}'",
)
"""A dialled number may have 79 signs, and whether its extension exists or not, Asterisk's log has it as it is."""


async def forgery(place: Place, heard: list[bytes]) -> list[Case]:
    """Numbers that hold what the PBX tells the switchboard, as a stranger, as the carrier, and as a telephone of the ward."""
    address, before = f"{place.net}.{STRANGER}", await _known(place)
    watch = await Watch.begun(place)
    texts = [_escaped(text.format(phone=phone)) for phone in EXTENSIONS[:2] for text in EVENTS]
    let_in = []
    async with Stranger.opened(place.town.centre, address) as stranger:
        for text in texts:
            for method, to in (("INVITE", scenes.INQUIRY), ("REGISTER", text), ("INVITE", text)):
                let_in.append(status(await stranger.ask(method, to, sender=text)))
        heard += stranger.heard
    told = await watch.case(
        "strangers whose names hold events",
        refused(address, rf"pbx_refused kind=LineBreakInName who={re.escape(address)}\n"),
    )
    async with Stranger.opened(place.town.centre, place.town.town.carrier) as carrier:
        for text in texts:
            for sender, to in ((text, scenes.INQUIRY), ("0312345678", text), (text, text)):
                await carrier.ask("INVITE", to, sender=sender)
        heard += carrier.heard
    await place.sweep()
    seated = await _as_a_telephone(place, texts, heard)
    after = await _known(place)
    differing = [f"{name}: {seen} instead of {before[name]}" for name, seen in after.items() if seen != before[name]]
    return [
        Case("a stranger whose number holds events", "refused each time", f"{sorted(set(let_in))}", min(let_in) >= 400),
        Case(
            "what the switchboard believes of the PBX and its telephones",
            "as before",
            "; ".join(differing) or "so it is",
            not differing,
        ),
        Case("log-in as somebody else with one's own PIN", "refused", "logged in" if seated else "refused", not seated),
        told,
    ]


async def forged_lines(place: Place, heard: list[bytes]) -> list[Case]:
    """A telephone dials numbers with a line break in them, behind which stands what the alarms are made of."""
    await Watch.begun(place)  # which puts out what stood
    password = Secrets.of(place.centre.settings).operator(RAW)
    log = place.centre.settings.under("asterisk", "log", "messages")
    codes = set()
    async with Stranger.opened(place.town.centre, f"{place.net}.{TELEPHONE}") as phone:
        for line in FORGED * TRIES:
            codes.add(status(await phone.prove("INVITE", _escaped(f"a\n{line}"), RAW, password)))
        heard += phone.heard

    async def written() -> bool:
        return BLOCKED.encode() in await asyncio.to_thread(log.read_bytes)

    await eventually(written, "the log has it")
    await asyncio.sleep(2 * LOOK_EVERY_S)  # until whoever reads it has
    alarms = [alarm["alarm"] for alarm in (await place.centre.floor())["alarms"]]
    wrong = [alarm for alarm in alarms if COLLEAGUE in alarm or ELSEWHERE in alarm]
    return [
        Case(
            f"{len(FORGED * TRIES)} numbers that read like lines of the log",
            "refused, nobody else is suspected",
            f"answers {sorted(codes)}, alarms: {wrong or 'none'}",
            not wrong and min(codes) >= 400,
        )
    ]


async def _as_a_telephone(place: Place, texts: list[str], heard: list[bytes]) -> bool:
    """Dial all that. Whether somebody else is logged in at this telephone afterwards."""
    centre, password = place.centre, Secrets.of(place.centre.settings).operator(RAW)
    made = await centre.ctl("operators", "pin", RAW)
    assert made.status == 0, made.err
    found = re.search(r"\b\d{4,8}\b(?!.*\b\d{4,8}\b)", made.out, re.S)
    assert found, made.out
    async with Stranger.opened(place.town.centre, f"{place.net}.{TELEPHONE}") as phone:
        assert status(await phone.prove("REGISTER", RAW, RAW, password)) == 200
        for text in texts:
            await phone.prove("INVITE", text, RAW, password)
        for trick in TRICKS:
            await phone.prove(
                "INVITE", _escaped(trick.format(who=SOMEBODY, raw=RAW, pin=found[0])), RAW, password, within_s=30
            )
        seated = (await _operator(place, SOMEBODY))["state"] != "logged_out"
        await phone.prove("REGISTER", RAW, RAW, password, gone=True)
        heard += phone.heard
    await centre.reaches(RAW, not_any_more=True)
    await place.sweep()
    return seated


async def _operator(place: Place, extension: str) -> Mapping[str, object]:
    return next(dict(row) for row in (await place.centre.floor())["operators"] if row["extension"] == extension)


async def _known(place: Place) -> dict[str, object]:
    log = place.centre.settings.under("log", "switchboard.log").read_bytes()
    there = {extension: (await _operator(place, extension))["endpoints"] for extension in EXTENSIONS}
    return {**there, "connections by AMI": log.count(b"ami_connected")}


def _escaped(text: str) -> str:
    """As the user of an address, which PJSIP reads as it was before."""
    return "".join(one if one.isalnum() else f"%{ord(one):02x}" for one in text)


async def nameless(place: Place, heard: list[bytes]) -> list[Case]:
    """Calls whose Call-ID is no text (a byte that is not UTF-8), by the carrier and by a telephone: ARI could not tell of such a
    channel, nor, as long as it is there, of any other."""
    password, told = Secrets.of(place.centre.settings).operator(RAW), ["nobody asked"]
    async with (
        Stranger.opened(place.town.centre, place.town.town.carrier) as carrier,
        Stranger.opened(place.town.centre, f"{place.net}.{TELEPHONE}") as phone,
    ):
        phone.hangs_up = carrier.hangs_up = False
        assert status(await phone.prove("REGISTER", RAW, RAW, password)) == 200
        carrier.send(_nameless(carrier.request("INVITE", scenes.INQUIRY, sender="0312345678", call=MARK)))
        for to in ("2001", "*21"):
            challenge = await phone.ask("OPTIONS", RAW, sender=RAW)
            proof = proof_of(challenge.decode(), "INVITE", f"sip:{to}@{phone.centre}", RAW, password)
            proven = {"Authorization": proof}
            phone.send(_nameless(phone.request("INVITE", to, sender=RAW, call=MARK + to[-1], number=2, more=proven)))

        async def answered() -> bool:
            finals = [one for one in (*carrier.heard, *phone.heard) if MARK.encode() in one and status(one) >= 200]
            return len(finals) >= 3

        async def all_gone() -> bool:
            settings = place.centre.settings
            url = f"http://{settings.pbx_host}:{settings.http_port}/ari"
            async with Ari(url, ARI_USER, Secrets.of(settings).ari) as ari:
                try:
                    told[:] = [channel.id for channel in await ari.channels_list()]
                except Refused as refused:
                    told[:] = [str(refused)]
            return not told

        with suppress(TooLateError):
            await eventually(answered, "each is answered", 5)
            await eventually(all_gone, "ARI tells of all channels, of which there are none", 10)
        heard += [*carrier.heard, *phone.heard]
        codes = sorted({status(one) for one in (*carrier.heard, *phone.heard) if MARK.encode() in one})
        await phone.prove("REGISTER", RAW, RAW, password, gone=True)
    await place.centre.reaches(RAW, not_any_more=True)
    return [
        Case(
            "calls whose Call-ID is no text",
            "refused, and ARI tells of all channels",
            f"answers {codes}, {told or 'no channel'}",
            not told,
        )
    ]


def _nameless(invite: bytes) -> bytes:
    return invite.replace(b"Call-ID: ", b"Call-ID: \xff\xfe")
