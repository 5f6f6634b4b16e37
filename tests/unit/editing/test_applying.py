"""Drafts are put in force whole or not at all, and the files are what is in force afterwards."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ctl.config import ConfigError
from ctl.editing.applying import HandEditedError, apply, restore_files, roll_back
from ctl.editing.drafts import Draft, NoDraft
from ctl.editing.overtaken import OvertakenError, bring, give_up_both, neighbours, overtaken
from ctl.editing.stand import hand_edits
from ctl.pbx.deploy.deployer import Candidate, Deployer, RefusedError
from ctl.pbx.deploy.following import hashes_of
from ctl.pbx.deploy.generations import Files
from ctl.pbx.deploy.manifest import Manifest
from tests.editing_site import Site, edit

QUEUES, OPERATORS, MAIN = "queues.yaml", "operators.yaml", "flows/main.yaml"


async def put_in_force(site: Site, draft: Draft, reason: str = "r") -> Manifest | None:
    return await apply(site.settings, site.new_deployer(), draft, author=draft.note.name, reason=reason)


async def test_a_draft_reaches_nothing_before_it_is_applied(site: Site) -> None:
    await site.deploy()
    before = site.files
    draft = site.draft()
    edit(draft.flows, OPERATORS, "佐藤 花子", "佐藤 菊子")
    assert draft.changed == (OPERATORS,)
    assert site.files == before == site.in_force
    assert hand_edits(site.settings) == ()


async def test_an_applied_draft_is_a_generation_with_author_and_reason_and_the_files_are_the_same(site: Site) -> None:
    await site.deploy()
    draft = site.draft()
    edit(draft.flows, OPERATORS, "佐藤 花子", "佐藤 菊子")
    made = await put_in_force(site, draft, "改姓")
    assert made is not None
    assert (made.number, made.author, made.reason) == (2, "佐藤", "改姓")
    assert "佐藤 菊子" in site.read(OPERATORS)
    assert site.files == site.in_force
    assert site.drafts.find("1") is None


def busy_with(site: Site, meanwhile: Callable[[], None]) -> Deployer:
    """A deployer while whose trial this happens."""
    deployer = site.new_deployer()
    tries = deployer._try

    async def slowly(candidate: Candidate) -> None:
        await tries(candidate)
        meanwhile()

    deployer._try = slowly  # type: ignore[method-assign]
    return deployer


async def test_what_is_edited_by_hand_while_a_draft_is_being_applied_stays(site: Site) -> None:
    await site.deploy()
    draft = site.draft()
    edit(draft.flows, OPERATORS, "佐藤 花子", "佐藤 菊子")
    deployer = busy_with(site, lambda: edit(site.flows, OPERATORS, "鈴木 陽子", "鈴木 梅子"))
    await apply(site.settings, deployer, draft, author="佐藤", reason="r")
    assert "鈴木 梅子" in site.read(OPERATORS)
    assert "佐藤 菊子" not in site.read(OPERATORS)
    assert "ivr_flows/operators.yaml was changed by somebody else meanwhile: left as it is" in site.told
    assert OPERATORS in hand_edits(site.settings)


async def test_what_is_edited_by_hand_while_it_goes_back_stays(site: Site) -> None:
    await site.deploy()
    draft = site.draft()
    edit(draft.flows, OPERATORS, "佐藤 花子", "佐藤 菊子")
    await put_in_force(site, draft)
    deployer = site.new_deployer()
    shows = deployer._show_difference

    def slowly(after: Files) -> bool:
        edit(site.flows, OPERATORS, "鈴木 陽子", "鈴木 梅子")
        return shows(after)

    deployer._show_difference = slowly  # type: ignore[method-assign]
    await roll_back(site.settings, deployer, 1, author="佐藤", reason="r")
    assert "鈴木 梅子" in site.read(OPERATORS)


async def test_what_its_owner_writes_while_the_draft_is_being_applied_is_a_draft_of_its_own(site: Site) -> None:
    await site.deploy()
    draft = site.draft()
    edit(draft.flows, OPERATORS, "佐藤 花子", "佐藤 菊子")
    deployer = busy_with(site, lambda: edit(draft.flows, OPERATORS, "鈴木 陽子", "鈴木 梅子"))
    made = await apply(site.settings, deployer, draft, author="佐藤", reason="r")
    assert made is not None
    assert "佐藤 菊子" in site.read(OPERATORS)
    assert "鈴木 梅子" not in site.read(OPERATORS)
    assert site.files == site.in_force
    left = site.drafts.of("1")
    assert left.changed == (OPERATORS,)
    assert overtaken(site.settings, left) is None
    await put_in_force(site, left)
    assert "鈴木 梅子" in site.read(OPERATORS)
    assert site.drafts.find("1") is None
    assert [path.name for path in site.drafts.path.iterdir()] == []


@pytest.mark.parametrize("does", ["drops it", "drops it and begins another"])
async def test_draft_that_its_owner_drops_while_it_is_being_applied_does_not_come_back(site: Site, does: str) -> None:
    await site.deploy()
    draft = site.draft()
    edit(draft.flows, OPERATORS, "佐藤 花子", "佐藤 菊子")

    def meanwhile() -> None:
        site.drafts.drop("1")
        if does != "drops it":
            edit(site.draft().flows, QUEUES, "label: 新型コロナ", "label: 感染症")

    await apply(site.settings, busy_with(site, meanwhile), draft, author="佐藤", reason="r")
    assert site.files == site.in_force
    assert "佐藤 菊子" in site.read(OPERATORS)
    left = site.drafts.find("1")
    assert (left is None) is (does == "drops it")
    if left is not None:
        assert left.changed == (QUEUES,)
        assert overtaken(site.settings, left) is not None


async def test_hand_edit_and_further_writing_while_it_is_being_applied_are_told_to_each_other(site: Site) -> None:
    await site.deploy()
    draft = site.draft()
    edit(draft.flows, OPERATORS, "佐藤 花子", "佐藤 菊子")

    def meanwhile() -> None:
        edit(draft.flows, OPERATORS, "鈴木 陽子", "鈴木 梅子")
        edit(site.flows, QUEUES, "label: 新型コロナ", "label: 感染症")

    await apply(site.settings, busy_with(site, meanwhile), draft, author="佐藤", reason="r")
    assert "label: 感染症" in site.read(QUEUES)
    left = site.drafts.of("1")
    assert left.changed == (OPERATORS,)
    assert overtaken(site.settings, left) is not None


async def test_what_was_written_meanwhile_survives_a_disk_that_is_full(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.deploy()
    draft = site.draft()
    edit(draft.flows, OPERATORS, "佐藤 花子", "佐藤 菊子")
    deployer = busy_with(site, lambda: edit(draft.flows, OPERATORS, "鈴木 陽子", "鈴木 梅子"))

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("ctl.editing.drafts.replace", full)
        made = await apply(site.settings, deployer, draft, author="佐藤", reason="r")
    assert made is not None
    left = site.drafts.of("1")
    assert "鈴木 梅子" in (left.flows / OPERATORS).read_text(encoding="utf-8")
    assert left.note == draft.note


async def test_draft_that_is_begun_while_the_one_before_is_dropped_stays(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.deploy()
    draft = site.draft()
    edit(draft.flows, OPERATORS, "佐藤 花子", "佐藤 菊子")
    looks = hashes_of

    def meanwhile(folder: Path) -> dict[str, str]:
        if folder.parent.name.startswith(".dropped-"):
            edit(site.draft().flows, QUEUES, "label: 新型コロナ", "label: 感染症")
        return looks(folder)

    with monkeypatch.context() as patched:
        patched.setattr("ctl.editing.drafts.hashes_of", meanwhile)
        await put_in_force(site, draft)
    assert site.drafts.of("1").changed == (QUEUES,)


async def test_older_folder_of_a_draft_does_not_come_back(site: Site) -> None:
    """The web was killed while it removed what it had replaced."""
    await site.deploy()
    first = site.draft()
    whole, torn = site.drafts.path / "1.1", site.drafts.path / "1.2"
    shutil.copytree(first.folder, torn)
    (torn / "draft.json").unlink()
    shutil.copytree(whole, site.drafts.path / "1.3")
    draft = site.drafts.of("1")
    assert draft.folder.name == "1.3"
    edit(draft.flows, OPERATORS, "佐藤 花子", "佐藤 菊子")
    await put_in_force(site, draft)
    assert site.drafts.find("1") is None
    assert site.drafts.all() == []
    (site.drafts.path / "1.1" / "flows").mkdir(parents=True)  # by a save that came a moment too late
    assert site.draft().folder.name == "1.1"


async def test_files_follow_a_generation_of_which_asterisk_has_not_read_all(site: Site) -> None:
    await site.deploy()
    draft = site.draft()
    edit(draft.flows, OPERATORS, "佐藤 花子", "佐藤 菊子")
    deployer = site.new_deployer()
    keeps = deployer._application.put_in_force

    async def unread(number: int) -> None:
        await keeps(number)
        site.store.begin(number)

    deployer._application.put_in_force = unread  # type: ignore[method-assign]
    await apply(site.settings, deployer, draft, author="佐藤", reason="r")
    assert "佐藤 菊子" in site.read(OPERATORS)
    assert site.files == site.in_force


async def test_files_are_restored_to_what_is_in_force_once_others_have_come_to_an_end(site: Site) -> None:
    """Somebody's deploy is at work as it is asked for."""
    await site.deploy()
    edit(site.flows, OPERATORS, "佐藤 花子", "佐藤 菊子")
    waits = asyncio.Event()

    async with site.store.lock(lambda: None):
        deployer = site.new_deployer()
        deployer._tell = lambda _: waits.set()
        restoring = asyncio.create_task(restore_files(site.settings, deployer, author="佐藤"))
        await waits.wait()
        files = {**site.store.files(1), "flows/README.md": b"in force meanwhile"}
        site.store.activate(site.store.write(files, author="b", reason="r", plan="p").number)
    await restoring
    assert site.read("README.md") == "in force meanwhile"
    assert site.files == site.in_force


