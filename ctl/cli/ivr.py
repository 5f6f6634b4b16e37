"""Commands: ivr check, simulate, draw, say, schema."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ctl.cli import app
from ctl.cli.loading import bad_input, load_or_exit
from ctl.settings import Settings

if TYPE_CHECKING:
    from ctl.config import Loaded
    from ctl.switchboard.plan import Flow

ivr = typer.Typer(help="Check, try out and draw what callers hear (the files in ivr_flows/).", no_args_is_help=True)
app.add_typer(ivr, name="ivr")

PREFIX = {"hears": "hears: ", "ends": "ends: "}

FlowArgument = Annotated[str, typer.Argument(help="A flow's name, such as main, or a number that it answers.")]


@ivr.command()
def check() -> None:
    """Check all files: keys, names, prompts, hours, unreachable nodes, endless loops. Exit status 2: something is wrong."""
    loaded = load_or_exit(Settings())
    for remark in loaded.remarks:
        typer.echo(f"{remark} (a remark, nothing wrong)")
    plan = loaded.plan
    typer.echo(
        f"all in order: {len(plan.flows)} flows, {len(plan.queues)} queues, {len(plan.operators)} operators, "
        f"{len(plan.departments)} departments, {len(plan.prompts)} announcements; version {plan.version}"
    )


@ivr.command()
def simulate(
    flow: FlowArgument,
    at: Annotated[
        str | None, typer.Option(help="Time in Japan, such as 2026-12-29T10:00 (now when not given).")
    ] = None,
    keys: Annotated[
        str,
        typer.Option(
            help="What the caller does, with commas: keys, t no key, n the department does not answer, h hangs up. "
            "Afterwards the caller stays silent."
        ),
    ] = "",
) -> None:
    """Walk one caller through a flow: what is heard, what is passed, and where the call ends."""
    from ctl.config.simulate import simulate as walk  # noqa: PLC0415 - see ctl.cli
    from ctl.config.simulate import tokens  # noqa: PLC0415
    from ctl.switchboard.hours import JST  # noqa: PLC0415

    loaded = load_or_exit(Settings())
    found = _flow(loaded, flow)
    try:
        doings = tokens(keys)
    except ValueError as error:
        bad_input(str(error))
    try:
        moment = datetime.fromisoformat(at) if at else datetime.now(JST)
    except ValueError:
        bad_input(f"{at!r} is not a time; allowed: 2026-12-29T10:00")
    moment = moment.replace(tzinfo=JST) if moment.tzinfo is None else moment.astimezone(JST)
    typer.echo(f"{found.name} {loaded.flow_labels[found.name]}, {moment:%Y-%m-%d %H:%M %a} JST")
    width = max(map(len, found.nodes))
    for step in walk(loaded.plan, loaded.prompts, found, int(moment.timestamp() * 1000), doings):
        typer.echo(f"  {step.node:{width}}  {PREFIX.get(step.what, '')}{step.text}")


class Picture(StrEnum):
    MERMAID = "mermaid"
    DOT = "dot"


@ivr.command()
def draw(
    flow: FlowArgument,
    form: Annotated[
        Picture, typer.Option("--format", help="mermaid (shown by most Markdown viewers) or dot (Graphviz).")
    ] = Picture.MERMAID,
) -> None:
    """Draw a flow as a diagram."""
    from ctl.config.draw import dot, mermaid  # noqa: PLC0415 - see ctl.cli

    loaded = load_or_exit(Settings())
    drawing = mermaid if form is Picture.MERMAID else dot
    typer.echo(drawing(_flow(loaded, flow), loaded.plan), nl=False)


@ivr.command()
def say(
    name: Annotated[str | None, typer.Argument(help="An announcement's name; all of them when not given.")] = None,
    into: Annotated[Path | None, typer.Option(help="A folder: also write NAME.wav there, to listen to.")] = None,
) -> None:
    """Show how announcements will be read aloud, and let you listen to them."""
    from ctl.config.problems import did_you_mean  # noqa: PLC0415 - see ctl.cli
    from ctl.prompts.make import make  # noqa: PLC0415
    from ctl.prompts.voice import reading  # noqa: PLC0415

    prompts = load_or_exit(Settings()).prompts
    if name is not None and name not in prompts:
        bad_input(f"there is no announcement {name!r}; {did_you_mean(name, prompts)}")
    for found, source in prompts.items():
        if name in (None, found):
            typer.echo(f"{found}\n  {source.text}\n  {source.sound.name if source.sound else reading(source.spoken)}")
            if into is not None:
                into.mkdir(parents=True, exist_ok=True)
                make(source, into / f"{found}.wav")


@ivr.command()
def schema() -> None:
    """Write ivr_flows/schema.json, from which editors take completion and checks."""
    from ctl.config.schema import SCHEMA_FILE, schema_text  # noqa: PLC0415 - see ctl.cli

    path = Settings().flows / SCHEMA_FILE
    path.write_text(schema_text(), encoding="utf-8")
    typer.echo(f"written: {path}")


def _flow(loaded: "Loaded", name: str) -> "Flow":
    from ctl.config.problems import did_you_mean  # noqa: PLC0415 - see ctl.cli
    from ctl.switchboard.ids import FlowName, Number  # noqa: PLC0415

    service = loaded.plan.services.get(Number(name.replace("-", "")))
    flow = loaded.plan.flows.get(service.flow if service else FlowName(name))
    if flow is None:
        bad_input(f"there is no flow {name!r}; {did_you_mean(name, loaded.plan.flows)}")
    return flow
