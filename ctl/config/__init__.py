"""What operations has written in ``ivr_flows/`` → a `ctl.switchboard.plan.Plan`, or everything that is wrong with it."""

from ctl.config.loader import Loaded, Place, load
from ctl.config.problems import ConfigError, Problem
from ctl.config.prompts import PromptSource

__all__ = ["ConfigError", "Loaded", "Place", "Problem", "PromptSource", "load"]
