"""`ctl firewall`: what it prints goes to the kernel, so what is no address does not get that far."""

import pytest
from typer.testing import CliRunner

from ctl.cli import app, house  # noqa: F401 - so that its commands are there


@pytest.mark.parametrize(
    "place", ["nonsense", "192.0.2.300", "192.0.2.1/8", "192.0.2.1 }; flush ruleset", "2001:db8::1"]
)
def test_what_is_no_address_of_ours_is_refused_with_the_way_out(place: str) -> None:
    done = CliRunner().invoke(app, ["firewall", "--ours", "192.0.2.0/24", "--ours", place])
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"--ours {place}: " in done.stderr
    assert "192.0.2.0/24" in done.stderr


def test_addresses_and_networks_of_ours_are_let_in() -> None:
    done = CliRunner().invoke(app, ["firewall", "--ours", "192.0.2.10", "--ours", "198.51.100.0/24"])
    assert done.exit_code == 0, done.stderr
    assert "elements = { 192.0.2.10, 198.51.100.0/24 }" in done.stdout
