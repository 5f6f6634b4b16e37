"""The floor document in the order in which people look at it: what waits first, then who works, then the rest. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ctl.runtime.document import CONSULTING, HOLDING, CallRow, FloorDocument, OperatorRow, QueueRow
from ctl.runtime.service import ServiceRow
from ctl.switchboard.plan import MINUTES
from ctl.web import words


@dataclass(frozen=True, slots=True)
class Board:
    """The floor document, put in the order in which people look at it."""

    floor: FloorDocument
    states: Mapping[str, int]
    operators: Sequence[OperatorRow]
    logged_out: Sequence[OperatorRow]
    waiting: Sequence[CallRow]
    calls: Sequence[CallRow]

    @property
    def longest(self) -> datetime | None:
        """Since when the caller has waited who has waited longest in any queue."""
        return min(
            (moment(queue["oldest_since"]) for queue in self.floor["queues"] if queue["oldest_since"]), default=None
        )

    @property
    def ringing(self) -> int:
        """Callers who wait and for whom a telephone rings."""
        return sum(queue["ringing"] for queue in self.floor["queues"])

    @property
    def in_calls(self) -> int:
        """Operators who talk, hold, consult, or are being rung."""
        return sum(self.states.get(state, 0) for state in ("talking", HOLDING, CONSULTING, "offered"))

    def expected(self, queue: str) -> str:
        """What a new caller of the queue would be told of the wait."""
        wait_s = next((row["wait_s"] for row in self.floor["expected"] if row["name"] == queue), None)
        if wait_s is None:
            return "－"
        minutes = wait_s // 60
        return f"{MINUTES[-1]}分超" if minutes > MINUTES[-1] else f"約{minutes}分" if minutes else "0分"

    @property
    def service(self) -> Sequence[ServiceRow]:
        """Of all queues together, the shortest window first."""
        order = list(words.WINDOWS)
        of_all = (row for row in self.floor["service"] if row["queue"] is None)
        return sorted(of_all, key=lambda row: order.index(row["window"]))

    def served(self, window: str, queue: str | None = None) -> ServiceRow | None:
        """Of one queue, or of all together; None when no wait ended in this window."""
        rows = (row for row in self.floor["service"] if (row["window"], row["queue"]) == (window, queue))
        return next(rows, None)

    @property
    def queues(self) -> Sequence[QueueRow]:
        """The fullest first."""
        return sorted(self.floor["queues"], key=lambda row: (-row["waiting"], row["name"]))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def board(floor: FloorDocument) -> Board:
    """Operators by state in the order of `words.STATES`, in each state the longest first; logged-out ones apart."""
    order = list(words.STATES)
    present = [row for row in floor["operators"] if row["state"] != "logged_out"]
    in_queue = {"waiting", "ringing"}
    return Board(
        floor,
        Counter(row["state"] for row in floor["operators"]),
        sorted(present, key=lambda row: (order.index(row["state"]), row["since"] or "")),
        [row for row in floor["operators"] if row["state"] == "logged_out"],
        [row for row in floor["calls"] if row["phase"] in in_queue],
        [row for row in floor["calls"] if row["phase"] not in in_queue],
    )
