"""What watchers are told: only what changed, under the names of the floor document, and pops with the offer."""

import json
from typing import cast

from ctl.kpi.windows import DAY, MINUTES
from ctl.runtime.centre import CentreRow
from ctl.runtime.document import FloorDocument, OperatorRow, call_row, floor_document, iso, operator_row
from ctl.runtime.engine import Turned
from ctl.runtime.feed import MOST_UNSENT, Feed, Watcher, changes
from ctl.runtime.service import LiveService
from ctl.runtime.text import floor_text
from ctl.switchboard.effects import Record
from ctl.switchboard.events import (
    AlarmFound,
    AlarmKind,
    AlarmsFound,
    Do,
    LegAnswered,
    ModeAsked,
    NoticeAsked,
    Permission,
)
from ctl.switchboard.facts import TextSent
from ctl.switchboard.ids import CommandId, Extension, Media
from ctl.web.mirror import applied
from tests.floor_driver import Driver
from tests.plans import CIVIL, EMERGENCY, PENSIONS, SITE_DOWN, plan_for_bad_days
from tests.unit.switchboard.test_supervision import connects, town
from tests.waiting import FIRST, THREE_MINUTES, Desk, plan_that_tells

WINDOWS = (*map(str, MINUTES), DAY)


class Outlet:
    """A connection that keeps what is written; ``stuck`` bytes are said to be unsent."""

    def __init__(self, stuck: int = 0) -> None:
        self.lines: list[bytes] = []
        self.stuck = stuck

    def write(self, data: bytes) -> None:
        self.lines.append(data)

    def unsent(self) -> int:
        return self.stuck


def offered() -> tuple[Driver, Turned]:
    """A caller who chose 1 is offered to the only operator who is ready."""
    driver = Driver()
    driver.ready("2001")
    driver.calls_in("1.1")
    driver.hears_out("1.1")
    before, seen = driver.floor, len(driver.effects)
    driver.presses("1.1", "1")
    facts = tuple(effect.fact for effect in driver.effects[seen:] if isinstance(effect, Record))
    return driver, Turned(before, driver.floor, driver.now, facts)


def test_screen_pop_comes_with_the_offer() -> None:
    _, turned = offered()
    pops = changes(turned)["pops"]
    assert isinstance(pops, list)
    assert [(pop["call"], pop["operator"], pop["menu"]) for pop in pops] == [("1.1", "2001", "civil")]


def test_text_is_told_to_those_it_is_for() -> None:
    driver = Driver()
    before = driver.floor
    sent = TextSent("c1", driver.now, "cli", Extension("2060"), (Extension("2001"), Extension("2002")), "台風のため")
    (text,) = cast(list[dict[str, object]], changes(Turned(before, before, driver.now, (sent,)))["texts"])
    assert (text["to"], text["text"], text["from"]) == (["2001", "2002"], "台風のため", "2060")


def test_supervisors_own_call_says_whom_he_hears_and_how() -> None:
    driver = town()
    driver.ready("2001")
    driver.talks("a", "2001")
    own = connects(driver, Do.WHISPER, "2001", follow=True)
    rows = {row["id"]: row for row in floor_document(driver.floor, driver.now)["calls"]}
    assert rows[own]["supervision"] == {
        "kind": "whisper",
        "call": None,
        "operator": "2001",
        "follow": True,
        "reason": "training",
        "hears": "a",
    }
    assert rows["a"]["supervision"] is None


def test_only_what_changed_is_told() -> None:
    driver = Driver()
    driver.calls_in("1.1")
    before = driver.floor
    driver.calls_in("1.2")
    change = changes(Turned(before, driver.floor, driver.now, ()))
    assert set(change) == {"calls", "trunk"}
    assert set(change["calls"]) == {"1.2"}  # type: ignore[call-overload]


