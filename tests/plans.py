"""A small plan for tests: two queues, three operators, two departments, one menu."""

from dataclasses import replace

from ctl.switchboard.ids import (
    DepartmentCode,
    Extension,
    FlowName,
    GroupName,
    Media,
    ModeName,
    NodeName,
    Number,
    PromptName,
    QueueName,
)
from ctl.switchboard.plan import (
    CallbackPrompt,
    CallbackRule,
    Choice,
    Close,
    Department,
    Flow,
    Hours,
    HoursBranch,
    Menu,
    Mode,
    OperatorProfile,
    Plan,
    Play,
    Queue,
    Refuge,
    Say,
    Service,
    Site,
    Stage,
    ToDepartment,
    ToQueue,
    digit_prompt,
)

CITY = Number("0339811111")
TAX, CIVIL = QueueName("tax"), QueueName("civil")
TAX_GROUP, CIVIL_GROUP = GroupName("tax"), GroupName("civil")
PENSIONS, PARKS = DepartmentCode("101"), DepartmentCode("102")
PENSIONS_FIRST, PENSIONS_SECOND, PARKS_ONLY = Number("0300000101"), Number("0300000102"), Number("0300000201")
EVERY_DAY = Hours(dict.fromkeys(range(7), ((8 * 60, 19 * 60),)))
WEEKDAYS = Hours(dict.fromkeys(range(5), ((510, 1035),)), open_on_holidays=False)
SPOKEN = ("greeting", "menu", "wrong", "silent", "night", "wait", "still")


def prompt(name: str) -> Media:
    return Media(f"sound:ctl/{name}")


MAIN = Flow(
    FlowName("main"),
    "v1",
    NodeName("hours"),
    {
        NodeName("hours"): HoursBranch("inquiry", NodeName("greeting"), NodeName("night")),
        NodeName("greeting"): Play((PromptName("greeting"),), NodeName("menu")),
        NodeName("menu"): Menu(
            (PromptName("menu"),),
            {
                "1": Choice(NodeName("civil"), "civil"),
                "2": Choice(NodeName("tax"), "tax"),
                "3": Choice(NodeName("parks"), "parks"),
            },
            NodeName("civil"),
            timeout_ms=5000,
            attempts=2,
            timeout_prompts=(PromptName("silent"),),
            invalid_prompts=(PromptName("wrong"),),
        ),
        NodeName("civil"): ToQueue(CIVIL),
        NodeName("tax"): ToQueue(TAX),
        NodeName("parks"): ToDepartment(PARKS, NodeName("civil")),
        NodeName("night"): Close((PromptName("night"),)),
    },
)


def operator(extension: str, **skills: int) -> OperatorProfile:
    levels = {GroupName(group): level for group, level in skills.items()}
    return OperatorProfile(Extension(extension), f"operator {extension}", levels)


def small_plan() -> Plan:
    prompts = {PromptName(name): prompt(name) for name in SPOKEN}
    prompts |= {PromptName(say.value): prompt(say.value) for say in Say}
    return Plan(
        version="plan-1",
        services={CITY: Service(CITY, FlowName("main"), "代表電話", CIVIL)},
        flows={FlowName("main"): MAIN},
        hours={"inquiry": EVERY_DAY, "exchange": WEEKDAYS},
        holidays=frozenset(),
        queues={
            CIVIL: Queue(
                CIVIL,
                "戸籍",
                (Stage(CIVIL_GROUP, max_level=3), Stage(CIVIL_GROUP, after_ms=20_000)),
                entry_prompts=(PromptName("wait"),),
                repeat_prompts=(PromptName("still"),),
            ),
            TAX: Queue(TAX, "税", (Stage(TAX_GROUP), Stage(CIVIL_GROUP, after_ms=60_000)), priority=3),
        },
        operators={
            one.extension: one
            for one in (
                operator("2001", civil=1, tax=5),
                operator("2002", civil=1),
                replace(operator("2003", tax=1), supervises_all=True),
            )
        },
        departments={
            PENSIONS: Department(
                PENSIONS, "国民年金課", "こくみんねんきんか", (PENSIONS_FIRST, PENSIONS_SECOND), "exchange"
            ),
            PARKS: Department(PARKS, "公園緑地課", "こうえんりょくちか", (PARKS_ONLY,), "exchange"),
        },
        prompts=prompts,
        not_ready_reasons={"break": "休憩", "training": "研修"},
    )


def plan_with(**changes: object) -> Plan:
    return replace(small_plan(), **changes)  # type: ignore[arg-type]


EMERGENCY, SITE_DOWN = ModeName("emergency"), ModeName("site-down")
SITE = DepartmentCode("backup")
SITE_FIRST, SITE_SECOND = Number("0300000901"), Number("0300000902")
REFUGE_AFTER_MS = 60_000


def plan_for_bad_days(limit: int = 2, **changes: object) -> Plan:
    """The small plan with a mode that lets the tax group serve the civil queue, one that sends all calls to a second
    site, and that site as the refuge when nobody is logged in."""
    plan = plan_with(**changes)
    civil = replace(plan.queues[CIVIL], stages=(Stage(TAX_GROUP), Stage(CIVIL_GROUP, after_ms=10_000)), priority=2)
    helper = replace(plan.operators[Extension("2001")], skills={TAX_GROUP: 1})
    there = replace(plan.services[CITY], site=SITE)
    return replace(
        plan,
        modes={
            EMERGENCY: Mode(EMERGENCY, "緊急体制", queues={CIVIL: civil}, operators={helper.extension: helper}),
            SITE_DOWN: Mode(SITE_DOWN, "拠点停止", services={CITY: there}, degraded=True),
        },
        sites={SITE: Site(SITE, "予備拠点", (SITE_FIRST, SITE_SECOND), limit)},
        refuge=Refuge(SITE, REFUGE_AFTER_MS, frozenset({CITY}), "区民相談課長", 2**45),
    )


def callback_plan(**rule: object) -> Plan:
    """The small plan, in which callers for CIVIL may be called back once they have waited for 30 seconds."""
    plan = small_plan()
    offers = CallbackRule(**{"hours": "inquiry", "after_ms": 30_000, **rule})  # type: ignore[arg-type]
    said = [PromptName(one.value) for one in CallbackPrompt] + [digit_prompt(digit) for digit in "0123456789"]
    return replace(
        plan,
        queues={**plan.queues, CIVIL: replace(plan.queues[CIVIL], callback=offers)},
        prompts={**plan.prompts, **{name: prompt(name) for name in said}},
    )
