"""One party of a call: somebody with a telephone at the ear, seen from the town's side."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ctl.lab.driver import Driver, LabError
from ctl.lab.pulse import Pulse
from ctl.lab.tap import Address, Line, Tap
from ctl.lab.tones import HEARD_FROM, MUSIC, RINGING, Heard, amplitude

LISTEN_S = 0.3
"""How long the ear listens before it judges: long enough to tell neighbouring tones apart."""

BUSY, NO_ANSWER, DECLINED, NORMAL, CONGESTED = 17, 19, 21, 16, 34
"""Q.850 causes; Asterisk says them in SIP as 486, 480, 603, BYE or 603, and 503."""


@dataclass(frozen=True)
class Ground:
    """What every party stands on."""

    driver: Driver
    tap: Tap
    pulse: Pulse


class Speaker(Protocol):
    """Anybody whose voice can be recognised: also telephones that are not the town's."""

    @property
    def name(self) -> str: ...
    @property
    def voice(self) -> int: ...


@dataclass(eq=False)
class Party:
    """A telephone in one call. Speaks with its own ``voice`` (Hz) as long as the call is answered."""

    ground: Ground
    id: str
    name: str
    voice: int
    host: str
    """The address at which this party's telephone receives sound."""
    called: str = ""
    caller: str = ""
    """The number that was shown to this party."""
    up: bool = False
    """Answered, speaking, and its ear on the wire."""
    cause: int | None = None
    """Why the call ended (Q.850), None while it lasts."""
    far_hold: bool = False
    ear: Address | None = None
    line: Line | None = None

    def __str__(self) -> str:
        state = f"gone ({self.cause})" if self.cause is not None else "up" if self.up else "not answered"
        return f"{self.name} [{self.voice} Hz, {state}]"

    # --- doing --------------------------------------------------------------------------------------------------------

    async def answer(self) -> None:
        """Pick up. A caller who ends the call in the same moment comes first: then there is nothing to answer."""
        try:
            await self._ask("POST", "answer")
            await self.begin()
        except LabError:  # Asterisk has no status of its own for a channel that is just being hung up
            await self.is_gone()

    async def decline(self, cause: int = BUSY) -> None:
        """Refuse the call, or hang it up with a certain cause."""
        await self.ground.driver.request("DELETE", f"/channels/{self.id}", {"reason_code": str(cause)})

    async def hang_up(self) -> None:
        """Does not wait until the centre has noticed: see `is_gone`."""
        await self.ground.driver.request("DELETE", f"/channels/{self.id}")

    async def press(self, keys: str) -> None:
        """Key digits on the telephone, one after the other, as RFC 4733 events."""
        await self._ask("POST", "dtmf", dtmf=keys, between="60", duration="100")

    async def hold(self) -> None:
        """Press the hold key of the telephone itself (re-INVITE ``sendonly``)."""
        await self._ask("POST", "hold")

    async def resume(self) -> None:
        await self._ask("DELETE", "hold")

    async def begin(self) -> None:
        """Put the ear on the wire and start to speak. Called once the call is answered."""
        answer = await self.ground.driver.request(
            "GET", f"/channels/{self.id}/variable", {"variable": "CHANNEL(rtp,src)"}
        )
        if answer is None:
            return  # hung up in the same moment
        self.ear = (self.host, int(answer["value"].rsplit(":", 1)[1]))
        self.line = self.ground.tap.line(self.ear)
        await self._ask("POST", "moh", mohClass=str(self.voice))
        self.up = True
        self.ground.pulse.beat()

    def ended(self, cause: int) -> None:
        """The call is over. What was heard last stays readable, the ear comes off the wire."""
        if self.cause is None:
            self.cause = cause
            self.up = False
            if self.ear is not None:
                self.ground.tap.forget(self.ear)
            self.ground.pulse.beat()

    async def _ask(self, verb: str, what: str, **query: str) -> None:
        await self.ground.driver.request(verb, f"/channels/{self.id}/{what}", query)

    # --- noticing -----------------------------------------------------------------------------------------------------

    async def is_up(self, within_s: float = 10.0) -> None:
        await self.ground.pulse.until(lambda: self.up, f"{self} is answered", within_s)

    async def is_gone(self, within_s: float = 10.0) -> int:
        """Wait for the end of the call; the Q.850 cause that the centre gave."""
        await self.ground.pulse.until(lambda: self.cause is not None, f"{self} is hung up", within_s)
        assert self.cause is not None
        return self.cause

    @property
    def keys_heard(self) -> str:
        """Keys of others that came through to this party's ear."""
        return "".join(self.line.keys) if self.line else ""

    async def hears(self, *others: Speaker, within_s: float = 10.0) -> bool:
        """Hears exactly these parties and nobody else, for a whole listening window from now on."""
        voices = frozenset(other.voice for other in others)
        names = " and ".join(other.name for other in others)
        return await self._listens(lambda heard: heard.tones == voices and not heard.other, names, within_s)

    async def hears_music(self, within_s: float = 10.0) -> bool:
        return await self._listens(lambda heard: heard.tones == {MUSIC}, "music alone", within_s)

    async def hears_music_of_any_kind(self, within_s: float = 10.0) -> bool:
        """Whatever the centre plays to those who wait; none of the town's voices alone."""
        return await self._listens(lambda heard: heard.other or heard.tones == {MUSIC}, "music", within_s)

    async def hears_speech(self, within_s: float = 10.0) -> bool:
        """A spoken prompt, and nobody of the town."""
        return await self._listens(lambda heard: heard.other and not heard.tones & {MUSIC}, "a prompt", within_s)

    async def hears_ringing(self, within_s: float = 10.0) -> bool:
        return await self._listens(lambda heard: heard.tones == {RINGING}, "a ringing tone", within_s)

    async def hears_nothing(self, within_s: float = 10.0) -> bool:
        return await self._listens(lambda heard: heard.silent, "nothing", within_s)

    @property
    def gaps(self) -> int:
        """How often a packet did not follow on the one before since the ear was put on the wire, or `attend`."""
        return self.line.gaps if self.line else 0

    def attend(self) -> None:
        """Forget what was heard until now: what follows is to be judged by itself."""
        assert self.line is not None
        self.line.packets.clear()
        self.line.gaps = 0

    def undisturbed(self) -> bool:
        """The last seconds sounded alike throughout: every packet repeats the first, and none was missing.

        Voices close on themselves within a packet, so a click, a gap or another voice makes one that differs.
        """
        assert self.line is not None
        first, *others = (samples for _, samples in self.line.packets)
        return bool(others) and all((samples == first).all() for samples in others)

    def first_heard(self, other: Speaker) -> float:
        """When the first sound of somebody arrived, of what was heard in the last seconds (time of the event loop)."""
        assert self.line is not None
        return next(at for at, samples in self.line.packets if amplitude(samples, other.voice) >= HEARD_FROM)

    def heard_now(self) -> Heard | None:
        """What was heard in the last listening window, or None without an ear."""
        return self.ground.tap.heard(self.ear, 0.0, LISTEN_S) if self.ear else None

    async def _listens(self, fits: Callable[[Heard], bool], what: str, within_s: float) -> bool:
        since = asyncio.get_running_loop().time()

        def look() -> bool:
            if self.ear is None or self.cause is not None:
                return False
            heard = self.ground.tap.heard(self.ear, since, LISTEN_S)
            return heard is not None and fits(heard)

        return await self.ground.pulse.until(look, f"{self} hears {what}", within_s)
