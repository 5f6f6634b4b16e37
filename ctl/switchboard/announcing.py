"""What callers who wait are told, in which order and how often; of the wait itself only what is true.

Rules
-----
* One speech at a time, in this order: short messages to every caller (`notices`), that the hours are over and who waits
  is served all the same (`after_hours`), that it is crowded, the place in the line and the expected wait, the announcements that are repeated, one of the messages in turn, the offer of a
  call-back. Then music, until the next. A speech whose time comes while another is being said waits for its end.
* Nobody is told a place or a time for whom a telephone rings or an operator is free.
* The place counts the callers of the same queue who go first.
* The expected wait (`expectation`) is told rounded up, and not at all when too little is known. It is a promise: another
  time is told only if the promise can still be kept, or if it is longer than what was promised, which makes it a new
  promise. Otherwise the caller hears the place alone. So nobody is told "one minute" for ever.
* An operator's answer ends any speech at once (`media.arrange`).
"""

from ctl.switchboard import acd, after_hours, expectation, facts, media, notices
from ctl.switchboard.callback_rule import announced_at
from ctl.switchboard.effects import StartMusic, StopMusic
from ctl.switchboard.floor import Call, Phase, Promise
from ctl.switchboard.ids import Millis, PromptName
from ctl.switchboard.plan import MINUTES, CallbackPrompt, Queue, Surge, minutes_prompt, position_prompt
from ctl.switchboard.records import replace
from ctl.switchboard.turn import Turn

MINUTE_MS = 60_000
LATER_MS = 2_000
"""How long a speech waits before it looks again whether the one before it is over."""
LONGEST_SPEECH_MS = 60_000
"""One of whose end we have not heard by then is over all the same."""
BEYOND = MINUTES[-1] + 1
"""Minutes of a wait that is longer than the longest that can be told."""


def begin(turn: Turn, call: Call, prompts: tuple[PromptName, ...]) -> None:
    """The caller waits from now on, and is told ``prompts`` first."""
    queue = acd.queue_of(turn, call)
    first_ms = queue.announce.first_ms if queue.announce is not None else queue.repeat_ms
    call = turn.put(replace(call, due_at=_next_at(turn, call, queue, first_ms)))
    speak(turn, call, prompts)


def again_at(turn: Turn, call: Call, queue: Queue) -> Millis | None:
    """When a caller who is told nothing now is told something next; None for never."""
    repeats = turn.now + max(queue.repeat_ms, 1000) if _speaks(queue) else None
    return after_hours.told_at(turn, call, queue, repeats)


def repeat(turn: Turn, call: Call) -> None:
    """The time for an announcement has come."""
    queue = acd.queue_of(turn, call)
    if call.speaking is not None and turn.now < call.heard.speech_at + LONGEST_SPEECH_MS:
        turn.put(replace(call, due_at=turn.now + LATER_MS))
        return
    call, over = after_hours.take(turn, media.hush(turn, call), queue)
    call = turn.put(replace(call, due_at=_next_at(turn, call, queue, queue.repeat_ms)))
    told = _of_the_wait(turn, call, queue)
    call, message = _next_message(turn, turn.calls[call.id], queue)
    speak(turn, call, (*over, *told, *queue.repeat_prompts, *message, *callback_offer(turn, call)))


def speak(turn: Turn, call: Call, prompts: tuple[PromptName, ...]) -> None:
    """Say something to a waiting caller, short messages first, or, with nothing to say, play music."""
    known = turn.plan_of(call).prompts
    call, first = notices.take(turn, call)
    said = (*first, *(known[name] for name in prompts if name in known))
    if said:
        turn.do(StopMusic(call.leg))
        turn.play(replace(call, heard=replace(call.heard, speech_at=turn.now)), call.leg, said)
    else:
        play_music(turn, call)


def play_music(turn: Turn, call: Call) -> None:
    """What a caller hears to whom nothing is said: the music of the queue."""
    turn.do(StartMusic(call.leg, acd.queue_of(turn, call).music))


def callback_offer(turn: Turn, call: Call) -> tuple[PromptName, ...]:
    offered = acd.queue_of(turn, call).callback is not None and acd.may_ask_for_callback(turn, call)
    return (PromptName(CallbackPrompt.OFFER),) if offered else ()


def _next_message(turn: Turn, call: Call, queue: Queue) -> tuple[Call, tuple[PromptName, ...]]:
    messages = queue.announce.messages if queue.announce is not None else ()
    if not messages:
        return call, ()
    heard = replace(call.heard, messages=call.heard.messages + 1)
    return turn.put(replace(call, heard=heard)), (messages[call.heard.messages % len(messages)],)


def _speaks(queue: Queue) -> bool:
    return bool(queue.repeat_prompts) or queue.announce is not None


def _next_at(turn: Turn, call: Call, queue: Queue, pause_ms: Millis) -> Millis | None:
    repeats = turn.now + max(pause_ms, 1000) if _speaks(queue) else None
    return after_hours.told_at(turn, call, queue, announced_at(turn, call, queue, repeats))


# --- the wait ---------------------------------------------------------------------------------------------------------


def _of_the_wait(turn: Turn, call: Call, queue: Queue) -> tuple[PromptName, ...]:
    """What the queue's rule says of this caller's wait, stated as told."""
    rule = queue.announce
    if rule is None or call.phase is not Phase.WAITING or not (rule.position or rule.expected_wait or rule.surge):
        return ()
    seen = expectation.outlook(turn)
    wait_ms = seen.wait_ms(call)
    if wait_ms == 0:
        return ()
    crowded = (
        rule.surge is not None and not call.heard.surge and _is_crowded(rule.surge, seen.length(queue.name), wait_ms)
    )
    position = seen.position(call) if rule.position else None
    promise, minutes = call.heard.promise, None
    if rule.expected_wait and wait_ms is not None:
        promise, minutes = _tellable(promise, wait_ms, turn.now)
    heard = replace(call.heard, surge=call.heard.surge or crowded, promise=promise)
    call = turn.put(replace(call, heard=heard))
    if crowded or position is not None or minutes is not None:
        call, n = turn.number(call)
        seconds = minutes * 60 if minutes is not None else None
        turn.record(facts.WaitAnnounced(call.id, n, turn.now, queue.name, position, seconds, crowded))
    return (
        *(rule.surge.say if crowded and rule.surge is not None else ()),
        *((position_prompt(position),) if position is not None else ()),
        *((minutes_prompt(minutes),) if minutes is not None else ()),
    )


def _is_crowded(surge: Surge, waiting: int, wait_ms: Millis | None) -> bool:
    long = surge.wait_ms is not None and wait_ms is not None and wait_ms > surge.wait_ms
    return long or (surge.waiting is not None and waiting >= surge.waiting)


def _tellable(before: Promise | None, wait_ms: Millis, now: Millis) -> tuple[Promise | None, int | None]:
    """The promise that holds after the next announcement, and the minutes to be told; None: better say nothing."""
    minutes = rounded_up(wait_ms)
    if before is None or minutes > before.minutes:
        return Promise(minutes, now + minutes * MINUTE_MS), minutes
    return before, minutes if now + wait_ms <= before.until else None


def rounded_up(wait_ms: Millis) -> int:
    """The minutes to be told: one of `MINUTES`, or `BEYOND`."""
    for minutes in MINUTES:
        if wait_ms <= minutes * MINUTE_MS:
            return minutes
    return BEYOND
