"""The course of a call names the reasons that the facts hold, in both languages."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctl.switchboard import effects
from ctl.switchboard.events import Cause, Do, LegAnswered, LegEnded, ModeAsked, NoticeAsked, Permission
from ctl.switchboard.explain import LANGUAGES, Language, explain
from ctl.switchboard.facts import CallEnded, CallQueued, CallStarted, Fact, OfferMade
from ctl.switchboard.ids import CommandId, Extension, Media
from ctl.switchboard.kinds import CallbackResult, HandoffResult, LegRole, OfferResult, Outcome
from ctl.switchboard.names import Names, telephone
from ctl.switchboard.phrases import Phrases
from tests.floor_driver import Driver
from tests.plans import SITE_DOWN, callback_plan, plan_for_bad_days
from tests.records import any_fact
from tests.stories import handed_off

STORY = handed_off()


def text(language: Language, names: Names | None = None) -> str:
    course = explain(STORY, language, names or Names())
    return "\n".join(line for one in course for line in (one.text, *one.others))


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
        "put on hold for 10.0 s",
        "the department 101 at 03-1234-0001 was busy after 3.0 s",
        "the department 101 at 03-1234-0002 answered after 5.0 s; after 12.0 s more it agreed",
        "the operator 2002 was disconnected after 1 min 10 s",
        "ended by the citizen: handed off to a department",
        "the department 03-1234-0002 was disconnected after 1 min 12 s",
    ],
)
def test_every_decision_comes_with_its_reason(reason: str) -> None:
    assert reason in text("en")


@pytest.mark.parametrize(
    "reason",
    [
        "応対できる2人のうち最も長く待機していた",
        "2003：通話中だった",
        "保留にした（10秒）",
        "（03-1234-0001）：話中だった（呼出3.0秒）",
        "呼出5.0秒で応答、その12秒後に了承を得て区民をつないだ",
        "区民が切断し、通話が終わった。結果：取次完了",
    ],
)
def test_the_same_in_japanese(reason: str) -> None:
    assert reason in text("ja")


def test_both_languages_tell_the_same_in_order_of_time() -> None:
    english, japanese = explain(STORY, "en"), explain(STORY, "ja")
    told = [one.at for one in english]
    assert told == sorted(told)
    assert [(one.at, len(one.others)) for one in english] == [(one.at, len(one.others)) for one in japanese]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_people_and_places_have_their_names_where_they_are_known(language: Language) -> None:
    names = Names(queues={"general": "総合"}, operators={"2002": "池袋 太郎"}, departments={"101": "国民年金課"})
    told = text(language, names)
    for name in ("総合", "2002 池袋 太郎", "国民年金課"):
        assert name in told


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
        assert all(one.text for one in explain(kept, language))


def test_no_telephone_number_of_the_citizen_is_in_an_explanation() -> None:
    assert "0355550001" not in text("en") + text("ja")


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["0.0 s", "4.2 s", "59.9 s", "10 min 6 s", "2 h 5 min"]),
        ("ja", ["0秒", "4.2秒", "1分00秒", "10分06秒", "2時間05分"]),
    ],
)
def test_durations_read_like_durations(language: Language, expected: list[str]) -> None:
    assert [LANGUAGES[language].span(ms) for ms in (0, 4_160, 59_900, 606_000, 7_500_000)] == expected


@pytest.mark.parametrize(
    ("number", "written"),
    [
        ("0339811111", "03-3981-1111"),
        ("09012345678", "090-1234-5678"),
        ("0422001234", "0422001234"),
        ("2001", "2001"),
        ("*12", "*12"),
        ("+81339811111", "+81339811111"),
    ],
)
def test_telephone_numbers_have_their_dashes(number: str, written: str) -> None:
    assert telephone(number) == written


def test_a_reason_of_tomorrow_stands_for_itself() -> None:
    offers = [replace(fact, unfit=((Extension("2009"), "asleep"),)) for fact in STORY if isinstance(fact, OfferMade)]
    assert "2009 did not get it: asleep" in explain(offers)[-1].others


def sentences(town: Driver, call: str) -> list[str]:
    told = [one.fact for one in town.effects if isinstance(one, effects.Record)]
    course = explain([fact for fact in told if getattr(fact, "call", None) == call])
    return [line for one in course for line in (one.text, *one.others)]


def test_the_core_gives_all_that_an_offer_is_explained_with() -> None:
    town = Driver()
    town.ready("2001", "2002", "2003")
    town.command(Do.NOT_READY, "2003", "break")
    town.waits_in_civil("a")
    told = sentences(town, "a")
    chosen = next(n for n, text in enumerate(told) if text.startswith("offered to 2001 after 0.0 s"))
    assert "idle since 10:00:00" in told[chosen]
    assert told[chosen + 1].startswith("2002 fitted too")
    assert told[chosen + 2] == "2003 did not get it: was not ready"


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


@pytest.mark.parametrize("phrases", LANGUAGES.values(), ids=LANGUAGES)
def test_every_result_has_its_words(phrases: Phrases) -> None:
    assert set(phrases.offer_ended) == set(OfferResult)
    assert set(phrases.handoff_ended) == set(HandoffResult)
    assert set(phrases.outcomes) == set(Outcome)
    assert set(phrases.roles) == set(LegRole)
    assert set(phrases.causes) == set(Cause)
    assert set(phrases.callback_ended) == set(CallbackResult)


def test_both_languages_know_the_same_reasons() -> None:
    assert LANGUAGES["en"].unfit_because.keys() == LANGUAGES["ja"].unfit_because.keys()


def test_a_call_back_is_told_with_its_attempts_and_without_its_number() -> None:
    town = Driver(callback_plan())
    town.waits_in_civil("c1")
    town.passes(30_000)
    town.presses("c1", "11")
    town.hangs_up("c1")
    town.ready("2001")
    town.happens(LegAnswered(town.rings_at("c1-back")))
    dialled = next(effect for effect in town.effects if isinstance(effect, effects.DialOutside))
    town.happens(LegEnded(dialled.leg, Cause.BUSY))
    told = sentences(town, "c1-back")
    assert "a call-back was promised in the queue civil, at the place of 10:00:00, until 19:00:00" in told
    assert (
        "attempt 1: 2001 was connected, the citizen was not reached (busy); to be tried again from 10:05:30 on" in told
    )
    assert dialled.number not in "".join(told)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            (
                "the mode 拠点停止 was in force",
                "sent to the second site 予備拠点, as the mode says (permitted by 課長)",
            ),
        ),
        ("ja", ("運用モード「拠点停止」の期間中だった", "別拠点「予備拠点」へ転送した（許可：課長）", "別拠点で応答")),
    ],
)
def test_a_call_of_a_bad_day_tells_the_mode_the_message_and_the_site(language: Language, said: tuple[str, ...]) -> None:
    town = Driver(plan_for_bad_days())
    leave = Permission("課長", town.now, 2**45)
    town.happens(ModeAsked(CommandId("m"), "cli", SITE_DOWN, "SV", "課長", "停電", permission=leave))
    town.happens(NoticeAsked(CommandId("n"), "cli", "停電です。", Media("sound:ctl/1")))
    town.calls_in("a")
    town.hears_out("a")
    town.happens(LegAnswered(town.department_leg("a")))
    town.hangs_up("a")
    told = [effect.fact for effect in town.effects if isinstance(effect, effects.Record)]
    of_call = [fact for fact in told if getattr(fact, "call", None) == "a"]
    course = "\n".join(one.text for one in explain(of_call, language, Names.of(plan_for_bad_days())))
    for sentence in (*said, LANGUAGES[language].notice_said):
        assert sentence in course
