"""The words of `explain` in English, for the command line."""

from ctl.switchboard import facts
from ctl.switchboard.facts import Candidate, HandoffResult, OfferResult, Outcome
from ctl.switchboard.hours import jst
from ctl.switchboard.ids import Millis

UNFIT = {
    "offered": "another call was ringing there",
    "talking": "was in a call",
    "wrap_up": "was in wrap-up",
    "not_ready": "was not ready",
    "unreachable": "the telephone was not reachable",
    "telephone_occupied": "the telephone was occupied",
    "no_skill": "has no skill for this queue at this stage of waiting",
    "not_in_plan": "is no longer configured",
}
OFFERS = {
    OfferResult.ANSWERED: "answered",
    OfferResult.RING_TIMEOUT: "did not answer in time and was set not ready; the caller is at the head of the queue again",
    OfferResult.REFUSED: "declined and was set not ready; the caller is at the head of the queue again",
    OfferResult.UNREACHABLE: "could not be reached and was set not ready; the caller is at the head of the queue again",
    OfferResult.CALLER_GONE: "was still ringing when the caller hung up; the operator stays ready",
    OfferResult.WITHDRAWN: "lost the offer: it was taken back; the caller is at the head of the queue again",
}
HANDOFFS = {
    HandoffResult.COMPLETED: "agreed, and the citizen was connected",
    HandoffResult.BUSY: "was busy",
    HandoffResult.NO_ANSWER: "did not answer",
    HandoffResult.REFUSED: "refused the call",
    HandoffResult.UNREACHABLE: "could not be reached",
    HandoffResult.CANCELLED: "was let go: the operator took the citizen back",
    HandoffResult.DEPARTMENT_LEFT: "hung up before the citizen was connected",
    HandoffResult.CITIZEN_LEFT: "was let go: the citizen had hung up",
}
OUTCOMES = {
    Outcome.ANSWERED: "an operator answered",
    Outcome.HANDED_OFF: "handed off to a department",
    Outcome.ABANDONED_IVR: "given up in the menu",
    Outcome.ABANDONED_QUEUE: "given up in the queue",
    Outcome.ABANDONED_RINGING: "given up while a telephone was ringing",
    Outcome.CLOSED: "heard the closing message",
    Outcome.REFUSED: "the number is not served here",
    Outcome.FALLBACK: "served by the fallback queue while the control plane was away",
    Outcome.LOST: "cut off on our side",
}


def span(ms: Millis) -> str:
    """A duration for people: ``4.2 s``, ``10 min 6 s``, ``2 h 5 min``."""
    seconds = ms / 1000
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def _idle(candidate: Candidate, at: Millis) -> str:
    since = jst(candidate.idle_since).strftime("%H:%M:%S")
    return f"idle since {since} ({span(at - candidate.idle_since)}), skill level {candidate.level}"


class English:
    def began(self, fact: facts.CallStarted) -> str:
        if fact.kind is not facts.CallKind.INBOUND:
            return f"{fact.extension} called {fact.called}"
        return f"a call to {fact.called}" + (f" ({fact.service})" if fact.service else ", a number that is not ours")

    def key(self, fact: facts.IvrStepped) -> str:
        chose = f", which chose the menu {fact.menu}" if fact.menu else ""
        return f"the caller pressed {fact.key} at {fact.node}{chose}"

    def hours(self, fact: facts.IvrStepped) -> str:
        return f"the opening hours asked by {fact.node} decided the way"

    def gave_up(self, fact: facts.IvrStepped) -> str:
        return f"no usable key came at {fact.node}: on with the node for that case"

    def queued(self, fact: facts.CallQueued) -> str:
        menu = f" with the menu {fact.menu}" if fact.menu else ""
        ahead = f"{fact.ahead} ahead" if fact.ahead else "nobody ahead"
        return f"entered the queue {fact.queue}{menu}, priority {fact.priority}, {ahead}"

    def waited(self, fact: facts.OfferMade) -> str:
        return f"had waited {span(fact.waited_ms)}: nobody who fits was free for this caller before"

    def chosen(self, fact: facts.OfferMade) -> str:
        mine = next((one for one in fact.candidates if one.extension == fact.operator), None)
        how = f": {_idle(mine, fact.at)}" if mine else ""
        why = (
            f", the longest idle of {len(fact.candidates)} who fitted"
            if len(fact.candidates) > 1
            else ", the only one who fitted"
        )
        return f"offered to {fact.operator} after {span(fact.waited_ms)} of waiting{how}{why}"

    def other(self, fact: facts.OfferMade, candidate: Candidate) -> str:
        return f"  {candidate.extension} fitted too, but was idle for less long: {_idle(candidate, fact.at)}"

    def unfit(self, extension: str, reason: str) -> str:
        return f"  {extension} did not get it: {UNFIT.get(reason, reason)}"

    def offer_ended(self, fact: facts.OfferEnded) -> str:
        return f"{fact.operator} {OFFERS[fact.result]}"

    def consulted(self, fact: facts.HandoffStarted) -> str:
        by = fact.operator or "the menu"
        how = "sent the citizen without confirmation to" if fact.direct else "called"
        return f"{by} {how} the department {fact.department} at {fact.number}"

    def handoff_ended(self, fact: facts.HandoffEnded, rang_ms: Millis | None) -> str:
        if fact.answered_at is None:
            rang = f" after {span(rang_ms)}" if rang_ms is not None else ""
            return f"the department {fact.department} at {fact.number} {HANDOFFS[fact.result]}{rang}"
        rang = f" answered after {span(rang_ms)};" if rang_ms is not None else ""
        spoke = f" after {span(fact.at - fact.answered_at)} more it {HANDOFFS[fact.result]}"
        return f"the department {fact.department} at {fact.number}{rang}{spoke}"

    def ended(self, fact: facts.CallEnded, never_offered: bool) -> str:
        how = OUTCOMES[fact.outcome] if fact.outcome else "over"
        nobody = "; no operator who fits was free all the time" if never_offered else ""
        return f"ended by the {fact.ended_by}: {how}{nobody}"
