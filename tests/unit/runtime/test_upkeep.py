"""The journal forgets what is old, in helpings, and is left in peace when there is nothing to forget."""

import pytest

from ctl.journal.store import JournalBusy
from ctl.runtime.upkeep import BUSY_S, IDLE_S, KEEP_MS, forget_some

NOW = 2_000_000_000_000


class Heap:
    """A journal that has ``old`` entries to forget, 500 at a time."""

    def __init__(self, old: int, trouble: Exception | None = None) -> None:
        self.old = old
        self.asked: list[int] = []
        self.trouble = trouble

    def prune(self, before: int) -> int:
        if self.trouble:
            raise self.trouble
        self.asked.append(before)
        gone = min(self.old, 500)
        self.old -= gone
        return gone


@pytest.mark.parametrize(("old", "waits"), [(1200, [BUSY_S, BUSY_S, BUSY_S, IDLE_S]), (0, [IDLE_S])])
def test_old_entries_go_in_helpings(old: int, waits: list[float]) -> None:
    heap = Heap(old)
    assert [forget_some(heap, NOW) for _ in waits] == waits
    assert set(heap.asked) == {NOW - KEEP_MS}


def test_a_journal_in_trouble_is_tried_again_later() -> None:
    assert forget_some(Heap(1, JournalBusy("held")), NOW) == IDLE_S
