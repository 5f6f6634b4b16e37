"""The event loop: one line, the journal before the deed, and nothing that stops it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctl.journal.store import JournalBusy, JournalFull
from ctl.runtime.engine import LATE_AT_MOST_MS, Turned
from ctl.runtime.record import AT_ONCE, BUSY_RETRY_S, LAST_PATIENCE_S
from ctl.runtime.snapshots import SNAPSHOT_AT_THE_LATEST, SNAPSHOT_EVERY
from ctl.switchboard.effects import Effect, HangUp, Reply
from ctl.switchboard.events import Commanded, Do, Event, LegRang, PbxFound, PhoneReachable, TimePassed
from ctl.switchboard.floor import Floor, empty
from ctl.switchboard.ids import CommandId, Endpoint, Extension, LegId, Millis
from tests.unit.runtime.fakes import START, Bench


def seen(extension: str = "2001") -> PhoneReachable:
    return PhoneReachable(Extension(extension), Endpoint(extension))


def rang(leg: str) -> LegRang:
    return LegRang(LegId(leg))


def command(argument: str | None = None) -> Commanded:
    return Commanded(CommandId("c1"), Do.HOLD, "test", call=None, extension=Extension("2001"), argument=argument)


# --- order ------------------------------------------------------------------------------------------------------------


def test_effects_leave_only_after_the_journal_has_the_event() -> None:
    bench = Bench()
    bench.happen(rang("a"))
    assert bench.story == ["journal 1", "act 1"]


def test_what_stands_in_line_together_is_one_turn() -> None:
    bench = Bench()
    bench.happen(rang("a"), rang("b"), rang("c"))
    assert bench.story == ["journal 3", "act 3"]
    assert bench.effects == [HangUp(LegId("a")), HangUp(LegId("b")), HangUp(LegId("c"))]


def test_events_are_written_in_the_order_they_came_with_their_facts() -> None:
    bench = Bench()
    bench.happen(seen("2002"), rang("a"), seen("2001"))
    assert bench.journal.events == [seen("2002"), rang("a"), seen("2001")]
    assert [len(facts) for _, _, facts in bench.journal.entries] == [1, 0, 1]


def test_what_had_happened_before_our_start_is_decided_at_its_instant_and_before_what_is_due() -> None:
    hour = 3_600_000
    bench = Bench(next_due=lambda floor: START - hour // 2 if floor.plan is None else None)
    bench.engine.deliver(seen())
    bench.engine.settle(START - hour)
    bench.engine.start()
    bench.loop.advance(1000)
    assert [(at, type(event)) for at, event, _ in bench.journal.entries] == [
        (START - hour, PhoneReachable),
        (START, TimePassed),
    ]


def test_a_reply_comes_after_the_command_is_written() -> None:
    bench = Bench()
    bench.engine.command(command(), lambda reply: bench.story.append(f"reply {reply.ok}"))
    bench.loop.run()
    assert bench.story == ["journal 1", "reply True"]


def test_events_delivered_by_effects_wait_for_the_next_turn() -> None:
    bench = Bench()
    bench.engine.watchers.append(
        lambda turned: bench.engine.deliver(seen()) if not turned.after.operators else None,
    )
    bench.happen(rang("a"))
    assert bench.story == ["journal 1", "act 1", "journal 1"]


# --- faults -----------------------------------------------------------------------------------------------------------


def test_an_undigested_event_counts_as_not_happened() -> None:
    bench = Bench()
    bench.happen(seen(), rang("bad"), seen())
    assert bench.journal.events == [seen(), seen()]
    assert bench.changes_of("2001") == 2
    assert [event for event, _ in bench.aside] == [rang("bad")]
    assert bench.engine.figures.failed_events == 1


def test_a_pbx_that_cannot_be_reconciled_is_within_reach_again_all_the_same() -> None:
    """Else nobody would be rung before some other patience is over."""

    def step(floor: Floor, event: Event, now: Millis) -> tuple[Floor, tuple[Effect, ...]]:
        if isinstance(event, PbxFound):
            raise ValueError("a leg that the core cannot digest")
        return replace(floor, deaf=event.deaf) if isinstance(event, TimePassed) else floor, ()

    bench = Bench(floor=replace(empty(), deaf=True), step=step, time_passed=lambda: TimePassed(deaf=False))
    bench.happen(PbxFound(()))
    assert bench.journal.events == [TimePassed(deaf=False)]
    assert not bench.engine.floor.deaf


def test_an_undigested_command_is_answered() -> None:
    bench = Bench()
    replies: list[Reply] = []
    bench.engine.command(command("bad"), replies.append)
    bench.loop.run()
    assert [reply.ok for reply in replies] == [False]
    assert "ValueError" in replies[0].message


def test_a_pbx_that_takes_no_effects_does_not_stop_the_line() -> None:
    bench = Bench()

    def broken(effects: object) -> None:
        raise RuntimeError("the link is broken")

    bench.engine._act = broken
    bench.happen(rang("a"))
    bench.happen(seen())
    assert bench.changes_of("2001") == 1
    assert bench.engine.figures.failed_effects == 1


def test_a_failing_watcher_harms_nobody() -> None:
    bench = Bench()
    told: list[Turned] = []

    def broken(turned: Turned) -> None:
        raise RuntimeError("the watcher is broken")

    bench.engine.watchers += [broken, told.append]
    bench.happen(seen())
    assert [turned.after for turned in told] == [bench.engine.floor]


def test_a_full_disk_does_not_stop_calls_and_loses_nothing() -> None:
    bench = Bench()
    bench.journal.trouble = JournalFull("no room")
    bench.happen(rang("a"))
    bench.happen(seen())
    assert bench.effects == [HangUp(LegId("a"))]
    assert bench.recorder.pending == 2
    bench.journal.trouble = None
    bench.loop.advance(2000)
    assert bench.journal.events == [rang("a"), seen()]
    assert bench.recorder.pending == 0


def test_a_full_disk_is_tried_once_a_second_and_a_long_night_written_in_parts() -> None:
    bench = Bench()
    bench.journal.trouble = JournalFull("no room")
    for _ in range(2 * AT_ONCE + 1):
        bench.happen(seen())
    assert (bench.journal.tries, bench.recorder.pending) == (1, 2 * AT_ONCE + 1)
    bench.journal.trouble = None
    bench.loop.advance(2000)
    assert bench.recorder.pending == 0
    assert bench.story == [f"journal {AT_ONCE}", f"journal {AT_ONCE}", "journal 1"]


def test_a_clean_stop_waits_for_a_slow_disk_but_not_for_ever() -> None:
    bench = Bench()
    bench.journal.trouble = JournalBusy("held")
    bench.happen(seen())

    def disk_is_done(seconds: float) -> None:
        bench.loop.seconds += seconds
        if bench.journal.tries == 5:
            bench.journal.trouble = None

    bench.recorder.finish(disk_is_done)
    assert bench.journal.events == [seen()]
    bench.journal.trouble = JournalBusy("held")
    bench.happen(seen())
    before = bench.loop.seconds
    bench.recorder.finish(disk_is_done)
    assert before + LAST_PATIENCE_S <= bench.loop.seconds <= before + LAST_PATIENCE_S + 2 * BUSY_RETRY_S
    assert bench.recorder.pending == 1


def test_calls_do_not_wait_for_a_slow_disk_and_are_written_soon() -> None:
    bench = Bench()
    bench.journal.trouble = JournalBusy("held")
    bench.happen(rang("a"))
    assert bench.effects == [HangUp(LegId("a"))]
    assert (bench.recorder.pending, bench.recorder.failures) == (1, 0)
    bench.journal.trouble = None
    bench.loop.advance(100)
    assert bench.journal.events == [rang("a")]


def test_an_entry_that_can_never_be_written_holds_up_nothing() -> None:
    bench = Bench()
    bench.journal.poison = LegRang
    bench.happen(seen(), rang("a"), seen())
    assert bench.journal.events == [seen(), seen()]
    assert [event for event, _ in bench.aside] == [rang("a")]
    assert bench.effects == [HangUp(LegId("a"))]


def test_no_snapshot_is_kept_that_is_ahead_of_the_journal() -> None:
    bench = Bench()
    bench.journal.trouble = JournalFull("no room")
    bench.happen(seen())
    bench.engine.stop()
    assert bench.journal.snapshots == []


# --- time -------------------------------------------------------------------------------------------------------------


def due_at(instant: Millis) -> Bench:
    """A floor whose only timer is due at ``instant``; the toy core puts the time it heard of into ``plan``."""
    return Bench(next_due=lambda floor: instant if floor.plan is None else None)


def test_time_passes_at_the_due_instant() -> None:
    bench = due_at(START + 5000)
    bench.engine.start()
    bench.loop.advance(4999)
    assert bench.journal.events == []
    bench.loop.advance(2)
    assert bench.journal.events == [TimePassed()]
    assert bench.engine.floor.plan == str(START + 5000)


def test_time_that_passes_says_what_we_know_when_it_is_due() -> None:
    bench = Bench(
        next_due=lambda floor: START if floor.plan is None else None, time_passed=lambda: TimePassed(deaf=True)
    )
    bench.engine.start()
    bench.loop.advance(1)
    assert bench.journal.events == [TimePassed(deaf=True)]


def test_a_due_instant_of_the_past_comes_at_once() -> None:
    bench = due_at(START - 60_000)
    bench.engine.start()
    bench.loop.advance(1)
    assert bench.journal.events == [TimePassed()]


def test_timers_run_out_although_the_wall_clock_was_set_back() -> None:
    bench = due_at(START + 5000)
    bench.engine.start()
    bench.loop.wall_error = -3600
    bench.loop.advance(6000)
    assert bench.journal.events == [TimePassed()]


def test_instants_in_the_journal_never_go_back() -> None:
    bench = Bench()
    for error in (0.0, -3600.0, 10.0, -10.0):
        bench.loop.wall_error = error
        bench.happen(seen())
        bench.loop.advance(100)
    assert instants(bench) == sorted(instants(bench))


def instants(bench: Bench) -> list[Millis]:
    return [at - START for at, _, _ in bench.journal.entries]


def test_what_is_heard_late_happened_when_the_pbx_says() -> None:
    bench = Bench()
    bench.loop.advance(5000)
    bench.engine.deliver(seen("2001"), START + 4200)
    bench.engine.deliver(seen("2002"), START + 4700)
    bench.engine.deliver(seen("2003"))
    bench.loop.run()
    assert instants(bench) == [4200, 4700, 5000]
    assert bench.engine.floor.operators[Extension("2001")].since == START + 4200


def test_nothing_happened_before_the_start() -> None:
    """Else an event that was on its way could be written with an instant before the last one of the journal."""
    bench = Bench()
    bench.loop.advance(1000)
    bench.engine.start()
    bench.engine.deliver(seen(), START + 500)
    bench.loop.run()
    assert instants(bench) == [1000]


@pytest.mark.parametrize("off_ms", [-LATE_AT_MOST_MS - 1, -3_600_000, 1, 300_000])
def test_a_pbx_whose_clock_is_wrong_is_not_believed(off_ms: int) -> None:
    bench = Bench()
    bench.loop.advance(5000)
    bench.engine.deliver(seen(), START + 5000 + off_ms)
    bench.loop.run()
    assert instants(bench) == [5000]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 900), st.none() | st.integers(-2 * LATE_AT_MOST_MS, 2 * LATE_AT_MOST_MS), st.booleans()
        ),
        max_size=20,
    )
)
def test_told_instants_never_go_back_nor_ahead(told: list[tuple[int, int | None, bool]]) -> None:
    """``told``: how long until something is heard, how far from then it happened, and whether it is decided alone."""
    bench, heard_at = Bench(), []
    for pause_ms, off_ms, alone in told:
        bench.loop.seconds += pause_ms / 1000
        heard_at.append(now := round(bench.loop.seconds * 1000) - START)
        bench.engine.deliver(seen(), START + now + off_ms if off_ms is not None else None)
        if alone:
            bench.loop.run()
    bench.loop.run()
    decided = instants(bench)
    assert decided == sorted(decided)
    assert len(decided) == len(told)
    # One that waited for others in line is decided no later than the last of them was heard.
    assert all(at >= heard - LATE_AT_MOST_MS for at, heard in zip(decided, heard_at, strict=True))
    assert all(at <= heard_at[-1] for at in decided)


def test_a_due_instant_that_does_not_go_away_is_no_busy_loop() -> None:
    bench = Bench(next_due=lambda floor: START)
    bench.engine.start()
    bench.loop.advance(3500)
    assert bench.journal.events == [TimePassed()] * 4


# --- snapshots --------------------------------------------------------------------------------------------------------


def test_a_snapshot_is_kept_once_it_is_quiet() -> None:
    bench = Bench()
    bench.happen(*(seen() for _ in range(SNAPSHOT_EVERY)))
    assert bench.journal.snapshots == []
    bench.loop.advance(100)
    assert bench.journal.snapshots == [(SNAPSHOT_EVERY, bench.engine.floor)]


def test_a_snapshot_does_not_wait_for_quiet_for_ever() -> None:
    bench = Bench()
    bench.happen(*(seen() for _ in range(SNAPSHOT_AT_THE_LATEST)))
    assert len(bench.journal.snapshots) == 1


def test_a_clean_stop_works_off_the_line_and_keeps_the_floor() -> None:
    bench = Bench()
    bench.engine.deliver(seen())
    bench.engine.stop()
    assert bench.journal.events == [seen()]
    assert bench.journal.snapshots == [(1, bench.engine.floor)]


def test_a_clean_stop_touches_no_call() -> None:
    bench = Bench()
    bench.happen(rang("a"))
    bench.effects.clear()
    bench.engine.stop()
    assert bench.effects == []


def test_a_floor_given_at_the_start_is_the_floor() -> None:
    floor: Floor = replace(empty(), plan="v1")
    assert Bench(floor=floor).engine.floor is floor
