"""Command: service."""

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ctl.cli import app
from ctl.cli.asking import looked_up
from ctl.cli.loading import bad_input
from ctl.cli.when import ALLOWED, in_japan, iso, moment_or_exit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctl.kpi.windows import Count, Key

MILLISECOND = timedelta(milliseconds=1)
HEAD = ("queue", "offered", "answered", "in time", "abandoned", "turned away", "level", "abandonment")


@app.command()
def service(
    since: Annotated[
        str, typer.Option(help=f"Calls that were answered, or ended, then or later: {ALLOWED}.")
    ] = "today",
    until: Annotated[str | None, typer.Option(help="Calls that were answered, or ended, before then.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")] = False,
) -> None:
    """Show the service level and the abandonment rate of any stretch of time, by queue and in all (docs/data.md)."""
    begin, end = moment_or_exit("--since", since), moment_or_exit("--until", until) or datetime.now(UTC)
    assert begin is not None
    if end <= begin:
        bad_input(f"--until {until}: it must lie after --since {since}")
    # A stretch begins with its first millisecond and ends before its last, as `ctl calls` has it.
    counts = _counts(begin - MILLISECOND, end - MILLISECOND)
    from ctl.kpi.definitions import SERVICE_LEVEL  # noqa: PLC0415 - see ctl.cli

    if as_json:
        document = {"definition": SERVICE_LEVEL.version, "since": iso(begin), "until": iso(end)}
        rows = [_document(queue, counts[queue]) for queue in _order(counts)]
        typer.echo(json.dumps({**document, "service": rows}, ensure_ascii=False, indent=1))
        return
    typer.echo(f"{in_japan(begin)} to {in_japan(end)}, definition {SERVICE_LEVEL.version}")
    rows_of_text = [HEAD, *(_row(queue, counts[queue]) for queue in _order(counts))]
    widths = [max(len(row[n]) for row in rows_of_text) for n in range(len(HEAD))]
    for row in rows_of_text:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _counts(begin: datetime, end: datetime) -> "Mapping[Key, Count]":
    from ctl.cms.service import service_between  # noqa: PLC0415 - see ctl.cli

    return looked_up(lambda engine: service_between(engine, begin, end))


def _order(counts: "Mapping[Key, Count]") -> "list[Key]":
    return sorted(counts, key=lambda queue: queue or "")


def _document(queue: "Key", count: "Count") -> dict[str, Any]:
    return {
        "queue": queue,
        "offered": count.offered,
        "answered": count.answered,
        "within": count.within,
        "abandoned": count.abandoned,
        "turned_away": count.turned_away,
        "service_level": count.service_level,
        "abandonment": count.abandonment,
    }


def _row(queue: "Key", count: "Count") -> tuple[str, ...]:
    counts = (count.offered, count.answered, count.within, count.abandoned, count.turned_away)
    shares = (f"{share:.1%}" if share is not None else "-" for share in (count.service_level, count.abandonment))
    return (queue or "(all)", *map(str, counts), *shares)
