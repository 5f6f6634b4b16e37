"""Scenarios for tests: one queue, one crew, constant arrivals."""

from ctl.simulation.scenario import Arrivals, Crew, Duration, Scenario, Shape, Shift
from ctl.switchboard.ids import GroupName, QueueName
from ctl.switchboard.plan import Queue, Stage
from tests.floor_driver import MONDAY_TEN
from tests.plans import plan_with

HOUR = 3_600_000
QUEUE, GROUP = QueueName("general"), GroupName("general")
PLAN = plan_with(queues={QUEUE: Queue(QUEUE, "総合", (Stage(GROUP),))}, prompts={})
TALK, PATIENCE, AT_ONCE = Duration(180_000), Duration(120_000), Duration(0, Shape.FIXED)


def steady(
    calls_per_hour: float,
    operators: int,
    hours: int,
    *,
    talk: Duration = TALK,
    patience: Duration = PATIENCE,
    wrap_up: Duration | None = None,
    answer: Duration = AT_ONCE,
    seed: int = 1,
) -> Scenario:
    begin, end = MONDAY_TEN, MONDAY_TEN + hours * HOUR
    return Scenario(
        PLAN,
        (Arrivals(begin, end, calls_per_hour * hours),),
        (Crew({GROUP: 1}, (Shift(begin, end, operators),)),),
        {QUEUE: 1.0},
        talk,
        wrap_up,
        patience,
        answer,
        seed,
    )
