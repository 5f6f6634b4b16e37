"""The service level (別紙3): what supervisors see is what Postgres says, also after the switchboard was killed."""

from datetime import datetime, timedelta

from ctl.cms.service import service_between
from ctl.database.base import instant
from ctl.database.engine import engine_of
from ctl.kpi.windows import DAY, day_of
from ctl.lab import scenes
from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange
from ctl.lab.pulse import eventually
from ctl.runtime.service import ServiceRow

COUNTS = ("offered", "answered", "within", "abandoned")


async def test_floor_and_records_count_the_same_before_and_after_a_kill(centre: Centre, town: Exchange) -> None:
    impatient = await scenes.waiting(centre, town)
    await centre.phase(impatient, "waiting")
    await impatient.hang_up()
    await centre.record_of(impatient)  # or the operator who comes now may be rung for who is just leaving
    talker, phone = await scenes.talking(centre, town, "2001")
    await talker.hang_up()
    await phone.is_gone()
    for citizen in (impatient, talker):
        await centre.record_of(citizen)
    last = next(row for row in await agreed(centre) if row["name"] == "15")
    assert last["answered"] >= 1
    assert last["abandoned"] >= 1

    centre.kill("switchboard")
    await centre.is_connected(True, within_s=30)
    await agreed(centre)


async def agreed(centre: Centre) -> list[ServiceRow]:
    """The rows of the floor, of which those of the day are what Postgres says of the same moment."""

    async def counted() -> list[ServiceRow] | None:
        floor = await centre.floor()
        at = datetime.fromisoformat(floor["at"])
        midnight = instant(day_of(round(at.timestamp() * 1000))[0])
        counts = await service_between(engine, midnight - timedelta(milliseconds=1), at)
        stored = {queue: tuple(getattr(count, name) for name in COUNTS) for queue, count in counts.items()}
        shown = {
            row["queue"]: (row["offered"], row["answered"], row["within"], row["abandoned"])
            for row in floor["service"]
            if row["window"] == DAY
        }
        return floor["service"] if shown and shown == stored else None

    engine = engine_of(centre.settings)
    try:
        return await eventually(counted, "the floor and Postgres count the same")
    finally:
        await engine.dispose()
