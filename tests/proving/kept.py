"""What is kept of calls that were driven: their rows in Postgres and their recordings."""

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from ctl.cms.models import Call, Recording
from ctl.database.engine import engine_of
from ctl.lab.pulse import TooLateError, eventually
from ctl.settings import Settings
from tests.bench.drive import Driven
from tests.bench.place import NOBODY, Place
from tests.proving.report import Case

_WITHIN_S = 120
STILL_OPEN, NO_NUMBER = "still open", "no number"
"""In the place of an outcome, of a call without an end; and of a caller's number."""


@dataclass(frozen=True, slots=True)
class Kept:
    """By the callers' numbers: how often each outcome is kept, and how many recordings."""

    outcomes: Mapping[str, Counter[str]]
    recordings: Counter[str]

    @classmethod
    def of(cls, rows: Iterable[tuple[str | None, str | None, bool]], recorded: Iterable[str | None]) -> "Kept":
        """``rows``: caller, outcome, and whether the call has ended, of every call that citizens made."""
        outcomes: dict[str, Counter[str]] = {}
        for caller, outcome, over in rows:
            outcomes.setdefault(caller or NO_NUMBER, Counter())[outcome or "no outcome" if over else STILL_OPEN] += 1
        return cls(outcomes, Counter(caller for caller in recorded if caller))

    def wrong(self, driven: Driven) -> list[str]:
        """Callers who are not kept exactly once, as what they were: served, or gone before anybody answered; and whoever is
        kept and has not called."""
        was = {
            caller: Counter(["answered" if call.served else "abandoned_queue" if call.number == NOBODY else "?"])
            for caller, call in driven.calls.items()
        }
        kept: Counter[str] = Counter()
        return [one for one in {**was, **self.outcomes} if self.outcomes.get(one, kept) != was.get(one, kept)]

    def unrecorded(self, driven: Driven) -> list[str]:
        """Callers who were served and have no recording."""
        return [caller for caller, call in driven.calls.items() if call.served and not self.recordings[caller]]


async def kept(settings: Settings, driven: Driven) -> Kept:
    """Once all that is expected has come to Postgres, or two minutes are over."""
    found = Kept({}, Counter())

    async def all_there() -> bool:
        nonlocal found
        found = await _look(settings, driven.began)
        return not found.wrong(driven) and not found.unrecorded(driven)

    with suppress(TooLateError):  # what is missing is a finding of the caller's
        await eventually(all_there, "everything is kept", _WITHIN_S)
    return found


async def _look(settings: Settings, since: datetime) -> Kept:
    engine = engine_of(settings)
    fresh = func.coalesce(Call.started_at, Call.ended_at, func.now()) >= since
    inbound = func.coalesce(Call.kind, "inbound") == "inbound"
    calls = select(Call.caller, Call.outcome, Call.ended_at.is_not(None)).where(inbound, fresh)
    recordings = select(Call.caller).join(Recording, Recording.call == Call.id).where(fresh)
    try:
        async with engine.connect() as connection:
            rows = (await connection.execute(calls)).all()
            recorded = (await connection.execute(recordings)).scalars().all()
    finally:
        await engine.dispose()
    return Kept.of(((caller, outcome, over) for caller, outcome, over in rows), recorded)


async def cases_of(place: Place, driven: Driven) -> list[Case]:
    """What every drive owes: no call lost, all heard, in order, one row and a recording of each, nothing left over."""
    served = sum(bool(call.served) for call in driven.calls.values())
    to_serve = sum(call.number != NOBODY for call in driven.calls.values())
    in_order = sum(call.in_order for call in driven.calls.values())
    channels = await place.empties()
    found = await kept(place.centre.settings, driven)
    right = driven.wanted - len(found.wrong(driven))
    recorded = served - len(found.unrecorded(driven))
    came = f"{len(driven.calls)} at {driven.came_per_s:.1f}/s"
    on_time = len(driven.calls) == driven.wanted and driven.came_per_s >= 0.95 * driven.per_s
    return [
        Case("calls come", f"{driven.wanted} at {driven.per_s}/s", came, on_time),
        Case("answered by an operator", str(to_serve), str(served), served == to_serve),
        Case("heard both ways", str(to_serve), str(len(driven.heard)), len(driven.heard) == to_serve),
        Case("answered, served and ended in order", str(driven.wanted), str(in_order), in_order == driven.wanted),
        Case("telephones complain", "no", "no" if driven.orderly else "YES", driven.orderly),
        Case("one row in Postgres, saying what happened", str(driven.wanted), str(right), right == driven.wanted),
        Case("recorded", str(served), str(recorded), recorded == served),
        Case("channels left", "0", str(channels), channels == 0),
    ]
