"""Carries out the switchboard's effects as requests to Asterisk.

Order holds per call; calls do not wait for each other. Every name was chosen before the request, so what Asterisk
refuses is an outcome: a leg or playback that could not be is told as ended, something that is gone already is done.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from ctl.pbx.ari import DEADLINE_S, Ari, Away, Refused
from ctl.pbx.departures import look_after
from ctl.pbx.hands import Hands
from ctl.pbx.lanes import Lanes
from ctl.pbx.names import APPLICATION, MADE, MADE_CONTEXT, MADE_EXTENSION
from ctl.pbx.numbers import mask
from ctl.pbx.recorder import Recording
from ctl.pbx.translate import SNOOP
from ctl.switchboard.effects import (
    Answer,
    AskPhone,
    Connect,
    DialOutside,
    Disconnect,
    Effect,
    HangUp,
    Hush,
    MirrorConditions,
    MirrorToFallback,
    Overhear,
    Record,
    Reply,
    RingPhone,
    Say,
    StartMusic,
    StartRecording,
    StartSilence,
    StopMusic,
    StopRecording,
    StopSilence,
)
from ctl.switchboard.events import Cause, Event, PlaybackEnded
from ctl.switchboard.ids import BridgeId, LegId, Millis, PlaybackId
from ctl.switchboard.kinds import SupervisionKind

log = logging.getLogger(__name__)

WHISPERS = {
    SupervisionKind.LISTEN: "none",
    SupervisionKind.WHISPER: "out",
    SupervisionKind.BARGE: "both",
    SupervisionKind.TAKE_OVER: "none",
}
"""Asterisk's word for how far a voice carries: to the owner of the snooped channel (``out``), to the others, too."""

BRIDGE = "mixing,dtmf_events"
"""Without ``dtmf_events`` two G.711 legs are joined natively, and their keys never reach us."""
MIXED = f"{BRIDGE},video_sfu"
"""Asterisk's way of saying that sound is to be mixed also when there are only two: packets are not passed on, so their
numbers, which begin anew with every sender, cannot make what records and snoops take them for late (decision 015)."""

SHOWN = "CONNECTEDLINE(all,i)"
"""Asterisk's function for who the telephone says is calling; ``i``: nobody is to be told now, the call only begins."""

ANONYMOUS = "anonymous"
"""In the place of the number of a caller who shows none, as in the fallback: a telephone may take an empty one for a broken call."""

EXISTS = 409
"""What a bridge is answered with that was made before."""

Job = (
    Answer
    | Say
    | Hush
    | StartMusic
    | StopMusic
    | StartSilence
    | StopSilence
    | RingPhone
    | DialOutside
    | HangUp
    | Connect
    | Disconnect
    | Overhear
    | Recording
)


ByAmi = MirrorToFallback | MirrorConditions | AskPhone


