"""What the audit trail tells that somebody should look at: guessed passwords, changed roles, accounts enabled again.

Pure: entries go in, in the order of the chain, alarms come out.
"""

import json
from collections import deque
from datetime import datetime, timedelta

from ctl.security.audit.entry import Outcome, Row
from ctl.switchboard.events import AlarmFound, AlarmKind

GUESSING = frozenset({"session.begin", "session.refused", "session.prove", "token.refused"})
"""Refused, each of these is a password, a code or a token that was not right."""
CHANGING = frozenset({"account.create", "account.enable", "account.roles"})
TRIES = 10
WITHIN = timedelta(minutes=10)
MOST = 1000
"""Accounts and addresses that are remembered at a time."""


class Alerts:
    """Remembers refusals by account and by address."""

    def __init__(self) -> None:
        self._tries: dict[str, deque[datetime]] = {}

    def of(self, row: Row) -> list[AlarmFound]:
        """What this entry gives reason for."""
        kept = row.kept
        if kept.action in CHANGING and kept.outcome == Outcome.DONE:
            what = f"{kept.who} did {kept.action} to {kept.subject}: {kept.before or '-'} became {kept.after or '-'}"
            return [AlarmFound(AlarmKind.ROLES_CHANGED, _short(kept.subject), _short(what, 300))]
        if kept.action in GUESSING and kept.outcome == Outcome.REFUSED:
            at, times = datetime.fromisoformat(kept.at), min(_times(kept.after), TRIES)
            about = {kept.subject, kept.where}
            return [found for one in about for _ in range(times) if (found := self._tried(one, at)) is not None]
        return []

    def _tried(self, about: str, at: datetime) -> AlarmFound | None:
        tries = self._tries.pop(about, deque(maxlen=TRIES))
        tries.append(at)
        self._tries[about] = tries
        if len(self._tries) > MOST:
            del self._tries[next(iter(self._tries))]
        if len(tries) < TRIES or at - tries[0] >= WITHIN:
            return None
        tries.clear()
        what = f"log-in was refused {TRIES} times within {WITHIN.seconds // 60} minutes: {_short(about)}"
        return AlarmFound(AlarmKind.BRUTE_FORCE, _short(about), what)


def _times(after: str | None) -> int:
    """How many an entry stands for (`ctl.web.repeats`)."""
    times = json.loads(after).get("times") if after is not None else None
    return times if isinstance(times, int) else 1


def _short(text: str, most: int = 100) -> str:
    """What fits into an alarm; somebody typed it."""
    clean = "".join(sign if sign.isprintable() else "?" for sign in text).strip() or "?"
    return clean if len(clean) <= most else f"{clean[: most - 1]}…"
