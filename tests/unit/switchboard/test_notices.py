"""Short messages to every caller: who hears them, when, and how often."""

from dataclasses import replace

import pytest

from ctl.switchboard import effects, facts
from ctl.switchboard.events import FoundLeg, NoticeAsked, NoticeStopAsked, PbxFound
from ctl.switchboard.floor import Phase
from ctl.switchboard.ids import CommandId, LegId, Media, NoticeId, Number
from ctl.switchboard.kinds import NoticeEnd, Outcome
from ctl.switchboard.notices import SOON_MS
from tests.floor_driver import Driver
from tests.plans import CITY, plan_with, prompt, small_plan

TYPHOON = Media("sound:ctl/typhoon")
MINUTE = 60_000


class Town(Driver):
    def announces(
        self, name: str = "n1", media: Media = TYPHOON, numbers: tuple[Number, ...] = (), until_at: int | None = None
    ) -> effects.Reply:
        wish = NoticeAsked(CommandId(name), "cli:ops", "台風のため窓口を閉めています。", media, numbers, until_at)
        return next(effect for effect in self.happens(wish) if isinstance(effect, effects.Reply))

    def stops(self, notice: str | None = None) -> effects.Reply:
        wish = NoticeStopAsked(CommandId("stop"), "cli:ops", NoticeId(notice) if notice else None)
        return next(effect for effect in self.happens(wish) if isinstance(effect, effects.Reply))

    def says(self) -> list[tuple[Media, ...]]:
        return [one.media for one in self.done(effects.Say)]


def test_a_new_caller_hears_the_message_before_the_greeting() -> None:
    town = Town()
    assert town.announces().ok
    town.calls_in("a")
    assert town.says() == [(TYPHOON,)]
    town.presses("a", "1")
    assert town.call("a").phase is Phase.IVR, "no key counts while it is said"
    town.hears_out("a")
    assert town.says() == [(prompt("greeting"),)]
    said = town.recorded(facts.NoticeSaid)
    assert [(fact.call, fact.notice) for fact in said] == [("a", "n1")]


def test_a_waiting_caller_hears_it_soon_and_then_music_again() -> None:
    town = Town()
    town.waits_in_civil("a")
    town.hears_out("a")
    town.announces()
    town.passes(SOON_MS)
    assert town.says() == [(TYPHOON, prompt("still"))]
    town.hears_out("a")
    assert town.done(effects.StartMusic) == [effects.StartMusic(LegId("a"))]


def test_a_waiting_caller_in_a_queue_that_says_nothing_hears_it_too_and_only_once() -> None:
    plan = small_plan()
    silent = {name: replace(queue, repeat_prompts=()) for name, queue in plan.queues.items()}
    town = Town(plan_with(queues=silent))
    town.waits_in_civil("a")
    town.hears_out("a")
    town.announces()
    town.passes(SOON_MS)
    assert town.says() == [(TYPHOON,)]
    town.hears_out("a")
    before = len(town.effects)
    town.passes(30 * MINUTE)
    assert not [one for one in town.effects[before:] if isinstance(one, effects.Say)]


def test_whoever_heard_it_at_the_greeting_does_not_hear_it_again_while_waiting() -> None:
    town = Town()
    town.announces()
    town.calls_in("a")
    town.hears_out("a")
    town.hears_out("a")
    town.presses("a", "1")
    assert town.says() == [(prompt("wait"),)]
    town.announces("n2", Media("sound:ctl/second"))
    town.hears_out("a")
    town.passes(SOON_MS)
    assert town.says() == [(Media("sound:ctl/second"), prompt("still"))]


def test_those_who_are_talking_hear_nothing() -> None:
    town = Town()
    town.ready("2001")
    town.talks("a", "2001")
    town.announces()
    town.passes(2 * MINUTE)
    assert not town.recorded(facts.NoticeSaid)


def test_it_can_be_for_some_numbers_only() -> None:
    plan = small_plan()
    other = Number("0345662466")
    services = {**plan.services, other: replace(plan.services[CITY], number=other)}
    town = Town(plan_with(services=services))
    town.announces(numbers=(other,))
    town.calls_in("a")
    assert town.says() == [(prompt("greeting"),)]
    town.calls_in("b", other)
    assert town.says() == [(TYPHOON,)]


def test_it_ends_when_its_time_is_over_or_when_it_is_stopped() -> None:
    town = Town()
    town.announces("n1", until_at=town.now + MINUTE)
    town.announces("n2", Media("sound:ctl/second"))
    town.passes(MINUTE)
    town.calls_in("a")
    assert town.says() == [(Media("sound:ctl/second"),)]
    assert town.stops().ok
    town.calls_in("b")
    assert town.says() == [(prompt("greeting"),)]
    assert [(one.notice, one.how) for one in town.recorded(facts.NoticeEnded)] == [
        ("n1", NoticeEnd.OVER),
        ("n2", NoticeEnd.STOPPED),
    ]
    assert not town.stops().ok


@pytest.mark.parametrize(
    ("numbers", "in_ms", "said"),
    [((Number("0300000000"),), None, "0339811111"), ((), -1, "--until")],
)
def test_a_message_that_cannot_be_says_why(numbers: tuple[Number, ...], in_ms: int | None, said: str) -> None:
    town = Town()
    reply = town.announces(numbers=numbers, until_at=None if in_ms is None else town.now + in_ms)
    assert not reply.ok
    assert said in reply.message
    assert not town.floor.conditions.notices


def test_after_a_restart_the_message_is_said_anew_and_the_call_goes_on() -> None:
    town = Town()
    town.announces()
    town.calls_in("a")
    town.happens(PbxFound((FoundLeg(LegId("a"), True),)))
    assert town.says() == [(TYPHOON,)]
    town.hears_out("a")
    assert town.says() == [(prompt("greeting"),)]


def test_hanging_up_during_the_message_is_abandoning_the_menu() -> None:
    town = Town()
    town.announces()
    town.calls_in("a")
    town.hangs_up("a")
    assert town.outcome("a") is Outcome.ABANDONED_IVR


def test_the_dialplan_is_told_what_to_say_should_we_be_gone() -> None:
    town = Town()
    town.announces()
    assert town.done(effects.MirrorConditions) == [effects.MirrorConditions(None, ((CITY, (TYPHOON,)),))]
    town.stops()
    assert town.done(effects.MirrorConditions) == [effects.MirrorConditions(None, ())]
