"""Commands: run, up, down, status."""

import json
import signal
import subprocess
import sys
import threading
from typing import Annotated

import typer

from ctl.cli import app
from ctl.house.centre import House, environment
from ctl.house.errors import HouseError
from ctl.secrets import Secrets
from ctl.settings import Settings

FIRST_EXTENSION = "2001"


@app.command()
def run() -> None:
    """Run the centre in the foreground: installs what is missing, starts every service, stops them all on Ctrl-C."""
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: _stop_or_break(stopping))
    house = _house()
    try:
        house.start(lambda name: _prepare(house, name), ends_with_us=True)
        _say_where(house)
        while not stopping.wait(1) and house.supervisor.pid() is not None:
            pass
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
        house.start(lambda name: _prepare(house, name), ends_with_us=False)
        _say_where(house)
    except HouseError as error:
        _fail(error)


@app.command()
def down() -> None:
    """Stop the centre that runs in CTL_HOME."""
    try:
        if not _house().stop():
            _say("nothing to stop: no centre runs here")
    except HouseError as error:
        _fail(error)


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


def _prepare(house: House, name: str) -> None:
    """What must be done before a service starts: the tables before whoever fills them, a configuration for Asterisk."""
    if name == "asterisk":
        _ctl(house, "database", "migrate", doing="bringing the database up to date")
        _ctl(house, "deploy", "--start", "--reason", "start of the centre", doing="deploying the configuration")


def _ctl(house: House, *arguments: str, doing: str) -> None:
    _say(f"{doing} …")
    done = subprocess.run(
        [sys.executable, "-m", "ctl", *arguments],
        check=False,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment(house.settings),
    )
    if done.returncode:
        raise HouseError(f"{doing} failed:\n{done.stdout.strip()}")


def _say_where(house: House) -> None:
    _STARTED.set()
    settings = house.settings
    _say("")
    for name, url in house.urls().items():
        _say(f"{name:<12} {url}")
    _say(f"{'files':<12} {settings.under()}")
    Secrets.of(settings).operator(FIRST_EXTENSION)
    _say(
        f"""
A first call: register a SIP telephone as {FIRST_EXTENSION} at {settings.address}:{settings.sip_port}
with the password of `ctl operators secret {FIRST_EXTENSION}`, dial *11 and *13 to log in and be ready.
Then `ctl demo` calls in as citizens do, or send a call to sip:0339811111@{settings.address}:{settings.sip_port}
from the carrier's address {settings.carrier_address}."""
    )
