"""Days that never were: the production core decides about callers and operators who exist in numbers only.

`simulate(Scenario) -> Result` is the whole interface, for staffing, what-if planning and measurements. Nothing of what
decides about calls is copied here: events go into `ctl.switchboard.core.step`, and what it wants done is done at once.
Pure but for `workload` and `files`, which read; the same scenario gives the same result.
"""

from ctl.simulation.day import simulate
from ctl.simulation.result import Result
from ctl.simulation.scenario import Scenario

__all__ = ["Result", "Scenario", "simulate"]
