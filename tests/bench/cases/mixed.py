"""What a mixed bridge costs: the later bridges of a call are mixed (decision 015), the first is not."""

import asyncio
import time

from ctl.lab.pulse import eventually
from ctl.runtime.client import SwitchboardClient
from ctl.switchboard.events import Do
from tests.bench import usage
from tests.bench.figures import Row
from tests.bench.place import OURS, Place
from tests.bench.traffic import TONE, calls, telephones

FIRST = 3041
_LONGEST_S = 120


async def mixed(place: Place, window_s: float = 10, talking: int = 40) -> list[Row]:
    """The same calls twice: as they were answered, and after each was held and resumed."""
    host = f"{place.net}.43"
    client = SwitchboardClient(place.centre.settings)
    (place.folder / "tone.ul").write_bytes(TONE)
    operators = range(FIRST, FIRST + talking)
    async with telephones(place, "operator", host, operators, "-rtp_echo"), place.at_work(operators):
        talk = ("-d", str(_LONGEST_S * 1000), "-l", str(talking))
        driving = asyncio.create_task(
            calls(place, "caller_talks", [OURS] * talking, 10, *talk, within_s=_LONGEST_S + 30)
        )
        try:
            names = await _all_talk(client, talking)
            plain_ms = await _cost_ms(place, window_s) / talking
            for do in (Do.HOLD, Do.RESUME):
                for name in names:
                    answer = await client.command(do, by="bench", call=name)
                    assert answer.ok, answer.message
            assert await _all_talk(client, talking) == names
            mixed_ms = await _cost_ms(place, window_s) / talking
            for name in names:
                await client.command(Do.HANGUP, by="bench", call=name)
        finally:
            driving.cancel()
            await asyncio.gather(driving, return_exceptions=True)
    return [
        Row(
            f"Asterisk's processor time of a second of talk, {talking} talking",
            f"mixed bridge {mixed_ms:.2f} ms",
            f"simple bridge {plain_ms:.2f} ms",
            f"{mixed_ms / plain_ms:.2f}×",
            ratios={"second of talk in a mixed bridge": mixed_ms / plain_ms},
        )
    ]


async def _all_talk(client: SwitchboardClient, number: int) -> list[str]:
    """The calls, once all of them are conversations."""

    async def talking() -> list[str] | None:
        found = [call["id"] for call in (await client.floor())["calls"] if call["phase"] == "talking"]
        return sorted(found) if len(found) == number else None

    return await eventually(talking, f"{number} talk", 30)


async def _cost_ms(place: Place, window_s: float) -> float:
    """Of one second, recording included."""
    before, began = usage.sample(place.centre.settings), time.monotonic()
    await asyncio.sleep(window_s)
    used_s = usage.used_s(before, usage.sample(place.centre.settings))
    return used_s["asterisk"] / (time.monotonic() - began) * 1000
