"""Why each routing decision fell as it did, in plain sentences, from the facts of one call and nothing else (1.3.2)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ctl.switchboard.facts import (
    CallEnded,
    CallQueued,
    CallStarted,
    Fact,
    HandoffEnded,
    HandoffStarted,
    IvrStepped,
    OfferEnded,
    OfferMade,
)
from ctl.switchboard.hours import jst
from ctl.switchboard.ids import Extension, Millis

UNFIT: Mapping[str, str] = {
    "no_skill": "has no skill that this queue takes at this point of waiting",
    "telephone_occupied": "still had a call on the telephone",
    "unreachable": "had no reachable telephone",
    "not_ready": "was not ready",
    "wrap_up": "was in wrap-up",
    "talking": "was talking",
    "offered": "was being rung for another caller",
    "not_in_plan": "is in the configuration no more",
    "ready": "was ready and did not fit",
}
RESULTS: Mapping[str, str] = {
    "answered": "answered",
    "ring_timeout": "did not answer in time, and was put to not-ready; the caller went back to the head of the queue",
    "refused": "declined, and was put to not-ready; the caller went back to the head of the queue",
    "unreachable": "could not be reached, and was put to not-ready; the caller went back to the head of the queue",
    "caller_gone": "was still being rung when the caller hung up",
    "withdrawn": "was no longer rung: the offer was taken back; the caller kept the place",
}
HANDOFFS: Mapping[str, str] = {
    "completed": "the citizen was connected to it",
    "busy": "it was busy; the operator had the citizen back",
    "no_answer": "it did not answer; the operator had the citizen back",
    "refused": "it declined; the operator had the citizen back",
    "unreachable": "it could not be reached; the operator had the citizen back",
    "cancelled": "the consultation was cancelled; the operator had the citizen back",
    "department_left": "it hung up before it was connected; the operator had the citizen back",
    "citizen_left": "the citizen hung up meanwhile",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One sentence about one decision. ``at``: when it was decided."""

    at: Millis
    text: str


def explain(facts: Sequence[Fact]) -> list[Reason]:
    """The decisions of one call in the order in which they fell. Facts may come in any order."""
    told = [Reason(fact.at, text) for fact in facts if (text := _sentence(fact))]
    return sorted(told, key=lambda reason: reason.at)


def _sentence(fact: Fact) -> str | None:
    match fact:
        case CallStarted():
            service = fact.service or "a number that is not ours"
            return f"The call to {fact.called} ({service}) began."
        case IvrStepped(outcome="key"):
            led = f", which chose the menu {fact.menu}" if fact.menu else ""
            return f"In {fact.node} of flow {fact.flow} the caller pressed {fact.key}{led}."
        case IvrStepped(kind="hours"):
            return f"The opening hours asked by {fact.node} of flow {fact.flow} decided the way."
        case IvrStepped(outcome="given_up"):
            return f"In {fact.node} the tries were used up, so the caller went the way for those who choose nothing."
        case CallQueued():
            menu = f" for the menu {fact.menu}" if fact.menu else ""
            ahead = f"{fact.ahead} ahead" if fact.ahead else "nobody ahead"
            return f"The caller entered the queue {fact.queue}{menu} with priority {fact.priority}; {ahead}."
        case OfferMade():
            return _offer(fact)
        case OfferEnded():
            return f"{fact.operator} {RESULTS[fact.result.value]}."
        case HandoffStarted():
            how = "without confirmation" if fact.direct else "to be asked first"
            by = f" by {fact.operator}" if fact.operator else " by the flow"
            return f"Department {fact.department} was called at {fact.number}{by}, {how}."
        case HandoffEnded():
            return f"Department {fact.department}: {HANDOFFS[fact.result.value]}."
        case CallEnded():
            outcome = f" with the outcome {fact.outcome.value}" if fact.outcome else ""
            return f"The call ended{outcome}; it was ended by the {fact.ended_by}."
        case _:
            return None


def _offer(offer: OfferMade) -> str:
    chosen, *others = offer.candidates
    waited = f"after {_seconds(offer.waited_ms)} of waiting"
    why = f"idle since {_time(chosen.idle_since)}, level {chosen.level}"
    if others:
        rest = ", ".join(f"{one.extension} since {_time(one.idle_since)} (level {one.level})" for one in others)
        compared = f"Longest idle of {len(offer.candidates)} who fitted; the others were idle: {rest}."
    else:
        compared = "Nobody else fitted."
    return f"{chosen.extension} was rung {waited}: {why}. {compared}{_unfit(offer.unfit)}"


def _unfit(unfit: Iterable[tuple[Extension, str]]) -> str:
    """Why the others were passed over, one clause a reason."""
    by_reason: dict[str, list[str]] = {}
    for extension, reason in unfit:
        by_reason.setdefault(reason, []).append(extension)
    clauses = [f"{', '.join(who)} {UNFIT.get(reason, reason)}" for reason, who in sorted(by_reason.items())]
    return f" Passed over: {'; '.join(clauses)}." if clauses else ""


def _seconds(ms: Millis) -> str:
    return f"{ms / 1000:.1f} s"


def _time(at: Millis) -> str:
    return jst(at).strftime("%H:%M:%S.") + f"{at % 1000:03d}"