async def test_a_flow_that_a_draft_adds_or_removes_comes_and_goes_with_it(site: Site) -> None:
    await site.deploy()
    draft = site.draft()
    (draft.flows / "flows/site-down.yaml").rename(draft.flows / "flows/elsewhere.yaml")
    edit(draft.flows, "modes.yaml", "{site: backup, flow: site-down}", "{site: backup, flow: elsewhere}")
    edit(draft.flows, "modes.yaml", "{site: backup, flow: site-down}", "{site: backup, flow: elsewhere}")
    await put_in_force(site, draft)
    assert (site.flows / "flows/elsewhere.yaml").exists()
    assert not (site.flows / "flows/site-down.yaml").exists()
    assert site.files == site.in_force


async def test_a_bad_draft_is_refused_with_its_line_and_nothing_changes(site: Site) -> None:
    await site.deploy()
    before = site.files
    draft = site.draft()
    edit(draft.flows, MAIN, "next: tax, menu: 税", "next: taxes, menu: 税")
    with pytest.raises(ConfigError, match=r"main\.yaml:\d+.*'taxes'"):
        await put_in_force(site, draft)
    assert (site.files, site.store.current) == (before, 1)
    assert site.draft().changed == (MAIN,)


async def test_a_draft_that_asterisk_refuses_leaves_files_and_generation(site: Site) -> None:
    await site.deploy()
    before = site.files
    draft = site.draft()
    edit(draft.flows, OPERATORS, "佐藤 花子", "佐藤 菊子")
    deployer = site.new_deployer()
    deployer.refuses = RefusedError("Asterisk: no")
    with pytest.raises(RefusedError):
        await apply(site.settings, deployer, draft, author="a", reason="r")
    assert (site.files, site.store.current) == (before, 1)


