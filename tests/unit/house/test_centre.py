"""What stands in the way of a start is said before anything is started."""

import socket
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from ctl.house.centre import House, UnknownServiceError
from ctl.house.chores import environment
from ctl.house.errors import HouseError
from ctl.house.ports import check_places
from ctl.lab.net import own_network
from ctl.settings import Settings


@pytest.fixture
def address() -> Iterator[IPv4Address]:
    """One where no centre runs that has nothing to do with us."""
    with own_network() as net:
        yield IPv4Address(f"{net}.1")


def test_taken_port_is_named_with_the_setting_that_moves_it(tmp_path: Path, address: IPv4Address) -> None:
    with socket.socket() as other:
        other.bind((str(address), 0))
        other.listen()
        port = other.getsockname()[1]
        house = House(Settings(home=tmp_path, address=address, web_port=port), lambda _: None)
        with pytest.raises(HouseError, match=f"{address}:{port} is taken.*CTL_WEB_PORT"):
            house.start(ends_with_us=True)
    assert not (tmp_path / "supervisor.conf").exists()


PORTS = [name for name in Settings.model_fields if name.endswith("_port") and not name.startswith(("rtp_", "carrier_"))]
"""Every setting of a port at which a centre listens. RTP takes others than those that are taken, and the carrier's is not ours."""


@pytest.mark.parametrize("taken", PORTS)
def test_every_port_is_tried(address: IPv4Address, taken: str) -> None:
    settings = Settings(address=address, web_address=address)
    check_places(settings)
    with (
        socket.create_server((str(address), getattr(settings, taken))),
        pytest.raises(HouseError, match=f"CTL_{taken.upper()} "),
    ):
        check_places(settings)


def test_taken_udp_port_is_found_too(tmp_path: Path, address: IPv4Address) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind((str(address), 0))
        house = House(Settings(home=tmp_path, address=address, sip_port=other.getsockname()[1]), lambda _: None)
        with pytest.raises(HouseError, match="CTL_SIP_PORT"):
            house.start(ends_with_us=True)


def test_home_too_deep_for_its_sockets_is_refused(tmp_path: Path, address: IPv4Address) -> None:
    deep = tmp_path / ("x" * 90)
    with pytest.raises(HouseError, match=r"CTL_HOME .* bytes too long"):
        House(Settings(home=deep, address=address), lambda _: None).start(ends_with_us=True)


def test_address_that_this_machine_does_not_have_is_named(tmp_path: Path) -> None:
    house = House(Settings(home=tmp_path, address=IPv4Address("203.0.113.7")), lambda _: None)
    with pytest.raises(HouseError, match=r"203\.0\.113\.7.*CTL_ADDRESS"):
        house.start(ends_with_us=True)


def test_centre_that_does_not_run_has_all_services_stopped(tmp_path: Path, address: IPv4Address) -> None:
    told = House(Settings(home=tmp_path, address=address), lambda _: None).status()
    assert [service["state"] for service in told["services"].values()] == ["stopped"] * 6
    assert told["urls"]["web"] == f"https://{address}:8080/"


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
