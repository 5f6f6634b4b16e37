"""Commands: floor, operator."""

import json
from typing import Annotated

import typer

from ctl.cli import app
from ctl.cli.asking import Reason, Supervisor, ask, asked
from ctl.cli.loading import bad_input
from ctl.switchboard.events import Do

WISHES = {
    "login": Do.LOGIN,
    "logout": Do.LOGOUT,
    "ready": Do.READY,
    "not-ready": Do.NOT_READY,
    "wrap-up-done": Do.WRAP_UP_DONE,
    "record-saved": Do.RECORD_SAVED,
    "pick-up": Do.PICK_UP,
}
NEEDS = {"not-ready": "REASON", "record-saved": "CALL", "pick-up": "EXT"}
MAY_NAME = {"login": "[TELEPHONE]"}


@app.command()
def floor(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")] = False,
) -> None:
    """Show the floor as it is now: calls, queues, operators and the trunk."""
    from ctl.runtime.text import floor_text  # noqa: PLC0415 - see ctl.cli

    document = asked(lambda switchboard: switchboard.floor())
    typer.echo(json.dumps(document, ensure_ascii=False, indent=1) if as_json else floor_text(document))


@app.command()
def operator(
    extension: Annotated[str, typer.Argument(help="The operator's extension, such as 2001.")],
    wish: Annotated[str, typer.Argument(help=f"One of {', '.join(WISHES)}.")],
    code: Annotated[
        str | None,
        typer.Argument(
            metavar="[WHICH]",
            help="For not-ready: the reason's code; for record-saved: the call; for pick-up: from whom; for login: at which telephone, if not at the own one.",
        ),
    ] = None,
    supervisor: Supervisor = None,
    reason: Reason = None,
) -> None:
    """Log an operator in or out, make them ready or not ready, or end a wrap-up."""
    if wish not in WISHES:
        bad_input(f"unknown wish {wish!r}; allowed: {', '.join(WISHES)}")
    if (code is None) == (wish in NEEDS) and not (code is not None and wish in MAY_NAME):
        allowed = ", ".join(f"{one} {what}" for one, what in (NEEDS | MAY_NAME).items())
        bad_input(f"allowed with a second word: {allowed}; all others stand alone")
    if (supervisor is None) != (reason is None):
        bad_input("a supervisor says why, for the record: ctl operator EXT logout --as EXT --reason TEXT")
    ask(WISHES[wish], extension=extension, argument=code, supervisor=supervisor, reason=reason)
