"""Commands: calls, replay."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from ctl.cli import app
from ctl.cli.asking import looked_up
from ctl.cli.loading import bad_input
from ctl.cli.when import ALLOWED, moment_or_exit
from ctl.settings import Settings
from ctl.switchboard.kinds import CallKind, Outcome

if TYPE_CHECKING:
    from ctl.cms.queries import Records

T = TypeVar("T")


@app.command()
def calls(
    since: Annotated[str | None, typer.Option(help=f"Calls that began then or later: {ALLOWED}.")] = None,
    until: Annotated[str | None, typer.Option(help="Calls that began before then.")] = None,
    outcome: Annotated[Outcome | None, typer.Option(help="How it ended for the citizen.")] = None,
    queue: Annotated[str | None, typer.Option(help="The queue's name.")] = None,
    operator: Annotated[str | None, typer.Option(help="The operator's extension.")] = None,
    called: Annotated[str | None, typer.Option(help="The number that was called.")] = None,
    kind: Annotated[CallKind, typer.Option(help="Citizens' calls, or those that operators made.")] = CallKind.INBOUND,
    all_kinds: Annotated[bool, typer.Option("--all", help="Every kind of call.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="At most so many, the newest.")] = 1000,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")] = False,
) -> None:
    """List calls, the oldest first. docs/data.md says what each figure means."""
    from ctl.cli.documents import call_document, table  # noqa: PLC0415 - see ctl.cli
    from ctl.cms.records import CallQuery  # noqa: PLC0415

    wanted = CallQuery(
        since=moment_or_exit("--since", since),
        until=moment_or_exit("--until", until),
        kind=None if all_kinds else kind,
        outcome=outcome,
        queue=queue,
        operator=operator,
        called=called,
        limit=limit,
    )
    page = ask(lambda records: records.calls(wanted))
    rows = list(reversed(page.rows))
    if as_json:
        typer.echo(json.dumps([call_document(call) for call in rows], ensure_ascii=False, indent=1))
        return
    typer.echo(table(rows) if rows else "no call fits")
    if page.total > len(rows):
        typer.echo(f"{page.total - len(rows)} older calls are not shown: --limit, --since, --until", err=True)


def ask(question: "Callable[[Records], Awaitable[T]]") -> T:
    """Ask the records of calls; leaves with 1 when Postgres does not answer."""
    from ctl.cms.queries import Records  # noqa: PLC0415 - see ctl.cli

    return looked_up(lambda engine: question(Records(engine)))


@app.command()
def replay(
    call: Annotated[str, typer.Argument(metavar="ID", help="The call's id, from `ctl calls`.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")] = False,
) -> None:
    """Decide a call once more from the journal. Exit status 1 when today's program decides differently."""
    from ctl.journal.codec import CodecError  # noqa: PLC0415 - see ctl.cli
    from ctl.journal.reader import Reader  # noqa: PLC0415
    from ctl.journal.replay import replay as again  # noqa: PLC0415
    from ctl.journal.store import JournalError  # noqa: PLC0415
    from ctl.switchboard.core import step  # noqa: PLC0415
    from ctl.switchboard.ids import CallId  # noqa: PLC0415

    try:
        result = again(Reader(Settings().journal_path), CallId(call), step)
    except (JournalError, CodecError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    if result is None:
        bad_input(f"the journal knows no call {call!r}: see `ctl calls`; old calls are pruned from it")
    if as_json:
        typer.echo(json.dumps(asdict(result), ensure_ascii=False, indent=1))
    elif result.difference is None:
        typer.echo(f"decided the same: {result.facts} facts of this call, {result.events} events of the whole floor")
    else:
        typer.echo(f"decided differently: {result.difference}")
    if result.difference is not None:
        raise typer.Exit(1)
