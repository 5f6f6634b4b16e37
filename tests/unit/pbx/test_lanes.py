"""Jobs in order per key, side by side across keys, and nothing left behind."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from ctl.pbx.lanes import Lanes

Job = tuple[str, int]


@given(st.lists(st.sampled_from("abc"), max_size=30))
def test_jobs_of_a_key_are_done_in_order_whatever_comes_between(keys: list[str]) -> None:
    done: list[Job] = []

    async def work(job: Job) -> None:
        await asyncio.sleep(0)
        done.append(job)

    async def play() -> None:
        lanes = Lanes(work)
        lanes.open()
        for n, key in enumerate(keys):
            lanes.put(key, (key, n))
        await lanes.idle()

    asyncio.run(play())
    for key in "abc":
        assert [n for k, n in done if k == key] == [n for n, k in enumerate(keys) if k == key]


async def test_job_that_fails_does_not_stop_its_lane() -> None:
    done: list[int] = []

    async def work(job: int) -> None:
        if job == 1:
            raise ValueError("a fault of ours")
        done.append(job)

    lanes = Lanes(work)
    lanes.open()
    for job in (1, 2):
        lanes.put("call", job)
    await lanes.idle()
    assert done == [2]


async def test_closed_lanes_begin_nothing_and_give_it_back() -> None:
    done: list[int] = []

    async def work(job: int) -> None:
        done.append(job)

    lanes = Lanes(work)
    for job in (1, 2):
        lanes.put("call", job)
    assert lanes.waiting == 2
    assert lanes.take_back() == [1, 2]
    lanes.open()
    await lanes.idle()
    assert done == []


async def test_quiet_waits_for_what_has_begun() -> None:
    release, begun = asyncio.Event(), asyncio.Event()

    async def work(_: int) -> None:
        begun.set()
        await release.wait()

    lanes = Lanes(work)
    lanes.open()
    lanes.put("call", 1)
    await begun.wait()
    lanes.close()
    quiet = asyncio.create_task(lanes.quiet())
    await asyncio.sleep(0)
    assert not quiet.done()
    release.set()
    await asyncio.wait_for(quiet, 5)
