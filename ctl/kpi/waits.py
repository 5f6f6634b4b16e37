"""From facts, in their order, to waits: each citizen's wait for an operator, told once, at the moment when it is over.

`ctl.cms.service` says the same in SQL, of the same facts in Postgres. A test compares both.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from ctl.kpi.definitions import SERVICE_LEVEL, ServiceLevel
from ctl.switchboard.facts import CallEnded, CallQueued, CallStarted, Fact, OfferEnded, OfferMade
from ctl.switchboard.ids import CallId, Millis, QueueName
from ctl.switchboard.kinds import CallKind, OfferResult

TELLING = (CallStarted, CallQueued, OfferMade, OfferEnded, CallEnded)
"""The kinds of facts that tell of waits; all others are passed over."""


class End(StrEnum):
    """How a wait ended. ``other``: we ended it, or lost it, or it became a call-back."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Wait:
    """``queue``: the first one of the call, whatever it overflowed to. ``waited_ms`` is None when we do not know."""

    call: CallId
    queue: QueueName
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
    queue: QueueName | None = None
    queued_at: Millis = 0
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
            case CallQueued() if (call := self._calls.get(fact.call)) is not None and call.queue is None:
                call.queue, call.queued_at = fact.queue, fact.at
            case OfferMade() if (call := self._calls.get(fact.call)) is not None and not call.over:
                call.offers[fact.n] = fact
            case OfferEnded() if (call := self._calls.get(fact.call)) is not None and not call.over:
                offer = call.offers.pop(fact.n, None)
                if offer is not None and fact.result is OfferResult.ANSWERED:
                    return self._end(fact, call, End.ANSWERED, offer.waited_ms + fact.at - offer.at)
            case CallEnded() if (call := self._calls.pop(fact.call, None)) is not None and not call.over:
                # The fallback queue tells of its callers only at their end.
                call.queue = call.queue or fact.queue
                return self._end(fact, call, self._end_of(fact), None)
            case _:
                pass
        return None

    def _end_of(self, fact: CallEnded) -> End:
        if fact.outcome in self._definition.answered_elsewhere:
            return End.ANSWERED
        return End.ABANDONED if fact.outcome in self._definition.abandoned else End.OTHER

    def _end(self, fact: OfferEnded | CallEnded, call: _Call, end: End, waited_ms: Millis | None) -> Wait | None:
        call.over = True
        if call.queue is None:
            return None
        began_at = call.queued_at or call.started_at
        if end is End.ABANDONED:
            waited_ms = fact.at - began_at
        return Wait(fact.call, call.queue, began_at, fact.at, end, waited_ms, call.exempt)
