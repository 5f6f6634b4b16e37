"""What supervisors do from the floor page: a panel with what can be done about a call or an operator, and doing it.

Permission is asked three times: the policy's table by action, the charge by group, and the switchboard's own authority
for who has an extension. Everything that was asked is in the audit trail, also what was refused.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from ctl.runtime.client import Answer, SwitchboardAway, SwitchboardRefused
from ctl.runtime.document import CallRow, FloorDocument, OperatorRow
from ctl.security.audit import Outcome
from ctl.security.audit.names import action_of
from ctl.security.policy import Action
from ctl.switchboard.events import Do
from ctl.web import words
from ctl.web.auditing import note
from ctl.web.charge import Charge, charge
from ctl.web.deeds import DEEDS, Deed
from ctl.web.forms import typed
from ctl.web.keys import MIRROR, NAMES
from ctl.web.pages import document, page
from ctl.web.permission import needs, who
from ctl.web.trouble import Trouble

log = logging.getLogger(__name__)

routes = web.RouteTableDef()

LONGEST_REASON = 100
NOT_IN_CHARGE = "この相手は、あなたの担当の範囲にありません。"
USUAL_REASONS = ("研修のため", "品質の確認", "苦情対応の支援", "本人の申し出", "混雑のため", "担当の指名")


@dataclass(frozen=True, slots=True)
class Asked:
    """A form of the floor page, read."""

    name: str
    deed: Deed
    about: Mapping[str, str]
    argument: str | None
    reason: str | None
    follow: bool

    @property
    def subject(self) -> str:
        """For the audit trail."""
        return next((f"{kind} {value}" for kind, value in self.about.items()), self.argument or "all")


@routes.get("/floor/panel")
@needs(Action.SEE_FLOOR)
async def panel(request: web.Request) -> web.Response:
    """The inside of the dialog about a call, an operator, or a group (empty: all), with what may be done now.

    It shows nothing that the floor page does not show to the person who asks, but every queue: callers are moved to any.
    """
    floor = floor_now(request)
    me = who(request)
    call = _call(floor, request.query.get("call"))
    operator = _operator(floor, request.query.get("operator"))
    mine = charge(me, Action.SEE_FLOOR, request.app[NAMES])
    if not _in_charge(mine, call, operator):
        raise Trouble(403, NOT_IN_CHARGE)
    seen = mine.part_of(floor)
    if operator is not None:
        call = next((row for row in seen["calls"] if row["id"] == operator["call"]), None)
    allowed = {
        name
        for name, deed in DEEDS.items()
        if me.may(deed.action) and _in_charge(charge(me, deed.action, request.app[NAMES]), call, operator)
    }
    plan = request.app[NAMES].plan
    return page(
        request,
        "floor_panel.html",
        call=call,
        whole=call is not None and charge(me, Action.SEE_NUMBERS, request.app[NAMES]).call(call),
        operator=operator,
        to_group="group" in request.query,
        allowed=allowed,
        queues=floor["queues"],
        operators=seen["operators"],
        groups=_groups(request),
        reasons=USUAL_REASONS,
        not_ready=dict(plan.not_ready_reasons) if plan is not None else {},
    )


@routes.post("/floor/act")
@needs(Action.SEE_FLOOR)
async def act(request: web.Request) -> web.Response:
    """Do it. JSON: ``ok``, and a sentence for the person who asked."""
    asked = await _asked(request)
    me = who(request)
    try:
        _permit(request, asked)
        answer = await request.app[MIRROR].switchboard.command(
            asked.deed.do,
            by=f"web:{me.login}",
            extension=asked.about.get("operator"),
            call=asked.about.get("call"),
            group=asked.about.get("group"),
            argument=asked.argument,
            supervisor=me.extension,
            reason=asked.reason,
            follow=asked.follow,
        )
    except (SwitchboardAway, SwitchboardRefused) as error:
        log.warning("floor: %s not done: %s", asked.name, error)
        await _noted(request, asked, Outcome.FAILED)
        raise Trouble(503 if isinstance(error, SwitchboardAway) else 400, words.AWAY) from None
    except Trouble:
        await _noted(request, asked, Outcome.REFUSED)
        raise
    await _noted(request, asked, Outcome.DONE if answer.ok else Outcome.REFUSED)
    return told(answer, asked.name)


async def end_supervision(request: web.Request, extension: str, reason: str) -> bool:
    """Let a telephone that hears calls hear none any more, on record. Never raises: what it is done for has happened.

    False when the switchboard could not be told.
    """
    try:
        answer = await request.app[MIRROR].switchboard.command(
            Do.STOP_SUPERVISION, by=f"web:{who(request).login}", supervisor=extension
        )
    except (SwitchboardAway, SwitchboardRefused) as error:
        log.warning("floor: supervision by %s, if there is any, goes on: %s", extension, error)
        outcome = Outcome.FAILED
    else:
        if not answer.ok:  # it heard none
            return True
        outcome = Outcome.DONE
    await note(request, action_of(Do.STOP_SUPERVISION), f"operator {extension}", outcome=outcome, reason=reason)
    return outcome is Outcome.DONE


def told(answer: Answer, name: str) -> web.Response:
    """The switchboard's answer for people."""
    if answer.ok:
        return document({"ok": True, "message": words.DONE[name]})
    message = words.refusal(answer.message)
    if message is None:
        log.warning("floor: no Japanese for a refusal: %s", answer.message)
    return document({"ok": False, "message": message or words.NOT_DONE})


