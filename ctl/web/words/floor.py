"""What the floor page says about what was asked from it: done, and every way in which the switchboard declines."""

import re
from collections.abc import Mapping

from ctl.switchboard.kinds import SupervisionKind
from ctl.web.words.values import STATES

SUPERVISIONS: Mapping[str, str] = {
    SupervisionKind.LISTEN: "聞く",
    SupervisionKind.WHISPER: "ささやく",
    SupervisionKind.BARGE: "割り込む",
    SupervisionKind.TAKE_OVER: "引き取る",
}

SUPERVISION_HINTS: Mapping[str, str] = {
    SupervisionKind.LISTEN: "だれにも聞こえません",
    SupervisionKind.WHISPER: "担当にだけ聞こえます",
    SupervisionKind.BARGE: "全員に聞こえます",
    SupervisionKind.TAKE_OVER: "担当と入れ替わります",
}

DONE: Mapping[str, str] = {
    "listen": "あなたの電話機を呼び出しています。受話器を取ると聞こえます。",
    "whisper": "あなたの電話機を呼び出しています。受話器を取ると担当にだけ話せます。",
    "barge": "あなたの電話機を呼び出しています。受話器を取ると全員と話せます。",
    "take_over": "あなたの電話機を呼び出しています。受話器を取ると通話を引き取ります。",
    "stop": "モニターを終えました。",
    "ready": "受付可にしました。",
    "not_ready": "受付不可にしました。通話中・後処理中の場合は、終わってから切り替わります。",
    "wrap_up_done": "後処理を終えました。",
    "logout": "ログアウトしました。",
    "move": "別の待ち行列に移しました。順番は変わりません。",
    "priority": "優先度を変えました。",
    "pull": "指定した電話機を呼び出しています。",
    "text": "メッセージを送りました。",
    "alarm_seen": "確認中にしました。",
    "mode": "運用モードを切り替えました。次の着信から変わります。",
    "mode_later": "運用モードの切り替えを予約しました。",
    "mode_back": "平常に戻しました。",
    "announce": "案内を流し始めました。",
    "announce_stop": "案内を止めました。",
}

CONFIRM: Mapping[str, str] = {
    "barge": "区民にもあなたの声が聞こえます。割り込みますか。",
    "take_over": "担当は通話から外れ、あなたが話すことになります。引き取りますか。",
    "logout": "ログアウトさせると、本人が入り直すまで着信を受けられません。実行しますか。",
    "mode": "すべての新しい着信の案内が変わります。切り替えますか。",
    "mode_back": "すべての新しい着信が平常の案内に戻ります。戻しますか。",
    "announce": "すべての区民に、最初のあいさつより前に流れます。始めますか。",
    "announce_stop": "案内を止めますか。",
}
"""What is asked before it is done: where it hurts."""

CONDUCT: Mapping[str, str] = {
    "mode": "切り替え先",
    "requested_by": "依頼したかた",
    "approved_by": "承認したかた",
    "reason": "理由",
    "from_at": "始まり",
    "until_at": "終わり",
    "permitted_by": "区の許可を出したかた",
    "permitted_until": "許可の期限",
}
"""What the forms about the whole centre call their fields."""

AWAY = "交換制御につながりません。操作は行われていません。つながってから、もう一度お試しください。"
NOT_DONE = "できませんでした。状況が変わったかもしれません。画面を確かめてください。"

_REFUSALS: tuple[tuple[str, str], ...] = (
    (r"operator \S+ cannot supervise himself", "自分自身は対象にできません。"),
    (r".* is not in the charge of .*", "この相手は、あなたの担当の範囲にありません。"),
    (r"unknown (?:extension|supervisor) '(\w+)'.*", "内線 {0} は登録されていません。"),
    (r"no call .* is in progress.*", "この通話はもう終わっています。"),
    (r"operator (\w+) has no call now", "内線 {0} は今、通話していません。"),
    (
        r"call \S+ is \w+, with no operator.*",
        "この通話には今、担当がいません。区民の側を聞くには「保留・取次の間も聞く」を選んでください。",
    ),
    (r"call \S+ is \w+; \w+ needs one that is waiting or ringing", "この区民はもう待っていません。"),
    (r"call \S+ is a call-back.*", "折り返しの通話です。この操作はできません。"),
    (
        r"the telephone of (\w+) is not free.*",
        "内線 {0} の電話機が空いていません。受話器を置いてから、もう一度お試しください。",
    ),
    (r"(\w+) supervises nobody now", "今は、どの通話も聞いていません。"),
    (r"there is no queue .*", "その待ち行列はありません。"),
    (r".* is no priority.*", "優先度は 1（先）から 9（後）までです。"),
    (r"the telephone of (\w+) is ringing for call .*", "内線 {0} は、すでにこの通話で呼び出しています。"),
    (
        r"operator (\w+) is \w+ or has no free telephone.*",
        "内線 {0} は今、受けられません。受付可の人を選んでください。",
    ),
    (r"operator (\w+) is (\w+): .*", "内線 {0} は「{1}」のため、この操作はできません。"),
    (r"unknown reason .*", "受付不可の理由を選んでください。"),
    (r"the telephone of (\w+) is not reachable.*", "内線 {0} の電話機につながりません。電話機を確かめてください。"),
    (r"nobody is logged in to whom.*", "送る相手がログインしていません。"),
    (r"a text has 1 to (\d+) characters.*", "メッセージは 1～{0} 字です。"),
    (r"there is no skill group .*", "そのグループはありません。"),
    (r"no alarm .* stands.*", "この警報はもう出ていません。"),
    (r"unknown mode .*", "その運用モードは登録されていません。"),
    (r"until .* is not after the beginning.*", "終わりは始めより後の時刻にしてください。"),
    (r"\w+ is degraded operation.*", "縮退運用です。区の許可を出したかたと、許可の期限を入れてください。"),
    (r"the ward's permission ends at .*", "区の許可の期限が、始まりより前です。"),
    (r"until .* is later than the ward permits.*", "終わりが区の許可の期限より後です。"),
    (r".* is none of our numbers.*", "その着信番号はありません。"),
    (r"the message would be over before it began.*", "終わりはこれからの時刻にしてください。"),
    (r"name a call or an operator", "通話か内線を選んでください。"),
)


def refusal(message: str) -> str | None:
    """The switchboard's own sentence in Japanese; None when it is not known."""
    for pattern, japanese in _REFUSALS:
        found = re.fullmatch(pattern, message, re.DOTALL)
        if found is not None:
            return japanese.format(*(STATES.get(part, part) for part in found.groups()))
    return None
