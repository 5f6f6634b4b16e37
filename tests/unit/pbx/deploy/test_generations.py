"""Generations: complete or not there, one link decides, and the way back is always kept."""

import asyncio
from pathlib import Path

import pytest

from ctl.pbx.deploy.generations import Generations, NoSuchGenerationError
from ctl.settings import Settings

FILES = {
    "asterisk/pjsip.conf": b"[carrier]\n",
    "flows/flows/main.yaml": "label: 代表\n".encode(),
    "flows/a.wav": b"\xff",
}


@pytest.fixture(name="store")
def a_store(tmp_path: Path) -> Generations:
    return Generations(Settings(home=tmp_path))


def write(store: Generations, content: bytes = b"x") -> int:
    return store.write({"asterisk/a.conf": content}, author="花子", reason="why", plan="p").number


def test_before_the_first_nothing_is_in_force(store: Generations) -> None:
    assert store.current is None
    assert store.history() == []
    assert store.files(None) == {}


def test_a_generation_is_read_as_it_was_written(store: Generations) -> None:
    made = store.write(FILES, author="花子", reason="新しい内線", plan="abc")
    store.activate(made.number)
    assert store.files(made.number) == FILES
    assert store.manifest(made.number) == made
    assert (store.flows(made.number) / "flows" / "main.yaml").read_bytes() == FILES["flows/flows/main.yaml"]
    assert set(made.files) == set(FILES)


def test_equal_content_has_equal_hashes_and_another_number(store: Generations) -> None:
    first, second = (store.manifest(write(store)) for _ in range(2))
    assert first.files == second.files
    assert second.number == first.number + 1


def test_only_activating_puts_in_force(store: Generations) -> None:
    first = write(store)
    assert store.current is None
    store.activate(first)
    second = write(store, b"y")
    assert store.current == first
    store.activate(second)
    assert store.current == second
    store.activate(first)
    assert store.current == first


def test_configuration_is_seen_through_the_link(store: Generations) -> None:
    for content in (b"one", b"two"):
        store.activate(write(store, content))
        assert (store.path / "current" / "asterisk" / "a.conf").read_bytes() == content


async def test_what_an_interrupted_deploy_left_is_no_generation_and_is_swept(store: Generations) -> None:
    store.activate(write(store))
    left = store.path / ".making-2"
    (left / "asterisk").mkdir(parents=True)
    assert [one.number for one in store.history()] == [1]
    async with store.lock(lambda: None):
        assert not left.exists()
    assert store.current == 1
    assert write(store) == 2


def test_an_unknown_generation_is_refused_and_changes_nothing(store: Generations) -> None:
    store.activate(write(store))
    with pytest.raises(NoSuchGenerationError, match="generation 7 is not kept; there are: 1"):
        store.activate(7)
    assert store.current == 1


def test_pruning_keeps_the_newest_and_the_one_in_force(store: Generations) -> None:
    numbers = [write(store, b"%d" % n) for n in range(6)]
    store.activate(numbers[0])
    store.prune(kept=2)
    assert [one.number for one in store.history()] == [numbers[-1], numbers[-2], numbers[0]]
    assert write(store) == numbers[-1] + 1


def test_one_that_was_taken_back_says_why(store: Generations) -> None:
    number = write(store)
    store.mark_taken_back(number, ("queue tax is not loaded", "endpoint 2001 is not loaded"))
    assert store.manifest(number).taken_back == ("queue tax is not loaded", "endpoint 2001 is not loaded")


def test_nobody_but_owner_and_group_reads_secrets(store: Generations) -> None:
    number = write(store)
    for path in (store.path / str(number)).rglob("*"):
        assert path.stat().st_mode & 0o007 == 0, path


async def test_two_deploys_at_once_come_one_after_the_other(store: Generations) -> None:
    told, order = asyncio.Event(), []

    async def second() -> None:
        async with store.lock(told.set):
            order.append("second")

    async with store.lock(lambda: pytest.fail("nobody else is at work")):
        other = asyncio.create_task(second())
        await asyncio.wait_for(told.wait(), 5)
        order.append("first")
    await asyncio.wait_for(other, 5)
    assert order == ["first", "second"]


async def test_waiting_for_another_deploy_can_be_interrupted(store: Generations) -> None:
    told = asyncio.Event()

    async def second() -> None:
        async with store.lock(told.set):
            pytest.fail("the first is still at work")

    async with store.lock(lambda: None):
        other = asyncio.create_task(second())
        await asyncio.wait_for(told.wait(), 5)
        other.cancel()
        with pytest.raises(asyncio.CancelledError):
            await other


def test_an_exchange_is_unsettled_until_its_outcome_is_known(store: Generations) -> None:
    assert store.unsettled is None
    store.activate(write(store))
    store.begin(1)
    assert Generations(Settings(home=store.path.parent)).unsettled == 1
    store.settle()
    store.settle()
    assert store.unsettled is None


def step_back(store: Generations) -> int:
    """As a roll back does: the content of the earlier one is a new generation, and in force."""
    to = store.earlier()
    made = store.write(store.files(to.number), author="花子", reason="", plan="p", restores=to.origin)
    store.activate(made.number)
    return made.number


def in_force(store: Generations) -> bytes:
    return store.files(store.current)["asterisk/a.conf"]


def test_every_step_back_goes_one_further(store: Generations) -> None:
    for content in (b"a", b"b", b"c"):
        store.activate(write(store, content))
    assert step_back(store) == 4
    assert in_force(store) == b"b"
    assert step_back(store) == 5
    assert in_force(store) == b"a"
    with pytest.raises(NoSuchGenerationError, match="no earlier"):
        store.earlier()


def test_step_back_after_a_new_deploy_is_what_was_in_force_before_it(store: Generations) -> None:
    for content in (b"a", b"b", b"c"):
        store.activate(write(store, content))
    step_back(store)
    store.activate(write(store, b"d"))
    step_back(store)
    assert in_force(store) == b"b"
    step_back(store)
    assert in_force(store) == b"a"


def test_step_back_passes_over_what_was_taken_back(store: Generations) -> None:
    store.activate(write(store, b"a"))
    store.mark_taken_back(write(store, b"bad"), ["no queue"])
    store.activate(write(store, b"c"))
    step_back(store)
    assert in_force(store) == b"a"


def test_step_back_passes_over_what_was_never_in_force(store: Generations) -> None:
    store.activate(write(store, b"a"))
    broken_off = write(store, b"mistake")
    assert store.manifest(broken_off).taken_back == ("it was never in force",)
    store.activate(write(store, b"c"))
    step_back(store)
    assert in_force(store) == b"a"
    assert [bool(one.taken_back) for one in store.history()] == [False, False, True, False]


def test_pruning_that_is_killed_leaves_a_history_that_can_be_read(
    store: Generations, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [write(store, b"%d" % n) for n in range(4)]
    store.activate(numbers[-1])

    def killed(folder: Path) -> None:
        (folder / "manifest.json").unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("ctl.pbx.deploy.generations.shutil.rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            store.prune(kept=2)
    assert [one.number for one in store.history()] == [4, 3, 2]
    store.prune(kept=2)
    assert [one.number for one in store.history()] == [4, 3, 2]


def test_before_the_first_there_is_nothing_to_go_back_to(store: Generations) -> None:
    with pytest.raises(NoSuchGenerationError):
        store.earlier()
