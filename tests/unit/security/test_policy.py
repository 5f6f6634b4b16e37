"""The one table: complete, least privilege, and shown as it is."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctl.security.policy import MEANING, TABLE, Action, Reach, Role, reach
from ctl.security.who import Who
from docs.draw_access import drawn

ACCESS = Path(__file__).resolve().parents[3] / "docs" / "access.md"


def test_every_action_has_one_row_and_a_meaning() -> None:
    assert set(TABLE) == set(MEANING) == set(Action)
    assert all(MEANING.values())


def test_only_administrators_change_settings() -> None:
    """1.1.4"""
    for action in (Action.EDIT_SETTINGS, Action.ROLL_BACK):
        assert [role for role in Role if reach([role], action)] == [Role.ADMIN]


def test_ward_staff_read_and_see_no_numbers_and_hear_nothing() -> None:
    """R-8"""
    allowed = {action for action in Action if reach([Role.WARD], action)}
    assert allowed == {Action.SEE_WALLBOARD, Action.SEE_CALLS, Action.OWN_ACCOUNT}


@pytest.mark.parametrize("role", [Role.ADMIN, Role.SECURITY])
@pytest.mark.parametrize("action", [Action.SEE_NUMBERS, Action.HEAR_RECORDINGS, Action.LISTEN, Action.EXPORT_CALLS])
def test_who_administers_the_system_does_not_see_or_hear_citizens(role: Role, action: Action) -> None:
    assert reach([role], action) is Reach.NONE


@given(st.frozensets(st.sampled_from(Role)), st.frozensets(st.sampled_from(Role)), st.sampled_from(Action))
def test_a_further_role_never_takes_anything_away(some: frozenset[Role], more: frozenset[Role], action: Action) -> None:
    assert reach(some | more, action) == max(reach(some, action), reach(more, action))


def test_nobody_without_a_role_may_anything() -> None:
    nobody = Who(1, "x", "x", frozenset())
    assert not [action for action in Action if nobody.may(action)]


def test_the_documentation_shows_the_table() -> None:
    assert drawn() in ACCESS.read_text(encoding="utf-8")
