"""What a real Asterisk said, and what the switchboard hears of it."""

import json
from datetime import UTC, datetime

import msgspec
import pytest

from ctl.pbx import wire
from ctl.pbx.ari import decode
from ctl.pbx.causes import BY_CODE, SILENT, cause_of
from ctl.pbx.hands import Hands
from ctl.pbx.translate import HEARD, SHUTTING_DOWN, arguments, told_at, translate
from ctl.switchboard.conversation import FAILED_TELEPHONE
from ctl.switchboard.events import (
    CallArrived,
    Cause,
    KeyPressed,
    LegAnswered,
    LegCalled,
    LegEnded,
    LegRang,
    OperatorDialled,
    PhoneHeld,
    PhoneResumed,
    PlaybackEnded,
    TalkElsewhere,
)
from ctl.switchboard.ids import Extension, LegId, PlaybackId
from tests.unit.pbx.samples import channel, channel_of, lines, recorded


def holding(event: wire.Event, answered: bool = False) -> Hands:
    """Hands that hold the leg that an event is about."""
    hands = Hands()
    held = hands.take(LegId(channel_of(event)))
    held.entered, held.answered = True, answered
    return hands


def test_everything_recorded_can_be_read() -> None:
    types = {json.loads(line)["type"] for line in lines()}
    assert {type(decode(line)).__name__ for line in lines()} == types
    assert set(HEARD) <= types


def test_citizens_call_arrives_with_the_numbers_in_national_form() -> None:
    event = recorded("StasisStart", args=["inbound", "0339811111", "0312345678"])
    leg = channel_of(event)
    assert translate(event, Hands()) == CallArrived(leg, leg, "0339811111", "0312345678")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("args", "dialled", "caller", "since"),
    [
        (("inbound", "+81339811111", "+819012345678", "1795509605123"), "0339811111", "09012345678", 1795509605123),
        (("inbound", "0345662466"), "0345662466", "", None),
        (("inbound", "0345662466", "anonymous", ""), "0345662466", "", None),
    ],
)
def test_arrival_knows_the_called_number_the_caller_and_the_first_instant(
    args: tuple[str, ...], dialled: str, caller: str, since: int | None
) -> None:
    first = recorded("StasisStart", state="Up")
    assert isinstance(first, wire.StasisStart)
    news = translate(wire.StasisStart(channel=first.channel, args=args), Hands())
    assert isinstance(news, CallArrived)
    assert (news.dialled, news.caller, news.waiting_since) == (dialled, caller, since)


def test_caller_brings_along_the_talks_that_were_broken_off_in_the_fallback() -> None:
    first = recorded("StasisStart", state="Up")
    assert isinstance(first, wire.StasisStart)
    args = ("inbound", "0339811111", "", "1000", "/2001:2000:5000")
    news = translate(wire.StasisStart(channel=first.channel, args=args), Hands())
    assert isinstance(news, CallArrived)
    assert (news.waiting_since, news.talks) == (1000, (TalkElsewhere(Extension("2001"), 2000, 5000),))


@pytest.mark.parametrize(("keyed", "dialled"), [("*11", "*11"), ("2002", "2002"), ("+81312345678", "0312345678")])
def test_operator_dialled(keyed: str, dialled: str) -> None:
    event = recorded("StasisStart", args=["operator", "2001", keyed])
    news = translate(event, Hands())
    assert isinstance(news, OperatorDialled)
    assert (news.extension, news.endpoint, news.dialled) == ("2001", "2001", dialled)


@pytest.mark.parametrize(
    ("keyed", "named", "proven"),
    [("*112060", ("2060", "4938"), True), ("*112060", ("2060", "0000"), False), ("*112060", ("2005", "4938"), False)],
)
def test_pin_proves_only_whom_the_code_names(keyed: str, named: tuple[str, str], proven: bool) -> None:
    """2005 and 2060 have the same PIN."""
    event = recorded("StasisStart", args=["operator", "2001", "*11"])
    assert isinstance(event, wire.StasisStart)
    dialled = wire.StasisStart(channel=event.channel, args=("operator", "2001", keyed, *named))
    news = translate(dialled, Hands(), lambda operator, pin: operator in ("2005", "2060") and pin == "4938")
    assert isinstance(news, OperatorDialled)
    assert news.proven is proven


def test_browser_belongs_to_the_same_extension() -> None:
    event = recorded("StasisStart", args=["operator", "2001", "*11"])
    assert isinstance(event, wire.StasisStart)
    news = translate(wire.StasisStart(channel=event.channel, args=("operator", "2001w", "*11")), Hands())
    assert isinstance(news, OperatorDialled)
    assert (news.extension, news.endpoint) == ("2001", "2001w")


