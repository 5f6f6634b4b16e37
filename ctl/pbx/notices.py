"""What Asterisk's log says, as programs read it: each notice a line of JSON.

In the file that people read a line may be anybody's: dialled numbers and the like stand there as they came, with their
line breaks.
"""

import msgspec


class Notice(msgspec.Struct, frozen=True):
    """``source``: the file of Asterisk's own code that says it, ``res_pjsip_refer.c``."""

    source: str
    text: str


class _Where(msgspec.Struct):
    filename: str


class _Said(msgspec.Struct):
    location: _Where
    message: str


class _Line(msgspec.Struct):
    """As ``format_log_json`` in Asterisk's ``main/logger.c`` writes it; the rest of it is not read."""

    logmsg: _Said


def notice(line: bytes) -> Notice | None:
    """None for what is no such line, or half of one."""
    try:
        said = msgspec.json.decode(line, type=_Line).logmsg
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return Notice(said.location.filename, said.message)
