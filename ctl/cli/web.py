"""Commands: web."""

import asyncio
import logging

import typer

from ctl.cli import app
from ctl.cli.loading import bad_input
from ctl.settings import Settings


@app.command()
def web() -> None:
    """Serve the screens to people with an account (`ctl admin create`), until SIGTERM."""
    from ctl.cms.queries import Records  # noqa: PLC0415 - see ctl.cli
    from ctl.database.engine import engine_of  # noqa: PLC0415
    from ctl.runtime.client import SwitchboardClient  # noqa: PLC0415 - see ctl.cli
    from ctl.runtime.plans import current_flows, load_plan  # noqa: PLC0415
    from ctl.secrets import Secrets  # noqa: PLC0415
    from ctl.security.audit import Ledger  # noqa: PLC0415
    from ctl.security.audit.book import PostgresBook  # noqa: PLC0415
    from ctl.security.certificates import BadCertificate  # noqa: PLC0415
    from ctl.security.door import Door  # noqa: PLC0415
    from ctl.security.machines import KeptTokens  # noqa: PLC0415
    from ctl.security.policy import UnknownRole, roles_named  # noqa: PLC0415
    from ctl.security.sessions import Limits  # noqa: PLC0415
    from ctl.web.app import make_app  # noqa: PLC0415
    from ctl.web.names import NameBook  # noqa: PLC0415
    from ctl.web.serve import serve  # noqa: PLC0415

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    settings = Settings()
    engine = engine_of(settings)
    archive = Records(engine)
    try:
        second_factor = roles_named(settings.second_factor)
    except UnknownRole as error:
        bad_input(f"CTL_SECOND_FACTOR: {error}")
    door = Door.of(engine_of(settings), Secrets.of(settings), second_factor, Limits.of(settings))
    book = PostgresBook(Ledger.of(settings, engine))
    tokens = KeptTokens(engine)
    names = NameBook(load=lambda: load_plan(current_flows(settings)))
    try:
        asyncio.run(
            serve(make_app(settings, SwitchboardClient(settings), archive, names, door, book, tokens), settings)
        )
    except BadCertificate as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from None
    except OSError as error:
        typer.echo(
            f"the web cannot listen on {settings.web_host}:{settings.web_port}: {error}; set CTL_WEB_PORT", err=True
        )
        raise typer.Exit(1) from None
