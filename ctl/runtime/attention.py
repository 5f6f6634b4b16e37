"""Says in the log what somebody should look into: refused calls outside (N-9). Numbers are masked already."""

import logging

from ctl.runtime.engine import Turned
from ctl.switchboard.facts import OutsideRefused
from ctl.switchboard.outside import ALARMING

log = logging.getLogger(__name__)


def turned(turned: Turned) -> None:
    """A warning for each attempt that the allow-list or a cap refused, a line for every other refusal."""
    for fact in turned.facts:
        if isinstance(fact, OutsideRefused):
            level = logging.WARNING if fact.why in ALARMING else logging.INFO
            who = f"operator {fact.extension}" if fact.extension is not None else "nobody"
            log.log(
                level, "%s not dialled (%s): %s, for %s in call %s", fact.number, fact.kind, fact.why, who, fact.call
            )
