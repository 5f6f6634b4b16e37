"""Every value that can be shown has a Japanese word."""

from collections.abc import Iterable, Mapping

import pytest

from ctl.kpi.windows import DAY, MINUTES
from ctl.recording.cutter import Verdict
from ctl.runtime.document import SHOWN_STATES
from ctl.switchboard.events import AlarmKind
from ctl.switchboard.floor import Phase
from ctl.switchboard.kinds import CallKind, HandoffResult, LegRole, OfferResult, Outcome, SegmentKind
from ctl.switchboard.operator import AUTOMATIC_REASONS
from ctl.web import words


@pytest.mark.parametrize(
    ("values", "table"),
    [
        (Outcome, words.OUTCOMES),
        (Outcome, words.OUTCOME_SIGNS),
        (CallKind, words.KINDS),
        (SegmentKind, words.SEGMENTS),
        (Phase, words.PHASES),
        (SHOWN_STATES, words.STATES),
        (SHOWN_STATES, words.STATE_SIGNS),
        (LegRole, words.ROLES),
        (OfferResult, words.OFFERS),
        (HandoffResult, words.HANDOFFS),
        (Verdict, words.VERDICTS),
        (AUTOMATIC_REASONS, words.REASONS),
        (AlarmKind, words.ALARMS),
        ([*map(str, MINUTES), DAY], words.WINDOWS),
    ],
)
def test_table_is_complete(values: Iterable[str], table: Mapping[str, str]) -> None:
    assert set(values) == set(table)
    assert all(table.values())


def test_no_two_states_have_the_same_sign() -> None:
    assert len(set(words.STATE_SIGNS.values())) == len(words.STATE_SIGNS)
