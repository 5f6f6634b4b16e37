"""Commands: supervise, text."""

from typing import Annotated

import typer

from ctl.cli import app
from ctl.cli.asking import Reason, Supervisor, ask
from ctl.cli.loading import bad_input
from ctl.switchboard.events import Do

WISHES = {
    "listen": Do.LISTEN,
    "whisper": Do.WHISPER,
    "barge": Do.BARGE,
    "take-over": Do.TAKE_OVER,
    "stop": Do.STOP_SUPERVISION,
}


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