async def _asked(request: web.Request) -> Asked:
    """Raises `Trouble` (400) naming the field."""
    given = {name: value.strip() for name, value in (await typed(request)).items() if value.strip()}
    name = given.get("do", "")
    deed = DEEDS.get(name)
    if deed is None:
        raise Trouble(400, f"知らない操作です。使える操作：{'、'.join(DEEDS)}", "do")
    about: dict[str, str] = {kind: given[kind] for kind in ("call", "operator", "group") if kind in given}
    if not about.keys() <= deed.about or (len(about) != 1 and deed.about and name != "text"):
        raise Trouble(400, "通話か内線を一つ選んでください。", "call")
    argument = given.get("argument") or given.get(f"{name}-argument")
    if deed.needs_argument and argument is None:
        raise Trouble(400, "選んでから実行してください。", f"{name}-argument")
    reason = given.get("reason")
    if deed.needs_reason and not (reason and len(reason) <= LONGEST_REASON):
        raise Trouble(400, f"理由を {LONGEST_REASON} 字以内で入れてください。記録に残ります。", "reason")
    return Asked(name, deed, about, argument if deed.needs_argument else None, reason, "follow" in given)


def _permit(request: web.Request, asked: Asked) -> None:
    """Raises `Trouble` (403) when the policy or the charge says no."""
    me = who(request)
    if not me.may(asked.deed.action):
        raise Trouble(403, "この操作をする権限がありません。")
    if asked.deed.needs_telephone and me.extension is None:
        raise Trouble(
            403, "あなたのアカウントには内線がありません。聞くための電話機を管理者に登録してもらってください。"
        )
    own = charge(me, asked.deed.action, request.app[NAMES])
    floor = floor_now(request)
    call, operator = _call(floor, asked.about.get("call")), _operator(floor, asked.about.get("operator"))
    group = asked.about.get("group")
    if not _in_charge(own, call, operator) or (group is not None and not own.group(group)):
        raise Trouble(403, NOT_IN_CHARGE)
    if asked.name == "pull" and not own.operator(asked.argument or ""):
        raise Trouble(403, NOT_IN_CHARGE)
    if asked.name == "text" and not asked.about and own.groups is not None and me.extension is None:
        # To everybody in one's charge: only the switchboard knows who that is, by the extension.
        raise Trouble(403, "グループを選んでください。")


async def _noted(request: web.Request, asked: Asked, outcome: Outcome) -> None:
    after = {"argument": asked.argument} if asked.argument is not None and asked.name != "text" else None
    await note(request, action_of(asked.deed.do), asked.subject, outcome=outcome, after=after, reason=asked.reason)


def _in_charge(own: Charge, call: CallRow | None, operator: OperatorRow | None) -> bool:
    return (call is None or own.call(call)) and (operator is None or own.operator(operator["extension"]))


def _groups(request: web.Request) -> list[tuple[str, str]]:
    """The skill groups in one's charge, with the names of the queues that they serve."""
    plan, own = request.app[NAMES].plan, charge(who(request), Action.SEND_TEXTS, request.app[NAMES])
    served: dict[str, list[str]] = {}
    for queue in plan.queues.values() if plan is not None else ():
        for stage in queue.stages:
            if own.group(stage.group) and queue.label not in served.setdefault(stage.group, []):
                served[stage.group].append(queue.label)
    return [(group, f"{group}（{'・'.join(labels)}）") for group, labels in sorted(served.items())]


def floor_now(request: web.Request) -> FloorDocument:
    """Raises `Trouble` (503) while it is not known."""
    sight = request.app[MIRROR].sight
    if sight.floor is None or not sight.live:
        raise Trouble(503, words.AWAY)
    return sight.floor


def _call(floor: FloorDocument, name: str | None) -> CallRow | None:
    """Raises `Trouble` (404) for one that is over."""
    if name is None:
        return None
    found = next((row for row in floor["calls"] if row["id"] == name), None)
    if found is None:
        raise Trouble(404, "この通話はもう終わっています。")
    return found


def _operator(floor: FloorDocument, extension: str | None) -> OperatorRow | None:
    if extension is None:
        return None
    found = next((row for row in floor["operators"] if row["extension"] == extension), None)
    if found is None:
        raise Trouble(404, f"内線 {extension} は登録されていません。")
    return found
