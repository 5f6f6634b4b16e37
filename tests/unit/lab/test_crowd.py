"""The peak day in fast motion is the ward's own day: as many callers, in the hours in which they came."""

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from ctl.lab.crowd import arrivals, curve
from ctl.lab.table import laid_out


def test_the_curve_is_the_peak_day() -> None:
    calls = curve()
    assert sorted(calls) == list(range(8, 19))
    assert sum(calls.values()) == 1242  # 別紙1, 令和3年6月14日
    assert max(calls.values()) == calls[10]  # the ward's busiest hour of the year


@given(contacts=st.dictionaries(st.integers(0, 23), st.integers(0, 50), min_size=1), seed=st.integers())
def test_everybody_calls_once_in_order_and_in_the_right_hour(contacts: dict[int, int], seed: int) -> None:
    came = list(arrivals(contacts, random.Random(seed)))
    assert Counter(hour for _, hour in came) == Counter({hour: calls for hour, calls in contacts.items() if calls})
    assert [second for second, _ in came] == sorted(second for second, _ in came)
    assert all(int(second // 3600) + min(contacts) == hour for second, hour in came if second % 3600)


def test_columns_line_up_beside_japanese() -> None:
    lines = laid_out([("menu", "n"), ("税", "1"), ("その他", "2")]).splitlines()
    assert lines == ["menu    n", "税      1", "その他  2"]
