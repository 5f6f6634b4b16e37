"""A live switchboard with the toy core, on a socket of its own."""

import asyncio
import json
from pathlib import Path

from ctl.runtime.client import SwitchboardClient
from ctl.runtime.clock import Clock
from ctl.runtime.engine import Engine, NextDue, Step
from ctl.runtime.live import Live
from ctl.runtime.record import Recorder
from ctl.runtime.requests import Report
from ctl.runtime.service import LiveService
from ctl.settings import Settings
from ctl.switchboard.floor import empty
from tests.unit.runtime.fakes import MemoryJournal, never, toy_step


class Switchboard:
    """A live switchboard, with the toy core unless another is given, on a socket of its own."""

    def __init__(self, home: Path, step: Step = toy_step, next_due: NextDue = never) -> None:
        clock = Clock()
        self.journal = MemoryJournal()
        self.engine = Engine(
            empty(),
            Recorder(self.journal, 0, lambda entry, error: None),
            lambda effects: None,
            lambda entry, error: None,
            clock=clock,
            loop=asyncio.get_running_loop(),
            step=step,
            next_due=next_due,
        )
        self.settings = Settings(home=home)
        self.client = SwitchboardClient(self.settings)
        self.live = Live(
            self.engine, clock.now, lambda: {"state": "serving"}, self._adopt, LiveService(), self._reported
        )
        self.adopted = 0
        self.reports: list[Report] = []

    def _reported(self, report: Report) -> None:
        self.reports.append(report)

    async def _adopt(self) -> str:
        self.adopted += 1
        return "plan v2 is in force"

    async def say(self, *lines: bytes) -> list[dict[str, object]]:
        """Write raw lines, read as many answers."""
        reader, writer = await asyncio.open_unix_connection(self.settings.command_socket)
        writer.write(b"".join(line + b"\n" for line in lines))
        answers = [json.loads(await reader.readline()) for _ in lines]
        writer.close()
        return answers
