"""`ctl mode` and `ctl announce` as they are typed, against a switchboard with the real core and the shipped files."""

import json
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ctl.cli import announce, mode
from ctl.cli.when import later
from ctl.config import load
from ctl.settings import SOURCE_ROOT
from ctl.switchboard import core
from ctl.switchboard.events import PlanAdopted
from ctl.switchboard.hours import JST
from tests.unit.cli.running import ctl
from tests.unit.runtime.board import Switchboard

COMMANDS = (mode, announce)
"""Imported so that the commands are there."""
WHO = ("--requested-by", "区民相談課", "--approved-by", "統括SV", "--reason", "台風")


@pytest.fixture
async def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Switchboard]:
    flows = Path(shutil.copytree(SOURCE_ROOT / "ivr_flows", tmp_path / "ivr_flows"))
    monkeypatch.setenv("CTL_HOME", str(tmp_path))
    monkeypatch.setenv("CTL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CTL_FLOWS", str(flows))
    board = Switchboard(tmp_path, core.step, core.next_due)
    board.engine.deliver(PlanAdopted(load(flows).plan))
    async with board.live.listening(board.settings.command_socket):
        yield board


async def test_switching_says_what_is_in_force_and_back_again(board: Switchboard) -> None:
    done = await ctl("mode", "switch", "emergency", *WHO, "--until", "2h")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "in force: emergency (緊急体制)" in done.stdout
    assert "requested by 区民相談課, approved by 統括SV: 台風" in done.stdout
    shown = json.loads((await ctl("mode", "show", "--json")).stdout)
    lasts = datetime.fromisoformat(shown["switch"]["until"]) - datetime.fromisoformat(shown["switch"]["since"])
    assert abs(lasts - timedelta(hours=2)) < timedelta(seconds=10)
    assert "* emergency" in (await ctl("mode", "list")).stdout
    assert (await ctl("mode", "back", *WHO)).exit_code == 0
    assert "in force: normal" in (await ctl("mode", "show")).stdout
    assert (await ctl("mode", "back", *WHO)).exit_code == 1


