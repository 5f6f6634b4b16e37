"""What became of a crowd's calls: as the town saw them, hour by hour, and whether the centre recorded the same.

Pure: everything is computed from what was seen.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean

from ctl.lab.centre import Record
from ctl.lab.table import laid_out


class Fate(StrEnum):
    """How a call ended for the citizen who made it."""

    ANSWERED = "answered"
    GAVE_UP = "gave up"
    """Waited as long as patience lasts, and hung up."""
    TRUNK_FULL = "trunk full"
    """The carrier had no channel left to the centre and gave the busy tone: the centre never hears of such a call."""
    TURNED_AWAY = "turned away"
    """Hung up by the centre before anybody answered: all channels but those kept for handoffs were in use."""
    FAILED = "failed"
    """Not connected."""


_RECORDED: Mapping[Fate, frozenset[str]] = {
    Fate.ANSWERED: frozenset({"answered"}),
    # Patience may end while the caller is being told that all lines are in use.
    Fate.GAVE_UP: frozenset({"abandoned_ivr", "abandoned_queue", "abandoned_ringing", "trunk_full"}),
    Fate.TURNED_AWAY: frozenset({"trunk_full"}),
}
"""What the centre may rightly call it."""


@dataclass
class Seen:
    """One call as the town saw it. ``overlapping``: channels of the trunk in use when it came, its own included."""

    hour: int
    overlapping: int
    fate: Fate = Fate.FAILED
    caller: str = ""
    operator: str | None = None
    """Who lifted the receiver for it."""
    waited_s: float = 0.0
    lasted_s: float = 0.0
    """How long it held its channel."""


def by_hour(seen: Sequence[Seen]) -> str:
    """A table: the calls of each hour by their fate."""
    rows: list[Sequence[str]] = [("hour", "calls", *Fate, "longest wait", "channels at most")]
    for hour in sorted({one.hour for one in seen}):
        calls = [one for one in seen if one.hour == hour]
        fates = Counter(one.fate for one in calls)
        longest = max(one.waited_s for one in calls)
        most = max(one.overlapping for one in calls)
        rows.append(
            (f"{hour}:00", str(len(calls)), *(str(fates[fate]) for fate in Fate), f"{longest:.1f} s", str(most))
        )
    return laid_out(rows)


def why_full(seen: Sequence[Seen], limit: int, speed: float, talk_s: float) -> str:
    """Why calls met a full trunk, in figures; empty when none did.

    ``talk_s``: the mean talk of the day that is replayed, before it is shortened.
    """
    full = sum(one.fate is Fate.TRUNK_FULL for one in seen)
    if not full:
        return ""
    held_s = fmean(one.lasted_s for one in seen if one.lasted_s)
    words_s = max(0.0, held_s - talk_s / speed)
    busiest = max(Counter(one.hour for one in seen).values())
    there, here = busiest * (talk_s + words_s) / 3600, busiest * held_s * speed / 3600
    return (
        f"{full} calls met a full trunk. That is the limit itself and no fault: the carrier has {limit} channels to the "
        f"centre (trunk.limit in ivr_flows/centre.yaml), gives the next caller the busy tone, and the centre never hears "
        f"of it.\nOnly the fast motion makes the trunk that full. People are hurried, the words of the IVR are not: a call "
        f"holds its channel for {held_s:.1f} s, which is {held_s * speed / 60:.0f} minutes of that day. The busiest hour "
        f"({busiest} calls) so needs {here:.0f} channels on average, and more by chance; on the day itself it needed {there:.0f}."
    )


def differences(seen: Iterable[Seen], records: Iterable[Record]) -> list[str]:
    """Every call of which the centre's records do not say what was played, in words. Calls are told by their caller."""
    recorded: dict[str, list[Record]] = {}
    for record in records:
        recorded.setdefault(record["caller"], []).append(record)
    return [
        f"{one.caller} at {one.hour}:00 {one.fate}: {said}"
        for one in seen
        if one.fate is not Fate.TRUNK_FULL and (said := _difference(one, recorded.get(one.caller, [])))
    ]


def _difference(one: Seen, found: Sequence[Record]) -> str:
    if len(found) != 1:
        return f"recorded {len(found)} times"
    outcome, operator = found[0]["outcome"], found[0]["operator"]
    # Patience may end in the very moment in which somebody lifts the receiver: then both are true.
    crossed = one.fate is Fate.GAVE_UP and one.operator is not None
    if outcome not in _RECORDED.get(one.fate, frozenset()) and not (crossed and outcome == "answered"):
        return f"recorded as {outcome}"
    if outcome == "answered" and operator != one.operator:
        return f"{one.operator} answered, and {operator} is recorded"
    return ""
