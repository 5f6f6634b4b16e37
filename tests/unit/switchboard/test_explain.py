"""An explanation names the reasons that the facts hold, in both languages."""

from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctl.switchboard import effects, explain_en, explain_ja
from ctl.switchboard.events import Do, LegAnswered
from ctl.switchboard.explain import Language, explain
from ctl.switchboard.explain_en import English, span
from ctl.switchboard.facts import (
    CallEnded,
    CallQueued,
    CallStarted,
    Fact,
    HandoffResult,
    OfferMade,
    OfferResult,
    Outcome,
)
from tests.floor_driver import Driver
from tests.records import any_fact
from tests.stories import handed_off

STORY = handed_off()


def text(language: Language) -> str:
    return "\n".join(why.text for why in explain(STORY, language))


@pytest.mark.parametrize(
    "reason",
    [
        "had waited 1.0 s: nobody who fits was free for this caller before",
        "offered to 2001 after 1.0 s of waiting: idle since",
        "(10 min 6 s), skill level 1, the longest idle of 2 who fitted",
        "2002 fitted too, but was idle for less long",
        "2003 did not get it: was in a call",
        "2004 did not get it: has no skill",
        "2001 did not answer in time",
        "offered to 2002 after 21.0 s of waiting",
        "the only one who fitted",
        "the department 101 at 0312340001 was busy after 3.0 s",
        "the department 101 at 0312340002 answered after 5.0 s; after 12.0 s more it agreed",
        "ended by the citizen: handed off to a department",
    ],
)
def test_every_decision_comes_with_its_reason(reason: str) -> None:
    assert reason in text("en")


@pytest.mark.parametrize(
    "reason",
    [
        "応対できる2人のうち最も長く空いていた",
        "2003を呼び出さなかった理由：通話中だった",
        "話中だった",
        "区民が切って終わった：部署へ取次",
    ],
)
def test_the_same_in_japanese(reason: str) -> None:
    assert reason in text("ja")


def test_both_languages_explain_the_same_decisions() -> None:
    assert [why.at for why in explain(STORY, "en")] == [why.at for why in explain(STORY, "ja")]


def test_a_caller_who_was_never_offered_is_told_why() -> None:
    told = [fact for fact in STORY if isinstance(fact, CallStarted | CallQueued | CallEnded)]
    assert "no operator who fits was free all the time" in explain(told)[-1].text


def test_a_caller_offered_at_once_waited_for_nobody() -> None:
    at_once = [
        OfferMade(f.call, f.n, f.at, f.leg, f.queue, f.operator, 3, f.candidates, f.unfit)
        for f in STORY
        if isinstance(f, OfferMade)
    ]
    assert not any("had waited" in why.text for why in explain(at_once))


@given(st.lists(any_fact, max_size=4).filter(lambda told: all(abs(fact.at) < 2**40 for fact in told)))
def test_whatever_was_stated_can_be_explained(told: list[Fact]) -> None:
    kept = [fact for fact in told if not isinstance(fact, OfferMade)]
    for language in ("en", "ja"):
        assert all(why.text for why in explain(kept, language))


def test_no_telephone_number_of_the_citizen_is_in_an_explanation() -> None:
    assert "0355550001" not in text("en") + text("ja")


def test_durations_read_like_durations() -> None:
    assert [span(ms) for ms in (0, 4_160, 59_900, 606_000, 7_500_000)] == [
        "0.0 s",
        "4.2 s",
        "59.9 s",
        "10 min 6 s",
        "2 h 5 min",
    ]
    assert English().unfit("2001", "a reason of tomorrow").endswith("a reason of tomorrow")


def sentences(town: Driver, call: str) -> list[str]:
    told = [one.fact for one in town.effects if isinstance(one, effects.Record)]
    return [one.text for one in explain([fact for fact in told if getattr(fact, "call", None) == call])]


def test_the_core_gives_all_that_an_offer_is_explained_with() -> None:
    town = Driver()
    town.ready("2001", "2002", "2003")
    town.command(Do.NOT_READY, "2003", "break")
    town.waits_in_civil("a")
    told = sentences(town, "a")
    chosen = next(n for n, text in enumerate(told) if text.startswith("offered to 2001 after 0.0 s"))
    assert "idle since 10:00:00" in told[chosen]
    assert told[chosen + 1].startswith("  2002 fitted too")
    assert told[chosen + 2] == "  2003 did not get it: was not ready"


def test_hours_menu_queue_and_end_are_told_in_order() -> None:
    town = Driver()
    town.waits_in_civil("a")
    town.hangs_up("a")
    told = sentences(town, "a")
    assert [text.split(" ")[0] for text in told] == ["a", "the", "the", "entered", "ended"]
    assert "pressed 1" in told[2]
    assert "which chose the menu civil" in told[2]


def test_a_late_answer_changes_no_sentence() -> None:
    town = Driver()
    town.ready("2001")
    leg = town.talks("a", "2001")
    before = sentences(town, "a")
    town.happens(LegAnswered(leg))
    assert sentences(town, "a") == before


@pytest.mark.parametrize("words", [explain_en, explain_ja])
def test_every_result_has_its_words(words: ModuleType) -> None:
    assert set(words.OFFERS) == set(OfferResult)
    assert set(words.HANDOFFS) == set(HandoffResult)
    assert set(words.OUTCOMES) == set(Outcome)
