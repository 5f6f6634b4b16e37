"""Operators of a simulated day: who they are in the plan, and when how many of each crew come and go."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ctl.simulation.scenario import Crew, Scenario
from ctl.switchboard.ids import Extension, FlowName, Millis, NodeName, Number, QueueName
from ctl.switchboard.plan import Flow, OperatorProfile, Plan, Service, ToQueue, Trunk

HOME = "home"
"""The reason of those who are not there."""
FIRST = 90_000
ENDLESS = Trunk(limit=1_000_000, reserve=0)
"""What is asked is how many operators a day needs: nobody is turned away for want of a channel."""


@dataclass(frozen=True, slots=True)
class Change:
    """At ``at`` an operator comes or goes."""

    at: Millis
    extension: Extension
    comes: bool


def extensions(crews: tuple[Crew, ...]) -> list[list[Extension]]:
    """Names for as many operators as each crew ever has, crew by crew."""
    names: list[list[Extension]] = []
    number = FIRST
    for crew in crews:
        most = max((shift.operators for shift in crew.shifts), default=0)
        names.append([Extension(str(number + n)) for n in range(most)])
        number += most
    return names


def changes(crews: tuple[Crew, ...]) -> Iterator[Change]:
    """Who comes and goes when. The first of a crew comes first and goes last."""
    for crew, names in zip(crews, extensions(crews), strict=True):
        instants = sorted({at for shift in crew.shifts for at in (shift.begin, shift.end)})
        here = 0
        for at in instants:
            wanted = sum(shift.operators for shift in crew.shifts if shift.begin <= at < shift.end)
            yield from (Change(at, name, True) for name in names[here:wanted])
            yield from (Change(at, name, False) for name in reversed(names[wanted:here]))
            here = wanted


def number_of(queue: int) -> Number:
    """What is dialled to enter the n-th queue at once."""
    return Number(f"00{queue:08}")


def plan_of(scenario: Scenario) -> Plan:
    """The scenario's plan with the crews as its operators, and a number for each queue that leads straight into it.

    Announcements are left out: nobody listens, and they change nothing about who gets whom.
    """
    profiles = {
        name: OperatorProfile(name, name, crew.skills)
        for crew, names in zip(scenario.crews, extensions(scenario.crews), strict=True)
        for name in names
    }
    entries = {number_of(n): queue for n, queue in enumerate(scenario.wants)}
    return replace(
        scenario.plan,
        version=f"{scenario.plan.version}-simulated",
        operators=profiles,
        services={number: Service(number, FlowName(queue), queue, queue) for number, queue in entries.items()},
        flows={FlowName(queue): _straight_to(queue) for queue in entries.values()},
        queues={
            name: replace(queue, entry_prompts=(), repeat_prompts=(), announce=None)
            for name, queue in scenario.plan.queues.items()
        },
        not_ready_reasons={HOME: HOME},
        trunk=ENDLESS,
        wrap_up=scenario.wrap_up is not None,
    )


def _straight_to(queue: QueueName) -> Flow:
    only = NodeName("queue")
    return Flow(FlowName(queue), "simulated", only, {only: ToQueue(queue)})
