"""What holds for the whole centre, as a part of the floor document: modes, short messages, second sites."""

from collections import Counter
from typing import TypedDict

from ctl.runtime.instants import iso
from ctl.switchboard.conditions import Notice, Switch
from ctl.switchboard.floor import Floor
from ctl.switchboard.ids import Millis
from ctl.switchboard.modes import NORMAL
from ctl.switchboard.plan import Plan


class PermissionRow(TypedDict):
    """The ward's leave to work degraded."""

    by: str
    at: str
    until: str


class SwitchRow(TypedDict):
    """A mode that somebody asked for. ``since`` is None for one that is planned."""

    switch: str
    mode: str
    label: str
    since: str | None
    from_at: str
    until: str | None
    requested_by: str
    approved_by: str
    reason: str
    permission: PermissionRow | None


class ModeRow(TypedDict):
    name: str
    label: str
    degraded: bool


class NoticeRow(TypedDict):
    """A short message that callers hear now; ``numbers`` empty: of every number."""

    notice: str
    text: str
    numbers: list[str]
    since: str
    until: str | None


class SiteRow(TypedDict):
    """A second site: calls that ring or talk there now, and how many may."""

    code: str
    name: str
    used: int
    limit: int


class CentreRow(TypedDict):
    """``switch`` is None in the normal mode. ``nobody_since``: kept only where a refuge waits for it."""

    mode: str
    switch: SwitchRow | None
    planned: list[SwitchRow]
    modes: list[ModeRow]
    notices: list[NoticeRow]
    sites: list[SiteRow]
    nobody_since: str | None


def centre_row(floor: Floor) -> CentreRow:
    known = floor.conditions
    plan = floor.plans.get(floor.plan) if floor.plan is not None else None
    used = Counter(call.handoff.department for call in floor.calls.values() if call.handoff and call.handoff.remote)
    return {
        "mode": known.mode or NORMAL,
        "switch": _switch(known.in_force, plan) if known.in_force is not None else None,
        "planned": [_switch(one, plan) for one in known.switches if one.began_at is None],
        "modes": [
            {"name": mode.name, "label": mode.label, "degraded": mode.degraded}
            for mode in (plan.modes.values() if plan is not None else ())
        ],
        "notices": [_notice(one) for one in known.notices],
        "sites": [
            {"code": site.code, "name": site.name, "used": used[site.code], "limit": site.limit}
            for site in (plan.sites.values() if plan is not None else ())
        ],
        "nobody_since": _iso(known.nobody_since),
    }


def _switch(switch: Switch, plan: Plan | None) -> SwitchRow:
    mode = plan.modes.get(switch.mode) if plan is not None else None
    leave = switch.permission
    return {
        "switch": switch.id,
        "mode": switch.mode,
        "label": mode.label if mode is not None else switch.mode,
        "since": _iso(switch.began_at),
        "from_at": iso(switch.from_at),
        "until": _iso(switch.until_at),
        "requested_by": switch.requested_by,
        "approved_by": switch.approved_by,
        "reason": switch.reason,
        "permission": {"by": leave.by, "at": iso(leave.at), "until": iso(leave.until)} if leave is not None else None,
    }


def _notice(notice: Notice) -> NoticeRow:
    return {
        "notice": notice.id,
        "text": notice.text,
        "numbers": sorted(notice.numbers),
        "since": iso(notice.began_at),
        "until": _iso(notice.until_at),
    }


def _iso(at: Millis | None) -> str | None:
    return None if at is None else iso(at)
