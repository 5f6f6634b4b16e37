"""Every flow, every caller: a walk ends, nothing is counted twice, and the menu chosen stays chosen (1.2.3, 1.2.5)."""

from collections.abc import Mapping
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ctl.config.graph import silent_loops
from ctl.switchboard import ivr
from ctl.switchboard.ids import DepartmentCode, FlowName, NodeName, PromptName, QueueName
from ctl.switchboard.plan import (
    Choice,
    Close,
    Flow,
    HangUp,
    Hours,
    HoursBranch,
    Menu,
    Node,
    Plan,
    Play,
    ToDepartment,
    ToQueue,
)

DIGITS = "0123456789*#"
SAY = (PromptName("words"),)
MONDAY_NOON = 1_782_702_000_000
PLAN = Plan(
    version="1",
    services={},
    flows={},
    hours={"day": Hours(dict.fromkeys(range(7), ((480, 1140),)))},
    holidays=frozenset(),
    queues={},
    operators={},
    departments={},
    prompts={},
    not_ready_reasons={},
)

names = st.integers(0, 7).map(lambda n: NodeName(f"n{n}"))
business = st.none() | st.sampled_from(["tax", "waste"])
leaves: st.SearchStrategy[Node] = st.one_of(
    st.builds(ToQueue, st.just(QueueName("q")), business), st.just(Close(SAY)), st.just(HangUp())
)


@st.composite
def menus(draw: st.DrawFn, onward: st.SearchStrategy[NodeName]) -> Menu:
    choices = draw(st.dictionaries(st.sampled_from(DIGITS), st.builds(Choice, names, business), min_size=1))
    return Menu(SAY, choices, draw(onward), attempts=draw(st.integers(1, 4)), barge_in=draw(st.booleans()))


def moves(onward: st.SearchStrategy[NodeName]) -> st.SearchStrategy[Node]:
    return st.one_of(
        st.builds(Play, st.just(SAY), onward),
        menus(onward),
        st.builds(HoursBranch, st.just("day"), onward, onward),
        st.builds(ToDepartment, st.just(DepartmentCode("101")), onward),
    )


@st.composite
def sound_flows(draw: st.DrawFn) -> Flow:
    """Flows that pass the check: whoever does nothing is only ever moved forward, and the last node is an end."""
    nodes: dict[NodeName, Node] = {}
    for n in range(8):
        onward = st.integers(n + 1, 7).map(lambda m: NodeName(f"n{m}"))
        nodes[NodeName(f"n{n}")] = draw(leaves if n == 7 else leaves | moves(onward))
    return Flow(FlowName("f"), "v", NodeName("n0"), nodes)


any_flows = st.builds(
    Flow, st.just(FlowName("f")), st.just("v"), names, st.dictionaries(names, leaves | moves(names), max_size=8)
)
inputs = st.one_of(
    st.just(ivr.Played()), st.just(ivr.Silence()), st.just(ivr.Unreached()), st.sampled_from(DIGITS).map(ivr.Key)
)
callers = st.lists(inputs, max_size=30)


def silent(flow: Flow, position: ivr.Position) -> ivr.Input:
    """What the telephone reports of a caller who does nothing."""
    match flow.nodes[position.node]:
        case Menu():
            return ivr.Silence()
        case ToDepartment():
            return ivr.Unreached()
        case _:
            return ivr.Played()


def over(walk: ivr.Walk) -> bool:
    return isinstance(walk.do, ivr.Leave) and walk.do.department is None


@given(sound_flows(), callers, st.integers(0, 86_400_000))
def test_every_walk_ends_once_the_caller_is_silent(flow: Flow, caller: list[ivr.Input], later: int) -> None:
    now = MONDAY_NOON + later
    walk = ivr.enter(flow, PLAN, now)
    for heard in caller:
        walk = walk if over(walk) else ivr.react(flow, walk.position, heard, PLAN, now)
    moves_left = len(flow.nodes) * 5
    while not over(walk):
        walk = ivr.react(flow, walk.position, silent(flow, walk.position), PLAN, now)
        moves_left -= 1
        assert moves_left > 0
    assert isinstance(walk.do, ivr.Leave)
    assert not walk.do.lost


