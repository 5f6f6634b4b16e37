"""What is known of the carrier, and in which words somebody is told that the line is away."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ctl.lab.pulse import eventually
from ctl.pbx.ami import Ami
from ctl.pbx.trunk import Trunk
from tests.unit.pbx.fake_ami import Action, FakeAmi, fake_ami


def line(source: str, message: str) -> str:
    """As Asterisk 22.10.1 writes them, but for what is not read."""
    return json.dumps({"logmsg": {"location": {"filename": source}, "message": f"{message}\n"}}) + "\n"


def failed(message: str) -> str:
    """Of the registration, with what others have written besides."""
    return (
        line(REGISTRATION, message)
        + line("res_pjsip/pjsip_distributor.c", f"Request 'INVITE' from '\n{REFUSED}' failed")
        + f"[2026-11-29 15:00:01.000] WARNING[71] {REGISTRATION}: {REFUSED}\n"
    )


REGISTRATION = "res_pjsip_outbound_registration.c"
REFUSED = "403 Forbidden fatal response received from 'sip:c:5060' on registration attempt to 'sip:u@c', retrying in '30' seconds"
TEMPORAL = "Temporal response '503' received from 'sip:c:5060' on registration attempt to 'sip:u@c', retrying in '30'"
SILENT = "No response received from 'sip:c:5060' on registration attempt to 'sip:u@c', retrying in '30'"


class Asterisk:
    """``status``: of the registration, None where there is none. ``contact``: of the carrier who is asked, likewise."""

    def __init__(self) -> None:
        self.status: str | None = "Registered"
        self.contact: str | None = "Reachable"

    def answer(self, _: FakeAmi, action: Action) -> list[Action]:
        rows: list[Action] = []
        if action["Action"] == "PJSIPShowRegistrationsOutbound" and self.status is not None:
            rows = [{"Event": "OutboundRegistrationDetail", "ObjectName": "carrier", "Status": self.status}]
        elif action["Action"] == "PJSIPShowEndpoint":
            assert action["Endpoint"] == "carrier-asked"
            if self.contact is None:
                return [{"Response": "Error", "Message": "Unable to retrieve endpoint carrier-asked"}]
            rows = [
                {"Event": "EndpointDetail", "ObjectName": "carrier-asked", "DeviceState": "Unavailable"},
                {"Event": "ContactStatusDetail", "AOR": "carrier-asked", "Status": self.contact},
            ]
        return [
            {"Response": "Success", "EventList": "start"},
            *rows,
            {"Event": "EndpointDetailComplete", "EventList": "Complete"},
        ]


@asynccontextmanager
async def looking(asterisk: Asterisk, log: Path) -> AsyncIterator[tuple[Trunk, FakeAmi]]:
    """It has looked once."""

    def hears(event: Mapping[str, str]) -> None:
        if event["Event"] == "Registry":
            trunk.heard()

    async with fake_ami(asterisk.answer) as fake:
        up = asyncio.Event()
        ami = Ami("127.0.0.1", fake.port, "ctl", "secret", hears, up.set)
        trunk = Trunk(ami, log)
        ami.connect()
        try:
            async with asyncio.timeout(5):
                await up.wait()
            await trunk.look()
            yield trunk, fake
        finally:
            ami.stop()


async def told(trunk: Trunk, sentence: str | None) -> None:
    async def ask() -> bool:
        return trunk.trouble == sentence

    await eventually(ask, f"the trunk's trouble is {sentence!r}", 5)


NOT_REGISTERED = "the carrier does not have us in his register, so no call comes to us"
SILENCE = "the carrier does not answer (OPTIONS): the line, or he himself, is away"


@pytest.mark.parametrize(
    ("status", "contact", "said", "trouble"),
    [
        ("Registered", "Reachable", REFUSED, None),
        (None, "Reachable", REFUSED, None),
        (None, None, "", None),
        (None, "NonQualified", "", None),
        (None, "Unreachable", "", SILENCE),
        ("Registered", "Unreachable", REFUSED, SILENCE),
        ("Rejected", "Reachable", REFUSED, f"{NOT_REGISTERED}: he refuses it with 403; he does answer OPTIONS"),
        ("Rejected", None, TEMPORAL, f"{NOT_REGISTERED}: he refuses it with 503"),
        ("Rejected", "Unreachable", SILENT, f"{NOT_REGISTERED}: he does not answer it; {SILENCE}"),
        ("Unregistered", None, "", NOT_REGISTERED),
    ],
)
async def test_what_is_wrong_with_the_line_is_said(
    tmp_path: Path, status: str | None, contact: str | None, said: str, trouble: str | None
) -> None:
    asterisk = Asterisk()
    asterisk.status, asterisk.contact = status, contact
    log = tmp_path / "notices.jsonl"
    if said:
        log.write_text(failed(TEMPORAL) + failed(said), encoding="utf-8")
    async with looking(asterisk, log) as (trunk, _):
        assert trunk.trouble == trouble
        assert trunk.registered is (status == "Registered" if status else None)
        assert trunk.answers is {"Reachable": True, "Unreachable": False}.get(contact or "")


async def test_news_of_the_registration_are_followed_at_once_and_nothing_is_claimed_while_asterisk_is_away(
    tmp_path: Path,
) -> None:
    asterisk = Asterisk()
    async with looking(asterisk, tmp_path / "notices.jsonl") as (trunk, fake), asyncio.TaskGroup() as beside:
        keeping = beside.create_task(trunk.keep_looking())
        await fake.until(lambda ami: ami.count("PJSIPShowEndpoint") == 2)
        asterisk.status = "Rejected"
        await fake.tell(Event="Registry", ChannelType="PJSIP", Status="Rejected")
        await told(trunk, f"{NOT_REGISTERED}; he does answer OPTIONS")
        assert trunk.figures() == {"registered": False, "answers": True}
        fake.answer = lambda _, __: [{"Response": "Error", "Message": "not now"}]
        await fake.tell(Event="Registry", ChannelType="PJSIP", Status="Rejected")
        await told(trunk, None)
        assert trunk.figures() == {}
        keeping.cancel()
