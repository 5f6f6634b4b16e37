"""`ctl demo` cleans up after itself however it is asked to stop."""

import asyncio
import os
import signal

import pytest
from typer.testing import CliRunner

from ctl.cli import app, calls, lab  # noqa: F401 - with one command alone its name would not be asked for
from ctl.lab import demo


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
def test_stopped_demonstration_is_swept(monkeypatch: pytest.MonkeyPatch, asked: signal.Signals) -> None:
    swept = []

    async def story(*_: object) -> None:
        try:
            os.kill(os.getpid(), asked)
            await asyncio.Event().wait()
        finally:
            swept.append(asked)

    monkeypatch.setattr(demo, "tell_story", story)
    done = CliRunner().invoke(app, ["demo"])
    assert swept == [asked]
    assert done.exit_code == 1
    assert "stopped; the town is gone, the centre runs on" in done.output
