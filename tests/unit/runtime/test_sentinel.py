"""The sentinel acts only when the control plane has been away for its grace, and stops when it is back."""

from ctl.runtime.rescue import Channel, Vigil
from ctl.runtime.sentinel import PbxAway, Sentinel

GRACE_MS = 8000
CALLER = Channel("PJSIP/carrier-1", "1.1", "from-trunk", "0339811111", "Stasis", "")
PHONE = Channel("PJSIP/2001-2", "1.1.l3", "from-operator", "", "AppDial2", "")


class Pbx:
    """Notes what is done; ``up`` False: does not answer."""

    def __init__(self, *channels: Channel) -> None:
        self.here = list(channels)
        self.done: list[tuple[str, ...]] = []
        self.up = True

    async def channels(self) -> list[Channel]:
        if not self.up:
            raise PbxAway("connection refused")
        return self.here

    async def redirect(self, channel: Channel, context: str, exten: str) -> None:
        self.done.append(("redirect", channel.name, context, exten))
        self.here.remove(channel)

    async def hang_up(self, channel: Channel) -> None:
        self.done.append(("hang_up", channel.name))
        self.here.remove(channel)


class Watched:
    """A control plane that serves or not, as the test says."""

    def __init__(self, *channels: Channel) -> None:
        self.serves = True
        self.pbx = Pbx(*channels)
        self.sentinel = Sentinel(self._asked, self.pbx, Vigil(GRACE_MS, GRACE_MS, 0))

    async def _asked(self) -> bool:
        return self.serves


async def test_nobody_is_touched_while_the_control_plane_serves() -> None:
    watched = Watched(CALLER)
    await watched.sentinel.look(1_000_000)
    assert watched.pbx.done == []
    assert watched.sentinel.report.control_plane == "serving"


async def test_nobody_is_touched_within_the_grace() -> None:
    watched = Watched(CALLER)
    await watched.sentinel.look(1000)
    watched.serves = False
    await watched.sentinel.look(1000 + GRACE_MS - 1)
    assert watched.pbx.done == []
    assert watched.sentinel.report.control_plane == "silent"


async def test_callers_are_sent_to_the_fallback_under_the_number_they_dialled() -> None:
    watched = Watched(CALLER, PHONE)
    watched.serves = False
    await watched.sentinel.look(GRACE_MS)
    assert watched.pbx.done == [
        ("redirect", CALLER.name, "fallback", "0339811111"),
        ("hang_up", PHONE.name),
    ]
    assert watched.sentinel.report.rescued == 1


async def test_who_is_stranded_later_is_rescued_later() -> None:
    watched = Watched()
    watched.serves = False
    await watched.sentinel.look(GRACE_MS)
    watched.pbx.here.append(CALLER)
    await watched.sentinel.look(GRACE_MS + 1000)
    assert watched.sentinel.report.rescued == 1


async def test_rescue_stops_when_the_control_plane_is_back() -> None:
    watched = Watched()
    watched.serves = False
    await watched.sentinel.look(GRACE_MS)
    watched.serves = True
    watched.pbx.here.append(CALLER)
    await watched.sentinel.look(GRACE_MS + 1000)
    assert watched.pbx.done == []


async def test_a_pbx_that_restarts_is_waited_for() -> None:
    watched = Watched(CALLER)
    watched.serves = False
    watched.pbx.up = False
    await watched.sentinel.look(GRACE_MS)
    assert watched.sentinel.report.pbx == "away"
    watched.pbx.up = True
    await watched.sentinel.look(GRACE_MS + 1000)
    assert (watched.sentinel.report.pbx, watched.sentinel.report.rescued) == ("reached", 1)
