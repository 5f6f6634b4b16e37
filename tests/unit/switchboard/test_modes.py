"""Modes for bad days: what callers meet, how long, and what is told of it (B-1)."""

from dataclasses import replace

import pytest

from ctl.switchboard import effects, facts
from ctl.switchboard.events import (
    CallArrived,
    Cause,
    Do,
    Event,
    ModeAsked,
    NormalAsked,
    PbxFound,
    Permission,
    PlanAdopted,
)
from ctl.switchboard.experience import Pace
from ctl.switchboard.explain import LANGUAGES, explain
from ctl.switchboard.floor import Phase
from ctl.switchboard.ids import (
    CallId,
    CommandId,
    Extension,
    FlowName,
    GroupName,
    LegId,
    ModeName,
    NodeName,
    Number,
    PromptName,
    QueueName,
    SwitchId,
)
from ctl.switchboard.kinds import SwitchEnd
from ctl.switchboard.modes import under
from ctl.switchboard.plan import (
    Close,
    Flow,
    Hours,
    Mode,
    Overflow,
    OverflowWhen,
    Plan,
    Queue,
    Routing,
    Service,
    Stage,
)
from tests.floor_driver import Driver
from tests.plans import CITY, CIVIL, CIVIL_GROUP, TAX, TAX_GROUP, callback_plan, operator, plan_with, prompt, small_plan

EMERGENCY, DISASTER = ModeName("emergency"), ModeName("disaster")
MINUTE, HOUR = 60_000, 3_600_000
NIGHT = 12 * HOUR

BAD_DAY = Flow(FlowName("bad-day"), "v1", NodeName("sorry"), {NodeName("sorry"): Close((PromptName("night"),))})


def moded(**changes: object) -> Plan:
    plan = small_plan()
    emergency = Mode(
        EMERGENCY,
        "緊急体制",
        services={CITY: Service(CITY, FlowName("bad-day"), "代表電話", CIVIL)},
        queues={
            CIVIL: Queue(
                CIVIL, "戸籍", (Stage(TAX_GROUP),), priority=1, repeat_prompts=(PromptName("silent"),), repeat_ms=5000
            )
        },
    )
    always = Hours(dict.fromkeys(range(7), ((0, 1440),)))
    disaster = Mode(DISASTER, "災害", hours={"inquiry": always}, degraded=True)
    return replace(
        plan_with(flows={**plan.flows, BAD_DAY.name: BAD_DAY}, modes={EMERGENCY: emergency, DISASTER: disaster}),
        **changes,  # type: ignore[arg-type]
    )


class Town(Driver):
    """A driver that can switch modes."""

    def __init__(self, plan: Plan | None = None) -> None:
        super().__init__(plan or moded())
        self.wishes = 0

    def wish(self, event: Event) -> effects.Reply:
        return next(effect for effect in self.happens(event) if isinstance(effect, effects.Reply))

    def switches(
        self,
        mode: ModeName = EMERGENCY,
        from_at: int | None = None,
        until_at: int | None = None,
        permission: Permission | None = None,
    ) -> effects.Reply:
        self.wishes += 1
        name = CommandId(f"m{self.wishes}")
        return self.wish(
            ModeAsked(name, "cli:ops", mode, "区民相談課", "統括SV", "台風", from_at, until_at, permission)
        )

    def back(self, switch: str | None = None) -> effects.Reply:
        self.wishes += 1
        wanted = SwitchId(switch) if switch else None
        return self.wish(NormalAsked(CommandId(f"m{self.wishes}"), "cli:ops", "区民相談課", "統括SV", "解除", wanted))

    @property
    def mode(self) -> ModeName | None:
        return self.floor.conditions.mode

    def ends(self) -> list[tuple[str, SwitchEnd]]:
        return [(fact.switch, fact.how) for fact in self.recorded(facts.SwitchEnded)]

    def next_caller_hears(self, call: str) -> effects.Say:
        self.calls_in(call)
        return self.done(effects.Say)[0]


