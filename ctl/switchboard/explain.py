"""The course of a call in sentences, and why it took it: told from the facts of that call alone, for screen and shell.

What is told is what somebody may ask about: why this queue, why this operator and not that one, why the caller waited,
what became of each department, who was connected for how long. The words are in `explain_en` and `explain_ja`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ctl.switchboard.explain_en import ENGLISH
from ctl.switchboard.explain_ja import JAPANESE
from ctl.switchboard.facts import (
    CallbackEnded,
    CallbackRequested,
    CallbackTried,
    CallEnded,
    CallForwarded,
    CallQueued,
    CallStarted,
    Candidate,
    CommandAnswered,
    Fact,
    HandoffEnded,
    HandoffStarted,
    IvrStepped,
    LegClosed,
    NoticeSaid,
    OfferEnded,
    OfferMade,
    OutsideRefused,
    QueueOverflowed,
    SegmentEnded,
    SupervisionEnded,
    WaitAnnounced,
    WrapUpEnded,
)
from ctl.switchboard.hours import jst
from ctl.switchboard.ids import Millis
from ctl.switchboard.kinds import CallKind, LegRole, SegmentKind
from ctl.switchboard.names import Names, telephone
from ctl.switchboard.phrases import Phrases
from ctl.switchboard.plan import MINUTES

Language = Literal["en", "ja"]
LANGUAGES: dict[Language, Phrases] = {"en": ENGLISH, "ja": JAPANESE}
CODES = Names()
"""Without a plan every code stands for itself."""

UNNOTICED_MS = 50
"""A caller who was offered within this time did not wait for anybody."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """What happened. ``others``: of an offer, for each operator who did not get it, why not."""

    at: Millis
    text: str
    others: tuple[str, ...] = ()


def explain(told: Sequence[Fact], language: Language = "en", names: Names = CODES) -> list[Sentence]:
    """All that there is to tell, in order of time. The citizen's telephone number is not in it."""
    teller = _Teller(told, LANGUAGES[language], names)
    return sorted((one for fact in told for one in teller.tell(fact)), key=lambda one: one.at)


def clock(at: Millis) -> str:
    """The time of day in Japan."""
    return jst(at).strftime("%H:%M:%S")


