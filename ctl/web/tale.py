"""The course of a call in short Japanese sentences, one per fact that matters to people. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from ctl.switchboard.events import Cause
from ctl.switchboard.facts import (
    CallEnded,
    CallKind,
    CallQueued,
    CallStarted,
    CommandAnswered,
    Fact,
    HandoffEnded,
    HandoffResult,
    HandoffStarted,
    IvrStepped,
    LegClosed,
    LegEstablished,
    LegRole,
    LegStarted,
    OfferEnded,
    OfferMade,
    OperatorChanged,
    PhoneSeen,
    SegmentEnded,
    SegmentKind,
)
from ctl.switchboard.ids import Millis
from ctl.web import words
from ctl.web.names import Names
from ctl.web.show import span, telephone

CAUSES = {
    Cause.NORMAL: "",
    Cause.BUSY: "（話中）",
    Cause.NO_ANSWER: "（応答なし）",
    Cause.REFUSED: "（拒否）",
    Cause.UNREACHABLE: "（届かず）",
    Cause.CONGESTED: "（回線混雑）",
    Cause.CANCELLED: "（取りやめ）",
    Cause.LOST: "（障害で途切れた）",
}

BEGINNINGS = {
    SegmentKind.HOLD: "保留にした",
    SegmentKind.THREE_WAY: "三者通話にした",
}


@dataclass(frozen=True, slots=True)
class Sentence:
    at: Millis
    text: str


def tale(facts: Sequence[Fact], names: Names) -> list[Sentence]:
    """What happened, in order of time."""
    told = [Sentence(_when(fact), text) for fact in facts if (text := _sentence(fact, names))]
    return sorted(told, key=lambda sentence: sentence.at)


def _when(fact: Fact) -> Millis:
    """A segment is told when it begins, everything else when it is stated."""
    return fact.started_at if isinstance(fact, SegmentEnded) else fact.at


def _sentence(fact: Fact, names: Names) -> str | None:
    match fact:
        case CallStarted():
            return _began(fact, names)
        case IvrStepped():
            return _step(fact)
        case CallQueued():
            ahead = f"、前に{fact.ahead}人" if fact.ahead else "、前に待つ人はなし"
            return f"待ち行列「{names.queue(fact.queue)}」に入った{ahead}"
        case OfferMade():
            return _offer(fact, names)
        case OfferEnded():
            return f"{names.operator(fact.operator)}への呼出：{words.OFFERS[fact.result]}"
        case SegmentEnded():
            return BEGINNINGS.get(fact.kind)
        case HandoffStarted():
            how = "確認なしで取次" if fact.direct else "取次の確認"
            return f"{names.department(fact.department)}（{telephone(fact.number)}）へ{how}を始めた"
        case HandoffEnded():
            return _handoff(fact, names)
        case LegClosed() if fact.role is not LegRole.CITIZEN and fact.answered_at is not None:
            spent = span(fact.at - fact.answered_at)
            return f"{words.ROLES[fact.role]}（{telephone(fact.party)}）が切れた{CAUSES[fact.cause]}、接続 {spent}"
        case CommandAnswered() if not fact.ok:
            return f"操作「{fact.do}」はできなかった：{fact.message}"
        case CallEnded():
            outcome = words.OUTCOMES[fact.outcome] if fact.outcome else "通話終了"
            return f"{words.ENDED_BY.get(fact.ended_by, fact.ended_by)}が切って終わった。結果：{outcome}"
        case CommandAnswered() | LegClosed() | LegStarted() | LegEstablished() | OperatorChanged() | PhoneSeen():
            return None


def _began(fact: CallStarted, names: Names) -> str:
    if fact.kind is CallKind.INBOUND:
        label = names.service(fact.called)
        return f"{telephone(fact.caller)} から {telephone(fact.called)}{f'（{label}）' if label else ''}に着信"
    return f"{names.operator(fact.extension)}が {telephone(fact.called)} に電話をかけた"


def _step(fact: IvrStepped) -> str | None:
    menu = f"用件「{fact.menu}」" if fact.menu else f"案内「{fact.node}」"
    match fact.outcome:
        case "key":
            return f"〔{fact.key}〕を押して{menu}を選んだ"
        case "invalid":
            return f"案内「{fact.node}」で〔{fact.key}〕を押した（選べない番号）"
        case "passed":
            return None
        case _:
            return f"案内「{fact.node}」で{words.STEPS.get(fact.outcome, fact.outcome)}"


def _offer(fact: OfferMade, names: Names) -> str:
    others = [names.operator(one.extension) for one in fact.candidates[1:]]
    why = f"受付可 {len(fact.candidates)}人のうち最も長く空いていた" if others else "受付可はこの1人"
    idle = next((one.idle_since for one in fact.candidates if one.extension == fact.operator), fact.at)
    return f"{names.operator(fact.operator)}を呼び出した（{why}、空き {span(fact.at - idle)}、区民の待ち {span(fact.waited_ms)}）"


def _handoff(fact: HandoffEnded, names: Names) -> str:
    result = words.HANDOFFS[fact.result]
    if fact.result is HandoffResult.COMPLETED:
        return f"{names.department(fact.department)}に取り次いだ"
    return f"{names.department(fact.department)}への取次：{result}"
