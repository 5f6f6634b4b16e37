"""A loop whose time is set by hand, a journal in memory, a PBX that only notes, and a core of three rules."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from ctl.runtime.clock import Clock
from ctl.runtime.engine import Engine
from ctl.runtime.record import Entry, Recorder
from ctl.switchboard.effects import Effect, HangUp, Record, Reply
from ctl.switchboard.events import Commanded, Event, LegRang, PhoneReachable, TimePassed
from ctl.switchboard.facts import PhoneSeen
from ctl.switchboard.floor import Floor, Operator, empty
from ctl.switchboard.ids import Extension, Millis

START: Millis = 1_775_000_000_000


@dataclass
class Timer:
    """Stands in for asyncio.TimerHandle."""

    due: float
    callback: Callable[[], object]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


class VirtualLoop:
    """Runs what is due when told; ``seconds`` is both the machine's clocks."""

    def __init__(self) -> None:
        self.seconds = START / 1000
        self.wall_error = 0.0
        self._soon: list[Callable[[], object]] = []
        self._timers: list[Timer] = []

    def call_soon(self, callback: Callable[[], object], /) -> object:
        self._soon.append(callback)
        return None

    def call_later(self, delay: float, callback: Callable[[], object], /) -> asyncio.TimerHandle:
        timer = Timer(self.seconds + delay, callback)
        self._timers.append(timer)
        return cast(asyncio.TimerHandle, timer)

    def clock(self, not_before: Millis = 0) -> Clock:
        return Clock(not_before, lambda: self.seconds + self.wall_error, lambda: self.seconds)

    def run(self) -> None:
        """Everything that can happen without time passing."""
        while self._soon:
            self._soon.pop(0)()

    def advance(self, ms: Millis) -> None:
        """Let time pass, stopping at each timer."""
        self.run()
        end = self.seconds + ms / 1000
        while timer := min(
            (timer for timer in self._timers if not timer.cancelled and timer.due <= end),
            key=lambda timer: timer.due,
            default=None,
        ):
            self._timers.remove(timer)
            # A hair late, as real loops are, so that rounding never leaves a due instant in the future.
            self.seconds = max(self.seconds, timer.due + 0.0005)
            timer.callback()
            self.run()
        self.seconds = max(self.seconds, end)


@dataclass
class MemoryJournal:
    """Keeps entries; ``story`` is shared with the PBX to show the order of things. ``trouble``: raised by appends."""

    story: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    snapshots: list[tuple[int, Floor]] = field(default_factory=list)
    trouble: Exception | None = None
    poison: type[Event] | None = None
    tries: int = 0

    def append_batch(self, entries: Sequence[Entry]) -> int:
        self.tries += 1
        if self.trouble is not None:
            raise self.trouble
        if self.poison is not None and any(isinstance(event, self.poison) for _, event, _ in entries):
            raise TypeError("cannot be encoded")
        self.entries.extend(entries)
        self.story.append(f"journal {len(entries)}")
        return len(self.entries)

    def snapshot(self, seq: int, floor: Floor) -> None:
        self.snapshots.append((seq, floor))

    @property
    def events(self) -> list[Event]:
        return [event for _, event, _ in self.entries]


def toy_step(floor: Floor, event: Event, now: Millis) -> tuple[Floor, tuple[Effect, ...]]:
    """Counts phones that were seen, hangs up what rings, grants commands; digests nothing else that is asked of it."""
    match event:
        case PhoneReachable(extension, endpoint):
            known = floor.operators.get(extension, Operator(extension))
            seen = replace(known, changes=known.changes + 1, since=now, endpoints=(endpoint,))
            fact = PhoneSeen(extension, endpoint, now, True)
            return replace(floor, operators={**floor.operators, extension: seen}), (Record(fact),)
        case LegRang("bad"):
            raise ValueError("a leg that the core cannot digest")
        case LegRang(leg):
            return floor, (HangUp(leg),)
        case Commanded(argument="bad"):
            raise ValueError("a command that the core cannot digest")
        case Commanded(command=command):
            return floor, (Reply(command, True, "done"),)
        case TimePassed():
            return replace(floor, plan=str(now)), ()
        case _:
            return floor, ()


def never(_: Floor) -> Millis | None:
    return None


class Bench:
    """An engine with everything around it replaced."""

    def __init__(
        self,
        *,
        floor: Floor | None = None,
        step: Callable[[Floor, Event, Millis], tuple[Floor, tuple[Effect, ...]]] = toy_step,
        next_due: Callable[[Floor], Millis | None] = never,
        time_passed: Callable[[], TimePassed] = TimePassed,
        loop: VirtualLoop | None = None,
    ) -> None:
        self.story: list[str] = []
        self.loop = loop or VirtualLoop()
        self.journal = MemoryJournal(self.story)
        self.effects: list[Effect] = []
        self.aside: list[tuple[Event, Exception]] = []
        self.clock = self.loop.clock()
        self.recorder = Recorder(self.journal, 0, self._set_aside, lambda: self.loop.seconds)
        self.engine = Engine(
            floor if floor is not None else empty(),
            self.recorder,
            self.act,
            self._set_aside,
            clock=self.clock,
            loop=self.loop,
            step=step,
            next_due=next_due,
            time_passed=time_passed,
        )

    def act(self, effects: Sequence[Effect]) -> None:
        self.story.append(f"act {len(effects)}")
        self.effects.extend(effects)

    def _set_aside(self, entry: Entry, error: Exception) -> None:
        self.aside.append((entry[1], error))

    def happen(self, *events: Event) -> None:
        for event in events:
            self.engine.deliver(event)
        self.loop.run()

    def changes_of(self, extension: str) -> int:
        operator = self.engine.floor.operators.get(Extension(extension))
        return operator.changes if operator else 0
