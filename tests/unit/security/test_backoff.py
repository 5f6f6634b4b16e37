"""How long a guesser waits."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ctl.security.backoff import ACCOUNT, ADDRESS, FORGOTTEN, Count, Rule, keys, wait_s

NOW = datetime(2026, 6, 15, 1, tzinfo=UTC)


def test_the_first_mistakes_cost_nothing_and_each_further_one_doubles_the_wait() -> None:
    rule = Rule(free=5, most_s=900)
    assert [rule.wait_s(n) for n in range(10)] == [0, 0, 0, 0, 0, 1, 2, 4, 8, 16]
    assert rule.wait_s(10_000) == 900


@given(st.integers(0, 10_000), st.sampled_from([ACCOUNT, ADDRESS]))
def test_more_mistakes_never_shorten_the_wait_nor_lock_for_ever(failures: int, rule: Rule) -> None:
    assert 0 <= rule.wait_s(failures) <= rule.wait_s(failures + 1) <= rule.most_s


def test_the_wait_runs_from_the_last_mistake_and_is_forgotten() -> None:
    count = Count(9, NOW)
    assert wait_s([(ACCOUNT, count)], NOW + timedelta(seconds=10)) == 7
    assert wait_s([(ACCOUNT, count)], NOW + timedelta(seconds=16)) == 0
    assert wait_s([(ACCOUNT, Count(10_000, NOW))], NOW + FORGOTTEN) == 0


def test_an_attacker_elsewhere_does_not_lock_the_owner_out() -> None:
    assert dict(keys("sv", "192.0.2.1")).keys().isdisjoint(dict(keys("sv", "192.0.2.2")))


def test_what_was_typed_for_a_login_is_not_kept() -> None:
    """People type their password into the wrong field."""
    assert all("my password" not in key for key, _ in keys("my password", "192.0.2.1"))


def test_attempts_that_are_free_do_not_wait_for_one_that_was_kept_with_a_rounded_instant() -> None:
    now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    assert wait_s([(ACCOUNT, Count(1, now + timedelta(microseconds=400)))], now) == 0
