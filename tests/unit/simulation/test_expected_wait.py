"""What callers would be told at entry, against what becomes of them: days in which one caller in ten waits for ever.

Those who stay are the measure: whoever gives up has no wait to compare, and who is served before giving up was lucky.
"""

from dataclasses import dataclass, field, replace
from random import Random

import pytest

from ctl.simulation import Scenario, simulate
from ctl.simulation.scenario import Arrivals, Crew, Duration, Shape, Shift
from ctl.switchboard import core
from ctl.switchboard.effects import Effect, Record
from ctl.switchboard.events import Event
from ctl.switchboard.expectation import Outlook
from ctl.switchboard.facts import CallQueued, OfferEnded
from ctl.switchboard.floor import Floor, Phase
from ctl.switchboard.ids import CallId, GroupName, Millis, QueueName
from ctl.switchboard.kinds import OfferResult
from ctl.switchboard.plan import Queue, Stage
from ctl.switchboard.turn import Turn
from tests.floor_driver import MONDAY_TEN
from tests.unit.simulation.scenes import GROUP, HOUR, PLAN, QUEUE, steady

TAX, RARE = QueueName("tax"), GroupName("tax")
HOURS = 40
FOREVER = 10**9


@dataclass(frozen=True)
class SomePatient(Duration):
    """``patient``: whether the last one drawn was for ever; the caller it was drawn for arrives next."""

    last: list[bool] = field(default_factory=lambda: [False])

    def draw(self, random: Random) -> Millis:
        self.last[0] = random.random() < 0.1
        return FOREVER if self.last[0] else super().draw(random)


class Listener:
    """Asks at each entry what the caller has to expect, and notes when a patient one is answered."""

    def __init__(self, patience: SomePatient) -> None:
        self._patience = patience
        self._told: dict[CallId, tuple[QueueName, Millis, Millis]] = {}
        self.waits: dict[QueueName, list[tuple[Millis, Millis]]] = {}
        self.asked = self.unknown = 0

    def step(self, floor: Floor, event: Event, now: Millis) -> tuple[Floor, tuple[Effect, ...]]:
        after, effects = core.step(floor, event, now)
        for effect in effects:
            match effect:
                case Record(CallQueued(call=name)) if after.calls[name].phase is Phase.WAITING:
                    self._ask(after, name, now)
                case Record(OfferEnded(call=name, result=OfferResult.ANSWERED)) if name in self._told:
                    queue, told_ms, entered_at = self._told.pop(name)
                    self.waits.setdefault(queue, []).append((told_ms, now - entered_at))
        return after, effects

    def _ask(self, floor: Floor, name: CallId, now: Millis) -> None:
        call = floor.calls[name]
        told_ms = Outlook(Turn(floor, now)).wait_ms(call)
        self.asked += 1
        self.unknown += told_ms is None
        if told_ms is not None and self._patience.last[0] and call.queue is not None:
            self._told[name] = call.queue, told_ms, now


def crew(operators: int, **skills: int) -> Crew:
    return Crew(
        {GroupName(name): level for name, level in skills.items()},
        (Shift(MONDAY_TEN, MONDAY_TEN + HOURS * HOUR, operators),),
    )


def two_queues(tax: Queue, calls_per_hour: float, *crews: Crew) -> Scenario:
    scenario = steady(calls_per_hour, 0, HOURS)
    return replace(
        scenario, plan=replace(PLAN, queues={**PLAN.queues, TAX: tax}), wants={QUEUE: 0.5, TAX: 0.5}, crews=crews
    )


SMALL = steady(60, 2, HOURS)
LARGE = steady(400, 20, HOURS // 2)
LOGNORMAL = steady(150, 6, HOURS, talk=Duration(120_000, Shape.LOGNORMAL), wrap_up=Duration(60_000))
HALVED_EACH_HOUR = replace(
    steady(120, 0, HOURS),
    crews=(
        Crew(
            {GROUP: 1},
            tuple(
                Shift(MONDAY_TEN + hour * HOUR, MONDAY_TEN + (hour + 1) * HOUR, 4 if hour % 2 else 8)
                for hour in range(HOURS)
            ),
        ),
    ),
)
SHARED = two_queues(
    Queue(TAX, "税", (Stage(RARE, max_level=2), Stage(GROUP, after_ms=20_000))),
    200,
    crew(5, general=1),
    crew(3, tax=1),
    crew(2, general=2, tax=3),
)
OVERTAKEN = two_queues(Queue(TAX, "税", (Stage(GROUP),), priority=3), 200, crew(10, general=1))


@pytest.mark.days
@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param(SMALL, id="two operators"),
        pytest.param(LARGE, id="twenty operators"),
        pytest.param(LOGNORMAL, id="log-normal talk and wrap-up"),
        pytest.param(HALVED_EACH_HOUR, id="staff halved and doubled each hour"),
        pytest.param(SHARED, id="operators shared by two queues"),
        pytest.param(OVERTAKEN, id="a queue that goes first"),
    ],
)
def test_wait_told_at_entry_is_on_average_the_one_that_comes(scenario: Scenario) -> None:
    """Within 10 % below and 25 % above: who must err says rather too long than too short."""
    patience = SomePatient(300_000)
    listener = Listener(patience)
    simulate(replace(scenario, patience=patience), listener.step)
    assert listener.unknown < 0.05 * listener.asked
    for queue, waits in listener.waits.items():
        assert len(waits) > 100, queue
        told, came = (sum(column) / len(waits) for column in zip(*waits, strict=True))
        assert 0.9 * came <= told <= 1.25 * came, queue


def test_surge_is_foretold_from_the_times_of_calmer_hours() -> None:
    """Five times the callers from one hour on: the first of them are told what is coming, before any of them is served."""
    calm, surge = (MONDAY_TEN, MONDAY_TEN + 4 * HOUR), (MONDAY_TEN + 4 * HOUR, MONDAY_TEN + 5 * HOUR)
    patience = SomePatient(FOREVER, Shape.FIXED)
    listener = Listener(patience)
    scenario = replace(
        steady(50, 5, 5), arrivals=(Arrivals(*calm, 200), Arrivals(*surge, 250)), patience=patience, seed=3
    )
    simulate(scenario, listener.step)
    (waits,) = listener.waits.values()
    long = [(told, came) for told, came in waits if came > 10 * 60_000]
    assert len(long) > 5
    told, came = (sum(column) / len(long) for column in zip(*long, strict=True))
    assert told == pytest.approx(came, rel=0.25)
