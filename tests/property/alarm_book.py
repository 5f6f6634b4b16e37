"""The books of alarms: what is stated of them must add up to what stands."""

from dataclasses import dataclass, field

from ctl.switchboard import facts
from ctl.switchboard.alarms import UNTIL_SEEN
from ctl.switchboard.floor import Floor
from ctl.switchboard.ids import AlarmId


@dataclass
class AlarmBook:
    raised: dict[AlarmId, facts.AlarmRaised] = field(default_factory=dict)
    seen: set[AlarmId] = field(default_factory=set)
    over: set[AlarmId] = field(default_factory=set)

    def note(self, fact: facts.Fact) -> None:
        match fact:
            case facts.AlarmRaised(alarm=alarm):
                assert alarm not in self.raised, "no two alarms have one name"
                self.raised[alarm] = fact
            case facts.AlarmSeen(alarm=alarm):
                assert alarm in self.raised.keys() - self.seen - self.over
                self.seen.add(alarm)
            case facts.AlarmCleared(alarm=alarm):
                assert alarm in self.raised.keys() - self.over
                assert self.raised[alarm].kind not in UNTIL_SEEN or alarm in self.seen
                self.over.add(alarm)
            case _:
                pass

    def check(self, floor: Floor) -> None:
        alarms = floor.conditions.alarms
        assert {one.id for one in alarms} == self.raised.keys() - self.over
        assert {one.id for one in alarms if one.seen_by is not None} == self.seen - self.over
        assert len({one.name for one in alarms}) == len(alarms), "one of a kind about one thing"
