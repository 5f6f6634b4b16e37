"""Commands: token create, token list, token revoke."""

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from ctl.cli import app
from ctl.cli.asking import asker, looked_up
from ctl.cli.auditing import noted
from ctl.cli.loading import bad_input
from ctl.cli.when import in_japan, iso

token = typer.Typer(
    help="Tokens with which programs ask the screens' API instead of people (docs/api.md).", no_args_is_help=True
)
app.add_typer(token, name="token")

Name = Annotated[str, typer.Argument(help="Which program it is for, such as monitoring.")]


@token.command()
def create(
    name: Name,
    scope: Annotated[list[str], typer.Option(help="What it may do, such as see_metrics; may be given several times.")],
    days: Annotated[int, typer.Option(min=1, max=366, help="For how long.")] = 90,
) -> None:
    """Make a token and print it: only its hash is kept, so only now."""
    from ctl.security.machines import SCOPES, BadToken, KeptTokens, checked  # noqa: PLC0415 - see ctl.cli
    from ctl.security.policy import Action  # noqa: PLC0415

    if unknown := sorted(set(scope) - set(SCOPES)):
        bad_input(f"--scope {', '.join(unknown)}: allowed: {', '.join(SCOPES)}")
    now = datetime.now(UTC)
    until = now + timedelta(days=days)
    with noted("token.create", name, after={"scopes": sorted(set(scope)), "until": iso(until)}):
        try:
            wanted = checked(name, [Action(one) for one in scope], until, now)
            typer.echo(looked_up(lambda engine: KeptTokens(engine).make(name, wanted, until, asker(), now)))
        except BadToken as bad:
            bad_input(str(bad))


@token.command("list")
def list_tokens(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")] = False,
) -> None:
    """Show every token that there is or was: what it is for, until when, and when it was used last."""
    from ctl.security.machines import KeptTokens, Token  # noqa: PLC0415 - see ctl.cli

    def state(one: Token) -> str:
        if one.revoked_at is not None:
            return "revoked"
        return "holds" if one.holds(datetime.now(UTC)) else "ended"

    tokens = looked_up(lambda engine: KeptTokens(engine).all())
    if as_json:
        document = [
            {
                "name": one.name,
                "state": state(one),
                "scopes": sorted(one.scopes),
                "created_at": iso(one.created_at),
                "created_by": one.created_by,
                "expires_at": iso(one.expires_at),
                "revoked_at": iso(one.revoked_at),
                "used_at": iso(one.used_at),
                "used_from": one.used_from,
            }
            for one in tokens
        ]
        typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
        return
    for one in tokens:
        used = f"used {in_japan(one.used_at)} from {one.used_from}" if one.used_at else "never used"
        typer.echo(
            f"{one.name:20} {state(one):8} until {in_japan(one.expires_at)}  {used}  {', '.join(sorted(one.scopes))}"
        )
    if not tokens:
        typer.echo("there is no token")


@token.command()
def revoke(name: Name) -> None:
    """End a token at once."""
    from ctl.security.machines import KeptTokens  # noqa: PLC0415 - see ctl.cli

    with noted("token.revoke", name):
        if not looked_up(lambda engine: KeptTokens(engine).revoke(name, datetime.now(UTC))):
            bad_input(f"no token {name!r} holds: see `ctl token list`")
    typer.echo("revoked")
