"""The kinds of values that people write in the files, with what is allowed in each."""

import re
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema


def _text(pattern: str, what: str) -> Callable[[str], str]:
    matcher = re.compile(pattern)

    def check(value: str) -> str:
        if not matcher.fullmatch(value):
            raise ValueError(f"{value!r} is not {what}")
        return value

    return check


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _number(value: str) -> str:
    digits = value.replace("-", "")
    if not re.fullmatch(r"0[0-9]{9,10}", digits):
        raise ValueError(
            f"{value!r} is not a telephone number: 10 or 11 digits in national form are allowed, starting with 0, "
            'with or without hyphens, such as "0339811111" or "03-3981-1111"'
        )
    return digits


NAME = r"[a-z][a-z0-9-]*"
DIGITS_AND_HYPHENS = r"0[0-9]+(-[0-9]+)*"

Name = Annotated[
    str,
    AfterValidator(_text(NAME, "a name: small letters, digits and hyphens are allowed, a letter first")),
    WithJsonSchema({"type": "string", "pattern": f"^{NAME}$"}),
]
"""What a flow, node, queue, group, announcement or calendar is called inside the files."""

ReasonCode = Annotated[
    str,
    AfterValidator(_text(r"[a-z][a-z_]*", "a reason: small letters and underscores are allowed")),
    WithJsonSchema({"type": "string", "pattern": "^[a-z][a-z_]*$"}),
]

Names = Annotated[
    tuple[Name, ...],
    BeforeValidator(_as_list),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": f"^{NAME}$"},
                {"type": "array", "items": {"type": "string", "pattern": f"^{NAME}$"}},
            ]
        }
    ),
]
"""One announcement or several, said one after the other."""

MUSIC = r"music/[A-Za-z0-9_-]+\.wav"

MusicFile = Annotated[
    str,
    AfterValidator(_text(MUSIC, 'a file of music: letters, digits, "_" and "-" are allowed, as in "music/spring.wav"')),
    WithJsonSchema({"type": "string", "pattern": f"^{MUSIC}$"}),
]

MusicFiles = Annotated[
    tuple[MusicFile, ...],
    BeforeValidator(_as_list),
    Field(min_length=1),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": f"^{MUSIC}$"},
                {"type": "array", "minItems": 1, "items": {"type": "string", "pattern": f"^{MUSIC}$"}},
            ]
        }
    ),
]
"""One file or several, played one after the other in the order of their names, and again from the first."""

Label = Annotated[str, Field(min_length=1, max_length=60)]
"""What people read: Japanese."""

PhoneNumber = Annotated[
    str,
    AfterValidator(_number),
    WithJsonSchema({"type": "string", "pattern": f"^{DIGITS_AND_HYPHENS}$"}),
]

Prefix = Annotated[
    str,
    AfterValidator(
        _text(
            r"0[0-9]{0,14}", 'the beginning of a number: digits in quotes are allowed, 0 first, such as "03" or "0570"'
        )
    ),
    WithJsonSchema({"type": "string", "pattern": "^0[0-9]{0,14}$"}),
]

ExtensionRange = Annotated[
    str,
    AfterValidator(
        _text(r"[0-9]{3,5}(-[0-9]{3,5})?", 'an extension: 3 to 5 digits are allowed, or a range such as "2001-2010"')
    ),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{3,5}(-[0-9]{3,5})?$"}),
]

Code = Annotated[
    str,
    AfterValidator(_text(r"[0-9]{3,4}", 'a department\'s code: 3 or 4 digits in quotes are allowed, such as "101"')),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{3,4}$"}),
]

Kana = Annotated[
    str,
    AfterValidator(_text(r"[ぁ-ゖー・\s]+", "a reading: only hiragana is allowed")),
    WithJsonSchema({"type": "string", "pattern": "^[ぁ-ゖー・\\s]+$"}),
]

FeatureCode = Annotated[
    str,
    AfterValidator(_text(r"\*[0-9]{2}", 'a feature code: a star and two digits in quotes are allowed, such as "*11"')),
    WithJsonSchema({"type": "string", "pattern": r"^\*[0-9]{2}$"}),
]

DialKey = Annotated[
    str,
    AfterValidator(_text(r"[0-9*#]", 'a key of a telephone: one of 0 to 9, "*" and "#" is allowed')),
    WithJsonSchema({"type": "string", "pattern": "^[0-9*#]$"}),
]

Seconds = Annotated[float, Field(gt=0, le=600, allow_inf_nan=False)]
"""Written in seconds, because people think so; `milliseconds` brings it to the plan."""


def milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
