"""The proof that an attack has broken nothing: citizens are served, nothing was started again, nothing is left over."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ctl.lab import fallback, processes, scenes
from ctl.lab.pulse import TooLateError, eventually
from ctl.settings import Settings
from tests.proving.place import Place
from tests.proving.report import Case

PARTS = ("asterisk", "switchboard", "web")
GONE_WITHIN_S = 70
"""Whoever calls and never says ACK is given up by SIP itself after 32 s (64 · T1), then the closing message ends."""
MORE_DESCRIPTORS, MORE_THREADS = 40, 60
"""What may be held longer than an attack lasts: closed TCP connections for a while, Asterisk's pool of threads."""


@dataclass(frozen=True)
class Vitals:
    """What must not change: who runs, and what it holds."""

    pids: Mapping[str, list[int]]
    descriptors: Mapping[str, int]
    threads: Mapping[str, int]

    @classmethod
    def of(cls, settings: Settings) -> "Vitals":
        pids = {part: processes.of(settings, part) for part in PARTS}
        held = {
            what: {part: sum(len(list(Path(f"/proc/{pid}/{what}").iterdir())) for pid in pids[part]) for part in PARTS}
            for what in ("fd", "task")
        }
        return cls(pids, held["fd"], held["task"])


async def channels(settings: Settings) -> int:
    """How many channels the PBX has."""
    async with fallback.probe(settings) as ami:
        return sum(row.event == "CoreShowChannel" for row in await ami.ask("CoreShowChannels", many=True))


def secrets_in(settings: Settings, texts: Iterable[bytes]) -> list[str]:
    """The names of the centre's passwords that stand in what was heard, or in any log."""
    passwords = json.loads(settings.under("secrets.json").read_text())
    logs = [*settings.under("log").rglob("*"), *settings.under("asterisk", "log").rglob("*")]
    everything = b"\n".join([*texts, *(path.read_bytes() for path in logs if path.is_file())])
    return [name for name, password in passwords.items() if password.encode() in everything]


class Life:
    """Taken before the first attack; `proof` after each."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._before = Vitals.of(place.centre.settings)

    async def proof(self, after: str, heard: Iterable[bytes] = ()) -> Case:
        """Nothing is left over, a citizen and an operator hear each other, the same processes run, no secret is out."""
        settings, amiss = self._place.centre.settings, []
        try:
            await eventually(self._no_channel, "no channel is left", GONE_WITHIN_S)
            await self._place.sweep()
            citizen, phone = await scenes.talking(self._place.centre, self._place.town)
            assert await citizen.hears(phone)
            assert await phone.hears(citizen)
            await self._place.sweep()
        except (TooLateError, AssertionError) as late:
            amiss.append(str(late).splitlines()[0] if str(late) else "somebody is not heard")
        now = Vitals.of(settings)
        if now.pids != self._before.pids:
            amiss.append(f"started again: {self._before.pids} → {now.pids}")
        for what, before, after_it, more in (
            ("descriptors", self._before.descriptors, now.descriptors, MORE_DESCRIPTORS),
            ("threads", self._before.threads, now.threads, MORE_THREADS),
        ):
            amiss += [
                f"{part}: {before[part]} → {after_it[part]} {what}"
                for part in PARTS
                if after_it[part] > before[part] + more
            ]
        if told := secrets_in(settings, heard):
            amiss.append(f"passwords told: {', '.join(told)}")
        held = ", ".join(f"{part} {now.descriptors[part]} files, {now.threads[part]} threads" for part in PARTS)
        return Case(
            f"alive after {after}",
            "served, same processes, no channel left, nothing held, nothing secret told",
            "; ".join(amiss) or f"so it is ({held})",
            not amiss,
        )

    async def _no_channel(self) -> bool:
        return await channels(self._place.centre.settings) == 0
