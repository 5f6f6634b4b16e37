"""What stands in the way of a start is said before anything is started."""

import socket
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from ctl.house.centre import House, UnknownServiceError
from ctl.house.chores import environment
from ctl.house.errors import HouseError
from ctl.settings import Settings


def test_taken_port_is_named_with_the_setting_that_moves_it(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        house = House(Settings(home=tmp_path, web_port=port), lambda _: None)
        with pytest.raises(HouseError, match=f"127.0.0.1:{port} is taken.*CTL_WEB_PORT"):
            house.start(ends_with_us=True)
    assert not (tmp_path / "supervisor.conf").exists()


def test_taken_udp_port_is_found_too(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        house = House(Settings(home=tmp_path, sip_port=other.getsockname()[1]), lambda _: None)
        with pytest.raises(HouseError, match="CTL_SIP_PORT"):
            house.start(ends_with_us=True)


def test_home_too_deep_for_its_sockets_is_refused(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 90)
    with pytest.raises(HouseError, match=r"CTL_HOME .* bytes too long"):
        House(Settings(home=deep), lambda _: None).start(ends_with_us=True)


def test_address_that_this_machine_does_not_have_is_named(tmp_path: Path) -> None:
    house = House(Settings(home=tmp_path, address=IPv4Address("203.0.113.7")), lambda _: None)
    with pytest.raises(HouseError, match=r"203\.0\.113\.7.*CTL_ADDRESS"):
        house.start(ends_with_us=True)


def test_centre_that_does_not_run_has_all_services_stopped(tmp_path: Path) -> None:
    told = House(Settings(home=tmp_path), lambda _: None).status()
    assert [service["state"] for service in told["services"].values()] == ["stopped"] * 6
    assert told["urls"]["web"] == "http://127.0.0.1:8080/"


def test_nothing_to_stop_is_told_apart_from_stopped(tmp_path: Path) -> None:
    assert not House(Settings(home=tmp_path), lambda _: None).stop()


def test_services_inherit_absolute_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    given = environment(Settings(home=Path("there")))
    assert given["CTL_HOME"] == str(tmp_path / "there")
    assert Path(given["CTL_FLOWS"]).is_absolute()


def test_service_of_another_name_is_refused_with_those_that_exist(tmp_path: Path) -> None:
    with pytest.raises(UnknownServiceError, match="no service 'phone'; there are postgres, asterisk, switchboard"):
        House(Settings(home=tmp_path), lambda _: None).is_ready("phone")
