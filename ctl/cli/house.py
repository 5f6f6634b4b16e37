"""Commands: run, up, down, firewall, status, serve, rootfs."""

import json
import signal
import sys
import threading
from ipaddress import IPv4Network
from typing import Annotated

import typer

from ctl.cli import app
from ctl.cli.loading import bad_input
from ctl.house.centre import House, UnknownServiceError
from ctl.house.errors import HouseError
from ctl.house.state import urls
from ctl.secrets import Secrets
from ctl.settings import Settings

FIRST_EXTENSION = "2001"


@app.command()
def run() -> None:
    """Run the centre in the foreground: installs what is missing, starts every service, stops them all on Ctrl-C."""
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: _stop_or_break(stopping))
    house = _house()
    try:
        house.start(ends_with_us=True)
        _say_where(house)
        house.watch(stopping)
        _say("stopping …")
        house.stop()
    except KeyboardInterrupt:
        house.stop()
    except HouseError as error:
        _fail(error)


@app.command()
def up() -> None:
    """Start the centre in the background. `ctl down` stops it."""
    house = _house()
    try:
        failed = house.start(ends_with_us=False)
        _say_where(house)
    except HouseError as error:
        _fail(error)
    if failed:
        raise typer.Exit(1)


@app.command()
def down() -> None:
    """Stop the centre that runs in CTL_HOME."""
    try:
        if not _house().stop():
            _say("nothing to stop: no centre runs here")
    except HouseError as error:
        _fail(error)


@app.command()
def firewall(
    ours: Annotated[
        list[str] | None,
        typer.Option("--ours", help="From where our own programs come, when not from this machine; may be repeated."),
    ] = None,
) -> None:
    """Print rules for the packet filter: ctl firewall | nft -f - lets no stranger take the places of our own at Asterisk."""
    from ctl.pbx.firewall import rules  # noqa: PLC0415 - see ctl.cli

    for place in ours or ():
        try:
            IPv4Network(place)
        except ValueError as error:
            bad_input(f"--ours {place}: {error}; write an IPv4 address or network, as 192.0.2.10 or 192.0.2.0/24")
    typer.echo(rules(Settings(), ours or ()), nl=False)


@app.command()
def status(
    as_json: Annotated[
        bool, typer.Option("--json", help="One document: services{name: {state, since}}, urls{}.")
    ] = False,
) -> None:
    """How every service is. Exit status 0 when all are ready, else 1."""
    told = _house().status()
    if as_json:
        typer.echo(json.dumps(told, indent=1))
    else:
        for name, service in told["services"].items():
            typer.echo(f"{name:<12} {service['state']:<9} {service['since'] or ''}".rstrip())
        for name, url in told["urls"].items():
            typer.echo(f"{name:<12} {url}")
    if any(service["state"] != "ready" for service in told["services"].values()):
        raise typer.Exit(1)


@app.command(hidden=True)
def serve(
    name: Annotated[str, typer.Argument(help="postgres, asterisk, switchboard, sentinel, worker or web.")],
    ready: Annotated[bool, typer.Option("--ready", help="Only ask: exit status 0 when it serves.")] = False,
) -> None:
    """Be one service of the centre, in the foreground: what a container or a systemd unit runs."""
    try:
        if ready:
            raise typer.Exit(0 if _house().is_ready(name) else 1)
        _house().become(name)
    except UnknownServiceError as error:
        typer.echo(f"ctl: {error}", err=True)
        raise typer.Exit(2) from None
    except HouseError as error:
        _fail(error)


@app.command(hidden=True)
def rootfs() -> None:
    """Print where the root file system of Asterisk is, and build it when there is none."""
    from ctl.house import ensure_rootfs  # noqa: PLC0415 - see ctl.cli

    try:
        _say(str(ensure_rootfs(Settings(), lambda line: typer.echo(line, err=True))))
    except HouseError as error:
        _fail(error)


def _house() -> House:
    return House(Settings(), _say)


def _say(line: str) -> None:
    typer.echo(line)
    sys.stdout.flush()


def _fail(error: HouseError) -> None:
    typer.echo(f"ctl: {error}", err=True)
    raise typer.Exit(1) from None


def _stop_or_break(stopping: threading.Event) -> None:
    """The first Ctrl-C during the start breaks it off; while running it asks for the orderly end."""
    if stopping.is_set():
        return
    stopping.set()
    if not _STARTED.is_set():
        raise KeyboardInterrupt


_STARTED = threading.Event()


def _say_where(house: House) -> None:
    _STARTED.set()
    settings = house.settings
    _say("")
    for name, url in urls(house.settings).items():
        _say(f"{name:<12} {url}")
    _say(f"{'files':<12} {settings.under()}")
    Secrets.of(settings).operator(FIRST_EXTENSION)
    _say(
        f"""
A first call: register a SIP telephone as {FIRST_EXTENSION} at {settings.address}:{settings.sip_port}
with the password of `ctl operators secret {FIRST_EXTENSION}`, dial *11 and *13 to log in and be ready.
Then, in opening hours, send a call to sip:0339811111@{settings.address}:{settings.sip_port}
from the carrier's address {settings.carrier_address}, and press 0 in the menu.
`ctl demo` plays calls with telephones of its own: log out before (*12), or it fails when they ring at yours.
The screens want an account: `ctl admin create hanako --name 豊島花子` prints the link to the first one."""
    )
