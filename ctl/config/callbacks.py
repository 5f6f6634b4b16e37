"""``callback:`` of a queue in ``queues.yaml`` → who is offered a call-back instead of waiting."""

from collections.abc import Collection

from ctl.config.fields import milliseconds
from ctl.config.files import CallbackShape
from ctl.config.notes import Names, Notes
from ctl.config.source import Path_, Source
from ctl.switchboard.plan import CallbackPrompt, CallbackRule, digit_prompt

NEEDED = (*(prompt.value for prompt in CallbackPrompt), *(digit_prompt(digit) for digit in "0123456789"))
"""Announcements that must be written when a queue offers call-backs."""
HOUR_MS = 3_600_000


def compile_callback(
    source: Source, here: Path_, shape: CallbackShape | None, names: Names, notes: Notes
) -> CallbackRule | None:
    if shape is None:
        return None
    notes.known(source, (*here, "hours"), shape.hours, names.hours, "opening hours")
    if shape.after_seconds is None and shape.from_position is None:
        notes.problem(source, here, "write after_seconds, from_position or both: nobody would be offered a call-back")
    _need_announcements(source, here, names.announcements, notes)
    return CallbackRule(
        hours=shape.hours,
        after_ms=milliseconds(shape.after_seconds) if shape.after_seconds is not None else None,
        from_position=shape.from_position,
        key=shape.key,
        attempts=shape.attempts,
        retry_ms=milliseconds(shape.retry_seconds),
        preview=shape.preview,
        preview_ms=milliseconds(shape.preview_seconds),
        keep_number_ms=round(shape.keep_number_hours * HOUR_MS),
    )


def _need_announcements(source: Source, here: Path_, written: Collection[str] | None, notes: Notes) -> None:
    notes.said.update(NEEDED)
    missing = [name for name in NEEDED if written is not None and name not in written]
    if missing:
        notes.problem(
            source, here, f"call-backs say the announcements {', '.join(missing)}; write them in announcements.yaml"
        )
