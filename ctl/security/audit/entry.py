"""What one entry says, and the one way to write it as bytes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from ctl.database.base import instant, millis

LONGEST = 2_000
"""Characters of one text. What was tried with more than that is told by its beginning."""


class Outcome(StrEnum):
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """``who``: an account's log-in name, ``shell:USER``, or a part of the centre. ``where``: an address or a terminal.

    ``action``: noun.verb, such as ``mode.switch``. ``subject``: what it was done to. ``before``, ``after``: what
    changed, values of JSON. ``at``: UTC, kept to the millisecond. Secrets belong nowhere in here.
    """

    who: str
    where: str
    action: str
    subject: str
    outcome: Outcome
    before: Mapping[str, object] | None = None
    after: Mapping[str, object] | None = None
    reason: str | None = None
    at: datetime = field(default_factory=_now)


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry as it is kept: every part a text that Postgres gives back as it was. ``id``: unique for ever."""

    id: str
    at: str
    who: str
    where: str
    action: str
    subject: str
    outcome: str
    before: str | None
    after: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """An entry in the chain. ``previous``: the seal before it, in hexadecimal as ``hash``, its own."""

    seq: int
    kept: Kept
    previous: str
    hash: str


def keep(entry: Entry, name: str) -> Kept:
    """Make an entry ready to be kept, under the id ``name``."""
    return Kept(
        id=name,
        at=iso(entry.at),
        who=_text(entry.who),
        where=_text(entry.where),
        action=_text(entry.action),
        subject=_text(entry.subject),
        outcome=entry.outcome.value,
        before=canonical(entry.before) if entry.before is not None else None,
        after=canonical(entry.after) if entry.after is not None else None,
        reason=_text(entry.reason) if entry.reason is not None else None,
    )


def canonical(value: object) -> str:
    """JSON with one spelling for one value: sorted names, no spaces, only ASCII (whatever was typed fits in Postgres)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str)


def iso(at: datetime) -> str:
    """UTC to the millisecond, as Postgres keeps it."""
    exact = instant(millis(at.astimezone(UTC)))
    return exact.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _text(given: str) -> str:
    """What Postgres can keep of a text: no NUL, no half of a surrogate pair, not without end."""
    whole = given if len(given) <= LONGEST else f"{given[:LONGEST]}…"
    return whole.replace("\0", "�").encode("utf-8", "replace").decode()
