"""Announcements with a number in them: written once, with ``{number}`` in its place, and spoken for every number there is.

So what callers hear of their wait is made when it is deployed, not while they listen. Whoever wants one of them to sound
different writes it under its own name (``wait-position-1``).
"""

from collections.abc import Iterable, Mapping

from ctl.config.files import AnnouncementsFile, AnnouncementShape
from ctl.config.folder import Document
from ctl.config.notes import Notes
from ctl.switchboard.plan import MINUTES, MOST_POSITION, WaitPrompt, minutes_prompt, position_prompt

PLACE = "{number}"
NUMBERED: Mapping[str, Mapping[int, str]] = {
    WaitPrompt.POSITION: {n: position_prompt(n) for n in range(1, MOST_POSITION + 1)},
    WaitPrompt.POSITION_BEYOND: {MOST_POSITION: position_prompt(MOST_POSITION + 1)},
    WaitPrompt.MINUTES: {n: minutes_prompt(n) for n in MINUTES},
    WaitPrompt.MINUTES_BEYOND: {MINUTES[-1]: minutes_prompt(MINUTES[-1] + 1)},
}
"""Announcement → what it is called for each number."""


def names_of(written: Iterable[str]) -> set[str]:
    """All names that are spoken because of those of ``written``."""
    return {name for base in written for name in NUMBERED.get(base, {}).values()}


def numbered(document: Document[AnnouncementsFile], notes: Notes) -> dict[str, AnnouncementShape]:
    """By name, every announcement that is said with a number and not written on its own."""
    source, written = document.source, document.shape.announcements
    found: dict[str, AnnouncementShape] = {}
    for base, names in NUMBERED.items():
        if base not in written or base not in notes.said:
            continue
        template = written[base]
        if template.sound is not None:
            message = f"a recording cannot say every number; write text here, and recordings as {base}-1, {base}-2 …"
            notes.problem(source, ("announcements", base, "sound"), message)
            continue
        for key in ("text", "reading"):
            words = getattr(template, key)
            if words is not None and PLACE not in words:
                path = ("announcements", base) if template.reading is None else ("announcements", base, key)
                notes.problem(source, path, f"write {PLACE} where the number is to be said, as in 「{PLACE}番目」")
        found |= {
            name: _with(template, number) for number, name in names.items() if name == base or name not in written
        }
    return found


def _with(template: AnnouncementShape, number: int) -> AnnouncementShape:
    reading = template.reading.replace(PLACE, str(number)) if template.reading is not None else None
    return AnnouncementShape(text=template.text.replace(PLACE, str(number)), reading=reading)
