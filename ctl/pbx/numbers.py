"""Telephone numbers as they come over the wire, and as they may stand in a log."""

import re

from ctl.switchboard.ids import Number

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
    """For the log: who called stays private, yet two calls can be told apart. ``0339811111`` is ``********11``."""
    return re.sub(r"\d{5,}", lambda found: "*" * (len(found[0]) - 2) + found[0][-2:], text)
