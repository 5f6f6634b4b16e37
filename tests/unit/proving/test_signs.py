"""An attack is told of only where alarm, row and line are all there, and new."""

import pytest

from tests.proving.signs import Sign, missing, refused

SIGN = refused("127.1.0.43")
SINCE = "2026-11-29T19:26:40.911+09:00"
ROW = {"kind": "telephone_attack", "about": "127.1.0.43", "raised_at": SINCE}
LINE = "WARNING ami_security event=InvalidPassword service=PJSIP account=2001 from=IPV4/UDP/127.1.0.43/5060"


def test_alarm_row_and_line_are_all_that_is_asked() -> None:
    assert missing([SIGN], {SIGN.alarm: SINCE}, [ROW], LINE) == []


@pytest.mark.parametrize(
    ("alarms", "rows", "said", "lacking"),
    [
        ({"telephone_attack:others": SINCE}, [ROW], LINE, "no alarm telephone_attack:127.1.0.43"),
        ({SIGN.alarm: SINCE}, [], LINE, "no row of the alarm telephone_attack:127.1.0.43"),
        ({SIGN.alarm: SINCE}, [ROW | {"raised_at": "2026"}], LINE, "no row of the alarm telephone_attack:127.1.0.43"),
        ({SIGN.alarm: SINCE}, [ROW], LINE.replace(".43", ".44"), f"no line {SIGN.line}"),
        ({SIGN.alarm: SINCE}, [ROW], LINE.replace(".0.43", ".0x43"), f"no line {SIGN.line}"),
    ],
)
def test_each_of_them_is_missed(alarms: dict[str, str], rows: list[dict[str, str]], said: str, lacking: str) -> None:
    assert missing([SIGN], alarms, rows, said) == [lacking]


def test_an_alarm_about_the_whole_centre_has_a_row_without_one_it_is_about() -> None:
    sign = Sign("undecided", "x")
    assert missing([sign], {"undecided": SINCE}, [{"kind": "undecided", "about": None, "raised_at": SINCE}], "x") == []
