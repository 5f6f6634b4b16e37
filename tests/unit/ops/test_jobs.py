"""Jobs that must keep running: tried again, never dragging others down, with a state to read."""

import asyncio
import errno
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from ctl.ops.jobs import AWAY_PAUSE_S, FIRST_PAUSE_S, LONGEST_PAUSE_S, Job, Jobs, State, publish, published

REST_S = 5.0


class EndError(BaseException):
    """Ends a test's run of jobs that would run for ever."""


class AwayError(Exception):
    """What is expected now and then."""


class Script:
    """A job that does what it is told, once after the other, and then ends the test."""

    def __init__(self, *acts: int | Exception) -> None:
        self.acts = list(acts)

    async def __call__(self) -> int:
        if not self.acts:
            raise EndError
        act = self.acts.pop(0)
        if isinstance(act, Exception):
            raise act
        return act


def nobody(_: Mapping[str, State]) -> None:
    """Is told."""


async def run(*acts: int | Exception, told: Callable[[Mapping[str, State]], None] = nobody) -> tuple[list[float], Jobs]:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    jobs = Jobs([Job("ship", Script(*acts), REST_S)], told, sleep, expected=(AwayError,))
    with pytest.raises(BaseExceptionGroup) as ended:
        await jobs.run()
    assert ended.value.subgroup(EndError) is not None
    return pauses, jobs


async def test_rests_only_when_there_was_nothing_to_do() -> None:
    pauses, jobs = await run(3, 2, 0, 1)
    assert pauses == [0, 0, REST_S, 0]
    assert jobs.states["ship"].done == 6


async def test_jobs_go_on_when_their_state_cannot_be_told() -> None:
    def full_disk(_: Mapping[str, State]) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    pauses, jobs = await run(3, 0, told=full_disk)
    assert pauses == [0, REST_S]
    assert jobs.states["ship"].done == 3


async def test_pauses_grow_with_failures_in_a_row_and_are_short_again_after_a_success() -> None:
    away = OSError("away")
    pauses, _ = await run(away, away, away, 0, away)
    assert pauses == [FIRST_PAUSE_S, 2 * FIRST_PAUSE_S, 4 * FIRST_PAUSE_S, REST_S, FIRST_PAUSE_S]


async def test_pauses_never_grow_beyond_the_longest() -> None:
    pauses, _ = await run(*[OSError("away")] * 40)
    assert max(pauses) == pauses[-1] == LONGEST_PAUSE_S


async def test_what_is_merely_away_is_tried_again_soon_however_long_it_was_away() -> None:
    pauses, _ = await run(*[AwayError("away")] * 40)
    assert pauses[:2] == [FIRST_PAUSE_S, 2 * FIRST_PAUSE_S]
    assert max(pauses) == pauses[-1] == AWAY_PAUSE_S


async def test_a_long_absence_does_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    await run(*[AwayError("away")] * 1000)
    told = [record.getMessage() for record in caplog.records]
    assert told[0] == "ship failed (1 in a row): away"
    assert told[-1] == "ship failed (512 in a row): away"
    assert len(told) == 10


async def test_state_tells_the_failure_and_forgets_it_when_it_is_over() -> None:
    _, failing = await run(OSError("no route"), OSError("no route"))
    state = failing.states["ship"]
    assert (state.ok, state.failures_in_a_row, state.error) == (False, 2, "OSError: no route")
    _, well = await run(OSError("no route"), 1)
    assert (well.states["ship"].ok, well.states["ship"].error) == (True, None)


async def test_one_failing_job_does_not_stop_another() -> None:
    worked = asyncio.Event()

    async def fail() -> int:
        raise OSError("away")

    async def work() -> int:
        worked.set()
        return 0

    async def sleep(_: float) -> None:
        await asyncio.Event().wait() if worked.is_set() else await asyncio.sleep(0)

    running = asyncio.create_task(Jobs([Job("bad", fail, 1), Job("good", work, 1)], lambda _: None, sleep).run())
    async with asyncio.timeout(10):
        await worked.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


def test_what_is_published_is_what_others_read(tmp_path: Path) -> None:
    publish(tmp_path / "worker.json", {"cut": State(done=7)})
    read = published(tmp_path / "worker.json")
    assert read is not None
    jobs = read["jobs"]
    assert isinstance(jobs, Mapping)
    assert (jobs["cut"]["done"], jobs["cut"]["ok"]) == (7, True)


@pytest.mark.parametrize("content", ["", "{", "[1]"])
def test_what_cannot_be_read_counts_as_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "worker.json").write_text(content)
    assert published(tmp_path / "worker.json") is None
    assert published(tmp_path / "missing.json") is None
