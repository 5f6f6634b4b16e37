"""From the facts of one call to what the picture draws: stretches, telephone lines, marks. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ctl.switchboard.facts import (
    Fact,
    HandoffEnded,
    IvrStepped,
    LegClosed,
    LegStarted,
    OfferEnded,
    OfferMade,
    SegmentEnded,
)
from ctl.switchboard.kinds import LegRole
from ctl.web import words
from ctl.web.names import Names
from ctl.web.timeline import Line, Mark, Stretch


@dataclass(frozen=True, slots=True)
class Reel:
    stretches: Sequence[Stretch]
    lines: Sequence[Line]
    marks: Sequence[Mark]


def reel(facts: Sequence[Fact], names: Names) -> Reel:
    """``facts``: those of one call, in any order. Lines that have not ended yet end with the last fact."""
    return Reel(
        sorted(_stretches(facts, names), key=lambda s: (s.started_at, s.n)),
        sorted(_lines(facts, names), key=lambda line: line.started_at),
        sorted(_marks(facts), key=lambda mark: mark.at),
    )


def _stretches(facts: Iterable[Fact], names: Names) -> Iterable[Stretch]:
    for fact in facts:
        if isinstance(fact, SegmentEnded):
            partners = [names.operator(fact.operator)] if fact.operator else []
            partners += [names.department(fact.department)] if fact.department else []
            yield Stretch(fact.n, fact.kind, fact.started_at, fact.at, "・".join(partners))


def _lines(facts: Sequence[Fact], names: Names) -> Iterable[Line]:
    results = {
        fact.leg: (fact.department, words.HANDOFFS[fact.result]) for fact in facts if isinstance(fact, HandoffEnded)
    }
    offers = {fact.n: fact.leg for fact in facts if isinstance(fact, OfferMade)}
    said = {offers[f.n]: words.OFFERS[f.result] for f in facts if isinstance(f, OfferEnded) and f.n in offers}
    closed = {fact.leg: fact for fact in facts if isinstance(fact, LegClosed)}
    now = max((fact.at for fact in facts), default=0)
    for fact in facts:
        if not isinstance(fact, LegStarted):
            continue
        end = closed.get(fact.leg)
        department, result = results.get(fact.leg, (None, said.get(fact.leg, "")))
        yield Line(
            fact.role,
            fact.party,
            _name(fact, department, names),
            fact.at,
            end.answered_at if end else None,
            end.at if end else now,
            result,
        )


def _name(leg: LegStarted, department: str | None, names: Names) -> str:
    if leg.role is LegRole.OPERATOR:
        return names.operators.get(leg.party, "")
    return names.department(department) if department else ""


def _marks(facts: Iterable[Fact]) -> Iterable[Mark]:
    """Keys and missing keys of the IVR; what was merely passed is no news."""
    for fact in facts:
        if isinstance(fact, IvrStepped) and fact.outcome != "passed":
            key = f"〔{fact.key}〕" if fact.key else ""
            yield Mark(fact.at, f"{key}{fact.menu or words.STEPS.get(fact.outcome, fact.outcome)}", fact.outcome)
