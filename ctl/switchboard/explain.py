"""Why a call was routed as it was: plain sentences from the facts of that call alone.

What is explained is what somebody may ask about: why this queue, why this operator and not that one, why the caller
waited, what became of each department. The words are in `explain_en` and `explain_ja`; here is only which of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from ctl.switchboard import explain_en, explain_ja, facts
from ctl.switchboard.facts import Fact
from ctl.switchboard.ids import Millis

Language = Literal["en", "ja"]


@dataclass(frozen=True, slots=True)
class Why:
    """One decision and its reasons."""

    at: Millis
    text: str


class Words(Protocol):
    """One language."""

    def began(self, fact: facts.CallStarted) -> str: ...
    def key(self, fact: facts.IvrStepped) -> str: ...
    def hours(self, fact: facts.IvrStepped) -> str: ...
    def gave_up(self, fact: facts.IvrStepped) -> str: ...
    def queued(self, fact: facts.CallQueued) -> str: ...
    def chosen(self, fact: facts.OfferMade) -> str: ...
    def other(self, fact: facts.OfferMade, candidate: facts.Candidate) -> str: ...
    def unfit(self, extension: str, reason: str) -> str: ...
    def waited(self, fact: facts.OfferMade) -> str: ...
    def offer_ended(self, fact: facts.OfferEnded) -> str: ...
    def consulted(self, fact: facts.HandoffStarted) -> str: ...
    def handoff_ended(self, fact: facts.HandoffEnded, rang_ms: Millis | None) -> str: ...
    def ended(self, fact: facts.CallEnded, never_offered: bool) -> str: ...


LANGUAGES: dict[Language, Words] = {"en": explain_en.English(), "ja": explain_ja.Japanese()}


def explain(told: Sequence[Fact], language: Language = "en") -> list[Why]:
    """The reasons, in the order of the decisions."""
    return list(_reasons(told, LANGUAGES[language]))


def _reasons(told: Sequence[Fact], words: Words) -> Iterator[Why]:
    offers = 0
    queued = False
    rung: dict[int, Millis] = {}
    for fact in told:
        match fact:
            case facts.CallStarted():
                yield Why(fact.at, words.began(fact))
            case facts.IvrStepped(outcome="key"):
                yield Why(fact.at, words.key(fact))
            case facts.IvrStepped(kind="hours"):
                yield Why(fact.at, words.hours(fact))
            case facts.IvrStepped(outcome="given_up"):
                yield Why(fact.at, words.gave_up(fact))
            case facts.CallQueued():
                queued = True
                yield Why(fact.at, words.queued(fact))
            case facts.OfferMade():
                yield from _offer(fact, words, first=offers == 0)
                offers += 1
            case facts.OfferEnded():
                yield Why(fact.at, words.offer_ended(fact))
            case facts.HandoffStarted():
                rung[fact.n] = fact.at
                yield Why(fact.at, words.consulted(fact))
            case facts.HandoffEnded():
                began = rung.get(fact.n)
                rang_until = fact.answered_at if fact.answered_at is not None else fact.at
                yield Why(fact.at, words.handoff_ended(fact, None if began is None else rang_until - began))
            case facts.CallEnded():
                yield Why(fact.at, words.ended(fact, never_offered=queued and offers == 0))
            case _:
                pass


UNNOTICED_MS = 50
"""A caller who was offered within this time did not wait for anybody."""


def _offer(fact: facts.OfferMade, words: Words, first: bool) -> Iterator[Why]:
    if first and fact.waited_ms >= UNNOTICED_MS:
        yield Why(fact.at, words.waited(fact))
    yield Why(fact.at, words.chosen(fact))
    for candidate in fact.candidates:
        if candidate.extension != fact.operator:
            yield Why(fact.at, words.other(fact, candidate))
    for extension, reason in fact.unfit:
        yield Why(fact.at, words.unfit(extension, reason))
