"""Commands: calls, call, replay."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer

from ctl.cli import app
from ctl.cli.loading import bad_input
from ctl.settings import Settings
from ctl.switchboard.facts import CallKind, Outcome
from ctl.switchboard.hours import JST, jst
from ctl.switchboard.ids import CallId

if TYPE_CHECKING:
    from ctl.cms.queries import Records
    from ctl.cms.records import CallRecord, Story

T = TypeVar("T")
VERBS = {
    "show": "what happened",
    "explain": "why it was routed so",
    "hold": "the citizen hears music",
    "resume": "citizen and operator talk again",
    "consult": "DEPT: ask a department while the citizen hears music",
    "complete": "connect the citizen to the department",
    "cancel": "take the citizen back",
    "three-way": "all three hear each other",
    "next-number": "try the department's next number",
    "transfer": "DEPT: to a department without asking it first",
    "hangup": "end the call",
}
WITH_DEPARTMENT = ("consult", "transfer")
MOST = 100_000
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@app.command()
def calls(
    since: Annotated[
        str | None, typer.Option(help="today, 90s, 15m, 2h, 3d, or an ISO date or time (Japan time when no zone)")
    ] = None,
    until: Annotated[str | None, typer.Option(help="the same forms; calls that began before it")] = None,
    outcome: Annotated[Outcome | None, typer.Option(help="only calls that ended so")] = None,
    queue: Annotated[str | None, typer.Option(help="only calls of this queue")] = None,
    operator: Annotated[str | None, typer.Option(help="only calls of this extension")] = None,
    called: Annotated[str | None, typer.Option(help="only calls to this number")] = None,
    all_kinds: Annotated[bool, typer.Option("--all", help="also calls that operators made")] = False,
    most: Annotated[int, typer.Option(min=1, max=MOST, help="the newest so many")] = 1000,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON array")] = False,
) -> None:
    """List calls, newest first."""
    from ctl.cms.records import CallQuery  # noqa: PLC0415 - see ctl.cli

    wanted = CallQuery(
        since=instant(since, "--since"),
        until=instant(until, "--until"),
        kind=None if all_kinds else CallKind.INBOUND,
        outcome=outcome,
        queue=queue,
        operator=operator,
        called=called,
        limit=most,
    )
    page = _asked(lambda records: records.calls(wanted))
    if as_json:
        typer.echo(json.dumps([_plain(asdict(one)) for one in page.rows], ensure_ascii=False, indent=1))
        return
    for one in page.rows:
        typer.echo(_line(one))
    if page.total > len(page.rows):
        typer.echo(f"{page.total - len(page.rows)} more: --most {min(page.total, MOST)}, or --since")
    elif not page.rows:
        typer.echo("no call fits")


@app.command(epilog="; ".join(f"{verb}: {what}" for verb, what in VERBS.items()))
def call(
    ident: Annotated[str, typer.Argument(metavar="ID", help="the call's id, from `ctl calls` or `ctl floor`")],
    verb: Annotated[str, typer.Argument(metavar="VERB", help=" | ".join(VERBS))],
    argument: Annotated[str | None, typer.Argument(metavar="DEPT", help="the department's code")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="with show and explain: one JSON document")] = False,
    by: Annotated[str, typer.Option(help="who asks, for the record")] = "command line",
) -> None:
    """Look at a call, or do something with it."""
    if verb not in VERBS:
        bad_input(f"unknown verb {verb!r}; allowed: {', '.join(VERBS)}")
    if (argument is not None) != (verb in WITH_DEPARTMENT):
        takes = "needs a department's code: see `ctl departments list`" if argument is None else "takes no argument"
        bad_input(f"{verb} {takes}")
    if verb == "show":
        _show(_story(ident), as_json)
    elif verb == "explain":
        _explain(_story(ident), as_json)
    else:
        _command(ident, verb.replace("-", "_"), argument, by)


@app.command()
def replay(
    ident: Annotated[str, typer.Argument(metavar="ID", help="the call's id")],
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
) -> None:
    """Decide a call again from the journal. Exit status 1 when today's program decides differently."""
    from ctl.journal.codec import CodecError  # noqa: PLC0415 - see ctl.cli
    from ctl.journal.reader import Reader  # noqa: PLC0415
    from ctl.journal.replay import replay as again  # noqa: PLC0415
    from ctl.journal.store import JournalError  # noqa: PLC0415
    from ctl.switchboard.core import step  # noqa: PLC0415

    try:
        result = again(Reader(Settings().journal_path), CallId(ident), step)
    except (JournalError, CodecError) as error:
        _fail(str(error))
    if result is None:
        bad_input(f"the journal knows no call {ident!r}; `ctl calls` lists those that are recorded")
    if as_json:
        typer.echo(json.dumps(asdict(result), indent=1))
    elif result.difference is None:
        typer.echo(f"decided the same: {result.facts} facts of this call, {result.events} events of the whole floor")
    else:
        typer.echo(f"decided differently: {result.difference}")
    if result.difference is not None:
        raise typer.Exit(1)


