"""From facts to rows. Pure.

A fact gives the columns it knows of one row; beginnings and ends meet in the same row by its key. Because each column
is told by facts that agree, the order in which they come, and whether they come twice, makes no difference.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, assert_never

from ctl.cms import models as m
from ctl.database.base import Base, instant
from ctl.switchboard import facts as f
from ctl.switchboard.events import Permission
from ctl.switchboard.facts import Fact
from ctl.switchboard.ids import Millis

Columns = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """Part of a row of ``table``: its key, and the columns that one fact knows."""

    table: type[Base]
    key: Columns
    columns: Columns


def _when(at: Millis | None) -> Any:
    return None if at is None else instant(at)


def row_of(fact: Fact) -> Row:
    """The row that a fact belongs to, and what it says about it."""
    match fact:
        case f.CallStarted():
            return Row(
                m.Call,
                {"id": fact.call},
                {
                    "started_at": _when(fact.at),
                    "kind": fact.kind.value,
                    "called": fact.called,
                    "caller": fact.caller,
                    "service": fact.service,
                    "extension": fact.extension,
                    "mode": fact.mode,
                },
            )
        case f.CallEnded():
            return Row(
                m.Call,
                {"id": fact.call},
                {
                    "ended_at": _when(fact.at),
                    "outcome": fact.outcome.value if fact.outcome else None,
                    "ended_by": fact.ended_by,
                    "menu": fact.menu,
                    "queue": fact.queue,
                    "operator": fact.operator,
                },
            )
        case f.IvrStepped():
            known = _columns(fact, "flow", "flow_version", "node", "kind", "outcome", "key", "menu")
            return _nth(m.IvrStep, fact, {**known, "entered_at": _when(fact.entered_at), "left_at": _when(fact.at)})
        case f.CallQueued():
            known = _columns(fact, "queue", "menu", "priority", "ahead", "moved_by", "kept_from")
            return _nth(m.QueueEntry, fact, {**known, "entered_at": _when(fact.at)})
        case f.QueueOverflowed():
            known = _columns(fact, "queue", "rule", "why", "waited_ms", "waiting", "at_work")
            to = _columns(fact, "to_queue", "to_department", "to_callback", "expected_ms")
            return _nth(m.QueueOverflow, fact, {**known, **to, "at": _when(fact.at)})
        case f.WaitAnnounced():
            known = _columns(fact, "queue", "position", "expected_wait_s", "surge", "after_hours")
            return _nth(m.WaitAnnouncement, fact, {**known, "at": _when(fact.at)})
        case f.CallbackRequested():
            known = _columns(fact, "origin", "queue")
            times = {name: _when(getattr(fact, name)) for name in ("place", "expires_at")}
            return Row(m.Callback, {"call": fact.call}, {**known, **times, "requested_at": _when(fact.at)})
        case f.CallbackTried():
            known = _columns(fact, "attempt", "operator", "leg", "cause")
            times = {name: _when(getattr(fact, name)) for name in ("started_at", "next_at")}
            return _nth(m.CallbackAttempt, fact, {**known, **times, "ended_at": _when(fact.at)})
        case f.CallbackEnded():
            known = _columns(fact, "result", "attempts", "by")
            return Row(m.Callback, {"call": fact.call}, {**known, "ended_at": _when(fact.at)})
        case f.OfferMade():
            known = _columns(fact, "leg", "queue", "operator", "waited_ms", "pulled_by", "preferred", "picked_up_from")
            candidates = [asdict(one) for one in fact.candidates]
            unfit = [{"extension": extension, "reason": reason} for extension, reason in fact.unfit]
            return _nth(
                m.Offer, fact, {**known, "offered_at": _when(fact.at), "candidates": candidates, "unfit": unfit}
            )
        case f.OfferEnded():
            known = _columns(fact, "operator", "result")
            return _nth(m.Offer, fact, {**known, "ended_at": _when(fact.at)})
        case f.SegmentEnded():
            known = _columns(fact, "kind", "operator", "department")
            return _nth(m.Segment, fact, {**known, "started_at": _when(fact.started_at), "ended_at": _when(fact.at)})
        case f.LegStarted():
            known = _columns(fact, "call", "role", "party", "outside")
            return Row(m.Leg, {"id": fact.leg}, {**known, "started_at": _when(fact.at)})
        case f.LegEstablished():
            return Row(m.Leg, {"id": fact.leg}, {"call": fact.call, "answered_at": _when(fact.at)})
        case f.LegClosed():
            known = _columns(fact, "call", "role", "party", "outside", "cause", "code")
            times = {
                "started_at": _when(fact.started_at),
                "answered_at": _when(fact.answered_at),
                "ended_at": _when(fact.at),
            }
            return Row(m.Leg, {"id": fact.leg}, {**known, **times})
        case f.HandoffStarted():
            known = _columns(fact, "operator", "department", "number", "leg", "direct")
            return _nth(m.Handoff, fact, {**known, "started_at": _when(fact.at)})
        case f.HandoffEnded():
            known = _columns(fact, "department", "number", "leg", "result")
            return _nth(m.Handoff, fact, {**known, "answered_at": _when(fact.answered_at), "ended_at": _when(fact.at)})
        case f.OperatorChanged():
            key = {"extension": fact.extension, "since": _when(fact.at), "n": fact.n}
            return Row(m.OperatorStay, key, _columns(fact, "state", "reason", "kind", "previous", "call", "by"))
        case f.OperatorSeated():
            key = {"extension": fact.extension, "n": fact.n, "at": _when(fact.at)}
            return Row(m.Seat, key, _columns(fact, "telephone", "before", "by"))
        case f.WrapUpEnded():
            key = {"call": fact.call, "extension": fact.extension, "n": fact.n}
            times = {"started_at": _when(fact.started_at), "ended_at": _when(fact.at)}
            return Row(m.WrapUp, key, {**_columns(fact, "kind", "how", "by", "reason"), **times})
        case f.PhoneSeen():
            key = {"endpoint": fact.endpoint, "at": _when(fact.at)}
            return Row(m.Phone, key, _columns(fact, "extension", "reachable"))
        case f.SwitchAsked():
            known = _columns(fact, "mode", "by", "requested_by", "approved_by", "reason")
            times = {"asked_at": _when(fact.at), "from_at": _when(fact.from_at), "until_at": _when(fact.until_at)}
            return Row(m.ModeSwitch, {"id": fact.switch}, {**known, **times, **_permission(fact.permission)})
        case f.SwitchBegan():
            known = _columns(fact, "mode", "previous")
            return Row(m.ModeSwitch, {"id": fact.switch}, {**known, "began_at": _when(fact.at)})
        case f.SwitchEnded():
            known = _columns(fact, "mode", "how")
            back = {f"end_{name}": getattr(fact, name) for name in ("by", "requested_by", "approved_by", "reason")}
            return Row(m.ModeSwitch, {"id": fact.switch}, {**known, **back, "ended_at": _when(fact.at)})
        case f.NoticeBegan():
            known = _columns(fact, "text", "media", "by")
            times = {"began_at": _when(fact.at), "until_at": _when(fact.until_at)}
            return Row(m.Notice, {"id": fact.notice}, {**known, **times, "numbers": list(fact.numbers)})
        case f.NoticeEnded():
            return Row(
                m.Notice, {"id": fact.notice}, {**_columns(fact, "how"), "end_by": fact.by, "ended_at": _when(fact.at)}
            )
        case f.NoticeSaid():
            return _nth(m.NoticeHeard, fact, {**_columns(fact, "notice"), "at": _when(fact.at)})
        case f.CallForwarded():
            known = _columns(fact, "site", "why", "mode", "permitted_by")
            return _nth(m.CallForwarding, fact, {**known, "at": _when(fact.at)})
        case f.OutsideRefused():
            known = _columns(fact, "extension", "purpose", "kind", "number", "why")
            return _nth(m.OutsideRefusal, fact, {**known, "at": _when(fact.at)})
        case f.AlarmRaised():
            known = _columns(fact, "kind", "about", "what")
            return Row(m.Alarm, {"id": fact.alarm}, {**known, "raised_at": _when(fact.at)})
        case f.AlarmSeen():
            return Row(m.Alarm, {"id": fact.alarm}, {"seen_by": fact.by, "seen_at": _when(fact.at)})
        case f.AlarmCleared():
            return Row(m.Alarm, {"id": fact.alarm}, {"cleared_at": _when(fact.at)})
        case f.CommandAnswered():
            known = _columns(fact, "do", "by", "extension", "call", "argument", "ok", "message", "supervisor", "reason")
            return Row(m.Command, {"id": fact.command}, {**known, "at": _when(fact.at)})
        case f.SupervisionEnded():
            known = _columns(fact, "call", "supervisor", "operator", "kind", "follow", "reason", "by")
            times = {"started_at": _when(fact.started_at), "ended_at": _when(fact.at)}
            return Row(m.Supervision, {"supervision": fact.supervision, "n": fact.n}, {**known, **times})
        case f.TextSent():
            known = _columns(fact, "by", "supervisor", "text")
            return Row(m.Text, {"command": fact.command}, {**known, "to": list(fact.to), "at": _when(fact.at)})
        case _:
            assert_never(fact)


def key_of(fact: Fact) -> str:
    """The fact's natural key, as its docstring names it, in one string."""
    row = row_of(fact)
    return json.dumps([type(fact).__name__, *map(str, row.key.values())], ensure_ascii=False)


