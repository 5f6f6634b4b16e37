"""The link to the PBX: what `ctl.runtime` sees of Asterisk, and all it sees.

After every connection the order of news is: `PhoneOccupied`, `CallArrived` and `OperatorDialled` for legs that came by
themselves, `CallServedElsewhere` for those that ended without us, `PbxFound`, then the events that came meanwhile. Effects
wait until `PbxFound` was told.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from typing import Any, Protocol, assert_never

from ctl.pbx import wire
from ctl.pbx.ami import Ami, AmiAway, AmiRefused
from ctl.pbx.ari import Ari, Away, Refused
from ctl.pbx.departures import CERTAIN_WITHIN_S, gone, look_after
from ctl.pbx.executor import ByAmi, Executor
from ctl.pbx.fallback import Fallback
from ctl.pbx.hands import Hands, Held
from ctl.pbx.names import (
    AMI_USER,
    APPLICATION,
    ARI_USER,
    FALLBACK_EVENT,
    FALLBACK_LOG,
    FALLBACK_POSITION,
    MADE,
    NOTICES,
    is_fallback_queue,
    made_by_us,
)
from ctl.pbx.numbers import mask
from ctl.pbx.recorder import Recorder
from ctl.pbx.refusals import Refusals
from ctl.pbx.served import Served
from ctl.pbx.snapshot import Seen, look, tidy
from ctl.pbx.standing import Standing
from ctl.pbx.telephones import Telephones, endpoint_of, is_telephone
from ctl.pbx.translate import HEARD, SNOOP, told_at, translate
from ctl.pbx.trunk import Trunk
from ctl.pins import Pins
from ctl.secrets import Secrets
from ctl.settings import Settings
from ctl.switchboard.effects import AskPhone, Effect, MirrorConditions, MirrorToFallback
from ctl.switchboard.events import Event, LegLeft, TimePassed
from ctl.switchboard.ids import CallId, LegId, Millis

log = logging.getLogger(__name__)

RETRY_S = 0.25
"""Between two tries to reach ARI: a restarting Asterisk is back within a quarter of a second of being ready."""
REPLACED_RETRY_S = 5.0
"""Another switchboard has taken our place; two that fight for it would serve nobody."""
TIDY_EVERY_S = 10.0
TRUST_S, TRUST_AT_MOST_S = 5.0, 60.0
"""A connection on which a request failed is ended, but not sooner than this after its beginning; each time that a new one
was no better, twice as long. Making it anew states everything once more: a PBX in trouble must not be kept there by it, nor
may the prompts of all others begin again and again for the sake of one request that can never succeed."""
WELL_S = 2 * TRUST_AT_MOST_S
"""A connection on which no request failed for so long was better than the one before."""
DOWN = "Down"
"""The state of a channel that was made, and does not ring (yet)."""
SECURITY = frozenset({"ChallengeResponseFailed", "InvalidPassword", "InvalidAccountID", "FailedACL"})


class Deliver(Protocol):
    """Takes an event, with milliseconds since the Unix epoch when its instant is known."""

    def __call__(self, event: Event, at: Millis | None = None, /) -> None: ...


class Replaced(Exception):
    """Another program registered our application."""


class PbxLink:
    """Keeps ARI and AMI connected for ever, tells events in order, carries out effects.

    ``deliver`` is called in the event loop, once per event; it must not block, and is told when it happened by the PBX's
    wall clock, if the PBX says so. ``refused`` hears of each time that
    Asterisk refused somebody: the kind of refusal, and the address or, of who is known, the endpoint.
    """

    def __init__(
        self,
        settings: Settings,
        secrets: Secrets,
        deliver: Deliver,
        refused: Callable[[str, str], None] = lambda _kind, _address: None,
    ) -> None:
        self._url = f"http://{settings.pbx_host}:{settings.http_port}/ari"
        self._secrets = secrets
        self._deliver = deliver
        self._refused = refused
        self._hands = Hands()
        self._pins = Pins.of(settings)
        self._ami = Ami(settings.pbx_host, settings.ami_port, AMI_USER, secrets.ami, self._ami_event, self._ami_up)
        self._telephones = Telephones(deliver)
        self.trunk = Trunk(self._ami, settings.under(*NOTICES))
        self._refusals = Refusals(settings.under(*NOTICES), refused)
        self._fallback = Fallback(self._ami, lambda: self._connected)
        self._served = Served(settings.under(*FALLBACK_LOG), settings.under(*FALLBACK_POSITION), deliver)
        self._recorder = Recorder(self._ami)
        self._standing = Standing(self._ami)
        self._executor = Executor(self._hands, deliver, self._by_ami, self._recorder.put)
        self._connected = False
        self._telephones_known = False
        self._connections = 0
        self._trust_s = TRUST_S
        self._last_event = time.monotonic()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Work until cancelled. Loss of the PBX is normal: it is noticed within 10 s and the link comes back."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep_ari(), name="ari")
                group.create_task(self._fallback.keep_mirrored(), name="fallback mirror")
                group.create_task(self._standing.keep_mirrored(), name="conditions mirror")
                group.create_task(self.trunk.keep_looking(), name="trunk")
                group.create_task(self._refusals.keep_reading(), name="refusals")
                self._ami.connect()
        finally:
            self._connected = False
            self._ami.stop()
            await self._executor.lanes.stop()
            await self._recorder.lanes.stop()
            for task in self._tasks:
                task.cancel()

    def submit(self, effects: Sequence[Effect]) -> None:
        """Carry out effects: in order per call, parallel across calls. Returns at once.

        `Record` and `Reply` are not ours and are passed over. What fails comes back as an event.
        """
        self._executor.submit(effects)

    @property
    def connected(self) -> bool:
        """True while events flow: from the moment the state of the PBX was read until the link breaks."""
        return self._connected

    def health(self) -> Mapping[str, object]:
        """Figures for ``/healthz``."""
        return {
            "ari": self._connected,
            "ami": self._ami.up,
            "backlog": self._executor.lanes.waiting,
            "trunk": self.trunk.figures(),
            "legs": len(self._hands.legs),
            "connections": self._connections,
            "last_event_age_ms": int((time.monotonic() - self._last_event) * 1000),
        }

    # --- ARI --------------------------------------------------------------------------------------------------------

    async def _keep_ari(self) -> None:
        while True:
            pause = RETRY_S
            try:
                async with Ari(self._url, ARI_USER, self._secrets.ari) as ari, ari.events(APPLICATION) as events:
                    await self._serve(ari, events)
            except (Away, Refused) as error:
                log.log(logging.WARNING if self._connected else logging.DEBUG, "ari_away error=%s", error)
            except Replaced:
                log.error("ari_replaced by=another_switchboard retry_s=%s", REPLACED_RETRY_S)
                pause = REPLACED_RETRY_S
            except Exception:
                log.exception("ari_failed")  # a fault of ours; the citizens need the next try all the same
            finally:
                self._connected = False
            await self._executor.suspend()
            await asyncio.sleep(pause)

    async def _serve(self, ari: Ari, events: AsyncIterator[wire.Event]) -> None:
        """One connection, from its first event to its end. The queue holds what comes while we look around."""
        queue: asyncio.Queue[wire.Event | None] = asyncio.Queue()
        beside = [asyncio.create_task(_enqueue(events, queue), name="ari reader")]
        try:
            await ari.applications_filter(APPLICATION, filter={"allowed": [{"type": name} for name in HEARD]})
            # Asterisk stops telling of a channel when it leaves Stasis, its end included, unless asked to. Once for all
            # channels: asking for each would be one more request between a citizen's arrival and the ringing.
            await ari.applications_subscribe(APPLICATION, event_source="channel:")
            await tidy(ari)
            self._found(ari, await look(ari, APPLICATION))
            beside.append(asyncio.create_task(self._keep_tidy(ari), name="tidy"))
            beside.append(asyncio.create_task(self._end_in_doubt(ari, queue), name="doubt"))
            while (event := await queue.get()) is not None:
                self._last_event = time.monotonic()
                self._hear(ari, event)
            raise Away("a request failed" if ari.in_doubt.is_set() else "the event socket closed")
        finally:
            self._executor.lanes.close()
            for task in beside:
                task.cancel()

    async def _keep_tidy(self, ari: Ari) -> None:
        """A request that we gave up may be carried out late: a bridge of a call that is over is told by nothing else."""
        while True:
            await asyncio.sleep(TIDY_EVERY_S)
            self._served.settle()
            await _errand(tidy(ari, self._hands.any_of))

    async def _end_in_doubt(self, ari: Ari, queue: "asyncio.Queue[wire.Event | None]") -> None:
        """Somebody may be in silence whom the floor believes to talk, and no event would ever tell: what was asked for in
        vain is stated once more with everything else, when the next connection has looked around."""
        began = time.monotonic()
        await asyncio.sleep(self._trust_s)
        await ari.in_doubt.wait()
        was_well = time.monotonic() - began >= WELL_S
        self._trust_s = TRUST_S if was_well else min(2 * self._trust_s, TRUST_AT_MOST_S)
        queue.put_nowait(None)

    def tell_served(self) -> None:
        """Tell whom the fallback has served since we last looked, also without a connection."""
        self._read_served(in_gap=True)

    def _read_served(self, *, in_gap: bool) -> None:
        """One log that cannot be read costs records, and no citizen his call."""
        try:
            self._served.read(in_gap=in_gap)
        except OSError as error:
            log.error("fallback_log_unreadable error=%r", str(error))

    def _found(self, ari: Ari, seen: Seen) -> None:
        self._deliver(
            TimePassed(deaf=True)
        )  # until all is told nobody is to be rung for whom another telephone rings already
        missing = self._hands.keep_only({LegId(channel.id) for channel, _ in seen.held})
        if not (self._ami.up and self._telephones_known):
            # AMI will tell it anew; until then nobody is to be rung who talks in the fallback
            self._telephones.occupied((channel.name, channel.id) for channel in seen.called_there)
        for channel, args in seen.held:
            self._found_leg(ari, channel, args)
        # A channel that is gone has left its line: whom the fallback served is not missed.
        self._read_served(in_gap=True)
        self._served.tell_again({CallId(leg) for leg in missing})
        self._deliver(seen.found())
        self._connected = True
        self._connections += 1
        self._last_event = time.monotonic()
        log.info("ari_connected legs=%d elsewhere=%d", len(seen.held), len(seen.elsewhere))
        self._executor.resume(ari)
        self._take_back()

    def _found_leg(self, ari: Ari, channel: wire.Channel, args: tuple[str, ...]) -> None:
        """A leg that came by itself is told; one that we made, or that hangs up, is only noted: `PbxFound` names them all."""
        held = self._hands.take(LegId(channel.id))
        if not args or args[0] == MADE:
            held.hanging_up = not args and not made_by_us(channel.id)
            held.answered = held.hanging_up or (bool(args) and channel.state == "Up")
            if args:
                held.enter()
            held.given_up = bool(args) and channel.state == DOWN  # nobody will say whether it is being called
            if held.given_up:
                self._spawn(ari.channels_hangup(channel.id))
        elif (news := self._translated(wire.StasisStart(channel=channel, args=args))) is not None:
            self._deliver(news)

    def _hear(self, ari: Ari, event: wire.Event) -> None:
        match event:
            case wire.StasisStart():
                self._entered(ari, event)
            case wire.StasisEnd(channel=channel) if (held := self._hands.legs.get(LegId(channel.id))) is not None:
                held.left = True
                self._spawn(self._look_after(LegId(channel.id), ari))
            case wire.ChannelStateChange(channel=wire.Channel(state="Up") as channel) if (
                channel.id not in self._hands.legs
            ):
                if (at := told_at(event)) is not None:
                    self._hands.came_up(LegId(channel.id), at)
            case wire.ChannelHangupRequest(channel=channel) if held := self._hands.legs.get(LegId(channel.id)):
                held.hanging_up = True
                if event.soft is None:
                    held.hung_up_at = told_at(event)
                self._tell(event)
            case wire.ChannelDestroyed(channel=channel) if caller := self._hands.caller_leaving(LegId(channel.id)):
                self._spawn(self._hear_after(caller, event))
            case wire.Dial(peer=phone, forward=str(onward)) if onward:
                self._sent_on(ari, event, phone)
            case wire.ApplicationReplaced():
                raise Replaced
            case _:
                self._tell(event)

    def _sent_on(self, ari: Ari, event: wire.Dial, phone: wire.Channel) -> None:
        """Who was called answers that another is to be called instead, by a dial string of whatever there is. From outside
        Asterisk follows it, and whom it calls then is hung up."""
        if LegId(phone.id) in self._hands.legs and is_telephone(phone.name):
            self._refused_for("CallForwarded", phone)
        if event.forwarded is not None:
            self._spawn(ari.channels_hangup(event.forwarded.id))
        self._tell(event)

    def _refused_for(self, kind: str, channel: wire.Channel) -> None:
        who = endpoint_of(channel.name)
        log.warning("pbx_refused kind=%s who=%s", kind, who)
        self._refused(kind, who)

    def _tell(self, event: wire.Event) -> None:
        at = told_at(event)
        if isinstance(event, wire.ChannelDestroyed) and (held := self._hands.legs.get(LegId(event.channel.id))):
            at = held.hung_up_at or at
        news = translate(event, self._hands)
        if news is not None:
            self._deliver(news, at)

    async def _look_after(self, leg: LegId, ari: Ari) -> None:
        """Whoever was taken away from us while we hung is better off with us again."""
        if await look_after(leg, ari, self._hands, self._deliver):
            await self._fallback.take_from_beside()

    async def _hear_after(self, caller: Held, event: wire.Event) -> None:
        """Whoever was rung for a caller, and hung up by the sentinel when it took the caller away, has not hung up on him."""
        await gone(caller, CERTAIN_WITHIN_S)
        self._tell(event)

    def _entered(self, ari: Ari, event: wire.StasisStart) -> None:
        leg = LegId(event.channel.id)
        match event.args:
            case [kind, bridge, *_] if kind == SNOOP:
                self._spawn(ari.bridges_add_channel(bridge, channel=leg))
                return
        held = self._hands.legs.get(leg)
        if event.replace_channel is not None and not event.args:
            # INVITE with Replaces (RFC 3891): Asterisk puts it in the place of a call of ours, and nobody knows whose it is
            self._refused_for("CallReplaced", event.channel)
            self._spawn(ari.channels_hangup(leg))
            return
        if held is None and event.args[:1] == (MADE,):
            log.warning("stray_leg_hung_up leg=%s", leg)  # its request was given up, and carried out late
            self._spawn(ari.channels_hangup(leg))
            return
        if held is not None and held.left:
            self._hands.let_go(leg)
            self._deliver(LegLeft(leg), told_at(event))
        news = self._translated(event)
        if news is not None:
            self._deliver(news, self._hands.up_at(leg) or told_at(event))

    def _translated(self, event: wire.Event) -> Event | None:
        return translate(event, self._hands, self._pins.prove)

    # --- AMI --------------------------------------------------------------------------------------------------------

    def _ami_up(self) -> None:
        log.info("ami_connected")
        self._fallback.forget()
        self._standing.forget()
        self._read_served(in_gap=not self._connected)
        self._telephones_known = False
        self.trunk.heard()
        self._spawn(self._get_to_know_telephones())

    async def _get_to_know_telephones(self) -> None:
        """Then take callers back: whom the fallback has given an operator must not be taken for free."""
        try:
            await self._telephones.read(self._ami)
        finally:
            self._telephones_known = True
            self._take_back()

    def _ami_event(self, event: Mapping[str, str]) -> None:
        match event["Event"]:
            case "UserEvent" if event["UserEvent"] == FALLBACK_EVENT:
                self._read_served(in_gap=not self._connected)
            case "QueueCallerJoin" if self._telephones_known and is_fallback_queue(event["Queue"]):
                self._spawn(self._fallback.take_caller(event["Channel"], event["Uniqueid"]))
            case "Registry":
                self.trunk.heard()
            case kind if kind in SECURITY:
                log.warning("ami_security event=%s %s", kind, _who(event))
                self._refused(kind, _address(event))
            case _ if self._ami.up:  # while Asterisk boots, its states are not to be relied on
                self._telephones.heard(event)
            case _:
                pass

    def _by_ami(self, effect: ByAmi) -> None:
        match effect:
            case MirrorToFallback():
                self._fallback.mirror(effect)
            case MirrorConditions():
                self._standing.mirror(effect)
            case AskPhone():
                self._spawn(self._telephones.ask(self._ami, effect))
            case _:
                assert_never(effect)

    def _take_back(self) -> None:
        if self._connected and self._ami.up and self._telephones_known:
            self._spawn(self._fallback.take_back())

    # --- errands ----------------------------------------------------------------------------------------------------

    def _spawn(self, errand: Coroutine[Any, Any, object]) -> None:
        """Do something beside the events. That Asterisk refuses or is away is an outcome."""
        task = asyncio.create_task(_errand(errand))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _enqueue(events: AsyncIterator[wire.Event], queue: "asyncio.Queue[wire.Event | None]") -> None:
    """Nothing else: a reader that does more is a slow reader, and Asterisk cuts those off."""
    try:
        async for event in events:
            queue.put_nowait(event)
    finally:
        queue.put_nowait(None)


async def _errand(errand: Coroutine[Any, Any, object]) -> None:
    try:
        await errand
    except (Away, Refused, AmiAway, AmiRefused) as error:
        log.info("errand_without_effect error=%s", mask(str(error)))
    except Exception:
        log.exception("errand_failed")


def _address(event: Mapping[str, str]) -> str:
    """Of ``IPV4/UDP/192.0.2.7/5060`` the third part."""
    parts = event.get("RemoteAddress", "").split("/")
    return parts[2] if len(parts) == 4 else "unknown"


def _who(event: Mapping[str, str]) -> str:
    return (
        f"service={event.get('Service', '')} account={event.get('AccountID', '')} from={event.get('RemoteAddress', '')}"
    )
