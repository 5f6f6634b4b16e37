"""Commands: audit list, export, verify."""

import csv
import json
import sys
from collections.abc import AsyncIterator
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from ctl.cli import app
from ctl.cli.asking import looked_up
from ctl.cli.auditing import noted
from ctl.cli.when import ALLOWED, in_japan, moment_or_exit
from ctl.settings import Settings

if TYPE_CHECKING:
    from ctl.security.audit.entry import Row
    from ctl.security.audit.trail import AuditQuery
    from ctl.security.audit.verifying import Verdict

audit = typer.Typer(help="Who did what, and whether the record of it is sound (docs/audit.md).", no_args_is_help=True)
app.add_typer(audit, name="audit")


class Form(StrEnum):
    JSONL = "jsonl"
    CSV = "csv"


Since = Annotated[str | None, typer.Option(help=f"Entries of then or later: {ALLOWED}.")]
Until = Annotated[str | None, typer.Option(help="Entries of before then.")]
Who = Annotated[str | None, typer.Option(help="Whose: a log-in name, or shell:USER.")]
Action = Annotated[str | None, typer.Option(help="An action such as mode.switch, or a noun with its dot: mode.")]


@audit.command("list")
def list_entries(
    since: Since = None,
    until: Until = None,
    who: Who = None,
    action: Action = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many, the newest.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")] = False,
) -> None:
    """Show entries, the newest last. Those of the last seconds may still wait to be chained."""
    from ctl.security.audit.trail import Trail  # noqa: PLC0415 - see ctl.cli
    from ctl.security.audit.written import document  # noqa: PLC0415

    wanted = _wanted(since, until, who, action, limit)
    found = looked_up(lambda engine: Trail(engine).find(wanted))
    rows = list(reversed(found.rows))
    if as_json:
        typer.echo(json.dumps([document(row) for row in rows], ensure_ascii=False, indent=1))
        return
    for row in rows:
        typer.echo(_line(row))
    if not rows:
        typer.echo("no entry fits")
    if found.total > len(rows):
        typer.echo(f"{found.total - len(rows)} older entries are not shown: --limit, --since, --until", err=True)


@audit.command()
def export(
    since: Since = None,
    until: Until = None,
    who: Who = None,
    action: Action = None,
    form: Annotated[Form, typer.Option("--format", help="JSON lines, or CSV for a spreadsheet.")] = Form.JSONL,
) -> None:
    """Write entries to standard output, in the order of the chain, with their seals. This leaves an entry itself."""
    from sqlalchemy.ext.asyncio import AsyncEngine  # noqa: PLC0415 - see ctl.cli

    from ctl.security.audit.trail import Trail  # noqa: PLC0415
    from ctl.security.audit.written import COLUMNS, cells, document  # noqa: PLC0415
    from ctl.spreadsheet import harmless  # noqa: PLC0415

    wanted = _wanted(since, until, who, action, 0)

    async def write(engine: AsyncEngine) -> None:
        rows: AsyncIterator[Row] = Trail(engine).each(wanted)
        if form is Form.CSV:
            lines = csv.writer(sys.stdout)
            lines.writerow(COLUMNS)
            async for row in rows:
                lines.writerow(harmless(cell) for cell in cells(row))
            return
        async for row in rows:
            sys.stdout.write(json.dumps(document(row), ensure_ascii=False) + "\n")

    asked = {"since": since, "until": until, "who": who, "action": action, "format": form}
    with noted("audit.export", "audit", after={name: value for name, value in asked.items() if value is not None}):
        looked_up(write)


@audit.command()
def verify(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")] = False,
) -> None:
    """Check every seal, from the first entry on, and the end against the signed heads. Exit status 1 when it is not sound."""
    from ctl.security.audit.verifying import WAY_OUT  # noqa: PLC0415 - see ctl.cli

    verdict, waiting = _verdict()
    if as_json:
        finding = verdict.finding
        told = {
            "sound": verdict.sound,
            "rows": verdict.rows,
            "proved": verdict.proved,
            "waiting": waiting,
            "fault": finding.fault if finding else None,
            "seq": finding.seq if finding else None,
            "finding": str(finding) if finding else None,
        }
        typer.echo(json.dumps(told, indent=1))
    elif verdict.finding is None:
        typer.echo(f"sound: {verdict.rows} entries; signed heads vouch for the first {verdict.proved}")
    if waiting and not as_json:
        typer.echo(f"{waiting} entries wait to be chained: is the worker running? See `ctl status`", err=True)
    if verdict.finding is not None:
        typer.echo(f"not sound: {verdict.finding}\n{verdict.rows} entries before are sound. {WAY_OUT}", err=True)
        raise typer.Exit(1)
    if verdict.rows and not verdict.proved:
        typer.echo(
            "no signed head is there: that the end is complete cannot be shown; the worker writes them", err=True
        )


def _verdict() -> "tuple[Verdict, int]":
    from sqlalchemy.ext.asyncio import AsyncEngine  # noqa: PLC0415 - see ctl.cli

    from ctl.secrets import Secrets  # noqa: PLC0415
    from ctl.security.audit.chain import Chain  # noqa: PLC0415
    from ctl.security.audit.heads import Heads  # noqa: PLC0415
    from ctl.security.audit.spool import Spool  # noqa: PLC0415
    from ctl.security.audit.trail import Trail  # noqa: PLC0415

    settings = Settings()

    async def look(engine: AsyncEngine) -> "Verdict":
        return await Trail(engine).verified(Chain.of(Secrets.of(settings)), Heads.of(settings))

    return looked_up(look), len(Spool.of(settings).waiting())


def _wanted(since: str | None, until: str | None, who: str | None, action: str | None, limit: int) -> "AuditQuery":
    from ctl.security.audit.trail import AuditQuery  # noqa: PLC0415 - see ctl.cli

    return AuditQuery(moment_or_exit("--since", since), moment_or_exit("--until", until), who, action, limit=limit)


def _line(row: "Row") -> str:
    kept = row.kept
    change = " → ".join(part for part in (kept.before, kept.after) if part)
    said = "  ".join(part for part in (change, kept.reason) if part)
    return f"{row.seq:>6}  {in_japan(datetime.fromisoformat(kept.at))}  {kept.who}@{kept.where}  {kept.action} {kept.subject}  {kept.outcome}  {said}".rstrip()
