"""``announce:`` of a queue in ``queues.yaml`` → what callers who wait are told of their wait."""

from ctl.config.fields import milliseconds
from ctl.config.files import AfterHoursShape, QueueShape, SurgeShape
from ctl.config.notes import Names, Notes
from ctl.config.source import Path_, Source
from ctl.config.speech import prompts
from ctl.switchboard.plan import AfterHours, Announce, Surge, WaitPrompt

NEEDED = {
    "position": (WaitPrompt.POSITION, WaitPrompt.POSITION_BEYOND),
    "expected_wait": (WaitPrompt.MINUTES, WaitPrompt.MINUTES_BEYOND),
}
"""Announcements that must be written when a queue tells this."""
MINUTE_MS = 60_000


def compile_announce(source: Source, here: Path_, queue: QueueShape, names: Names, notes: Notes) -> Announce | None:
    shape = queue.announce
    if shape is None:
        return None
    if not (shape.position or shape.expected_wait or shape.messages or shape.surge or shape.after_hours):
        message = "says nothing: write position, expected_wait, messages, surge or after_hours, or remove it"
        notes.problem(source, here, message)
    for key, needed in NEEDED.items():
        if getattr(shape, key):
            _need(source, (*here, key), needed, names, notes)
    first_seconds = shape.first_seconds if shape.first_seconds is not None else queue.repeat_seconds
    return Announce(
        first_ms=milliseconds(first_seconds),
        position=shape.position,
        expected_wait=shape.expected_wait,
        messages=prompts(source, (*here, "messages"), shape.messages, names, notes),
        surge=_surge(source, (*here, "surge"), shape.surge, names, notes),
        after_hours=_after_hours(source, (*here, "after_hours"), shape.after_hours, names, notes),
    )


def _after_hours(
    source: Source, here: Path_, shape: AfterHoursShape | None, names: Names, notes: Notes
) -> AfterHours | None:
    if shape is None:
        return None
    notes.known(source, (*here, "hours"), shape.hours, names.hours, "opening hours")
    return AfterHours(shape.hours, prompts(source, (*here, "say"), shape.say, names, notes))


def _surge(source: Source, here: Path_, shape: SurgeShape | None, names: Names, notes: Notes) -> Surge | None:
    if shape is None:
        return None
    if shape.waiting is None and shape.minutes is None:
        notes.problem(source, here, "write waiting, minutes or both: it would never be said")
    return Surge(
        say=prompts(source, (*here, "say"), shape.say, names, notes),
        waiting=shape.waiting,
        wait_ms=round(shape.minutes * MINUTE_MS) if shape.minutes is not None else None,
    )


def _need(source: Source, here: Path_, needed: tuple[WaitPrompt, ...], names: Names, notes: Notes) -> None:
    notes.said.update(needed)
    missing = [name for name in needed if names.announcements is not None and name not in names.announcements]
    if missing:
        message = f"this says the announcements {', '.join(missing)}; write them in announcements.yaml"
        notes.problem(source, here, message)
