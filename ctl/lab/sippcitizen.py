"""A citizen played by SIPp: another maker's SIP stack at the carrier's address."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from ctl.lab.g711 import to_ulaw
from ctl.lab.tap import Address
from ctl.lab.tones import tone

SCENARIO = Path(__file__).parent / "sipp" / "citizen.xml"
SIP_PORT, RTP_PORT = 5070, 33000
NUMBER = "09099990000"


class SippCitizen:
    """Made by `calling`. Presses 1 in the menu."""

    def __init__(self, voice: int, ear: Address, process: asyncio.subprocess.Process) -> None:
        self.name = "citizen of SIPp"
        self.caller = NUMBER
        self.voice = voice
        self.ear = ear
        self._process = process

    @classmethod
    @asynccontextmanager
    async def calling(
        cls, carrier: str, centre: str, number: str, voice: int, home: Path
    ) -> AsyncIterator["SippCitizen"]:
        sound = home / "voice.ulaw"
        sound.write_bytes(to_ulaw(tone(voice, 10)))
        scenario = home / "citizen.xml"
        scenario.write_text(SCENARIO.read_text(encoding="utf-8").replace("VOICE", str(sound)), encoding="utf-8")
        keys = ["-key", "caller", NUMBER]
        ends = ["-i", carrier, "-p", str(SIP_PORT), "-mi", carrier, "-mp", str(RTP_PORT)]
        once = ["-m", "1", "-l", "1", "-nostdin", "-timeout", "90s", "-timeout_error"]
        with (home / "sipp.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                "sipp",
                centre,
                "-sf",
                str(scenario),
                "-s",
                number,
                *keys,
                *ends,
                *once,
                cwd=home,
                stdout=log,
                stderr=log,
            )
        try:
            yield cls(voice, (carrier, RTP_PORT), process)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def ended(self) -> int:
        """Wait for the end of the call. 0: everything went as the scenario says."""
        return await self._process.wait()
