"""Commands: journal status, ship, check, set-aside, compare."""

import asyncio
import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from ctl.cli import app
from ctl.cli.when import moment_or_exit
from ctl.settings import Settings

commands = typer.Typer(
    name="journal", help="What happened on this machine, before it is in Postgres.", no_args_is_help=True
)
app.add_typer(commands)


@commands.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False) -> None:
    """How much is written, and how much of it is in Postgres."""
    from ctl.cms.ingest import Ingest  # noqa: PLC0415 - see ctl.cli
    from ctl.database.engine import DatabaseAway, DatabaseUnprepared, engine_of  # noqa: PLC0415
    from ctl.journal.reader import Reader  # noqa: PLC0415
    from ctl.journal.store import JournalError  # noqa: PLC0415

    async def shipped(journal: str) -> int:
        engine = engine_of(Settings())
        try:
            return await Ingest(engine).position(journal)
        finally:
            await engine.dispose()

    away = None
    position = None
    try:
        reader = Reader(Settings().journal_path)
        try:
            position = asyncio.run(shipped(reader.journal))
        except (DatabaseAway, DatabaseUnprepared) as error:
            away = str(error)
        told = {
            "journal": reader.journal,
            "entries": reader.last_seq,
            "last_at": datetime.fromtimestamp(reader.last_at / 1000, UTC).isoformat(timespec="milliseconds"),
            "shipped": position,
            "behind": reader.last_seq - position if position is not None else None,
        }
    except JournalError as error:
        _fail(str(error))
    if as_json:
        typer.echo(json.dumps(told, indent=1))
    else:
        behind = "unknown" if told["behind"] is None else told["behind"]
        typer.echo(f"{told['entries']} entries, the last at {told['last_at']}; {behind} not yet in Postgres")
    if away:
        _fail(away)


@commands.command()
def ship(
    file: Annotated[Path | None, typer.Argument(help="A journal that was set aside, journal.sqlite.aside-N.")] = None,
) -> None:
    """Carry everything to Postgres now; the worker does so all the time, but for a journal that was set aside."""
    from ctl.cms.ingest import Ingest  # noqa: PLC0415 - see ctl.cli
    from ctl.database.engine import DatabaseAway, DatabaseUnprepared, engine_of  # noqa: PLC0415
    from ctl.journal.codec import CodecError  # noqa: PLC0415
    from ctl.journal.shipper import Shipper  # noqa: PLC0415
    from ctl.journal.store import JournalError  # noqa: PLC0415

    path = file or Settings().journal_path
    if not path.is_file():
        _fail(f"{path}: there is no journal; nothing was shipped")

    async def carry() -> int:
        engine = engine_of(Settings())
        shipper = Shipper(path, Ingest(engine))
        try:
            return await shipper.drain()
        finally:
            shipper.close()
            await engine.dispose()

    try:
        done = asyncio.run(carry())
    except (DatabaseAway, DatabaseUnprepared, JournalError, CodecError) as error:
        _fail(str(error))
    typer.echo(f"{done} entries shipped" if done else "everything is in Postgres already")


@commands.command("set-aside")
def set_aside() -> None:
    """Rename a damaged journal, so that the next start makes a new one. Nothing is deleted."""
    from ctl.journal.store import JournalError  # noqa: PLC0415 - see ctl.cli
    from ctl.journal.store import set_aside as rename  # noqa: PLC0415

    path = Settings().journal_path
    if not path.exists():
        _fail(f"{path}: no journal there; nothing was changed")
    try:
        typer.echo(f"the journal is now {rename(path)}; the next start of the switchboard makes a new one")
    except JournalError as error:
        _fail(str(error))


@commands.command()
def check() -> None:
    """Read the whole journal and name every fault. Takes about a second per 100 MB; exit status 1 on a fault."""
    from ctl.journal.reader import Reader  # noqa: PLC0415 - see ctl.cli
    from ctl.journal.store import JournalError  # noqa: PLC0415

    try:
        faults = Reader(Settings().journal_path).check()
    except JournalError as error:
        _fail(str(error))
    if faults:
        _fail("\n".join(faults))
    typer.echo("the journal is sound")


@commands.command()
def compare(
    since: Annotated[str | None, typer.Option(help="as in `ctl calls --since`")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON array")] = False,
) -> None:
    """Compare our legs with Asterisk's own account of its channels. Exit status 1 when there is a difference."""
    from ctl.journal.compare import compare as compared  # noqa: PLC0415 - see ctl.cli
    from ctl.journal.reader import Reader  # noqa: PLC0415
    from ctl.journal.store import JournalError  # noqa: PLC0415
    from ctl.pbx.cel import channels_of  # noqa: PLC0415

    settings = Settings()
    begin = moment_or_exit("--since", since)
    after = int(begin.timestamp() * 1000) if begin else 0
    try:
        told = channels_of(settings)
        count, differences = compared(Reader(settings.journal_path), told.channels, max(after, told.since))
    except (JournalError, OSError) as error:
        _fail(str(error))
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in differences], indent=1))
    else:
        for one in differences:
            typer.echo(f"{one.leg}: {one.what}")
        if told.since > after:
            kept = datetime.fromtimestamp(told.since / 1000, UTC).isoformat(timespec="seconds")
            typer.echo(f"compared from {kept} on: Asterisk's account of before is not kept (CTL_ACCOUNT_FILES_KEPT)")
        typer.echo(f"{count} legs compared, {len(differences)} differences")
    if differences:
        raise typer.Exit(1)


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(1)
