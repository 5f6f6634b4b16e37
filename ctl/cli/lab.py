"""Commands: demo."""

from typing import Annotated

import typer

from ctl.cli import app


@app.command()
def demo(
    speed: Annotated[
        float | None,
        typer.Option(min=1, max=240, help="replay the ward's peak day, so many times as fast (60: eleven minutes)"),
    ] = None,
) -> None:
    """Play carrier, citizens, operators and departments around this centre, and tell what happens."""
    import asyncio  # noqa: PLC0415 - see ctl.cli
    import signal  # noqa: PLC0415

    from ctl.house import HouseError  # noqa: PLC0415
    from ctl.lab import crowd  # noqa: PLC0415
    from ctl.lab import demo as story  # noqa: PLC0415
    from ctl.lab.centre import OurCentre  # noqa: PLC0415
    from ctl.lab.driver import LabError  # noqa: PLC0415
    from ctl.lab.pulse import TooLateError  # noqa: PLC0415
    from ctl.settings import Settings  # noqa: PLC0415

    async def play() -> None:
        # However it is asked to stop, the town goes and the centre gets its own calendar back.
        playing = asyncio.current_task()
        assert playing is not None
        for number in (signal.SIGINT, signal.SIGTERM):  # Ctrl-C, too: whoever started us may have had it ignored
            asyncio.get_running_loop().add_signal_handler(number, playing.cancel)
        await (crowd.replay(centre, speed, tell) if speed else story.tell_story(centre, tell))

    def tell(line: str) -> None:
        typer.echo(line)

    try:
        centre = OurCentre(Settings())
        asyncio.run(play())
    except (HouseError, LabError, TooLateError) as problem:
        typer.echo(f"the demonstration stopped: {problem}", err=True)
        raise typer.Exit(1) from None
    except (KeyboardInterrupt, asyncio.CancelledError):
        typer.echo("stopped; the town is gone, the centre runs on", err=True)
        raise typer.Exit(1) from None
