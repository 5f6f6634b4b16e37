"""What the log says of calls outside that were refused."""

import logging

import pytest

from ctl.runtime.attention import turned
from ctl.runtime.engine import Turned
from ctl.switchboard.facts import OutsideRefused
from tests.floor_driver import Driver


@pytest.mark.parametrize(
    ("dialled", "level", "said"),
    [
        ("0990123456", logging.WARNING, "0990****** not dialled (premium): not_listed, for operator 2001 in call own"),
        ("031234567", logging.INFO, "0312***** not dialled (no_number): no_number, for operator 2001 in call own"),
    ],
)
def test_forbidden_attempt_is_a_warning_without_the_number(
    dialled: str, level: int, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    driver = Driver()
    driver.ready("2001")
    before = driver.floor
    driver.dials("2001", dialled)
    with caplog.at_level(logging.INFO):
        turned(Turned(before, driver.floor, driver.now, tuple(driver.recorded(OutsideRefused))))
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [(level, said)]
