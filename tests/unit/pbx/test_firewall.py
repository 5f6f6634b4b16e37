"""The packet filter: who is ours, who is not, and what comes in the carrier's name. That it holds is tried by `make torture`."""

from ipaddress import IPv4Address
from pathlib import Path

import pytest

from ctl.pbx.firewall import FROM_ONE, KEPT_FOR_OURS, rules, table
from ctl.pbx.names import HTTP_SESSIONS
from ctl.settings import Settings

CARRIER = IPv4Address("203.0.113.9")


def centre(tmp_path: Path, **said: object) -> Settings:
    return Settings.model_validate({"home": tmp_path, "address": IPv4Address("192.0.2.4"), **said})


def test_the_ports_are_those_of_the_settings(tmp_path: Path) -> None:
    text = rules(centre(tmp_path, http_port=1188, https_port=1189, ami_port=1138))
    assert text.count("tcp dport { 1188, 1189 } tcp flags ") == 2
    assert "tcp dport 1138 reject" in text


def test_this_machine_is_ours_and_another_one_when_it_is_named(tmp_path: Path) -> None:
    assert "elements = { 127.0.0.0/8, 192.0.2.4 }" in rules(centre(tmp_path))
    assert "elements = { 192.0.2.5 }" in rules(centre(tmp_path), ["192.0.2.5"])


def test_ours_are_let_in_before_anything_is_counted(tmp_path: Path) -> None:
    text = rules(centre(tmp_path))
    assert text.index("@ours accept") < text.index("dport 5038") < text.index("ct count")


def test_all_strangers_together_leave_places(tmp_path: Path) -> None:
    text = rules(centre(tmp_path))
    assert f"ip saddr ct count over {FROM_ONE} " in text
    assert f"== syn ct count over {HTTP_SESSIONS - KEPT_FOR_OURS} " in text


@pytest.mark.parametrize(("transport", "kinds"), [("tcp", "udp"), ("tls", "{ tcp, udp }")])
def test_a_carrier_who_speaks_otherwise_is_not_believed_over_udp(tmp_path: Path, transport: str, kinds: str) -> None:
    text = rules(centre(tmp_path, carrier_address=CARRIER, carrier_transport=transport))
    assert f"ip saddr {CARRIER} meta l4proto {kinds} th dport 5060 drop" in text


def test_a_carrier_who_speaks_udp_is_let_in(tmp_path: Path) -> None:
    assert str(CARRIER) not in rules(centre(tmp_path, carrier_address=CARRIER))


def test_two_centres_on_one_machine_have_rules_of_their_own(tmp_path: Path) -> None:
    one, other = centre(tmp_path), centre(tmp_path, address=IPv4Address("192.0.2.5"))
    assert table(one) != table(other)
