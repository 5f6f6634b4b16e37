"""How the audit trail calls what is asked of the switchboard, whoever asks."""

from typing import assert_never

from ctl.switchboard.events import Do


def action_of(do: Do) -> str:
    """Noun and verb of a command."""
    match do:
        case Do.LOGIN | Do.LOGOUT | Do.READY | Do.NOT_READY | Do.WRAP_UP_DONE | Do.RECORD_SAVED | Do.PICK_UP:
            return f"operator.{do}"
        case Do.LISTEN | Do.WHISPER | Do.BARGE | Do.TAKE_OVER:
            return f"supervision.{do}"
        case Do.STOP_SUPERVISION:
            return "supervision.stop"
        case Do.CALLBACK_DIAL | Do.CALLBACK_NOW | Do.CALLBACK_CANCEL:
            return f"callback.{do.removeprefix('callback_')}"
        case Do.TEXT:
            return "text.send"
        case Do.ALARM_SEEN:
            return "alarm.seen"
        case (
            Do.HOLD | Do.RESUME | Do.CONSULT | Do.COMPLETE | Do.CANCEL | Do.THREE_WAY | Do.NEXT_NUMBER | Do.TRANSFER
            | Do.HANGUP | Do.MOVE | Do.PRIORITY | Do.PULL
        ):  # fmt: skip
            return f"call.{do}"
    assert_never(do)