def test_operator_holds_and_consults_for_those_who_watch() -> None:
    driver = Driver()
    driver.ready("2001")
    driver.talks("1.1", "2001")
    told: list[tuple[str, str]] = []
    for act in (
        lambda: driver.command(Do.HOLD, call="1.1"),
        lambda: driver.command(Do.RESUME, call="1.1"),
        lambda: driver.command(Do.CONSULT, call="1.1", argument=PENSIONS),
        lambda: driver.happens(LegAnswered(driver.department_leg("1.1"))),
        lambda: driver.command(Do.CANCEL, call="1.1"),
    ):
        driver.passes(5_000)
        before = driver.floor
        act()
        rows = cast(dict[str, OperatorRow], changes(Turned(before, driver.floor, driver.now, ())).get("operators", {}))
        told += [(row["state"], row["since"] or "") for row in rows.values()]
        assert rows.get("2001", operator_row(before, Extension("2001"))) == operator_row(
            driver.floor, Extension("2001")
        )
    began = [driver.now - 5_000 * back for back in (4, 3, 2)]
    talking = iso(driver.operator("2001").since)
    assert told == [
        ("holding", iso(began[0])),
        ("talking", talking),
        ("consulting", iso(began[2])),  # since the department was called: its answer changes nothing here
        ("talking", talking),
    ]


def test_a_mode_and_a_short_message_are_told_when_they_change() -> None:
    driver = Driver(plan_for_bad_days())
    before = driver.floor
    driver.happens(ModeAsked(CommandId("m1"), "cli", EMERGENCY, "ward", "sv", "storm"))
    change = changes(Turned(before, driver.floor, driver.now, ()))
    assert set(change) == {"centre"}
    centre = cast(CentreRow, change["centre"])
    assert (centre["mode"], centre["modes"][0]["label"]) == ("emergency", "緊急体制")
    assert centre["switch"] is not None
    assert (centre["switch"]["requested_by"], centre["switch"]["since"]) == ("ward", iso(driver.now))
    before = driver.floor
    driver.happens(NoticeAsked(CommandId("n1"), "cli", "台風です。", Media("sound:ctl/1")))
    change = changes(Turned(before, driver.floor, driver.now, ()))
    assert [one["text"] for one in cast(CentreRow, change["centre"])["notices"]] == ["台風です。"]


def test_the_floor_for_people_begins_with_what_is_not_as_usual() -> None:
    driver = Driver(plan_for_bad_days())
    usual = floor_text(floor_document(driver.floor, driver.now))
    assert usual.startswith("trunk")
    driver.happens(ModeAsked(CommandId("m1"), "cli", EMERGENCY, "ward", "sv", "storm"))
    driver.happens(NoticeAsked(CommandId("n1"), "cli", "台風です。", Media("sound:ctl/1")))
    text = floor_text(floor_document(driver.floor, driver.now + 90_000))
    assert text.splitlines()[:2] == ["mode emergency (緊急体制) for 1:30: storm", "every caller hears: 台風です。"]


def test_a_site_tells_how_many_calls_are_there() -> None:
    driver = Driver(plan_for_bad_days())
    driver.happens(
        ModeAsked(CommandId("m1"), "cli", SITE_DOWN, "ward", "sv", "storm", permission=Permission("ward", 0, 2**45))
    )
    driver.calls_in("1.1")
    (site,) = floor_document(driver.floor, driver.now)["centre"]["sites"]
    assert (site["name"], site["used"], site["limit"]) == ("予備拠点", 1, 2)


def test_call_that_ended_is_told_as_gone() -> None:
    driver = Driver()
    driver.calls_in("1.1")
    before = driver.floor
    driver.hangs_up("1.1")
    assert changes(Turned(before, driver.floor, driver.now, ()))["calls"] == {"1.1": None}


def test_queue_is_told_when_somebody_waits_in_it() -> None:
    driver = Driver()
    driver.calls_in("1.1")
    driver.hears_out("1.1")
    before = driver.floor
    driver.presses("1.1", "1")
    queues = changes(Turned(before, driver.floor, driver.now, ()))["queues"]
    assert isinstance(queues, dict)
    assert queues[CIVIL]["waiting"] == 1


def test_nothing_is_told_when_nothing_changed() -> None:
    driver = Driver()
    assert changes(Turned(driver.floor, driver.floor, driver.now, ())) == {}


def test_changes_are_numbered_without_a_gap() -> None:
    feed, outlet = Feed(), Outlet()
    feed.watchers.add(Watcher(outlet, lambda: None))
    _, turned = offered()
    for _ in range(3):
        feed.turned(turned)
    assert feed.n == 3
    assert [f'"n":{n}'.encode() in line for n, line in enumerate(outlet.lines, 1)] == [True] * 3


