"""A caller who waits asks to be called back, and says at which number.

| caller | while waiting | number to be confirmed | number being keyed |
|---|---|---|---|
| the rule's key | the number is read out, or asked for | | |
| 1 | | promised: the caller may hang up | a digit |
| 2 | | asks for another number | a digit |
| 9 | | waits on, at the same place | a digit |
| # | | | read out, if it can be called |
| * | | | begins anew |
| silence, anything else | | said again, twice at most, then waits on | |

While the number is being arranged no operator is rung; a caller who hangs up then has not been promised anything.
"""

from ctl.switchboard import acd, callback, ending, media
from ctl.switchboard.callback_rule import holds_until, rule_of
from ctl.switchboard.effects import StopMusic
from ctl.switchboard.events import Event, KeyPressed
from ctl.switchboard.floor import Asking, Call, Floor, Phase
from ctl.switchboard.ids import FORGOTTEN, Millis, Private, PromptName
from ctl.switchboard.kinds import Outcome
from ctl.switchboard.numbering import COSTLY, class_of, unlisted
from ctl.switchboard.plan import CallbackPrompt as Prompt
from ctl.switchboard.plan import digit_prompt
from ctl.switchboard.records import replace
from ctl.switchboard.turn import Turn

RIGHT, ANOTHER, RATHER_WAIT = "1", "2", "9"
PATIENCE_MS: Millis = 8_000
"""How long a key may take, from the end of what is said or from the key before."""
MOST_FAILURES = 3
LONGEST = 15
"""More keys than any number has."""
ELEVEN_DIGITS = ("050", "060", "070", "080", "090")


def callable_number(turn: Turn, number: str) -> bool:
    """Whether a citizen may be called back there: a number that the allow-list covers and that costs no more than a call.

    Costly numbers that the list opens are open to operators, not to whoever calls the centre (N-9).
    """
    plan, kind = turn.current_plan, class_of(number)
    listed = plan is not None and kind not in COSTLY and unlisted(number, plan.outside) is None
    return listed and len(number) == (11 if number.startswith(ELEVEN_DIGITS) else 10)


def marked(floor: Floor, event: Event) -> Event:
    """The event, marked as private when it is a digit of a citizen's number, which history must not keep."""
    if not isinstance(event, KeyPressed) or not event.digit.isdecimal():
        return event
    leg = floor.legs.get(event.leg)
    call = floor.calls.get(leg.call) if leg is not None else None
    asking = call.asking if call is not None and call.phase is Phase.CONFIRMING else None
    return replace(event, private=True) if asking is not None and not asking.number else event


def keyed(turn: Turn, call: Call, digit: str) -> None:
    """A waiting caller pressed a key."""
    asking = call.asking
    if call.phase is Phase.WAITING:
        rule = rule_of(turn, call)
        if rule is not None and digit == rule.key and acd.may_ask_for_callback(turn, call):
            begin(turn, call)
    elif asking is None:
        return
    elif asking.number:
        _confirm(turn, call, asking, digit)
    else:
        _collect(turn, call, asking, digit)


def spoken(turn: Turn, call: Call) -> None:
    """All is said: the caller's turn."""
    turn.put(replace(call, speaking=None, due_at=turn.now + PATIENCE_MS))


def silence(turn: Turn, call: Call) -> None:
    """No key came in time. A number that is long enough needs no hash."""
    asking = call.asking
    if asking is not None and not asking.number and callable_number(turn, asking.keyed):
        _collected(turn, call, asking)
    else:
        _again(turn, call)


def again(turn: Turn, call: Call, first: tuple[PromptName, ...] = ()) -> None:
    """Say once more what the caller is asked, after ``first``."""
    asking = call.asking
    if asking is not None and asking.number:
        digits = tuple(digit_prompt(digit) for digit in asking.number)
        _speak(turn, call, (*first, PromptName(Prompt.NUMBER_IS), *digits, PromptName(Prompt.CONFIRM)))
    else:
        _speak(turn, call, (*first, PromptName(Prompt.ENTER)))


def begin(turn: Turn, call: Call, first: tuple[PromptName, ...] = ()) -> None:
    """Ask a caller who waits at which number he is to be called back, after ``first``."""
    turn.do(StopMusic(call.leg))
    number = Private(call.caller if callable_number(turn, call.caller) else "")
    call = media.arrange(turn, turn.enter_phase(turn.put(replace(call, asking=Asking(number))), Phase.CONFIRMING))
    again(turn, call, first)


def _confirm(turn: Turn, call: Call, asking: Asking, digit: str) -> None:
    if digit == RIGHT and holds_until(turn, call) is not None:
        callback.promise(turn, call, asking.number)
        call = turn.put(replace(turn.calls[call.id], asking=None))
        ending.close(turn, call, (PromptName(Prompt.KEPT),), Outcome.CALLBACK)
    elif digit == ANOTHER:
        again(turn, turn.put(replace(call, asking=Asking(Private("")))))
    elif digit in (RIGHT, RATHER_WAIT):
        acd.back_to_head(turn, call)
    else:
        _again(turn, call)


def _collect(turn: Turn, call: Call, asking: Asking, digit: str) -> None:
    if digit == "#":
        _collected(turn, call, asking)
        return
    so_far = Private("" if digit == "*" else (asking.keyed + digit)[:LONGEST])
    call = media.hush(turn, call)
    turn.put(replace(call, due_at=turn.now + PATIENCE_MS, asking=replace(asking, keyed=so_far)))


def _collected(turn: Turn, call: Call, asking: Asking) -> None:
    if callable_number(turn, asking.keyed) or FORGOTTEN in asking.keyed:
        again(turn, turn.put(replace(call, asking=Asking(asking.keyed, failures=asking.failures))))
    else:
        _again(turn, turn.put(replace(call, asking=replace(asking, keyed=Private("")))), (PromptName(Prompt.INVALID),))


def _again(turn: Turn, call: Call, first: tuple[PromptName, ...] = ()) -> None:
    """A failure: say it again, or let the caller wait on after too many."""
    asking = call.asking
    if asking is None or asking.failures + 1 >= MOST_FAILURES:
        acd.back_to_head(turn, call)
        return
    call = turn.put(replace(call, asking=replace(asking, failures=asking.failures + 1)))
    again(turn, call, first)


def _speak(turn: Turn, call: Call, prompts: tuple[PromptName, ...]) -> None:
    call = turn.put(replace(media.hush(turn, call), due_at=None))
    turn.say(call, call.leg, prompts)