async def test_two_drafts_of_different_files_both_hold_in_the_end(site: Site) -> None:
    await site.deploy()
    first, second = site.draft("1", "佐藤"), site.draft("2", "鈴木")
    edit(first.flows, OPERATORS, "佐藤 花子", "佐藤 菊子")
    edit(second.flows, QUEUES, "priority: 4", "priority: 3")
    await put_in_force(site, first, "改姓")
    with pytest.raises(OvertakenError, match=r"generation 2 by 佐藤.*改姓") as refused:
        await put_in_force(site, second)
    assert refused.value.overtaken.can_be_brought
    assert refused.value.overtaken.files == (OPERATORS,)
    brought = bring(site.drafts, site.settings, second)
    assert overtaken(site.settings, brought) is None
    await put_in_force(site, brought)
    assert "佐藤 菊子" in site.read(OPERATORS)
    assert "priority: 3" in site.read(QUEUES)
    assert site.files == site.in_force


async def test_a_file_that_two_people_changed_is_not_brought_but_can_be_given_up(site: Site) -> None:
    await site.deploy()
    first, second = site.draft("1", "佐藤"), site.draft("2", "鈴木")
    edit(first.flows, QUEUES, "priority: 4", "priority: 2")
    edit(second.flows, QUEUES, "priority: 4", "priority: 3")
    edit(second.flows, OPERATORS, "佐藤 花子", "佐藤 菊子")
    (neighbour,) = neighbours(site.drafts, "2", second.changed)
    assert (neighbour.name, neighbour.files) == ("佐藤", (QUEUES,))
    await put_in_force(site, first)
    with pytest.raises(OvertakenError) as refused:
        bring(site.drafts, site.settings, second)
    assert refused.value.overtaken.both == (QUEUES,)
    given_up = give_up_both(site.drafts, site.settings, second)
    assert given_up.changed == (OPERATORS,)
    await put_in_force(site, given_up)
    assert "priority: 2" in site.read(QUEUES)
    assert "佐藤 菊子" in site.read(OPERATORS)


