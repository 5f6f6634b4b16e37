"""Commands: operators list, operators secret, operators pin, departments list."""

import json
from typing import Annotated

import typer

from ctl.cli import app
from ctl.cli.auditing import noted
from ctl.cli.loading import bad_input, load_or_exit
from ctl.pins import BadPin, Pins
from ctl.secrets import Secrets
from ctl.settings import Settings

operators = typer.Typer(help="Who answers calls (ivr_flows/operators.yaml).", no_args_is_help=True)
departments = typer.Typer(help="The ward's sections (ivr_flows/departments.yaml).", no_args_is_help=True)
app.add_typer(operators, name="operators")
app.add_typer(departments, name="departments")

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")]


@operators.command("list")
def list_operators(as_json: AsJson = False) -> None:
    """Show the configured operators with their skills (level 1 is the best)."""
    profiles = load_or_exit(Settings()).plan.operators.values()
    if as_json:
        document: list[dict[str, object]] = [
            {"extension": each.extension, "name": each.name, "skills": dict(each.skills)} for each in profiles
        ]
        typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
        return
    for each in profiles:
        skills = ", ".join(f"{group} {level}" for group, level in each.skills.items())
        typer.echo(f"{each.extension}  {each.name}  {skills}")


@operators.command()
def secret(extension: Annotated[str, typer.Argument(help="The operator's extension, such as 2001.")]) -> None:
    """Print the password with which the operator's telephone registers (user 2001, in a browser 2001w)."""
    settings = Settings()
    _known(settings, extension)
    with noted("operator.secret_shown", extension):
        typer.echo(Secrets.of(settings).operator(extension))


@operators.command()
def pin(
    extension: Annotated[str, typer.Argument(help="The operator's extension, such as 2001.")],
    ask: Annotated[bool, typer.Option("--set", help="Ask for the PIN instead of making one.")] = False,
) -> None:
    """Give the operator a PIN for log-in at other telephones, and print it: it is kept as a hash, so only now."""
    settings = Settings()
    _known(settings, extension)
    pins = Pins.of(settings)
    with noted("operator.pin", extension):
        if not ask:
            typer.echo(pins.make(extension))
            return
        try:
            pins.set(extension, typer.prompt("PIN", hide_input=True, confirmation_prompt=True, err=True))
        except BadPin as bad:
            bad_input(str(bad))


def _known(settings: Settings, extension: str) -> None:
    from ctl.config.problems import did_you_mean  # noqa: PLC0415 - see ctl.cli

    known = load_or_exit(settings).plan.operators
    if extension not in known:
        bad_input(f"there is no operator {extension!r}; {did_you_mean(extension, known)}")


@departments.command("list")
def list_departments(as_json: AsJson = False) -> None:
    """Show the departments with the code that operators dial and the numbers that are tried in order."""
    found = load_or_exit(Settings()).plan.departments.values()
    if as_json:
        document: list[dict[str, object]] = [
            {
                "code": each.code,
                "name": each.name,
                "reading": each.reading,
                "numbers": list(each.numbers),
                "hours": each.hours,
            }
            for each in found
        ]
        typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
        return
    for each in found:
        typer.echo(f"{each.code}  {each.name}（{each.reading}）  {', '.join(each.numbers)}  {each.hours}")