def test_leg_that_we_made_answers_when_it_is_handed_to_us_and_not_before() -> None:
    made = recorded("StasisStart", args=["made"])
    assert isinstance(made, wire.StasisStart)
    up = msgspec.structs.replace(made.channel, state="Up")
    hands = Hands()
    hands.expect(LegId(up.id))
    assert translate(wire.ChannelStateChange(channel=up), hands) is None
    assert translate(wire.StasisStart(channel=up, args=("made",)), hands) == LegAnswered(LegId(up.id))
    assert translate(wire.StasisStart(channel=up, args=("made",)), hands) is None


@pytest.mark.parametrize(
    "event", [recorded("Dial", dialstatus="RINGING"), recorded("ChannelStateChange", state="Ringing")]
)
def test_ringing_is_told_once(event: wire.Event) -> None:
    hands = holding(event)
    assert translate(event, hands) == LegRang(LegId(channel_of(event)))
    assert translate(event, hands) is None


def test_call_of_an_operators_telephone_is_told_once_and_not_after_its_first_word() -> None:
    called, rang = recorded("Dial", dialstatus=""), recorded("Dial", dialstatus="RINGING")
    hands = holding(called)
    assert translate(called, hands) == LegCalled(LegId(channel_of(called)))
    assert translate(called, hands) is None
    hands = holding(rang)
    translate(rang, hands)
    assert isinstance(called, wire.Dial)
    assert isinstance(rang, wire.Dial)
    assert translate(msgspec.structs.replace(called, peer=rang.peer), hands) is None, "it came late"


def test_call_of_a_number_outside_says_nothing_of_a_telephone() -> None:
    called = recorded("Dial", dialstatus="")
    assert isinstance(called, wire.Dial)
    outside = msgspec.structs.replace(called.peer, name="PJSIP/carrier-00000001")
    event = msgspec.structs.replace(called, peer=outside)
    assert translate(event, holding(event)) is None


def test_answer_is_told_once() -> None:
    event = recorded("ChannelStateChange", state="Up")
    hands = holding(event)
    assert translate(event, hands) == LegAnswered(LegId(channel_of(event)))
    assert translate(event, hands) is None


@pytest.mark.parametrize(
    ("code", "sip", "state", "cause"),
    [
        (17, 486, "Ringing", Cause.BUSY),
        (19, 480, "Ringing", Cause.NO_ANSWER),
        (21, 403, "Down", Cause.REFUSED),
        (34, 503, "Down", Cause.CONGESTED),
        (1, 404, "Down", Cause.UNREACHABLE),
        (26, None, "Ringing", Cause.CANCELLED),
        (16, None, "Ringing", Cause.CANCELLED),
    ],
)
def test_leg_that_never_answered_ends_with_its_cause(code: int, sip: int | None, state: str, cause: Cause) -> None:
    event = recorded("ChannelDestroyed", cause=code, tech_cause=sip, state=state)
    hands = holding(event)
    assert translate(event, hands) == LegEnded(LegId(channel_of(event)), cause, code)
    assert translate(event, hands) is None


def test_answered_leg_ends_normally() -> None:
    event = recorded("ChannelDestroyed", cause=16, state="Up")
    assert translate(event, holding(event, answered=True)) == LegEnded(LegId(channel_of(event)), Cause.NORMAL, 16)


def test_whom_a_pbx_hangs_up_on_that_shuts_down_is_lost_and_has_not_hung_up() -> None:
    """As Asterisk 22.10.1 says it; the end of the channel follows within milliseconds, as of any other."""
    ended = recorded("ChannelDestroyed", cause=16, state="Up")
    assert isinstance(ended, wire.ChannelDestroyed)
    hands = holding(ended, answered=True)
    asked = wire.ChannelHangupRequest(channel=ended.channel, cause=SHUTTING_DOWN, soft=True)
    assert translate(asked, hands) == LegEnded(LegId(ended.channel.id), Cause.LOST, 0)
    assert translate(ended, hands) is None


@pytest.mark.parametrize(("cause", "soft"), [(16, None), (16, True), (32, True), (SHUTTING_DOWN, None)])
def test_any_other_request_to_hang_up_is_no_news(cause: int, soft: bool | None) -> None:
    ended = recorded("ChannelDestroyed", cause=16, state="Up")
    assert isinstance(ended, wire.ChannelDestroyed)
    hands = holding(ended, answered=True)
    assert translate(wire.ChannelHangupRequest(channel=ended.channel, cause=cause, soft=soft), hands) is None
    assert translate(ended, hands) == LegEnded(LegId(ended.channel.id), Cause.NORMAL, 16)


