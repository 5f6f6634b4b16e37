"""Commands: supervise, text."""

import asyncio
from typing import Annotated, Any

import typer

from ctl.cli import app
from ctl.cli.floor import asker
from ctl.cli.loading import bad_input
from ctl.settings import Settings
from ctl.switchboard.events import Do

WISHES = {
    "listen": Do.LISTEN,
    "whisper": Do.WHISPER,
    "barge": Do.BARGE,
    "take-over": Do.TAKE_OVER,
    "stop": Do.STOP_SUPERVISION,
}

Reason = Annotated[str | None, typer.Option(help="Why, in a few words, for the record.")]
Supervisor = Annotated[
    str | None,
    typer.Option("--as", metavar="EXT", help="The supervisor on whose authority; operators.yaml says whose."),
]


@app.command()
def supervise(
    supervisor: Annotated[str, typer.Argument(metavar="EXT", help="The supervisor, whose telephone is rung.")],
    wish: Annotated[str, typer.Argument(help=f"One of {', '.join(WISHES)}.")],
    call: Annotated[str | None, typer.Option(metavar="ID", help="This call, from `ctl floor`.")] = None,
    operator: Annotated[str | None, typer.Option(metavar="EXT", help="All calls of this operator until ended.")] = None,
    reason: Reason = None,
    follow: Annotated[bool, typer.Option(help="Stay with the citizen through hold, consultation and handoff.")] = False,
) -> None:
    """Listen to a call, whisper to its operator, barge in, take it over; a supervisor who is connected changes over."""
    if wish not in WISHES:
        bad_input(f"unknown wish {wish!r}; allowed: {', '.join(WISHES)}")
    do = WISHES[wish]
    if do is Do.STOP_SUPERVISION:
        ask(do, supervisor=supervisor, reason=reason)
        return
    if (call is None) == (operator is None):
        bad_input(f"name exactly one of --call and --operator: ctl supervise {supervisor} {wish} --operator EXT")
    if reason is None:
        bad_input(f"a reason is needed for the record: ctl supervise {supervisor} {wish} … --reason TEXT")
    ask(do, supervisor=supervisor, call=call, extension=operator, reason=reason, follow=follow)


@app.command()
def text(
    text: Annotated[str, typer.Argument(help="What to tell, at most 200 characters.")],
    operator: Annotated[str | None, typer.Option(metavar="EXT", help="One operator.")] = None,
    group: Annotated[str | None, typer.Option(help="Who is logged in and has this skill.")] = None,
    supervisor: Supervisor = None,
) -> None:
    """Send operators a short text, shown on their screens: to one, to a skill group, or to all who are logged in."""
    if operator is not None and group is not None:
        bad_input("name at most one of --operator and --group")
    ask(Do.TEXT, extension=operator, group=group, argument=text, supervisor=supervisor)


def ask(do: Do, **wish: Any) -> None:
    """Send a command and print the answer. Exits 2 when it was no good request, 1 when it was not carried out."""
    from ctl.runtime.client import SwitchboardAway, SwitchboardClient, SwitchboardRefused  # noqa: PLC0415 - see ctl.cli

    try:
        answer = asyncio.run(SwitchboardClient(Settings()).command(do, by=asker(), **wish))
    except (SwitchboardAway, SwitchboardRefused) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1 if isinstance(error, SwitchboardAway) else 2) from None
    typer.echo(answer.message, err=not answer.ok)
    if not answer.ok:
        raise typer.Exit(1)
