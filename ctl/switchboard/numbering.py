"""Telephone numbers as they are dialled in Japan: what kind each is, and which the allow-list lets be dialled (N-9).

A destination opens the numbers that begin with its prefix; those that cost more than a call (abroad, 0570, 0990, 0180)
only if the prefix itself begins like them, so that ``0`` opens none of them.
"""

from ctl.switchboard.kinds import NotDialled, NumberClass
from ctl.switchboard.plan import Outside

CLASSES: tuple[tuple[str, NumberClass], ...] = (
    ("010", NumberClass.INTERNATIONAL),
    ("00", NumberClass.INTERNATIONAL),
    ("0570", NumberClass.NAVI_DIAL),
    ("0990", NumberClass.PREMIUM),
    ("0180", NumberClass.PREMIUM),
    ("0120", NumberClass.FREE),
    ("0800", NumberClass.FREE),
    ("050", NumberClass.IP),
    ("060", NumberClass.MOBILE),
    ("070", NumberClass.MOBILE),
    ("080", NumberClass.MOBILE),
    ("090", NumberClass.MOBILE),
    ("0", NumberClass.FIXED_LINE),
)
"""By the beginning of a number as it is dialled in Japan; the first that fits."""
COSTLY = frozenset({NumberClass.INTERNATIONAL, NumberClass.NAVI_DIAL, NumberClass.PREMIUM})
"""Cost more than a call."""

CALLER_ID_PREFIXES = ("184", "186")
"""Hide or show one's own number in this call. Whoever calls for the ward does not choose: behind them nothing is dialled."""

NATIONAL_DIGITS = range(10, 12)
"""Of a number within Japan, the leading 0 included."""
INTERNATIONAL_DIGITS = range(9, 25)
"""Of a number abroad: at most 15 (ITU-T E.164), behind 010 and perhaps a carrier's prefix."""
SHOWN_DIGITS = 4
"""What a masked number still shows: enough to tell what kind it is, too little to call it."""


def class_of(number: str) -> NumberClass:
    """What kind of number it is, by its beginning and its length."""
    return _beginning(number)[1]


def _beginning(number: str) -> tuple[str, NumberClass]:
    if not (number.isascii() and number.isdecimal()):
        return "", NumberClass.NO_NUMBER
    for prefix, kind in CLASSES:
        if number.startswith(prefix):
            digits = INTERNATIONAL_DIGITS if kind is NumberClass.INTERNATIONAL else NATIONAL_DIGITS
            return prefix, kind if len(number) in digits else NumberClass.NO_NUMBER
    return "", NumberClass.NO_NUMBER


def class_of_prefix(prefix: str) -> NumberClass:
    """What kind of numbers begin so; of a prefix shorter than any kind's own, fixed lines."""
    return next((kind for beginning, kind in CLASSES if prefix.startswith(beginning)), NumberClass.NO_NUMBER)


def unlisted(number: str, rules: Outside) -> NotDialled | None:
    """Why the allow-list does not let the number be dialled, or None."""
    if class_of(number) is NumberClass.NO_NUMBER:
        # Who tries a forbidden number in this way has not made a slip of the finger.
        hidden = next((number.removeprefix(one) for one in CALLER_ID_PREFIXES if number.startswith(one)), "")
        return NotDialled.NOT_LISTED if _forbidden(hidden, rules) else NotDialled.NO_NUMBER
    return NotDialled.NOT_LISTED if _forbidden(number, rules) else None


def _forbidden(number: str, rules: Outside) -> bool:
    """Whether it is a number, and no destination covers it."""
    beginning, kind = _beginning(number)
    return kind is not NumberClass.NO_NUMBER and not any(
        number.startswith(one.prefix) and (kind not in COSTLY or one.prefix.startswith(beginning))
        for one in rules.destinations
    )


def masked(number: str) -> str:
    """The beginning of a number, and as many stars as digits are left out."""
    return number[:SHOWN_DIGITS] + "*" * len(number[SHOWN_DIGITS:])
