"""What has happened since the switchboard was started, counted for those who watch from outside. No personal data."""

from collections import Counter
from collections.abc import Mapping

from ctl.runtime.engine import Turned
from ctl.switchboard.facts import AlarmRaised, CallEnded, OutsideRefused


class Counters:
    """Told every turn. Each counter is by what it is counted by: an outcome, a reason, a kind."""

    def __init__(self) -> None:
        self._calls_ended: Counter[str] = Counter()
        self._outside_refused: Counter[str] = Counter()
        self._alarms_raised: Counter[str] = Counter()

    def turned(self, turned: Turned) -> None:
        for fact in turned.facts:
            match fact:
                case CallEnded(outcome=outcome) if outcome is not None:
                    self._calls_ended[outcome] += 1
                case OutsideRefused(why=why):
                    self._outside_refused[why] += 1
                case AlarmRaised(kind=kind):
                    self._alarms_raised[kind] += 1
                case _:
                    pass

    def told(self) -> Mapping[str, Mapping[str, int]]:
        return {
            "calls_ended": dict(self._calls_ended),
            "outside_refused": dict(self._outside_refused),
            "alarms_raised": dict(self._alarms_raised),
        }