class Executor:
    """``tell`` hears of outcomes; ``by_ami`` does what AMI does, ``record`` which legs to record."""

    def __init__(
        self,
        hands: Hands,
        tell: Callable[[Event], None],
        by_ami: Callable[[ByAmi], None],
        record: Callable[[Recording], None],
    ) -> None:
        self._hands = hands
        self._tell = tell
        self._by_ami = by_ami
        self._record = record
        self._ari: Ari | None = None
        self.lanes: Lanes[Job] = Lanes(self._carry_out)

    def submit(self, effects: Sequence[Effect]) -> None:
        """Queue effects. Returns at once.

        A telephone is rung before the rest of the same moment is done: nothing of it bears on the ringing, and every
        request before it is time that a citizen waits.
        """
        for effect in sorted(effects, key=lambda effect: not isinstance(effect, RingPhone)):
            match effect:
                case Record() | Reply():
                    pass
                case MirrorToFallback() | MirrorConditions() | AskPhone():
                    self._by_ami(effect)
                case _:
                    self.lanes.put(call_of(effect), effect)

    async def suspend(self) -> None:
        """Asterisk is away: begin nothing, and wait until nothing is under way."""
        self.lanes.close()
        self._ari = None
        self._hands.hope_for_none()
        await self.lanes.quiet()

    def resume(self, ari: Ari) -> None:
        """Asterisk is back and what it holds has been told. What was asked for before is out of date, except to hang up.

        Legs that were to be made are missing from what was told, so they count as lost; the rest is asked for anew.
        """
        for job in self.lanes.take_back():
            if isinstance(job, HangUp):
                self.lanes.put(call_of(job), job)
            elif isinstance(job, Say):
                self._tell(PlaybackEnded(job.playback))
        for playback in list(self._hands.speaking):
            self.lanes.put(call_of(Hush(playback)), Hush(playback))
        self._ari = ari
        self.lanes.open()

    async def _carry_out(self, job: Job) -> None:
        ari = self._ari
        try:
            if ari is None:
                raise Away("not connected")
            await self._request(ari, job)
        except Refused as refused:
            level = _level_of(refused)
            log.log(level, "effect_refused effect=%s call=%s answer=%s", type(job).__name__, call_of(job), refused)
        except Away as away:
            log.warning(
                "effect_unanswered effect=%s call=%s error=%s", type(job).__name__, call_of(job), mask(str(away))
            )

    async def _request(self, ari: Ari, job: Job) -> None:
        match job:
            case Answer():
                await ari.channels_answer(job.leg)
            case Say():
                await self._say(ari, job)
            case Hush():
                await self._hush(ari, job.playback)
            case StartMusic():
                await ari.channels_start_moh(job.leg, moh_class=job.music)
            case StopMusic():
                await ari.channels_stop_moh(job.leg)
            case StartSilence():
                await ari.channels_start_silence(job.leg)
            case StopSilence():
                await ari.channels_stop_silence(job.leg)
            case RingPhone():
                await self._ring(ari, job)
            case DialOutside():
                await self._dial(ari, job)
            case HangUp():
                await self._hang_up(ari, job.leg, "answered_elsewhere" if job.elsewhere else "normal")
            case Connect():
                await self._connect(ari, job)
            case Disconnect():
                await self._disconnect(ari, job.bridge)
            case Overhear():
                await self._overhear(ari, job)
            case StartRecording() | StopRecording():
                self._record(job)  # not awaited: calls come before records

    # --- playbacks ------------------------------------------------------------------------------------------------

    async def _say(self, ari: Ari, say: Say) -> None:
        self._hands.speaking[say.playback] = say.leg
        if not say.media:
            self._silent(say.playback)
            return
        try:
            await ari.channels_play_with_id(say.leg, say.playback, media=",".join(say.media))
        except Refused:
            self._silent(say.playback)
            raise
        except Away:
            self._silent(say.playback)
            await _try(ari.playbacks_stop(say.playback))  # it may have begun, and would keep its leg busy
            raise

    async def _hush(self, ari: Ari, playback: PlaybackId) -> None:
        try:
            await ari.playbacks_stop(playback)
        except (Refused, Away):
            self._silent(playback)
            raise

    def _silent(self, playback: PlaybackId) -> None:
        if self._hands.declare_silent(playback):
            self._tell(PlaybackEnded(playback))

    # --- legs -----------------------------------------------------------------------------------------------------

    async def _ring(self, ari: Ari, ring: RingPhone) -> None:
        """Made first, then called: whom Asterisk is asked to make and call at once it follows wherever the telephone sends
        the call on (302), outside and past every rule of ours, too (decision 031)."""
        if not self._hands.expect(ring.leg):
            return  # asked for before
        held = self._hands.legs[ring.leg]
        async with self._making(ari, ring.leg):
            await ari.channels_create(
                channel_id=ring.leg,
                endpoint=f"PJSIP/{ring.endpoint}",
                app=APPLICATION,
                app_args=MADE,
                originator=None if ring.first else ring.call,
                variables={"variables": {SHOWN: _shown(ring.caller or ANONYMOUS, ring.caller_name)}},
            )
        try:
            async with asyncio.timeout(DEADLINE_S):
                await held.handed.wait()
            if self._hands.legs.get(ring.leg) is held:
                await ari.channels_dial(ring.leg, timeout=_seconds(ring.timeout_ms))
        except TimeoutError:
            await self._give_up(ari, ring.leg)
            raise Away(f"{ring.leg} was made and not handed to us") from None
        except (Refused, Away):
            await self._give_up(ari, ring.leg)
            raise

    async def _dial(self, ari: Ari, dial: DialOutside) -> None:
        if not self._hands.expect(dial.leg):
            return  # asked for before
        async with self._making(ari, dial.leg):
            await ari.channels_originate_with_id(
                dial.leg,
                endpoint=f"PJSIP/{dial.number}@carrier",
                context=MADE_CONTEXT,
                extension=MADE_EXTENSION,
                timeout=_seconds(dial.timeout_ms),
                originator=dial.behalf or dial.call,
                caller_id=_shown(dial.caller_id, ""),
            )

    @asynccontextmanager
    async def _making(self, ari: Ari, leg: LegId) -> AsyncIterator[None]:
        try:
            yield
        except Refused:
            self._end(leg, Cause.UNREACHABLE)
            raise
        except Away:
            await self._give_up(ari, leg)
            raise

    async def _give_up(self, ari: Ari, leg: LegId) -> None:
        """A leg of which we do not know how it stands: it must not ring for nobody."""
        self._end(leg, Cause.LOST)
        await _try(ari.channels_hangup(leg))

    def _end(self, leg: LegId, cause: Cause) -> None:
        news = self._hands.end(leg, 0, cause)
        if news is not None:
            self._tell(news)

    async def _hang_up(self, ari: Ari, leg: LegId, reason: str) -> None:
        try:
            await ari.channels_hangup(leg, reason=reason)
        except Refused:
            await look_after(leg, ari, self._hands, self._tell)
            raise

    # --- bridges --------------------------------------------------------------------------------------------------

    async def _connect(self, ari: Ari, connect: Connect) -> None:
        for playback, leg in list(self._hands.speaking.items()):
            if leg in connect.legs:  # a leg that is being spoken to cannot enter a bridge
                await _try(self._hush(ari, playback))
        present: tuple[str, ...] = ()
        try:
            await ari.bridges_create_with_id(connect.bridge, type=MIXED if connect.mixed else BRIDGE)
        except Refused as refused:
            if refused.status != EXISTS:
                raise
            # whoever talks in it must not notice
            present = (await ari.bridges_get(connect.bridge)).channels
        for stranger in set(present) - set(connect.legs):
            await _try(ari.bridges_remove_channel(connect.bridge, channel=stranger))
        for leg in connect.legs:
            if leg not in present:
                silent = leg in connect.silent_keys
                await _try(ari.bridges_add_channel(connect.bridge, channel=leg, absorb_dtmf=silent))

    async def _disconnect(self, ari: Ari, bridge: BridgeId) -> None:
        """Who is still in it is taken out first, which Asterisk does before it answers. Out of a bridge that was ended
        they go in their own time, and what they are told to play meanwhile is dropped without a word (decision 027)."""
        for leg in (await ari.bridges_get(bridge)).channels:
            await _try(ari.bridges_remove_channel(bridge, channel=leg), harmless=True)  # it may be hanging up
        await ari.bridges_destroy(bridge)

    async def _overhear(self, ari: Ari, ear: Overhear) -> None:
        """The snooping channel enters the bridge by itself when Asterisk hands it to us (`ctl.pbx.link`)."""
        await _try(ari.bridges_create_with_id(ear.bridge, type=BRIDGE), harmless=True)
        await _try(ari.bridges_add_channel(ear.bridge, channel=ear.supervisor, absorb_dtmf=True), harmless=True)
        whisper = WHISPERS[ear.kind]
        arguments = f"{SNOOP},{ear.bridge}"
        await ari.channels_snoop_channel_with_id(
            ear.leg, ear.snoop, spy="both", whisper=whisper, app=APPLICATION, app_args=arguments
        )


