"""The kinds of things that facts tell apart: outcomes, states, reasons.

Values are written to the journal and to Postgres, so none is ever renamed; a new one is a line here, a word in
`explain_en`, `explain_ja` and the screens, and nothing in the tables.
"""

from enum import StrEnum


class CallKind(StrEnum):
    INBOUND = "inbound"
    INTERNAL = "internal"
    """Operator to operator."""
    OUTBOUND = "outbound"
    """Operator to an outside number."""
    CALLBACK = "callback"
    """A citizen who did not want to wait is called back: begins with the wish, before anybody is called."""
    FEATURE = "feature"
    """An operator's phone dialled a feature code."""
    SUPERVISION = "supervision"
    """A supervisor's telephone, connected to hear other calls."""


class Outcome(StrEnum):
    """How an inbound call ended, as the citizen would tell it."""

    ANSWERED = "answered"
    HANDED_OFF = "handed_off"
    FORWARDED = "forwarded"
    """Answered at a second site (B-3)."""
    ABANDONED_IVR = "abandoned_ivr"
    ABANDONED_QUEUE = "abandoned_queue"
    ABANDONED_RINGING = "abandoned_ringing"
    CALLBACK = "callback"
    """Asked to be called back instead of waiting: neither answered nor abandoned."""
    CLOSED = "closed"
    """Heard the closing message (outside opening hours, or a flow's end)."""
    OVERFLOWED = "overflowed"
    """A queue could not take the caller, or not serve in time, and said so."""
    REFUSED = "refused"
    """The number is not ours."""
    TRUNK_FULL = "trunk_full"
    """Was told that all lines are in use: the channels left are kept for handoffs."""
    FALLBACK = "fallback"
    """Served by the PBX's own queue while the control plane was away."""
    LOST = "lost"
    """Cut off by us: the PBX restarted, or a leg failed."""


class CallbackResult(StrEnum):
    """How a call-back ended."""

    ANSWERED = "answered"
    GAVE_UP = "gave_up"
    """The citizen answered none of the attempts."""
    EXPIRED = "expired"
    """The hours for call-backs ended first."""
    CANCELLED = "cancelled"
    NOT_ALLOWED = "not_allowed"
    """The allow-list does not let the number be dialled any more."""
    CALLED_AGAIN = "called_again"
    """The citizen called again; that call took the place."""


class OfferResult(StrEnum):
    ANSWERED = "answered"
    RING_TIMEOUT = "ring_timeout"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    CALLER_GONE = "caller_gone"
    WITHDRAWN = "withdrawn"
    PICKED_UP = "picked_up"
    """By a colleague."""


class HandoffResult(StrEnum):
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    CANCELLED = "cancelled"
    """Given up before the citizen was connected: the operator took the citizen back, was gone, or ended the call."""
    DEPARTMENT_LEFT = "department_left"
    """The department answered and hung up before completion."""
    CITIZEN_LEFT = "citizen_left"


class LegRole(StrEnum):
    CITIZEN = "citizen"
    OPERATOR = "operator"
    DEPARTMENT = "department"
    OUTSIDE = "outside"
    """The outside party of a call that an operator made."""


class SegmentKind(StrEnum):
    IVR = "ivr"
    WAIT = "wait"
    """In a queue, ringing included."""
    PROMISED = "promised"
    """A call-back waits for its turn; nobody is on the line."""
    TALK = "talk"
    HOLD = "hold"
    CONSULT = "consult"
    """The operator talks with (or rings) the department; the citizen hears music."""
    THREE_WAY = "three_way"
    HANDED_OFF = "handed_off"
    """Citizen and department talk."""
    CLOSING = "closing"


class SupervisionKind(StrEnum):
    LISTEN = "listen"
    WHISPER = "whisper"
    """The operator hears the supervisor, nobody else does."""
    BARGE = "barge"
    """Everybody in the conversation hears the supervisor."""
    TAKE_OVER = "take_over"
    """The supervisor has become the call's operator."""


class SwitchEnd(StrEnum):
    """Why a mode is no longer in force, or never was."""

    BACK = "back"
    """The normal mode was asked for."""
    OVER = "over"
    """Its time was up."""
    REPLACED = "replaced"
    """Another mode took its place."""
    CALLED_OFF = "called_off"
    """Taken back before its time came."""
    MISSED = "missed"
    """A mode that was asked for later held all the time."""
    GONE = "gone"
    """The new configuration does not have it."""


class NoticeEnd(StrEnum):
    STOPPED = "stopped"
    OVER = "over"


class Forwarding(StrEnum):
    """Why a call went to a second site."""

    MODE = "mode"
    NOBODY = "nobody"
    """Nobody was logged in."""


class NumberClass(StrEnum):
    """What kind of number outside was dialled (総務省 電気通信番号計画)."""

    FIXED_LINE = "fixed_line"
    MOBILE = "mobile"
    IP = "ip"
    FREE = "free"
    """The called party pays: 0120, 0800."""
    NAVI_DIAL = "navi_dial"
    """0570: one number for the whole country, at a price of its own."""
    PREMIUM = "premium"
    """0990 and 0180: part of the price goes to whoever is called."""
    INTERNATIONAL = "international"
    """010, or 00XY: abroad, or through a carrier that the caller chose."""
    NO_NUMBER = "no_number"
    """No telephone number at all."""


class Purpose(StrEnum):
    """Why a number outside is dialled."""

    OWN_CALL = "own_call"
    """An operator calls somebody."""
    TO_CITIZEN = "to_citizen"
    """A citizen is called back as promised."""
    HANDOFF = "handoff"
    """A department, for a citizen who is on the line."""
    TO_SITE = "to_site"
    """A second site, for a citizen who is on the line."""


class NotDialled(StrEnum):
    """Why a number outside was not dialled."""

    NO_NUMBER = "no_number"
    NOT_LISTED = "not_listed"
    """No destination of the allow-list covers it."""
    OPERATOR_CAP = "operator_cap"
    """The operator has made as many calls within an hour as one may."""
    HOUR_CAP = "hour_cap"
    """All operators together have."""
    CHANNEL_CAP = "channel_cap"
    """Operators' own calls hold as many channels of the trunk as they may."""
    TRUNK_FULL = "trunk_full"


class OperatorState(StrEnum):
    LOGGED_OUT = "logged_out"
    READY = "ready"
    OFFERED = "offered"
    TALKING = "talking"
    WRAP_UP = "wrap_up"
    NOT_READY = "not_ready"
    UNREACHABLE = "unreachable"
    """Would be ready, but the telephone is gone."""


NOT_AT_WORK = frozenset({OperatorState.LOGGED_OUT, OperatorState.NOT_READY, OperatorState.UNREACHABLE})
"""Whoever is in one of these serves nobody, and will not by himself."""


class ReasonKind(StrEnum):
    """How an operator came to be not ready."""

    NONE = "none"
    """Logged in, and has not asked to be ready yet."""
    ASKED = "asked"
    FORCED = "forced"
    """By the switchboard (rang in vain, declined), or by a supervisor."""


class WrapUpEnd(StrEnum):
    """What ended a wrap-up."""

    DONE = "done"
    """The operator said so."""
    SAVED = "saved"
    """The record of the call was saved."""
    OVER = "over"
    """Its time was up."""
    RELEASED = "released"
    """By a supervisor."""
    LOGGED_OUT = "logged_out"
