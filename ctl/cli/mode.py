"""Commands: mode list, show, switch, back, preview, history."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from ctl.cli import app
from ctl.cli.asking import asked, asker, looked_up, print_answer, told
from ctl.cli.auditing import noted
from ctl.cli.loading import bad_input, flows_in_force, load_or_exit
from ctl.cli.when import AHEAD, document_of, in_japan, iso, later_or_exit, moment_or_exit
from ctl.settings import Settings

if TYPE_CHECKING:
    from ctl.config import Loaded
    from ctl.runtime.centre import CentreRow, SwitchRow

mode = typer.Typer(help="Ways to work on bad days: which one is in force, and switching.", no_args_is_help=True)
app.add_typer(mode, name="mode")

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")]
RequestedBy = Annotated[str, typer.Option(help="Who wanted it; for 緊急体制 the ward's division.")]
ApprovedBy = Annotated[str, typer.Option(help="Who answers for it.")]
Reason = Annotated[str, typer.Option(help="Why.")]


@mode.command("list")
def list_modes(as_json: AsJson = False) -> None:
    """Show the modes of the flows in force, and which of them holds now."""
    loaded = load_or_exit(flows_in_force(Settings()))
    now = _now()
    in_force = now["mode"] if now is not None else None
    rows = [("normal", "平常", False), *((one.name, one.label, one.degraded) for one in loaded.plan.modes.values())]
    if as_json:
        document = [
            {"name": name, "label": label, "degraded": degraded, "in_force": name == in_force}
            for name, label, degraded in rows
        ]
        typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
        return
    for name, label, degraded in rows:
        mark = "*" if name == in_force else " "
        typer.echo(f"{mark} {name:12} {label}{'  (degraded: needs the ward permission)' if degraded else ''}")
    if in_force is None:
        typer.echo("the switchboard is away: which one is in force is not known", err=True)


@mode.command()
def show(as_json: AsJson = False) -> None:
    """Show the mode in force, what is planned, the short messages, and the second sites."""
    centre = asked(lambda switchboard: switchboard.floor())["centre"]
    if as_json:
        typer.echo(json.dumps(centre, ensure_ascii=False, indent=1))
        return
    if centre["switch"] is None:
        typer.echo("in force: normal (平常)")
    else:
        typer.echo(f"in force: {_said(centre['switch'])}")
        _warn_of_permission(centre["switch"])
    for switch in centre["planned"]:
        typer.echo(f"planned:  {_said(switch)}  [{switch['switch']}]")
    for notice in centre["notices"]:
        typer.echo(f"message:  {notice['text']}  [{notice['notice']}]")
    for site in centre["sites"]:
        typer.echo(f"site:     {site['code']} {site['name']}, {site['used']} of {site['limit']} channels")


@mode.command()
def switch(
    name: Annotated[str, typer.Argument(help="A mode, from `ctl mode list`.")],
    requested_by: RequestedBy,
    approved_by: ApprovedBy,
    reason: Reason,
    begin: Annotated[
        str | None, typer.Option("--from", help=f"When it begins; at once when not given. {AHEAD}.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="When the normal mode is back by itself; never when not given.")
    ] = None,
    permitted_by: Annotated[str | None, typer.Option(help="Degraded operation: who in the ward permitted it.")] = None,
    permitted_at: Annotated[str | None, typer.Option(help="When it was permitted; now when not given.")] = None,
    permitted_until: Annotated[str | None, typer.Option(help="How long it is permitted.")] = None,
) -> None:
    """Put a mode in force, at once or for a time: the next caller meets it. Who, why and whose permission are kept."""
    if (permitted_by is None) != (permitted_until is None):
        bad_input("--permitted-by and --permitted-until belong together: give both, or none")
    from_at, until_at = later_or_exit("--from", begin), later_or_exit("--until", until)
    leave = {
        "by": permitted_by,
        "at": iso(moment_or_exit("--permitted-at", permitted_at) or datetime.now(UTC)),
        "until": iso(later_or_exit("--permitted-until", permitted_until)),
    }
    wish = {
        "requested_by": requested_by,
        "approved_by": approved_by,
        "from_at": iso(from_at),
        "until_at": iso(until_at),
        "permission": leave if permitted_by is not None else None,
    }
    with noted("mode.switch", name, after=wish, reason=reason):
        answer = asked(lambda switchboard: switchboard.centre("mode", by=asker(), mode=name, reason=reason, **wish))
        if not answer.ok:
            bad_input(answer.message)
    now = _now()
    if now is not None:
        typer.echo(f"in force: {_said(now['switch']) if now['switch'] else 'normal (平常)'}")
        for planned in now["planned"]:
            typer.echo(f"planned:  {_said(planned)}  [{planned['switch']}]")


@mode.command()
def back(
    requested_by: RequestedBy,
    approved_by: ApprovedBy,
    reason: Reason,
    planned: Annotated[
        str | None, typer.Option(help="Call off this planned switch instead; from `ctl mode show`.")
    ] = None,
) -> None:
    """Return to the normal mode, or call off a switch that is planned."""
    wish = {"requested_by": requested_by, "approved_by": approved_by, "switch": planned}
    with noted("mode.back", planned or "normal", after=wish, reason=reason):
        print_answer(asked(lambda switchboard: switchboard.centre("mode_back", by=asker(), reason=reason, **wish)))


@mode.command()
def preview(
    name: Annotated[str | None, typer.Argument(help="A mode; the one in force when not given.")] = None,
    number: Annotated[str | None, typer.Option(help="One of our numbers; all of them when not given.")] = None,
    at: Annotated[str | None, typer.Option(help=f"When the call would come; now when not given. {AHEAD}.")] = None,
    keys: Annotated[str, typer.Option(help="What the caller does, as in `ctl ivr simulate`.")] = "",
) -> None:
    """Say in Japanese what a caller would hear in a mode, and where he would go. Nothing is switched."""
    from ctl.config.preview import preview as told_of  # noqa: PLC0415 - see ctl.cli
    from ctl.config.problems import did_you_mean  # noqa: PLC0415
    from ctl.config.simulate import tokens  # noqa: PLC0415
    from ctl.switchboard.ids import ModeName, Number  # noqa: PLC0415

    loaded = load_or_exit(flows_in_force(Settings()))
    plan, now = loaded.plan, _now()
    wanted = name or (now["mode"] if now is not None else "normal")
    if wanted != "normal" and wanted not in plan.modes:
        bad_input(f"there is no mode {wanted!r}; {did_you_mean(wanted, ['normal', *plan.modes])}")
    services = _services(loaded, number)
    try:
        doings = tokens(keys)
    except ValueError as error:
        bad_input(str(error))
    moment = later_or_exit("--at", at) or datetime.now(UTC)
    for service in services:
        notices = [
            one["text"]
            for one in (now["notices"] if now is not None and at is None else ())
            if not one["numbers"] or service in one["numbers"]
        ]
        mode_of = ModeName(wanted) if wanted != "normal" else None
        for line in told_of(
            plan, loaded.prompts, mode_of, Number(service), int(moment.timestamp() * 1000), doings, notices
        ):
            typer.echo(line)


@mode.command()
def history(
    most: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 20, as_json: AsJson = False
) -> None:
    """Show who switched which mode, when, why, with whose approval and permission; the latest first."""
    from ctl.cms.conditions import ConditionRecords  # noqa: PLC0415 - see ctl.cli

    rows = looked_up(lambda engine: ConditionRecords(engine).switches(most))
    if as_json:
        typer.echo(json.dumps([document_of(row) for row in rows], ensure_ascii=False, indent=1))
        return
    for row in rows:
        began = in_japan(row.began_at) if row.began_at else "never"
        ended = f"{in_japan(row.ended_at)} ({row.how})" if row.ended_at else "now"
        leave = f", permitted by {row.permitted_by}" if row.permitted_by else ""
        typer.echo(
            f"{row.mode:12} {began} – {ended}  requested by {row.requested_by}, "
            f"approved by {row.approved_by}{leave}: {row.reason}"
        )


def _services(loaded: "Loaded", number: str | None) -> list[str]:
    from ctl.config.problems import did_you_mean  # noqa: PLC0415 - see ctl.cli

    known = [str(one) for one in loaded.plan.services]
    if number is None:
        return known
    digits = number.replace("-", "")
    if digits not in known:
        bad_input(f"{number!r} is none of our numbers; {did_you_mean(digits, known)}")
    return [digits]


def _now() -> "CentreRow | None":
    floor = told(lambda switchboard: switchboard.floor())
    return floor["centre"] if floor is not None else None


def _said(switch: "SwitchRow") -> str:
    begins = switch["since"] or switch["from_at"]
    until = f" until {in_japan(datetime.fromisoformat(switch['until']))}" if switch["until"] else ""
    return (
        f"{switch['mode']} ({switch['label']}) since {in_japan(datetime.fromisoformat(begins))}{until}; requested by "
        f"{switch['requested_by']}, approved by {switch['approved_by']}: {switch['reason']}"
    )


def _warn_of_permission(switch: "SwitchRow") -> None:
    leave = switch["permission"]
    if leave is None:
        return
    until = datetime.fromisoformat(leave["until"])
    typer.echo(f"          permitted by {leave['by']} until {in_japan(until)}")
    if until <= datetime.now(UTC):
        typer.echo(
            "the ward's permission has run out: ask for a new one and switch again with it, or go back", err=True
        )