def _seconds(ms: Millis) -> int:
    return max(1, -(-ms // 1000))


def _shown(number: str, name: str) -> str:
    """Who the telephone says is calling, as Asterisk reads it: what would end the quoted name is left out."""
    return f'"{_ENDS_A_QUOTE.sub("", name)}" <{number}>'


_ENDS_A_QUOTE = re.compile(r'["\\]')


def call_of(job: Job) -> str:
    """The call that an effect belongs to: names of its children are ``<call>.<letter><number>``."""
    return re.sub(r"\.[a-z]\d+$", "", _name(job))


def _name(job: Job) -> str:
    match job:
        case RingPhone() | DialOutside():
            return job.call
        case Say() | Hush():
            return job.playback  # the leg may have been made for a call that it has left
        case Connect() | Disconnect() | Overhear():
            return job.bridge
        case _:
            return job.leg


async def _try(request: Awaitable[object], harmless: bool = False) -> None:
    """One part of an effect, whose refusal must not keep the other parts from being done."""
    try:
        await request
    except (Refused, Away) as error:
        level = logging.DEBUG if harmless and isinstance(error, Refused) else _level_of(error)
        log.log(level, "request_without_effect error=%s", mask(str(error)))


def _level_of(error: Refused | Away) -> int:
    """Everybody hangs up before we hang up, and every announcement ends before it is stopped: the request crossed with
    Asterisk's own word, and what we wanted has come about. Whatever else was refused somebody should look at."""
    return logging.DEBUG if isinstance(error, Refused) and error.gone else logging.WARNING
