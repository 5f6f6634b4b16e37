"""A copy of the centre's flows in which today is an exception, so that a laboratory can be run at any hour."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ruamel.yaml import YAML

from ctl.switchboard.hours import JST

AROUND_THE_CLOCK = "0:00-24:00"
CLOSED = "closed"


def open_around_the_clock(flows: Path, copy: Path) -> Path:
    """Copy ``flows`` to ``copy``, open all day for every service. Returns the copy."""
    shutil.copytree(flows, copy, dirs_exist_ok=True)
    set_today(copy, AROUND_THE_CLOCK)
    return copy


def set_today(flows: Path, bands: str) -> None:
    """Make today and tomorrow (in Japan) exceptions with these opening hours, in every calendar of the flows."""
    yaml = YAML()
    path = flows / "calendar.yaml"
    document = yaml.load(path)
    today = datetime.now(UTC).astimezone(JST).date()
    for hours in document["hours"].values():
        exceptions = hours.setdefault("exceptions", {})
        for day in (today, today + timedelta(days=1)):
            exceptions[day.isoformat()] = bands
    yaml.dump(document, path)