def test_the_next_caller_hears_the_other_guidance_and_after_going_back_the_usual_one() -> None:
    town = Town()
    assert town.next_caller_hears("before").media == (prompt("greeting"),)
    assert town.switches().ok
    assert town.next_caller_hears("during").media == (prompt("night"),)
    assert town.back().ok
    assert town.next_caller_hears("after").media == (prompt("greeting"),)
    modes = {fact.call: fact.mode for fact in town.recorded(facts.CallStarted)}
    assert modes == {"before": None, "during": EMERGENCY, "after": None}


def test_a_call_in_progress_keeps_the_flow_it_is_in() -> None:
    town = Town()
    town.calls_in("a")
    town.switches()
    town.hears_out("a")
    assert town.done(effects.Say)[0].media == (prompt("menu"),)


def test_other_hours_hold_at_once() -> None:
    town = Town()
    town.now += NIGHT
    leave = Permission("区民相談課長", town.now, town.now + HOUR)
    assert town.next_caller_hears("closed").media == (prompt("night"),)
    assert town.switches(DISASTER, permission=leave).ok
    assert town.next_caller_hears("open").media == (prompt("greeting"),)


def test_who_asked_who_approved_why_and_when_are_facts() -> None:
    town = Town()
    leave = Permission("区民相談課長", town.now - MINUTE, town.now + HOUR)
    town.switches(DISASTER, until_at=town.now + HOUR, permission=leave)
    asked, began = town.recorded(facts.SwitchAsked)[0], town.recorded(facts.SwitchBegan)[0]
    assert (asked.requested_by, asked.approved_by, asked.reason, asked.by) == (
        "区民相談課",
        "統括SV",
        "台風",
        "cli:ops",
    )
    assert asked.permission == leave
    assert (began.switch, began.mode, began.previous, began.at) == (asked.switch, DISASTER, None, town.now)
    town.back()
    ended = town.recorded(facts.SwitchEnded)[0]
    assert (ended.how, ended.by, ended.reason, ended.approved_by) == (SwitchEnd.BACK, "cli:ops", "解除", "統括SV")
    commands = [(fact.do, fact.ok) for fact in town.recorded(facts.CommandAnswered)]
    assert commands == [("mode", True), ("mode_back", True)]


def test_a_waiting_caller_gets_the_modes_operators_and_announcements_and_keeps_the_place() -> None:
    town = Town()
    town.waits_in_civil("a")
    town.hears_out("a")
    place = town.call("a").place
    town.ready("2003")  # has only the skill tax
    assert town.call("a").offer is None
    town.switches()
    assert town.call("a").offer is not None, "the mode lets the tax group serve this queue"
    assert town.call("a").place == place
    assert town.call("a").priority == 1


def test_a_caller_in_the_menu_waits_as_the_mode_says_when_the_flow_is_done() -> None:
    town = Town()
    town.calls_in("a")
    town.hears_out("a")
    town.switches()
    town.ready("2003")  # has only the skill tax
    town.presses("a", "1")
    assert town.operator("2003").call == "a"
    assert town.call("a").priority == 1


def test_a_caller_whose_operator_is_torn_out_waits_as_the_mode_says() -> None:
    town = Town()
    town.ready("2001")
    leg = town.talks("a", "2001")
    town.switches()
    town.ready("2003")
    town.hangs_up(leg, Cause.UNREACHABLE)
    assert town.operator("2003").call == "a"


def test_a_waiting_caller_is_served_as_a_new_plan_says() -> None:
    """The group that serves the queue has another name in it."""
    town = Town()
    town.waits_in_civil("a")
    plan, residents = small_plan(), GroupName("residents")
    queue = replace(plan.queues[CIVIL], stages=(Stage(residents),))
    served = {CIVIL: queue, TAX: plan.queues[TAX]}
    town.happens(
        PlanAdopted(
            replace(plan, version="2", queues=served, operators={Extension("2001"): operator("2001", residents=1)})
        )
    )
    town.ready("2001")
    assert town.operator("2001").call == "a"


def test_a_caller_whose_queue_is_gone_from_a_new_plan_waits_on_in_it() -> None:
    town = Town()
    town.waits_in_civil("a")
    plan = small_plan()
    town.happens(PlanAdopted(replace(plan, version="2", queues={TAX: plan.queues[TAX]})))
    town.ready("2001")
    assert town.operator("2001").call == "a"


