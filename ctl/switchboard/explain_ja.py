"""The words of `explain` in Japanese, for the screens."""

from ctl.switchboard import facts
from ctl.switchboard.facts import Candidate, HandoffResult, OfferResult, Outcome
from ctl.switchboard.hours import jst
from ctl.switchboard.ids import Millis

UNFIT = {
    "offered": "別の着信を呼出中だった",
    "talking": "通話中だった",
    "wrap_up": "後処理中だった",
    "not_ready": "受付不可だった",
    "unreachable": "電話機につながらなかった",
    "telephone_occupied": "電話機が使用中だった",
    "no_skill": "この待ち行列を担当するスキルがなかった（待ち時間に応じた範囲で）",
    "not_in_plan": "設定から外れていた",
}
HEAD = "受付不可となり、区民は待ち行列の先頭に戻った"
OFFERS = {
    OfferResult.ANSWERED: "が応答した",
    OfferResult.RING_TIMEOUT: f"は時間内に応答しなかった。{HEAD}",
    OfferResult.REFUSED: f"は着信を拒否した。{HEAD}",
    OfferResult.UNREACHABLE: f"の電話機につながらなかった。{HEAD}",
    OfferResult.CALLER_GONE: "を呼出中に区民が電話を切った。受付可のまま",
    OfferResult.WITHDRAWN: "への呼出を取り下げた。区民は待ち行列の先頭に戻った",
}
HANDOFFS = {
    HandoffResult.COMPLETED: "了承を得て区民をつないだ",
    HandoffResult.BUSY: "話中だった",
    HandoffResult.NO_ANSWER: "応答がなかった",
    HandoffResult.REFUSED: "断られた",
    HandoffResult.UNREACHABLE: "つながらなかった",
    HandoffResult.CANCELLED: "取りやめ、オペレーターが区民に戻った",
    HandoffResult.DEPARTMENT_LEFT: "つなぐ前に部署が電話を切った",
    HandoffResult.CITIZEN_LEFT: "つなぐ前に区民が電話を切った",
}
OUTCOMES = {
    Outcome.ANSWERED: "オペレーターが応対",
    Outcome.HANDED_OFF: "部署へ取次",
    Outcome.ABANDONED_IVR: "自動音声の途中で放棄",
    Outcome.ABANDONED_QUEUE: "待ち行列で放棄",
    Outcome.ABANDONED_RINGING: "呼出中に放棄",
    Outcome.CLOSED: "終了案内",
    Outcome.REFUSED: "対象外の番号",
    Outcome.FALLBACK: "制御停止中に予備の待ち行列で応対",
    Outcome.LOST: "センター側の障害で切断",
}
ENDED_BY = {
    "citizen": "区民",
    "operator": "オペレーター",
    "department": "部署",
    "outside": "外線の相手",
    "centre": "センター",
    "pbx": "交換機",
}


def span(ms: Millis) -> str:
    """A duration for people: ``4.2秒``, ``10分6秒``, ``2時間5分``."""
    seconds = ms / 1000
    if seconds < 60:
        return f"{seconds:.1f}秒"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}分{rest}秒"
    return f"{minutes // 60}時間{minutes % 60}分"


def _idle(candidate: Candidate, at: Millis) -> str:
    since = jst(candidate.idle_since).strftime("%H:%M:%S")
    return f"{since}から空き（{span(at - candidate.idle_since)}）、スキルレベル{candidate.level}"


class Japanese:
    def began(self, fact: facts.CallStarted) -> str:
        if fact.kind is not facts.CallKind.INBOUND:
            return f"{fact.extension}が{fact.called}に電話をかけた"
        return f"{fact.called}への着信" + (f"（{fact.service}）" if fact.service else "（対象外の番号）")

    def key(self, fact: facts.IvrStepped) -> str:
        chose = f"、用件「{fact.menu}」を選んだ" if fact.menu else ""
        return f"案内「{fact.node}」で{fact.key}を押した{chose}"

    def hours(self, fact: facts.IvrStepped) -> str:
        return f"「{fact.node}」で受付時間により案内先が決まった"

    def gave_up(self, fact: facts.IvrStepped) -> str:
        return f"案内「{fact.node}」で有効な番号が押されず、その場合の案内へ進んだ"

    def queued(self, fact: facts.CallQueued) -> str:
        menu = f"（用件「{fact.menu}」）" if fact.menu else ""
        ahead = f"前に{fact.ahead}人" if fact.ahead else "前に待つ人はなし"
        return f"待ち行列「{fact.queue}」に入った{menu}。優先度{fact.priority}、{ahead}"

    def waited(self, fact: facts.OfferMade) -> str:
        return f"{span(fact.waited_ms)}待った。それまで、この区民に応対できる空きオペレーターがいなかった"

    def chosen(self, fact: facts.OfferMade) -> str:
        mine = next((one for one in fact.candidates if one.extension == fact.operator), None)
        how = f"{_idle(mine, fact.at)}。" if mine else ""
        count = len(fact.candidates)
        why = f"応対できる{count}人のうち最も長く空いていた" if count > 1 else "応対できるのはこの1人だった"
        return f"待ち{span(fact.waited_ms)}で{fact.operator}を呼び出した。{how}{why}"

    def other(self, fact: facts.OfferMade, candidate: Candidate) -> str:
        return f"　{candidate.extension}も応対できたが、空き時間が短かった：{_idle(candidate, fact.at)}"

    def unfit(self, extension: str, reason: str) -> str:
        return f"　{extension}を呼び出さなかった理由：{UNFIT.get(reason, reason)}"

    def offer_ended(self, fact: facts.OfferEnded) -> str:
        return f"{fact.operator}{OFFERS[fact.result]}"

    def consulted(self, fact: facts.HandoffStarted) -> str:
        by = fact.operator or "自動音声"
        how = "確認なしで転送した" if fact.direct else "確認の電話をかけた"
        return f"{by}が部署{fact.department}（{fact.number}）に{how}"

    def handoff_ended(self, fact: facts.HandoffEnded, rang_ms: Millis | None) -> str:
        who = f"部署{fact.department}（{fact.number}）"
        if fact.answered_at is None:
            rang = f"（呼出{span(rang_ms)}）" if rang_ms is not None else ""
            return f"{who}：{HANDOFFS[fact.result]}{rang}"
        rang = f"呼出{span(rang_ms)}で応答、" if rang_ms is not None else ""
        return f"{who}：{rang}その{span(fact.at - fact.answered_at)}後、{HANDOFFS[fact.result]}"

    def ended(self, fact: facts.CallEnded, never_offered: bool) -> str:
        how = OUTCOMES[fact.outcome] if fact.outcome else "終了"
        nobody = "。その間、応対できる空きオペレーターはいなかった" if never_offered else ""
        return f"{ENDED_BY.get(fact.ended_by, fact.ended_by)}が切って終わった：{how}{nobody}"
