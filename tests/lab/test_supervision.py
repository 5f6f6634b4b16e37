"""Supervision (1.1.1): who hears whom, as a table of tones, in every phase of a call, in every way of supervising."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from ctl.lab import scenes
from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange
from ctl.lab.party import Party, Speaker
from ctl.lab.tones import MUSIC
from ctl.switchboard.plan import Department

SUPERVISOR = "2004"


@dataclass(frozen=True)
class Music:
    """What waiting citizens hear, as a voice."""

    name: str = "music"
    voice: int = MUSIC


@dataclass
class Scene:
    """The telephones of one call, by the letters of the table: citizen, operator, ward, supervisor, music."""

    parties: dict[str, Speaker]

    async def hear(self, phase: str, table: str) -> None:
        """``c:os``: the citizen hears operator and supervisor and nobody else; all of it at once."""
        wanted: Mapping[str, Sequence[str]] = dict(entry.split(":") for entry in table.split())
        heard = await asyncio.gather(*(self._hears(who, whom) for who, whom in wanted.items()))
        wrong = [f"{who}:{whom}" for (who, whom), right in zip(wanted.items(), heard, strict=True) if not right]
        now = {name: party.heard_now() for name, party in self.parties.items() if isinstance(party, Party)}
        voices = {name: party.voice for name, party in self.parties.items()}
        assert not wrong, f"{phase}: not so: {wrong}; heard: {now}; voices: {voices}"

    async def _hears(self, who: str, whom: Sequence[str]) -> bool:
        party = self.parties[who]
        assert isinstance(party, Party)
        if not whom:
            return await party.hears_nothing()
        return await party.hears(*(self.parties[name] for name in whom))


async def connected(
    centre: Centre, town: Exchange, kind: str, of: Party | str, *, follow: bool = False, extension: str = SUPERVISOR
) -> Party:
    """A supervisor is rung, answers, and is told what begins."""
    await centre.supervise(extension, kind, of, follow=follow)
    supervisor = await town.rings(town.phone(extension))
    await supervisor.answer()
    assert await supervisor.hears_speech()
    return supervisor


TABLE = {
    # kind, follow: talking; held; consulting; handed off
    ("listen", False): ("s:co o:c c:o", "s:o o: c:m", "s:ow o:w w:o c:m", None),
    ("whisper", False): ("s:co o:cs c:o", "s:o o:s c:m", "s:ow o:ws w:o c:m", None),
    ("barge", False): ("s:co o:cs c:os", "s:o o:s c:m", "s:ow o:ws w:os c:m", None),
    ("listen", True): ("s:co o:c c:o", "s:cm o: c:m", "s:cm o:w w:o c:m", "s:cw c:w w:c"),
    ("whisper", True): ("s:co o:cs c:o", "s:o o:s c:m", "s:ow o:ws w:o c:m", "s:cw c:w w:c"),
    ("barge", True): ("s:co o:cs c:os", "s:cm o: c:m", "s:cm o:w w:o c:m", "s:cw c:ws w:cs"),
}
"""Who hears whom: c citizen, o operator, w ward, s supervisor, m music."""


@pytest.mark.parametrize(("kind", "follow"), TABLE, ids=[f"{kind}{'-follow' * follow}" for kind, follow in TABLE])
async def test_who_hears_whom(centre: Centre, town: Exchange, department: Department, kind: str, follow: bool) -> None:
    talking, held, consulting, handed_off = TABLE[kind, follow]
    citizen, phone = await scenes.talking(centre, town)
    supervisor = await connected(centre, town, kind, citizen, follow=follow)
    scene = Scene({"c": citizen, "o": phone, "s": supervisor, "m": Music()})
    await scene.hear("talking", talking)
    await centre.do(citizen, "hold")
    await scene.hear("held", held)
    await centre.do(citizen, "resume")
    await scene.hear("talking again", talking)
    number = department.numbers[0]
    town.line(number).lets_it_ring()
    await centre.do(citizen, "consult", department.code)
    ward = scene.parties["w"] = await town.rings(town.line(number))
    await ward.answer()
    await centre.phase(citizen, "consulting")
    await scene.hear("consulting", consulting)
    await centre.do(citizen, "complete")
    await phone.is_gone()
    if handed_off is None:
        await supervisor.is_gone()
        await scene.hear("handed off", "c:w w:c")
    else:
        await scene.hear("handed off", handed_off)
        await citizen.hang_up()
        await supervisor.is_gone()