def without_tax(plan: Plan) -> Plan:
    """The next plan: neither the queue nor anybody of its group is there any more."""
    served = {
        extension: replace(one, skills={group: level for group, level in one.skills.items() if group != TAX_GROUP})
        for extension, one in plan.operators.items()
    }
    civil = replace(plan.queues[CIVIL], stages=(Stage(CIVIL_GROUP),))
    return replace(plan, version="2", queues={CIVIL: civil}, operators=served)


@pytest.mark.parametrize("where", ["waiting", "in the menu", "ringing"])
def test_a_caller_whose_queue_is_gone_with_all_who_served_it_waits_in_that_of_the_number(where: str) -> None:
    plan = small_plan()
    plan = replace(plan, queues={**plan.queues, TAX: replace(plan.queues[TAX], stages=(Stage(TAX_GROUP),))})
    town = Town(plan)
    if where == "ringing":
        town.ready("2003")
    town.calls_in("a")
    town.hears_out("a")
    came_at = town.now
    if where != "in the menu":
        town.presses("a", "2")
        assert town.call("a").queue == TAX
    town.passes(9000)
    town.happens(PlanAdopted(without_tax(plan)))
    if where == "in the menu":
        came_at = town.now
        town.presses("a", "2")
    if where == "ringing":
        town.hangs_up(town.rings_at("a"), Cause.NO_ANSWER)
    assert (town.call("a").queue, town.call("a").place) == (CIVIL, came_at)
    town.ready("2001")
    assert town.operator("2001").call == "a"


GENERAL = GroupName("general")


def regrouped(plan: Plan) -> Plan:
    """The next plan: no tax queue, though somebody has its skill still, and another group serves CIVIL."""
    skills = {extension: TAX_GROUP if extension == "2003" else GENERAL for extension in plan.operators}
    people = {extension: replace(one, skills={skills[extension]: 1}) for extension, one in plan.operators.items()}
    return replace(
        plan, version="2", queues={CIVIL: replace(plan.queues[CIVIL], stages=(Stage(GENERAL),))}, operators=people
    )


@pytest.mark.parametrize("by", ["a rule", "a supervisor"])
def test_who_is_moved_out_of_a_queue_that_is_gone_is_served_as_the_plan_in_force_says(by: str) -> None:
    plan = small_plan()
    waited = Overflow(OverflowWhen.WAITED, after_ms=MINUTE, queue=CIVIL)
    tax = replace(plan.queues[TAX], stages=(Stage(TAX_GROUP),), overflow=(waited,) if by == "a rule" else ())
    plan = replace(plan, queues={**plan.queues, TAX: tax})
    town = Town(plan)
    town.calls_in("a")
    town.hears_out("a")
    town.presses("a", "2")
    town.happens(PlanAdopted(regrouped(plan)))
    assert town.call("a").queue == TAX
    if by == "a rule":
        town.passes(MINUTE)
    else:
        assert town.command(Do.MOVE, call="a", argument=CIVIL).ok
    assert town.call("a").queue == CIVIL
    town.ready("2001")
    assert town.operator("2001").call == "a"


def test_rule_that_leads_to_a_queue_that_is_gone_leads_to_that_of_the_number() -> None:
    plan, gone, nobody = small_plan(), QueueName("gone"), GroupName("nobody")
    waited = Overflow(OverflowWhen.WAITED, after_ms=MINUTE, queue=gone)
    tax = replace(plan.queues[TAX], stages=(Stage(TAX_GROUP),), overflow=(waited,))
    deserted = replace(plan.queues[TAX], name=gone, stages=(Stage(nobody),))
    plan = replace(plan, queues={**plan.queues, TAX: tax, gone: deserted})
    town = Town(plan)
    town.calls_in("a")
    town.hears_out("a")
    town.presses("a", "2")
    place = town.call("a").place
    town.happens(PlanAdopted(replace(plan, version="2", queues={CIVIL: plan.queues[CIVIL]})))
    assert town.call("a").queue == TAX
    town.passes(MINUTE)
    assert (town.call("a").queue, town.call("a").place) == (CIVIL, place)
    (told,) = town.recorded(facts.QueueOverflowed)
    assert told.to_queue == CIVIL
    town.ready("2001")
    assert town.operator("2001").call == "a"


