"""The one event loop that owns the floor.

Rules
-----
* Events of the PBX, commands and due instants go into one line. One turn takes what stands there, steps each through
  the pure core, writes all of it to the journal, and only then lets effects and replies out.
* Nobody else changes the floor. There is nothing to lock, and nothing can be decided twice.
* An event that the core cannot digest counts as not happened: the floor stays, the event is set aside for the people
  who will mend the core, an alarm is raised, and the line goes on.
* Timers live in the floor. The engine only sees to it that `TimePassed` comes at the next due instant.
* What the PBX tells happened when the PBX says so, not when a busy machine let us hear it; but never before what was
  decided already, so that the instants in the journal never go back.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

from ctl.runtime.clock import Clock
from ctl.runtime.loop import Loop
from ctl.runtime.record import BUSY_RETRY_S, RETRY_S, Entry, Recorder
from ctl.runtime.snapshots import Snapshots
from ctl.switchboard.effects import Effect, Record, Reply
from ctl.switchboard.events import Asked, Event, PbxFound, TimePassed
from ctl.switchboard.facts import Fact
from ctl.switchboard.floor import Floor
from ctl.switchboard.ids import CommandId, Millis

log = logging.getLogger(__name__)

MOST_PER_TURN = 500
"""Events of one turn: under a flood effects still leave every few milliseconds."""
LATE_AT_MOST_MS = 2_000
"""An event that was told longer ago happens now: a telephone must have the whole of its time to ring, and a PBX whose
clock is wrong is not to be believed."""
STUCK_RETRY_S = 1.0
"""How long to wait when a due instant does not go away."""

Step = Callable[[Floor, Event, Millis], tuple[Floor, tuple[Effect, ...]]]
NextDue = Callable[[Floor], Millis | None]
Mark = Callable[[Floor, Event], Event]
"""Says of an event, before it is decided, what history must not keep of it."""
Act = Callable[[Sequence[Effect]], None]
Answer = Callable[[Reply], None]


def unmarked(_: Floor, event: Event) -> Event:
    return event


@dataclass(frozen=True, slots=True)
class Turned:
    """What one turn did, for those who watch."""

    before: Floor
    after: Floor
    at: Millis
    facts: tuple[Fact, ...]


@dataclass(slots=True)
class Figures:
    """What `health` tells of the engine. ``slowest_turn_ms`` since the start."""

    events: int = 0
    turns: int = 0
    failed_events: int = 0
    failed_effects: int = 0
    slowest_turn_ms: float = 0.0


class Engine:
    """Owns ``floor``. ``act`` carries out effects and must not block; ``set_aside`` keeps an undigested event."""

    def __init__(
        self,
        floor: Floor,
        recorder: Recorder,
        act: Act,
        set_aside: Callable[[Entry, Exception], None],
        *,
        clock: Clock,
        loop: Loop,
        step: Step,
        next_due: NextDue,
        mark: Mark = unmarked,
        time_passed: Callable[[], TimePassed] = TimePassed,
    ) -> None:
        self.floor = floor
        self.figures = Figures()
        self.watchers: list[Callable[[Turned], None]] = []
        self._recorder = recorder
        self._act = act
        self._set_aside = set_aside
        self._clock = clock
        self._loop = loop
        self._step = step
        self._next_due = next_due
        self._mark = mark
        self._passed = time_passed
        self._line: deque[tuple[Event, Millis | None]] = deque()
        self._decided_at: Millis = 0
        self._answers: dict[CommandId, Answer] = {}
        self._awake = False
        self._timer: asyncio.TimerHandle | None = None
        self._snapshots = Snapshots(lambda: recorder.snapshot(self.floor), loop)

    def deliver(self, event: Event, at: Millis | None = None) -> None:
        """Put an event at the end of the line. ``at``: when it happened, if that is known. Returns at once."""
        self._line.append((event, at))
        self._wake()

    def command(self, command: Asked, answer: Answer) -> None:
        """Put a command at the end of the line; ``answer`` is called once, in the turn that decides it."""
        self._answers[command.command] = answer
        self.deliver(command)

    def forget(self, command: CommandId) -> None:
        """Nobody waits for the answer to this command any more."""
        self._answers.pop(command, None)

    def settle(self, at: Millis) -> None:
        """Before `start`: what stands in line had all happened by this instant, before anything that the restored floor waits for."""
        line, self._line = list(self._line), deque()
        self._work_off(line, at)

    def start(self) -> None:
        """Arm the first timer of a restored floor."""
        self._decided_at = self._clock.now()  # not before what the journal holds
        self._arm(self._decided_at, time_passed=False)

    def stop(self) -> None:
        """Work off the line, keep the floor, and be still. Calls are not touched."""
        while self._line:
            self._turn()
        if self._timer is not None:
            self._timer.cancel()
        self._recorder.finish()
        self._snapshots.take()

    @property
    def backlog(self) -> int:
        return len(self._line)

    def _wake(self) -> None:
        if not self._awake:
            self._awake = True
            self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        self._awake = False
        began = perf_counter()
        line = [self._line.popleft() for _ in range(min(len(self._line), MOST_PER_TURN))]
        self._work_off(line, self._clock.now())
        self._count(len(line), began)
        if self._line:
            self._wake()

    def _work_off(self, line: Sequence[tuple[Event, Millis | None]], now: Millis) -> None:
        before = self.floor
        entries, effects, replies = self._decide(line, now)
        self._recorder.write(entries)
        if effects:
            self._carry_out(effects)
        for reply in replies:
            self._answer(reply)
        # After what was just asked of the PBX has left: a screen can wait for a telephone, not the other way round.
        turned = Turned(before, self.floor, now, tuple(fact for _, _, facts in entries for fact in facts))
        self._loop.call_soon(lambda: self._tell(turned))
        self._arm(now, any(isinstance(event, TimePassed) for event, _ in line))

    def _decide(
        self, line: Sequence[tuple[Event, Millis | None]], now: Millis
    ) -> tuple[list[Entry], list[Effect], list[Reply]]:
        entries: list[Entry] = []
        effects: list[Effect] = []
        replies: list[Reply] = []
        for one, told_at in line:
            event = self._mark(self.floor, one)
            at = self._happened_at(told_at, now)
            try:
                self.floor, wanted = self._step(self.floor, event, at)
            except Exception as error:
                self._undigested(event, at, error, replies)
                continue
            entries.append((at, event, tuple(effect.fact for effect in wanted if isinstance(effect, Record))))
            effects += (effect for effect in wanted if not isinstance(effect, Record | Reply))
            replies += (effect for effect in wanted if isinstance(effect, Reply))
        return entries, effects, replies

    def _happened_at(self, told_at: Millis | None, now: Millis) -> Millis:
        """``now``, or the instant that was told, between the last one decided and ``now``."""
        told = told_at if told_at is not None and told_at >= now - LATE_AT_MOST_MS else now
        self._decided_at = max(min(told, now), self._decided_at)
        return self._decided_at

    def _undigested(self, event: Event, at: Millis, error: Exception, replies: list[Reply]) -> None:
        self.figures.failed_events += 1
        log.error("after entry %d: %s could not be decided", self._recorder.seq, type(event).__name__, exc_info=error)
        self._set_aside((at, event, ()), error)
        if isinstance(event, PbxFound):  # else the floor goes on believing that nobody can be rung
            self.deliver(self._passed())
        if isinstance(event, Asked):
            said = f"the switchboard failed on this ({type(error).__name__}); nothing was changed, its log says more"
            replies.append(Reply(event.command, False, said))

    def _carry_out(self, effects: list[Effect]) -> None:
        try:
            self._act(effects)
        except Exception:
            self.figures.failed_effects += 1
            log.exception("after entry %d: effects could not be handed to the PBX", self._recorder.seq)

    def _answer(self, reply: Reply) -> None:
        if answer := self._answers.pop(reply.command, None):
            answer(reply)

    def _tell(self, turned: Turned) -> None:
        for watcher in self.watchers:
            try:
                watcher(turned)
            except Exception:
                log.exception("a watcher of the floor failed")

    def _arm(self, now: Millis, time_passed: bool) -> None:
        """Have `TimePassed` delivered at the next due instant, or look again soon when the journal is behind."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self._next_due(self.floor)
        delays = []
        if due is not None:
            # A due instant that outlives its TimePassed is a fault of the core: it must not become a busy loop.
            stuck = time_passed and due <= now
            delays.append(STUCK_RETRY_S if stuck else max(due - now, 0) / 1000)
        if self._recorder.pending:
            delays.append(BUSY_RETRY_S if self._recorder.busy else RETRY_S)
        if delays:
            self._timer = self._loop.call_later(min(delays), self._time_passed)

    def _time_passed(self) -> None:
        self._timer = None
        due = self._next_due(self.floor)
        if due is not None and due <= self._clock.now():
            self.deliver(self._passed())
        else:
            # The loop's clock and ours differ by a rounding, or only the journal was waited for.
            self._wake()

    def _count(self, events: int, began: float) -> None:
        figures = self.figures
        figures.turns += 1
        figures.events += events
        figures.slowest_turn_ms = max(figures.slowest_turn_ms, (perf_counter() - began) * 1000)
        self._snapshots.happened(events)
