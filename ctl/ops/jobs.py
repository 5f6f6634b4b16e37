"""Jobs that run for ever beside the calls: each on its own, tried again after a failure, with a state one can read.

A job that fails does not stop the others, and is not given up: the pause grows with every failure in a row up to
`LONGEST_PAUSE_S` (`AWAY_PAUSE_S` when something is merely away) and is short again after a success.
"""

import asyncio
import json
import logging
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
AWAY_PAUSE_S = 5.0
"""To ask whether something is back costs nothing, and whoever waits for the records shall not wait a minute longer."""

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Job:
    """``once`` does what there is to do and says how much that was; after nothing it rests for ``rest_s``."""

    name: str
    once: Callable[[], Awaitable[int]]
    rest_s: float


@dataclass(slots=True)
class State:
    """How a job is doing. ``since``: when it began to work or to fail. ``done``: all that it has done."""

    ok: bool = True
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    last_success: datetime | None = None
    failures_in_a_row: int = 0
    done: int = 0
    error: str | None = None

    def succeeded(self, done: int, now: datetime) -> None:
        if not self.ok:
            self.ok, self.since, self.failures_in_a_row, self.error = True, now, 0, None
        self.last_success = now
        self.done += done

    def failed(self, error: Exception, now: datetime) -> None:
        if self.ok:
            self.ok, self.since = False, now
        self.failures_in_a_row += 1
        self.error = f"{type(error).__name__}: {error}".splitlines()[0]

    def pause_s(self, longest_s: float) -> float:
        """How long to wait after a failure."""
        return min(longest_s, FIRST_PAUSE_S * 2.0 ** min(self.failures_in_a_row - 1, 16))

    def document(self) -> dict[str, object]:
        return {
            "ok": self.ok,
            "since": self.since.isoformat(timespec="seconds"),
            "last_success": self.last_success.isoformat(timespec="seconds") if self.last_success else None,
            "failures_in_a_row": self.failures_in_a_row,
            "done": self.done,
            "error": self.error,
        }


class Jobs:
    """Runs jobs until cancelled. ``told`` is called after every change of a job's state.

    Failures of an ``expected`` kind (a database that is away) speak for themselves and are tried again soon; others
    are logged with their trace.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        told: Callable[[Mapping[str, State]], None],
        sleep: Sleep = asyncio.sleep,
        expected: tuple[type[Exception], ...] = (),
    ) -> None:
        self._jobs = jobs
        self._told = told
        self._sleep = sleep
        self._expected = expected
        self.states = {job.name: State() for job in jobs}

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for job in self._jobs:
                tasks.create_task(self._keep(job), name=job.name)

    async def _keep(self, job: Job) -> None:
        state = self.states[job.name]
        while True:
            try:
                done = await job.once()
            except Exception as error:
                self._note(job, state, error)
                state.failed(error, datetime.now(UTC))
                pause = state.pause_s(AWAY_PAUSE_S if isinstance(error, self._expected) else LONGEST_PAUSE_S)
            else:
                if not state.ok:
                    log.info("%s works again", job.name)
                state.succeeded(done, datetime.now(UTC))
                pause = 0.0 if done else job.rest_s
            try:
                self._told(self.states)
            except OSError as error:  # a full disk; what was told before grows old, which readers see
                log.warning("the state of the jobs could not be told: %s", error)
            await self._sleep(pause)

    def _note(self, job: Job, state: State, error: Exception) -> None:
        """The following failures in a row in a line, and ever fewer of them: they are mostly the same."""
        count = state.failures_in_a_row + 1
        if state.ok and not isinstance(error, self._expected):
            log.error("%s failed", job.name, exc_info=error)
        elif count & (count - 1) == 0:  # the 1st, 2nd, 4th, 8th …
            log.warning("%s failed (%d in a row): %s", job.name, count, error)


def publish(path: Path, states: Mapping[str, State]) -> None:
    """Put the states where other processes read them, whole or not at all."""
    draft = path.with_suffix(".draft")
    document = {name: state.document() for name, state in states.items()}
    draft.write_text(
        json.dumps({"at": datetime.now(UTC).isoformat(timespec="seconds"), "jobs": document}), encoding="utf-8"
    )
    os.replace(draft, path)


def published(path: Path) -> Mapping[str, object] | None:
    """What was put there last; None when nothing, or nothing readable, is there."""
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return read if isinstance(read, dict) else None