@given(sound_flows(), callers)
def test_keys_are_counted_once_and_the_chosen_menu_stays(flow: Flow, caller: list[ivr.Input]) -> None:
    walk = ivr.enter(flow, PLAN, MONDAY_NOON)
    steps = list(walk.steps)
    pressed: list[str] = []
    chosen: str | None = None
    for n, heard in enumerate(caller, 1):
        if over(walk):
            break
        node = flow.nodes[walk.position.node]
        if isinstance(node, Menu) and isinstance(heard, ivr.Key):
            pressed.append(heard.digit)
            chosen = (node.choices[heard.digit].menu if heard.digit in node.choices else None) or chosen
        walk = ivr.react(flow, walk.position, heard, PLAN, MONDAY_NOON + n)
        steps.extend(walk.steps)
    assert [step.key for step in steps if step.key is not None] == pressed
    assert chosen is None or walk.position.menu == chosen


@given(sound_flows(), callers)
def test_menu_is_tried_as_often_as_it_allows(flow: Flow, caller: list[ivr.Input]) -> None:
    walk = ivr.enter(flow, PLAN, MONDAY_NOON)
    for heard in caller:
        if over(walk):
            break
        before = walk.position
        node = flow.nodes[before.node]
        walk = ivr.react(flow, before, heard, PLAN, MONDAY_NOON)
        vain = [step for step in walk.steps if step.outcome in ("timeout", "invalid")]
        if isinstance(node, Menu) and vain:
            gave_up = any(step.outcome == "given_up" for step in walk.steps)
            assert gave_up is (before.attempt == node.attempts)
            assert gave_up or walk.position == replace(before, attempt=before.attempt + 1)


@given(any_flows, callers)
def test_no_flow_however_broken_stops_the_interpreter(flow: Flow, caller: list[ivr.Input]) -> None:
    walk = ivr.enter(flow, PLAN, MONDAY_NOON)
    for heard in caller:
        before = walk.position
        walk = ivr.react(flow, before, heard, PLAN, MONDAY_NOON)
        assert len(walk.steps) <= ivr.MOST_NODES + 2
        assert walk.do is not None or (walk.position == before and walk.steps == ())
    assert ivr.abandon(flow, walk.position, MONDAY_NOON).outcome == "abandoned"


@given(sound_flows(), names, st.booleans())
def test_key_counts_during_speech_only_where_callers_may_interrupt(flow: Flow, at: NodeName, speaking: bool) -> None:
    node = flow.nodes[at]
    position = ivr.Position(flow.name, at, MONDAY_NOON)
    expected = {True: isinstance(node, Menu) and node.barge_in, False: isinstance(node, Menu)}
    assert ivr.accepts_keys(flow, position, speaking) is expected[speaking]


@given(any_flows)
def test_a_flow_has_a_silent_loop_exactly_when_silence_can_last_for_ever(flow: Flow) -> None:
    loops = list(silent_loops(flow))
    assert bool(loops) is any(_comes_back(flow.nodes, name) for name in flow.nodes)
    for loop in loops:
        for here, there in zip(loop, (*loop[1:], loop[0]), strict=True):
            assert there in _automatic(flow.nodes[here])


def _automatic(node: Node) -> tuple[NodeName, ...]:
    fields = ("next", "fallback", "open", "closed", "otherwise")
    return tuple(getattr(node, field) for field in fields if hasattr(node, field))


def _comes_back(nodes: Mapping[NodeName, Node], start: NodeName) -> bool:
    reached: set[NodeName] = set()
    front = {start}
    while front:
        front = {to for name in front if name in nodes for to in _automatic(nodes[name])} - reached
        reached |= front
    return start in reached
