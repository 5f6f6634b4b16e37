"""What the PBX says on its console, and what is not taken for an answer."""

import pytest

from tests.proving.evidence import bridges, channels

AWAY = "Unable to connect to remote asterisk (does /var/run/asterisk/asterisk.ctl exist?)\n"
HEAD = "Bridge-ID                            Chans Type            Technology      Duration\n"


def test_channels_and_bridges_are_counted() -> None:
    assert channels("1 active channel\n1 active call\n7 calls processed\n") == 1
    assert channels("12 active channels\n6 active calls\n70 calls processed\n") == 12
    assert bridges(HEAD) == 0
    assert bridges(HEAD + "a1b2                                     2 stasis          simple_bridge   00:00:07\n") == 1


@pytest.mark.parametrize("said", ["", AWAY])
def test_pbx_that_says_nothing_has_not_said_none(said: str) -> None:
    with pytest.raises(AssertionError):
        channels(said)
    with pytest.raises(AssertionError):
        bridges(said)
