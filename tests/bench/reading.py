"""What a capture says about calls: pure functions from messages and packets to durations in seconds."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

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


def answer_times(messages: Sequence[Sip], carrier: str, number: str) -> list[float]:
    """From a citizen's INVITE to ``number`` to the answer of the line."""
    return [
        call.answered_s - call.began_s
        for call in citizens(messages, carrier, ()).values()
        if call.number == number and call.answered_s is not None
    ]


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


@dataclass(slots=True)
class _Leg:
    invite: Sip
    answered_s: float | None = None
    ended_s: float | None = None


@dataclass(frozen=True, slots=True)
class Citizen:
    """One citizen's call as packets tell it. Instants as in `Sip`; None: did not happen.

    ``ear``: the port at which he hears. ``served``: of each operator's telephone that answered, when, and when the end
    of it was acknowledged.
    """

    number: str
    ear: int
    began_s: float
    answered_s: float | None
    ended_s: float | None
    served: Sequence[tuple[float, float | None]]

    @property
    def in_order(self) -> bool:
        """Answered and ended; one operator at most was between, and no telephone was left with it."""
        if self.answered_s is None or self.ended_s is None or len(self.served) > 1:
            return False
        return all(
            self.answered_s <= begin <= self.ended_s and end is not None and begin <= end for begin, end in self.served
        )


def citizens(messages: Sequence[Sip], carrier: str, telephones: Collection[str]) -> dict[str, Citizen]:
    """Citizens' calls by their telephone numbers, of which each has his own; ``telephones``: where operators' are."""
    legs: dict[str, _Leg] = {}
    for one in messages:
        if one.status is None and one.method == "INVITE":
            legs.setdefault(one.call_id, _Leg(one))
        elif one.status == 200 and (leg := legs.get(one.call_id)):
            if one.method == "INVITE" and leg.answered_s is None:
                leg.answered_s = one.at_s
            elif one.method == "BYE" and leg.ended_s is None:
                leg.ended_s = one.at_s
    served: defaultdict[str, list[tuple[float, float | None]]] = defaultdict(list)
    for leg in legs.values():
        if leg.invite.target in telephones and leg.answered_s is not None:
            served[leg.invite.caller].append((leg.answered_s, leg.ended_s))
    return {
        leg.invite.caller: Citizen(
            leg.invite.user,
            leg.invite.media,
            leg.invite.at_s,
            leg.answered_s,
            leg.ended_s,
            tuple(served[leg.invite.caller]),
        )
        for leg in legs.values()
        if leg.invite.source == carrier
    }


def hearing(calls: Mapping[str, Citizen], packets: Sequence[Rtp], carrier: str) -> set[str]:
    """The citizens to whom a tone came while they were served: their own voice, from the operator's telephone."""
    at_ear: defaultdict[int, list[tuple[str, Citizen]]] = defaultdict(list)
    for caller, call in calls.items():
        at_ear[call.ear].append((caller, call))
    return {
        caller
        for packet in packets
        if packet.tone and packet.target[0] == carrier
        for caller, call in at_ear[packet.target[1]]
        if any(begin <= packet.at_s <= (end or packet.at_s) for begin, end in call.served)
    }


def at_once(spans: Iterable[tuple[float, float]]) -> list[tuple[float, int]]:
    """How many of these spans of time hold, from each instant on at which that changes."""
    changes = sorted(change for begin, end in spans for change in ((begin, 1), (end, -1)))
    return list(zip((at_s for at_s, _ in changes), accumulate(change for _, change in changes), strict=True))


def longest_pause(instants: Iterable[float]) -> float:
    """The longest time between two of these instants."""
    return max((after - before for before, after in pairwise(sorted(instants))), default=0.0)
