"""The mirror is found in every form in which APT sources are written (APT itself reads them here)."""

from pathlib import Path

import pytest

from ctl.house.errors import HouseError
from ctl.house.machine import mirror, missing, run


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    (tmp_path / "sources.list.d").mkdir()
    return tmp_path


def mirror_of(etc: Path) -> str:
    return mirror(["-o", f"Dir::Etc={etc}", "-o", "Dir::Etc::main=none", "-o", "Dir::Etc::parts=none.d"])


def test_mirror_is_read_from_deb822_sources(etc: Path) -> None:
    (etc / "sources.list.d/debian.sources").write_text(
        "Types: deb deb-src\n"
        "# the archive\n"
        "URIs: http://archive.example/debian\n"
        "Suites: bookworm bookworm-updates\n"
        "Components: main\n"
    )
    assert mirror_of(etc) == "http://archive.example/debian"


def test_mirror_is_read_from_one_line_sources_with_options(etc: Path) -> None:
    (etc / "sources.list").write_text(
        "# deb http://commented.example/debian bookworm main\n"
        "deb-src http://source.example/debian bookworm main\n"
        "deb [trusted=yes] http://archive.example/debian bookworm main contrib\n"
    )
    assert mirror_of(etc) == "http://archive.example/debian"


def test_security_archive_other_vendors_and_disabled_sources_are_no_mirror(etc: Path) -> None:
    (etc / "sources.list").write_text(
        "deb http://security.example/debian-security bookworm-security main\n"
        "deb http://vendor.example/apt nodistro stable\n"
        "deb http://archive.example/debian bookworm main\n"
    )
    (etc / "sources.list.d/off.sources").write_text(
        "Types: deb\nURIs: http://off.example/debian\nSuites: bookworm\nComponents: main\nEnabled: no\n"
    )
    assert mirror_of(etc) == "http://archive.example/debian"


def test_mirror_list_of_a_cloud_image_gives_its_first_mirror(etc: Path) -> None:
    (etc / "mirrors.list").write_text("# nearest first\nhttp://near.example/debian/\nhttp://far.example/debian\n")
    (etc / "sources.list").write_text(f"deb mirror+file:{etc}/mirrors.list bookworm main\n")
    assert mirror_of(etc) == "http://near.example/debian"


def test_machine_without_debian_archive_is_told_so(etc: Path) -> None:
    (etc / "sources.list").write_text("deb http://vendor.example/apt nodistro stable\n")
    with pytest.raises(HouseError, match="component main"):
        mirror_of(etc)


def test_only_absent_packages_are_missing() -> None:
    assert missing(["dpkg", "no-such-package-anywhere", "apt"]) == ["no-such-package-anywhere"]


def test_failed_tool_is_quoted() -> None:
    with pytest.raises(HouseError, match=r"painting failed \(exit 3 of sh\):\n  no brush"):
        run(["sh", "-c", "echo no brush >&2; exit 3"], doing="painting")


def test_missing_tool_is_named() -> None:
    with pytest.raises(HouseError, match="painting: no-such-brush is not on this machine"):
        run(["no-such-brush"], doing="painting")
