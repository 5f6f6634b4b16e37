"""Each fault of panoramisk, shown on the plain library and mended in ours."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from panoramisk import Manager

from ctl.pbx.ami import Ami, AmiAway, AmiRefused
from tests.unit.pbx.fake_ami import FakeAmi, fake_ami

NAME = "豊島区役所 環境政策課"
SOON_S = 0.05


class Heard:
    """The AMI client under test and the events that it heard."""

    def __init__(self) -> None:
        self.events: list[Mapping[str, str]] = []
        self.up = asyncio.Event()
        self.client: Any = None

    def names(self) -> list[str]:
        return [event["CallerIDName"] for event in self.events if "CallerIDName" in event]


@asynccontextmanager
async def ours(fake: FakeAmi, deadline_s: float = 2.0) -> AsyncIterator[Heard]:
    heard = Heard()
    client = Ami(
        "127.0.0.1",
        fake.port,
        "ctl",
        "secret",
        heard.events.append,
        heard.up.set,
        ping_s=SOON_S,
        pong_s=SOON_S,
        reconnect_s=0,
        deadline_s=deadline_s,
    )
    heard.client = client
    client.connect()
    await asyncio.wait_for(heard.up.wait(), 5)
    yield heard
    client.stop()


@asynccontextmanager
async def plain(fake: FakeAmi) -> AsyncIterator[Heard]:
    heard = Heard()
    client = Manager(host="127.0.0.1", port=fake.port, username="ctl", secret="secret", reconnect_timeout=0)
    client.ping_delay = client.ping_interval = SOON_S
    client.register_event("*", lambda _, event: heard.events.append(event))
    client.register_event("FullyBooted", lambda *_: heard.up.set())
    heard.client = client
    client.connect()
    await asyncio.wait_for(heard.up.wait(), 5)
    yield heard
    client.reconnect_timeout = 3600
    client.close()


def receive_a_name_in_two_pieces(client: Any) -> None:
    whole = f"Event: Newchannel\r\nCallerIDName: {NAME}\r\n\r\n".encode()
    middle = whole.index("区".encode()) + 1
    client.protocol.data_received(whole[:middle])
    client.protocol.data_received(whole[middle:])


async def test_character_across_two_chunks_is_kept() -> None:
    async with fake_ami() as fake, ours(fake) as heard:
        receive_a_name_in_two_pieces(heard.client)
        assert heard.names() == [NAME]


async def test_plain_library_loses_it() -> None:
    async with fake_ami() as fake, plain(fake) as heard:
        receive_a_name_in_two_pieces(heard.client)
        assert heard.names() == [NAME.replace("区", "")]


def silent_to_originate(_: FakeAmi, action: dict[str, str]) -> list[dict[str, str]] | None:
    return None if action["Action"] == "Originate" else [{"Response": "Success"}]


async def test_unanswered_originate_fails_and_is_not_sent_again() -> None:
    async with fake_ami(silent_to_originate) as fake, ours(fake) as heard:
        asking = asyncio.create_task(heard.client.ask("Originate", {"Channel": "PJSIP/2001"}))
        await fake.until(lambda fake: fake.count("Originate") == 1)
        fake.cut()
        with pytest.raises(AmiAway):
            await asking
        await fake.until(lambda fake: fake.connections == 2 and fake.count("Ping") >= 2)
        assert fake.count("Originate") == 1


async def test_plain_library_rings_twice() -> None:
    async with fake_ami(silent_to_originate) as fake, plain(fake) as heard:
        heard.client.send_action({"Action": "Originate", "Channel": "PJSIP/2001"})
        await fake.until(lambda fake: fake.count("Originate") == 1)
        fake.cut()
        await fake.until(lambda fake: fake.count("Originate") == 2)
        assert fake.connections == 2


async def test_half_open_connection_is_noticed_and_replaced() -> None:
    async with fake_ami(lambda *_: None) as fake, ours(fake) as heard:
        await fake.until(lambda fake: fake.connections >= 3)
        assert all(action["Action"] == "Ping" for action in fake.asked)
        assert heard.up.is_set()


async def test_plain_library_pings_on_and_notices_nothing() -> None:
    async with fake_ami(lambda *_: None) as fake, plain(fake):
        await fake.until(lambda fake: fake.count("Ping") >= 10)
        assert fake.connections == 1


async def test_question_without_answer_has_a_deadline() -> None:
    async with fake_ami(silent_to_originate) as fake, ours(fake, deadline_s=SOON_S) as heard:
        with pytest.raises(AmiAway, match=r"no answer in 0\.05 s"):
            await heard.client.ask("Originate", {"Channel": "PJSIP/2001"})


async def test_answered_pings_keep_the_connection() -> None:
    async with fake_ami() as fake, ours(fake) as heard:
        await fake.until(lambda fake: fake.count("Ping") >= 10)
        assert fake.connections == 1
        assert heard.client.up


async def test_list_is_collected_to_its_end() -> None:
    rows = [
        {"Response": "Success", "EventList": "start", "Message": "Queue status will follow"},
        {"Event": "QueueEntry", "Position": "1"},
        {"Event": "QueueEntry", "Position": "2"},
        {"Event": "QueueStatusComplete", "EventList": "Complete"},
    ]
    async with fake_ami(lambda *_: rows) as fake, ours(fake) as heard:
        answers = await heard.client.ask("QueueStatus", many=True)
        assert [row.position for row in answers if row.event == "QueueEntry"] == ["1", "2"]


async def test_added_to_queue_is_an_answer_of_one_message() -> None:
    reply = [{"Response": "Success", "Message": "Added interface to queue"}]
    async with fake_ami(lambda *_: reply) as fake, ours(fake) as heard:
        (answer,) = await heard.client.ask("QueueAdd", {"Queue": "inquiry"})
        assert answer.message == "Added interface to queue"


async def test_error_is_refused_with_asterisks_words() -> None:
    reply = [{"Response": "Error", "Message": "No such channel"}]
    async with fake_ami(lambda *_: reply) as fake, ours(fake) as heard:
        with pytest.raises(AmiRefused, match="No such channel"):
            await heard.client.ask("Redirect", {"Channel": "gone"})


async def test_fault_in_a_listener_does_not_end_the_connection() -> None:
    def listener(_: Mapping[str, str]) -> None:
        raise ValueError("a fault of ours")

    up = asyncio.Event()
    async with fake_ami() as fake:
        client = Ami("127.0.0.1", fake.port, "ctl", "secret", listener, up.set, reconnect_s=0)
        client.connect()
        await asyncio.wait_for(up.wait(), 5)
        await fake.tell(Event="Newchannel")
        await client.ask("Ping")
        assert fake.connections == 1
        client.stop()


async def test_event_that_names_a_field_twice_is_not_believed() -> None:
    """A caller's number with a line break in it adds fields of the caller's own."""
    async with fake_ami() as fake, ours(fake) as heard:
        number = "0\r\nChannel: PJSIP/2003-0000002a"
        heard.client.protocol.data_received(
            f"Event: Newchannel\r\nChannel: PJSIP/carrier-1\r\nCallerIDNum: {number}\r\nCallerIDName: forged\r\n\r\n".encode()
        )
        receive_a_name_in_two_pieces(heard.client)
        assert heard.names() == [NAME]


async def test_error_where_a_list_was_asked_for_is_refused_at_once() -> None:
    reply = [{"Response": "Error", "Message": "No Contacts found"}]
    async with fake_ami(lambda *_: reply) as fake, ours(fake, deadline_s=60) as heard:
        with pytest.raises(AmiRefused, match="No Contacts found"):
            await heard.client.ask("PJSIPShowContacts", many=True)
