"""Values that may stand in Asterisk's configuration. What people typed is checked here, once, or refused.

A line break, or a semicolon that starts a comment, would let a name in a YAML file write configuration of its own.
`guard` stands behind every expression of every template, so that no template can forget to ask.
"""

import re

MAX_LENGTH = 400
"""Characters. Asterisk cuts a configuration line at 8192 bytes, wherever that falls."""

WORD = re.compile(r"[A-Za-z0-9_-]{1,79}")
DIGITS = re.compile(r"[0-9]{1,20}")
SOUND = re.compile(r"sound:([A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*)")
ALLOWED_NAME = 'letters, Japanese, digits and signs except " < > \\ $ and control characters'


class Unrenderable(ValueError):
    """A value that must not stand in the PBX's configuration. Says which, and what is allowed."""

    def __init__(self, what: str, value: object, allowed: str) -> None:
        super().__init__(f"{what}: {value!r} cannot be told to the PBX; allowed: {allowed}")


def one_line(text: str) -> bool:
    """Without control characters, line separators and invisible signs. The ideographic space of Japanese names is fine."""
    return text.replace("\u3000", "").isprintable()


def word(value: str, what: str) -> str:
    """A name that Asterisk uses as a section or in the dialplan."""
    if WORD.fullmatch(value) is None:
        raise Unrenderable(what, value, "1 to 79 of A–Z a–z 0–9 _ -")
    return value


def digits(value: str, what: str) -> str:
    """A telephone number or extension."""
    if DIGITS.fullmatch(value) is None:
        raise Unrenderable(what, value, "1 to 20 digits 0–9")
    return value


def person(value: str, what: str) -> str:
    """A name shown on telephones: stands between quotes in a SIP header, and calls no function of the dialplan."""
    if not one_line(value) or set(value) & set('"<>\\$') or len(value) > 80:
        raise Unrenderable(what, value, ALLOWED_NAME)
    return value.strip()


def sound(media: str, what: str) -> str:
    """The file that Asterisk's Playback() plays for ``sound:ctl/<hash>``."""
    found = SOUND.fullmatch(media)
    if found is None:
        raise Unrenderable(what, media, "sound:NAME")
    return found[1]


def guard(value: object) -> str:
    """The text of any value printed by a template: one line, with semicolons escaped. Everything passes through here."""
    if value is None or isinstance(value, bool):
        raise Unrenderable("a template", value, "text or a number")
    text = str(value)
    if not one_line(text) or len(text) > MAX_LENGTH:
        raise Unrenderable("a template", text, f"one line of at most {MAX_LENGTH} printable characters")
    return text.replace(";", "\\;")
