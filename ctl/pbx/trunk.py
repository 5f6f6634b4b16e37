"""The line to the carrier: whether he has us in his register, where we register, and whether he answers at all.

Asterisk is asked every few seconds, and at once when it tells of the registration. Asking is the rule here because no
event tells all: one that was taken away by a deploy says nothing, and why it is refused is said in Asterisk's log only.

That he answers is asked by OPTIONS, at an endpoint of its own (`ctl.pbx.names.TRUNK_ASKED`) that nothing dials: Asterisk
does not dial where OPTIONS are not answered, and a carrier who does not know them must not cost anybody a call.
"""

import asyncio
import logging
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ctl.pbx.ami import Ami, AmiAway, AmiRefused
from ctl.pbx.names import TRUNK, TRUNK_ASKED
from ctl.pbx.notices import notice

log = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0
REGISTERED = "Registered"
ANSWERS: Mapping[str, bool] = {"Reachable": True, "Unreachable": False}
"""What Asterisk says of one who was asked; anything else: it has not asked yet."""
TAIL = 1 << 16
"""Bytes of the log's end in which the reason is looked for."""
_FAILED = re.compile(
    r".*?(?:(?P<silent>No response) received|'?(?P<status>[1-6]\d\d)'?(?: Forbidden)? (?:fatal response )?received)"
)
_REGISTRATION = "res_pjsip_outbound_registration.c"


class Trunk:
    """``log_path``: where Asterisk writes its warnings, as JSON.

    ``registered``: None where we do not register, or nothing is known. ``answers``: None where nobody asks, or nothing is known.
    """

    def __init__(self, ami: Ami, log_path: Path) -> None:
        self._ami = ami
        self._log = log_path
        self._news = asyncio.Event()
        self.registered: bool | None = None
        self.answers: bool | None = None
        self._why = ""

    @property
    def trouble(self) -> str | None:
        """What is wrong with the line, in a sentence; None while nothing is known to be."""
        wrong = []
        if self.registered is False:
            wrong.append(f"the carrier does not have us in his register, so no call comes to us{self._why}")
        if self.answers is False:
            wrong.append("the carrier does not answer (OPTIONS): the line, or he himself, is away")
        elif self.answers and wrong:
            wrong.append("he does answer OPTIONS")
        return "; ".join(wrong) or None

    def figures(self) -> Mapping[str, bool]:
        """Of `registered` and `answers` what is known."""
        known = {"registered": self.registered, "answers": self.answers}
        return {name: value for name, value in known.items() if value is not None}

    def heard(self) -> None:
        """Asterisk tells of the registration, or is there again."""
        self._news.set()

    async def keep_looking(self) -> None:
        """Look until cancelled."""
        while True:
            self._news.clear()
            try:
                await self.look()
            except (AmiAway, AmiRefused):  # another alarm tells of that
                self.registered = self.answers = None
            except Exception:
                log.exception("nobody looks after the trunk at the moment")  # a fault of ours; calls go on
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._news.wait()

    async def look(self) -> None:
        """Look once. Raises `AmiAway` or `AmiRefused` when Asterisk does not say how it is."""
        registrations = await self._ami.ask("PJSIPShowRegistrationsOutbound", many=True)
        ours = [row["Status"] for row in registrations if row.get("ObjectName") == TRUNK and "Status" in row]
        registered = ours == [REGISTERED] if ours else None
        self._why = _why(self._log) if registered is False else ""
        answers = await self._is_there()
        if (registered, answers) != (self.registered, self.answers):
            self.registered, self.answers = registered, answers
            log.info("trunk registered=%s answers=%s%s", registered, answers, self._why)

    async def _is_there(self) -> bool | None:
        try:
            rows = await self._ami.ask("PJSIPShowEndpoint", {"Endpoint": TRUNK_ASKED}, many=True)
        except AmiRefused:  # he is not to be asked
            return None
        return next((ANSWERS.get(row["Status"]) for row in rows if row.event == "ContactStatusDetail"), None)


def _why(path: Path) -> str:
    """The last thing that Asterisk's log says of a registration that failed; empty where it says nothing."""
    try:
        with path.open("rb") as file:
            file.seek(-min(TAIL, file.seek(0, os.SEEK_END)), os.SEEK_END)
            lines = file.read().splitlines()
    except OSError:
        return ""
    said = (notice(line) for line in reversed(lines))
    texts = (one.text for one in said if one is not None and one.source == _REGISTRATION)
    failure = next(filter(None, map(_FAILED.match, texts)), None)
    if failure is None:
        return ""
    return f": he refuses it with {status}" if (status := failure["status"]) else ": he does not answer it"
