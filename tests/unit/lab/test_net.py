"""Two laboratories never share a network."""

from ctl.lab.net import own_network


def test_each_laboratory_has_a_network_of_its_own() -> None:
    with own_network() as first, own_network() as second:
        assert first != second
    with own_network() as again:
        assert again == first
