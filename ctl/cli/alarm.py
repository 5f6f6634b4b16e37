"""Commands: alarm list, alarm seen."""

import json
from typing import Annotated

import typer

from ctl.cli import app
from ctl.cli.asking import ask, asked
from ctl.cli.loading import bad_input
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
