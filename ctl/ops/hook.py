"""Tells a program of the administrator's choice (mail, chat, pager) of each alarm that is raised, once.

The program gets one JSON document on standard input and says by its exit status whether it has told somebody; as long
as it has not, it is asked again.
"""

import asyncio
import contextlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from ctl.runtime.alarms import AlarmRow
from ctl.runtime.client import SwitchboardAway
from ctl.runtime.document import FloorDocument

PATIENCE_S = 30.0


class HookFailed(Exception):
    """The program did not do its work; the message says how."""


class Asked(Protocol):
    """What we need of `ctl.runtime.client.SwitchboardClient`."""

    async def floor(self) -> FloorDocument: ...


class AlarmHook:
    """``told``: the file that remembers, over restarts, which of the alarms that stand were told."""

    def __init__(self, program: Path, switchboard: Asked, told: Path) -> None:
        self._program = program
        self._switchboard = switchboard
        self._told = told

    async def once(self) -> int:
        """Tell what is new. Returns how many alarms; raises `HookFailed`."""
        try:
            floor = await self._switchboard.floor()
        except SwitchboardAway:
            return 0
        standing = {f"{row['alarm']}@{row['since']}": row for row in floor["alarms"]}
        told = [name for name in self._read() if name in standing]
        new = [name for name in standing if name not in told]
        for name in new:
            await self._tell(standing[name])
            told.append(name)
            self._write(told)
        return len(new)

    async def _tell(self, alarm: AlarmRow) -> None:
        try:
            process = await asyncio.create_subprocess_exec(
                self._program, stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, start_new_session=True
            )
        except OSError as error:
            raise HookFailed(f"CTL_ALARM_HOOK: {self._program} cannot be run: {error}") from None
        try:
            async with asyncio.timeout(PATIENCE_S):
                _, said = await process.communicate(json.dumps(alarm, ensure_ascii=False).encode())
        except TimeoutError:
            raise HookFailed(f"CTL_ALARM_HOOK: {self._program} did not end within {PATIENCE_S:g} s") from None
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        if process.returncode:
            raise HookFailed(
                f"CTL_ALARM_HOOK: {self._program} ended with {process.returncode}: {said[-300:].decode(errors='replace')}"
            )

    def _read(self) -> Sequence[str]:
        try:
            read = json.loads(self._told.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return ()
        return read if isinstance(read, list) else ()

    def _write(self, told: Sequence[str]) -> None:
        draft = self._told.with_suffix(".draft")
        draft.write_text(json.dumps(told), encoding="utf-8")
        os.replace(draft, self._told)
