"""Calls as JSON documents and as lines of text: the names are stable, more may be added, none is renamed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ctl.cli.when import in_japan, iso
from ctl.switchboard.hours import jst

if TYPE_CHECKING:
    from ctl.cms.records import CallRecord
    from ctl.switchboard.facts import Fact

INSTANTS = ("at", "started_at", "answered_at", "entered_at", "idle_since")


def call_document(call: "CallRecord") -> dict[str, Any]:
    return {
        "id": call.id,
        "kind": call.kind,
        "started_at": iso(call.started_at),
        "ended_at": iso(call.ended_at),
        "called": call.called,
        "caller": call.caller,
        "service": call.service,
        "menu": call.menu,
        "queue": call.queue,
        "operator": call.operator,
        "outcome": call.outcome,
        "ended_by": call.ended_by,
        "wait_ms": call.wait_ms,
        "talk_ms": call.talk_ms,
        "hold_ms": call.hold_ms,
        "handoffs": [
            {
                "department": one.department,
                "number": one.number,
                "result": one.result,
                "consult_ms": one.consult_ms,
                "outside_ms": one.outside_ms,
            }
            for one in call.handoffs
        ],
        "recordings": [
            {
                "segment": one.segment,
                "seconds": one.seconds,
                "kind": one.kind,
                "started_at": iso(one.started_at),
                "verdict": one.verdict,
                "lost_ms": one.lost_ms,
                "file": one.file,
            }
            for one in call.recordings
        ],
    }


def fact_document(fact: "Fact") -> dict[str, Any]:
    """All that a fact says, instants in ISO 8601."""
    import msgspec  # noqa: PLC0415 - see ctl.cli

    from ctl.journal.codec import FACTS  # noqa: PLC0415

    return {name: _readable(name, value) for name, value in msgspec.json.decode(FACTS.encode_fact(fact)).items()}


def _readable(name: str, value: Any) -> Any:
    if name in INSTANTS and isinstance(value, int):
        return iso(jst(value))
    if isinstance(value, list):
        return [_readable(name, one) for one in value]
    if isinstance(value, dict):
        return {inner: _readable(inner, one) for inner, one in value.items()}
    return value


def fact_line(fact: "Fact") -> str:
    """One line: when, what, and every field that says something."""
    said = {name: value for name, value in fact_document(fact).items() if value not in (None, [], "")}
    fields = " ".join(f"{name}={_short(value)}" for name, value in said.items() if name not in ("type", "at", "call"))
    return f"{in_japan(jst(fact.at))}.{fact.at % 1000:03d}  {said['type']:16} {fields}"


def _short(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(_short(one) for one in value)
    if isinstance(value, dict):
        return "/".join(_short(one) for one in value.values())
    return str(value)


COLUMNS = ("started (Japan)", "called", "queue", "op.", "outcome", "wait", "talk", "hold", "handoffs", "call")


def table(calls: Sequence["CallRecord"]) -> str:
    """The list for people. Durations in seconds."""
    rows = [COLUMNS, *(_row(call) for call in calls)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _row(call: "CallRecord") -> tuple[str, ...]:
    handoffs = ", ".join(f"{one.department}: {one.result or 'under way'}" for one in call.handoffs)
    return (
        in_japan(call.started_at),
        call.called,
        call.queue or "-",
        call.operator or "-",
        call.outcome or ("under way" if call.ended_at is None else call.kind),
        *(f"{ms / 1000:.1f}" for ms in (call.wait_ms, call.talk_ms, call.hold_ms)),
        handoffs or "-",
        call.id,
    )