def test_rule_leads_nobody_into_a_queue_that_the_plan_in_force_has_closed() -> None:
    plan = small_plan()
    waited = Overflow(OverflowWhen.WAITED, after_ms=MINUTE, queue=CIVIL)
    tax = replace(plan.queues[TAX], stages=(Stage(TAX_GROUP),), overflow=(waited,))
    town = Town(replace(plan, queues={**plan.queues, TAX: tax}))
    town.calls_in("a")
    town.hears_out("a")
    town.presses("a", "2")
    shut = Overflow(OverflowWhen.CLOSED, hours="inquiry", say=(PromptName("night"),))
    civil = replace(regrouped(plan).queues[CIVIL], overflow=(shut,))
    town.happens(PlanAdopted(replace(regrouped(plan), queues={CIVIL: civil}, hours={"inquiry": Hours({})})))
    town.passes(2 * MINUTE)
    assert (town.call("a").phase, town.call("a").queue) == (Phase.WAITING, TAX)


def test_caller_whose_number_is_gone_with_its_queue_waits_in_that_of_another_number() -> None:
    plan, second = small_plan(), Number("0345662466")
    tax = replace(plan.queues[TAX], stages=(Stage(TAX_GROUP),))
    services = {**plan.services, second: Service(second, FlowName("main"), "税務", TAX)}
    town = Town(replace(plan, queues={**plan.queues, TAX: tax}, services=services))
    town.calls_in("a", second)
    town.hears_out("a")
    town.presses("a", "2")
    town.happens(PlanAdopted(without_tax(plan)))
    assert town.call("a").queue == CIVIL
    town.ready("2001")
    leg = town.rings_at("a")
    town.hangs_up(leg, Cause.NO_ANSWER)
    assert town.call("a").phase is Phase.WAITING
    town.hangs_up("a")
    assert town.recorded(facts.CallEnded)[-1].queue == CIVIL


def test_who_is_sent_home_keeps_the_priority_that_was_given_and_the_place_to_be_kept() -> None:
    plan = small_plan()
    tax = replace(plan.queues[TAX], stages=(Stage(TAX_GROUP),))
    plan = replace(plan, queues={**plan.queues, TAX: tax}, routing=Routing(keep_place_ms=5 * MINUTE))
    town = Town(plan)
    town.calls_in("a")
    town.hears_out("a")
    town.presses("a", "2")
    place = town.call("a").place
    assert town.command(Do.PRIORITY, call="a", argument="2").ok
    town.happens(PlanAdopted(without_tax(plan)))
    assert (town.call("a").queue, town.call("a").priority, town.call("a").place) == (CIVIL, 2, place)
    town.passes(1000)
    caller = town.call("a").caller
    town.hangs_up("a")
    town.happens(CallArrived(CallId("b"), LegId("b"), CITY, caller))
    town.hears_out("b")
    town.presses("b", "1")
    assert town.call("b").place == place


def sent_home() -> Town:
    """A citizen was promised a call in a queue that a deploy has taken away since."""
    plan = callback_plan()
    town = Town(plan)
    town.waits_in_civil("a")
    town.passes(30_000)
    town.presses("a", "11")
    town.hangs_up("a")
    assert town.call("a-back").queue == CIVIL
    service = replace(plan.services[CITY], queue=TAX)
    tax = replace(plan.queues[TAX], stages=(Stage(TAX_GROUP),))
    town.happens(
        PlanAdopted(
            replace(
                plan,
                version="2",
                services={CITY: service},
                queues={TAX: tax},
                operators={Extension("2003"): plan.operators[Extension("2003")]},
            )
        )
    )
    return town