async def test_a_planned_switch_is_shown_and_called_off_by_its_name(board: Switchboard) -> None:
    done = await ctl("mode", "switch", "busy", *WHO, "--from", "1h", "--until", "3h")
    assert "in force: normal" in done.stdout
    assert "planned:  busy (混雑)" in done.stdout
    (planned,) = json.loads((await ctl("mode", "show", "--json")).stdout)["planned"]
    assert (await ctl("mode", "back", *WHO, "--planned", planned["switch"])).exit_code == 0
    assert json.loads((await ctl("mode", "show", "--json")).stdout)["planned"] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("switch", "emergensy", *WHO), "allowed: busy, disaster, emergency, site-down"),
        (("switch", "site-down", *WHO), "who in the ward permitted it"),
        (("switch", "site-down", *WHO, "--permitted-by", "課長"), "--permitted-until"),
        (("switch", "busy", *WHO, "--until", "soon"), "--until: 'soon' is not a time; allowed"),
        (("switch", "busy", *WHO, "--from", "2h", "--until", "1h"), "not after the beginning"),
        (("preview", "emergensy"), "did you mean 'emergency'?"),
        (("preview", "--number", "0312345678"), "none of our numbers"),
        (("preview", "--keys", "x"), "nothing that a caller can do"),
    ],
)
async def test_bad_input_says_what_is_allowed_and_switches_nothing(
    board: Switchboard, arguments: tuple[str, ...], said: str
) -> None:
    done = await ctl("mode", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    assert board.engine.floor.conditions.switches == ()


async def test_degraded_operation_tells_the_wards_permission_and_when_it_has_run_out(board: Switchboard) -> None:
    leave = ("--permitted-by", "区民相談課長", "--permitted-at", "1h", "--permitted-until", "6h")
    assert (await ctl("mode", "switch", "site-down", *WHO, *leave)).exit_code == 0
    shown = await ctl("mode", "show")
    assert "permitted by 区民相談課長 until" in shown.stdout
    assert shown.stderr == ""


async def test_preview_tells_in_japanese_what_a_caller_would_hear_and_where_he_would_go(board: Switchboard) -> None:
    at = ("--at", "2026-11-24T22:00", "--number", "03-3981-1111", "--keys", "1")
    usual = (await ctl("mode", "preview", "normal", *at)).stdout
    assert "運用モード「平常」、03-3981-1111（代表電話）、2026-11-24（火）22:00" in usual
    assert "行き先：案内のあと、こちらから切れる" in usual
    emergency = (await ctl("mode", "preview", "emergency", *at)).stdout
    assert "聞こえる：「豊島区役所コールセンターです。ただいま、緊急の体制で、ご案内しております。」" in emergency
    assert "区民：〔1〕を押す" in emergency
    assert "行き先：待ち行列「総合案内」で待つ（用件：その他）" in emergency
    assert "人のオペレーターが受けられる（優先度1）" in emergency
    assert (
        "20秒後から30秒ごとに聞こえる（数はそのときのもの、時間は分かるときだけ）："
        "「ただいま、1番目で、お待ちいただいています。待ち時間は、およそ1分です。」"
    ) in emergency
    assert "20秒後から30秒ごとに聞こえる（順に一つずつ）：「お手続きやごみの分別は" in emergency
    assert "混み合うとき一度だけ聞こえる：「ただいま、お電話が大変混み合っております。" in emergency
    down = (await ctl("mode", "preview", "site-down", *at)).stdout
    assert "別拠点「予備拠点」へ転送：03-0000-0901、03-0000-0902" in down
    assert board.engine.floor.conditions.switches == ()


async def test_preview_without_a_name_is_about_now(board: Switchboard) -> None:
    await ctl("mode", "switch", "busy", *WHO)
    await ctl("announce", "say", "台風のため、窓口を閉めています。", "--numbers", "03-3981-1111")
    told = (await ctl("mode", "preview", "--number", "0339811111")).stdout
    assert "運用モード「混雑」" in told
    assert "臨時のお知らせ：「台風のため、窓口を閉めています。」" in told


async def test_a_short_message_is_spoken_placed_told_and_stopped(board: Switchboard) -> None:
    said = await ctl("announce", "say", "台風のため、窓口を閉めています。", "--until", "18:00")
    assert (said.exit_code, said.stderr) == (0, "")
    assert "タイフー" in said.stdout
    (notice,) = board.engine.floor.conditions.notices
    sound = board.settings.prompts_path / f"{notice.media.rpartition('/')[2]}.wav"
    assert sound.stat().st_size > 8000 * 2, "more than a second of speech"
    assert notice.text in (await ctl("announce", "list")).stdout
    assert (await ctl("announce", "stop", notice.id)).exit_code == 0
    assert "no message" in (await ctl("announce", "list")).stdout
    assert (await ctl("announce", "stop")).exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("　",), "1 to 200 are allowed"),
        (("あ" * 201,), "1 to 200 are allowed"),
        (("。。。",), "nothing that can be spoken"),
        (("台風です。", "--numbers", "0312345678"), "none of our numbers"),
        (("台風です。", "--numbers", "12"), "centre.announce.numbers"),
        (("台風です。", "--until", "2020-01-01T00:00"), "--until"),
    ],
)
async def test_a_message_that_cannot_be_said_is_refused(
    board: Switchboard, arguments: tuple[str, ...], said: str
) -> None:
    done = await ctl("announce", "say", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    assert board.engine.floor.conditions.notices == ()


def test_a_time_of_day_is_the_next_one() -> None:
    noon = datetime(2026, 11, 24, 12, 0, tzinfo=JST).astimezone(UTC)
    assert later("18:30", noon) == datetime(2026, 11, 24, 18, 30, tzinfo=JST)
    assert later("9:00", noon) == datetime(2026, 11, 25, 9, 0, tzinfo=JST)
    assert later("90m", noon) == noon + timedelta(minutes=90)
    assert later("2026-11-24T13:00", noon) == datetime(2026, 11, 24, 13, 0, tzinfo=JST)
