"""What callers who wait are told of their wait: when, in which order, and never what is not true."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from ctl.simulation import simulate
from ctl.switchboard import core, effects, facts
from ctl.switchboard.announcing import LATER_MS, LONGEST_SPEECH_MS
from ctl.switchboard.effects import Effect, Record
from ctl.switchboard.events import Do, Event, FoundLeg, LegAnswered, NoticeAsked, PbxFound, PlanAdopted
from ctl.switchboard.explain import explain
from ctl.switchboard.facts import Fact, WaitAnnounced
from ctl.switchboard.floor import Floor, Phase
from ctl.switchboard.ids import CallId, CommandId, LegId, Media, Millis, MusicName
from ctl.switchboard.notices import SOON_MS
from ctl.switchboard.plan import MINUTES, MOST_POSITION, Announce, Surge
from tests.plans import CIVIL, callback_plan, plan_with, prompt
from tests.unit.simulation.scenes import QUEUE, steady
from tests.waiting import AGAIN, CROWD, FIRST, THREE_MINUTES, TIPS, Desk, plan_that_tells

# --- when, and in which order -----------------------------------------------------------------------------------------


def test_place_and_wait_are_told_first_after_their_time_and_then_with_each_repetition() -> None:
    desk = Desk(plan_that_tells())
    desk.waits("a")
    desk.waits("b")
    assert desk.told(FIRST - 1, "b") == []
    assert desk.told(1, "b") == ["wait-position-2", "wait-minutes-6"]
    assert desk.told(AGAIN - 1, "b") == []
    desk.ends("now")
    assert desk.told(2_000, "b") == ["wait-position-1", "wait-minutes-3"]
    told = [(one.position, one.expected_wait_s) for one in desk.recorded(WaitAnnounced) if one.call == "b"]
    assert told == [(2, 360), (1, 180)]


def test_order_of_what_is_said_at_once() -> None:
    rule = {"messages": TIPS, "surge": Surge((CROWD,), waiting=1)}
    desk = Desk(plan_that_tells(repeat=True, base=callback_plan(after_ms=FIRST), **rule))
    desk.waits("a")
    notice = NoticeAsked(CommandId("n"), "cli:ops", "台風", Media("sound:ctl/typhoon"), (), None)
    desk.happens(notice)
    assert desk.told(SOON_MS, "a") == ["typhoon", "crowd", "wait-position-1", "wait-minutes-3", "still", "tip-1"]
    assert desk.told(FIRST - SOON_MS + LATER_MS, "a") == ["wait-position-1", "still", "tip-2", "callback-offer"]


def test_messages_take_turns() -> None:
    desk = Desk(plan_that_tells(position=False, expected_wait=False, messages=TIPS))
    desk.waits("a")
    assert desk.told(FIRST + 2 * AGAIN + 6_000, "a") == ["tip-1", "tip-2", "tip-1"]
    assert desk.recorded(WaitAnnounced) == []


def test_music_comes_back_after_each_announcement() -> None:
    desk = Desk(plan_that_tells())
    desk.waits("a")
    desk.passes(FIRST)
    assert [type(one) for one in desk.fresh if not isinstance(one, Record)] == [effects.StopMusic, effects.Say]
    desk.hears_out("a")
    assert desk.done(effects.StartMusic) == [effects.StartMusic(LegId("a"))]


def test_music_is_that_of_the_queue_and_on_hold_that_of_the_centre() -> None:
    plan = plan_that_tells()
    queue = replace(plan.queues[CIVIL], music=MusicName("spring"), entry_prompts=())
    desk = Desk(replace(plan, queues={**plan.queues, CIVIL: queue}))
    desk.waits_in_civil("a")
    assert desk.done(effects.StartMusic)[-1] == effects.StartMusic(LegId("a"), MusicName("spring"))
    desk.passes(FIRST)
    desk.hears_out("a")
    assert desk.done(effects.StartMusic) == [effects.StartMusic(LegId("a"), MusicName("spring"))]
    desk.ends("now")
    desk.happens(LegAnswered(desk.rings_at("a")))
    assert desk.command(Do.HOLD, call="a").ok
    assert desk.done(effects.StartMusic) == [effects.StartMusic(LegId("a"), None)]


def test_announcement_whose_time_comes_during_another_waits_for_its_end() -> None:
    desk = Desk(plan_that_tells())
    desk.waits_in_civil("a")
    entry = desk.call("a").speaking
    desk.passes(FIRST + 3 * LATER_MS)
    assert desk.call("a").speaking == entry
    assert entry not in [one.playback for one in desk.effects if isinstance(one, effects.Hush)]
    desk.hears_out("a")
    assert desk.told(LATER_MS, "a") == ["wait-position-1", "wait-minutes-3"]


def test_announcement_of_whose_end_nobody_hears_does_not_silence_the_queue() -> None:
    desk = Desk(plan_that_tells())
    desk.waits_in_civil("a")
    desk.passes(LONGEST_SPEECH_MS + LATER_MS)
    assert len(desk.recorded(WaitAnnounced)) == 1


def test_operators_answer_ends_the_announcement_before_anything_else() -> None:
    desk = Desk(plan_that_tells(repeat=True))
    desk.waits("a")
    desk.ready("2002")
    leg = desk.rings_at("a")
    desk.passes(FIRST)
    speaking = desk.call("a").speaking
    assert speaking is not None
    desk.happens(LegAnswered(leg))
    heard = [one for one in desk.fresh if isinstance(one, effects.Hush | effects.StopMusic | effects.Connect)]
    assert heard[0] == effects.Hush(speaking)
    assert isinstance(heard[-1], effects.Connect)
    assert desk.call("a").speaking is None
    assert desk.told(2 * AGAIN, "a") == []


def test_caller_for_whom_a_telephone_rings_is_told_neither_place_nor_wait() -> None:
    desk = Desk(plan_that_tells(repeat=True))
    desk.ready("2002")
    desk.waits_in_civil("a")
    assert desk.call("a").phase is Phase.RINGING
    desk.hears_out("a")
    desk.passes(FIRST)
    assert desk.done(effects.Say)[0].media == (prompt("still"),)
    assert desk.recorded(WaitAnnounced) == []


# --- only what is true ------------------------------------------------------------------------------------------------


def test_without_experience_only_the_place_is_told() -> None:
    desk = Desk(plan_that_tells(), experienced=False)
    desk.waits("a")
    assert desk.told(FIRST, "a") == ["wait-position-1"]
    assert [(one.position, one.expected_wait_s) for one in desk.recorded(WaitAnnounced)] == [(1, None)]


def test_nothing_is_said_when_there_is_nothing_to_be_told() -> None:
    desk = Desk(plan_that_tells(position=False), experienced=False)
    desk.waits("a")
    assert desk.told(FIRST + AGAIN, "a") == []
    assert desk.recorded(WaitAnnounced) == []


def test_place_gets_better_as_callers_before_are_served() -> None:
    desk = Desk(plan_that_tells(expected_wait=False))
    desk.waits("a")
    desk.waits("b")
    assert desk.told(FIRST, "b") == ["wait-position-2"]
    desk.hangs_up("a")
    assert desk.told(AGAIN, "b") == ["wait-position-1"]


def test_places_beyond_the_last_one_share_an_announcement() -> None:
    desk = Desk(plan_that_tells(expected_wait=False))
    for n in range(MOST_POSITION + 2):
        desk.waits(f"c{n:02}")
    desk.passes(FIRST)
    assert desk.call(f"c{MOST_POSITION - 1:02}").speaking is not None
    media = {one.leg: one.media for one in desk.effects if isinstance(one, effects.Say) if one.leg.startswith("c")}
    assert media[LegId(f"c{MOST_POSITION - 1:02}")] == (prompt(f"wait-position-{MOST_POSITION}"),)
    assert media[LegId(f"c{MOST_POSITION + 1:02}")] == (prompt("wait-position-beyond"),)


def test_promise_that_was_not_kept_is_not_renewed() -> None:
    """The one caller in talk takes for ever: "three minutes" is said while it can still be true, and never after that."""
    desk = Desk(plan_that_tells())
    desk.waits("a")
    desk.told(20 * 60_000, "a")
    times = [(one.at, one.expected_wait_s) for one in desk.recorded(WaitAnnounced)]
    assert times[0][1] == 180
    assert [seconds for _, seconds in times[1:]] == [None] * (len(times) - 1)
    assert all(one.position == 1 for one in desk.recorded(WaitAnnounced))


def test_longer_wait_is_a_new_promise() -> None:
    desk = Desk(plan_that_tells())
    desk.ready("2002")
    desk.talks("other", "2002")
    desk.waits("a")
    assert desk.told(FIRST, "a") == ["wait-position-1", "wait-minutes-2"]
    desk.command(Do.NOT_READY, "2002", "break")
    desk.ends("other")
    assert desk.told(AGAIN, "a") == ["wait-position-1", "wait-minutes-3"]


def test_wait_beyond_the_longest_that_can_be_told_is_more_than_it() -> None:
    desk = Desk(plan_that_tells(position=False))
    for n in range(25):
        desk.waits(f"c{n:02}")
    desk.passes(FIRST)
    (last,) = [one for one in desk.recorded(WaitAnnounced) if one.call == "c24"]
    assert last.expected_wait_s == 61 * 60
    said = {one.leg: one.media for one in desk.effects if isinstance(one, effects.Say)}
    assert said[LegId("c24")] == (prompt("wait-minutes-beyond"),)


# --- when it is crowded -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("surge", "crowded"),
    [
        (Surge((CROWD,), waiting=3), False),
        (Surge((CROWD,), waiting=2), True),
        (Surge((CROWD,), wait_ms=2 * THREE_MINUTES), False),
        (Surge((CROWD,), wait_ms=2 * THREE_MINUTES - 1), True),
        (Surge((CROWD,), waiting=3, wait_ms=1), True),
    ],
)
def test_surge_message_is_said_once_and_only_while_it_is_crowded(surge: Surge, crowded: bool) -> None:
    desk = Desk(plan_that_tells(position=False, expected_wait=False, surge=surge))
    desk.waits("a")
    desk.waits("b")
    assert desk.told(FIRST, "b") == (["crowd"] if crowded else [])
    assert desk.told(2 * AGAIN, "b") == []
    assert [one.surge for one in desk.recorded(WaitAnnounced) if one.call == "b"] == [True] * crowded


# --- afterwards -------------------------------------------------------------------------------------------------------


def test_after_a_restart_the_next_announcement_comes_at_its_time() -> None:
    desk = Desk(plan_that_tells())
    desk.waits("a")
    desk.passes(FIRST)
    legs = tuple(FoundLeg(leg.id, leg.answered_at is not None) for leg in desk.floor.legs.values())
    desk.happens(PbxFound(legs))
    assert desk.done(effects.StartMusic) == [effects.StartMusic(LegId("a"))]
    assert desk.told(AGAIN, "a") == ["wait-position-1"]


def test_story_of_the_call_tells_what_was_promised() -> None:
    desk = Desk(plan_that_tells(surge=Surge((CROWD,), waiting=1)))
    desk.waits("a")
    desk.told(FIRST, "a")
    told: list[Fact] = list(desk.recorded(WaitAnnounced))
    assert [one.text for one in explain(told)] == [
        "the caller was told: that it is crowded, place 1 in the line, about 3 min of waiting"
    ]
    assert [one.text for one in explain(told, "ja")] == ["混み合っている、待ち順は1番目、待ち時間はおよそ3分と案内した"]
    beyond = facts.WaitAnnounced(CallId("a"), 9, 0, CIVIL, None, 61 * 60)
    assert [one.text for one in explain([beyond])] == ["the caller was told: more than 60 min of waiting"]


# --- a day ------------------------------------------------------------------------------------------------------------


class Witness:
    """Has a simulated day's callers told place and wait, which nobody hears there, and collects it."""

    def __init__(self) -> None:
        self.told: dict[str, list[WaitAnnounced]] = {}

    def step(self, floor: Floor, event: Event, now: Millis) -> tuple[Floor, tuple[Effect, ...]]:
        if isinstance(event, PlanAdopted):
            announce = Announce(first_ms=10_000, position=True, expected_wait=True)
            queue = replace(event.plan.queues[QUEUE], announce=announce, repeat_ms=20_000)
            event = PlanAdopted(replace(event.plan, queues={QUEUE: queue}))
        after, done = core.step(floor, event, now)
        for effect in done:
            if isinstance(effect, Record) and isinstance(effect.fact, WaitAnnounced):
                self.told.setdefault(effect.fact.call, []).append(effect.fact)
        return after, done