def test_slow_watcher_is_told_nothing_more_until_it_has_a_snapshot() -> None:
    feed, outlet, behind = Feed(), Outlet(stuck=MOST_UNSENT + 1), []
    watcher = Watcher(outlet, lambda: behind.append(True))
    feed.watchers.add(watcher)
    _, turned = offered()
    feed.turned(turned)
    outlet.stuck = 0
    feed.turned(turned)
    assert (outlet.lines, behind, watcher.behind) == ([], [True], True)


def test_document_names_everybody_in_the_plan_and_says_who_was_never_seen() -> None:
    driver, _ = offered()
    document = floor_document(driver.floor, driver.now)
    by_extension = {row["extension"]: row for row in document["operators"]}
    plan = driver.floor.plans[driver.floor.plan or ""]
    assert set(by_extension) == set(plan.operators)
    assert by_extension["2001"]["state"] == "offered"
    assert by_extension["2001"]["call"] == "1.1"
    assert by_extension["2002"]["since"] is None


def test_document_counts_outside_legs_against_the_trunk() -> None:
    driver, _ = offered()
    assert floor_document(driver.floor, driver.now)["trunk"]["used"] == 1


def test_times_are_iso_utc_with_milliseconds() -> None:
    driver, _ = offered()
    (call,) = floor_document(driver.floor, driver.now)["calls"]
    assert call["started_at"] == "2026-06-15T01:00:00.001Z"


def test_text_shows_who_is_here_and_what_rings() -> None:
    driver, _ = offered()
    text = floor_text(floor_document(driver.floor, driver.now))
    assert "ringing" in text
    assert "2001" in text
    assert "logged_out" not in text


def test_columns_of_the_text_stand_under_each_other_also_in_japanese() -> None:
    driver, _ = offered()
    document = floor_document(driver.floor, driver.now)
    (call,) = document["calls"]
    japanese = {**document, "calls": [{**call, "menu": "税"}, {**call, "menu": "国保・年金"}]}
    lines = [line for line in floor_text(cast(FloorDocument, japanese)).splitlines() if "ringing" in line]
    after = [line[: line.index("civil")] for line in lines]
    assert [len(text.encode("euc-jp")) for text in after] == [len(after[0].encode("euc-jp"))] * 2


# --- service and alarms -----------------------------------------------------------------------------------------------


def counted(driver: Driver) -> LiveService:
    """The service of all that the driver has seen."""
    service = LiveService()
    service.begin(effect.fact for effect in driver.effects if isinstance(effect, Record))
    return service


def abandoned() -> Driver:
    driver = Driver()
    driver.waits_in_civil("1.1")
    driver.passes(70_000)
    driver.hangs_up("1.1")
    return driver


def test_service_is_told_when_it_changes_and_when_its_minutes_are_over() -> None:
    driver = abandoned()
    feed, outlet = Feed(counted(driver).at), Outlet()
    feed.watchers.add(Watcher(outlet, lambda: None))
    for later_ms in (0, 1000, 15 * 60_000):
        feed.tick(driver.floor, driver.now + later_ms)
    first, second = map(json.loads, outlet.lines)
    assert set(first["service"]) == {f"{window}{queue}" for window in WINDOWS for queue in ("", "/civil")}
    assert first["service"]["15"]["abandoned"] == 1
    assert first["service"]["15"]["abandonment"] == 1.0
    assert second["service"] == {"15": None, "15/civil": None}


def test_expected_waits_are_told_as_callers_hear_them_and_when_they_change() -> None:
    desk = Desk(plan_that_tells())
    feed, outlet = Feed(), Outlet()
    floor = json.loads(feed.snapshot(desk.floor, desk.now))["snapshot"]
    assert {row["name"]: row["wait_s"] for row in floor["expected"]} == {"civil": 180, "tax": 180}
    feed.watchers.add(Watcher(outlet, lambda: None))
    feed.tick(desk.floor, desk.now)
    assert outlet.lines == []
    desk.waits("a")
    feed.tick(desk.floor, desk.now)
    desk.hangs_up("a")
    desk.ends("now")
    feed.tick(desk.floor, desk.now)
    told = [{name: row["wait_s"] for name, row in json.loads(line)["expected"].items()} for line in outlet.lines]
    # Callers of the tax queue go first, and operators of the civil group may take them after a minute.
    assert told == [{"civil": 360}, {"civil": 0, "tax": 60}]
    for line in outlet.lines:
        floor = applied(floor, json.loads(line))
    assert floor["expected"] == json.loads(feed.snapshot(desk.floor, desk.now))["snapshot"]["expected"]


