"""Modes for bad days: which one is in force, since when, and what it changes (B-1).

Rules
-----
* A mode is the plan with some of its parts exchanged, so it takes force as a new plan does: new calls see it at once,
  calls in progress keep what they are in, a flow or a conversation, to its end.
* Callers who wait are moved to it, because it is made for them: its stages, priority and operators decide who serves
  them, its announcements are what they hear next. They keep their place. So are those who were promised a call, and,
  when they come to a queue, those who were in a flow or a conversation (`acd.follow`).
* Exactly one mode is in force, the normal one by default. Of several switches whose time it is, the one asked for last
  holds: a plan made yesterday does not undo what somebody decides now. It stands back, and holds afterwards if time is
  left.
* Going back means the normal mode: whatever else would hold now is called off with it.
* Degraded operation needs the ward's permission. When that runs out nothing is switched by itself, for the other
  centre may still be all there is; whoever looks is told.
"""

from collections.abc import Iterator

from ctl.switchboard import acd, announcing, commands, facts, notices, operator
from ctl.switchboard.conditions import Switch
from ctl.switchboard.events import ModeAsked, NormalAsked
from ctl.switchboard.floor import Call, Phase
from ctl.switchboard.hours import jst
from ctl.switchboard.ids import Millis, ModeName, SwitchId
from ctl.switchboard.kinds import SwitchEnd
from ctl.switchboard.plan import Plan
from ctl.switchboard.records import replace
from ctl.switchboard.turn import Turn

NORMAL = ModeName("normal")


def under(plan: Plan, mode: ModeName | None) -> Plan:
    """The plan as it is in a mode, under a version of its own; the plan itself for the normal one."""
    known = plan.modes.get(mode) if mode is not None else None
    if known is None:
        return plan
    return replace(
        plan,
        version=f"{plan.version}+{known.name}",
        services={**plan.services, **known.services},
        hours={**plan.hours, **known.hours},
        queues={**plan.queues, **known.queues},
        operators={**plan.operators, **known.operators},
    )


# --- wishes -----------------------------------------------------------------------------------------------------------


def asked(turn: Turn, wish: ModeAsked) -> None:
    """A mode is wanted, at once or for later."""
    refusal = _why_not(turn, wish)
    if refusal is None:
        switch = Switch(
            SwitchId(wish.command),
            wish.mode,
            wish.requested_by,
            wish.approved_by,
            wish.reason,
            wish.from_at if wish.from_at is not None else turn.now,
            wish.until_at,
            wish.permission,
        )
        turn.record(
            facts.SwitchAsked(
                switch.id,
                turn.now,
                switch.mode,
                wish.by,
                switch.requested_by,
                switch.approved_by,
                switch.reason,
                switch.from_at,
                switch.until_at,
                switch.permission,
            )
        )
        turn.conditions = replace(turn.conditions, switches=(*turn.conditions.switches, switch))
        settle(turn, wish.by)
    commands.answer(turn, wish.command, "mode", wish.by, wish.mode, refusal)


def back(turn: Turn, wish: NormalAsked) -> None:
    """The normal mode is wanted, or a planned one is not wanted any more."""
    taken = tuple(one for one in turn.conditions.switches if one.id == wish.switch or (not wish.switch and one.due))
    for switch in taken:
        how = SwitchEnd.BACK if switch.began_at is not None else SwitchEnd.CALLED_OFF
        _end(turn, switch, how, wish.by, wish)
    left = tuple(one for one in turn.conditions.switches if one not in taken)
    turn.conditions = replace(turn.conditions, switches=left)
    settle(turn, wish.by)
    nothing = (
        f"no switch {wish.switch!r} is planned or in force" if wish.switch else "the normal mode is in force already"
    )
    commands.answer(turn, wish.command, "mode_back", wish.by, wish.switch, None if taken else nothing)


