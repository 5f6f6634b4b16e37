"""What was heard of calls around a fault: by those who talked, and in the recordings that are kept of them."""

import asyncio
import wave
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sqlalchemy import text

from ctl.database.engine import engine_of
from ctl.lab.centre import Centre
from ctl.lab.pulse import TooLateError, eventually
from ctl.lab.tones import VOICES, heard_over_time
from tests.proving.background import Background, Unheard
from tests.proving.history import History, Leg, Side, Trouble

TALKED_S = 1.0
"""Who talked for so long must be in the recording: shorter talks may end before the music stops and the other side is heard."""
CUT_WITHIN_S = 60.0

RECORDINGS = """
SELECT calls.caller, recordings.verdict, recordings.file, recordings.duration_ms
FROM recordings JOIN calls ON calls.id = recordings.call
WHERE recordings.kind = 'talk' AND calls.started_at >= to_timestamp(:since)"""


class Kept(NamedTuple):
    """A recording of what a citizen and an operator said."""

    caller: str
    verdict: str
    file: str | None
    duration_ms: int


@dataclass(frozen=True, slots=True)
class Sound:
    """``heard``: how often two who talked heard each other; ``recorded``: how many talks were found in whole recordings with
    a voice on each side. ``excused``: how much of what is missing the fault accounts for."""

    heard: int
    recorded: int
    wrong: Sequence[str]
    excused: int


async def heard(
    centre: Centre,
    background: Background,
    seen: History,
    since_s: float,
    troubles: Sequence[Trouble],
    noisy: Sequence[Trouble] = (),
) -> Sound:
    """Once what is to be recorded is cut, or a minute is over. Asks of nothing that fell into these troubles, and in
    ``noisy`` ones only that voices are there."""
    wrong = list(deaf(background.unheard, troubles, noisy))
    excused = len(background.unheard) - len(wrong)
    talks = to_be_recorded(seen.legs, troubles)
    found: Sequence[Kept] = []

    async def ask() -> bool:
        nonlocal found
        found = await _recordings(centre, since_s)
        return talks <= {row.caller for row in found}

    try:
        await eventually(ask, "all that was said is recorded", CUT_WITHIN_S)
    except TooLateError:
        wrong += [f"no recording of {caller}" for caller in sorted(talks - {row.caller for row in found})]
    rows = [row for row in found if row.caller in talks]
    found_amiss = list(
        await asyncio.to_thread(amiss, centre.settings.recordings_path, rows, frozenset(background.heard))
    )
    return Sound(len(background.heard), len(rows) - len(found_amiss), [*wrong, *found_amiss], excused)


def deaf(unheard: Sequence[Unheard], troubles: Sequence[Trouble], noisy: Sequence[Trouble]) -> Iterator[str]:
    """Who did not hear each other, and was not kept from it by one of these. What cuts calls off leaves telephones that
    believe they talk: who had called before it was over need not be heard any more."""
    for one in unheard:
        cut_off = not clear(one.came_s, one.until_s, [trouble for trouble in troubles if trouble.loses])
        if not cut_off and clear(one.since_s, one.until_s, [*troubles, *(noisy if one.garbled else ())]):
            yield one.what


def clear(since_s: float, until_s: float, troubles: Sequence[Trouble]) -> bool:
    """Whether no trouble lasted in any part of this time."""
    return not any(one.since_s <= until_s and since_s <= one.until_s for one in troubles)


def to_be_recorded(legs: Sequence[Leg], troubles: Sequence[Trouble]) -> set[str]:
    """The citizens of whom each word with an operator has to be recorded: they talked, and no trouble was near."""
    found: set[str] = set()
    excused: set[str] = set()
    for leg in legs:
        if leg.side is not Side.OPERATOR or leg.answered_s is None:
            continue
        if leg.ended_s is None or not clear(leg.begun_s, leg.ended_s, troubles):
            excused.add(leg.caller)
        elif leg.ended_s - leg.answered_s >= TALKED_S:
            found.add(leg.caller)
    return found - excused


async def _recordings(centre: Centre, since_s: float) -> Sequence[Kept]:
    engine = engine_of(centre.settings)
    try:
        async with engine.connect() as connection:
            return [Kept(*row) for row in await connection.execute(text(RECORDINGS), {"since": since_s})]
    finally:
        await engine.dispose()


def amiss(folder: Path, rows: Sequence[Kept], heard_there: Collection[str]) -> Iterator[str]:
    """``heard_there``: who was heard by the other side must be heard in the recording as well."""
    for one in rows:
        if one.file is None or one.verdict != "complete":
            yield f"recording of {one.caller} is {one.verdict}"
        elif one.caller in heard_there and one.duration_ms >= TALKED_S * 1000:
            speaks = dict(zip(("left", "right"), voices(folder / one.file), strict=True))
            if mute := [side for side, voice in speaks.items() if not voice]:
                yield f"recording of {one.caller} has nobody on the {' and '.join(mute)}"


def voices(path: Path) -> tuple[bool, bool]:
    """Whether one of the town speaks on the left, and on the right, of a stereo recording."""
    with wave.open(str(path)) as file:
        assert file.getnchannels() == 2, path
        both = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    left, right = (
        any(one.tones & frozenset(VOICES) for one in heard_over_time(side)) for side in (both[:, 0], both[:, 1])
    )
    return left, right
