"""Has Asterisk record legs that we made. Beside the calls: whoever talks never waits for it.

By AMI's `MixMonitor`, since ARI's own recording fails on a leg that was created and dialled (asterisk#2044), and a
snooping channel would die with us. Once begun it needs nobody: Asterisk ends it with the leg.
"""

import asyncio
import logging

from ctl.pbx.ami import Ami, AmiAway, AmiRefused
from ctl.pbx.lanes import Lanes
from ctl.pbx.names import RECORDED, RECORDINGS
from ctl.switchboard.effects import StartRecording, StopRecording

log = logging.getLogger(__name__)

Recording = StartRecording | StopRecording

RETRY_S = 1.0
"""Between two tries while AMI is away. A leg that is gone meanwhile ends the trying: Asterisk refuses it."""


class Recorder:
    """Starts and stops recordings, in order per leg, for as long as it takes to be told yes or no."""

    def __init__(self, ami: Ami, retry_s: float = RETRY_S) -> None:
        self._ami = ami
        self._retry_s = retry_s
        self.lanes: Lanes[Recording] = Lanes(self._carry_out)
        self.lanes.open()

    def put(self, wanted: Recording) -> None:
        """Returns at once."""
        self.lanes.put(wanted.leg, wanted)

    async def _carry_out(self, wanted: Recording) -> None:
        while True:
            try:
                await self._ask(wanted)
                return
            except AmiRefused as refused:
                log.info("recording_refused leg=%s wanted=%s answer=%s", wanted.leg, type(wanted).__name__, refused)
                return
            except AmiAway as away:
                log.warning("recording_waits leg=%s wanted=%s error=%s", wanted.leg, type(wanted).__name__, away)
            await asyncio.sleep(self._retry_s)

    async def _ask(self, wanted: Recording) -> None:
        match wanted:
            case StartRecording(leg):
                # Before the request, because a second one would begin the files anew and lose what they hold.
                (answer,) = await self._ami.ask("Getvar", {"Channel": leg, "Variable": RECORDED})
                if not answer.value:
                    await self._ami.ask("MixMonitor", {"Channel": leg, "Options": options(wanted)})
            case StopRecording(leg):
                await self._ami.ask("StopMixMonitor", {"Channel": leg})


def options(wanted: StartRecording) -> str:
    """``b``: only what the leg says and hears in a bridge. ``i``: the leg remembers that it is recorded."""
    leg, bridged = wanted.leg, "" if wanted.whole else "b"
    return f"{bridged}r({RECORDINGS}/{leg}-rx.wav)t({RECORDINGS}/{leg}-tx.wav)i({RECORDED})"