def test_a_promised_call_back_is_made_by_those_who_serve_the_number() -> None:
    town = sent_home()
    (asked,) = town.recorded(facts.CallbackRequested)
    assert (town.call("a-back").queue, town.call("a-back").place) == (TAX, asked.place)
    assert not town.floor.experience.paces.get(TAX, Pace()).came, "nobody came to it"
    assert not town.done(effects.Say)
    town.ready("2003")
    assert town.operator("2003").call == "a-back"


def test_of_a_call_back_that_was_never_made_it_is_not_said_that_no_operator_was_free() -> None:
    town = sent_home()
    assert town.command(Do.CALLBACK_CANCEL, call="a-back").ok
    stated = [one.fact for one in town.effects if isinstance(one, effects.Record)]
    told = [one.text for one in explain([fact for fact in stated if getattr(fact, "call", None) == "a-back"])]
    assert told
    assert not [text for text in told if LANGUAGES["en"].nobody_free in text]


def test_a_ringing_caller_whose_queue_is_gone_cannot_be_moved_to_it_and_waits_on() -> None:
    plan = small_plan()
    plan = replace(plan, queues={**plan.queues, TAX: replace(plan.queues[TAX], stages=(Stage(TAX_GROUP),))})
    town = Town(plan)
    town.ready("2003")
    town.calls_in("a")
    town.hears_out("a")
    town.presses("a", "2")
    town.happens(PlanAdopted(without_tax(plan)))
    moved = town.command(Do.MOVE, call="a", argument=TAX)
    assert not moved.ok
    assert CIVIL in moved.message
    assert (town.call("a").phase, town.call("a").queue) == (Phase.RINGING, TAX)
    town.hangs_up(town.rings_at("a"), Cause.NO_ANSWER)
    assert (town.call("a").phase, town.call("a").queue) == (Phase.WAITING, CIVIL)


def test_a_waiting_caller_hears_the_modes_announcement_at_its_next_time() -> None:
    town = Town()
    town.waits_in_civil("a")
    town.hears_out("a")
    town.switches()
    town.passes(5000)
    assert town.done(effects.Say)[-1].media == (prompt("silent"),)


def test_staffing_of_a_mode_gives_operators_further_skills() -> None:
    helper = operator("2003", tax=1, civil=3)
    mode = Mode(EMERGENCY, "緊急体制", operators={Extension("2003"): helper})
    town = Town(moded(modes={EMERGENCY: mode}))
    town.ready("2003")
    town.waits_in_civil("a")
    town.hears_out("a")
    assert town.call("a").offer is None
    town.switches()
    assert town.call("a").offer is not None
    mirrored = [one for one in town.effects if isinstance(one, effects.MirrorToFallback) and one.extension == "2003"]
    assert CIVIL in {queue for queue, _ in mirrored[-1].queues} or mirrored[-1].queues == ()


def test_a_mode_comes_and_goes_by_its_schedule() -> None:
    town = Town()
    begin = town.now
    town.switches(from_at=begin + HOUR, until_at=begin + 2 * HOUR)
    assert town.mode is None
    town.passes(HOUR - 1)
    assert town.mode is None
    town.passes(1)
    assert town.mode == EMERGENCY
    town.passes(HOUR)
    assert town.mode is None
    assert town.ends() == [("m1", SwitchEnd.OVER)]
    assert [fact.at - begin for fact in town.recorded(facts.SwitchBegan)] == [HOUR]
    assert [fact.at - begin for fact in town.recorded(facts.SwitchEnded)] == [2 * HOUR]


def test_the_switch_asked_for_last_holds_and_an_older_plan_comes_into_its_own_afterwards() -> None:
    town = Town()
    begin = town.now
    town.switches(EMERGENCY, from_at=begin + HOUR, until_at=begin + 3 * HOUR)
    leave = Permission("区民相談課長", begin, begin + 9 * HOUR)
    town.switches(DISASTER, until_at=begin + 2 * HOUR, permission=leave)
    town.passes(HOUR)
    assert town.mode == DISASTER
    town.passes(HOUR)
    assert town.mode == EMERGENCY
    town.passes(HOUR)
    assert town.mode is None
    assert town.ends() == [("m2", SwitchEnd.OVER), ("m1", SwitchEnd.OVER)]


