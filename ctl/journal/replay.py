"""Run the journal of a call through the pure core again: does it decide the same?"""

from collections.abc import Callable
from dataclasses import dataclass

from ctl.journal.reader import Reader
from ctl.switchboard.effects import Effect, Record
from ctl.switchboard.events import Event
from ctl.switchboard.facts import Fact
from ctl.switchboard.floor import Floor, empty
from ctl.switchboard.ids import CallId, Millis

Step = Callable[[Floor, Event, Millis], tuple[Floor, tuple[Effect, ...]]]


@dataclass(frozen=True, slots=True)
class Replay:
    """``events``: how many events were stepped, those of other calls included. ``difference``: the first, or None."""

    events: int
    facts: int
    difference: str | None


def replay(reader: Reader, call: CallId, step: Step) -> Replay | None:
    """Step every event from the snapshot before the call to its end, and compare the facts. None: no such call.

    Raises `JournalError` or `CodecError`. Every event is stepped, since other calls take operators away.
    """
    entries = reader.of_call(call)
    if not entries:
        return None
    snapshot = reader.snapshot_before(entries[0].seq)
    floor, at_seq = (snapshot.floor, snapshot.seq) if snapshot is not None else (empty(), 0)
    if snapshot is None and reader.first_seq > 1:
        return Replay(0, 0, "the journal before this call was pruned, and no snapshot of the floor stands before it")
    recorded = [reader.fact(entry) for entry in entries if entry.kind == "fact"]
    decided: list[Fact] = []
    events = 0
    for entry in reader.walk(at_seq, entries[-1].seq):
        if entry.kind != "event":
            continue
        events += 1
        try:
            floor, effects = step(floor, reader.event(entry), entry.at)
        except Exception as error:  # a core of another version may stumble; the engine then counts it as not happened
            return Replay(events, len(decided), f"entry {entry.seq} ({entry.type}) cannot be decided: {error!r}")
        decided += [one.fact for one in effects if isinstance(one, Record) and _call_of(one.fact) == call]
    return Replay(events, len(recorded), _difference(recorded, decided))


def _call_of(fact: Fact) -> str | None:
    return getattr(fact, "call", None)


def _difference(recorded: list[Fact], decided: list[Fact]) -> str | None:
    for n, (then, now) in enumerate(zip(recorded, decided, strict=False), 1):
        if then != now:
            return f"fact {n} was {then}, and would be {now}"
    if len(recorded) != len(decided):
        longer, what = (recorded, "is not decided again") if len(recorded) > len(decided) else (decided, "is new")
        return f"fact {min(len(recorded), len(decided)) + 1} {what}: {longer[min(len(recorded), len(decided))]}"
    return None
