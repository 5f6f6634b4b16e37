"""Supervision (1.1.1): who hears whom, as a table of tones, in every phase of a call, in every way of supervising."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from ctl.lab import scenes, webuser
from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange
from ctl.lab.party import Party, Speaker
from ctl.lab.tones import MUSIC
from ctl.switchboard.plan import Department, Plan

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


# --- nobody notices ---------------------------------------------------------------------------------------------------


async def test_those_who_talk_hear_no_click_and_no_gap(centre: Centre, town: Exchange) -> None:
    """Every packet of sound that reaches the two repeats the one before, while a supervisor comes, changes and goes."""
    citizen, phone = await scenes.talking(centre, town)
    assert await citizen.hears(phone)
    assert await phone.hears(citizen)
    citizen.attend()
    phone.attend()
    supervisor = await connected(centre, town, "listen", citizen)
    assert await supervisor.hears(citizen, phone)
    assert citizen.undisturbed()
    assert phone.undisturbed()
    await centre.supervise(SUPERVISOR, "whisper", citizen)
    assert await phone.hears(citizen, supervisor)
    assert citizen.undisturbed()
    await centre.supervise(SUPERVISOR, "listen", citizen)
    assert await phone.hears(citizen)
    assert citizen.undisturbed()
    await supervisor.hang_up()
    await supervisor.is_gone()
    assert citizen.undisturbed()
    assert citizen.gaps == phone.gaps == 0


# --- changing over, and several at once -------------------------------------------------------------------------------


async def test_supervisor_changes_over_by_keys_on_the_same_line(centre: Centre, town: Exchange, plan: Plan) -> None:
    codes = plan.features
    citizen, phone = await scenes.talking(centre, town)
    supervisor = await town.phone_dials(SUPERVISOR, f"{codes.listen}2001")
    assert await supervisor.hears_speech()
    scene = Scene({"c": citizen, "o": phone, "s": supervisor})
    await scene.hear("listening", "s:co o:c c:o")
    await supervisor.press(codes.whisper)
    assert await supervisor.hears_speech()
    await scene.hear("whispering", "s:co o:cs c:o")
    await supervisor.press(codes.barge)
    await scene.hear("barging", "s:co o:cs c:os")
    await supervisor.press(codes.listen)
    await scene.hear("listening again", "s:co o:c c:o")
    assert citizen.keys_heard == phone.keys_heard == ""
    await supervisor.press(codes.take_over)
    await phone.is_gone()
    await scene.hear("taken over", "s:c c:s")
    assert supervisor.cause is None, "one line from the first key to the last"


async def test_supervisor_listens_from_the_screen_with_the_telephone_on_the_desk(
    centre: Centre, town: Exchange
) -> None:
    citizen, phone = await scenes.talking(centre, town)
    call = (await centre.call_of(citizen))["id"]
    async with webuser.signed_in(centre, "supervisor", "--extension", SUPERVISOR) as browser:
        await webuser.adds_second_factor(browser)
        await webuser.acts(browser, do="listen", call=call, reason="研修のため")
        supervisor = await town.rings(town.phone(SUPERVISOR))
        await supervisor.answer()
        assert await supervisor.hears_speech()
        scene = Scene({"c": citizen, "o": phone, "s": supervisor})
        await scene.hear("listening", "s:co o:c c:o")
        await webuser.acts(browser, do="whisper", call=call, reason="研修のため")
        await scene.hear("whispering", "s:co o:cs c:o")
        await webuser.acts(browser, do="stop")
        await supervisor.is_gone()
        await scene.hear("alone again", "o:c c:o")
    told = await centre.ctl("call", call, "explain")
    assert "研修のため" in told.out


async def test_several_supervisors_each_in_their_own_way(centre: Centre, town: Exchange) -> None:
    citizen, phone = await scenes.talking(centre, town)
    scene = Scene({"c": citizen, "o": phone})
    scene.parties["s"] = await connected(centre, town, "listen", citizen)
    scene.parties["t"] = await connected(centre, town, "whisper", "2001", extension="2003")
    await scene.hear("both", "s:co t:co o:ct c:o")
    third = scene.parties["u"] = await connected(centre, town, "barge", citizen, follow=True, extension="2002")
    await scene.hear("all three", "o:ctu c:ou")
    await third.hang_up()
    await third.is_gone()
    await scene.hear("two again", "s:co t:co o:ct c:o")


# --- taking over ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("phase", ["talking", "held", "consulting"])
async def test_taking_over(centre: Centre, town: Exchange, department: Department, phase: str) -> None:
    number = department.numbers[0]
    if phase == "consulting":
        citizen, phone, ward = await scenes.consulting(centre, town, department.code, number)
    else:
        citizen, phone = await scenes.talking(centre, town)
    supervisor = await connected(centre, town, "listen", citizen)
    assert await supervisor.hears(phone, ward if phase == "consulting" else citizen)
    if phase == "held":
        await centre.do(citizen, "hold")
    await centre.supervise(SUPERVISOR, "take-over", citizen)
    await phone.is_gone()
    if phase == "consulting":
        assert await supervisor.hears(ward)
        assert await ward.hears(supervisor)
        assert await citizen.hears_music()
        await centre.do(citizen, "cancel")
    assert await supervisor.hears(citizen)
    assert await citizen.hears(supervisor)
    await centre.operator_is("2001", "wrap_up")
    assert (await centre.call_of(citizen))["operator"] == SUPERVISOR
    await citizen.hang_up()
    await supervisor.is_gone()
    await centre.operator_is(SUPERVISOR, "wrap_up")
    record = await centre.record_of(citizen)
    assert (record["operator"], record["outcome"]) == (SUPERVISOR, "answered")
    told = await centre.ctl("call", record["id"], "explain")
    assert "took the call over from 2001" in told.out
    assert ": lab" in told.out


# --- who hangs up -----------------------------------------------------------------------------------------------------


async def test_supervisor_who_hangs_up_leaves_the_two_as_they_were(centre: Centre, town: Exchange) -> None:
    citizen, phone = await scenes.talking(centre, town)
    supervisor = await connected(centre, town, "barge", citizen)
    assert await citizen.hears(phone, supervisor)
    await supervisor.hang_up()
    await supervisor.is_gone()
    assert await citizen.hears(phone)
    assert await phone.hears(citizen)
    await centre.operator_is(SUPERVISOR, "logged_out")


@pytest.mark.parametrize("who", ["operator", "citizen"])
async def test_whoever_of_the_two_hangs_up_the_supervision_of_the_call_ends(
    centre: Centre, town: Exchange, who: str
) -> None:
    citizen, phone = await scenes.talking(centre, town)
    supervisor = await connected(centre, town, "listen", citizen, follow=True)
    assert await supervisor.hears(citizen, phone)
    await (phone if who == "operator" else citizen).hang_up()
    await supervisor.is_gone()
    await centre.operator_is(SUPERVISOR, "logged_out")


async def test_supervision_of_an_operator_outlasts_the_call(centre: Centre, town: Exchange) -> None:
    citizen, phone = await scenes.talking(centre, town)
    supervisor = await connected(centre, town, "whisper", "2001")
    assert await phone.hears(citizen, supervisor)
    await citizen.hang_up()
    await phone.is_gone()
    assert await supervisor.hears_nothing()
    await centre.gets_ready("2001")
    second = await scenes.waiting(centre, town, "second citizen")
    again = await town.rings(town.phone("2001"))
    await again.answer()
    assert await supervisor.hears(second, again)
    assert await again.hears(second, supervisor)
    assert await second.hears(again)


# --- restarts ---------------------------------------------------------------------------------------------------------


async def test_supervision_survives_the_death_of_the_switchboard(centre: Centre, town: Exchange) -> None:
    citizen, phone = await scenes.talking(centre, town)
    supervisor = await connected(centre, town, "whisper", citizen)
    scene = Scene({"c": citizen, "o": phone, "s": supervisor})
    table = "s:co o:cs c:o"
    await scene.hear("before", table)
    centre.kill("switchboard")
    await scene.hear("while it is away", table)
    await centre.is_connected(True, within_s=30)
    await scene.hear("back", table)
    await centre.supervise(SUPERVISOR, "barge", citizen)
    await scene.hear("still obeying", "s:co o:cs c:os")
    await citizen.hang_up()
    await supervisor.is_gone()
