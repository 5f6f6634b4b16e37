"""Whatever happened, and wherever the process died: the journal gives back the floor that was."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ctl.journal.journal import Journal
from ctl.runtime.engine import Engine
from ctl.runtime.record import Recorder
from ctl.runtime.recovery import Recovered, recover
from ctl.switchboard import core
from ctl.switchboard.events import (
    CallArrived,
    Cause,
    Commanded,
    Do,
    Event,
    KeyPressed,
    LegAnswered,
    LegEnded,
    PbxFound,
    PhoneReachable,
    PhoneUnreachable,
    PlanAdopted,
    PlaybackEnded,
)
from ctl.switchboard.floor import Floor
from ctl.switchboard.ids import CallId, CommandId, Endpoint, LegId, PlaybackId
from tests.examples import examples
from tests.plans import CITY, small_plan
from tests.unit.runtime.fakes import VirtualLoop

CALLS = ("1.1", "1.2", "1.3")
OPERATORS = tuple(small_plan().operators)

legs = st.sampled_from([*CALLS, *(f"{call}.l{n}" for call in CALLS for n in range(1, 12))]).map(LegId)
playbacks = st.sampled_from([f"{call}.p{n}" for call in CALLS for n in range(1, 12)]).map(PlaybackId)
extensions = st.sampled_from(OPERATORS)

events: st.SearchStrategy[Event] = st.one_of(
    st.sampled_from(CALLS).map(lambda call: CallArrived(CallId(call), LegId(call), CITY, "0312345678")),
    st.builds(LegAnswered, legs),
    st.builds(LegEnded, legs, st.sampled_from(Cause)),
    st.builds(KeyPressed, legs, st.sampled_from("12*#9")),
    st.builds(PlaybackEnded, playbacks),
    extensions.map(lambda extension: PhoneReachable(extension, Endpoint(extension))),
    extensions.map(lambda extension: PhoneUnreachable(extension, Endpoint(extension))),
    st.builds(
        Commanded,
        st.uuids().map(lambda name: CommandId(name.hex)),
        st.sampled_from([Do.LOGIN, Do.READY, Do.WRAP_UP_DONE, Do.HOLD, Do.CONSULT, Do.COMPLETE, Do.CANCEL]),
        st.just("test"),
        extensions,
        st.none(),
        st.just("101"),
    ),
    st.just(PbxFound(())),
)
moments = st.lists(st.tuples(events, st.sampled_from([0, 1, 400, 6000, 31_000])), max_size=60)


class Life:
    """A switchboard on a real journal file, with time set by hand; effects go nowhere."""

    def __init__(self, path: Path, loop: VirtualLoop) -> None:
        self.journal = Journal(path)
        self.loop = loop
        restored = self.journal.restore()
        self.recovered: Recovered = recover(restored.floor, restored.events, core.step)
        self.engine = Engine(
            self.recovered.floor,
            Recorder(self.journal, restored.seq, self._set_aside),
            lambda effects: None,
            self._set_aside,
            clock=loop.clock(restored.at),
            loop=loop,
            step=core.step,
            next_due=core.next_due,
        )
        self.engine.start()

    def _set_aside(self, entry: object, error: Exception) -> None:
        raise AssertionError(entry) from error

    def lives(self, happened: list[tuple[Event, int]]) -> Floor:
        for event, later_ms in happened:
            self.engine.deliver(event)
            self.loop.advance(later_ms)
        return self.engine.floor

    def dies(self) -> None:
        """As with kill -9: nothing is said to anybody, only the file's lock goes with the process."""
        self.journal.close()


@settings(max_examples=examples(60))
@given(moments, st.booleans())
def test_the_journal_gives_back_the_floor_that_was(happened: list[tuple[Event, int]], clean: bool) -> None:
    with tempfile.TemporaryDirectory() as home:
        path = Path(home) / "journal.sqlite"
        first = Life(path, VirtualLoop())
        was = first.lives([(PlanAdopted(small_plan()), 0), *happened])
        if clean:
            first.engine.stop()
        first.dies()
        second = Life(path, VirtualLoop())
        assert second.recovered.floor == was
        assert second.recovered.skipped == 0
        second.dies()


@settings(max_examples=examples(30))
@given(moments, moments)
def test_a_life_after_death_goes_on_as_if_there_had_been_none(
    before: list[tuple[Event, int]], after: list[tuple[Event, int]]
) -> None:
    with tempfile.TemporaryDirectory() as home:
        start: list[tuple[Event, int]] = [(PlanAdopted(small_plan()), 0)]
        unbroken = Life(Path(home) / "unbroken.sqlite", VirtualLoop())
        unbroken.lives([*start, *before, *after])
        loop = VirtualLoop()
        first = Life(Path(home) / "broken.sqlite", loop)
        first.lives([*start, *before])
        first.dies()
        second = Life(Path(home) / "broken.sqlite", VirtualLoopAt(loop.seconds))
        assert second.lives(after) == unbroken.engine.floor
        for life in (unbroken, second):
            life.dies()


class VirtualLoopAt(VirtualLoop):
    """A loop of the next process, whose clock starts where the last one's stood."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds
