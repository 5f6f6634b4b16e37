"""Says in the log what somebody should look into: alarms, and refused calls outside (N-9). Numbers are masked already."""

import logging

from ctl.runtime.engine import Turned
from ctl.switchboard.facts import AlarmCleared, AlarmRaised, AlarmSeen, Fact, OutsideRefused
from ctl.switchboard.outside import ALARMING

log = logging.getLogger(__name__)


def turned(turned: Turned) -> None:
    """A warning for each alarm and for each attempt that the allow-list or a cap refused, a line for what is no trouble."""
    for fact in turned.facts:
        _say(fact)


def _say(fact: Fact) -> None:
    match fact:
        case OutsideRefused(number=number, kind=kind, why=why, call=call):
            who = f"operator {fact.extension}" if fact.extension is not None else "nobody"
            level = logging.WARNING if why in ALARMING else logging.INFO
            log.log(level, "%s not dialled (%s): %s, for %s in call %s", number, kind, why, who, call)
        case AlarmRaised(alarm=alarm, what=what):
            log.warning("alarm %s: %s", alarm, what)
        case AlarmSeen(alarm=alarm, by=by):
            log.info("alarm %s was seen by %s", alarm, by)
        case AlarmCleared(alarm=alarm):
            log.info("alarm %s is over", alarm)
        case _:
            pass
