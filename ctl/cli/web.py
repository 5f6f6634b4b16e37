"""Commands: web."""

from ctl.cli import app


@app.command()
def web() -> None:
    """Serve the screens: calls, timelines, the live floor. On loopback, read-only."""
    import asyncio  # noqa: PLC0415 - heavy: only the command that serves pays for it
    import logging  # noqa: PLC0415

    from ctl.runtime.client import SwitchboardClient  # noqa: PLC0415
    from ctl.settings import Settings  # noqa: PLC0415
    from ctl.web.app import make_app  # noqa: PLC0415
    from ctl.web.names import Names  # noqa: PLC0415
    from ctl.web.serve import serve  # noqa: PLC0415

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    settings = Settings()
    asyncio.run(serve(make_app(settings, SwitchboardClient(settings), Names()), settings))
