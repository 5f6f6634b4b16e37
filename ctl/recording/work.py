"""The worker's share: cut what has ended and is not cut yet, and note what was made of it."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.cms import recordings
from ctl.cms.recordings import TalkSegment, Uncut
from ctl.database.base import instant
from ctl.recording.cutter import DepartmentLeg, Job, Recording, Talk, cut_call
from ctl.recording.vault import Vault
from ctl.switchboard.ids import CallId, DepartmentCode, Extension, LegId, Millis

log = logging.getLogger(__name__)

SETTLE_MS = 5000
"""How long a call must be over, and its files unchanged, before they are cut: Asterisk closes them a moment later."""

LOOK_BACK_MS = 30 * 24 * 3600 * 1000
"""As far back as the journal goes, from which records may be shipped once more. A call that could not be cut for so long will
not be: it does not stand in the way of the others any longer."""


class Index(Protocol):
    """Where it stands which segments have been cut (`ctl.cms.recordings`)."""

    async def uncut(self, ended_before: Millis) -> Sequence[Uncut]: ...
    async def note(self, rows: Sequence[Mapping[str, Any]], now: Millis) -> None: ...


class Cutting:
    """Repeat `once` for ever. Killed anywhere, it does the same again and comes to the same result."""

    def __init__(self, index: Index, vault: Vault, clock: Callable[[], Millis]) -> None:
        self._index = index
        self._vault = vault
        self._clock = clock

    async def once(self) -> int:
        """Cut what can be cut now; returns how many calls that were.

        A call whose files cannot be read or written, or are more than we can cut, does not keep the others waiting; its error
        is raised at the end.
        """
        done, trouble = 0, None
        for uncut in await self._index.uncut(self._clock() - SETTLE_MS):
            try:
                made = await asyncio.to_thread(self._cut, uncut)
            except Exception as error:
                log.warning("call %s cannot be cut: %s: %s", uncut.call, type(error).__name__, error)
                trouble = trouble or error
                continue
            if made:
                await self._index.note([row(one) for one in made], self._clock())
                done += 1
        if trouble is not None and done == 0:
            raise trouble
        return done

    def _cut(self, uncut: Uncut) -> Sequence[Recording]:
        job = job_of(uncut)
        return cut_call(self._vault, job) if self._settled(job) else ()

    def _settled(self, job: Job) -> bool:
        """Whether nothing is being written any more. A file that is not there will not come either."""
        for name in job.files():
            try:
                written_at = self._vault.written_at(name)
            except FileNotFoundError:
                continue
            if self._clock() - written_at < SETTLE_MS:
                return False
        return True


def job_of(uncut: Uncut) -> Job:
    talks = [_talk(one) for one in uncut.talks]
    return Job(CallId(uncut.call), uncut.kind, uncut.started_at, uncut.ended_at, talks)


def _talk(one: TalkSegment) -> Talk:
    return Talk(
        one.n,
        one.kind,
        one.started_at,
        one.ended_at,
        Extension(one.operator) if one.operator else None,
        DepartmentCode(one.department) if one.department else None,
        DepartmentLeg(LegId(one.on.leg), one.on.answered_at) if one.on else None,
    )


def row(made: Recording) -> dict[str, Any]:
    """The columns of the index, but for the time of noting."""
    return {
        "call": made.call,
        "segment": made.talk.n,
        "kind": made.talk.kind.value,
        "operator": made.talk.operator,
        "department": made.talk.department,
        "started_at": instant(made.talk.started_at),
        "duration_ms": made.duration_ms,
        "verdict": made.verdict.value,
        "lost_ms": made.lost_ms,
        "gap_ms": made.gap_ms,
        "file": made.file,
        "sha256": made.sha256,
        "bytes": made.bytes,
        "note": made.note,
    }


class PostgresIndex:
    """The index as it is kept."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def uncut(self, ended_before: Millis) -> Sequence[Uncut]:
        return await recordings.uncut(self._engine, instant(ended_before - LOOK_BACK_MS), instant(ended_before))

    async def note(self, rows: Sequence[Mapping[str, Any]], now: Millis) -> None:
        await recordings.index(self._engine, rows, now)