def kept_or_longer(told: list[WaitAnnounced]) -> Iterator[bool]:
    """For each time told after the first: it is over when the last promise said, or it is longer than that promise.

    Rounding up may cost one step: the promise counts as kept as long as the step below keeps it.
    """
    promised, until = 0, 0
    for one in told:
        if one.expected_wait_s is None:
            continue
        steps = [0, *(60 * minutes for minutes in MINUTES), 61 * 60]
        below = steps[steps.index(one.expected_wait_s) - 1]
        if one.expected_wait_s > promised:
            promised, until = one.expected_wait_s, one.at + one.expected_wait_s * 1000
            yield True
        else:
            yield one.at + below * 1000 <= until


def test_nobody_is_told_soon_for_ever_on_a_day_that_goes_wrong() -> None:
    """Four operators for the calls of six."""
    witness = Witness()
    simulate(steady(110, 4, 4), witness.step)
    assert len(witness.told) > 100
    times = [one.expected_wait_s for told in witness.told.values() for one in told]
    assert sum(seconds is not None for seconds in times) > len(times) / 4
    for call, told in witness.told.items():
        assert all(kept_or_longer(told)), call


def test_plan_of_before_announcements_tells_nothing() -> None:
    desk = Desk(plan_with(wrap_up=False, operators=plan_that_tells().operators))
    desk.waits("a")
    assert desk.told(AGAIN + 2_000, "a") == ["still"]
    assert desk.recorded(WaitAnnounced) == []
