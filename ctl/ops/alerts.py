"""What the audit trail tells that somebody should look at: guessed passwords, changed roles, accounts enabled again,
passwords reset, tokens made, requests that no page of ours sends.

Pure: entries go in, in the order of the chain, alarms come out.
"""

import json
from collections import deque
from datetime import datetime, timedelta

from ctl.security.audit.entry import Outcome, Row
from ctl.switchboard.events import AlarmFound, AlarmKind

GUESSING = frozenset({"session.begin", "session.refused", "session.prove", "token.refused"})
"""Refused, each of these is a password, a code or a token that was not right."""
HOSTILE = "access.refused"
VISITOR = "visitor"
"""Who is not signed in: whoever is may have opened an old bookmark."""
TOKEN = "token.create"
CHANGING = frozenset({"account.create", "account.enable", "account.roles", "account.reset", TOKEN})
"""Each lets somebody in, or lets him do more, as an extension does, whose calls are one's own: a link for a new password is seen
by who made it, and so is a token."""
TRIES = 10
WITHIN = timedelta(minutes=10)
HOSTILE_TRIES = 20
"""What a page that was left open for too long sends again is less."""
MOST = 1000
"""Accounts and addresses that are remembered at a time."""


class Alerts:
    """Remembers refusals by account and by address."""

    def __init__(self) -> None:
        self._tries: dict[tuple[AlarmKind, str], deque[datetime]] = {}

    def of(self, row: Row) -> list[AlarmFound]:
        """What this entry gives reason for."""
        kept = row.kept
        at = datetime.fromisoformat(kept.at)
        if kept.action in CHANGING and kept.outcome == Outcome.DONE:
            whom = f"token:{kept.subject}" if kept.action == TOKEN else kept.subject
            what = f"{kept.who} did {kept.action} to {whom}: {kept.before or '-'} became {kept.after or '-'}"
            return [AlarmFound(AlarmKind.ROLES_CHANGED, _short(whom), _short(what, 300))]
        if kept.action in GUESSING and kept.outcome == Outcome.REFUSED:
            times = min(_times(kept.after), TRIES)
            about = {kept.subject, kept.where}
            what = f"log-in was refused {TRIES} times within {WITHIN.seconds // 60} minutes"
            return [
                AlarmFound(AlarmKind.BRUTE_FORCE, _short(one), f"{what}: {_short(one)}")
                for one in about
                for _ in range(times)
                if self._tried((AlarmKind.BRUTE_FORCE, one), at, TRIES)
            ]
        if kept.action == HOSTILE and kept.who == VISITOR:
            times, where = min(_times(kept.after), HOSTILE_TRIES), kept.where
            what = (
                f"{_short(where)} sent {HOSTILE_TRIES} requests within {WITHIN.seconds // 60} minutes that no page of ours "
                f"sends, the last time: {kept.reason or kept.subject}"
            )
            tried = [self._tried((AlarmKind.WEB_ATTACK, where), at, HOSTILE_TRIES) for _ in range(times)]
            return [AlarmFound(AlarmKind.WEB_ATTACK, _short(where), _short(what, 300))] if any(tried) else []
        return []

    def _tried(self, what: tuple[AlarmKind, str], at: datetime, most: int) -> bool:
        """Whether that was the last of so many within the time; counting begins anew then."""
        tries = self._tries.pop(what, deque(maxlen=most))
        tries.append(at)
        self._tries[what] = tries
        if len(self._tries) > MOST:
            del self._tries[next(iter(self._tries))]
        if len(tries) < most or at - tries[0] >= WITHIN:
            return False
        tries.clear()
        return True


def _times(after: str | None) -> int:
    """How many an entry stands for (`ctl.web.repeats`)."""
    times = json.loads(after).get("times") if after is not None else None
    return times if isinstance(times, int) else 1


def _short(text: str, most: int = 100) -> str:
    """What fits into an alarm; somebody typed it."""
    clean = "".join(sign if sign.isprintable() else "?" for sign in text).strip() or "?"
    return clean if len(clean) <= most else f"{clean[: most - 1]}…"
