"""Commands: announce say, stop, list, history."""

import json
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

from ctl.cli import app
from ctl.cli.asking import asked, asker, looked_up, print_answer
from ctl.cli.auditing import noted
from ctl.cli.loading import bad_input, flows_in_force, load_or_exit
from ctl.cli.when import AHEAD, document_of, in_japan, iso, later_or_exit
from ctl.settings import Settings

if TYPE_CHECKING:
    from ctl.config import Loaded
    from ctl.config.prompts import PromptSource

announce = typer.Typer(help="Short messages to every caller, heard before the greeting.", no_args_is_help=True)
app.add_typer(announce, name="announce")

LONGEST_TEXT = 200
"""Characters, some 30 seconds: nobody listens to more before a greeting."""

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")]


@announce.command()
def say(
    text: Annotated[str, typer.Argument(help="What callers shall hear, such as 台風のため、窓口を閉めています。")],
    until: Annotated[str | None, typer.Option(help=f"When it ends by itself; never when not given. {AHEAD}.")] = None,
    numbers: Annotated[
        str, typer.Option(help="Only for callers of these numbers, with commas; all when not given.")
    ] = "",
    reading: Annotated[str | None, typer.Option(help="What the voice says where the text would be misread.")] = None,
) -> None:
    """Let every caller hear a message from now on: new ones first of all, those who wait within seconds."""
    from ctl.prompts import PromptError, ensure  # noqa: PLC0415 - see ctl.cli
    from ctl.prompts.voice import reading as spoken  # noqa: PLC0415
    from ctl.switchboard.ids import PromptName  # noqa: PLC0415

    began = monotonic()
    if not 0 < len(text.strip()) <= LONGEST_TEXT:
        bad_input(f"the text has {len(text.strip())} characters; 1 to {LONGEST_TEXT} are allowed")
    until_at = later_or_exit("--until", until)
    wanted = [number.strip().replace("-", "") for number in numbers.split(",") if number.strip()]
    settings = Settings()
    source = _source(load_or_exit(flows_in_force(settings)), text, reading)
    try:
        ensure(settings, {PromptName("notice"): source}, lambda _: None)
    except PromptError as error:
        bad_input(str(error))
    wish = {"text": source.text, "numbers": wanted, "until_at": iso(until_at)}
    with noted("notice.begin", ", ".join(wanted) or "every number", after=wish):
        answer = asked(lambda switchboard: switchboard.centre("announce", by=asker(), media=source.media, **wish))
        if not answer.ok:
            bad_input(answer.message)
    typer.echo(f"callers hear it from now on, {monotonic() - began:.1f} s after you asked: {spoken(source.spoken)}")


def _source(loaded: "Loaded", text: str, reading: str | None) -> "PromptSource":
    """In the voice of the other announcements."""
    from ctl.config.prompts import voiced_like  # noqa: PLC0415 - see ctl.cli

    return voiced_like(loaded.prompts.values(), text, reading)


@announce.command()
def stop(
    notice: Annotated[
        str | None, typer.Argument(help="Which one, from `ctl announce list`; all when not given.")
    ] = None,
) -> None:
    """Say a short message no more."""
    with noted("notice.end", notice or "all"):
        print_answer(asked(lambda switchboard: switchboard.centre("announce_stop", by=asker(), notice=notice)))


@announce.command("list")
def list_notices(as_json: AsJson = False) -> None:
    """Show the messages that callers hear now."""
    notices = asked(lambda switchboard: switchboard.floor())["centre"]["notices"]
    if as_json:
        typer.echo(json.dumps(notices, ensure_ascii=False, indent=1))
        return
    for notice in notices:
        until = f" until {in_japan(datetime.fromisoformat(notice['until']))}" if notice["until"] else ""
        for_whom = f"  for {', '.join(notice['numbers'])}" if notice["numbers"] else ""
        since = in_japan(datetime.fromisoformat(notice["since"]))
        typer.echo(f"{notice['notice']}  since {since}{until}{for_whom}  {notice['text']}")
    if not notices:
        typer.echo("no message is being said")


@announce.command()
def history(
    most: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 20, as_json: AsJson = False
) -> None:
    """Show the messages of before: by whom, from when until when, and how many callers heard them; the latest first."""
    from ctl.cms.conditions import ConditionRecords  # noqa: PLC0415 - see ctl.cli

    rows = looked_up(lambda engine: ConditionRecords(engine).notices(most))
    if as_json:
        typer.echo(json.dumps([document_of(row) for row in rows], ensure_ascii=False, indent=1))
        return
    for row in rows:
        began = in_japan(row.began_at) if row.began_at else "?"
        ended = f"{in_japan(row.ended_at)} ({row.how})" if row.ended_at else "now"
        typer.echo(f"{began} – {ended}  by {row.by}, heard by {row.heard}: {row.text}")
