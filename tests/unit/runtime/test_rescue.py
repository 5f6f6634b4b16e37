"""Whom the sentinel rescues when the control plane is away, and whom it leaves alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctl.pbx import names
from ctl.runtime.rescue import Channel, Rescue, Vigil, rescue


def citizen(uniqueid: str, bridge: str = "", application: str = "Stasis") -> Channel:
    return Channel(f"PJSIP/carrier-{uniqueid}", uniqueid, "from-trunk", "0339811111", application, bridge)


def made(uniqueid: str, bridge: str = "", context: str = "from-operator", application: str = "AppDial2") -> Channel:
    return Channel(f"PJSIP/2001-{uniqueid}", uniqueid, context, "", application, bridge)


def test_caller_alone_goes_to_the_fallback_queue() -> None:
    assert rescue([citizen("1.1")]) == Rescue((citizen("1.1"),), ())


def test_phone_that_rings_for_a_stranded_caller_is_set_free() -> None:
    assert rescue([citizen("1.1"), made("1.1.l3")]) == Rescue((citizen("1.1"),), (made("1.1.l3"),))


def test_those_who_talk_are_left_alone() -> None:
    assert rescue([citizen("1.1", bridge="1.1.b2"), made("1.1.l3", bridge="1.1.b2")]) == Rescue((), ())


def test_caller_for_whom_a_department_is_being_asked_is_left_alone() -> None:
    asked = [citizen("1.1"), made("1.1.l3", bridge="1.1.b5"), made("1.1.l4", "1.1.b5", context="from-trunk")]
    assert rescue(asked) == Rescue((), ())


def test_caller_is_stranded_once_operator_and_department_have_hung_up() -> None:
    assert rescue([citizen("1.1")]).redirect == (citizen("1.1"),)


def test_caller_in_the_fallback_queue_already_is_left_alone() -> None:
    assert rescue([citizen("1.1", application="Queue")]) == Rescue((), ())


@pytest.mark.parametrize("context", [names.RETURNING_CONTEXT, names.WAITING_CONTEXT])
def test_caller_who_came_back_from_the_fallback_is_rescued_again(context: str) -> None:
    caller = Channel("PJSIP/carrier-1", "1.1", context, "0", "Stasis", "")
    assert rescue([caller, made("1.1.l3")]) == Rescue((caller,), (made("1.1.l3"),))


def test_our_own_leg_to_the_carrier_is_no_citizen() -> None:
    assert rescue([made("1.1.l4", context="from-trunk")]) == Rescue((), ())


def test_operator_who_dials_is_no_citizen() -> None:
    dialling = Channel("PJSIP/2001-1", "5.1", "from-operator", "*11", "Stasis", "")
    assert rescue([dialling]) == Rescue((), ())


def test_who_was_called_and_is_left_alone_by_the_other_is_hung_up() -> None:
    citizen_called = made("callback-7.l2", application="Stasis")
    assert rescue([citizen_called]) == Rescue((), (citizen_called,))


def test_who_was_called_is_left_alone_as_long_as_anybody_of_the_call_is_there() -> None:
    held = made("7.1.l2", application="Stasis")
    operator = Channel("PJSIP/2001-1", "7.1", "from-operator", "0312340000", "Stasis", "")
    assert rescue([operator, held]) == Rescue((), ())
    assert rescue([held, made("7.1.l3", bridge="7.1.b1", application="Stasis")]) == Rescue((), ())
    assert rescue([held, made("7.1.l3")]) == Rescue((), ()), "somebody is being called yet"
    assert rescue([made("7.1.l2")]) == Rescue((), ()), (
        "it has not answered, and is cared for by the dialplan when it does"
    )


@given(
    st.lists(
        st.builds(
            Channel,
            name=st.uuids().map(str),
            uniqueid=st.sampled_from(["1.1", "1.2", "1.1.l2", "1.1.l3", "1.2.l2", "7.l1"]),
            context=st.sampled_from(
                ["from-trunk", "from-operator", "fallback", names.RETURNING_CONTEXT, names.WAITING_CONTEXT]
            ),
            exten=st.just("0339811111"),
            application=st.sampled_from(["Stasis", "Queue", "AppDial2"]),
            bridge=st.sampled_from(["", "b1", "b2"]),
        ),
        unique_by=lambda channel: channel.uniqueid,
    )
)
def test_nobody_in_a_bridge_is_ever_touched(channels: list[Channel]) -> None:
    todo = rescue(channels)
    assert not any(channel.bridge for channel in (*todo.redirect, *todo.hang_up))


LOOK_MS = 3000


def test_control_plane_is_away_after_its_grace_without_a_word() -> None:
    vigil = Vigil(8000, LOOK_MS, now=0)
    vigil.heard(True, 1000)
    vigil.heard(False, 4000)
    vigil.heard(False, 7000)
    assert not vigil.away(8999)
    assert vigil.away(9000)


def test_control_plane_that_is_back_is_not_away() -> None:
    vigil = Vigil(8000, LOOK_MS, now=0)
    for now in range(LOOK_MS, 20_000, LOOK_MS):
        vigil.heard(False, now)
    assert vigil.away(20_000)
    vigil.heard(True, 20_001)
    assert not vigil.away(20_001)


def test_time_in_which_nobody_looked_proves_nothing() -> None:
    vigil = Vigil(8000, LOOK_MS, now=0)
    vigil.heard(True, 1000)
    vigil.heard(False, 61_000)
    assert not vigil.away(61_000)
    vigil.heard(True, 62_000)
    assert not vigil.away(62_000)


@given(st.lists(st.integers(0, 60_000), min_size=1, max_size=20), st.integers(1000, 20_000))
def test_silence_lasts_as_long_as_it_was_watched(gaps_ms: list[int], grace_ms: int) -> None:
    vigil, now, watched_ms = Vigil(grace_ms, LOOK_MS, now=0), 0, 0
    for gap_ms in gaps_ms:
        now += gap_ms
        watched_ms += min(gap_ms, LOOK_MS)
        vigil.heard(False, now)
        assert vigil.away(now) is (watched_ms >= grace_ms)
