"""Telephone numbers as they come over the wire, and as they may stand in a log."""

import re

from ctl.switchboard.ids import Number
from ctl.switchboard.numbering import masked

JAPAN = "+81"
ABROAD = "010"
"""Dialled in Japan before a foreign number."""


def national(text: str) -> Number:
    """``+81339811111`` and ``03-3981-1111`` are ``0339811111``. A caller who shows no number has the empty one."""
    kept = re.sub(r"[^\d+]", "", text)
    if kept.startswith(JAPAN):
        return Number("0" + kept.removeprefix(JAPAN).lstrip("0"))
    if kept.startswith("+"):
        return Number(ABROAD + kept.replace("+", ""))
    return Number(kept.replace("+", ""))


def mask(text: str) -> str:
    """For the log, which tells no more of a number than the screens: ``0339811111`` is ``0339******``."""
    return re.sub(r"\d{5,}", lambda found: masked(found[0]), text)
