"""Commands: admin create, admin reset, admin list, admin disable, admin enable."""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from ctl.cli import app
from ctl.cli.asking import asker, looked_up, told
from ctl.cli.loading import bad_input
from ctl.settings import Settings
from ctl.switchboard.events import Do

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from ctl.security.accounts import Accounts, Person
    from ctl.security.credentials import Credentials

T = TypeVar("T")

commands = typer.Typer(
    name="admin",
    help="Accounts for the screens. Nobody but its owner ever sees or sets the password of an account.",
    no_args_is_help=True,
)
app.add_typer(commands)

Login = Annotated[str, typer.Argument(help="The name to sign in with, such as hanako.", metavar="LOGIN")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")]


@commands.command()
def create(
    login: Login,
    name: Annotated[str, typer.Option(help="The person's name, as the screens show it.")],
    role: Annotated[str, typer.Option(help="Roles, separated by commas (docs/access.md).")] = "admin",
    extension: Annotated[str | None, typer.Option(help="The operator's extension, such as 2001.")] = None,
) -> None:
    """Make an account, the first administrator's too, and print the link with which its owner sets the password."""
    from ctl.security.accounts import Wanted  # noqa: PLC0415 - see ctl.cli
    from ctl.security.policy import UnknownRole, roles_named  # noqa: PLC0415

    try:
        wanted = Wanted(name, roles_named(role), extension)
    except UnknownRole as error:
        bad_input(str(error))

    async def make(accounts: "Accounts", credentials: "Credentials") -> str:
        account = await accounts.create(login, wanted, asker(), _now())
        return await credentials.make_link(account, asker(), _now())

    _print_link(_with_accounts(make, "account.create", login, {"roles": sorted(wanted.roles)}))


@commands.command()
def reset(
    login: Login,
    second_factor: Annotated[
        bool, typer.Option("--second-factor", help="Take the second factor away, too: the telephone is lost.")
    ] = False,
) -> None:
    """Print a link with which the owner sets a new password: once, within an hour. The old one holds until then."""

    async def make(accounts: "Accounts", credentials: "Credentials") -> str:
        person = await _known(accounts, login)
        return await credentials.make_link(person.id, asker(), _now(), second_factor=second_factor)

    _print_link(_with_accounts(make, "account.reset", login, {"second_factor": second_factor}))


@commands.command("list")
def list_accounts(as_json: AsJson = False) -> None:
    """Show the accounts with their roles."""
    from ctl.security.accounts import PersonQuery  # noqa: PLC0415 - see ctl.cli

    async def ask(accounts: "Accounts", _: "Credentials") -> "list[Person]":
        people, _total = await accounts.people(PersonQuery(limit=100_000))
        return list(people)

    people = _with_accounts(ask)
    if as_json:
        typer.echo(json.dumps([_document(one) for one in people], ensure_ascii=False, indent=1))
        return
    for one in people:
        state = "disabled" if one.disabled_at else "active" if one.has_password else "no password yet"
        factor = "second factor" if one.second_factor else "password only"
        typer.echo(f"{one.login}  {one.name}  {','.join(sorted(one.roles))}  {state}  {factor}")


def _document(one: "Person") -> dict[str, object]:
    return {
        "login": one.login,
        "name": one.name,
        "roles": sorted(one.roles),
        "extension": one.extension,
        "groups": None if one.groups is None else sorted(one.groups),
        "disabled_at": one.disabled_at.isoformat() if one.disabled_at else None,
        "has_password": one.has_password,
        "second_factor": one.second_factor,
        "signed_in_at": one.signed_in_at.isoformat() if one.signed_in_at else None,
    }


@commands.command()
def disable(login: Login) -> None:
    """Shut an account; who is signed in with it is out at once, and hears no calls. Not the last administrator's."""

    async def shut(accounts: "Accounts", _: "Credentials") -> str | None:
        person = await _known(accounts, login)
        await accounts.disable(person.id, _now())
        return person.extension

    extension = _with_accounts(shut, "account.disable", login)
    typer.echo(f"{login} is disabled")
    if extension is not None:
        answer = told(lambda switchboard: switchboard.command(Do.STOP_SUPERVISION, by=asker(), supervisor=extension))
        if answer is None:
            typer.echo(
                f"the switchboard is away: if telephone {extension} hears calls, it goes on; when it is back: "
                f"ctl supervise {extension} stop",
                err=True,
            )


@commands.command()
def enable(login: Login) -> None:
    """Open a shut account again."""

    async def open_(accounts: "Accounts", _: "Credentials") -> None:
        await accounts.enable((await _known(accounts, login)).id)

    _with_accounts(open_, "account.enable", login)
    typer.echo(f"{login} is enabled")


def _with_accounts(
    work: "Callable[[Accounts, Credentials], Awaitable[T]]",
    action: str = "",
    login: str = "",
    after: Mapping[str, object] | None = None,
) -> T:
    """Do it, and note ``action`` in the audit trail once it is done."""
    from ctl.security.accounts import Accounts, BadAccount  # noqa: PLC0415 - see ctl.cli
    from ctl.security.audit import Entry, Ledger, Outcome  # noqa: PLC0415
    from ctl.security.credentials import Credentials  # noqa: PLC0415

    async def done(engine: "AsyncEngine") -> T:
        result = await work(Accounts(engine), Credentials(engine))
        if action:
            subject = login.strip().lower()
            entry = Entry(asker(), "terminal", action, subject, Outcome.DONE, after=after)
            await Ledger.of(Settings(), engine).note(entry)
        return result

    try:
        return looked_up(done)
    except BadAccount as error:
        bad_input(f"{error.field}: {error.english}")


async def _known(accounts: "Accounts", login: str) -> "Person":
    person = await accounts.by_login(login)
    if person is None:
        bad_input(f"there is no account {login!r}; see `ctl admin list`")
    return person


def _print_link(token: str) -> None:
    from ctl.house.state import urls  # noqa: PLC0415 - see ctl.cli

    typer.echo("Give this link to the owner of the account. It works once, for one hour:", err=True)
    typer.echo(f"{urls(Settings())['web']}password?link={token}")


def _now() -> datetime:
    return datetime.now(UTC)