def merged(rows: Iterable[Row]) -> dict[type[Base], list[dict[str, Any]]]:
    """One row per table and key, with everything that any of ``rows`` knows; unknown columns are None."""
    tables: dict[type[Base], dict[tuple[Any, ...], dict[str, Any]]] = {}
    for row in rows:
        key = tuple(row.key.values())
        told = (column.name for column in row.table.__table__.columns if "computed" not in column.info)
        blank = dict.fromkeys(told)
        whole = tables.setdefault(row.table, {}).setdefault(key, {**blank, **row.key})
        whole.update({name: value for name, value in row.columns.items() if value is not None})
    # In the order of their keys, so that two who write at once lock rows in the same order.
    return {table: [rows[key] for key in sorted(rows, key=str)] for table, rows in tables.items()}


def _permission(leave: Permission | None) -> Columns:
    if leave is None:
        return {}
    return {
        "permitted_by": leave.by,
        "permitted_at": _when(leave.at),
        "permitted_until": _when(leave.until),
    }


def _columns(fact: Fact, *names: str) -> dict[str, Any]:
    return {name: getattr(value := getattr(fact, name), "value", value) for name in names}


def _nth(table: type[Base], fact: Any, columns: Columns) -> Row:
    return Row(table, {"call": fact.call, "n": fact.n}, columns)