def test_a_plan_that_never_got_its_turn_is_told_as_missed() -> None:
    town = Town()
    town.switches(EMERGENCY, from_at=town.now + HOUR, until_at=town.now + 2 * HOUR)
    town.switches(DISASTER, permission=Permission("区民相談課長", town.now, town.now + 9 * HOUR))
    town.passes(3 * HOUR)
    assert town.mode == DISASTER
    assert town.ends() == [("m1", SwitchEnd.MISSED)]


def test_a_new_switch_replaces_the_one_in_force_for_good() -> None:
    town = Town()
    town.switches(EMERGENCY)
    town.switches(DISASTER, permission=Permission("区民相談課長", town.now, town.now + HOUR))
    assert town.ends() == [("m1", SwitchEnd.REPLACED)]
    assert town.recorded(facts.SwitchBegan)[-1].previous == EMERGENCY
    town.back()
    assert town.mode is None


def test_a_planned_switch_can_be_called_off_and_back_means_normal() -> None:
    town = Town()
    town.switches(from_at=town.now + HOUR)
    assert not town.back().ok, "the normal mode is in force"
    assert town.back("m1").ok
    town.passes(2 * HOUR)
    assert town.mode is None
    assert town.ends() == [("m1", SwitchEnd.CALLED_OFF)]


@pytest.mark.parametrize(
    ("mode", "from_at", "until_at", "permission", "said"),
    [
        (ModeName("holiday"), None, None, None, "allowed: disaster, emergency"),
        (ModeName("normal"), None, None, None, "back"),
        (EMERGENCY, HOUR, HOUR, None, "not after the beginning"),
        (EMERGENCY, None, -HOUR, None, "not after the beginning"),
        (DISASTER, None, None, None, "who in the ward permitted it"),
        (DISASTER, 2 * HOUR, None, HOUR, "ends at"),
        (DISASTER, None, 2 * HOUR, HOUR, "later than the ward permits"),
    ],
)
def test_what_cannot_be_switched_says_why_and_changes_nothing(
    mode: ModeName, from_at: int | None, until_at: int | None, permission: int | None, said: str
) -> None:
    town = Town()
    now = town.now
    leave = Permission("区民相談課長", now, now + permission) if permission is not None else None
    reply = town.switches(
        mode, now + from_at if from_at is not None else None, now + until_at if until_at is not None else None, leave
    )
    assert not reply.ok
    assert said in reply.message
    assert town.floor.conditions.switches == ()
    assert not town.recorded(facts.SwitchAsked)


def test_permission_that_runs_out_switches_nothing() -> None:
    town = Town()
    town.switches(DISASTER, permission=Permission("区民相談課長", town.now, town.now + HOUR))
    town.passes(2 * HOUR)
    assert town.mode == DISASTER


def test_a_new_plan_keeps_the_mode_and_one_without_it_is_told() -> None:
    town = Town()
    town.switches()
    town.happens(PlanAdopted(moded(version="plan-2")))
    assert town.mode == EMERGENCY
    assert town.next_caller_hears("a").media == (prompt("night"),)
    assert town.call("a").plan == "plan-2+emergency"
    town.happens(PlanAdopted(replace(small_plan(), version="plan-3")))
    assert town.mode is None
    assert town.ends() == [("m1", SwitchEnd.GONE)]


def test_the_dialplan_is_told_the_mode_when_it_changes_and_after_a_restart() -> None:
    town = Town()
    town.switches()
    assert [one.mode for one in town.done(effects.MirrorConditions)] == [EMERGENCY]
    town.happens(PbxFound(()))
    assert [one.mode for one in town.done(effects.MirrorConditions)] == [EMERGENCY]
    town.back()
    assert [one.mode for one in town.done(effects.MirrorConditions)] == [None]


def test_a_plan_in_its_normal_mode_is_the_plan_itself() -> None:
    plan = moded()
    assert under(plan, None) is plan
    assert under(plan, EMERGENCY).services[CITY].flow == "bad-day"
    assert under(plan, EMERGENCY).queues[CIVIL].stages != plan.queues[CIVIL].stages
    assert plan.queues[CIVIL].stages[0].group == CIVIL_GROUP
