"""What holds for all tests of the screens."""

from collections.abc import Awaitable, Callable

import pytest

from ctl.security.who import Who
from tests.unit.web import people


@pytest.fixture
def signed_in() -> Callable[..., Awaitable[Who]]:
    """``await signed_in(client, Role.SUPERVISOR)``; see `people.signed_in`."""
    return people.signed_in