class _Teller:
    def __init__(self, told: Sequence[Fact], phrases: Phrases, names: Names) -> None:
        self._say = phrases
        self._names = names
        self._rung_at = {fact.n: fact.at for fact in told if isinstance(fact, HandoffStarted)}
        self._first_offer = next((fact for fact in told if isinstance(fact, OfferMade)), None)
        # Who asks for a call-back waits for it, and not for an operator, wherever the promise stands in line.
        promised = any(isinstance(fact, CallbackRequested) for fact in told)
        self._queued = not promised and any(isinstance(fact, CallQueued) for fact in told)
        self._kept = any(isinstance(fact, CallQueued) and fact.kept_from is not None for fact in told)

    def tell(self, fact: Fact) -> Iterator[Sentence]:
        """None, one or two sentences. Of segments only those that nothing else tells of, at their beginning."""
        match fact:
            case CallStarted():
                yield Sentence(fact.at, self._began(fact))
                if fact.mode is not None:
                    yield Sentence(fact.at, self._say.in_mode.format(mode=self._names.mode(fact.mode)))
            case IvrStepped() if text := self._step(fact):
                yield Sentence(fact.at, text)
            case CallQueued():
                yield Sentence(fact.at, self._entered(fact))
            case QueueOverflowed():
                yield Sentence(fact.at, self._overflowed(fact))
            case WaitAnnounced():
                yield Sentence(fact.at, self._told_wait(fact))
            case OfferMade():
                if fact is self._first_offer and self._waited_long(fact):
                    yield Sentence(fact.at, self._say.waited.format(waited=self._say.span(fact.waited_ms)))
                yield Sentence(fact.at, self._offer(fact), tuple(self._others(fact)))
            case OfferEnded():
                said = self._say.offer_ended[fact.result]
                yield Sentence(fact.at, said.format(operator=self._names.operator(fact.operator)))
            case WrapUpEnded():
                said = self._say.wrap_up_ended[fact.how]
                operator, lasted = self._names.operator(fact.extension), self._say.span(fact.at - fact.started_at)
                yield Sentence(fact.at, said.format(operator=operator, lasted=lasted, by=fact.by, reason=fact.reason))
            case SegmentEnded(kind=SegmentKind.HOLD | SegmentKind.THREE_WAY):
                said = self._say.held if fact.kind is SegmentKind.HOLD else self._say.three_way
                yield Sentence(fact.started_at, said.format(lasted=self._say.span(fact.at - fact.started_at)))
            case HandoffStarted():
                yield Sentence(fact.at, self._consult(fact))
            case HandoffEnded():
                yield Sentence(fact.at, self._consult_end(fact))
            case SupervisionEnded():
                yield Sentence(fact.started_at, self._supervised(fact))
            case OutsideRefused():
                yield Sentence(fact.at, self._not_dialled(fact))
            case LegClosed(answered_at=int(answered_at)) if fact.role is not LegRole.CITIZEN:
                yield Sentence(fact.at, self._leg(fact, answered_at))
            case NoticeSaid():
                yield Sentence(fact.at, self._say.notice_said)
            case CallForwarded():
                leave = fact.permitted_by
                permitted = self._say.with_permission.format(permitted_by=leave) if leave else ""
                said = self._say.forwarded[fact.why]
                yield Sentence(fact.at, said.format(site=self._names.department(fact.site), permitted=permitted))
            case CommandAnswered(ok=False):
                yield Sentence(fact.at, self._say.refused.format(command=fact.do, message=fact.message))
            case CallbackRequested():
                yield Sentence(fact.at, self._promised(fact))
            case CallbackTried():
                yield Sentence(fact.at, self._tried(fact))
            case CallbackEnded():
                said = self._say.callback_ended[fact.result]
                yield Sentence(fact.at, said.format(attempts=fact.attempts, by=fact.by))
            case CallEnded():
                yield Sentence(fact.at, self._end(fact))
            case _:
                pass

    def _began(self, fact: CallStarted) -> str:
        operator = self._names.operator(fact.extension)
        service = self._names.service(fact.called) or fact.service
        match fact.kind:
            case CallKind.INBOUND:
                said = self._say.arrived if service else self._say.arrived_in_vain
            case CallKind.FEATURE:
                said = self._say.pressed_code
            case _:
                said = self._say.dialled
        return said.format(called=telephone(fact.called), service=service, operator=operator)

    def _step(self, fact: IvrStepped) -> str | None:
        say = self._say
        match fact.outcome, fact.kind:
            case "key", _:
                said = say.chose_menu if fact.menu else say.chose
            case "invalid", _:
                said = say.wrong_key
            case "timeout", _:
                said = say.no_key
            case "given_up", _:
                said = say.gave_up
            case "abandoned", _:
                said = say.left_in_menu
            case _, "hours":
                said = say.hours
            case _:
                return None
        return said.format(node=fact.node, key=fact.key, menu=fact.menu)

    def _entered(self, fact: CallQueued) -> str:
        queue = self._names.queue(fact.queue)
        if fact.moved_by is not None:
            return self._say.moved.format(queue=queue, by=fact.moved_by, priority=fact.priority)
        ahead = self._say.some_ahead.format(count=fact.ahead) if fact.ahead else self._say.nobody_ahead
        said = self._say.queued_with_menu if fact.menu not in {None, queue} else self._say.queued
        entered = said.format(queue=queue, menu=fact.menu, priority=fact.priority, ahead=ahead)
        return entered + self._say.kept_place.format(call=fact.kept_from) if fact.kept_from is not None else entered

    def _overflowed(self, fact: QueueOverflowed) -> str:
        say = self._say
        because = say.overflow_because[fact.why].format(
            waited=say.span(fact.waited_ms),
            waiting=fact.waiting,
            at_work=fact.at_work,
            expected=say.span(fact.expected_ms or 0),
        )
        if fact.to_queue is not None:
            said, to = say.overflow_to_queue, self._names.queue(fact.to_queue)
        elif fact.to_department is not None:
            said, to = say.overflow_to_department, self._names.department(fact.to_department)
        else:
            said, to = say.overflow_to_callback if fact.to_callback else say.overflow_to_message, ""
        return said.format(queue=self._names.queue(fact.queue), rule=fact.rule, because=because, to=to)

    def _told_wait(self, fact: WaitAnnounced) -> str:
        say, parts = self._say, []
        if fact.after_hours:
            parts.append(say.told_after_hours)
        if fact.surge:
            parts.append(say.told_surge)
        if fact.position is not None:
            parts.append(say.told_position.format(position=fact.position))
        if fact.expected_wait_s is not None:
            minutes = fact.expected_wait_s // 60
            said = say.told_minutes if minutes <= MINUTES[-1] else say.told_minutes_beyond
            parts.append(said.format(minutes=min(minutes, MINUTES[-1])))
        return say.told_wait.format(parts=say.told_join.join(parts))

    # --- offers -------------------------------------------------------------------------------------------------------

    def _offer(self, fact: OfferMade) -> str:
        if fact.pulled_by is not None:
            operator, waited = self._names.operator(fact.operator), self._say.span(fact.waited_ms)
            if fact.picked_up_from is not None:
                colleague = self._names.operator(fact.picked_up_from)
                return self._say.picked_up.format(operator=operator, colleague=colleague, waited=waited)
            return self._say.pulled.format(operator=operator, by=fact.pulled_by, waited=waited)
        chosen = fact.candidates[0]
        why = self._say.longest if len(fact.candidates) > 1 else self._say.only
        if fact.preferred:
            why = self._say.preferred
        return self._say.offered.format(
            operator=self._names.operator(fact.operator),
            waited=self._say.span(fact.waited_ms),
            why=why.format(count=len(fact.candidates)),
            idle=self._idle(chosen, fact.at),
        )

    def _waited_long(self, fact: OfferMade) -> bool:
        """Whether somebody who fits was wanting: not so when the wait began in an earlier call, or a pull cut it short."""
        return fact.waited_ms >= UNNOTICED_MS and not self._kept and fact.pulled_by is None

    def _others(self, fact: OfferMade) -> Iterator[str]:
        for one in fact.candidates[1:]:
            operator = self._names.operator(one.extension)
            said = self._say.other_beside if fact.preferred else self._say.other
            yield said.format(operator=operator, idle=self._idle(one, fact.at))
        for extension, reason in fact.unfit:
            because = self._say.unfit_because.get(reason, reason)
            yield self._say.unfit.format(operator=self._names.operator(extension), reason=because)

    def _idle(self, one: Candidate, at: Millis) -> str:
        since = jst(one.idle_since).strftime("%H:%M:%S")
        return self._say.idle.format(since=since, lasted=self._say.span(at - one.idle_since), level=one.level)

    # --- call-backs ---------------------------------------------------------------------------------------------------

    def _promised(self, fact: CallbackRequested) -> str:
        queue = self._names.queue(fact.queue)
        return self._say.callback_promised.format(queue=queue, place=clock(fact.place), until=clock(fact.expires_at))

    def _tried(self, fact: CallbackTried) -> str:
        said = self._say.callback_reached if fact.cause is None else self._say.callback_tried
        again = self._say.callback_again.format(next=clock(fact.next_at)) if fact.next_at is not None else ""
        cause = self._say.causes[fact.cause] if fact.cause is not None else ""
        operator = self._names.operator(fact.operator)
        return said.format(attempt=fact.attempt, operator=operator, cause=cause, again=again)

    # --- departments and ends -----------------------------------------------------------------------------------------

    def _consult(self, fact: HandoffStarted) -> str:
        said = self._say.transferred if fact.direct else self._say.consulted
        by = self._names.operator(fact.operator) if fact.operator else self._say.the_menu
        return said.format(by=by, department=self._names.department(fact.department), number=telephone(fact.number))

    def _consult_end(self, fact: HandoffEnded) -> str:
        rang_until = fact.at if fact.answered_at is None else fact.answered_at
        said = self._say.consult_in_vain if fact.answered_at is None else self._say.consult_ended
        return said.format(
            department=self._names.department(fact.department),
            number=telephone(fact.number),
            rang=self._say.span(rang_until - self._rung_at.get(fact.n, rang_until)),
            spoke=self._say.span(fact.at - rang_until),
            result=self._say.handoff_ended[fact.result],
        )

    def _supervised(self, fact: SupervisionEnded) -> str:
        return self._say.supervised[fact.kind].format(
            supervisor=self._names.operator(fact.supervisor),
            operator=self._names.operator(fact.operator),
            lasted=self._say.span(fact.at - fact.started_at),
            reason=fact.reason,
        )

    def _not_dialled(self, fact: OutsideRefused) -> str:
        return self._say.not_dialled.format(
            operator=self._names.operator(fact.extension) if fact.extension else self._say.the_menu,
            number=fact.number,
            kind=self._say.number_kinds[fact.kind],
            why=self._say.not_dialled_because[fact.why],
        )

    def _leg(self, fact: LegClosed, answered_at: Millis) -> str:
        operator = fact.role is LegRole.OPERATOR
        return self._say.leg_ended.format(
            role=self._say.roles[fact.role],
            party=self._names.operator(fact.party) if operator else telephone(fact.party),
            lasted=self._say.span(fact.at - answered_at),
            cause=self._say.causes[fact.cause],
        )

    def _end(self, fact: CallEnded) -> str:
        ended = self._say.ended.format(
            party=self._say.parties.get(fact.ended_by, fact.ended_by),
            outcome=self._say.outcomes[fact.outcome] if fact.outcome else self._say.over,
        )
        return ended + self._say.nobody_free if self._queued and self._first_offer is None else ended
