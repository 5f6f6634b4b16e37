"""What every laboratory of the tests stands on: its telephones, and the product's flows with short words."""

from pathlib import Path

from ctl.lab import flows
from ctl.settings import SOURCE_ROOT

EXTENSIONS = ("2001", "2002", "2003", "2004")
"""The operators' telephones that are plugged in; all others of the plan exist and are not reachable."""


def lab_flows(copy: Path) -> Path:
    """The product's flows, with what every test would have to listen to made short."""
    flows.copy_of(SOURCE_ROOT / "ivr_flows", copy)
    flows.say(copy, {"greeting": "豊島区です。", "recording-notice": "録音します。", "connecting": "お待ちください。"})
    flows.ring_departments_for(copy, 8)
    flows.let_supervise(copy, "2001-2010")
    flows.offer_callbacks(copy, "waste", after_seconds=1, retry_seconds=10)
    flows.end_wrap_up(copy, "tax", "fixed", 3)
    flows.end_wrap_up(copy, "welfare", "until_saved")
    flows.end_wrap_up(copy, "insurance", "limited", 5)
    return copy
