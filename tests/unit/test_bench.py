"""The measuring instruments measure right: what is written to a capture is read from it."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import dpkt
import pytest

from tests.bench import reading, usage, wire
from tests.bench.cases.pops import OFFERED, after, pieces
from tests.bench.drive import Driven
from tests.bench.figures import Race, Row, Spread, slow_part, table
from tests.bench.place import NOBODY
from tests.bench.reading import Citizen
from tests.bench.sipp import Finished
from tests.bench.wire import TELEPHONE_EVENT, Rtp, Sip

PBX, CARRIER, PHONES = "127.0.0.1", "127.0.0.10", "127.0.0.41"

INVITE = (
    b"INVITE sip:0399990001@127.0.0.1 SIP/2.0\r\nFrom: <sip:0350000001@127.0.0.10>;tag=a\r\n"
    b"Call-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"
)
ANSWER = b"SIP/2.0 200 OK\r\nFrom: <sip:0350000001@127.0.0.10>;tag=a\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\r\n"


def capture(path: Path, packets: list[tuple[float, str, str, bytes]]) -> Path:
    with path.open("wb") as file:
        writer = dpkt.pcap.Writer(file)
        for at_s, source, target, data in packets:
            udp = dpkt.udp.UDP(sport=5060, dport=5060, data=data, ulen=8 + len(data))
            octets = [bytes(int(part) for part in address.split(".")) for address in (source, target)]
            packet = dpkt.ip.IP(src=octets[0], dst=octets[1], p=dpkt.ip.IP_PROTO_UDP, data=udp, len=28 + len(data))
            writer.writepkt(bytes(dpkt.ethernet.Ethernet(data=packet)), ts=at_s)
    return path


def test_sip_messages_are_read_with_time_parties_and_call(tmp_path: Path) -> None:
    path = capture(
        tmp_path / "a.pcap", [(10.0, "127.0.0.10", "127.0.0.1", INVITE), (10.5, "127.0.0.1", "127.0.0.10", ANSWER)]
    )
    invite, answer = wire.sip(path)
    assert (invite.method, invite.status, invite.user, invite.caller) == ("INVITE", None, "0399990001", "0350000001")
    assert (answer.method, answer.status, answer.call_id) == ("INVITE", 200, "one")
    assert answer.at_s - invite.at_s == pytest.approx(0.5)


def test_message_that_is_no_text_is_read_as_far_as_it_is(tmp_path: Path) -> None:
    broken = INVITE.replace(b"Call-ID: one", b"Call-ID: \xff").replace(b"0350000001", b"\xfe")
    (read,) = wire.sip(capture(tmp_path / "a.pcap", [(10.0, "127.0.0.10", "127.0.0.1", broken)]))
    assert (read.method, read.call_id, read.caller) == ("INVITE", "\ufffd", "\ufffd")


def test_end_of_a_telephone_event_is_told_from_its_middle(tmp_path: Path) -> None:
    header = bytes([0x80, TELEPHONE_EVENT]) + bytes(10)
    middle, end = header + bytes([1, 0x0A, 0, 160]), header + bytes([1, 0x8A, 0, 160])
    path = capture(
        tmp_path / "b.pcap", [(1.0, "127.0.0.10", "127.0.0.1", middle), (1.1, "127.0.0.10", "127.0.0.1", end)]
    )
    assert [packet.event_end for packet in wire.rtp(path)] == [False, True]


def test_spread_of_a_hundred_durations() -> None:
    spread = Spread.of([n / 1000 for n in range(101)], 101)
    assert (spread.p50_ms, spread.p99_ms, spread.most_ms) == pytest.approx((50, 99, 100))


def test_figure_without_all_its_calls_is_none() -> None:
    with pytest.raises(ValueError, match="1 durations were measured instead of 2"):
        Spread.of([0.1], 2)
    with pytest.raises(ValueError, match="0 durations"):
        Spread.of([], 0)
    with pytest.raises(RuntimeError, match="SIPp ended with 1"):
        Finished(1, "").ensure()


# --- from messages to durations ---------------------------------------------------------------------------------------


def request(at_s: float, method: str, source: str, target: str, call_id: str, user: str = "", caller: str = "") -> Sip:
    return Sip(at_s, source, target, method, None, call_id, user, caller)


def response(at_s: float, status: int, method: str, source: str, target: str, call_id: str) -> Sip:
    return Sip(at_s, source, target, method, status, call_id, "", "")


def test_entry_is_timed_from_the_answer_to_the_first_ring_of_the_same_caller() -> None:
    messages = [
        request(1.0, "INVITE", CARRIER, PBX, "a", user="0399990001", caller="0350000001"),
        request(1.1, "INVITE", CARRIER, PBX, "b", user="0399990002", caller="0350000002"),
        response(1.2, 200, "INVITE", PBX, CARRIER, "b"),
        response(1.5, 200, "INVITE", PBX, CARRIER, "a"),
        request(1.6, "INVITE", PBX, PHONES, "ring-b", user="3011", caller="0350000002"),
        response(1.7, 200, "INVITE", PBX, CARRIER, "a"),  # repeated: the first one counts
        request(1.75, "INVITE", PBX, PHONES, "ring-a", user="3001", caller="0350000001"),
        request(1.9, "INVITE", PBX, PHONES, "ring-a-again", user="3002", caller="0350000001"),
    ]
    assert reading.entry_times(messages, PBX, CARRIER, "0399990001") == pytest.approx([0.25])
    assert reading.entry_times(messages, PBX, CARRIER, "0399990002") == pytest.approx([0.4])


def test_caller_whom_nobody_rings_has_no_entry_time() -> None:
    messages = [
        request(1.0, "INVITE", CARRIER, PBX, "a", user="0399990001", caller="0350000001"),
        response(1.5, 200, "INVITE", PBX, CARRIER, "a"),
    ]
    assert reading.entry_times(messages, PBX, CARRIER, "0399990001") == []


def test_free_operator_is_timed_from_the_hang_up_to_the_next_ring_of_the_same_telephone() -> None:
    messages = [
        request(1.0, "INVITE", PBX, PHONES, "a", user="3021"),
        request(1.0, "INVITE", PBX, PHONES, "b", user="3022"),
        request(2.0, "BYE", PHONES, PBX, "b"),
        request(2.1, "BYE", PHONES, PBX, "a"),
        request(2.3, "INVITE", PBX, PHONES, "c", user="3021"),
        request(2.5, "BYE", PHONES, PBX, "a"),  # repeated, and long over
        request(2.6, "INVITE", PBX, PHONES, "c", user="3021"),
        request(2.7, "INVITE", PBX, PHONES, "d", user="3022"),
        request(2.8, "INVITE", PBX, PHONES, "e", user="3031"),  # of the other side
        request(2.9, "BYE", PHONES, PBX, "c"),  # nobody waits any more
    ]
    assert reading.free_times(messages, PBX, PHONES, [3021, 3022]) == pytest.approx([0.2, 0.7])


def test_citizens_call_is_told_from_its_legs() -> None:
    messages = [
        Sip(1.0, CARRIER, PBX, "INVITE", None, "a", "0399990001", "0350000001", 6000),
        response(1.1, 200, "INVITE", PBX, CARRIER, "a"),
        request(1.2, "INVITE", PBX, PHONES, "a-1", user="3001", caller="0350000001"),  # rings in vain
        request(1.3, "INVITE", PBX, PHONES, "a-2", user="3002", caller="0350000001"),
        response(1.4, 200, "INVITE", PHONES, PBX, "a-2"),
        response(1.9, 200, "INVITE", PHONES, PBX, "a-2"),  # repeated
        response(3.0, 200, "BYE", PBX, CARRIER, "a"),
        response(3.1, 200, "BYE", PHONES, PBX, "a-2"),
        request(9.0, "INVITE", CARRIER, PBX, "b", user="0399990001", caller="0350000002"),
    ]
    calls = reading.citizens(messages, CARRIER, [PHONES])
    assert calls["0350000001"] == Citizen("0399990001", 6000, 1.0, 1.1, 3.0, ((1.4, 3.1),))
    assert calls["0350000002"].answered_s is None


ENDED = Citizen("0399990001", 6000, 1.0, 1.1, 3.0, ((1.4, 3.1),))


def test_call_is_in_order_with_one_operator_at_most_who_is_released() -> None:
    assert ENDED.in_order
    assert replace(ENDED, served=()).in_order
    assert not replace(ENDED, served=((1.4, None),)).in_order
    assert not replace(ENDED, served=((1.4, 1.6), (1.7, 3.1))).in_order
    assert not replace(ENDED, served=((3.05, 3.1),)).in_order  # rung after the citizen was gone
    assert not replace(ENDED, ended_s=None).in_order
    assert not replace(ENDED, answered_s=None).in_order


def test_what_holds_at_once_is_counted() -> None:
    assert reading.at_once([(1.0, 3.0), (2.0, 4.0), (3.0, 5.0)]) == [(1, 1), (2, 2), (3, 1), (3, 2), (4, 1), (5, 0)]


def test_longest_pause_lies_between_neighbours() -> None:
    assert reading.longest_pause([4.0, 1.0, 2.0]) == 2
    assert reading.longest_pause([4.0]) == 0


def test_driven_calls_fail_when_they_are_not_heard_or_not_there() -> None:
    deserted = replace(ENDED, number=NOBODY, served=())
    good = Driven(2, 4, True, {"a": ENDED, "b": deserted}, {"a"}, [], datetime.now(UTC))
    assert (good.failed, good.most_talking) == (0, 1)
    assert replace(good, heard=()).failed == 1
    assert replace(good, wanted=3).failed == 1
    assert replace(good, orderly=False).failed == 1


def test_driven_calls_that_fail_say_what_they_lack() -> None:
    calls = {
        "fine": ENDED,
        "deserted": replace(ENDED, number=NOBODY, served=()),
        "silent": ENDED,
        "alone": replace(ENDED, served=()),
        "ringing": replace(ENDED, answered_s=None),
        "left": replace(ENDED, served=[(ENDED.served[0][0], None)]),
    }
    driven = Driven(7, 4, False, calls, {"fine", "left"}, [], datetime.now(UTC))
    told = driven.failures()
    assert [one.split(":")[0] for one in told[:4]] == ["silent", "alone", "ringing", "left"]
    assert told[0] == "silent: not heard both ways"
    assert told[4:] == ["1 calls were not begun", "telephones complain"]
    assert driven.failed == 5


def test_rate_is_that_of_the_calls_really_begun() -> None:
    begun = {f"call-{n}": replace(ENDED, began_s=10 + n / 4) for n in range(9)}
    driven = Driven(9, 4, True, begun, (), [], datetime.now(UTC))
    assert driven.came_per_s == pytest.approx(4)
    with pytest.raises(ValueError, match="two calls"):
        _ = replace(driven, calls={}).came_per_s


def test_slow_mode_is_looked_for_between_150_and_250_ms() -> None:
    assert slow_part([0.003, 0.149, 0.151, 0.249, 0.251, 1.0, 0.2, 0.004]) == 3 / 8


# --- from packets to durations ----------------------------------------------------------------------------------------


def packet(at_s: float, source: tuple[str, int], target: tuple[str, int], kind: int = 0, **more: bool) -> Rtp:
    return Rtp(
        at_s, source, target, kind, more.get("event_end", False), more.get("sound", True), more.get("tone", False)
    )


def test_first_word_is_the_first_tone_to_the_citizen_after_the_answer_in_the_midst_of_speech() -> None:
    citizen = (CARRIER, 20000)
    messages = [
        response(1.0, 200, "INVITE", PHONES, PBX, "a"),
        response(1.2, 200, "INVITE", PHONES, PBX, "a"),  # repeated
        response(5.0, 200, "INVITE", PHONES, PBX, "silent"),
    ]
    packets = [
        packet(0.96, (PBX, 9), citizen, tone=True),  # of the call before
        packet(0.98, (PBX, 9), citizen),
        packet(1.04, (PBX, 9), citizen),
        packet(1.05, (PBX, 9), (PHONES, 30000), tone=True),  # the citizen's own, on its way to the operator
        packet(1.1, (PBX, 9), citizen, tone=True),
        packet(1.12, (PBX, 9), citizen, tone=True),
        packet(5.1, (PBX, 9), citizen, tone=True),
    ]
    assert reading.first_words(messages, packets, PHONES, CARRIER) == pytest.approx([0.1])


def test_key_is_timed_from_its_first_end_to_the_next_sound_for_the_same_citizen() -> None:
    one, other, pbx = (CARRIER, 6000), (CARRIER, 6002), (PBX, 10000)
    packets = [
        packet(1.0, pbx, one),  # the prompt before
        packet(3.0, one, pbx, TELEPHONE_EVENT),
        packet(3.1, one, pbx, TELEPHONE_EVENT, event_end=True),
        packet(3.11, pbx, other),
        packet(3.12, one, pbx, TELEPHONE_EVENT, event_end=True),  # an end is sent three times
        packet(3.13, pbx, one, TELEPHONE_EVENT),
        packet(3.14, pbx, one),
        packet(3.16, pbx, one),
    ]
    assert reading.key_times(packets, CARRIER) == pytest.approx([0.04])


def test_hearing_are_those_to_whom_a_tone_comes_while_they_are_served() -> None:
    calls = {"a": ENDED, "b": replace(ENDED, ear=6002), "c": replace(ENDED, ear=6004)}
    pbx = (PBX, 10000)
    packets = [
        packet(1.3, pbx, (CARRIER, 6002), tone=True),  # too early to be the operator's
        packet(1.5, pbx, (CARRIER, 6000), tone=True),
        packet(1.5, pbx, (CARRIER, 6002)),  # not a tone
        packet(1.5, (CARRIER, 6004), pbx, tone=True),
    ]
    assert reading.hearing(calls, packets, CARRIER) == {"a"}


def test_silence_is_told_from_sound(tmp_path: Path) -> None:
    header = bytes([0x80, 0]) + bytes(10)
    path = capture(
        tmp_path / "c.pcap",
        [(1.0, PBX, CARRIER, header + b"\xff" * 160), (1.02, PBX, CARRIER, header + b"\xff\x80" * 80)],
    )
    assert [one.sound for one in wire.rtp(path)] == [False, True]


# --- from durations to verdicts ---------------------------------------------------------------------------------------


def test_one_disturbed_round_does_not_decide_but_its_worst_is_told() -> None:
    rounds = [Spread(10, 1, 2, 3), Spread(10, 100, 200, 300), Spread(10, 2, 4, 5)]
    assert Spread.typical(rounds) == Spread(30, 2, 4, 300)


def test_ratio_of_a_race_is_the_median_of_the_ratios_of_its_rounds() -> None:
    ours = [Spread(1, 2, 30, 30), Spread(1, 3, 10, 10), Spread(1, 50, 20, 20)]
    theirs = [Spread(1, 1, 10, 10), Spread(1, 1, 10, 10), Spread(1, 10, 10, 10)]
    race = Race(ours, theirs)
    assert (race.p50, race.p99) == pytest.approx((3, 2))
    with pytest.raises(ValueError, match="both sides"):
        Race(ours, theirs[:2])


def test_report_tells_met_from_missed_and_judges_nothing_without_a_goal() -> None:
    rows = [Row("a", "1", goal="≤ 2", met=True), Row("b", "3", goal="≤ 2", met=False), Row("c", "4")]
    assert [line.rstrip(" |").rpartition("| ")[2] for line in table(rows).splitlines()[2:4]] == ["met", "MISSED"]
    assert rows[2].verdict == ""


def test_processor_time_is_what_each_process_has_used_since() -> None:
    before = {1: ("asterisk", 5.0), 2: ("postgres", 1.0), 3: ("postgres", 9.0)}
    after = {1: ("asterisk", 5.5), 2: ("postgres", 1.25), 4: ("postgres", 0.5)}
    assert usage.used_s(before, after) == pytest.approx({"asterisk": 0.5, "postgres": 0.75})


def test_screen_hears_of_a_ring_by_its_first_message() -> None:
    assert after([2.0, 5.0, 9.0], [0.5, 2.25, 3.0, 9.5]) == [0.25, 0.5]


def test_screen_that_hears_of_a_ring_before_the_telephone_does_has_not_waited() -> None:
    assert after([2.0, 5.0], [1.75, 4.75]) == [0.0, 0.0]


def test_what_a_message_changes_on_the_page_is_read_by_element() -> None:
    line = b'data: {"live": true, "pieces": {"o-3061": "<li class=\\"card state-offered\\">"}}\n'
    assert OFFERED in pieces(line)["o-3061"]
    assert pieces(b'data: {"live": true}\n') == {}