def _why_not(turn: Turn, wish: ModeAsked) -> str | None:
    modes = turn.current_plan.modes if turn.current_plan is not None else {}
    begins = max(wish.from_at or turn.now, turn.now)
    leave = wish.permission
    if wish.mode == NORMAL:
        return "to return to the normal mode ask for `back`"
    if wish.mode not in modes:
        return f"unknown mode {wish.mode!r}; allowed: {', '.join(sorted(modes)) or 'none is configured (modes.yaml)'}"
    if wish.until_at is not None and wish.until_at <= begins:
        return f"until {_clock(wish.until_at)} is not after the beginning, {_clock(begins)}"
    if not modes[wish.mode].degraded:
        return None
    if leave is None:
        return f"{wish.mode} is degraded operation: say who in the ward permitted it, and until when"
    if leave.until <= begins:
        return f"the ward's permission ends at {_clock(leave.until)}, before the mode would begin"
    if wish.until_at is not None and wish.until_at > leave.until:
        return f"until {_clock(wish.until_at)} is later than the ward permits, {_clock(leave.until)}"
    return None


def _clock(at: Millis) -> str:
    return jst(at).strftime("%Y-%m-%d %H:%M")


# --- what is in force -------------------------------------------------------------------------------------------------


def dues(switches: tuple[Switch, ...]) -> Iterator[Millis]:
    """When a switch begins or ends by itself."""
    for switch in switches:
        if not switch.due:
            yield switch.from_at
        if switch.until_at is not None:
            yield switch.until_at


def settle(turn: Turn, by: str = operator.SWITCHBOARD) -> None:
    """Put in force what holds now: of the switches whose time it is, the one asked for last."""
    before = turn.conditions
    standing = tuple(replace(one, due=one.from_at <= turn.now) for one in before.switches if _stands(turn, one, by))
    last = next((one for one in reversed(standing) if one.due), None)
    for one in standing:
        if one is not last and one.began_at is not None:
            _end(turn, one, SwitchEnd.REPLACED, by)
    standing = tuple(one for one in standing if one is last or one.began_at is None)
    if last is not None and last.began_at is None:
        turn.record(facts.SwitchBegan(last.id, turn.now, last.mode, before.mode))
        began = replace(last, began_at=turn.now)
        standing = tuple(began if one is last else one for one in standing)
    if standing != before.switches:
        turn.conditions = replace(before, switches=standing)
    if turn.conditions.version(turn.plan_version) != turn.in_force:
        take_force(turn)


def _stands(turn: Turn, switch: Switch, by: str) -> bool:
    """Whether a switch still has something before it; states its end if not."""
    plan = turn.plans.get(turn.plan_version) if turn.plan_version is not None else None
    if switch.until_at is not None and switch.until_at <= turn.now:
        _end(turn, switch, SwitchEnd.OVER if switch.began_at is not None else SwitchEnd.MISSED, by)
    elif plan is not None and switch.mode not in plan.modes:
        _end(turn, switch, SwitchEnd.GONE, by)
    else:
        return True
    return False


def _end(turn: Turn, switch: Switch, how: SwitchEnd, by: str, wish: NormalAsked | None = None) -> None:
    asked_by = (wish.requested_by, wish.approved_by, wish.reason) if wish is not None else ("", "", "")
    turn.record(facts.SwitchEnded(switch.id, turn.now, switch.mode, how, by, *asked_by))


def take_force(turn: Turn) -> None:
    """Let the plan in the mode in force serve new calls, those who wait, and the PBX should we be gone."""
    plan = turn.plans.get(turn.plan_version) if turn.plan_version is not None else None
    if plan is None:
        return
    here = under(plan, turn.conditions.mode)
    if here.version != turn.in_force:
        turn.plans.setdefault(here.version, here)
        turn.in_force = here.version
        for call in list(turn.calls.values()):
            _move(turn, call)
        turn.forget_unused_plans()
        for extension in sorted(turn.operators):
            operator.mirror(turn, extension)
    notices.mirror(turn)


def _move(turn: Turn, call: Call) -> None:
    """A caller who waits, or was promised a call, is served as the plan says from now on, from the place held before."""
    if call.queue is None or call.phase not in (*acd.IN_LINE, Phase.RINGING):
        return
    if call.phase in acd.IN_LINE and acd.go_home(turn, call):
        return
    moved = acd.follow(turn, call, call.queue)
    if moved.plan == call.plan:
        return
    if call.callback is None:
        repeats = announcing.again_at(turn, moved, acd.queue_of(turn, moved))
        sooner = min((at for at in (call.due_at, repeats) if at is not None), default=None)
        moved = turn.put(replace(moved, due_at=sooner if repeats else None))
    acd.look_ahead(turn, moved)
