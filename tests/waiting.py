"""Callers who wait in a queue that tells them their place and wait, and an operator who is known to take three minutes."""

from dataclasses import replace

from ctl.switchboard import effects
from ctl.switchboard.ids import Extension, PromptName
from ctl.switchboard.plan import MINUTES, MOST_POSITION, Announce, Plan, minutes_prompt, position_prompt
from tests.floor_driver import Driver
from tests.plans import CIVIL, operator, prompt, small_plan

FIRST, AGAIN = 15_000, 30_000
THREE_MINUTES = 180_000
CROWD = PromptName("crowd")
TIPS = (PromptName("tip-1"), PromptName("tip-2"))
SAID = [position_prompt(n) for n in range(1, MOST_POSITION + 2)] + [minutes_prompt(n) for n in (*MINUTES, 61)]


def plan_that_tells(repeat: bool = False, base: Plan | None = None, **rule: object) -> Plan:
    """Two operators who serve the civil queue, which tells its callers place and wait unless ``rule`` says otherwise."""
    announce = Announce(**{"first_ms": FIRST, "position": True, "expected_wait": True, **rule})  # type: ignore[arg-type]
    plan = base or small_plan()
    queue = replace(plan.queues[CIVIL], announce=announce)
    return replace(
        plan,
        queues={**plan.queues, CIVIL: queue if repeat else replace(queue, repeat_prompts=())},
        operators={Extension(one): operator(one, civil=1) for one in ("2001", "2002")},
        prompts={**plan.prompts, **{name: prompt(name) for name in (*SAID, *TIPS, CROWD)}},
        wrap_up=False,
    )


class Desk(Driver):
    """2001 talks; ten callers before took three minutes each."""

    def __init__(self, plan: Plan, experienced: bool = True) -> None:
        super().__init__(plan)
        self.ready("2001")
        for n in range(10 if experienced else 0):
            self.talks(f"before-{n}", "2001")
            self.passes(THREE_MINUTES)
            self.ends(f"before-{n}")
        self.talks("now", "2001")

    def ends(self, call: str) -> None:
        for leg in [leg for leg in self.floor.legs.values() if leg.call == call]:
            self.hangs_up(leg.id)

    def waits(self, call: str) -> None:
        self.waits_in_civil(call)
        self.hears_out(call)

    def told(self, ms: int, call: str) -> list[str]:
        """What the caller is told during this time, if each speech takes two seconds."""
        before, until = len(self.effects), self.now + ms
        while self.now < until:
            self.passes(min(2_000, until - self.now))
            if self.call(call).speaking is not None:
                self.hears_out(call)
        return self._said_since(before, call)

    def _said_since(self, before: int, call: str) -> list[str]:
        said = [one for one in self.effects[before:] if isinstance(one, effects.Say) and one.leg == call]
        return [media.removeprefix("sound:ctl/") for one in said for media in one.media]
