"""What can be done from the floor page: one table from a form's word to the switchboard's command, with who may."""

from dataclasses import dataclass

from ctl.security.policy import Action
from ctl.switchboard.events import Do


@dataclass(frozen=True, slots=True)
class Deed:
    """``about``: whom the form names, exactly one of these; empty for nobody.

    ``needs_telephone``: the person who asks must have an extension, whose telephone is rung.
    """

    do: Do
    action: Action
    about: frozenset[str]
    needs_argument: bool = False
    needs_reason: bool = True
    needs_telephone: bool = False


_CALL, _OPERATOR = frozenset({"call"}), frozenset({"operator"})

DEEDS: dict[str, Deed] = {
    "listen": Deed(Do.LISTEN, Action.LISTEN, _CALL | _OPERATOR, needs_telephone=True),
    "whisper": Deed(Do.WHISPER, Action.WHISPER, _CALL | _OPERATOR, needs_telephone=True),
    "barge": Deed(Do.BARGE, Action.BARGE, _CALL | _OPERATOR, needs_telephone=True),
    "take_over": Deed(Do.TAKE_OVER, Action.TAKE_OVER, _CALL | _OPERATOR, needs_telephone=True),
    "stop": Deed(Do.STOP_SUPERVISION, Action.LISTEN, frozenset(), needs_reason=False, needs_telephone=True),
    "ready": Deed(Do.READY, Action.STEER_OPERATORS, _OPERATOR),
    "not_ready": Deed(Do.NOT_READY, Action.STEER_OPERATORS, _OPERATOR, needs_argument=True),
    "wrap_up_done": Deed(Do.WRAP_UP_DONE, Action.STEER_OPERATORS, _OPERATOR),
    "logout": Deed(Do.LOGOUT, Action.STEER_OPERATORS, _OPERATOR),
    "move": Deed(Do.MOVE, Action.STEER_CALLS, _CALL, needs_argument=True),
    "priority": Deed(Do.PRIORITY, Action.STEER_CALLS, _CALL, needs_argument=True),
    "pull": Deed(Do.PULL, Action.STEER_CALLS, _CALL, needs_argument=True),
    "text": Deed(Do.TEXT, Action.SEND_TEXTS, frozenset({"operator", "group"}), needs_argument=True, needs_reason=False),
    "alarm_seen": Deed(Do.ALARM_SEEN, Action.TAKE_ALARMS, frozenset(), needs_argument=True, needs_reason=False),
}
"""By the value of the button that asks for it."""
