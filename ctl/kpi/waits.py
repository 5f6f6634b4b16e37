"""From facts, in their order, to waits: each citizen's wait for an operator, told once, at the moment when it is over.

`ctl.cms.service` says the same in SQL, of the same facts in Postgres. A test compares both.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from ctl.kpi.definitions import SERVICE_LEVEL, ServiceLevel
from ctl.switchboard.facts import CallEnded, CallQueued, CallStarted, Fact, OfferEnded, OfferMade, QueueOverflowed
from ctl.switchboard.ids import CallId, Millis, QueueName
from ctl.switchboard.kinds import CallKind, OfferResult

TELLING = (CallStarted, CallQueued, QueueOverflowed, OfferMade, OfferEnded, CallEnded)
"""The kinds of facts that tell of waits; all others are passed over."""


class End(StrEnum):
    """How a wait ended. ``other``: we ended it, or lost it, or it became a call-back. ``turned_away``: it never began."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    TURNED_AWAY = "turned_away"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Wait:
    """``queue``: the first one of the call, whatever it overflowed to; of a call turned away the one that did so, None
    where all lines were in use. ``waited_ms`` is None when we do not know."""

    call: CallId
    queue: QueueName | None
    began_at: Millis
    ended_at: Millis
    end: End
    waited_ms: Millis | None
    exempt: bool

    def within(self, definition: ServiceLevel = SERVICE_LEVEL) -> bool:
        """Answered, and in time."""
        return self.end is End.ANSWERED and self.waited_ms is not None and self.waited_ms <= definition.threshold_ms


@dataclass(slots=True)
class _Call:
    started_at: Millis
    exempt: bool
    queued: CallQueued | None = None
    """Its first entry into a queue."""
    overflowed_from: QueueName | None = None
    offers: dict[int, OfferMade] = field(default_factory=dict)
    over: bool = False


class Waits:
    """Told every fact in order. Holds no more than the calls in progress."""

    def __init__(self, definition: ServiceLevel = SERVICE_LEVEL) -> None:
        self._definition = definition
        self._calls: dict[CallId, _Call] = {}

    def note(self, fact: Fact) -> Wait | None:
        """The wait that ends with this fact, if one does."""
        match fact:
            case CallStarted(kind=CallKind.INBOUND):
                self._calls[fact.call] = _Call(fact.at, fact.called in self._definition.exempt)
            case CallQueued() if (call := self._calls.get(fact.call)) is not None and call.queued is None:
                call.queued = fact
            case QueueOverflowed() if (call := self._calls.get(fact.call)) is not None:
                call.overflowed_from = fact.queue
            case OfferMade() if (call := self._calls.get(fact.call)) is not None and not call.over:
                call.offers[fact.n] = fact
            case OfferEnded() if (call := self._calls.get(fact.call)) is not None and not call.over:
                offer = call.offers.pop(fact.n, None)
                if offer is not None and fact.result is OfferResult.ANSWERED:
                    return self._answered(fact, call, offer)
            case CallEnded() if (call := self._calls.pop(fact.call, None)) is not None and not call.over:
                return self._ended(fact, call)
            case _:
                pass
        return None

    def _answered(self, fact: OfferEnded, call: _Call, offer: OfferMade) -> Wait | None:
        call.over = True
        if call.queued is None:
            return None
        began_at = self._began_at(call, call.queued, offer)
        waited_ms = fact.at - began_at
        return Wait(fact.call, call.queued.queue, began_at, fact.at, End.ANSWERED, waited_ms, call.exempt)

    def _began_at(self, call: _Call, queued: CallQueued, offer: OfferMade) -> Millis:
        place = offer.at - offer.waited_ms
        if place >= call.started_at or not self._definition.on_the_line:
            return place
        # The place is older than the call. Whoever chose in the menu waits since then; the others may have waited in the
        # PBX's own queue before they came to ours, and all their time counts.
        return queued.at if queued.menu is not None else call.started_at

    def _ended(self, fact: CallEnded, call: _Call) -> Wait | None:
        # The fallback queue tells of its callers only at their end.
        queue = call.queued.queue if call.queued is not None else fact.queue
        if queue is None:
            if fact.outcome not in self._definition.turned_away:
                return None
            return Wait(fact.call, call.overflowed_from, fact.at, fact.at, End.TURNED_AWAY, None, call.exempt)
        began_at = call.queued.at if call.queued is not None else call.started_at
        end = self._end_of(fact)
        waited_ms = fact.at - began_at if end is End.ABANDONED else None
        return Wait(fact.call, queue, began_at, fact.at, end, waited_ms, call.exempt)

    def _end_of(self, fact: CallEnded) -> End:
        if fact.outcome in self._definition.answered_elsewhere:
            return End.ANSWERED
        return End.ABANDONED if fact.outcome in self._definition.abandoned else End.OTHER