async def test_a_hand_edit_is_seen_and_never_overwritten_unasked(site: Site) -> None:
    await site.deploy()
    draft = site.draft()
    edit(draft.flows, QUEUES, "priority: 4", "priority: 3")
    edit(site.flows, OPERATORS, "佐藤 花子", "佐藤 菊子")
    assert hand_edits(site.settings) == (OPERATORS,)
    with pytest.raises(OvertakenError, match="edited by hand"):
        await put_in_force(site, draft)
    await put_in_force(site, bring(site.drafts, site.settings, draft))
    assert "佐藤 菊子" in site.read(OPERATORS)
    assert hand_edits(site.settings) == ()


async def test_going_back_takes_the_files_along(site: Site) -> None:
    await site.deploy()
    before = site.files
    draft = site.draft()
    edit(draft.flows, OPERATORS, "佐藤 花子", "佐藤 菊子")
    await put_in_force(site, draft)
    made = await roll_back(site.settings, site.new_deployer(), 1, author="鈴木", reason="誤り")
    assert made is not None
    assert (made.number, made.restores, made.reason) == (3, 1, "back to generation 1: 誤り")
    assert site.files == before == site.in_force


async def test_going_back_over_a_hand_edit_is_refused_and_restoring_keeps_it_aside(site: Site) -> None:
    await site.deploy()
    draft = site.draft()
    edit(draft.flows, QUEUES, "priority: 4", "priority: 3")
    await put_in_force(site, draft)
    edit(site.flows, OPERATORS, "佐藤 花子", "佐藤 菊子")
    with pytest.raises(HandEditedError, match=OPERATORS):
        await roll_back(site.settings, site.new_deployer(), 1, author="a", reason="r")
    await restore_files(site.settings, site.new_deployer(), author="a")
    assert site.files == site.in_force
    (kept,) = site.settings.under("hand-edits").rglob(OPERATORS)
    assert "佐藤 菊子" in kept.read_text(encoding="utf-8")
    await roll_back(site.settings, site.new_deployer(), 1, author="a", reason="r")
    assert "priority: 4" in site.read(QUEUES)


async def test_a_draft_outlives_the_web_and_can_be_dropped(site: Site) -> None:
    await site.deploy()
    edit(site.draft().flows, OPERATORS, "佐藤 花子", "佐藤 菊子")
    (found,) = type(site.drafts)(site.settings).all()
    assert (found.note.name, found.changed) == ("佐藤", (OPERATORS,))
    site.drafts.drop("1")
    with pytest.raises(NoDraft):
        site.drafts.of("1")
    assert list(site.drafts.path.iterdir()) == []


async def test_a_draft_that_changes_nothing_makes_no_generation(site: Site) -> None:
    await site.deploy()
    assert await put_in_force(site, site.draft()) is None
    assert [one.number for one in site.store.history()] == [1]
