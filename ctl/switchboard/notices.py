"""Short messages to every caller (台風のため…): heard before the greeting, and by those who wait at their next announcement.

Rules
-----
* A caller hears each message once: one who was told at the greeting is not told again while waiting.
* A caller who waits when a message begins hears it within `SOON_MS`, or at the next announcement if that is sooner.
* Operators, departments and callers who are talking hear nothing of it.
"""

from collections.abc import Iterator

from ctl.switchboard import commands, facts
from ctl.switchboard.conditions import Notice
from ctl.switchboard.effects import MirrorConditions
from ctl.switchboard.events import NoticeAsked, NoticeStopAsked
from ctl.switchboard.floor import Call, Phase
from ctl.switchboard.ids import Media, Millis, NoticeId, Number
from ctl.switchboard.kinds import CallKind, NoticeEnd
from ctl.switchboard.records import replace
from ctl.switchboard.turn import Turn

SOON_MS = 10_000
"""An announcement that is just being said is over by then, as a rule."""
SWITCHBOARD = "switchboard"


def asked(turn: Turn, wish: NoticeAsked) -> None:
    """Callers shall hear a message from now on."""
    refusal = _why_not(turn, wish)
    if refusal is None:
        known = turn.conditions
        notice = Notice(
            NoticeId(wish.command),
            known.noticed + 1,
            wish.text,
            wish.media,
            frozenset(wish.numbers),
            turn.now,
            wish.until_at,
        )
        turn.conditions = replace(known, notices=(*known.notices, notice), noticed=notice.n)
        turn.record(facts.NoticeBegan(notice.id, turn.now, wish.text, wish.media, wish.numbers, wish.until_at, wish.by))
        for call in list(turn.calls.values()):
            if call.phase in (Phase.WAITING, Phase.RINGING) and call.callback is None and _for(call, notice):
                sooner = min(call.due_at or turn.now + SOON_MS, turn.now + SOON_MS)
                turn.put(replace(call, due_at=sooner))
        mirror(turn)
    commands.answer(turn, wish.command, "announce", wish.by, wish.text, refusal)


def _why_not(turn: Turn, wish: NoticeAsked) -> str | None:
    services = turn.current_plan.services if turn.current_plan is not None else {}
    strangers = [number for number in wish.numbers if number not in services]
    if strangers:
        return f"{', '.join(strangers)} is none of our numbers; allowed: {', '.join(sorted(services))}"
    if wish.until_at is not None and wish.until_at <= turn.now:
        return "the message would be over before it began: let --until lie in the future"
    return None


def stop_asked(turn: Turn, wish: NoticeStopAsked) -> None:
    """A message, or all of them, have done their work. Whoever is hearing one hears it to its end."""
    taken = [one for one in turn.conditions.notices if wish.notice in (None, one.id)]
    _end(turn, taken, NoticeEnd.STOPPED, wish.by)
    nothing = f"no message {wish.notice!r} is being said" if wish.notice else "no message is being said"
    commands.answer(turn, wish.command, "announce_stop", wish.by, wish.notice, None if taken else nothing)


def expire(turn: Turn) -> None:
    """Messages whose time is over are not said any more."""
    over = [one for one in turn.conditions.notices if one.until_at is not None and one.until_at <= turn.now]
    _end(turn, over, NoticeEnd.OVER, SWITCHBOARD)


def dues(notices: tuple[Notice, ...]) -> Iterator[Millis]:
    return (notice.until_at for notice in notices if notice.until_at is not None)


def _end(turn: Turn, taken: list[Notice], how: NoticeEnd, by: str) -> None:
    if not taken:
        return
    left = tuple(one for one in turn.conditions.notices if one not in taken)
    turn.conditions = replace(turn.conditions, notices=left)
    for one in taken:
        turn.record(facts.NoticeEnded(one.id, turn.now, how, by))
    mirror(turn)


def take(turn: Turn, call: Call) -> tuple[Call, tuple[Media, ...]]:
    """What the caller has not heard yet; from here on it counts as heard."""
    fresh = [one for one in turn.conditions.notices if one.n > call.noticed and _for(call, one)]
    for one in fresh:
        call, n = turn.number(call)
        turn.record(facts.NoticeSaid(call.id, n, turn.now, one.id))
    if fresh:
        call = turn.put(replace(call, noticed=fresh[-1].n))
    return call, tuple(one.media for one in fresh)


def _for(call: Call, notice: Notice) -> bool:
    return call.kind is CallKind.INBOUND and (not notice.numbers or call.called in notice.numbers)


def mirror(turn: Turn) -> None:
    """Tell the PBX what its own dialplan would have to say, should we go."""
    plan, known = turn.current_plan, turn.conditions
    said: dict[Number, tuple[Media, ...]] = {
        number: tuple(one.media for one in known.notices if not one.numbers or number in one.numbers)
        for number in (plan.services if plan is not None else ())
    }
    turn.do(MirrorConditions(known.mode, tuple((number, media) for number, media in sorted(said.items()) if media)))
