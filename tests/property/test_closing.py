"""Without the switchboard callers are told that the centre is closed exactly when, and as, the switchboard would tell.

The rendered dialplan is read as Asterisk reads it, as far as opening hours go; what it says is held against the
interpreter of the flows and against `hours.is_open`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ctl.pbx.deploy.render import render
from ctl.secrets import Secrets
from ctl.settings import Settings
from ctl.switchboard import ivr
from ctl.switchboard.hours import JST, is_open, jst
from ctl.switchboard.ids import FlowName, Media, Millis, ModeName, NodeName, PromptName
from ctl.switchboard.modes import under
from ctl.switchboard.plan import Close, Flow, HangUp, Hours, HoursBranch, Mode, Node, Plan, Play, ToQueue
from tests.examples import examples
from tests.plans import CITY, CIVIL, plan_with, small_plan

FIRST, LAST = date(2026, 1, 1), date(2028, 12, 31)
DAYS = st.dates(FIRST, LAST)
BANDS = st.lists(st.integers(0, 1440), unique=True, max_size=6).map(
    lambda edges: tuple(zip(sorted(edges)[::2], sorted(edges)[1::2], strict=False))
)
NAMES = ("inquiry", "exchange", "night-duty")
PROMPTS = ("night", "greeting", "holiday")


def at(day: date, minute: int) -> Millis:
    return int((datetime(day.year, day.month, day.day, tzinfo=JST) + timedelta(minutes=minute)).timestamp()) * 1000


@st.composite
def hours(draw: st.DrawFn) -> Hours:
    dated = draw(st.dictionaries(DAYS.map(date.isoformat), BANDS, max_size=4))
    return Hours(draw(st.dictionaries(st.integers(0, 6), BANDS)), draw(st.booleans()), dated)


@st.composite
def nodes(draw: st.DrawFn) -> Mapping[NodeName, Node]:
    """A flow in which every node leads to later ones only, and the last to a queue."""
    count = draw(st.integers(1, 7))
    made: dict[NodeName, Node] = {NodeName(str(count)): ToQueue(CIVIL)}
    for n in range(count):
        later = st.integers(n + 1, count).map(lambda number: NodeName(str(number)))
        said = st.lists(st.sampled_from(PROMPTS), max_size=2).map(lambda names: tuple(map(PromptName, names)))
        kind = draw(st.sampled_from((Play, HoursBranch, HoursBranch, Close, HangUp, ToQueue)))
        if kind is Play:
            made[NodeName(str(n))] = Play(draw(said), draw(later))
        elif kind is HoursBranch:
            made[NodeName(str(n))] = HoursBranch(draw(st.sampled_from((*NAMES, "unknown"))), draw(later), draw(later))
        elif kind is Close:
            made[NodeName(str(n))] = Close(draw(said))
        else:
            made[NodeName(str(n))] = HangUp() if kind is HangUp else ToQueue(CIVIL)
    return made


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    flow = Flow(FlowName("main"), "v", NodeName("0"), draw(nodes()))
    return plan_with(
        flows={flow.name: flow},
        hours={name: draw(hours()) for name in NAMES},
        holidays=frozenset(draw(st.sets(DAYS.map(date.isoformat), max_size=4))),
        prompts={**small_plan().prompts, **{PromptName(name): Media(f"sound:ctl/{name}") for name in PROMPTS}},
    )


def instants(plan: Plan) -> st.SearchStrategy[Millis]:
    """Any, and those at which something may change: edges of bands, on days that are special and on others."""
    dates = {*plan.holidays, *(day for one in plan.hours.values() for day in one.exceptions)}
    bands = [
        band
        for one in plan.hours.values()
        for each in (*one.weekdays.values(), *one.exceptions.values())
        for band in each
    ]
    edges = {minute for band in bands for minute in (band[0], band[0] - 1, band[1], band[1] - 1) if 0 <= minute < 1440}
    days = DAYS if not dates else st.one_of(DAYS, st.sampled_from(sorted(dates)).map(date.fromisoformat))
    minutes = st.integers(0, 1439) if not edges else st.one_of(st.integers(0, 1439), st.sampled_from(sorted(edges)))
    return st.builds(at, days, minutes)


@dataclass
class Dialplan:
    """``extensions.conf``, as far as it decides about opening hours at one instant."""

    text: str
    now: Millis

    def steps(self, context: str, extension: str) -> list[str]:
        [section] = re.findall(rf"^\[{context}\]$(.*?)(?=^\[|\Z)", self.text, re.MULTILINE | re.DOTALL)
        block = re.search(rf"^exten => {re.escape(extension)},1,(.*\n(?: same => n,.*\n)*)", section, re.MULTILINE)
        return re.sub(r"^ same => n,", "", block[1], flags=re.MULTILINE).splitlines() if block else []

    def opening(self, name: str) -> str:
        """Extension ``name`` of the context ``opening``."""
        local = jst(self.now)
        for day in (f"{local:%Y%m%d}", f"{local.isoweekday()}"):
            if steps := self.steps(f"opening-{name}", day):
                return self.evaluate(steps[0].removeprefix("Return(").removesuffix(")"), f"{local:%H%M}")
        raise AssertionError(f"opening-{name} has no extension for {local:%A}")

    @staticmethod
    def evaluate(expression: str, clock: str) -> str:
        if expression in ("0", "1"):
            return expression
        terms = expression.removeprefix("$[").removesuffix("]").split(" | ")
        found = [re.fullmatch(r"\(\$\{CTL_CLOCK\} >= (\d+) & \$\{CTL_CLOCK\} < (\d+)\)", term) for term in terms]
        return str(int(any(int(one[1]) <= int(clock) < int(one[2]) for one in found if one is not None)))

    def service(self, number: str, context: str = "services") -> tuple[bool, str]:
        """CTL_CLOSED and CTL_CLOSING."""
        closed, closing, holds, answer = False, "", True, ""
        for step in self.steps(context, number):
            if step == "Set(CTL_HOLDS=1)":
                holds = True
            elif asked := re.fullmatch(r"Gosub\(opening,(\S+),1\)", step):
                answer = self.opening(asked[1])
            elif wanted := re.search(r'"\$\{GOSUB_RETVAL\}" != "(.)"', step):
                holds = holds and answer == wanted[1]
            elif said := re.fullmatch(r"ExecIf\(\$\{CTL_HOLDS\}\?Set\(CTL_CLOSING=(.*)\)\)", step):
                closing = said[1] if holds else closing
            elif step == "ExecIf(${CTL_HOLDS}?Set(CTL_CLOSED=1))":
                closed = closed or holds
        return closed, closing


def told_by_the_switchboard(plan: Plan, now: Millis) -> tuple[bool, str]:
    """What a caller hears who does nothing, when that ends in a closing message."""
    flow, said = plan.flows[FlowName("main")], list[PromptName]()
    walk = ivr.enter(flow, plan, now)
    while isinstance(walk.do, ivr.Speak):
        said += walk.do.prompts
        walk = ivr.react(flow, walk.position, ivr.Played(), plan, now)
    assert walk.do is not None
    closed = walk.do.queue is None
    return closed, "&".join(f"ctl/{name}" for name in (*said, *(walk.do.closing or ()))) if closed else ""


@pytest.fixture(name="centre", scope="module")
def a_centre(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("home"))


def dialplan(centre: Settings, plan: Plan, now: Millis) -> Dialplan:
    return Dialplan(render(centre, Secrets.of(centre), plan)["extensions.conf"], now)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(200))
@given(data=st.data())
def test_the_dialplan_says_what_the_switchboard_would_say(centre: Settings, data: st.DataObject) -> None:
    plan = data.draw(plans())
    for _ in range(3):
        now = data.draw(instants(plan))
        assert dialplan(centre, plan, now).service(CITY) == told_by_the_switchboard(plan, now)
        assert dialplan(centre, plan, now).service(f"+81{CITY[1:]}") == told_by_the_switchboard(plan, now)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(100))
@given(data=st.data())
def test_in_a_mode_the_dialplan_says_what_the_switchboard_would_say_in_it(
    centre: Settings, data: st.DataObject
) -> None:
    normal = data.draw(plans())
    bad_day = Flow(FlowName("bad-day"), "v", NodeName("0"), data.draw(nodes()))
    mode = Mode(
        ModeName("bad-day"),
        "災害",
        services={CITY: replace(normal.services[CITY], flow=bad_day.name)},
        hours={"inquiry": data.draw(hours())},
    )
    plan = replace(normal, flows={**normal.flows, bad_day.name: bad_day}, modes={mode.name: mode})
    there = under(plan, mode.name)
    told = replace(there, flows={FlowName("main"): replace(bad_day, name=FlowName("main"))})
    for _ in range(3):
        now = data.draw(instants(there))
        rendered = dialplan(centre, plan, now)
        assert rendered.service(CITY, "services-bad-day") == told_by_the_switchboard(told, now)
        assert rendered.service(CITY) == told_by_the_switchboard(plan, now)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(200))
@given(data=st.data())
def test_the_dialplan_and_the_switchboard_agree_on_every_opening_hour(centre: Settings, data: st.DataObject) -> None:
    plan = data.draw(plans())
    branch = {NodeName("0"): HoursBranch("inquiry", NodeName("1"), NodeName("2"))}
    flow = Flow(
        FlowName("main"), "v", NodeName("0"), {**branch, NodeName("1"): ToQueue(CIVIL), NodeName("2"): HangUp()}
    )
    plan = replace(plan, flows={flow.name: flow})
    for _ in range(3):
        now = data.draw(instants(plan))
        opened = is_open(plan.hours["inquiry"], plan.holidays, now)
        assert dialplan(centre, plan, now).opening("inquiry") == str(int(opened))
