"""Command: simulate."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ctl.cli import app
from ctl.cli.loading import bad_input, load_or_exit
from ctl.settings import Settings
from ctl.switchboard.hours import jst
from ctl.switchboard.ids import Millis

if TYPE_CHECKING:
    from ctl.simulation import Result
    from ctl.simulation.result import Figures
    from ctl.simulation.scenario import Scenario

HEAD = ("hour", "offered", "answered", "in 15 s", "abandoned", "wait", "90 % wait", "occupied", "operators")


@app.command()
def simulate(
    day: Annotated[str, typer.Option("--date", help="A day of fiscal 2021, such as 2021-06-14: its calls come.")],
    staffing: Annotated[
        Path, typer.Option(help="YAML: who is there when, and how long things take (docs/staffing.md).")
    ],
    seed: Annotated[int, typer.Option(help="Another number, another day of the same kind.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")] = False,
) -> None:
    """Play a day with a staffing through the core that decides about real calls: service, waits, occupancy."""
    from ctl.simulation import simulate as play  # noqa: PLC0415 - see ctl.cli

    result = play(_scenario(day, staffing, seed))
    if as_json:
        typer.echo(json.dumps({"date": day, "seed": seed, **_document(result)}, indent=1))
        return
    rows = [HEAD, *(_row(f"{jst(hour):%H:%M}", one) for hour, one in result.hours.items()), _row("day", result.all)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(HEAD))]
    for row in rows:
        typer.echo("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))


def _scenario(day: str, staffing: Path, seed: int) -> "Scenario":
    from ctl.config import ConfigError  # noqa: PLC0415 - see ctl.cli
    from ctl.simulation.files import read_scenario  # noqa: PLC0415
    from ctl.simulation.workload import UnknownDay, contacts_by_hour  # noqa: PLC0415

    try:
        when = date.fromisoformat(day)
    except ValueError:
        bad_input(f"--date: {day!r} is not a date; allowed: 2021-06-14")
    try:
        contacts = contacts_by_hour(when)
    except UnknownDay as error:
        bad_input(f"--date: {error}")
    plan = load_or_exit(Settings()).plan
    try:
        return read_scenario(staffing, plan, when, contacts, seed)
    except ConfigError as error:
        bad_input("\n".join(str(problem) for problem in error.problems))


def _document(result: "Result") -> dict[str, Any]:
    hours = [{"hour": _iso(hour), **_figures(one)} for hour, one in result.hours.items()]
    return {"hours": hours, "day": _figures(result.all)}


def _iso(at: Millis) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _figures(one: "Figures") -> dict[str, Any]:
    return {
        "offered": one.count.offered,
        "answered": one.count.answered,
        "within": one.count.within,
        "abandoned": one.count.abandoned,
        "turned_away": one.count.turned_away,
        "service_level": one.count.service_level,
        "abandonment": one.count.abandonment,
        "mean_wait_ms": one.mean_wait_ms,
        "p90_wait_ms": one.p90_wait_ms,
        "occupancy": one.occupancy,
        "operators": one.operators,
    }


def _row(name: str, one: "Figures") -> tuple[str, ...]:
    count = one.count
    return (
        name,
        str(count.offered),
        str(count.answered),
        _share(count.service_level),
        _share(count.abandonment),
        _seconds(one.mean_wait_ms),
        _seconds(one.p90_wait_ms),
        _share(one.occupancy),
        f"{one.operators:.1f}",
    )


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _seconds(ms: float | None) -> str:
    return "-" if ms is None else f"{ms / 1000:.1f} s"
