"""Commands: alarm list, alarm seen, alarm history."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from ctl.cli import app
from ctl.cli.asking import ask, asked, looked_up
from ctl.cli.loading import bad_input
from ctl.cli.when import ALLOWED, document_of, in_japan, moment_or_exit
from ctl.switchboard.events import Do

alarm = typer.Typer(help="What somebody should look at now, and who does (docs/alarms.md).", no_args_is_help=True)
app.add_typer(alarm, name="alarm")


@alarm.command("list")
def list_alarms(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")] = False,
) -> None:
    """Show the alarms that stand: since when, how often, who looks after it, and what it is."""
    from ctl.runtime.text import alarms_text  # noqa: PLC0415 - see ctl.cli

    floor = asked(lambda switchboard: switchboard.floor())
    if as_json:
        typer.echo(json.dumps(floor["alarms"], ensure_ascii=False, indent=1))
    else:
        typer.echo(alarms_text(floor) or "no alarm stands")


@alarm.command()
def seen(
    name: Annotated[str | None, typer.Argument(metavar="[ALARM]", help="Its name, from `ctl alarm list`.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All that nobody has seen yet.")] = False,
) -> None:
    """Say that you look after an alarm. One about what somebody did goes out; others stand while their cause lasts."""
    if (name is None) == (not every):
        bad_input("name one alarm from `ctl alarm list`, or give --all")
    standing = {row["alarm"]: row["seen_by"] for row in asked(lambda switchboard: switchboard.floor())["alarms"]}
    if name is not None and name not in standing:
        bad_input(f"no alarm {name!r} stands; those that do: {', '.join(standing) or 'none'}")
    for one in [name] if name is not None else [one for one, seen_by in standing.items() if seen_by is None]:
        ask(Do.ALARM_SEEN, argument=one)


@alarm.command()
def history(
    since: Annotated[str, typer.Option(help=f"Alarms raised then or later: {ALLOWED}.")] = "7d",
    until: Annotated[str | None, typer.Option(help="Alarms raised before then.")] = None,
    most: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many, the newest.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")] = False,
) -> None:
    """Show what was raised, when, for how long, and who looked at it first; the newest first."""
    begin, end = moment_or_exit("--since", since), moment_or_exit("--until", until) or datetime.now(UTC)
    assert begin is not None
    if end <= begin:
        bad_input(f"--until {until}: it must lie after --since {since}")
    from ctl.cms.alarms import alarms_between  # noqa: PLC0415 - see ctl.cli

    rows = looked_up(lambda engine: alarms_between(engine, begin, end, most))
    if as_json:
        typer.echo(json.dumps([document_of(row) for row in rows], ensure_ascii=False, indent=1))
        return
    for row in rows:
        raised = in_japan(row.raised_at) if row.raised_at else "-"
        over = in_japan(row.cleared_at) if row.cleared_at else "now"
        seen = f"seen by {row.seen_by}" if row.seen_by else "seen by nobody"
        name = f"{row.kind}:{row.about}" if row.about else row.kind
        typer.echo(f"{raised} – {over}  {name}, {seen}: {row.what}")
    if not rows:
        typer.echo(f"no alarm was raised between {in_japan(begin)} and {in_japan(end)}")
