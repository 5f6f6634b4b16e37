"""The other end of `live`: how the command line and the web talk to a running switchboard.

Every request is one connection, one line each way, and has a deadline; `watch` stays.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

from ctl.runtime.document import FloorDocument
from ctl.settings import Settings
from ctl.switchboard.events import AlarmFound, Do

ADOPT_S = 150.0
"""An adoption reads a plan in a child, for which `plans.DEADLINE_S` allows a minute, and may have to wait for another one."""
LONGEST_LINE = 8 * 1024 * 1024
"""Bytes of one answer: a floor of some thousand calls fits."""


class SwitchboardAway(Exception):
    """No switchboard answers: it is not running, or it did not answer in time."""


class SwitchboardRefused(Exception):
    """The switchboard did not understand the request; the message names the field and what is allowed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """``ok``, and a sentence: what was done, or why not and the way out."""

    ok: bool
    message: str


class SwitchboardClient:
    """Requests to the switchboard of these settings. Raises `SwitchboardAway` or `SwitchboardRefused`."""

    def __init__(self, settings: Settings, deadline_s: float = 5.0) -> None:
        self._path = settings.command_socket
        self._deadline_s = deadline_s

    async def floor(self) -> FloorDocument:
        """The floor as it is now."""
        return cast(FloorDocument, await self._ask({"floor": True}))

    async def health(self) -> Mapping[str, object]:
        """How the switchboard and its connection to the PBX are."""
        return await self._ask({"health": True})

    async def adopt(self) -> Answer:
        """Take the flows of the current generation into force for new calls."""
        return _answer(await self._ask({"adopt": True}, ADOPT_S))

    async def command(
        self,
        do: Do | str,
        *,
        by: str,
        extension: str | None = None,
        call: str | None = None,
        argument: str | None = None,
        supervisor: str | None = None,
        reason: str | None = None,
        follow: bool = False,
        group: str | None = None,
    ) -> Answer:
        """Ask for something: of an operator (``extension``) or of a call (``call``), exactly one of the two.

        ``supervisor``: on whose authority, with a ``reason``; see `ctl.runtime.requests.Wish`.
        """
        wish = {
            "do": str(do),
            "by": by,
            "extension": extension,
            "call": call,
            "argument": argument,
            "supervisor": supervisor,
            "reason": reason,
            "follow": follow or None,
            "group": group,
        }
        return _answer(await self._ask({"command": {name: value for name, value in wish.items() if value is not None}}))

    async def centre(self, do: str, *, by: str, **wish: object) -> Answer:
        """Ask for something for the whole centre (`ctl.runtime.wishes`); what is None is left out."""
        given = {name: value for name, value in wish.items() if value is not None}
        return _answer(await self._ask({"centre": {"do": do, "by": by, **given}}))

    async def report(
        self, source: str, standing: Sequence[AlarmFound], happened: Sequence[AlarmFound], for_s: int
    ) -> None:
        """Tell what ``source`` finds now, for ``for_s`` seconds, and what has happened (`ctl.runtime.reports`)."""
        report = {"source": source, "for_s": for_s, "standing": _found(standing), "happened": _found(happened)}
        await self._ask({"report": report})

    async def watch(self) -> AsyncGenerator[Mapping[str, object], None]:
        """A snapshot, then numbered changes, until the connection ends (`SwitchboardAway`) or the caller stops."""
        async with self._connection() as (reader, writer):
            writer.write(b'{"watch": true}\n')
            while line := await reader.readline():
                yield _refuse_or(json.loads(line))
        raise SwitchboardAway("the switchboard closed the connection: it stopped or is being restarted")

    async def _ask(self, request: Mapping[str, object], deadline_s: float | None = None) -> Mapping[str, object]:
        within_s = deadline_s or self._deadline_s
        try:
            async with asyncio.timeout(within_s), self._connection() as (reader, writer):
                writer.write(json.dumps(request).encode() + b"\n")
                line = await reader.readline()
        except TimeoutError:
            raise SwitchboardAway(
                f"the switchboard did not answer within {within_s:g} s: see `ctl status` and its log"
            ) from None
        except ConnectionError as error:
            raise SwitchboardAway(f"the switchboard ended the connection ({error}): see `ctl status`") from None
        if not line:
            raise SwitchboardAway("the switchboard closed the connection without an answer: see `ctl status`")
        return _refuse_or(json.loads(line))

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        try:
            async with asyncio.timeout(self._deadline_s):
                reader, writer = await asyncio.open_unix_connection(self._path, limit=LONGEST_LINE)
        except (FileNotFoundError, ConnectionRefusedError):
            raise SwitchboardAway(
                f"no switchboard answers at {self._path}: start the centre with `ctl up`, or set CTL_HOME to one that runs"
            ) from None
        except PermissionError:
            raise SwitchboardAway(f"{self._path} may not be opened: run as the user who runs the centre") from None
        except OSError as error:
            raise SwitchboardAway(f"{self._path}: {error or 'no answer'}; see `ctl status`") from None
        try:
            yield reader, writer
        finally:
            writer.close()


def _answer(document: Mapping[str, object]) -> Answer:
    return Answer(bool(document.get("ok")), str(document.get("message", "")))


def _found(findings: Sequence[AlarmFound]) -> list[dict[str, object]]:
    return [{"kind": one.kind, "about": one.about, "what": one.what} for one in findings]


def _refuse_or(document: Mapping[str, object]) -> Mapping[str, object]:
    """The document, unless it says that the request itself was bad."""
    if document.get("refused"):
        raise SwitchboardRefused(str(document.get("message", "")))
    return document
