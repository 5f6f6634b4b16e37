"""What the product tells of an attack: an alarm that did not stand before, its row in the records, and a line in the log of
the switchboard or the audit trail."""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ctl.lab.pulse import TooLateError, eventually
from tests.proving.place import Place
from tests.proving.report import Case

WITHIN_S = 20.0
"""The PBX's log is read every two seconds, the alarm is on the floor at once, its row shipped within seconds."""
AUDIT_WITHIN_S = 120.0
"""What comes again and again is told in the audit trail when its minute is over; the worker reads that within seconds."""
_LOG = ("log", "switchboard.log")


@dataclass(frozen=True, slots=True)
class Sign:
    """``alarm``: its name, with the address or telephone that it is about. ``line``: a regular expression."""

    alarm: str
    line: str
    audited: bool = False
    """The line stands in the audit trail, which is asked as JSON, one entry a line."""


def refused(address: str, line: str = "") -> Sign:
    """Asterisk refused this address again and again at the telephones' door. ``line``: more of what the log says."""
    return Sign(
        f"telephone_attack:{address}", line or rf"ami_security .*service=PJSIP .*from=IPV4/\w+/{re.escape(address)}/"
    )


def missing(
    signs: Sequence[Sign], alarms: Mapping[str, str], rows: Sequence[Mapping[str, Any]], said: str
) -> list[str]:
    """What of these is not there. ``alarms``: those that stand, by name, with since when; ``rows``: of the records."""
    kept = {(_name(row), row["raised_at"]) for row in rows}
    lacking = []
    for sign in signs:
        if sign.alarm not in alarms:
            lacking.append(f"no alarm {sign.alarm}")
        elif (sign.alarm, alarms[sign.alarm]) not in kept:
            lacking.append(f"no row of the alarm {sign.alarm}")
        if not re.search(sign.line, said):
            lacking.append(f"no line {sign.line}")
    return lacking


def _name(row: Mapping[str, Any]) -> str:
    return f"{row['kind']}:{row['about']}" if row["about"] else str(row["kind"])


class Watch:
    """Made by `begun` before an attack: whatever stood by then has been seen, and went out, so what stands is new."""

    def __init__(self, place: Place, read: int) -> None:
        self._place = place
        self._read = read

    @classmethod
    async def begun(cls, place: Place) -> "Watch":
        for alarm in (await place.centre.floor())["alarms"]:
            seen = await place.centre.client.command("alarm_seen", by="lab", argument=alarm["alarm"])
            assert seen.ok, seen.message
        path = place.centre.settings.under(*_LOG)
        return cls(place, (await asyncio.to_thread(path.stat)).st_size)

    async def case(self, attack: str, *signs: Sign) -> Case:
        """All of these are told."""
        lacking: list[str] = []

        async def told() -> bool:
            nonlocal lacking
            standing = await self._standing()
            # asking for the records starts a program: only when there is something to be found in them
            rows = await self._rows() if all(sign.alarm in standing for sign in signs) else []
            lacking = missing(signs, standing, rows, await self._said(signs) if rows else "")
            return not lacking

        with suppress(TooLateError):
            audited = any(sign.audited for sign in signs)
            await eventually(told, "the attack is told of", AUDIT_WITHIN_S if audited else WITHIN_S)
        return Case(
            f"told of {attack}",
            f"a line and a new alarm each, which is in the records: {', '.join(sign.alarm for sign in signs)}",
            "; ".join(lacking) or "so it is",
            not lacking,
        )

    async def _standing(self) -> dict[str, str]:
        return {alarm["alarm"]: alarm["since"] for alarm in (await self._place.centre.floor())["alarms"]}

    async def _rows(self) -> list[Mapping[str, Any]]:
        done = await self._place.centre.ctl("alarm", "history", "--since", "1d", "--json")
        assert done.status == 0, done.err
        return list(done.document)

    async def _said(self, signs: Sequence[Sign]) -> str:
        path = self._place.centre.settings.under(*_LOG)
        text = (await asyncio.to_thread(path.read_bytes))[self._read :].decode(errors="replace")
        if any(sign.audited for sign in signs):
            done = await self._place.centre.ctl("audit", "list", "--json")
            assert done.status == 0, done.err
            text += "\n".join(json.dumps(entry, ensure_ascii=False) for entry in done.document)
        return text
