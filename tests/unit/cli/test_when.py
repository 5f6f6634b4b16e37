"""Times as people type them."""

from datetime import UTC, datetime

import pytest

from ctl.cli.when import iso, moment

NOW = datetime(2026, 4, 1, 16, 30, tzinfo=UTC)
"""Half past one in the morning of 2 April in Japan."""


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("today", "2026-04-01T15:00:00.000Z"),
        ("yesterday", "2026-03-31T15:00:00.000Z"),
        ("90m", "2026-04-01T15:00:00.000Z"),
        ("2d", "2026-03-30T16:30:00.000Z"),
        ("2026-04-02", "2026-04-01T15:00:00.000Z"),
        ("2026-04-02T09:00", "2026-04-02T00:00:00.000Z"),
        ("2026-04-02T09:00:00.5Z", "2026-04-02T09:00:00.500Z"),
        ("2026-04-02T09:00+02:00", "2026-04-02T07:00:00.000Z"),
    ],
)
def test_a_time_means_what_people_in_japan_mean(typed: str, meant: str) -> None:
    assert iso(moment(typed, NOW)) == meant


@pytest.mark.parametrize("typed", ["", "tomorrow", "1y", "h", "2026-13-01", "-1h"])
def test_what_is_not_a_time_is_refused_with_what_is_allowed(typed: str) -> None:
    with pytest.raises(ValueError, match="allowed: today"):
        moment(typed, NOW)