def test_row_of_a_caller_says_what_was_promised_until_somebody_answers() -> None:
    desk = Desk(plan_that_tells())
    desk.waits("a")
    desk.told(FIRST, "a")
    assert call_row(desk.call("a"))["promised_until"] == iso(desk.now + THREE_MINUTES)
    desk.ends("now")
    desk.happens(LegAnswered(desk.rings_at("a")))
    assert call_row(desk.call("a"))["promised_until"] is None


def test_terminal_shows_the_expected_wait_of_queues_with_callers() -> None:
    desk = Desk(plan_that_tells())
    for n in range(25):
        desk.waits(f"c{n}")
    shown = floor_text(Feed().document(desk.floor, desk.now))
    (head, line) = (one.split() for one in shown.splitlines() if one.startswith(("QUEUE", "civil")))
    assert (head[-1], line[-3:]) == ("EXPECTED", ["over", "60", "min"])


def test_snapshot_and_changes_lead_to_the_same_service() -> None:
    driver = Driver()
    feed, outlet = Feed(lambda at: counted(driver).at(at)), Outlet()
    floor = json.loads(feed.snapshot(driver.floor, driver.now))["snapshot"]
    feed.watchers.add(Watcher(outlet, lambda: None))
    driver.waits_in_civil("1.1")
    feed.tick(driver.floor, driver.now)
    driver.hangs_up("1.1")
    feed.tick(driver.floor, driver.now)
    for line in outlet.lines:
        floor = applied(floor, json.loads(line))
    again = json.loads(feed.snapshot(driver.floor, driver.now))["snapshot"]
    assert floor["service"] == again["service"]
    assert floor["service"]


def test_what_ended_while_the_past_was_still_being_read_is_counted_after_it() -> None:
    driver = abandoned()
    facts = [effect.fact for effect in driver.effects if isinstance(effect, Record)]
    service = LiveService()
    service.turned(Turned(driver.floor, driver.floor, driver.now, tuple(facts[-3:])))
    assert service.at(driver.now) == {}
    service.begin(facts[:-3])
    assert service.at(driver.now) == counted(driver).at(driver.now)


def test_alarms_are_told_when_they_are_raised_seen_and_over() -> None:
    driver = Driver()
    told = []
    for found in ((AlarmFound(AlarmKind.LONG_WAIT, CIVIL, "too long"),), None, ()):
        before = driver.floor
        if found is None:
            driver.command(Do.ALARM_SEEN, argument="long_wait:civil")
        else:
            driver.happens(AlarmsFound(found))
        told.append(changes(Turned(before, driver.floor, driver.now, ()))["alarms"])
    raised, seen, over = told
    row: dict[str, object] = {
        "alarm": "long_wait:civil",
        "name": "long_wait",
        "queue": CIVIL,
        "operator": None,
        "about": None,
        "text": "too long",
    }
    row |= {"since": iso(driver.now), "count": 1}
    assert raised == [{**row, "seen_by": None, "seen_at": None}]
    assert seen == [{**row, "seen_by": "test", "seen_at": iso(driver.now)}]
    assert over == []


def test_text_shows_service_and_alarms() -> None:
    driver = abandoned()
    driver.waits_in_civil("1.2")
    text = floor_text(Feed(counted(driver).at).document(driver.floor, driver.now))
    assert "last 15 min" in text
    assert "100.0%" in text
    driver.happens(AlarmsFound((AlarmFound(AlarmKind.NOBODY_LOGGED_IN, CIVIL, "nobody is there"),)))
    text = floor_text(Feed(counted(driver).at).document(driver.floor, driver.now))
    assert "nobody_logged_in:civil" in text
    assert "nobody is there" in text
