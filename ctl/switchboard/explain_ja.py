"""What `explain` says, in Japanese: for the screens. Terms are those of docs/glossary.md."""

from ctl.switchboard.events import Cause
from ctl.switchboard.facts import (
    CallbackResult,
    Forwarding,
    HandoffResult,
    LegRole,
    NotDialled,
    NumberClass,
    OfferResult,
    Outcome,
    SupervisionKind,
    WrapUpEnd,
)
from ctl.switchboard.ids import Millis
from ctl.switchboard.phrases import Phrases
from ctl.switchboard.plan import OverflowWhen


def span(ms: Millis) -> str:
    """7秒, 3分05秒, 1時間02分; tenths of a second below ten."""
    if 0 < ms < 10_000:
        return f"{ms / 1000:.1f}秒"
    minutes, seconds = divmod(round(ms / 1000), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}時間{minutes:02}分"
    return f"{minutes}分{seconds:02}秒" if minutes else f"{seconds}秒"


HEAD = "受付不可となり、区民は待ち行列の先頭に戻った"
TO = "取次先「{department}」（{number}）"

JAPANESE = Phrases(
    span=span,
    arrived="{called}（{service}）への着信",
    arrived_in_vain="{called}（対象外番号）への着信",
    dialled="{operator}が{called}に電話をかけた",
    pressed_code="{operator}が電話機で{called}を押した",
    chose="案内「{node}」で〔{key}〕を押した",
    chose_menu="案内「{node}」で〔{key}〕を押し、用件「{menu}」を選んだ",
    wrong_key="案内「{node}」で〔{key}〕を押した（無効な番号）",
    no_key="案内「{node}」で番号が押されなかった",
    gave_up="案内「{node}」で有効な番号が押されず、その場合の案内に進んだ",
    left_in_menu="案内「{node}」の途中で区民が電話を切った",
    hours="「{node}」で受付時間により案内先が決まった",
    queued="待ち行列「{queue}」に入った（優先度{priority}、{ahead}）",
    queued_with_menu="用件「{menu}」で待ち行列「{queue}」に入った（優先度{priority}、{ahead}）",
    nobody_ahead="前に待つ人なし",
    some_ahead="前に{count}人",
    kept_place="。同じかたの前の通話（{call}）の順番を引き継いだ",
    overflow_because={
        OverflowWhen.WAITED: "この待ち行列で{waited}待った",
        OverflowWhen.CROWD: "稼働中のオペレーター{at_work}人に対し{waiting}人が待っていた",
        OverflowWhen.NOBODY: "応対できる人が1人もログインしていなかった",
        OverflowWhen.FULL: "上限いっぱいの{waiting}人が待っていた",
        OverflowWhen.CLOSED: "受付時間が終わっていた",
    },
    overflow_to_queue="待ち行列「{queue}」の溢れ規則{rule}（{because}）により、待ち行列「{to}」へ移した",
    overflow_to_department="待ち行列「{queue}」の溢れ規則{rule}（{because}）により、「{to}」へ転送した",
    overflow_to_message="待ち行列「{queue}」の溢れ規則{rule}（{because}）により、案内を流して終えた",
    waited="{waited}待った。それまで、応対できる受付可のオペレーターはいなかった",
    offered="{operator}を呼び出した（待ち{waited}）。{why}（{idle}）",
    longest="応対できる{count}人のうち最も長く待機していた",
    only="応対できるのはこの1人だった",
    preferred="この番号に前回応対した人だった",
    idle="{since}から{lasted}、熟練度{level}",
    other="{operator}：応対できたが、待機時間が短かった（{idle}）",
    other_beside="{operator}：応対できたが、前回この番号に応対した人ではなかった（{idle}）",
    unfit="{operator}：{reason}",
    unfit_because={
        "offered": "別の着信を呼出中だった",
        "talking": "通話中だった",
        "wrap_up": "後処理中だった",
        "not_ready": "受付不可だった",
        "unreachable": "電話機につながらなかった",
        "telephone_occupied": "電話機が使用中だった",
        "no_skill": "この待ち時間の段階では、この待ち行列の担当ではなかった",
        "not_in_plan": "設定から外れていた",
    },
    offer_ended={
        OfferResult.ANSWERED: "{operator}が応答した",
        OfferResult.RING_TIMEOUT: "{operator}が時間内に応答しなかった。" + HEAD,
        OfferResult.REFUSED: "{operator}が着信を拒否した。" + HEAD,
        OfferResult.UNREACHABLE: "{operator}の電話機につながらなかった。" + HEAD,
        OfferResult.CALLER_GONE: "{operator}を呼出中に区民が電話を切った。オペレーターは受付可のまま",
        OfferResult.WITHDRAWN: "{operator}への呼出を取り下げた。区民は待ち行列の先頭に戻った",
    },
    wrap_up_ended={
        WrapUpEnd.DONE: "{operator}が後処理を終えた（{lasted}）",
        WrapUpEnd.SAVED: "{operator}が応対記録を保存し、後処理が終わった（{lasted}）",
        WrapUpEnd.OVER: "{operator}の後処理の時間が終わった（{lasted}）",
        WrapUpEnd.RELEASED: "{by}が{operator}の後処理を解除した（{lasted}）：{reason}",
        WrapUpEnd.LOGGED_OUT: "{operator}が後処理中にログアウトした（{lasted}）",
    },
    held="保留にした（{lasted}）",
    three_way="三者通話にした（{lasted}）",
    consulted="{by}が" + TO + "に確認の電話をかけた",
    transferred="{by}が" + TO + "に確認なしで転送した",
    the_menu="自動音声案内",
    consult_in_vain=TO + "：{result}（呼出{rang}）",
    consult_ended=TO + "：呼出{rang}で応答、その{spoke}後に{result}",
    handoff_ended={
        HandoffResult.COMPLETED: "了承を得て区民をつないだ",
        HandoffResult.BUSY: "話中だった",
        HandoffResult.NO_ANSWER: "応答がなかった",
        HandoffResult.REFUSED: "断られた",
        HandoffResult.UNREACHABLE: "つながらなかった",
        HandoffResult.CANCELLED: "取りやめ、オペレーターが区民との通話に戻った",
        HandoffResult.DEPARTMENT_LEFT: "つなぐ前に取次先が電話を切った",
        HandoffResult.CITIZEN_LEFT: "つなぐ前に区民が電話を切った",
    },
    supervised={
        SupervisionKind.LISTEN: "{supervisor}が{operator}の通話を{lasted}モニターした。理由：{reason}",
        SupervisionKind.WHISPER: "{supervisor}が{lasted}、{operator}にだけ話せる状態でモニターした。理由：{reason}",
        SupervisionKind.BARGE: "{supervisor}が{operator}の通話に{lasted}参加した。理由：{reason}",
        SupervisionKind.TAKE_OVER: "{supervisor}が{operator}から通話を引き継いだ。理由：{reason}",
    },
    pulled="{waited}待ったところで、{by}が{operator}を指名して呼び出した",
    moved="{by}が待ち行列「{queue}」（優先度{priority}）に移した",
    callback_promised="待ち行列「{queue}」で折り返しを約束した（順番は{place}のまま、{until}まで）",
    callback_tried="折り返し{attempt}回目：{operator}が出たが、区民につながらなかった{cause}{again}",
    callback_reached="折り返し{attempt}回目：区民が応答し、{operator}と話した",
    callback_again="。{next}以降に再び発信する",
    callback_ended={
        CallbackResult.ANSWERED: "折り返しを終えた",
        CallbackResult.GAVE_UP: "{attempts}回発信したが応答がなく、折り返しを打ち切った",
        CallbackResult.EXPIRED: "受付時間が終わり、折り返しは時間切れとなった（発信{attempts}回）",
        CallbackResult.CANCELLED: "折り返しを取り消した（{by}）",
        CallbackResult.NOT_ALLOWED: "発信を許可した番号でなくなったため、折り返しを終えた",
        CallbackResult.CALLED_AGAIN: "区民が再び電話をかけたため、折り返しは不要になった",
    },
    leg_ended="{role} {party}との接続が終わった{cause}（接続{lasted}）",
    roles={
        LegRole.CITIZEN: "区民",
        LegRole.OPERATOR: "オペレーター",
        LegRole.DEPARTMENT: "取次先",
        LegRole.OUTSIDE: "外線",
    },
    causes={
        Cause.NORMAL: "",
        Cause.BUSY: "：話中",
        Cause.NO_ANSWER: "：応答なし",
        Cause.REFUSED: "：拒否",
        Cause.UNREACHABLE: "：つながらず",
        Cause.CONGESTED: "：輻輳",
        Cause.CANCELLED: "：取りやめ",
        Cause.LOST: "：障害",
    },
    in_mode="運用モード「{mode}」の期間中だった",
    notice_said="臨時のお知らせを流した",
    forwarded={
        Forwarding.MODE: "運用モードにより別拠点「{site}」へ転送した{permitted}",
        Forwarding.NOBODY: "誰もログインしていなかったため、別拠点「{site}」へ転送した{permitted}",
    },
    with_permission="（許可：{permitted_by}）",
    not_dialled="{operator}の{number}（{kind}）への発信を止めた。理由：{why}",
    number_kinds={
        NumberClass.FIXED_LINE: "固定電話",
        NumberClass.MOBILE: "携帯電話",
        NumberClass.IP: "IP電話",
        NumberClass.FREE: "フリーダイヤル",
        NumberClass.NAVI_DIAL: "ナビダイヤル",
        NumberClass.PREMIUM: "有料情報サービス",
        NumberClass.INTERNATIONAL: "国際電話",
        NumberClass.NO_NUMBER: "電話番号ではない",
    },
    not_dialled_because={
        NotDialled.NO_NUMBER: "電話番号ではない",
        NotDialled.NOT_LISTED: "発信を許可した番号の一覧にない",
        NotDialled.OPERATOR_CAP: "1時間に発信できる回数に達していた",
        NotDialled.HOUR_CAP: "センター全体で1時間に発信できる回数に達していた",
        NotDialled.CHANNEL_CAP: "発信に使える回線をすべて使っていた",
        NotDialled.TRUNK_FULL: "空いている回線がなかった",
    },
    refused="操作「{command}」はできなかった：{message}",
    ended="{party}が切断し、通話が終わった。結果：{outcome}",
    nobody_free="。その間、応対できる受付可のオペレーターはいなかった",
    parties={
        "citizen": "区民",
        "operator": "オペレーター",
        "department": "取次先",
        "outside": "相手先",
        "centre": "センター（自動）",
        "pbx": "交換機",
    },
    outcomes={
        Outcome.ANSWERED: "応答",
        Outcome.HANDED_OFF: "取次完了",
        Outcome.FORWARDED: "別拠点で応答",
        Outcome.ABANDONED_IVR: "放棄（案内中）",
        Outcome.ABANDONED_QUEUE: "放棄（待ち中）",
        Outcome.ABANDONED_RINGING: "放棄（呼出中）",
        Outcome.CALLBACK: "折り返しを希望",
        Outcome.CLOSED: "案内終了",
        Outcome.OVERFLOWED: "溢れ呼（案内のみ）",
        Outcome.REFUSED: "対象外番号",
        Outcome.TRUNK_FULL: "回線混雑",
        Outcome.FALLBACK: "予備系で応答",
        Outcome.LOST: "切断（障害）",
    },
    over="通話終了",
)
