"""When is a service closed while the switchboard is away, and what is said then: its flow, as far as no caller is needed.

From the start of a flow to the first node that needs somebody (a menu, a queue), only opening hours decide. Each way
that ends in a closing message is a rule of the fallback dialplan. Dates are whole dates, as many years as the plan
knows of: Asterisk's own GotoIfTime() knows no year.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ctl.switchboard.ids import NodeName, PromptName
from ctl.switchboard.plan import Close, Flow, HangUp, Hours, HoursBranch, Minute, Plan, Play, Service

Bands = tuple[tuple[Minute, Minute], ...]


@dataclass(frozen=True)
class Closing:
    """``prompts`` are said, and the call ends, when each of the named hours is open or not as ``when`` says."""

    when: tuple[tuple[str, bool], ...]
    prompts: tuple[PromptName, ...]


def closings(plan: Plan, service: Service) -> tuple[Closing, ...]:
    """The rules of one service. At any instant one of them holds, or none: then callers are queued."""
    flow = plan.flows[service.flow]
    return tuple(_ends(plan, flow, flow.start, Closing((), ()), frozenset()))


def _ends(plan: Plan, flow: Flow, at: NodeName, way: Closing, passed: frozenset[NodeName]) -> Iterator[Closing]:
    if at in passed:
        return  # round in circles: `ctl ivr check` refuses that
    passed |= {at}
    match flow.nodes.get(at):
        case Play(prompts, following):
            yield from _ends(plan, flow, following, Closing(way.when, way.prompts + prompts), passed)
        case HoursBranch(hours, opened, closed):
            known = dict(way.when)
            for is_open, following in ((True, opened), (False, closed)):
                if known.get(hours, is_open) is is_open and (hours in plan.hours or not is_open):
                    when = tuple((known | {hours: is_open}).items()) if hours in plan.hours else way.when
                    yield from _ends(plan, flow, following, Closing(when, way.prompts), passed)
        case Close(prompts):
            yield Closing(way.when, way.prompts + prompts)
        case HangUp():
            yield way
        case _:
            return


def opening_days(hours: Hours, holidays: frozenset[str]) -> Mapping[str, str]:
    """Day → expression that is 1 while it is open. Days are ``20261229``, or for all others ``1`` (Monday) to ``7``."""
    by_date: dict[str, Bands] = dict.fromkeys(() if hours.open_on_holidays else holidays, ())
    by_date |= hours.exceptions
    dated = {date.replace("-", ""): open_within(bands) for date, bands in sorted(by_date.items())}
    return dated | {str(day + 1): open_within(hours.weekdays.get(day, ())) for day in range(7)}


def open_within(bands: Bands) -> str:
    """Compares the clock as four digits (``CTL_CLOCK``: 0830, 1715), which people can read and Asterisk can order."""
    terms = (f"(${{CTL_CLOCK}} >= {_digits(start)} & ${{CTL_CLOCK}} < {_digits(end)})" for start, end in bands)
    return f"$[{' | '.join(terms)}]" if bands else "0"


def _digits(minute: Minute) -> str:
    return f"{minute // 60}{minute % 60:02}"
