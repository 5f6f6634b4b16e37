"""Drives the pure core as the runtime would, with a clock that only tests move."""

from datetime import datetime
from typing import TypeVar

from ctl.switchboard import core, effects, facts, floor, kinds
from ctl.switchboard.events import (
    CallArrived,
    Cause,
    Commanded,
    Do,
    Event,
    KeyPressed,
    LegAnswered,
    LegEnded,
    OperatorDialled,
    PhoneReachable,
    PlanAdopted,
    PlaybackEnded,
    TimePassed,
)
from ctl.switchboard.hours import JST
from ctl.switchboard.ids import CallId, CommandId, Endpoint, Extension, LegId, Number
from ctl.switchboard.plan import Plan
from tests.plans import CITY, small_plan

E = TypeVar("E", bound=effects.Effect)
F = TypeVar("F", bound=facts.Fact)

MONDAY_TEN = int(datetime(2026, 6, 15, 10, 0, tzinfo=JST).timestamp() * 1000)


class Driver:
    """A floor, a clock, and all that the core has ever asked for."""

    def __init__(self, plan: Plan | None = None, now: int = MONDAY_TEN) -> None:
        self.floor = floor.empty()
        self.now = now
        self.effects: list[effects.Effect] = []
        self.fresh: tuple[effects.Effect, ...] = ()
        self.history: list[tuple[int, Event]] = []
        self._commands = 0
        self.happens(PlanAdopted(plan or small_plan()))

    def happens(self, event: Event) -> tuple[effects.Effect, ...]:
        self.history.append((self.now, event))
        self.floor, self.fresh = core.step(self.floor, event, self.now)
        self.effects.extend(self.fresh)
        return self.fresh

    def passes(self, ms: int, *, deaf: bool = False) -> None:
        """Let time pass, waking the core whenever it asked to be woken. ``deaf``: the PBX is not heard meanwhile."""
        until = self.now + ms
        while (due := core.next_due(self.floor)) is not None and due <= until:
            assert due > self.now or not self.history or self.history[-1] != (due, TimePassed(deaf)), "asks for ever"
            self.now = max(self.now, due)
            self.happens(TimePassed(deaf))
        self.now = until

    # --- people -------------------------------------------------------------------------------------------------

    def ready(self, *extensions: str) -> None:
        """Log operators in and make them ready, one millisecond apart."""
        for extension in extensions:
            self.happens(PhoneReachable(Extension(extension), Endpoint(extension)))
            assert self.command(Do.LOGIN, extension).ok
            assert self.command(Do.READY, extension).ok
            self.now += 1

    def command(
        self, do: Do, extension: str | None = None, argument: str | None = None, call: str | None = None
    ) -> effects.Reply:
        self._commands += 1
        done = self.happens(
            Commanded(
                CommandId(f"c{self._commands}"),
                do,
                "test",
                Extension(extension) if extension else None,
                CallId(call) if call else None,
                argument,
            )
        )
        return next(effect for effect in done if isinstance(effect, effects.Reply))

    def calls_in(self, call: str, dialled: Number = CITY) -> CallId:
        self.happens(CallArrived(CallId(call), LegId(call), dialled, "0312345678"))
        return CallId(call)

    def waits_in_civil(self, call: str) -> CallId:
        """A citizen comes, hears the greeting and presses 1."""
        self.calls_in(call)
        self.hears_out(call)
        self.presses(call, "1")
        return CallId(call)

    def talks(self, call: str, extension: str) -> LegId:
        """A citizen comes, and the operator, who must be the one chosen, answers."""
        self.waits_in_civil(call)
        leg = self.rings_at(call)
        assert self.operator(extension).call == call
        self.happens(LegAnswered(leg))
        return leg

    def dials(self, extension: str, dialled: str, call: str = "own") -> CallId:
        self.happens(OperatorDialled(CallId(call), LegId(call), Extension(extension), Endpoint(extension), dialled))
        return CallId(call)

    def hears_out(self, call: str) -> None:
        """What is being said to the call's first leg is said to its end."""
        speaking = self.call(call).speaking
        assert speaking is not None
        self.happens(PlaybackEnded(speaking))

    def hears_out_parting(self, call: str) -> None:
        """What the operator is told at parting is said, and the telephone is hung up."""
        parting = self.call(call).parting
        assert parting is not None
        self.happens(PlaybackEnded(parting[0]))
        self.hangs_up(parting[1])

    def presses(self, leg: str, digits: str) -> None:
        for digit in digits:
            self.happens(KeyPressed(LegId(leg), digit))

    def hangs_up(self, leg: str, cause: Cause = Cause.NORMAL) -> None:
        self.happens(LegEnded(LegId(leg), cause))

    # --- looking ------------------------------------------------------------------------------------------------

    def call(self, call: str) -> floor.Call:
        return self.floor.calls[CallId(call)]

    def operator(self, extension: str) -> floor.Operator:
        return self.floor.operators[Extension(extension)]

    def rings_at(self, call: str) -> LegId:
        offer = self.call(call).offer
        assert offer is not None
        return offer.leg

    def department_leg(self, call: str) -> LegId:
        handoff = self.call(call).handoff
        assert handoff is not None
        return handoff.leg

    def done(self, kind: type[E]) -> list[E]:
        """Effects of a kind, of the last event."""
        return [effect for effect in self.fresh if isinstance(effect, kind)]

    def recorded(self, kind: type[F]) -> list[F]:
        """Facts of a kind, of all time."""
        records = (effect.fact for effect in self.effects if isinstance(effect, effects.Record))
        return [fact for fact in records if isinstance(fact, kind)]

    def outcome(self, call: str) -> kinds.Outcome | None:
        ended = [fact for fact in self.recorded(facts.CallEnded) if fact.call == call]
        assert len(ended) == 1, f"{call} ended {len(ended)} times"
        return ended[0].outcome
