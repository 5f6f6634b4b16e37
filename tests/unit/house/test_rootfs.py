"""The recipe decides the name of the root file system; building it is shown in the lab."""

from pathlib import Path

import pytest

from ctl.house import HouseError, asterisk_command, asterisk_owner, ensure_rootfs
from ctl.house.rootfs import MARK, Recipe, read_recipe
from ctl.settings import Settings


def test_recipe_is_read_without_comments_and_independent_of_order(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("# what for\nasterisk\nopenssl  # certificates\n\n")
    other.write_text("openssl\nasterisk\n")
    assert read_recipe(one) == read_recipe(other) == Recipe(packages=("asterisk", "openssl"))


def test_other_content_has_another_key() -> None:
    recipes = [
        Recipe(("asterisk",)),
        Recipe(("asterisk", "openssl")),
        Recipe(("asterisk",), suite="sid"),
        Recipe(("asterisk",), version=99),
    ]
    assert len({recipe.key for recipe in recipes}) == len(recipes)


def test_other_steps_have_another_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """A root file system that was built by the steps of before is not taken for one of now."""
    before = Recipe(("asterisk",)).key
    monkeypatch.setattr(Recipe, "hooks", lambda _: ["--customize-hook=true"])
    assert Recipe(("asterisk",)).key != before


def test_finished_root_file_system_is_taken_from_the_cache(tmp_path: Path) -> None:
    recipe = read_recipe()
    finished = tmp_path / "rootfs" / recipe.key
    (finished / MARK).parent.mkdir(parents=True)
    (finished / MARK).write_text(recipe.key)
    told: list[str] = []
    assert ensure_rootfs(Settings(cache=tmp_path), told.append) == finished
    assert told == []


@pytest.fixture
def centre(tmp_path: Path) -> Settings:
    (tmp_path / "home/asterisk/etc").mkdir(parents=True)
    return Settings(home=tmp_path / "home")


def test_asterisk_sees_its_configuration_below_the_centre(centre: Settings) -> None:
    argv = asterisk_command(centre, Path("/rootfs"), centre.under("asterisk/etc"))
    assert argv[-8:] == ["-n", "-C", "/centre/asterisk/etc/asterisk.conf", "-f", "-U", "asterisk", "-G", "asterisk"]
    assert {"/rootfs", str(centre.under())} <= set(argv)


def test_asterisk_in_its_container_runs_without_detour(centre: Settings) -> None:
    argv = asterisk_command(centre, Path("/"), centre.under("asterisk/etc"), "-rx", "core show uptime")
    assert argv == ["asterisk", "-n", "-C", "/centre/asterisk/etc/asterisk.conf", "-rx", "core show uptime"]


def test_asterisk_cannot_be_configured_from_elsewhere(centre: Settings) -> None:
    with pytest.raises(HouseError, match="sees only what is below"):
        asterisk_command(centre, Path("/rootfs"), Path("/etc/asterisk"))


def test_owner_is_read_from_the_root_file_system(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\nasterisk:x:606:707::/:/usr/sbin/nologin\n")
    assert asterisk_owner(tmp_path) == (606, 707)
