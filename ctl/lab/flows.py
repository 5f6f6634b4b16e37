"""A copy of the centre's flows with a few words changed, so that a laboratory can be run at any hour, and soon."""

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from ctl.lab.tones import tone, write_wav
from ctl.switchboard.hours import JST

AROUND_THE_CLOCK = "0:00-24:00"
CLOSED = "closed"


def copy_of(flows: Path, copy: Path) -> Path:
    """A copy of ``flows``, open today and tomorrow around the clock. Returns the copy."""
    shutil.copytree(flows, copy, dirs_exist_ok=True)
    set_today(copy, AROUND_THE_CLOCK)
    return copy


def set_today(flows: Path, bands: str) -> None:
    """Make today and tomorrow (in Japan) exceptions with these opening hours, in every calendar of the flows."""
    today = datetime.now(UTC).astimezone(JST).date()

    def change(document: Any) -> None:
        for hours in document["hours"].values():
            exceptions = hours.setdefault("exceptions", {})
            for day in (today, today + timedelta(days=1)):
                exceptions[day.isoformat()] = bands

    _change(flows / "calendar.yaml", change)


def say(flows: Path, texts: Mapping[str, str]) -> None:
    """Let announcements say something else."""
    _change(flows / "announcements.yaml", lambda document: document["announcements"].update(texts))


def sound(flows: Path, tones: Mapping[str, int], seconds: float = 8) -> None:
    """Let announcements be tones (Hz), so that they are recognised like voices."""

    def change(document: Any) -> None:
        for name, hertz in tones.items():
            write_wav(flows / "sounds" / f"{name}.wav", tone(hertz, seconds))
            document["announcements"][name] = {"text": f"{hertz} Hz", "sound": f"sounds/{name}.wav"}

    _change(flows / "announcements.yaml", change)


def play(flows: Path, music: Mapping[str, int]) -> None:
    """Let each of these queues have music of its own: a tone (Hz), under the name of the queue."""

    def change(document: Any) -> None:
        for queue, hertz in music.items():
            file = f"music/{queue}.wav"
            write_wav(flows / file, tone(hertz, 10))
            document["queues"][queue]["music"] = queue
            document.setdefault("music", {})[queue] = file

    _change(flows / "queues.yaml", change)


def ring_departments_for(flows: Path, seconds: int) -> None:
    """How long a department's telephone is rung."""
    _change(flows / "centre.yaml", lambda document: document["trunk"].update(ring_timeout_seconds=seconds))


def let_supervise(flows: Path, extensions: str) -> None:
    """Give everybody into the charge of the operators of this range."""

    def change(document: Any) -> None:
        (entry,) = [one for one in document["operators"] if one["extensions"] == extensions]
        entry["supervises"] = "all"

    _change(flows / "operators.yaml", change)


def offer_callbacks(flows: Path, queue: str, after_seconds: int, retry_seconds: int) -> None:
    """How soon a waiting caller of one queue is offered a call-back, and how soon a citizen is tried again."""
    rule = {"hours": "inquiry", "after_seconds": after_seconds, "retry_seconds": retry_seconds}
    _change(flows / "queues.yaml", lambda document: document["queues"][queue].update(callback=rule))


def tell_waits(flows: Path, queue: str, repeat_seconds: int, **announce: Any) -> None:
    """What callers who wait in one queue are told of their wait; nothing else is repeated."""

    def change(document: Any) -> None:
        written = document["queues"][queue]
        written.pop("repeat", None)
        written.update(repeat_seconds=repeat_seconds, announce=announce)

    _change(flows / "queues.yaml", change)


def route(flows: Path, **routing: float) -> None:
    """What holds for the order of all queues, as in ``queues.yaml``."""
    _change(flows / "queues.yaml", lambda document: document.update(routing=routing))


def end_wrap_up(flows: Path, queue: str, kind: str, seconds: int | None = None) -> None:
    """What ends the wrap-up after a call of one queue."""
    rule = {"kind": kind} if seconds is None else {"kind": kind, "seconds": seconds}
    _change(flows / "queues.yaml", lambda document: document["queues"][queue].update(wrap_up=rule))


def set_trunk(flows: Path, limit: int, reserve: int) -> None:
    """How many channels the centre has to the carrier, and how many of them are kept for handoffs."""
    _change(flows / "centre.yaml", lambda document: document["trunk"].update(limit=limit, reserve=reserve))


def cap_own_calls(flows: Path, per_operator_an_hour: int) -> None:
    """How many numbers outside an operator may dial in an hour."""
    _change(
        flows / "centre.yaml", lambda document: document["outside"].update(per_operator_an_hour=per_operator_an_hour)
    )


def change_queue(flows: Path, queue: str, **changes: object) -> None:
    """What one queue has otherwise, as in ``queues.yaml``."""
    _change(flows / "queues.yaml", lambda document: document["queues"][queue].update(changes))


def shelter(flows: Path, number: str, site: str, after_seconds: float) -> None:
    """Callers of one number who wait go to a site once nobody has been logged in for so long."""
    last_day = (datetime.now(UTC).astimezone(JST).date() + timedelta(days=1)).isoformat()
    rule = {"site": site, "after_seconds": after_seconds, "numbers": [number]}
    permitted = {"permitted_by": "区民相談課長", "permitted_until": last_day}
    _change(flows / "modes.yaml", lambda document: document.update(when_nobody=rule | permitted))


def limit_site(flows: Path, site: str, calls: int) -> None:
    """Send no more than so many calls at once to a second site."""
    _change(flows / "modes.yaml", lambda document: document["sites"][site].update(limit=calls))


def open_until(flows: Path, hours: str, closing: datetime) -> None:
    """Make opening hours of this name, every day around the clock up to ``closing`` (today or tomorrow), not after it."""
    closing, today = closing.astimezone(JST), datetime.now(UTC).astimezone(JST).date()
    tomorrow = closing.date() > today
    until = f"0:00-{closing:%H:%M}" if closing.hour or closing.minute else CLOSED
    days = {today: AROUND_THE_CLOCK if tomorrow else until, today + timedelta(days=1): until if tomorrow else CLOSED}
    exceptions = {day.isoformat(): bands for day, bands in days.items()}
    entry = {"label": hours, "weekdays": {"every-day": AROUND_THE_CLOCK}, "holidays": "open", "exceptions": exceptions}
    _change(flows / "calendar.yaml", lambda document: document["hours"].update({hours: entry}))


def _change(path: Path, change: Any) -> None:
    yaml = YAML()
    document = yaml.load(path)
    change(document)
    yaml.dump(document, path)
