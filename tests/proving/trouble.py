"""What troubles account for: no more than what they can have caused."""

from collections import Counter
from collections.abc import Sequence

from tests.proving.history import Leg, Trouble

FOREVER_S = float("inf")


class Troubled:
    """Counts what it excuses, by kind."""

    def __init__(self, troubles: Sequence[Trouble]) -> None:
        self._troubles = troubles
        self.excused: Counter[str] = Counter()

    def late(self, kind: str, at_s: float | None) -> bool:
        """Whether this instant lies in a time of trouble."""
        return self._excuse(kind, at_s is not None and self.slack_s(at_s) > 0)

    def delayed(self, kind: str, by_s: float, *instants: float | None) -> bool:
        """Whether one of these instants lies in a trouble that lasted as long as something is off."""
        return self._excuse(kind, by_s <= self.slack_s(*instants))

    def slack_s(self, *instants: float | None) -> float:
        """How long the longest trouble lasted in which one of these instants lies; 0 in none."""
        known = [at for at in instants if at is not None]
        lengths = (
            one.until_s - one.since_s for one in self._troubles if any(one.since_s <= at <= one.until_s for at in known)
        )
        return max(lengths, default=0.0)

    def cut(self, kind: str, at_s: float | None) -> bool:
        """Whether this instant lies in a time in which calls may be lost."""
        return self._excuse(kind, at_s is not None and self._loss(at_s, at_s) is not None)

    def died(self, leg: Leg) -> bool:
        """Whether the call of this leg was lost in such a time: its end on the wire tells nothing then."""
        return self._died_s(leg) is not None

    def dead(self, kind: str, leg: Leg) -> bool:
        """The same, counted."""
        return self._excuse(kind, self.died(leg))

    def over_s(self, leg: Leg) -> float:
        """When nobody can have talked on this leg any more."""
        died_s = self._died_s(leg)
        if died_s is not None:
            return died_s
        return leg.ended_s if leg.ended_s is not None else FOREVER_S

    def _died_s(self, leg: Leg) -> float | None:
        if not leg.forgotten and leg.ended_s is not None:
            return None
        loss = self._loss(leg.begun_s, leg.ended_s if leg.ended_s is not None else FOREVER_S)
        return max(loss.since_s, leg.begun_s) if loss is not None else None

    def _loss(self, since_s: float, until_s: float) -> Trouble | None:
        return next(
            (one for one in self._troubles if one.loses and since_s <= one.until_s and one.since_s <= until_s), None
        )

    def _excuse(self, kind: str, excused: bool) -> bool:
        self.excused[kind] += excused
        return excused
