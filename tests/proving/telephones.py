"""What telephones saw: the calls of all telephones around a centre, read from the messages that passed on the wire.

An end on the wire is the first BYE, or the final refusal of an INVITE.
"""

from collections.abc import Iterable

from tests.bench.wire import Sip
from tests.proving.history import Leg, Side

CANCELLED = 487
"""How an INVITE ends that was taken back (RFC 3261 §9.1)."""


def legs(messages: Iterable[Sip], centre: str, carrier: str) -> list[Leg]:
    """The calls of all telephones around a centre, in the order in which they began. Repetitions count once."""
    found: dict[str, Leg] = {}
    for one in messages:
        leg = found.get(one.call_id)
        if leg is None:
            if one.method == "INVITE" and one.status is None:
                found[one.call_id] = _begun(one, centre, carrier)
        elif one.status is None:
            _requested(leg, one, centre)
        elif one.method == "INVITE":
            _invite_answered(leg, one, centre)
        elif one.method == "BYE" and one.source == centre:
            # A BYE that crosses our answer is agreed to, and its repetition, since our 200 was lost, not known any more.
            leg.forgotten &= one.status != 200
    return list(found.values())


def _begun(invite: Sip, centre: str, carrier: str) -> Leg:
    if invite.target == centre:
        side = Side.CITIZEN if invite.source == carrier else Side.DIALLED
        return Leg(invite.call_id, side, invite.caller, invite.caller, invite.at_s)
    side = Side.OUTSIDE if invite.target == carrier else Side.OPERATOR
    return Leg(invite.call_id, side, invite.user, invite.caller, invite.at_s, mute=True)


def _requested(leg: Leg, one: Sip, centre: str) -> None:
    if one.method == "BYE" and leg.ended_s is None:
        leg.ended_s, leg.ended_by_centre = one.at_s, one.source == centre
        leg.forgotten = not leg.ended_by_centre  # until it is answered
    elif one.method == "CANCEL" and leg.answered_s is None:
        leg.ended_by_centre = one.source == centre


def _invite_answered(leg: Leg, one: Sip, centre: str) -> None:
    assert one.status is not None
    leg.mute = False
    if 200 <= one.status < 300 and leg.answered_s is None:
        if not leg.ended_by_centre:  # else it crosses our CANCEL, and is no call any more
            leg.answered_s = one.at_s
    elif one.status >= 300 and one.status not in (401, 407) and leg.answered_s is None and leg.ended_s is None:
        leg.ended_s = one.at_s
        if one.source == centre and one.status != CANCELLED:
            leg.ended_by_centre, leg.refused = True, one.status