# --- asking -----------------------------------------------------------------------------------------------------------


def _asked(question: "Callable[[Records], Awaitable[T]]") -> T:
    """The records' answer, or the reason why there is none and exit status 1."""
    from ctl.cms.queries import Records  # noqa: PLC0415 - see ctl.cli
    from ctl.database.engine import DatabaseAway, DatabaseUnprepared, engine_of  # noqa: PLC0415

    async def ask() -> T:
        engine = engine_of(Settings())
        try:
            return await question(Records(engine))
        finally:
            await engine.dispose()

    try:
        return asyncio.run(ask())
    except (DatabaseAway, DatabaseUnprepared) as error:
        _fail(str(error))


def _story(ident: str) -> "Story":
    story = _asked(lambda records: records.story(ident))
    if story is None:
        bad_input(f"no call {ident!r} is recorded; `ctl calls` lists them, `ctl floor` those in progress")
    return story


def _command(ident: str, do: str, argument: str | None, by: str) -> None:
    from ctl.runtime.client import SwitchboardAway, SwitchboardClient  # noqa: PLC0415 - see ctl.cli

    try:
        answer = asyncio.run(SwitchboardClient(Settings()).command(do, by=by, call=ident, argument=argument))
    except SwitchboardAway as error:
        _fail(str(error))
    typer.echo(answer.message, err=not answer.ok)
    if not answer.ok:
        raise typer.Exit(2)


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(1)


def instant(text: str | None, option: str) -> datetime | None:
    if text is None:
        return None
    now = datetime.now(UTC)
    if text == "today":
        return now.astimezone(JST).replace(hour=0, minute=0, second=0, microsecond=0)
    if text[:-1].isdecimal() and text[-1] in UNITS:
        return now - timedelta(**{UNITS[text[-1]]: int(text[:-1])})
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        bad_input(f"{option} {text!r} is no time; allowed: today, 90s, 15m, 2h, 3d, 2026-06-15, 2026-06-15T09:30")
    return given if given.tzinfo else given.replace(tzinfo=JST)


# --- telling ----------------------------------------------------------------------------------------------------------


def _line(one: "CallRecord") -> str:
    began = one.started_at.astimezone(JST).strftime("%m-%d %H:%M:%S")
    outcome = one.outcome or ("in progress" if one.ended_at is None else one.kind)
    who = f"{one.queue or '-'} {one.operator or '-'}"
    spent = f"wait {one.wait_ms / 1000:.1f} s  talk {one.talk_ms / 1000:.1f} s"
    handed = "".join(f"  → {handoff.department} {handoff.result or '…'}" for handoff in one.handoffs)
    return f"{began}  {one.id:<20} {one.called}  {outcome:<17} {who:<18} {spent}{handed}"


def _show(story: "Story", as_json: bool) -> None:
    told = [{"fact": type(fact).__name__, **asdict(fact)} for fact in story.facts]
    if as_json:
        typer.echo(json.dumps(_plain({**asdict(story.call), "facts": told}), ensure_ascii=False, indent=1))
        return
    typer.echo(_line(story.call))
    for fact in told:
        at = fact.pop("at")
        fact.pop("call", None)
        details = "  ".join(
            f"{name}={_short(value)}" for name, value in fact.items() if name != "fact" and value is not None
        )
        typer.echo(f"  {jst(at).strftime('%H:%M:%S')}.{at % 1000:03d}  {fact['fact']:<16} {details}")
    for recording in story.call.recordings:
        typer.echo(f"  recording {recording.segment}: {recording.kind}, {recording.seconds:.1f} s, {recording.verdict}")


def _short(value: object) -> str:
    return f"{len(value)} of them" if isinstance(value, list | tuple) and len(value) > 3 else str(value)


def _explain(story: "Story", as_json: bool) -> None:
    from ctl.switchboard.explain import explain  # noqa: PLC0415 - see ctl.cli

    reasons = explain(story.facts)
    if as_json:
        typer.echo(json.dumps([{"at": _iso_ms(one.at), "text": one.text} for one in reasons], indent=1))
        return
    for one in reasons:
        typer.echo(f"{jst(one.at).strftime('%H:%M:%S')}.{one.at % 1000:03d}  {one.text}")


def _plain(value: Any) -> Any:
    """Instants as ISO 8601 UTC, everything else as JSON has it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


def _iso_ms(at: int) -> str:
    return str(_plain(datetime.fromtimestamp(at / 1000, UTC)))
