"""Commands: callbacks list, callbacks now, callbacks cancel."""

import json
from typing import Annotated

import typer

from ctl.cli import app
from ctl.cli.asking import ask, asked
from ctl.cli.loading import bad_input
from ctl.switchboard.events import Do

callbacks = typer.Typer(
    help="Citizens who are called back instead of waiting (docs/callback.md).", no_args_is_help=True
)
app.add_typer(callbacks, name="callbacks")

Which = Annotated[str, typer.Argument(metavar="CALL-BACK", help="Its id, from `ctl callbacks list`.")]


@callbacks.command("list")
def list_callbacks(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")] = False,
) -> None:
    """Show the call-backs that are owed now, the next one first, with number, attempts and closing time."""
    from ctl.runtime.text import callbacks_text  # noqa: PLC0415 - see ctl.cli

    document = asked(lambda switchboard: switchboard.floor())
    if as_json:
        typer.echo(json.dumps(document["callbacks"], ensure_ascii=False, indent=1))
    else:
        typer.echo(callbacks_text(document) or "no citizen waits for a call-back")


@callbacks.command()
def now(which: Which) -> None:
    """Make this call-back the next one, before all who wait, without the pause after an attempt."""
    _command(which, Do.CALLBACK_NOW)


@callbacks.command()
def cancel(which: Which) -> None:
    """Cancel a call-back; whoever is rung for it is left alone."""
    _command(which, Do.CALLBACK_CANCEL)


@callbacks.command()
def dial(which: Which) -> None:
    """Preview: have the citizen called whom an operator is looking at."""
    _command(which, Do.CALLBACK_DIAL)


def _command(which: str, do: Do) -> None:
    known = [row["call"] for row in asked(lambda switchboard: switchboard.floor())["callbacks"]]
    if which not in known:
        owed = f"owed now: {', '.join(known)}" if known else "none is owed now"
        bad_input(f"no call-back {which!r}; {owed}")
    ask(do, call=which)
