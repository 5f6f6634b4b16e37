"""What a fault is."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.proving.place import Place

SCENARIOS = Path(__file__).parent / "scenarios"
"""Of SIPp, for faults."""


class CannotBeTriedError(Exception):
    """This machine does not allow it. Says why."""


@asynccontextmanager
async def as_it_is(_: Place) -> AsyncIterator[None]:
    """Nothing need be prepared."""
    yield


@dataclass(frozen=True, slots=True)
class Fault:
    """``strike`` breaks something and returns when it is whole again, or left to mend itself.

    ``within_s``: no longer than this goes by without a new caller being answered; ``operators_s``: without an operator
    who answers. ``troubles``: the records of that time may have instants that are late. ``loses``: who was in a call may
    be cut off. ``silences``: who talks may not be heard. ``garbles``: who talks may be heard with noise. ``settles_s``: how
    long calls go on afterwards at least, to show that all is well again. ``around``: what must be there before calls flow, and goes after them.
    """

    name: str
    expected: str
    strike: Callable[[Place], Awaitable[None]]
    within_s: float
    troubles: bool = True
    loses: bool = False
    silences: bool = False
    garbles: bool = False
    operators_s: float = 8.0
    settles_s: float = 6.0
    around: Callable[[Place], AbstractAsyncContextManager[None]] = as_it_is

    @property
    def missed_after_s(self) -> float:
        """From the beginning of the fault on: when both limits would have been missed."""
        return max(self.within_s, self.operators_s) + 1