def test_end_of_a_leg_that_is_not_ours_is_no_news() -> None:
    assert translate(recorded("ChannelDestroyed", cause=16, state="Up"), Hands()) is None


@pytest.mark.parametrize("code", {0, 16, 31, *BY_CODE, 99} - {SILENT})
def test_answered_legs_are_never_told_as_failed(code: int) -> None:
    assert cause_of(code, answered=True) is Cause.NORMAL
    assert cause_of(code, answered=False) is not Cause.NORMAL


def test_answered_leg_whose_telephone_fell_silent_is_told_as_failed() -> None:
    assert cause_of(SILENT, answered=True) in FAILED_TELEPHONE


def test_key() -> None:
    event = recorded("ChannelDtmfReceived", digit="5")
    assert translate(event, holding(event)) == KeyPressed(LegId(channel_of(event)), "5")


def test_key_of_a_leg_that_is_not_ours_is_no_news() -> None:
    assert translate(recorded("ChannelDtmfReceived", digit="5"), Hands()) is None


@pytest.mark.parametrize("state", ["done", "failed"])
def test_playback_ends_however_it_ends(state: str) -> None:
    event = recorded("PlaybackFinished", state=state)
    assert isinstance(event, wire.PlaybackFinished)
    hands = Hands()
    hands.speaking[PlaybackId(event.playback.id)] = LegId("leg")
    assert translate(event, hands) == PlaybackEnded(PlaybackId(event.playback.id))
    assert hands.speaking == {}


def test_playback_that_we_declared_ended_is_not_told_again() -> None:
    event = recorded("PlaybackFinished", state="done")
    assert isinstance(event, wire.PlaybackFinished)
    hands = Hands()
    hands.speaking[PlaybackId(event.playback.id)] = LegId("leg")
    assert hands.declare_silent(PlaybackId(event.playback.id))
    assert translate(event, hands) is None


def test_hold_by_the_telephone_itself() -> None:
    held, resumed = recorded("ChannelHold"), recorded("ChannelUnhold")
    assert translate(held, Hands()) == PhoneHeld(LegId(channel_of(held)))
    assert translate(resumed, Hands()) == PhoneResumed(LegId(channel_of(resumed)))


@pytest.mark.parametrize("kind", ["ChannelVarset", "ChannelEnteredBridge", "PlaybackStarted", "ChannelHangupRequest"])
def test_rest_is_passed_over(kind: str) -> None:
    assert translate(recorded(kind), Hands()) is None


def test_type_newer_than_we_are_is_passed_over() -> None:
    assert decode('{"type": "ChannelTeleported", "application": "ctl"}') is None


def test_member_newer_than_we_are_is_passed_over() -> None:
    line = json.dumps({**json.loads(lines()[0]), "shoe_size": 44})
    assert decode(line) == decode(lines()[0])


def test_shape_that_was_never_promised_is_passed_over() -> None:
    assert decode('{"type": "StasisEnd", "application": "ctl"}') is None


@pytest.mark.parametrize(
    ("app_name", "app_data", "expected"),
    [
        ("Stasis", "ctl,inbound,0339811111,", ("inbound", "0339811111", "")),
        ("Stasis", "other,inbound,0339811111", None),
        ("Queue", "inquiry", None),
    ],
)
def test_channel_tells_with_what_arguments_it_stands_in_our_application(
    app_name: str, app_data: str, expected: tuple[str, ...] | None
) -> None:
    plan = {"context": "c", "exten": "e", "priority": 1, "app_name": app_name, "app_data": app_data}
    event = decode(json.dumps({"type": "StasisEnd", "channel": channel("1.1", dialplan=plan)}))
    assert isinstance(event, wire.StasisEnd)
    assert arguments(event.channel, "ctl") == expected


def test_instant_is_the_one_that_asterisk_stamped() -> None:
    event = msgspec.structs.replace(recorded("ChannelDestroyed"), timestamp="2026-11-24T17:32:06.236+0900")
    assert told_at(event) == told_at(msgspec.structs.replace(event, timestamp="2026-11-24T08:32:06.236+0000"))
    assert told_at(event) == int(datetime(2026, 11, 24, 8, 32, 6, 236_000, UTC).timestamp() * 1000)


@pytest.mark.parametrize("timestamp", ["", "yesterday"])
def test_instant_that_is_not_stamped_is_not_known(timestamp: str) -> None:
    assert told_at(msgspec.structs.replace(recorded("ChannelDestroyed"), timestamp=timestamp)) is None
