"""What has no end is not AMI: it must not fill the memory."""

from unittest.mock import Mock

from ctl.pbx.ami import LONGEST_MESSAGE, WholeMessages


def test_message_without_an_end_ends_the_connection() -> None:
    protocol, transport = WholeMessages(), Mock()
    protocol.connection_made(transport)
    protocol.data_received(b"x" * LONGEST_MESSAGE)
    transport.abort.assert_not_called()
    protocol.data_received(b"x")
    transport.abort.assert_called_once()
