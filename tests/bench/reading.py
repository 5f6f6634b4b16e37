"""What a capture says about calls: pure functions from messages and packets to durations in seconds."""

from collections import Counter
from collections.abc import Iterable, Sequence

from tests.bench.wire import TELEPHONE_EVENT, Rtp, Sip


def first_requests(messages: Sequence[Sip], method: str, source: str) -> list[Sip]:
    """Requests from an address, repetitions left out."""
    found: dict[str, Sip] = {}
    for one in messages:
        if one.status is None and one.method == method and one.source == source:
            found.setdefault(one.call_id, one)
    return list(found.values())


def entry_times(messages: Sequence[Sip], pbx: str, carrier: str, number: str) -> list[float]:
    """From the answer to a citizen who called ``number`` to the first INVITE at a telephone on his behalf.

    Caller and operator legs are told apart by direction and joined by the citizen's telephone number.
    """
    callers = {one.call_id: one.caller for one in first_requests(messages, "INVITE", carrier) if one.user == number}
    answered: dict[str, float] = {}
    for one in messages:
        if one.status == 200 and one.method == "INVITE" and one.source == pbx and one.call_id in callers:
            answered.setdefault(callers[one.call_id], one.at_s)
    rung: dict[str, float] = {}
    for one in first_requests(messages, "INVITE", pbx):
        rung.setdefault(one.caller, one.at_s)
    return [rung[caller] - at_s for caller, at_s in answered.items() if caller in rung]


def free_times(messages: Sequence[Sip], pbx: str, telephones: str, extensions: Iterable[int]) -> list[float]:
    """From an operator's BYE to the next INVITE at the same telephone; the last BYE of each telephone has none."""
    wanted = {str(extension) for extension in extensions}
    telephone_of: dict[str, str] = {}
    freed_at: dict[str, float] = {}
    seen: set[str] = set()
    times = []
    for one in messages:
        if one.status is not None:
            continue
        if one.method == "INVITE" and one.source == pbx and one.user in wanted and one.call_id not in seen:
            seen.add(one.call_id)
            telephone_of[one.call_id] = one.user
            if one.user in freed_at:
                times.append(one.at_s - freed_at.pop(one.user))
        elif one.method == "BYE" and one.source == telephones and one.call_id in telephone_of:
            freed_at[telephone_of.pop(one.call_id)] = one.at_s
    return times


def calls_per_s(messages: Sequence[Sip], carrier: str) -> float:
    """How many calls a second citizens really began, from the first to the last."""
    begun = [one.at_s for one in first_requests(messages, "INVITE", carrier)]
    if len(begun) < 2:
        raise ValueError("a rate takes two calls")
    return (len(begun) - 1) / (begun[-1] - begun[0])


def answered_calls(messages: Sequence[Sip], telephones: str) -> int:
    """How many calls telephones at this address have answered."""
    return len(
        {one.call_id for one in messages if one.status == 200 and one.method == "INVITE" and one.source == telephones}
    )


def key_times(packets: Sequence[Rtp], caller: str) -> list[float]:
    """From the end of a citizen's key to the first packet of sound to that citizen after it.

    The sound before the key must have ended: whatever comes afterwards is the next prompt.
    """
    ended: dict[tuple[str, int], float] = {}
    times: dict[tuple[str, int], float] = {}
    for packet in packets:
        if packet.event_end and packet.source[0] == caller:
            ended.setdefault(packet.source, packet.at_s)
        elif packet.target in ended and packet.kind != TELEPHONE_EVENT:
            times.setdefault(packet.target, packet.at_s - ended[packet.target])
    return list(times.values())


def first_words(messages: Sequence[Sip], packets: Sequence[Rtp], telephones: str, citizens: str) -> list[float]:
    """From an operator's answer to the first packet in which the citizen hears him, who sends a tone; one call at a time.

    Calls in which nothing was being said to the citizen at the moment of the answer have none.
    """
    answers: dict[str, float] = {}
    for one in messages:
        if one.status == 200 and one.method == "INVITE" and one.source == telephones:
            answers.setdefault(one.call_id, one.at_s)
    heard = [packet for packet in packets if packet.target[0] == citizens and packet.sound]
    times = []
    for at_s in answers.values():
        spoken = any(at_s - 0.1 < packet.at_s <= at_s and not packet.tone for packet in heard)
        word = next((packet.at_s for packet in heard if packet.at_s > at_s and packet.tone), None)
        if spoken and word is not None:
            times.append(word - at_s)
    return times


def heard_by(packets: Sequence[Rtp], party: str, at_least: int) -> int:
    """To how many ports of ``party`` at least so many packets came that are not silence."""
    sound = Counter(packet.target for packet in packets if packet.target[0] == party and packet.sound)
    return sum(1 for count in sound.values() if count >= at_least)
