"""What is simulated: a plan, who calls, who is there to answer, and how long things take."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import log, sqrt
from random import Random

from ctl.switchboard.ids import GroupName, Millis, QueueName
from ctl.switchboard.plan import Plan


class Shape(StrEnum):
    """How durations are spread about their mean."""

    FIXED = "fixed"
    EXPONENTIAL = "exponential"
    LOGNORMAL = "lognormal"


@dataclass(frozen=True, slots=True)
class Duration:
    """``spread``: standard deviation ÷ mean, for the log-normal shape, which talk times are close to.

    Brown et al., "Statistical analysis of a telephone call center", JASA 100 (2005), §4.2.
    """

    mean_ms: Millis
    shape: Shape = Shape.EXPONENTIAL
    spread: float = 1.0

    def draw(self, random: Random) -> Millis:
        """One duration."""
        match self.shape:
            case Shape.FIXED:
                return self.mean_ms
            case Shape.EXPONENTIAL:
                return round(random.expovariate(1 / self.mean_ms)) if self.mean_ms else 0
            case Shape.LOGNORMAL:
                variance = log(1 + self.spread**2)
                return round(random.lognormvariate(log(self.mean_ms) - variance / 2, sqrt(variance)))


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Callers who come between two instants, ``expected`` of them on average, each at a random moment of its own."""

    begin: Millis
    end: Millis
    expected: float


@dataclass(frozen=True, slots=True)
class Shift:
    """So many operators of a crew between two instants."""

    begin: Millis
    end: Millis
    operators: int


@dataclass(frozen=True, slots=True)
class Crew:
    """Operators who can do the same. Between shifts none of them is there; shifts do not overlap."""

    skills: Mapping[GroupName, int]
    shifts: tuple[Shift, ...]


@dataclass(frozen=True, slots=True)
class Again:
    """Of the callers who give up, this ``share`` calls again from the same telephone after a ``pause``."""

    share: float
    pause: Duration


@dataclass(frozen=True, slots=True)
class Scenario:
    """Two equal scenarios have equal results.

    ``plan`` gives the queues with their stages and priorities; its operators are replaced by the crews, and callers
    enter a queue at once, without the IVR. ``wants``: queue → how often callers want it, relative to the others.
    ``wrap_up`` None: operators are ready again at once. ``talk`` counts from the answer to the end of the call.
    """

    plan: Plan
    arrivals: tuple[Arrivals, ...]
    crews: tuple[Crew, ...]
    wants: Mapping[QueueName, float]
    talk: Duration
    wrap_up: Duration | None
    patience: Duration
    answer: Duration = Duration(0, Shape.FIXED)
    """From the ring of a telephone to its answer."""
    seed: int = 1
    again: Again | None = None
