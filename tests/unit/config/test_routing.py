"""What stands about the order of callers and about overflow in ``queues.yaml`` is what the switchboard follows."""

from ctl.config import load
from ctl.switchboard.ids import DepartmentCode, PromptName, QueueName
from ctl.switchboard.plan import Overflow, OverflowWhen, Routing
from tests.unit.config.conftest import Files

OVERFLOW = """  covid:
    overflow:
      - {when: closed, hours: inquiry, say: night}
      - {when: full, callers: 20, queue: general}
      - {when: crowd, callers: 3, queue: tax}
      - {when: nobody, after_seconds: 30, site: backup}
      - {when: nobody, department: "101"}
      - {when: expected, wait_seconds: 600, say: night, callback: true}
      - {when: waited, after_seconds: 180, say: [night, night]}
    callback: {hours: inquiry, from_position: 9}
    label: 新型コロナ
"""


def test_nothing_is_routed_specially_unless_it_is_written(files: Files) -> None:
    plan = load(files.path).plan
    assert plan.routing == Routing(None, None, None)
    assert all(queue.overflow == () for queue in plan.queues.values())


def test_order_is_read_in_the_units_of_its_keys(files: Files) -> None:
    written = "routing: {ageing_seconds: 120, keep_place_minutes: 5, same_operator_minutes: 30}\n"
    files.write("queues.yaml", files.read("queues.yaml") + written)
    assert load(files.path).plan.routing == Routing(120_000, 300_000, 1_800_000)


def test_rules_of_overflow_are_read_in_their_order(files: Files) -> None:
    files.change("queues.yaml", "  covid:\n    label: 新型コロナ\n", OVERFLOW)
    night = PromptName("night")
    assert load(files.path).plan.queues[QueueName("covid")].overflow == (
        Overflow(OverflowWhen.CLOSED, hours="inquiry", say=(night,)),
        Overflow(OverflowWhen.FULL, callers=20, queue=QueueName("general")),
        Overflow(OverflowWhen.CROWD, callers=3, queue=QueueName("tax")),
        Overflow(OverflowWhen.NOBODY, after_ms=30_000, department=DepartmentCode("backup")),
        Overflow(OverflowWhen.NOBODY, department=DepartmentCode("101")),
        Overflow(OverflowWhen.EXPECTED, wait_ms=600_000, say=(night,), callback=True),
        Overflow(OverflowWhen.WAITED, after_ms=180_000, say=(night, night)),
    )


def test_stage_may_open_after_a_callback_was_offered(files: Files) -> None:
    """Who declines it waits on, and may be served by the operators of the later stage."""
    offer = "    overflow: [{when: waited, after_seconds: 10, callback: true, say: night}]\n"
    files.change(
        "queues.yaml", "  welfare:\n    label: 福祉・子育て\n", "  welfare:\n    label: 福祉・子育て\n" + offer
    )
    queue = load(files.path).plan.queues[QueueName("welfare")]
    assert [stage.after_ms for stage in queue.stages] == [0, 20_000]
    assert queue.overflow[0].after_ms == 10_000
