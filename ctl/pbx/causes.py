"""Why a leg ended: Asterisk's Q.850 cause, which it makes of the SIP answer, told in the floor's words.

Source of the numbers: ITU-T Q.850 §2.2.7; RFC 3398 §7.2.4.1 for what becomes of SIP answers.
"""

from ctl.switchboard.events import Cause

BY_CODE = {
    1: Cause.UNREACHABLE,  # unallocated number (404)
    2: Cause.UNREACHABLE,  # no route to transit network
    3: Cause.UNREACHABLE,  # no route to destination
    17: Cause.BUSY,  # 486, 600
    18: Cause.NO_ANSWER,  # 408
    19: Cause.NO_ANSWER,  # 480, and our own time-out
    20: Cause.UNREACHABLE,  # subscriber absent
    21: Cause.REFUSED,  # 403, 603
    22: Cause.UNREACHABLE,  # number changed
    26: Cause.CANCELLED,  # answered elsewhere
    27: Cause.UNREACHABLE,  # destination out of order (502)
    28: Cause.UNREACHABLE,  # invalid number format (484)
    34: Cause.CONGESTED,  # 503
    38: Cause.CONGESTED,  # network out of order (500)
    41: Cause.CONGESTED,  # temporary failure (409)
    42: Cause.CONGESTED,  # switching equipment
    44: Cause.CONGESTED,  # requested channel not available
    58: Cause.CONGESTED,  # bearer capability not available (488)
    102: Cause.UNREACHABLE,  # recovery on timer expiry (504)
    127: Cause.CONGESTED,  # interworking
}
"""For legs that were never answered. 0, 16 and 31 say only that somebody hung up: before the answer, that is us."""

SILENT = 44
"""Of a leg that was answered: it has sent no sound for ``rtp_timeout`` (`rtp_check_timeout` in res_pjsip_sdp_rtp.c)."""


def cause_of(code: int, answered: bool) -> Cause:
    """``code``: Q.850, 0 when Asterisk gave none. What was answered ended normally, unless its telephone fell silent."""
    if answered:
        return Cause.UNREACHABLE if code == SILENT else Cause.NORMAL
    if code in (0, 16, 31):
        return Cause.CANCELLED
    return BY_CODE.get(code, Cause.CONGESTED)
